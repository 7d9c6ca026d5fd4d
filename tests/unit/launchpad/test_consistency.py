"""Records that contradict one another are told, and mended where links and launches say what is right."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.login import chain, fw

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from longfuse.launchpad.consistency import Disagreement


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "pad.db"


@pytest.fixture
def pad(database: Path) -> Iterator[LaunchPad]:
    with closing(LaunchPad(f"sqlite:///{database}", create=True)) as launchpad:
        yield launchpad


def add(pad: LaunchPad, count: int = 3) -> None:
    fws = [fw(n, n=n) for n in range(1, count + 1)]
    pad.add_documents([{"fws": fws, "links": chain(*fws), "metadata": {}, "name": "w"}])


def run(pad: LaunchPad, fw_id: int, action: FWAction | None = None) -> int:
    taken = pad.reserve(FWorker(), "/scratch/l", fw_id=fw_id, state=State.RUNNING)
    assert taken is not None
    pad.complete_launch(taken.launch_id, action)
    return taken.launch_id


def change(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute(statement).rowcount > 0


def found(pad: LaunchPad) -> dict[int, list[Disagreement]]:
    """By Workflow, those in which something is wrong."""
    return {wf_id: those for wf_id, those in pad.check_workflows() if those}


def states(pad: LaunchPad) -> list[str]:
    return [str(one.get("state", "WAITING")) for one in pad.get_fw_dicts(pad.get_fw_ids())]


def test_what_the_launchpad_does_is_sound(pad: LaunchPad) -> None:
    add(pad)
    run(pad, 1)
    assert [wf_id for wf_id, _ in pad.check_workflows()] == [1]
    assert found(pad) == {}
    assert pad.check_runs() == []


def test_only_the_workflow_that_is_named_is_mended(pad: LaunchPad, database: Path) -> None:
    add(pad)
    add(pad)
    change(database, "UPDATE fireworks SET waiting_for = 7 WHERE fw_id IN (2, 5)")
    assert list(found(pad)) == [1, 2]
    pad.mend_workflow(2)
    assert list(found(pad)) == [1]
    pad.mend_workflow(1)
    assert found(pad) == {}


def test_a_wrong_counter_lets_nothing_run_early_once_it_is_mended(pad: LaunchPad, database: Path) -> None:
    add(pad, 2)
    change(database, "UPDATE fireworks SET waiting_for = 0, state = 'READY' WHERE fw_id = 2")
    [one] = found(pad)[1]
    assert one.text == "is READY, but by its launches and parents it is WAITING"
    pad.mend_workflow(1)
    assert states(pad) == ["READY", "WAITING"]
    run(pad, 1)
    assert states(pad) == ["COMPLETED", "READY"]


def test_marks_of_children(pad: LaunchPad, database: Path) -> None:
    add(pad, 2)
    change(database, "UPDATE fireworks SET leaf = 1 WHERE fw_id = 1")
    [one] = found(pad)[1]
    assert "whether it has children" in one.text
    pad.mend_workflow(1)
    assert found(pad) == {}


def test_a_launch_that_its_firework_missed_gives_its_result_once(pad: LaunchPad, database: Path) -> None:
    add(pad)
    run(pad, 1, FWAction(mod_spec=[{"_inc": {"n": 10}}]))
    change(database, "UPDATE fireworks SET state = 'READY' WHERE fw_id = 1")
    change(database, "UPDATE fireworks SET state = 'WAITING', waiting_for = 1 WHERE fw_id = 2")
    change(database, "UPDATE specs SET spec = replace(spec, '12', '2') WHERE fw_id = 2")
    assert pad.get_fw_dict_by_id(2)["spec"]["n"] == 2
    pad.mend_workflow(1)
    assert found(pad) == {}
    assert states(pad) == ["COMPLETED", "READY", "WAITING"]
    assert pad.get_fw_dict_by_id(2)["spec"]["n"] == 12
    pad.mend_workflow(1)
    assert pad.get_fw_dict_by_id(2)["spec"]["n"] == 12


def test_a_state_that_no_launch_gave_holds_up_its_workflow(pad: LaunchPad, database: Path) -> None:
    add(pad)
    change(database, "UPDATE fireworks SET state = 'RUNNING' WHERE fw_id = 1")
    change(database, "UPDATE fireworks SET waiting_for = 7 WHERE fw_id = 3")
    before = found(pad)
    assert {one.subject: one.undecided for one in before[1]} == {"Firework 1": True, "Firework 3": False}
    pad.mend_workflow(1)
    assert found(pad) == before


def test_links_in_a_circle_are_told_and_left(pad: LaunchPad, database: Path) -> None:
    add(pad)
    change(database, "INSERT INTO links (parent, child) VALUES (3, 2)")
    [one] = found(pad)[1]
    assert (one.subject, one.text) == ("Workflow 1", "the links of Fireworks [2, 3] make a circle")
    assert one.undecided
    assert "`lpad delete_wflows`" in one.advice
    pad.mend_workflow(1)
    assert found(pad) == {1: [one]}


@pytest.mark.parametrize("hold", ["PAUSED", "DEFUSED"])
def test_who_holds_a_firework_is_not_overruled(pad: LaunchPad, hold: str) -> None:
    add(pad)
    {"PAUSED": pad.pause_fw, "DEFUSED": pad.defuse_fw}[hold](1)
    assert found(pad) == {}
    pad.mend_workflow(1)
    assert states(pad) == [hold, "WAITING", "WAITING"]


# --- where Fireworks wait to be taken
STALE = [
    (
        'lane = \'{"_category": "small"}\'',
        """as if its spec said {"_category": "small"}, but it says {"_category": "big"}""",
    ),
    ("lane = ''", """as if its spec said {}, but it says {"_category": "big"}"""),
    ("priority = 7", "is taken with priority 7.0, but its spec says 5.0"),
    ("priority = NULL", "is taken with priority None, but its spec says 5.0"),
]


@pytest.mark.parametrize(("what", "told"), STALE)
def test_a_firework_that_waits_elsewhere_than_its_spec_says(
    pad: LaunchPad, database: Path, what: str, told: str
) -> None:
    big = fw(1, _category="big", _priority=5)
    pad.add_documents([{"fws": [big, fw(2), fw(3, note="x" * 200_000)], "links": {}, "name": "w"}])
    change(database, f"UPDATE fireworks SET {what} WHERE fw_id = 1")
    [one] = found(pad)[1]
    assert one.subject == "Firework 1"
    assert told in one.text
    spec = pad.get_fw_dict_by_id(1)["spec"]
    pad.mend_workflow(1)
    assert found(pad) == {}
    assert pad.get_fw_dict_by_id(1)["spec"] == spec
    taken = pad.reserve(FWorker(category="big"), "/scratch/l")
    assert taken is not None
    assert taken.fw_id == 1


def test_a_spec_that_says_nothing_any_more_and_a_big_one(pad: LaunchPad, database: Path) -> None:
    pad.add_documents([{"fws": [fw(1), fw(2, note="x" * 200_000, _category="big")], "links": {}, "name": "w"}])
    change(database, """UPDATE fireworks SET lane = '{"_category": "old"}', priority = 1""")
    assert [one.subject for one in found(pad)[1]] == ["Firework 1", "Firework 2"]
    pad.mend_workflow(1)
    assert found(pad) == {}
    assert pad.reserve(FWorker(category="old"), "/scratch/l") is None
    assert pad.get_fw_ids({"spec._category": "big"}) == [2]


def test_who_is_not_sorted_by_an_older_program_is_found_all_the_same(pad: LaunchPad, database: Path) -> None:
    pad.add_documents([{"fws": [fw(1, _category="big"), fw(2)], "links": {}, "name": "w"}])
    change(database, "UPDATE fireworks SET lane = '?'")
    assert found(pad) == {}


# --- runs
def test_a_launch_is_looked_for_again(pad: LaunchPad, database: Path) -> None:
    add(pad)
    assert pad.reserve(FWorker(), "/scratch/l", fw_id=1) is not None
    assert pad.check_runs() == []
    change(database, "DELETE FROM offline_runs")
    [one] = pad.check_runs()
    assert one.text == "is RESERVED, but no recovery looks for its files"
    pad.mend_runs()
    assert pad.check_runs() == []


def test_a_launch_that_was_forgotten_on_purpose_stays_so(pad: LaunchPad) -> None:
    add(pad)
    taken = pad.reserve(FWorker(), "/scratch/l", fw_id=1)
    assert taken is not None
    pad.forget_offline(taken.launch_id)
    assert pad.check_runs() == []
