"""Commits that reach the disk a little later than they are made."""

import os
import subprocess
import sys
import threading
import time

import pytest

from longfuse.store.lag import LAG_S, Lag
from longfuse.store.open import open_store

FULL, NORMAL = 2, 1


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/pad.db"


@pytest.fixture
def store(url):
    opened = open_store(url, create=True)
    yield opened
    opened.close()


@pytest.fixture
def synced(monkeypatch):
    """The files that were brought to the disk."""
    real, files = os.fdatasync, []

    def watched(descriptor):
        files.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", watched)
    return files


def waits(store, *, synced):
    """What a transaction's commit waits for."""
    with store.write(synced=synced) as tx:
        tx.new_fw_ids(1)
        return tx._connection.exec_driver_sql("PRAGMA synchronous").scalar()


def test_only_the_first_of_many_waits_for_the_disk(store):
    assert [waits(store, synced=False) for _ in range(3)] == [FULL, NORMAL, NORMAL]
    assert waits(store, synced=True) == FULL
    assert waits(store, synced=False) == NORMAL
    time.sleep(LAG_S)
    assert waits(store, synced=False) == FULL


def test_of_a_long_row_of_commits_none_waits(tmp_path, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr("longfuse.store.lag.monotonic", lambda: next(clock) * LAG_S / 3)
    lag = Lag(tmp_path / "pad.db")
    waited = [lag.is_over]
    lag.committed(at_once=True)
    for _ in range(20):
        waited.append(lag.is_over)
        lag.committed(at_once=False)
    lag.end()
    assert waited == [True] + [False] * 20


def test_what_is_of_value_always_waits(store):
    assert [waits(store, synced=True) for _ in range(3)] == [FULL] * 3


def test_a_rollback_journal_is_of_no_use_without_waiting(url, tmp_path):
    mounts = f"1 0 0:1 / {tmp_path} rw - nfs server:/ rw"
    store = open_store(url, create=True, mountinfo=mounts)
    assert [waits(store, synced=False) for _ in range(3)] == [FULL] * 3
    store.close()


def test_the_rest_follows_by_itself(store, synced):
    for _ in range(3):
        waits(store, synced=False)
    assert synced == []
    _wait_until(lambda: synced)
    assert synced == ["pad.db-wal"]


def _wait_until(done):
    deadline = time.monotonic() + 60
    while not done() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert done()


def test_closing_brings_all_to_the_disk(store, synced):
    threads = threading.active_count()
    for _ in range(2):
        waits(store, synced=False)
    store.close()
    assert synced == [] or synced == ["pad.db-wal"]  # the last one to close has SQLite do it
    assert threading.active_count() == threads


def test_closing_beside_another_brings_all_to_the_disk(store, url, synced):
    other = open_store(url)
    waits(other, synced=True)
    for _ in range(2):
        waits(store, synced=False)
    store.close()
    assert synced == ["pad.db-wal"]
    other.close()


def test_a_commit_that_waits_takes_the_others_along(store, synced):
    waits(store, synced=False)
    waits(store, synced=False)
    waits(store, synced=True)
    store._file._lag.end()
    assert synced == []


def test_a_log_that_is_gone_needs_nothing(tmp_path, synced):
    lag = Lag(tmp_path / "pad.db")
    lag.committed(at_once=False)
    lag.end()
    assert synced == []


def test_a_disk_that_fails_is_told(tmp_path, caplog):
    (tmp_path / "pad.db-wal").symlink_to(tmp_path / "pad.db-wal")
    lag = Lag(tmp_path / "pad.db")
    lag.committed(at_once=False)
    lag.end()
    assert "power cut" in caplog.text


KILLED = """
import os, signal, sys
from longfuse.store.open import open_store
store = open_store(sys.argv[1])
for _ in range(5):
    with store.write(synced=False) as tx:
        last = tx.new_fw_ids(1)
print(last, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_lost_with_the_process(store, url):
    done = subprocess.run([sys.executable, "-c", KILLED, url], check=False, capture_output=True, text=True)
    with store.write() as tx:
        assert tx.new_fw_ids(1) == int(done.stdout) + 1


LEFT_OPEN = """
import os, sys
from longfuse.store.open import open_store
real = os.fdatasync
os.fdatasync = lambda descriptor: (print(os.readlink(f"/proc/self/fd/{descriptor}")), real(descriptor))
store = open_store(sys.argv[1])
for _ in range(2):
    with store.write(synced=False) as tx:
        tx.new_fw_ids(1)
"""


def test_a_program_that_closes_nothing_ends_with_all_on_the_disk(store, url):
    waits(store, synced=True)  # so that the other one is not the last to close it
    done = subprocess.run([sys.executable, "-c", LEFT_OPEN, url], check=True, capture_output=True, text=True)
    assert done.stdout.endswith("pad.db-wal\n")
    assert done.stderr == ""
