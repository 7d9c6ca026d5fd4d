"""Launches that are forgotten, workflows that do not add up, and the database's own upkeep."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.login import Login, chain, fw

from longfuse.domain.fworker import FWorker
from longfuse.errors import InputError, NotFoundError
from longfuse.launchpad.batches import FIREWORKS

OLD = """[{"state": "%s", "created_on": "2026-01-01T00:00:00.000000+00:00",
"updated_on": "2026-01-01T01:00:00.000000+00:00"}]"""


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


def past_the_launchpad(login: Login, *statements: str) -> None:
    """What nothing but somebody with another program does."""
    with closing(sqlite3.connect(login.folder / "launchpad.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def age(login: Login, launch_id: int, state: str) -> None:
    """Nothing was heard of the launch since January; it had run for an hour."""
    past_the_launchpad(
        login,
        f"UPDATE launches SET state_history = '{OLD % state}' WHERE launch_id = {launch_id}",
        f"UPDATE launches SET time_start = '2026-01-01T00:00:00.000000+00:00' WHERE launch_id = {launch_id}"
        if state == "RUNNING"
        else "SELECT 1",
    )


def run_by_hand(login: Login, fw_id: int) -> int:
    from longfuse import FWorker

    launch_id = login.pad.checkout_fw(FWorker(), str(login.folder / f"run {fw_id}"), fw_id=fw_id)[1]
    assert launch_id is not None
    return launch_id


def add_chain(login: Login, count: int = 3) -> None:
    fws = [fw(-i - 1) for i in range(count)]
    login.add(*fws, links=chain(*reversed(fws)))


# --- reservations
def test_old_reservations(login: Login) -> None:
    login.add(fw(-1)), login.add(fw(-1))
    login.submit(1), login.submit(2)
    age(login, 1, "RESERVED")
    assert login.pad.detect_unreserved() == [1]
    assert login.state(1) == "RESERVED"
    assert login.pad.detect_unreserved(rerun=True) == [1]
    assert (login.state(1), login.state(2)) == ("READY", "RESERVED")
    assert login.pad.detect_unreserved() == []
    assert login.pad.detect_unreserved(-60, rerun=True) == [2]


def test_a_job_that_comes_after_its_reservation_was_given_back_does_nothing(login: Login) -> None:
    login.add(fw(-1, {"_fw_name": "ScriptTask", "script": "touch ran"}))
    place = login.submit(1)
    age(login, 1, "RESERVED")
    assert login.pad.detect_unreserved(rerun=True) == [1]
    login.job(place)
    assert not (place / "ran").exists()


def test_a_launch_that_has_begun_is_not_given_back(login: Login) -> None:
    login.add(fw(-1))
    login.job(login.submit(1))
    age(login, 1, "RESERVED")
    assert login.pad.detect_unreserved(rerun=True) == []
    assert login.state(1) == "RESERVED"
    login.recover()
    assert login.state(1) == "COMPLETED"


# --- lost runs
def test_lost_runs(login: Login) -> None:
    add_chain(login, 2), login.add(fw(-1))
    first, other = run_by_hand(login, 1), run_by_hand(login, 3)
    assert login.pad.detect_lostruns() == ([], [], [])
    age(login, first, "RUNNING")
    assert login.pad.detect_lostruns() == ([first], [1], [])
    assert login.pad.detect_lostruns(spared={first}) == ([], [], [])
    assert login.state(1) == "RUNNING"
    assert login.pad.detect_lostruns(fizzle=True) == ([first], [1], [])
    assert (login.state(1), login.state(2), login.state(3)) == ("FIZZLED", "WAITING", "RUNNING")
    assert login.pad.get_launch_by_id(other).state == "RUNNING"
    assert login.pad.detect_lostruns() == ([], [], [])


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({"min_runtime": 3600}, [1]),
        ({"min_runtime": 3601}, []),
        ({"max_runtime": 3600}, [1]),
        ({"max_runtime": 3599}, []),
        ({"query": {"name": "f"}}, [1]),
        ({"query": {"name": "other"}}, []),
        ({"launch_query": {"fw_id": 1}}, [1]),
        ({"launch_query": {"fw_id": 2}}, []),
        ({"expiration_secs": 1e9}, []),
    ],
)
def test_lost_runs_narrowed(login: Login, narrowed: dict[str, Any], found: list[int]) -> None:
    login.add(fw(-1))
    age(login, run_by_hand(login, 1), "RUNNING")
    assert login.pad.detect_lostruns(**narrowed)[0] == found


def test_lost_runs_run_again(login: Login) -> None:
    login.add(fw(-1))
    age(login, run_by_hand(login, 1), "RUNNING")
    assert login.pad.detect_lostruns(rerun=True) == ([1], [1], [])
    assert login.state(1) == "READY"


def test_maintain(login: Login) -> None:
    login.add(fw(-1)), login.add(fw(-1))
    age(login, run_by_hand(login, 1), "RUNNING")
    login.submit(2)
    age(login, 2, "RESERVED")
    login.pad.maintain(infinite=False)
    assert (login.state(1), login.state(2)) == ("FIZZLED", "READY")


# --- workflows that do not add up
def test_refresh_of_what_is_right_changes_nothing(login: Login) -> None:
    add_chain(login)
    before = login.pad.get_wf_dict_by_fw_id(1)
    assert login.pad.get_miscounted(2) == []
    assert login.pad.refresh_wf(2) == []
    assert login.pad.get_wf_dict_by_fw_id(1) == before
    with pytest.raises(NotFoundError):
        login.pad.refresh_wf(9)


def test_refresh_sets_counters_and_states_right_in_the_middle_of_a_workflow(login: Login) -> None:
    add_chain(login)
    for fw_id in (1, 2):
        login.pad.complete_launch(run_by_hand(login, fw_id))
    assert login.state(3) == "READY"
    right = login.pad.get_wf_summary_dict(1)["state"]
    past_the_launchpad(
        login,
        "UPDATE fireworks SET state = 'RUNNING' WHERE fw_id = 2",
        "UPDATE fireworks SET state = 'WAITING', waiting_for = 7 WHERE fw_id = 3",
        "UPDATE workflows SET state = 'READY', open_leaves = 5",
    )
    assert login.pad.detect_lostruns(refresh=True) == ([], [], [2])
    assert [login.state(i) for i in (1, 2, 3)] == ["COMPLETED", "COMPLETED", "READY"]
    assert login.pad.get_wf_summary_dict(1)["state"] == right
    assert login.pad.get_miscounted(1) == []
    login.pad.complete_launch(run_by_hand(login, 3))
    assert login.pad.get_wf_summary_dict(1)["state"] == "COMPLETED"


def test_refresh_leaves_what_a_person_holds(login: Login) -> None:
    add_chain(login)
    login.pad.defuse_fw(2)
    past_the_launchpad(login, "UPDATE fireworks SET state = 'WAITING' WHERE fw_id = 1")
    assert login.pad.get_miscounted(1) == [1]
    assert login.pad.refresh_wf(3) == [1]
    assert [login.state(i) for i in (1, 2, 3)] == ["READY", "DEFUSED", "WAITING"]


# --- deleting, orphans, the database
def test_delete_fws_takes_whole_workflows_only(login: Login) -> None:
    add_chain(login), login.add(fw(-1))
    place = login.submit(4)
    with pytest.raises(InputError, match="Nothing was changed"):
        login.pad.delete_fws([1, 2])
    with pytest.raises(NotFoundError):
        login.pad.delete_fws([99])
    assert login.pad.delete_fws([4], delete_launch_dirs=True) == [str(place)]
    assert not place.exists()
    login.pad.delete_fws([3, 2, 1])
    assert login.pad.get_fw_ids() == []


def test_orphans_can_only_be_made_past_the_launchpad(login: Login) -> None:
    add_chain(login), login.add(fw(-1))
    assert login.pad.get_orphaned() == []
    past_the_launchpad(login, "DELETE FROM workflows WHERE wf_id = 1")
    assert login.pad.get_orphaned() == [1, 2, 3]
    assert login.pad.get_orphaned({"fw_id": 2}) == [2]
    login.pad.delete_fws([1, 2, 3])
    assert login.pad.get_fw_ids() == [4]


def test_fws_in_wfs(login: Login) -> None:
    fws = [fw(-1, name="relax"), fw(-2, name="static")]
    login.add(*fws, links=chain(*reversed(fws)), name="A"), login.add(*fws, links=chain(*reversed(fws)), name="B")
    find = login.pad.get_fw_ids_in_wfs
    assert find({"name": "A"}) == [1, 2]
    assert find({"name": "B"}, {"name": "relax"}) == [4]
    assert find(None, {"name": "relax"}) == [2, 4]
    assert find({"name": "A"}, sort=[("fw_id", -1)], limit=1) == [2]
    assert find({"name": "A"}, count_only=True) == 2
    login.submit(1)
    assert find({"name": "A"}, {"state": "RESERVED"}, launches_mode=True) == [1]
    assert find({"name": "B"}, {"state": "RESERVED"}, launches_mode=True) == []


@pytest.mark.parametrize("bkground", [True, False])
def test_tuneup_keeps_everything(login: Login, bkground: bool) -> None:
    add_chain(login)
    before = login.pad.get_wf_dict_by_fw_id(1)
    login.pad.tuneup(bkground=bkground)
    assert login.pad.get_wf_dict_by_fw_id(1) == before
    with closing(sqlite3.connect(login.folder / "launchpad.db")) as database:
        assert database.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0]


def test_very_many_are_given_back_or_lost_some_hundreds_at_a_time(login: Login) -> None:
    number = 2 * FIREWORKS + 1
    login.pad.add_documents([fw(1)] * number)
    places = [login.folder / f"{n}" for n in range(number)]
    login.pad.reserve_many(FWorker(), places, tokens=[f"{n:032x}" for n in range(number)])
    past_the_launchpad(login, f"UPDATE launches SET state_history = '{OLD % 'RESERVED'}'")
    assert login.pad.detect_unreserved(rerun=True) == list(range(1, number + 1))
    assert login.pad.get_fw_ids({"state": "READY"}, count_only=True) == number
    login.pad.reserve_many(FWorker(), places, tokens=[f"{n:032x}" for n in range(number, 2 * number)])
    past_the_launchpad(
        login,
        f"UPDATE launches SET state_history = '{OLD % 'RUNNING'}', state = 'RUNNING' WHERE launch_id > {number}",
        "UPDATE fireworks SET state = 'RUNNING'",
    )
    for fw_id in login.pad.each_wf_id():
        login.pad.refresh_wf(fw_id)
    launches, fw_ids, inconsistent = login.pad.detect_lostruns(rerun=True)
    assert (launches, fw_ids) == (list(range(number + 1, 2 * number + 1)), list(range(1, number + 1)))
    assert inconsistent == []
    assert login.pad.get_fw_ids({"state": "READY"}, count_only=True) == number
    assert login.pad.get_launch_ids({"state": "RUNNING"}) == []
