"""What is on record of a Firework: its launches, for whom it waits in the end, who takes it, who held it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.login import chain, fw

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.errors import NotFoundError
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from longfuse.launchpad.why import Subject


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    launchpad = LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True)
    yield launchpad
    launchpad.close()


def add(pad: LaunchPad, *fireworks: dict[str, Any], links: dict[str, list[int]] | None = None) -> None:
    links = chain(*fireworks) if links is None else links
    pad.add_documents([{"fws": list(fireworks), "links": links, "metadata": {}, "name": "w"}])


def end(pad: LaunchPad, fw_id: int, state: str = "FIZZLED", action: FWAction | None = None) -> None:
    taken = pad.reserve(FWorker(), "/scratch/l", fw_id=fw_id, state=State.RUNNING)
    assert taken is not None
    pad.complete_launch(taken.launch_id, action, state)


def one(pad: LaunchPad, fw_id: int, fworker: FWorker | None = None) -> Subject:
    [subject] = pad.evidence([fw_id], fworker)
    return subject


def waits_for(pad: LaunchPad, fw_id: int) -> list[tuple[int, int | None]]:
    return [(blocker.subject.fw_id, blocker.via) for blocker in one(pad, fw_id).blockers]


def test_strangers_are_named(pad: LaunchPad) -> None:
    add(pad, fw(1))
    with pytest.raises(NotFoundError, match="No Firework exists with id: 7, 9"):
        pad.evidence([7, 1, 9])


def test_in_the_order_in_which_they_were_asked_for(pad: LaunchPad) -> None:
    add(pad, fw(1), fw(2), fw(3))
    assert [subject.fw_id for subject in pad.evidence([3, 1, 2])] == [3, 1, 2]


def test_the_root_of_a_wait(pad: LaunchPad) -> None:
    add(pad, fw(1), fw(2), fw(3), fw(4))
    assert waits_for(pad, 2) == [(1, None)]
    assert waits_for(pad, 3) == [(1, 2)]
    assert waits_for(pad, 4) == [(1, 3)]
    end(pad, 1, "COMPLETED")
    assert waits_for(pad, 4) == [(2, 3)]


def test_the_worst_comes_first(pad: LaunchPad) -> None:
    """1 to 4 above 5; 6 above 4."""
    add(pad, *map(fw, range(1, 7)), links={"1": [5], "2": [5], "3": [5], "4": [5], "6": [4]})
    end(pad, 1, "COMPLETED")
    pad.defuse_fw(3)
    end(pad, 6)
    assert waits_for(pad, 5) == [(6, 4), (3, None), (2, None)]
    assert one(pad, 5).blocked_by == 3


def test_a_fizzled_parent_that_is_tolerated_holds_nobody_up(pad: LaunchPad) -> None:
    add(pad, fw(1), fw(2), fw(3, _allow_fizzled_parents=True), links={"1": [3], "2": [3]})
    end(pad, 1)
    assert waits_for(pad, 3) == [(2, None)]


def test_a_diamond_is_told_once(pad: LaunchPad) -> None:
    add(pad, *map(fw, range(1, 5)), links={"1": [2, 3], "2": [4], "3": [4]})
    assert waits_for(pad, 4) == [(1, 2)]


def test_a_long_chain(pad: LaunchPad) -> None:
    add(pad, *map(fw, range(1, 2001)))
    assert waits_for(pad, 2000) == [(1, 1999)]


def test_many_parents_are_counted(pad: LaunchPad) -> None:
    add(pad, *map(fw, range(1, 302)), links={str(i): [301] for i in range(1, 301)})
    subject = one(pad, 301)
    assert subject.blocked_by == 300
    assert len(subject.blockers) == 50


@pytest.mark.parametrize(
    ("spec", "worker", "refusal"),
    [
        ({}, FWorker(), ""),
        ({}, FWorker(category="cpu"), "it has no `_category`, and the worker's category is 'cpu'"),
        ({"_category": "gpu"}, FWorker(), ""),
        ({"_category": "gpu"}, FWorker(category=["cpu", "gpu"]), ""),
        (
            {"_category": "gpu"},
            FWorker(category="__none__"),
            "its `_category` is 'gpu', and the worker's category is '__none__'",
        ),
        (
            {"_category": "gpu"},
            FWorker(category=["cpu"]),
            "its `_category` is 'gpu', and the worker's category is ['cpu']",
        ),
        ({"_fworker": "there"}, FWorker(name="there"), ""),
        ({"_fworker": "there"}, FWorker(name="here"), "it is for the worker 'there' (`_fworker`)"),
        ({"x": 1}, FWorker(query={"spec.x": 2}), 'it does not match the worker\'s query, {"spec.x": 2}'),
        ({"x": 2}, FWorker(query={"spec.x": 2}), ""),
    ],
)
def test_who_takes_what_is_ready(pad: LaunchPad, spec: dict[str, Any], worker: FWorker, refusal: str) -> None:
    add(pad, fw(1, **spec))
    said = one(pad, 1, worker).worker
    assert said is not None
    assert (said.name, said.refusal) == (worker.name, refusal)


def test_who_held_it(pad: LaunchPad) -> None:
    add(pad, fw(1), fw(2), fw(3))
    end(pad, 1, "COMPLETED", FWAction(defuse_children=True))
    pad.pause_fw(3)
    by_action, by_person = one(pad, 2).hold, one(pad, 3).hold
    assert by_action is not None
    assert by_action.by_fw_id == 1
    assert by_person is not None
    assert by_person.by_fw_id is None


def test_the_launch_that_counts(pad: LaunchPad) -> None:
    add(pad, fw(1))
    end(pad, 1)
    pad.rerun_fw(1)
    assert one(pad, 1).launch is None
    end(pad, 1, "COMPLETED")
    launch = one(pad, 1).launch
    assert launch is not None
    assert (launch.launch_id, launch.state, len(one(pad, 1).launches)) == (2, State.COMPLETED, 2)
