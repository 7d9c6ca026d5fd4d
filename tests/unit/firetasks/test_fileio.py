"""FileWriteTask and FileDeleteTask, with every parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import run_tasks

from longfuse import FileDeleteTask, FileWriteTask
from longfuse.errors import TaskError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")


def test_files_are_written_here_and_replace_others(here: Path) -> None:
    (here / "a").write_text("a long text that was there before")
    entries = [{"filename": "a", "contents": "ä\n"}, {"filename": "sub/b", "contents": ""}]
    assert FileWriteTask(files_to_write=entries).run_task({}) is None
    assert (here / "a").read_bytes() == "ä\n".encode()
    assert (here / "sub" / "b").read_text() == ""


def test_files_are_written_into_another_folder(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path / "place"))
    entries = [{"filename": "a", "contents": "x"}]
    FileWriteTask(files_to_write=entries, dest="sub/deep").run_task({})
    FileWriteTask(files_to_write=entries, dest="$PLACE").run_task({})
    assert (here / "sub" / "deep" / "a").read_text() == (tmp_path / "place" / "a").read_text() == "x"


def test_one_may_stand_without_a_list(here: Path) -> None:
    FileWriteTask(files_to_write={"filename": "abc", "contents": ""}).run_task({})
    (here / "a").write_text("")
    FileDeleteTask(files_to_delete="abc").run_task({})
    assert [path.name for path in here.iterdir()] == ["a"]
    with pytest.raises(TaskError, match="files_to_delete must be a list; it is 3"):
        FileDeleteTask(files_to_delete=3).run_task({})


@pytest.mark.parametrize("entry", ["a", {"filename": "a"}, {"filename": "a", "contents": 3}, None])
def test_an_entry_that_is_none_is_told(entry: Any) -> None:
    with pytest.raises(TaskError, match="files_to_write"):
        FileWriteTask(files_to_write=[entry]).run_task({})


def test_a_file_that_cannot_be_written_is_told(here: Path) -> None:
    (here / "a").mkdir()
    with pytest.raises(TaskError, match=r"files_to_write: .*/a cannot be written: Is a directory"):
        FileWriteTask(files_to_write=[{"filename": "a", "contents": ""}]).run_task({})


def test_files_are_deleted(here: Path) -> None:
    (here / "sub").mkdir()
    for path in (here / "a", here / "b", here / "sub" / "a"):
        path.write_text("")
    FileDeleteTask(files_to_delete=["a", "missing"]).run_task({})
    assert sorted(path.name for path in here.iterdir()) == ["b", "sub"]
    FileDeleteTask(files_to_delete=["a"], dest="sub").run_task({})
    assert list((here / "sub").iterdir()) == []


def test_what_cannot_be_deleted_is_told_if_that_is_wanted() -> None:
    with pytest.raises(TaskError, match=r"files_to_delete: .*/missing cannot be deleted"):
        FileDeleteTask(files_to_delete=["missing"], ignore_errors=False).run_task({})


@pytest.mark.parametrize(
    ("task", "parameters", "words"),
    [
        (FileWriteTask, {}, "files_to_write"),
        (FileDeleteTask, {}, "files_to_delete"),
        (FileWriteTask, {"files_to_write": [], "folder": "x"}, "no parameter folder"),
        (FileDeleteTask, {"files_to_delete": [], "ignore_error": True}, "no parameter ignore_error"),
    ],
)
def test_parameters_are_checked(task: Any, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        task(**parameters)


def test_in_a_launch(tmp_path: Path) -> None:
    folder = tmp_path / "launcher"
    final = run_tasks(
        folder,
        {"_fw_name": "FileWriteTask", "files_to_write": [{"filename": n, "contents": n} for n in "ab"]},
        {"_fw_name": "FileDeleteTask", "files_to_delete": ["a"]},
    )
    assert final.state == "COMPLETED"
    assert not (folder / "a").exists()
    assert (folder / "b").read_text() == "b"
