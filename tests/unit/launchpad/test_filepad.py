"""The FilePad: FireWorks' calls, and contents of any size."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from longfuse import LaunchPad
from longfuse.domain.registry import resolve
from longfuse.errors import ConfigError, InputError, NotFoundError, SerializationError, StoreUnavailableError
from longfuse.launchpad.filepad import PIECE, FilePad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/launchpad.db"


@pytest.fixture
def pad(url: str) -> Iterator[FilePad]:
    pad = FilePad(url, create=True)
    yield pad
    pad.close()


@pytest.fixture
def chapter(tmp_path: Path) -> Path:
    path = tmp_path / "chapter one.txt"
    path.write_text("It was a dark and stormy night.")
    return path


def content(pad: FilePad, identifier: str) -> bytes | None:
    return pad.get_file(identifier)[0]


@pytest.mark.parametrize("compress", [True, False])
def test_a_file_comes_back(pad: FilePad, chapter: Path, compress: bool) -> None:
    gfs_id, identifier = pad.add_file(chapter, identifier="one", compress=compress, metadata={"author": "Paul", "n": 1})
    assert identifier == "one"
    contents, document = pad.get_file("one")
    assert contents == chapter.read_bytes()
    assert document is not None
    assert document.pop("created_on").endswith("+00:00")
    assert document == {
        "identifier": "one",
        "original_file_name": "chapter one.txt",
        "original_file_path": str(chapter),
        "metadata": {"author": "Paul", "n": 1},
        "compressed": compress,
        "gfs_id": gfs_id,
        "size": 31,
    }
    assert pad.get_file_by_id(gfs_id)[0] == contents


def test_compressed_contents_are_zlib(pad: FilePad, chapter: Path) -> None:
    gfs_id, _ = pad.add_file(chapter, "one")
    with pad._store.read() as reader:
        [record] = reader.files("filepad")
        assert zlib.decompress(b"".join(reader.file_chunks(record.file_id))) == chapter.read_bytes()
    assert len(gfs_id) == 24


@pytest.mark.parametrize("contents", [b"", b"\x00\xff", "text \u00fc", b"x" * (2 * PIECE + 1)])
@pytest.mark.parametrize("compress", [True, False])
def test_contents(pad: FilePad, contents: bytes | str, compress: bool) -> None:
    pad.add_contents(contents, "c", compress=compress)
    assert content(pad, "c") == (contents.encode() if isinstance(contents, str) else contents)
    document = pad.get_file("c")[1]
    assert document is not None
    assert (document["original_file_name"], document["original_file_path"], document["metadata"]) == (None, None, None)


@pytest.mark.parametrize("compress", [True, False])
def test_content_that_cannot_be_compressed_and_is_long(pad: FilePad, tmp_path: Path, compress: bool) -> None:
    data = os.urandom(3 * PIECE + 17)
    (tmp_path / "data").write_bytes(data)
    gfs_id, _ = pad.add_file(tmp_path / "data", compress=compress)
    assert pad.get_file_by_id(gfs_id)[0] == data
    pad.write_file(gfs_id, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data


def test_without_identifier_a_file_is_called_by_its_gfs_id(pad: FilePad, chapter: Path) -> None:
    pairs = [pad.add_file(chapter) for _ in range(3)]
    assert all(gfs_id == identifier for gfs_id, identifier in pairs)
    assert pad.count() == 3
    assert content(pad, pairs[0][1]) == chapter.read_bytes()


def test_an_identifier_that_exists_is_left(pad: FilePad, chapter: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = pad.add_file(chapter, "one")
    with caplog.at_level(logging.WARNING, "longfuse.filepad"):
        assert pad.add_contents(b"other", "one") == first
    assert "one already exists" in caplog.text
    assert content(pad, "one") == chapter.read_bytes()


def test_what_is_not_there(pad: FilePad, tmp_path: Path) -> None:
    assert pad.get_file("x") == (None, None)
    assert pad.get_file_by_id("x") == (None, None)
    assert pad.get_file_by_query({"metadata.x": 1}) == []
    assert pad.delete_file("x") == pad.delete_file_by_id("x") == pad.delete_file_by_query({"identifier": "x"}) == 0
    assert pad.update_file("x", tmp_path) == (None, None)
    with pytest.raises(NotFoundError, match="gfs_id nothing"):
        pad.write_file("nothing", tmp_path / "f")
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file_is_not_added(pad: FilePad, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be added"):
        pad.add_file(tmp_path / name, "x")
    assert pad.count() == 0


def test_metadata_that_json_cannot_hold(pad: FilePad) -> None:
    with pytest.raises(SerializationError, match="JSON"):
        pad.add_contents(b"x", "x", metadata={"a": object()})
    assert pad.count() == 0


@pytest.fixture
def steps(pad: FilePad) -> FilePad:
    for n, tag in ((2, "b"), (10, "a"), (1, "a")):
        pad.add_contents(f"step {n}", f"s{n}", metadata={"step": {"n": n}, "tag": tag})
    pad.add_contents("no step", "none")
    return pad


@pytest.mark.parametrize(
    ("query", "sort", "expected"),
    [
        ({"metadata.step.n": {"$gte": 2}}, (), ["s2", "s10"]),
        ({"metadata.tag": "a"}, ("metadata.step.n", 1), ["s1", "s10"]),
        ({"metadata.tag": "a"}, ("metadata.step.n",), ["s10", "s1"]),
        ({}, ("metadata.step.n", 1), ["none", "s1", "s2", "s10"]),
        ({}, ("metadata.tag", -1), ["s2", "s10", "s1", "none"]),
        ({}, ("metadata.step", 1), ["none", "s1", "s2", "s10"]),
        ({}, ("size", 1), ["s2", "s1", "s10", "none"]),
        ({"identifier": {"$in": ["s1", "none", "x"]}}, (), ["s1", "none"]),
        ({"$or": [{"identifier": "s1"}, {"metadata": None}]}, (), ["s1", "none"]),
        ({"compressed": False}, (), []),
    ],
)
def test_queries(steps: FilePad, query: dict[str, Any], sort: tuple[Any, ...], expected: list[str]) -> None:
    found = steps.get_file_by_query(query, *sort)
    assert [document["identifier"] for _, document in found] == expected
    assert all(steps.get_file(document["identifier"])[0] == contents for contents, document in found)
    assert steps.count(query) == len(expected)
    assert [document["identifier"] for document in steps.get_documents(query, *sort, limit=1)] == expected[:1]


def test_files_are_deleted(steps: FilePad) -> None:
    assert steps.delete_file("s1") == 1
    assert steps.delete_file_by_id(steps.get_documents({"identifier": "s2"})[0]["gfs_id"]) == 1
    assert steps.delete_file_by_query({"metadata.tag": "a"}) == 1
    assert [document["identifier"] for document in steps.get_documents()] == ["none"]
    steps.reset()
    assert steps.count() == 0


@pytest.mark.parametrize("compress", [True, False])
def test_a_file_is_updated(pad: FilePad, chapter: Path, tmp_path: Path, compress: bool) -> None:
    first, _ = pad.add_file(chapter, "one", compress=not compress, metadata={"m": 1})
    (tmp_path / "two").write_text("two")
    old, second = pad.update_file("one", tmp_path / "two", compress=compress)
    assert old == first != second
    assert second is not None
    contents, document = pad.get_file("one")
    assert document is not None
    assert (contents, document["gfs_id"], document["compressed"], document["metadata"], document["size"]) == (
        b"two",
        second,
        compress,
        {"m": 1},
        3,
    )
    assert pad.get_file_by_id(first) == (None, None)
    assert pad.update_file_by_id(second, chapter)[0] == second
    assert content(pad, "one") == chapter.read_bytes()


def test_pads_in_one_database(pad: FilePad, url: str) -> None:
    other = FilePad(url, filepad_coll_name="other")
    pad.add_contents(b"1", "x")
    other.add_contents(b"2", "x")
    assert (content(pad, "x"), content(other, "x")) == (b"1", b"2")
    other.reset()
    assert content(pad, "x") == b"1"
    other.close()


def test_text_mode(url: str, pad: FilePad, tmp_path: Path) -> None:
    (tmp_path / "dos").write_bytes(b"a\r\nb\r\n")
    texts = FilePad(url, text_mode=True)
    texts.add_file(tmp_path / "dos", "text", compress=False)
    pad.add_file(tmp_path / "dos", "bytes")
    assert (content(pad, "text"), content(pad, "bytes")) == (b"a\nb\n", b"a\r\nb\r\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="UTF-8"):
        texts.add_file(tmp_path / "binary", "binary")
    texts.close()


def test_it_is_the_launchpads_database(url: str, pad: FilePad) -> None:
    launchpad = LaunchPad(url)
    same = FilePad.from_launchpad(launchpad)
    same.add_contents(b"1", "x")
    launchpad.reset(require_password=False)
    assert content(pad, "x") == b"1", "a reset of the LaunchPad leaves the FilePad"
    same.close()
    launchpad.close()


def test_files_of_settings(url: str, pad: FilePad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pad.add_contents(b"1", "x")
    (tmp_path / "my_launchpad.yaml").write_text("url: sqlite:///launchpad.db\nfilepad: other\ntext_mode: true\n")
    named = FilePad.from_db_file(tmp_path / "my_launchpad.yaml", admin=False)
    assert (named.url, named.filepad_coll_name, named.text_mode, named.count()) == (url, "other", True, 0)
    named.close()
    (tmp_path / "my_launchpad.yaml").write_text("url: sqlite:///launchpad.db\n")
    monkeypatch.chdir(tmp_path)
    found = FilePad.auto_load()
    assert content(found, "x") == b"1"
    again = resolve("FilePad").from_dict(found.to_dict())
    assert content(again, "x") == b"1"
    again.close()
    found.close()


def test_it_is_never_made_by_accident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreUnavailableError):
        FilePad.auto_load()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [{"host": "localhost", "port": 27017}, {"url": "localhost"}])
def test_mongodb_is_told(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="MongoDB"):
        FilePad(**arguments)


MEMORY = """
import resource, sys
from longfuse.launchpad.filepad import FilePad
pad = FilePad(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for compress in (True, False):
    gfs_id, _ = pad.add_file(sys.argv[2], compress=compress)
    pad.write_file(gfs_id, sys.argv[3])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_is_never_whole_in_memory(pad: FilePad, url: str, tmp_path: Path) -> None:
    size = 128 << 20
    with open(tmp_path / "large", "wb") as file:
        block = os.urandom(1 << 15) + bytes(31 << 15)
        for _ in range(size // len(block)):
            file.write(block)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, url, tmp_path / "large", tmp_path / "back"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) << 10 < size * 3 / 4
    assert (tmp_path / "back").stat().st_size == size
    assert pad.count({"size": size}) == 2
