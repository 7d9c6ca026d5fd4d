"""Opening and making LaunchPads."""

import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from longfuse.errors import ConfigError, SchemaError, StoreBusyError, StoreUnavailableError
from longfuse.store.open import open_store, sqlite_path
from longfuse.store.revision import HEAD

NFS = "36 35 0:44 / {} rw,relatime shared:1 - nfs4 server:/home rw\n"


def url(path):
    return f"sqlite:///{path}"


def make(path, **options):
    open_store(url(path), create=True, **options).close()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("mongodb://localhost:27017/fireworks", "planned"),
        ("mongodb+srv://localhost/fireworks", "planned"),
        ("mysql://user:secret@host/db", "no URL of a LaunchPad"),
        ("/some/path", "no URL of a LaunchPad"),
        ("sqlite://", "no URL of a LaunchPad"),
        ("sqlite:///", "no URL of a LaunchPad"),
        ("", "no URL of a LaunchPad"),
    ],
)
def test_other_urls_are_refused_with_what_to_write(wrong, says):
    with pytest.raises(ConfigError, match=says) as caught:
        open_store(wrong)
    assert "sqlite:////path/to" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_relative_and_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sqlite_path("sqlite:///a/b.db") == tmp_path / "a" / "b.db"
    assert sqlite_path("sqlite:////a/b.db").as_posix() == "/a/b.db"


@pytest.mark.parametrize(
    "name", ["pad.db", "with space?and#.db", "per%20cent.db", "quote'\".db", "new\nline.db", "ä.db"]
)
def test_any_file_name(tmp_path, name):
    make(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with open_store(url(tmp_path / name)).read() as reader:
        assert reader.launchpad_id()


def test_nothing_there(tmp_path):
    with pytest.raises(StoreUnavailableError, match=r"lpad reset.*lpad init") as caught:
        open_store(url(tmp_path / "no" / "pad.db"))
    assert str(tmp_path / "no" / "pad.db") in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_making_makes_the_folders_too_and_leaves_nothing_else(tmp_path):
    make(tmp_path / "a" / "b" / "pad.db")
    assert os.listdir(tmp_path / "a" / "b") == ["pad.db"]


def test_making_what_is_there_opens_it(tmp_path):
    make(tmp_path / "pad.db")
    with open_store(url(tmp_path / "pad.db")).read() as reader:
        before = reader.launchpad_id()
    with open_store(url(tmp_path / "pad.db"), create=True).read() as reader:
        assert reader.launchpad_id() == before


def test_an_empty_file_is_filled_only_when_asked(tmp_path):
    path = tmp_path / "pad.db"
    path.touch()
    with pytest.raises(SchemaError, match=r"empty.*lpad reset"):
        open_store(url(path))
    make(path)
    with open_store(url(path)).read() as reader:
        assert reader.launchpad_id()


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_the_umask_decides_who_may_use_it(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        store = open_store(url(tmp_path / "pad.db"), create=True)
        with store.write() as tx:
            tx.new_fw_ids(1)
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {mode}


@pytest.mark.parametrize("create", [False, True])
def test_what_is_no_database(tmp_path, create):
    path = tmp_path / "pad.db"
    path.write_text("name: not a database\n" * 200)
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="no LaunchPad"):
        open_store(url(path), create=create)
    assert path.read_bytes() == before


@pytest.mark.parametrize("create", [False, True])
def test_somebody_elses_database_is_left_alone(tmp_path, create):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (name)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="no LaunchPad"):
        open_store(url(path), create=create)
    assert path.read_bytes() == before


@pytest.mark.parametrize("create", [False, True])
def test_a_folder_is_no_launchpad(tmp_path, create):
    with pytest.raises(StoreUnavailableError):
        open_store(url(tmp_path), create=create)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError, match="cannot be made"):
        make(tmp_path / "file" / "pad.db")


def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "pad.db"
    make(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(SchemaError, match="newer version of Longfuse"):
        open_store(url(path))


def test_opening_does_not_load_alembic(tmp_path):
    make(tmp_path / "pad.db")
    program = (
        "import sys; from longfuse.store.open import open_store; "
        "opened = open_store(sys.argv[1], create=True); opened.read().__enter__(); "
        "print(any(name.partition('.')[0] == 'alembic' for name in sys.modules))"
    )
    for path in (tmp_path / "pad.db", tmp_path / "new.db"):
        done = subprocess.run([sys.executable, "-c", program, url(path)], capture_output=True, text=True, check=True)
        assert done.stdout == "False\n"


def test_describe(tmp_path):
    store = open_store(url(tmp_path / "pad.db"), create=True)
    assert store.describe() == {
        "url": url(tmp_path / "pad.db"),
        "backend": "sqlite",
        "schema": HEAD,
        "journal": "wal",
        "warning": "",
    }
    store.close()


def test_durable_and_referring(tmp_path):
    store = open_store(url(tmp_path / "pad.db"), create=True)
    with store.read() as reader:
        ask = reader._connection.exec_driver_sql
        assert ask("PRAGMA synchronous").scalar() == 2
        assert ask("PRAGMA foreign_keys").scalar() == 1
        assert ask("PRAGMA journal_mode").scalar() == "wal"
        assert ask("PRAGMA busy_timeout").scalar() == 30_000
    store.close()


def test_network_file_system_means_a_rollback_journal_and_a_warning(tmp_path):
    store = open_store(url(tmp_path / "pad.db"), create=True, mountinfo=NFS.format(tmp_path))
    assert store.describe()["journal"] == "delete"
    assert "nfs4" in store.describe()["warning"]
    assert "one host at a time" in store.describe()["warning"]
    with store.write() as tx:
        tx.new_fw_ids(1)
        assert not (tmp_path / "pad.db-wal").exists()
    store.close()


def test_a_log_is_given_up_on_a_network_file_system_and_not_taken_up_again(tmp_path):
    path = tmp_path / "pad.db"
    make(path)
    store = open_store(url(path), mountinfo=NFS.format(tmp_path))
    assert store.describe()["journal"] == "delete"
    store.close()
    store = open_store(url(path))
    assert store.describe()["journal"] == "delete"
    assert store.describe()["warning"] == ""
    store.close()


def test_a_log_in_use_cannot_be_given_up(tmp_path):
    path = tmp_path / "pad.db"
    first = open_store(url(path), create=True)
    with first.write() as tx:
        tx.new_fw_ids(1)
    with pytest.raises(StoreBusyError, match=str(path)):
        open_store(url(path), mountinfo=NFS.format(tmp_path), busy_timeout_s=0.1)
    first.close()


def test_makers_at_the_same_time_make_one(tmp_path):
    program = (
        "import sys; from longfuse.store.open import open_store\n"
        "with open_store(sys.argv[1], create=True).read() as reader: print(reader.launchpad_id())"
    )
    command = [sys.executable, "-c", program, url(tmp_path / "pad.db")]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    ids = {maker.communicate()[0] for maker in makers}
    assert [maker.returncode for maker in makers] == [0] * 4
    assert len(ids) == 1
    assert os.listdir(tmp_path) == ["pad.db"]
