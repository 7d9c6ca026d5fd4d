"""The FilePad and rockets, in reach of the LaunchPad and out of it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import final_of, shell
from tests.login import Login, chain, fw

from longfuse.launchpad.filepad import FilePad

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def login(tmp_path: Path) -> Iterator[Login]:
    login = Login(tmp_path / "login")
    yield login
    login.pad.close()


@pytest.fixture
def filepad(login: Login) -> Iterator[FilePad]:
    pad = FilePad.from_launchpad(login.pad)
    yield pad
    pad.close()


def task(name: str, **parameters: Any) -> dict[str, Any]:
    return {"_fw_name": name, **parameters}


ADD = task("AddFilesTask", paths="*.out", identifiers=["result"], metadata={"step": 1})
WRITE = shell("printf 'the result' > energy.out; mkdir -p elsewhere")
OFFLINE = [WRITE, ADD, task("DeleteFilesTask", identifiers=["old"]), shell("rm energy.out")]


def test_a_launchpad_in_reach_is_used_at_once(login: Login, filepad: FilePad) -> None:
    get = task("GetFilesByQueryTask", query={"metadata->step": 1}, new_file_names=["back"])
    fws = [fw(-2, WRITE, ADD), fw(-1, get, shell("test \"$(cat back)\" = 'the result'"))]
    login.add(*fws, links=chain(*fws))
    done = login.run("rlaunch", "-l", "my_launchpad.yaml", "rapidfire", "--nlaunches", "2")
    assert done.returncode == 0, done.stderr
    assert [login.state(1), login.state(2)] == ["COMPLETED", "COMPLETED"]
    assert filepad.get_file("result")[0] == b"the result"


def test_what_is_added_offline_comes_home_with_the_result(login: Login, filepad: FilePad) -> None:
    filepad.add_contents("old", "old")
    login.add(fw(-1, *OFFLINE))
    place = login.submit(1)
    login.job(place)
    assert filepad.count({"identifier": "result"}) == 0
    assert not (place / "energy.out").exists()
    login.recover()
    contents, document = filepad.get_file("result")
    assert contents == b"the result"
    assert document is not None
    assert (document["metadata"], document["original_file_name"]) == ({"step": 1}, "energy.out")
    assert document["gfs_id"] in os.listdir(place / "FW_filepad")
    assert filepad.count() == 1
    assert login.state(1) == "COMPLETED"
    login.recover()
    assert filepad.count() == 1


def test_a_copy_that_is_not_there_yet_is_waited_for(login: Login, filepad: FilePad, tmp_path: Path) -> None:
    login.add(fw(-1, *OFFLINE))
    place = login.submit(1)
    login.job(place)
    shutil.move(place / "FW_filepad", tmp_path / "away")
    told = login.lpad("recover_offline")
    assert "FW_filepad" in told.stdout + told.stderr
    assert login.state(1) == "RESERVED"
    assert filepad.count() == 0
    shutil.move(tmp_path / "away", place / "FW_filepad")
    login.recover()
    assert (login.state(1), filepad.count()) == ("COMPLETED", 1)


@pytest.mark.parametrize("trick", ["link", "pipe", "short"])
def test_what_is_no_whole_copy_is_not_believed(login: Login, filepad: FilePad, tmp_path: Path, trick: str) -> None:
    login.add(fw(-1, *OFFLINE))
    place = login.submit(1)
    login.job(place)
    [copy] = (place / "FW_filepad").iterdir()
    whole = copy.read_bytes()
    copy.unlink()
    match trick:
        case "link":
            (tmp_path / "secret").write_bytes(whole)
            copy.symlink_to(tmp_path / "secret")
        case "pipe":
            os.mkfifo(copy)
        case _:
            copy.write_bytes(whole[:-1])
    told = login.lpad("recover_offline")
    assert "kept for the FilePad" in told.stdout + told.stderr
    assert (login.state(1), filepad.count()) == ("RESERVED", 0)


def test_what_is_to_be_got_offline_fails_with_advice(login: Login) -> None:
    login.add(fw(-1, task("GetFilesTask", identifiers=["x"])))
    place = login.submit(1)
    login.job(place)
    reason = final_of(place).reason
    assert "The FilePad cannot be opened here" in reason
    assert "pass them on by _files_in and _files_out" in reason
    assert os.listdir(login.home) == [], "no LaunchPad was made by accident"


def test_the_how_to_runs_as_it_stands(login: Login, filepad: FilePad) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "filepad.md").read_text()
    [workflow] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    [program] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (login.folder / "workflow.yaml").write_text(workflow)
    (login.folder / "program.py").write_text(program)
    login.tell("add", "workflow.yaml")
    done = login.run("rlaunch", "rapidfire", "--nlaunches", "2")
    assert done.returncode == 0, done.stderr
    assert [login.state(1), login.state(2)] == ["COMPLETED", "COMPLETED"]
    assert "total energy -7.5" in done.stdout
    (login.folder / "energy.out").write_text("-7.5")
    done = login.run(sys.executable, "program.py")
    assert done.stdout.splitlines() == ["energy of step 1 18", "energy 4"], done.stderr
    assert (login.folder / "copy.out").read_text() == "-7.5"
    assert filepad.count() == 1
