"""Whole files or none."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from longfuse.errors import UnreadableError
from longfuse.launchdir.files import read_json, server_time, write_first_json, write_json

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    write_json(path, {"größe": [1, None, "x\udc80"]})
    assert read_json(path) == {"größe": [1, None, "x\udc80"]}


def test_nothing_but_the_file_is_left(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    write_json(path, {})
    write_json(path, {"a": 1})
    with pytest.raises(FileExistsError):
        write_json(path, {"a": 2}, exclusive=True)
    assert os.listdir(tmp_path) == ["a.json"]
    assert read_json(path) == {"a": 1}


def test_what_json_cannot_hold_touches_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_json(str(target), {"a": 1})
    assert os.listdir(tmp_path) == ["folder"]


def test_a_first_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "FW.json")

    def full(descriptor: int, content: bytes) -> int:
        real(descriptor, content[:1])
        raise OSError(28, "No space left on device")

    real = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            write_first_json(path, {"fw_id": 1})
    assert os.listdir(tmp_path) == []
    with pytest.raises(TypeError):
        write_first_json(path, {"fw_id": object()})
    assert os.listdir(tmp_path) == []
    write_first_json(path, {"fw_id": 1})
    with pytest.raises(FileExistsError):
        write_first_json(path, {"fw_id": 2})
    assert (read_json(path), os.listdir(tmp_path)) == ({"fw_id": 1}, ["FW.json"])


def test_of_many_exclusive_writers_one_succeeds(tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    winners: list[int] = []
    gate = threading.Barrier(8)

    def compete(number: int) -> None:
        gate.wait()
        try:
            write_json(path, {"winner": number}, exclusive=True)
        except FileExistsError:
            return
        winners.append(number)

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1
    assert read_json(path) == {"winner": winners[0]}


def test_files_obey_the_umask_and_are_never_writable_for_all(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_json(str(tmp_path / "open.json"), {})
        os.umask(0o077)
        write_json(str(tmp_path / "closed.json"), {})
    finally:
        os.umask(before)
    assert (tmp_path / "open.json").stat().st_mode & 0o777 == 0o664
    assert (tmp_path / "closed.json").stat().st_mode & 0o777 == 0o600


def test_an_absent_file_is_none(tmp_path: Path) -> None:
    assert read_json(str(tmp_path / "a.json")) is None
    assert read_json(str(tmp_path / "no" / "a.json")) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x00" * 4096, "is empty"),
        (b'{"a": 1', "not whole JSON"),
        (b'{"a": "\xff"}', "not whole JSON"),
        (b"[" * 100_000, "not whole JSON"),
        (b"[1]", "no JSON object but list"),
    ],
)
def test_what_is_no_object_is_unreadable_with_a_reason(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=words) as caught:
        read_json(str(path))
    assert str(path) in str(caught.value)


def test_a_folder_or_pipe_of_that_name_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(UnreadableError, match="cannot be read"):
            read_json(str(tmp_path / name))


def test_the_clock_of_the_file_system_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert abs(server_time(str(tmp_path)) - (tmp_path / "a").stat().st_mtime) < 60
    assert os.listdir(tmp_path) == ["a"]
