"""One SQLite file among other processes, moved away, replaced, killed."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from longfuse.domain.graph import Changes, Node, Tally
from longfuse.domain.states import State
from longfuse.errors import SchemaError, SerializationError, StoreBusyError, StoreError, StoreUnavailableError
from longfuse.store.open import open_store
from longfuse.store.records import FireworkRecord, LaunchRecord, WorkflowRecord
from longfuse.store.seam import Collection

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "pads"
    folder.mkdir()
    return folder / "pad.db"


@pytest.fixture
def store(path):
    opened = open_store(f"sqlite:///{path}", create=True, busy_timeout_s=0.2)
    yield opened
    opened.close()


def add(store, wf_id=1, count=3):
    ids = range(10 * wf_id, 10 * wf_id + count)
    fireworks = [
        FireworkRecord(
            node=Node(fw_id=i, wf_id=wf_id, state=State.READY), name="fw", spec={"x": i}, created_on=NOW, updated_on=NOW
        )
        for i in ids
    ]
    workflow = WorkflowRecord(
        wf_id=wf_id,
        name="wf",
        metadata={},
        state=State.READY,
        tally=Tally({State.READY: count}, count, 0),
        created_on=NOW,
        updated_on=NOW,
    )
    with store.write() as tx:
        tx.insert_workflows([workflow], fireworks, [])


def members(store, wf_id=1):
    with store.read() as reader:
        return reader.members(wf_id)


# --- the file is gone, and comes back


def test_moved_away_and_back(store, path, tmp_path):
    add(store)
    path.rename(tmp_path / "away.db")
    for attempt in (lambda: members(store), lambda: add(store, 2), lambda: members(store)):
        with pytest.raises(StoreUnavailableError, match=str(path)):
            attempt()
    (tmp_path / "away.db").rename(path)
    assert members(store) == [10, 11, 12]
    add(store, 2)
    assert members(store, 2) == [20, 21, 22]


def test_folder_moved_away_and_back(store, path, tmp_path):
    add(store)
    path.parent.rename(tmp_path / "away")
    with pytest.raises(StoreUnavailableError):
        add(store, 2)
    (tmp_path / "away").rename(path.parent)
    add(store, 2)
    assert members(store, 2) == [20, 21, 22]


def test_nothing_is_written_to_a_file_without_a_name(store, path, tmp_path):
    add(store)
    with pytest.raises(StoreUnavailableError):
        _move_away_while_writing(store, path, tmp_path / "away.db")
    (tmp_path / "away.db").rename(path)
    assert members(store, 2) == []
    add(store, 2)


def _move_away_while_writing(store, path, away):
    with store.write() as tx:
        tx.new_fw_ids(5)
        tx.apply(Changes(nodes={10: Node(fw_id=10, wf_id=1, state=State.RUNNING)}), NOW)
        path.rename(away)


def test_moved_away_while_a_stream_is_read(store, path, tmp_path):
    add(store)
    with pytest.raises(StoreUnavailableError):
        _move_away_while_reading(store, path, tmp_path / "away.db")


def _move_away_while_reading(store, path, away):
    with store.read() as reader:
        found = reader.find(Collection.FIREWORKS)
        next(found)
        path.rename(away)
        assert list(found) == [11, 12]


def test_moved_to_another_disk_and_back(store, path, tmp_path):
    add(store)
    shutil.copy(path, tmp_path / "away.db")
    path.unlink()
    with pytest.raises(StoreUnavailableError, match="There is no LaunchPad"):
        members(store)
    shutil.copy(tmp_path / "away.db", path)
    add(store, 2)
    assert [members(store), members(store, 2)] == [[10, 11, 12], [20, 21, 22]]


def test_replaced_by_another_launchpad(path, tmp_path):
    """Only where there is no log, which would be taken for the new file's (https://sqlite.org/howtocorrupt.html)."""
    store = open_store(f"sqlite:///{path}", create=True, mountinfo=f"1 0 0:1 / {tmp_path} rw - nfs server:/ rw")
    add(store)
    other = open_store(f"sqlite:///{tmp_path}/other.db", create=True)
    add(other, 7)
    with other.read() as reader:
        expected = reader.launchpad_id()
    other.close()
    os.replace(tmp_path / "other.db", path)
    assert members(store, 7) == [70, 71, 72]
    with store.read() as reader:
        assert reader.launchpad_id() == expected
    store.close()


def test_restored_from_a_copy(store, path, tmp_path):
    add(store)
    store.close()
    shutil.copy(path, tmp_path / "copy.db")
    add(store, 2)
    store.close()
    path.unlink()
    with pytest.raises(StoreUnavailableError, match="There is no LaunchPad"):
        members(store)
    shutil.copy(tmp_path / "copy.db", path)
    assert members(store) == [10, 11, 12]
    assert members(store, 2) == []


def test_replaced_by_what_is_no_launchpad(store, path):
    add(store)
    path.unlink()
    path.touch()
    with pytest.raises(SchemaError):
        members(store)


def test_damaged(store, path):
    add(store)
    store.close()
    path.write_bytes(b"x" * 8192)
    with pytest.raises(SchemaError, match=str(path)):
        members(store)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_not_ours_to_write(store, path):
    add(store)
    store.close()
    path.chmod(0o444)
    with pytest.raises(StoreUnavailableError, match="readonly"):
        add(store, 2)


def test_no_room_left(store):
    add(store)
    with store.read() as reader:
        pages = reader._connection.exec_driver_sql("PRAGMA page_count").scalar()
        reader._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailableError, match="full"):
        add(store, 2, count=10_000)
    assert members(store, 2) == []
    add_nothing_but_ids(store)


def add_nothing_but_ids(store):
    with store.write() as tx:
        tx.new_fw_ids(1)


# --- others


def test_a_second_writer_waits(store, path):
    other = open_store(f"sqlite:///{path}", busy_timeout_s=30)
    done = []
    with store.write() as tx:
        second = threading.Thread(target=lambda: (add(other, 2), done.append(tuple(members(other, 1)))))
        second.start()
        time.sleep(0.3)
        assert not done
        tx.apply(Changes(), NOW)
        workflow = WorkflowRecord(
            wf_id=1, name="", metadata={}, state=State.READY, tally=Tally({}, 0, 0), created_on=NOW, updated_on=NOW
        )
        node = Node(fw_id=1, wf_id=1, state=State.READY)
        record = FireworkRecord(node=node, name="", spec={}, created_on=NOW, updated_on=NOW)
        tx.insert_workflows([workflow], [record], [])
    second.join()
    assert done == [(1,)]
    assert members(store, 2) == [20, 21, 22]
    other.close()


def test_a_writer_that_waits_too_long_is_told(store, path):
    other = open_store(f"sqlite:///{path}", busy_timeout_s=0.1)
    with store.write():
        with pytest.raises(StoreBusyError, match=f"{path}.*0.1 s"):
            add(other, 2)
        assert members(other, 2) == []
    add(other, 2)
    other.close()


def test_a_write_inside_a_write_is_a_mistake(store):
    with store.write():
        with pytest.raises(RuntimeError, match="open already"):
            add(store)
    add(store)


def test_a_write_inside_a_read_is_none(store):
    with store.read() as reader:
        assert reader.members(1) == []
        add(store)
        assert reader.members(1) == []
    assert members(store) == [10, 11, 12]


def test_ids_are_given_once_to_many_processes(store, path):
    program = (
        "import sys; from longfuse.store.open import open_store; opened = open_store(sys.argv[1])\n"
        "for _ in range(50):\n"
        "    with opened.write() as tx: print(tx.new_fw_ids(2))\n"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{path}"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    given = [int(line) for worker in workers for line in worker.communicate()[0].split()]
    assert sorted(given) == list(range(1, 301, 2))


KILLED = """
import sys
from datetime import UTC, datetime
from dataclasses import replace
from longfuse.domain.graph import Changes, Tally
from longfuse.domain.states import State
from longfuse.store.open import open_store

opened = open_store(sys.argv[1])
now = datetime.now(UTC)
state = State.READY
while True:
    state = State.RUNNING if state is State.READY else State.READY
    with opened.write() as tx:
        nodes = tx.nodes([10, 11, 12])
        for fw_id, node in nodes.items():
            tx.apply(Changes(nodes={fw_id: replace(node, state=state)}, specs={fw_id: {"state": str(state)}}), now)
        tx.apply(Changes(tallies={1: Tally({state: 3}, 3, 0)}), now)
    print(state, flush=True)
"""


def test_killed_at_any_moment_leaves_whole_transactions(store, path):
    add(store)
    for moment_ms in range(0, 50, 5):
        worker = subprocess.Popen(
            [sys.executable, "-c", KILLED, f"sqlite:///{path}"], stdout=subprocess.PIPE, text=True
        )
        worker.stdout.readline()
        time.sleep(moment_ms / 1000)
        worker.send_signal(signal.SIGKILL)
        said = [line for line in worker.communicate()[0].split("\n") if line]
        with store.read() as reader:
            (state,) = {node.state for node in reader.nodes([10, 11, 12]).values()}
            assert {spec["state"] for spec in reader.specs([10, 11, 12]).values()} == {state}
            assert reader.tallies([1])[1].states == {state: 3}
            assert len(said) < 2 or state in (said[-1], said[-2])
        check_sound(store)


def test_a_fork_uses_connections_of_its_own(store, path):
    add(store)
    child = os.fork()
    if not child:
        add(store, 2)
        store.close()
        os._exit(0 if members(store) == [10, 11, 12] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert (path.parent / "pad.db-wal").exists()
    assert members(store, 2) == [20, 21, 22]
    add(store, 3)
    check_sound(store)


def test_a_fork_inside_a_transaction_can_write_when_it_has_ended(store):
    add(store)
    with store.write() as tx:
        child = os.fork()
        if not child:
            os._exit(_add_or_busy(store))
        assert os.waitpid(child, 0)[1] >> 8 == 7
        tx.new_fw_ids(1)
    add(store, 3)
    check_sound(store)


def _add_or_busy(store):
    try:
        add(store, 2)
    except StoreBusyError:
        return 7
    return 1


def check_sound(store):
    with store.read() as reader:
        assert reader._connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert reader._connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None


# --- what is refused


def test_a_record_that_is_there_already(store):
    add(store)
    with pytest.raises(StoreError, match="refused"):
        add(store)
    assert members(store) == [10, 11, 12]


def test_a_launch_of_no_firework(store):
    launch = LaunchRecord(
        launch_id=1, fw_id=99, state=State.RESERVED, launch_dir="/x", fworker={"name": "w"}, host="h", ip="i"
    )
    with pytest.raises(StoreError, match="refused"):
        insert(store, launch)
    add(store)
    with pytest.raises(SerializationError, match="no Unicode"):
        insert(store, replace(launch, fw_id=10, launch_dir="/caf\udce9"))
    insert(store, replace(launch, fw_id=10))


def insert(store, launch):
    with store.write() as tx:
        tx.insert_launches([launch])
