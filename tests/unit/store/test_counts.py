"""Counting with the driver alone: the same as the store counts, or nothing at all."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from longfuse import Firework, LaunchPad, ScriptTask
from longfuse.domain.states import State
from longfuse.store.counts import count
from longfuse.store.seam import Collection


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "pad ü?#%.db"
    with filled(of(path)):
        yield path


@contextmanager
def filled(url):
    with closing(LaunchPad(url, create=True)) as pad:
        pad.bulk_add_wfs([Firework(ScriptTask.from_str("true"), name=name) for name in ("a", "a", "it's")])
        pad.defuse_fw(1)
        yield


def of(path):
    return f"sqlite:///{path}"


@pytest.mark.parametrize("collection", [Collection.FIREWORKS, Collection.WORKFLOWS])
def test_what_matches_is_counted(path, collection):
    all_is_counted(of(path), collection)


def all_is_counted(url, collection):
    assert count(url, collection) == 3
    assert count(url, collection, state=State.READY) == 2
    assert count(url, collection, name="a") == 2
    assert count(url, collection, name="it's") == 1
    assert count(url, collection, name="") == 0
    assert count(url, collection, name="a", state=State.DEFUSED) == 1


@pytest.mark.parametrize("collection", [Collection.FIREWORKS, Collection.WORKFLOWS])
def test_what_matches_is_counted_on_a_server(postgres_url, collection):
    with filled(postgres_url):
        all_is_counted(postgres_url, collection)
        all_is_counted(postgres_url.replace("+psycopg", ""), collection)


def test_what_is_unusual_on_a_server_is_left_to_the_store(postgres_server, postgres_url):
    assert count(postgres_url, Collection.FIREWORKS) == 0
    name = postgres_url.rpartition("/")[2]
    postgres_server.run_sql("INSERT INTO meta VALUES ('moved_to', 'x')", database=name)
    assert count(postgres_url, Collection.FIREWORKS) is None
    postgres_server.run_sql("DELETE FROM meta WHERE name = 'moved_to'", database=name)
    postgres_server.run_sql("UPDATE alembic_version SET version_num = '9999'", database=name)
    assert count(postgres_url, Collection.FIREWORKS) is None
    assert count(postgres_server.url("nowhere"), Collection.FIREWORKS) is None
    assert count("postgresql://nobody@127.0.0.1:1/x", Collection.FIREWORKS) is None
    assert count(postgres_server.url("postgres"), Collection.FIREWORKS) is None
    assert count("mysql://localhost/x", Collection.FIREWORKS) is None


def test_counting_on_a_server_needs_no_sqlalchemy(postgres_url):
    program = (
        "import sys; from longfuse.store.counts import count; from longfuse.store.seam import Collection\n"
        "assert count(sys.argv[1], Collection.FIREWORKS) == 0\n"
        "assert 'sqlalchemy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, postgres_url], check=True)


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    assert count(of(tmp_path / "none" / "pad.db"), Collection.FIREWORKS) is None
    assert count(of(tmp_path / "pad.db"), Collection.FIREWORKS) is None
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_what_is_no_launchpad_is_left_to_the_store(tmp_path, content):
    (tmp_path / "pad.db").write_bytes(content)
    assert count(of(tmp_path / "pad.db"), Collection.FIREWORKS) is None


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_another_version_is_left_to_the_store(path, version):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    connection.close()
    assert count(of(path), Collection.FIREWORKS) is None


@pytest.mark.parametrize("mark", ["moved_to", "copy_of", "a note of tomorrow"])
def test_what_may_not_be_used_is_left_to_the_store(path, mark):
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO meta VALUES (?, 'x')", [mark])
    connection.close()
    assert count(of(path), Collection.FIREWORKS) is None


def test_a_name_that_is_no_unicode_is_left_to_the_store(path):
    assert count(of(path), Collection.FIREWORKS, name="\udc80") is None
