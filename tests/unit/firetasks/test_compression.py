"""CompressDirTask, DecompressDirTask and ArchiveDirTask, with every parameter."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import run_tasks, shell, wait_until

from longfuse import ArchiveDirTask, CompressDirTask, DecompressDirTask
from longfuse.errors import TaskError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")

OPENERS: dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}


def fill(folder: Path) -> dict[str, bytes]:
    """Some files, also in a folder below; their contents."""
    contents = {"a": b"a" * 1000, "b.txt": b"", "sub/c d.txt": bytes(range(256)) * 50}
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return contents


def contents_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("ending", [None, "gz", "bz2", "xz"])
def test_there_and_back(here: Path, ending: str | None) -> None:
    contents = fill(here)
    (here / "a").chmod(0o750)
    os.utime(here / "a", (1, 1_000_000))
    CompressDirTask(**({"compression": ending} if ending else {})).run_task({})
    ending = ending or "gz"
    assert set(contents_of(here)) == {f"{name}.{ending}" for name in contents}
    with OPENERS[ending](here / f"sub/c d.txt.{ending}") as file:
        assert file.read() == contents["sub/c d.txt"]
    DecompressDirTask().run_task({})
    assert contents_of(here) == contents
    status = (here / "a").stat()
    assert (status.st_mode & 0o777, status.st_mtime) == (0o750, 1_000_000)


def test_another_folder(here: Path) -> None:
    contents = fill(here)
    CompressDirTask(dest="sub").run_task({})
    assert set(contents_of(here)) == {"a", "b.txt", "sub/c d.txt.gz"}
    DecompressDirTask(dest="sub").run_task({})
    assert contents_of(here) == contents


def test_what_is_compressed_and_links_stay(here: Path) -> None:
    for name in ("a.gz", "b.bz2", "c.xz", "d.Z"):
        (here / name).write_bytes(b"anything")
    (here / "link").symlink_to("a.gz")
    CompressDirTask().run_task({})
    assert set(contents_of(here)) == {"a.gz", "b.bz2", "c.xz", "d.Z", "link"}
    assert (here / "link").is_symlink()


@pytest.mark.skipif(shutil.which("gzip") is None, reason="needs the program gzip")
def test_files_of_the_old_compress(here: Path) -> None:
    (here / "old.Z").write_bytes(bytes.fromhex("1f9d9068cab061f34601"))
    DecompressDirTask().run_task({})
    assert contents_of(here) == {"old": b"hello\n"}


def test_a_task_that_was_killed_may_run_again(here: Path) -> None:
    """The compressed file was whole, the original not yet gone."""
    contents = fill(here)
    with gzip.open(here / "a.gz", "wb") as file:
        file.write(contents["a"])
    CompressDirTask().run_task({})
    assert "a" not in contents_of(here)
    (here / "a").write_bytes(contents["a"])
    DecompressDirTask().run_task({})
    assert contents_of(here) == contents


@pytest.mark.parametrize("name", ["CompressDirTask", "DecompressDirTask"])
def test_a_kill_at_any_moment_loses_nothing(here: Path, name: str) -> None:
    contents = {f"{n}": os.urandom(200_000) for n in range(40)}
    for file, content in contents.items():
        if name == "CompressDirTask":
            (here / file).write_bytes(content)
        else:
            (here / f"{file}.gz").write_bytes(gzip.compress(content, 1))
    for done in (3, 20):  # the second run begins where the first was killed
        run_until_killed(here, name, done)
        assert {file: either(here, file) for file in contents} == contents
    {"CompressDirTask": CompressDirTask, "DecompressDirTask": DecompressDirTask}[name]().run_task({})
    DecompressDirTask().run_task({})
    assert contents_of(here) == contents


def run_until_killed(folder: Path, name: str, done: int) -> None:
    """Run the task in a process of its own, and kill it when so many files are done."""
    script = f"from longfuse import {name}; {name}().run_task({{}})"
    process = subprocess.Popen([sys.executable, "-c", script])
    wait_until(lambda: process.poll() is not None or changed_in(folder, name) >= done, "some files are done")
    process.kill()
    process.wait()


def changed_in(folder: Path, name: str) -> int:
    return sum(path.suffix == ".gz" if name == "CompressDirTask" else not path.suffix for path in folder.iterdir())


def either(folder: Path, file: str) -> bytes:
    """What is in a file, or in its compressed form."""
    if (folder / file).exists():
        return (folder / file).read_bytes()
    with gzip.open(folder / f"{file}.gz") as reader:
        return reader.read()


@pytest.mark.parametrize("held", [gzip.compress(b"of last year"), b"no gzip file at all"], ids=["another", "none"])
def test_a_file_that_says_something_else_is_not_overwritten(here: Path, held: bytes) -> None:
    (here / "a").write_bytes(b"new")
    (here / "b").write_bytes(b"b")
    (here / "a.gz").write_bytes(held)
    with pytest.raises(TaskError, match=r"1 files stay as they were: .*/a: .*a\.gz is there already"):
        CompressDirTask().run_task({})
    assert set(contents_of(here)) == {"a", "a.gz", "b.gz"}
    CompressDirTask(ignore_errors=True).run_task({})
    assert contents_of(here)["a"] == b"new"
    assert contents_of(here)["a.gz"] == held


def test_a_broken_file_stays_and_is_told(here: Path) -> None:
    for name in ("a.gz", "b.bz2", "c.xz", "d.z"):
        (here / name).write_bytes(b"broken")
    before = contents_of(here)
    with pytest.raises(TaskError, match="4 files stay"):
        DecompressDirTask().run_task({})
    DecompressDirTask(ignore_errors=True).run_task({})
    assert contents_of(here) == before


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (CompressDirTask(compression="rar"), "compression 'rar'"),
        (CompressDirTask(dest="nowhere"), "dest: there is no folder"),
        (DecompressDirTask(dest="nowhere"), "dest: there is no folder"),
        (ArchiveDirTask(base_name="a", format="rar"), "format 'rar'"),
        (ArchiveDirTask(base_name="nowhere/a"), "base_name: .*nowhere"),
    ],
)
def test_wrong_values_are_told(task: Any, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        task.run_task({})


@pytest.mark.parametrize(
    ("task", "parameters", "words"),
    [
        (CompressDirTask, {"folder": "x"}, "no parameter folder"),
        (DecompressDirTask, {"compression": "gz"}, "no parameter compression"),
        (ArchiveDirTask, {"base_name": "x", "dest": "y"}, "no parameter dest"),
        (ArchiveDirTask, {}, "base_name"),
    ],
)
def test_parameters_are_checked(task: Any, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        task(**parameters)


@pytest.mark.parametrize(
    ("kind", "ending"),
    [(None, "tar.gz"), ("gztar", "tar.gz"), ("tar", "tar"), ("bztar", "tar.bz2"), ("xztar", "tar.xz")],
)
def test_a_tar_archive(here: Path, tmp_path: Path, kind: str | None, ending: str) -> None:
    contents = fill(here)
    (here / "link").symlink_to("nowhere")
    ArchiveDirTask(base_name="all", **({"format": kind} if kind else {})).run_task({})
    ArchiveDirTask(base_name="all", **({"format": kind} if kind else {})).run_task({})  # does not hold itself
    with tarfile.open(here / f"all.{ending}") as archive:
        assert set(archive.getnames()) == {*contents, "sub", "link"}
        archive.extractall(tmp_path / "out", filter="data")
    assert contents_of(tmp_path / "out") == contents
    assert set(contents_of(here)) == {*contents, f"all.{ending}"}


def test_a_zip_archive_elsewhere(here: Path, tmp_path: Path) -> None:
    contents = fill(here)
    (here / "link").symlink_to("nowhere")
    ArchiveDirTask(base_name=str(tmp_path / "all"), format="zip").run_task({})
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")} == contents


@pytest.mark.parametrize("name", ["CompressDirTask", "ArchiveDirTask"])
def test_in_a_launch_its_own_files_and_its_output_stay(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "launcher"
    task = {"_fw_name": name, "base_name": "all"} if name == "ArchiveDirTask" else {"_fw_name": name}
    final = run_tasks(folder, shell("echo x > result; echo y > log"), task, shell("echo z >> log"))
    assert final.state == "COMPLETED"
    assert {"FW.json", "FW_offline.json", "FW_action.json", "FW_ping.json"} <= set(os.listdir(folder))
    if name == "ArchiveDirTask":
        with tarfile.open(folder / "all.tar.gz") as archive:
            assert {"FW.json", "result", "log"} <= set(archive.getnames())
    else:
        assert {"result.gz", "log.gz", "log"} <= set(os.listdir(folder))


def test_the_file_that_the_output_goes_to_stays(here: Path) -> None:
    fill(here)
    script = "from longfuse import CompressDirTask; CompressDirTask().run_task({}); print('after')"
    with (here / "job.out").open("w") as output:
        subprocess.run([sys.executable, "-c", script], stdout=output, check=True)
    assert (here / "job.out").read_text() == "after\n"
    assert (here / "a.gz").exists()
