"""Files of the FilePad."""

from dataclasses import replace

import pytest

from longfuse.domain.query import parse
from longfuse.errors import StoreError
from longfuse.store.records import FileRecord


def a_file(make, identifier="a", pad="filepad", **values):
    record = FileRecord(
        pad=pad,
        identifier=identifier,
        gfs_id=f"{identifier}-gfs",
        original_file_name=f"{identifier}.txt",
        original_file_path=f"/data/{identifier}.txt",
        metadata={"size": {"x": 1}, "tags": ["p", "q"]},
        compressed=False,
        size=5,
        created_on=make.time(),
    )
    return replace(record, **values)


def put(store, record, *chunks):
    with store.write() as tx:
        tx.put_file(record, chunks)


def files(store, query=None, pad="filepad"):
    with store.read() as reader:
        return reader.files(pad, parse(query) if query is not None else None)


def content(store, record):
    with store.read() as reader:
        return list(reader.file_chunks(record.file_id))


def test_a_file_and_its_pieces_come_back(store, make):
    record = a_file(make)
    put(store, record, b"he", b"", b"llo\x00\xff")
    [found] = files(store)
    assert found.file_id > 0
    assert found == replace(record, file_id=found.file_id)
    assert content(store, found) == [b"he", b"", b"llo\x00\xff"]


def test_no_pieces_and_no_metadata(store, make):
    put(store, a_file(make, metadata=None, original_file_name=None, original_file_path=None, size=0))
    [found] = files(store)
    assert (found.metadata, found.original_file_name, found.original_file_path) == (None, None, None)
    assert content(store, found) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["a", "b"]),
        ({"identifier": "b"}, ["b"]),
        ({"gfs_id": "a-gfs"}, ["a"]),
        ({"metadata.size.x": {"$gt": 1}}, ["b"]),
        ({"metadata.tags": "q"}, ["a"]),
        ({"metadata.none": None}, ["a", "b"]),
        ({"compressed": True}, ["b"]),
        ({"compressed": {"$ne": True}}, ["a"]),
        ({"size": {"$gte": 6}}, ["b"]),
        ({"original_file_name": {"$regex": "^b"}}, ["b"]),
        ({"original_file_path": None}, []),
        ({"$or": [{"identifier": "a"}, {"metadata.size.x": 2}]}, ["a", "b"]),
        ({"nothing": {"$exists": True}}, []),
    ],
)
def test_files_are_found_by_what_is_said_of_them(store, make, query, expected):
    put(store, a_file(make))
    put(store, a_file(make, "b", metadata={"size": {"x": 2}, "tags": []}, compressed=True, size=6))
    put(store, a_file(make, "c", pad="other"))
    assert [record.identifier for record in files(store, query)] == expected
    with store.read() as reader:
        assert reader.count_files("filepad", parse(query)) == len(expected)
        assert reader.count_files("filepad") == 2


def test_pads_do_not_know_each_other(store, make):
    put(store, a_file(make), b"1")
    put(store, a_file(make, pad="other", gfs_id="second"), b"2")
    [found] = files(store, pad="other")
    assert content(store, found) == [b"2"]


def test_an_identifier_is_there_once(store, make):
    put(store, a_file(make), b"1")
    with pytest.raises((StoreError, ValueError)):
        put(store, a_file(make, gfs_id="second"), b"2")
    [found] = files(store)
    assert content(store, found) == [b"1"]


def test_a_file_is_replaced(store, make):
    put(store, a_file(make), b"1", b"2", b"3")
    [before] = files(store)
    put(store, replace(before, gfs_id="new", compressed=True, size=1), b"4")
    [after] = files(store)
    assert after == replace(before, gfs_id="new", compressed=True, size=1)
    assert content(store, after) == [b"4"]


def test_files_are_removed(store, make):
    for name in "abc":
        put(store, a_file(make, name), name.encode())
    [a, b, c] = files(store)
    with store.write() as tx:
        tx.delete_files([a.file_id, c.file_id])
        tx.delete_files([])
    assert files(store) == [b]
    assert content(store, b) == [b"b"]


def test_a_reset_leaves_the_files(store, make):
    put(store, a_file(make), b"1")
    with store.write() as tx:
        tx.reset()
    put(store, a_file(make, "b"), b"2")
    assert [content(store, record) for record in files(store)] == [[b"1"], [b"2"]]


def test_what_breaks_in_the_middle_leaves_nothing(store, make):
    def torn():
        yield b"1"
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"), store.write() as tx:
        tx.put_file(a_file(make), torn())
    assert files(store) == []
