"""The Firetasks of the FilePad, with every parameter; in reach of the LaunchPad and out of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from longfuse import FiretaskBase, LaunchPad
from longfuse.domain import yamlio
from longfuse.domain.registry import resolve
from longfuse.errors import StoreError, TaskError
from longfuse.firetasks.filepad import AddFilesTask, DeleteFilesTask, GetFilesByQueryTask, GetFilesTask, get_fpad
from longfuse.launchpad.filepad import FilePad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FilePad]:
    """The FilePad that ``my_launchpad.yaml`` names; we are in a folder beside it."""
    pad = FilePad(f"sqlite:///{tmp_path}/launchpad.db", create=True)
    (tmp_path / "my_launchpad.yaml").write_text("url: sqlite:///launchpad.db\n")
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    yield pad
    pad.close()


FILE = {"filepad_file": "../my_launchpad.yaml"}


def do(kind: type[FiretaskBase], **parameters: Any) -> None:
    assert kind(**parameters, **FILE).run_task({}) is None


def write(**files: str) -> list[str]:
    for name, content in files.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(content)
    return list(files)


def identifiers(pad: FilePad) -> list[str]:
    return [document["identifier"] for document in pad.get_documents()]


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("name", ["AddFilesTask", "GetFilesTask", "GetFilesByQueryTask", "DeleteFilesTask"])
def test_names(name: str) -> None:
    task = resolve(name)
    assert task.__name__ == name
    with pytest.raises(TaskError, match="no_such"):
        task(**dict.fromkeys(task.required_params, "x"), no_such=1)


# --- adding
def test_files_are_called_by_their_paths(pad: FilePad) -> None:
    do(AddFilesTask, paths=write(a="1", b="2"))
    assert identifiers(pad) == [os.path.abspath("a"), os.path.abspath("b")]
    assert pad.get_file(os.path.abspath("b"))[0] == b"2"


@pytest.mark.parametrize("compress", [True, False])
def test_identifiers_metadata_and_compression(pad: FilePad, compress: bool) -> None:
    paths, metadata = write(a="1", b="2"), {"step": {"n": 1}}
    do(AddFilesTask, paths=paths, identifiers=["x", "y"], metadata=metadata, compress=compress)
    documents = pad.get_documents()
    assert [document["identifier"] for document in documents] == ["x", "y"]
    assert all((document["metadata"], document["compressed"]) == (metadata, compress) for document in documents)
    assert pad.get_file("y")[0] == b"2"


def test_files_are_compressed_if_nobody_says_no(pad: FilePad) -> None:
    do(AddFilesTask, paths=write(a="1"))
    assert pad.get_documents()[0]["compressed"] is True


def test_a_pattern_in_a_directory(pad: FilePad) -> None:
    write(**{"../b.out": "1", "../a.out": "2", "../c.txt": "3", "d.out": "4"})
    do(AddFilesTask, paths="*.out", directory="..")
    do(AddFilesTask, paths="*.out", identifiers="only")
    do(AddFilesTask, paths="nothing*")
    assert identifiers(pad) == [os.path.abspath("../a.out"), os.path.abspath("../b.out"), "only"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"paths": ["a", "missing"]}, "finds no file .*missing"),
        ({"paths": ["a"], "identifiers": ["x", "y"]}, "2 identifiers for 1 files"),
    ],
)
def test_what_cannot_be_added(pad: FilePad, parameters: dict[str, Any], words: str) -> None:
    write(a="1")
    with pytest.raises(TaskError, match=words):
        do(AddFilesTask, **parameters)
    assert pad.count() == 0


# --- getting
def test_files_are_written_as_they_were_named(pad: FilePad) -> None:
    pad.add_file(*write(a="1"), "x")
    pad.add_contents("2", "deep/y")
    os.unlink("a")
    do(GetFilesTask, identifiers=["x", "deep/y"])
    assert (read("a"), read("y")) == ("1", "2")


def test_other_folder_and_names(pad: FilePad) -> None:
    for name in ("x", "y"):
        pad.add_contents(name, name)
    do(GetFilesTask, identifiers=["y", "x"], dest_dir="new/folder", new_file_names=["1", "2"])
    assert (read("new/folder/1"), read("new/folder/2")) == ("y", "x")
    do(GetFilesTask, identifiers="x", new_file_names=["3"])
    assert read("3") == "x"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"identifiers": ["x", "no"]}, "has no file no;"),
        ({"identifiers": ["x"], "new_file_names": ["a", "b"]}, "2 names"),
        ({"identifiers": ["x"], "dest_dir": "/dev/null/x"}, "cannot be written"),
    ],
)
def test_what_cannot_be_got(pad: FilePad, parameters: dict[str, Any], words: str) -> None:
    pad.add_contents("1", "x")
    with pytest.raises(TaskError, match=words):
        do(GetFilesTask, **parameters)
    assert os.listdir(".") == []


@pytest.fixture
def steps(pad: FilePad) -> FilePad:
    for n in (2, 3, 1):
        pad.add_file(*write(**{f"s{n}": f"step {n}"}), f"id{n}", metadata={"step": {"n": n}, "t": "x"})
        os.unlink(f"s{n}")
    return pad


@pytest.mark.usefixtures("steps")
@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"query": {"metadata->step->n": {"$gt": 1}}}, ["s2", "s3"]),
        ({"query": {"metadata.t": "x"}, "limit": 1, "sort_key": "metadata->step->n"}, ["s3"]),
        ({"query": {}, "limit": 2, "sort_key": "metadata.step.n", "sort_direction": 1}, ["s1", "s2"]),
        ({"query": {"identifier": "no"}, "fizzle_empty_result": False}, []),
        ({"query": {"identifier": "id1"}, "new_file_names": ["new"], "dest_dir": "d"}, ["d"]),
    ],
)
def test_files_that_match_are_written(parameters: dict[str, Any], expected: list[str]) -> None:
    do(GetFilesByQueryTask, **parameters)
    assert sorted(os.listdir(".")) == expected


@pytest.mark.usefixtures("steps")
def test_metadata_are_written_too() -> None:
    do(GetFilesByQueryTask, query={"identifier": "id1"}, meta_file=True)
    do(GetFilesByQueryTask, query={"identifier": "id2"}, meta_file=True, meta_file_suffix=".yml")
    assert sorted(os.listdir(".")) == ["s1", "s1.meta.yaml", "s2", "s2.yml"]
    assert yamlio.load(read("s1.meta.yaml")) == {"step": {"n": 1}, "t": "x"}


def test_nothing_that_matches_is_an_error(pad: FilePad) -> None:
    assert pad.count() == 0
    with pytest.raises(TaskError, match="Nothing in the FilePad matches"):
        do(GetFilesByQueryTask, query={"metadata->x": 1})


def test_two_files_of_one_name(steps: FilePad) -> None:
    os.mkdir("other")
    steps.add_file(*write(**{"other/s1": "again"}), "again")
    query = {"original_file_name": "s1"}
    with pytest.raises(TaskError, match="Several files are named s1"):
        do(GetFilesByQueryTask, query=query)
    assert not os.path.exists("s1")
    do(GetFilesByQueryTask, query=query, fizzle_degenerate_file_name=False)
    assert read("s1") == "again"


# --- deleting
def test_files_are_deleted(steps: FilePad) -> None:
    do(DeleteFilesTask, identifiers=["id1", "no", "id3"])
    do(DeleteFilesTask, identifiers="none")
    assert identifiers(steps) == ["id2"]


# --- where the FilePad is
def test_the_launchpad_of_the_rocket_is_taken(pad: FilePad, tmp_path: Path) -> None:
    launchpad = LaunchPad(f"sqlite:///{tmp_path}/other.db", create=True)
    task = AddFilesTask(paths=write(a="1"), identifiers=["x"])
    task.launchpad = launchpad
    task.run_task({})
    other = FilePad.from_launchpad(launchpad)
    assert (other.count(), pad.count()) == (1, 0)
    other.close()
    launchpad.close()


def test_without_a_rocket_the_file_here_is_taken(pad: FilePad) -> None:
    os.rename("../my_launchpad.yaml", "my_launchpad.yaml")
    with open("my_launchpad.yaml", "w", encoding="utf-8") as file:
        file.write("url: sqlite:///../launchpad.db\n")
    AddFilesTask(paths=["my_launchpad.yaml"], identifiers=["x"]).run_task({})
    assert identifiers(pad) == ["x"]
    same = get_fpad()
    assert same.count() == 1
    same.close()


@pytest.mark.parametrize("content", ["url: sqlite:////no/such/place.db", "host: localhost", "no: {good"])
def test_out_of_reach_is_told(pad: FilePad, content: str) -> None:
    assert pad.count() == 0
    with open("bad.yaml", "w", encoding="utf-8") as file:
        file.write(content)
    for task in (GetFilesTask(identifiers="x", filepad_file="bad.yaml"), GetFilesTask(identifiers="x")):
        with pytest.raises(TaskError, match="_files_in"):
            task.run_task({})


class Carrier:
    """What notes files, as `OfflineLaunchPad` does."""

    def __init__(self) -> None:
        self.noted: list[Any] = []

    def note_file(self, path: str, identifier: str, **options: Any) -> None:
        self.noted.append((os.path.basename(path), identifier, options))

    def note_file_deletion(self, identifier: str) -> None:
        self.noted.append(identifier)


def test_out_of_reach_changes_are_carried_home(pad: FilePad) -> None:
    carrier = Carrier()
    for task in (
        AddFilesTask(paths=write(a="1"), identifiers="x", compress=False, metadata={"m": 1}),
        DeleteFilesTask(identifiers=["y"]),
    ):
        task.launchpad = carrier
        task.run_task({})
    assert carrier.noted == [("a", "x", {"compress": False, "metadata": {"m": 1}}), "y"]
    assert pad.count() == 0


def test_a_store_error_of_the_rockets_launchpad_is_told(tmp_path: Path) -> None:
    launchpad = LaunchPad(f"sqlite:///{tmp_path}/gone.db", create=True)
    launchpad.close()
    os.unlink(tmp_path / "gone.db")
    task = GetFilesTask(identifiers="x")
    task.launchpad = launchpad
    with pytest.raises(TaskError, match="There is no LaunchPad") as told:
        task.run_task({})
    assert isinstance(told.value.__cause__, StoreError)
