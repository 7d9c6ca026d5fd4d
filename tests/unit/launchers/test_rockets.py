"""Rapidfire's rockets, one after another: they share a process as long as tasks leave it as they found it."""

import os
import threading
import tracemalloc
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from tests.launching import wait_until

from longfuse import Firework, FWorker, LaunchPad, ScriptTask, Workflow
from longfuse.firetasks.pytask import PyTask
from longfuse.launchers import rockets
from longfuse.launchers.rockets import rapidfire
from longfuse.store.open import open_store
from longfuse.store.sql import SqlStore

MODULE = "tests.unit.launchers.tasks_that_leave_something"


def fly(folder: Path, *functions: str) -> tuple[list[list[str]], list[str]]:
    """Rockets with these functions; what each has noted (process, directory, ...), and how each has ended."""
    noted = folder / "noted"
    with closing(LaunchPad(f"sqlite:///{folder}/launchpad.db", create=True)) as pad:
        for name in functions:
            pad.add_wf(Firework(PyTask(func=f"{MODULE}.{name}", args=[str(noted)])))
        flights = rapidfire(pad, m_dir=str(folder))
        assert all(flight.home for flight in flights)
        states = [pad.get_fw_by_id(flight.fw_id).state for flight in flights]
    return [line.split(" ") for line in noted.read_text().splitlines()], states


def test_a_process_serves_many_rockets_each_in_its_own_directory(tmp_path: Path) -> None:
    noted, states = fly(tmp_path, *["nothing"] * 3)
    assert states == ["COMPLETED"] * 3
    assert len({line[0] for line in noted}) == 1
    assert noted[0][0] != str(os.getpid())
    assert len({line[1] for line in noted}) == 3


def test_what_can_be_put_back_is(tmp_path: Path) -> None:
    noted, states = fly(tmp_path, "environment", "nothing")
    assert states == ["COMPLETED"] * 2
    assert noted[0][0] == noted[1][0], "the same process"
    assert noted[1][2] == "", "the variable is gone"
    assert noted[1][3] != "added"
    assert (Path(noted[1][1]) / "FW.json").stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize("what", ["thread", "child", "descriptor", "handler", "memory", "module_from_here"])
def test_what_cannot_be_put_back_ends_the_process(what: str, tmp_path: Path) -> None:
    noted, states = fly(tmp_path, what, "nothing", "nothing")
    assert states == ["COMPLETED"] * 3
    assert noted[0][0] != noted[1][0] == noted[2][0]


def test_a_result_is_told_where_nothing_can_be_put_back(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    _, states = fly(tmp_path, "home_is_gone")
    monkeypatch.chdir(tmp_path)
    assert states == ["COMPLETED"]


@pytest.mark.parametrize("what", ["crash", "exit_at_once"])
def test_a_crash_is_that_of_its_own_rocket(what: str, tmp_path: Path) -> None:
    noted, states = fly(tmp_path, "nothing", what, "nothing")
    assert states == ["COMPLETED", "FIZZLED", "COMPLETED"]
    assert noted[0][0] == noted[1][0] != noted[2][0]


def test_what_tasks_register_for_the_exit_runs_when_the_process_ends(tmp_path: Path) -> None:
    noted, states = fly(tmp_path, "at_exit", "nothing")
    assert states == ["COMPLETED"] * 2
    assert [line[0] for line in noted] == [noted[0][0]] * 3
    assert noted[2][1] not in {noted[0][1], noted[1][1]}, "not in anybody's launch directory"


def test_results_are_not_kept_in_memory(tmp_path: Path) -> None:
    size = 4_000_000
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        task = PyTask(func="operator.mul", args=["x", size], stored_data_varname="text")
        pad.bulk_add_wfs([Firework(task, spec={"big": "y" * size}) for _ in range(3)])
        tracemalloc.start()
        try:
            flights = rapidfire(pad, m_dir=str(tmp_path))
            left = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        states = [pad.get_fw_by_id(flight.fw_id).state for flight in flights]
    assert states == ["COMPLETED"] * 3
    assert left < size


def test_a_rocket_that_lands_at_once_needs_neither_heartbeat_nor_thread(tmp_path: Path) -> None:
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        pad.add_wf(Firework(PyTask(func=f"{MODULE}.nothing", args=[str(tmp_path / "noted")])))
        (flight,) = rapidfire(pad, m_dir=str(tmp_path))
    files = {name for name in os.listdir(flight.launch_dir) if name.startswith("FW")}
    assert files == {"FW.json", "FW_offline.json", "FW_attempt_1.json", "FW_action.json"}


@pytest.mark.parametrize("linked", [False, True])
def test_one_transaction_ends_a_rocket_and_takes_the_next(tmp_path, statements, linked):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        fireworks = [Firework(ScriptTask.from_str("true")) for _ in range(8)]
        links = dict(pairwise(fireworks)) if linked else {}
        pad.add_wf(Workflow(fireworks, links))
        statements.clear()
        assert len(rapidfire(pad, m_dir=str(tmp_path), nlaunches=3)) == 3
        few, writes = len(statements), statements.count("BEGIN IMMEDIATE")
        assert writes == 4
        statements.clear()
        assert len(rapidfire(pad, m_dir=str(tmp_path), nlaunches=5)) == 5
        assert statements.count("BEGIN IMMEDIATE") == 6
        assert (len(statements) - few) / 2 <= 28, "\n".join(statements)
        assert pad.get_fw_ids({"state": "COMPLETED"}, count_only=True) == 8


@pytest.fixture
def synced(monkeypatch):
    """Of each transaction that may write: whether it shall be on the disk at once."""
    asked, real = [], SqlStore.write

    def noted(store, *, synced=True):
        asked.append(synced)
        return real(store, synced=synced)

    monkeypatch.setattr(SqlStore, "write", noted)
    return asked


def test_what_is_cheaply_done_again_need_not_be_on_the_disk_at_once(tmp_path, synced):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        for _ in range(3):
            pad.add_wf(Firework(ScriptTask.from_str("true")))
        assert synced == [False] * 3
        synced.clear()
        rapidfire(pad, m_dir=str(tmp_path), nlaunches=3)
        assert synced == [False, False, False, True], "the first is taken, two take the next, one takes none"


def test_the_result_of_a_long_rocket_is_brought_to_the_disk(tmp_path, synced, monkeypatch):
    monkeypatch.setattr(rockets, "QUICK_S", 0.0)
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        pad.bulk_add_wfs([Firework(ScriptTask.from_str("true")) for _ in range(2)])
        synced.clear()
        rapidfire(pad, m_dir=str(tmp_path), nlaunches=2)
        assert synced == [False, True, True]


def test_a_reservation_for_a_batch_job_is_on_the_disk(tmp_path, synced):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        pad.add_wf(Firework(ScriptTask.from_str("true")))
        synced.clear()
        assert pad.reserve(FWorker(), tmp_path) is not None
        assert synced == [True]


def test_a_rocket_whose_action_cannot_be_applied_does_not_hold_up_the_next(tmp_path):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        unfit, fine = (
            Firework(PyTask(func=f"{MODULE}.{name}", args=[str(tmp_path / "noted")])) for name in ("unfit", "nothing")
        )
        child = Firework(ScriptTask.from_str("true"), {"text": "no list"})
        pad.add_wf(Workflow([unfit, child], {unfit: child}))
        pad.add_wf(fine)
        flights = rapidfire(pad, m_dir=str(tmp_path))
        states = [pad.get_fw_by_id(flight.fw_id).state for flight in flights]
    assert states == ["FIZZLED", "COMPLETED"]


def test_a_worker_with_a_query_of_its_own_looks_outside_of_transactions(tmp_path, statements):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        for x in range(40):
            pad.add_wf(Firework(ScriptTask.from_str("true"), {"x": x}))
        statements.clear()
        flights = rapidfire(pad, FWorker(query={"spec.x": {"$in": [3, 39, 7]}}), m_dir=str(tmp_path))
        assert [pad.get_fw_by_id(flight.fw_id).spec["x"] for flight in flights] == [3, 7, 39]
    inside, searches = False, []
    for text in statements:
        inside = text == "BEGIN IMMEDIATE" or (inside and text not in ("COMMIT", "ROLLBACK"))
        if inside and "json_type(specs.spec" in text:
            searches.append(text)
    assert len(searches) == 3
    assert all("fireworks.fw_id IN (SELECT value FROM json_each('[" in text for text in searches), searches


def test_what_somebody_holds_is_not_waited_for_by_who_ends_a_rocket(postgres_url, tmp_path):
    held, seen = threading.Event(), []

    def hold():
        with closing(open_store(postgres_url)) as other, closing(LaunchPad(postgres_url)) as mine:
            with other.write() as tx:
                assert tx.nodes([2])
                held.set()
                wait_until(lambda: mine.get_fw_by_id(1).state == "COMPLETED", "the first to be ended", timeout_s=25)
                seen.append(mine.get_fw_by_id(2).state)

    with closing(LaunchPad(postgres_url)) as pad:
        for _ in range(2):
            pad.add_wf(Firework(ScriptTask.from_str("true")))
        holder = threading.Thread(target=hold)
        holder.start()
        assert held.wait(60)
        flights = rapidfire(pad, m_dir=str(tmp_path))
        holder.join()
        assert seen == ["READY"]
        assert [flight.fw_id for flight in flights] == [1, 2]


def test_when_the_time_is_up_nothing_more_is_taken(tmp_path):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        for _ in range(2):
            pad.add_wf(Firework(ScriptTask.from_str("sleep 6")))
        assert len(rapidfire(pad, m_dir=str(tmp_path), timeout=5)) == 1
        assert {str(state): n for state, n in pad.get_state_counts().items() if n} == {"COMPLETED": 1, "READY": 1}
    assert len(list(tmp_path.glob("launcher_*"))) == 1
