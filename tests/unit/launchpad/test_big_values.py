"""A spec or an FWAction of many MB is read where it is needed, and nowhere else."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from tests.login import fw

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.launchers.fsck import check
from longfuse.launchpad.introspect import LONGEST, Introspector, flatten_to_keys
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BIG = 8_000_000
SPARE = BIG // 2
"""What a look may take that does not need any of these values; what it takes anyway is far less."""


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    """1 COMPLETED, 2 FIZZLED with a checkpoint, 3 READY, 4 WAITING for 2; with big values in 1 and 3."""
    launchpad = LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True)
    task = {"_fw_name": "ScriptTask", "script": "true"}
    fws = [fw(1, task, big="x" * BIG), fw(2, task, n=1), fw(3, task, big="y" * BIG), fw(4, task)]
    launchpad.add_documents([{"fws": fws, "links": {"2": [4]}, "metadata": {}, "name": "w"}])
    end(launchpad, 1, "COMPLETED", {"result": "z" * BIG})
    end(launchpad, 2, "FIZZLED", {"_exception": {"_stacktrace": "ZeroDivisionError"}})
    yield launchpad
    launchpad.close()


def end(pad: LaunchPad, fw_id: int, state: str, stored: dict[str, Any]) -> None:
    taken = pad.reserve(FWorker(), "/scratch/l", fw_id=fw_id, state=State.RUNNING)
    assert taken is not None
    pad.complete_launch(taken.launch_id, FWAction(stored_data=stored), state)


def peak(look: Callable[[], object]) -> int:
    """How many bytes of Python's were in use at most, beyond those before; the second time, when all is loaded."""
    look()
    gc.collect()
    tracemalloc.start()
    try:
        look()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


LOOKS: dict[str, Callable[[LaunchPad], object]] = {
    "why": lambda pad: pad.evidence([1, 2, 4]),
    "fsck": lambda pad: list(check(pad, no_batch_system, repair=False, grace_s=0.0)),
    "introspect launches": lambda pad: Introspector(pad).introspect_fizzled("launches"),
    "introspect workflows": lambda pad: Introspector(pad).introspect_fizzled("wflows"),
    "get_fws": lambda pad: list(pad.get_fw_dicts([1, 2, 3, 4], hidden=("spec", "launches"))),
    "fireworks.find": lambda pad: list(pad.fireworks.find({}, ["name", "state"], sort=[("updated_on", -1)])),
    "launches.find": lambda pad: list(pad.launches.find({"state": "COMPLETED"}, {"action": 0})),
}


def no_batch_system(*_: object, **__: object) -> Any:
    raise AssertionError("no batch system is asked here")


@pytest.mark.parametrize("look", LOOKS)
def test_not_read(pad: LaunchPad, look: str) -> None:
    assert peak(lambda: LOOKS[look](pad)) < SPARE


def test_trackers_are_looked_for_in_one_big_spec_after_the_other(pad: LaunchPad) -> None:
    task = {"_fw_name": "ScriptTask", "script": "true"}
    pad.add_documents([{**fw(n, task, big="x" * BIG), "fw_id": n} for n in range(4)])
    assert peak(lambda: list(pad.get_tracked(pad.get_fw_ids()))) < 6 * BIG


def test_what_a_person_asked_why_about(pad: LaunchPad) -> None:
    completed, fizzled, waiting = pad.evidence([1, 2, 4])
    assert completed.launch is not None
    assert completed.launch.action is None
    assert fizzled.launch is not None
    assert fizzled.launch.action == {"stored_data": {"_exception": {"_stacktrace": "ZeroDivisionError"}}}
    assert [blocker.subject.fw_id for blocker in waiting.blockers] == [2]


def test_specs_are_compared_one_after_the_other(pad: LaunchPad) -> None:
    end(pad, 3, "COMPLETED", {})
    rows = Introspector(pad).introspect_fizzled("fws", threshold=0)
    assert {row[0] for row in rows} == {"big", "n"}
    assert all(len(row[1]) <= LONGEST for row in rows)
    assert peak(lambda: Introspector(pad).introspect_fizzled("fws")) < 4 * BIG  # one as text, as bytes, and read


def test_long_values_are_told_by_their_beginnings_and_are_still_different() -> None:
    one, other = "x" * BIG, "x" * (BIG - 1) + "y"
    [told], [also] = flatten_to_keys({"a": one}), flatten_to_keys({"a": other})
    assert told != also
    assert told.startswith(f"a:%%:{'x' * 200}... ({BIG} characters, SHA-256 ")
    assert flatten_to_keys({"a": "x" * LONGEST}) == [f"a:%%:{'x' * LONGEST}"]


def test_documents_are_let_go_while_they_are_read(pad: LaunchPad) -> None:
    def look() -> None:
        for document in pad.fireworks.find({}, ["spec"]):
            del document

    assert peak(look) < 4 * BIG
