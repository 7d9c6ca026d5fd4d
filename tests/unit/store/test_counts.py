"""Counting with the driver alone: the same as the store counts, or nothing at all."""

import os
import sqlite3

import pytest

from longfuse import Firework, LaunchPad, ScriptTask
from longfuse.domain.states import State
from longfuse.store.counts import count
from longfuse.store.seam import Collection


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "pad ü?#%.db"
    pad = LaunchPad(f"sqlite:///{path}", create=True)
    pad.bulk_add_wfs([Firework(ScriptTask.from_str("true"), name=name) for name in ("a", "a", "it's")])
    pad.defuse_fw(1)
    yield path
    pad.close()


@pytest.mark.parametrize("collection", [Collection.FIREWORKS, Collection.WORKFLOWS])
def test_what_matches_is_counted(path, collection):
    assert count(path, collection) == 3
    assert count(path, collection, state=State.READY) == 2
    assert count(path, collection, name="a") == 2
    assert count(path, collection, name="it's") == 1
    assert count(path, collection, name="") == 0
    assert count(path, collection, name="a", state=State.DEFUSED) == 1


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    assert count(tmp_path / "none" / "pad.db", Collection.FIREWORKS) is None
    assert count(tmp_path / "pad.db", Collection.FIREWORKS) is None
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_what_is_no_launchpad_is_left_to_the_store(tmp_path, content):
    (tmp_path / "pad.db").write_bytes(content)
    assert count(tmp_path / "pad.db", Collection.FIREWORKS) is None


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_another_version_is_left_to_the_store(path, version):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    connection.close()
    assert count(path, Collection.FIREWORKS) is None


@pytest.mark.parametrize("mark", ["moved_to", "copy_of", "a note of tomorrow"])
def test_what_may_not_be_used_is_left_to_the_store(path, mark):
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO meta VALUES (?, 'x')", [mark])
    connection.close()
    assert count(path, Collection.FIREWORKS) is None


def test_a_name_that_is_no_unicode_is_left_to_the_store(path):
    assert count(path, Collection.FIREWORKS, name="\udc80") is None
