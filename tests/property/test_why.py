"""Whatever was done to a workflow, each of its Fireworks can be explained, and what waits waits for something."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from longfuse.domain.fworker import FWorker
from longfuse.domain.states import HELD, State
from longfuse.domain.wire import now
from longfuse.errors import LongfuseError
from longfuse.launchpad import adding, control, launches
from longfuse.launchpad.evidence import gather
from longfuse.launchpad.launches import Checkout
from longfuse.launchpad.why import explain
from longfuse.store.memory import MemoryStore

SIZE = 6
EVENTS = ("take", "complete", "defuse children", "fizzle", "rerun", "defuse", "reignite", "pause", "resume", "archive")
ids = st.integers(1, SIZE)
events = st.lists(st.tuples(st.sampled_from(EVENTS), ids), max_size=20)
links = st.sets(st.tuples(ids, ids).filter(lambda pair: pair[0] < pair[1]))


def workflow(pairs: set[tuple[int, int]], tolerant: set[int]) -> dict[str, Any]:
    fireworks = [
        {"fw_id": i, "name": "f", "spec": {"_tasks": [], **({"_allow_fizzled_parents": True} if i in tolerant else {})}}
        for i in range(1, SIZE + 1)
    ]
    below = {str(i): sorted(child for parent, child in pairs if parent == i) for i in range(1, SIZE + 1)}
    return {"fws": fireworks, "links": below, "metadata": {}, "name": "w"}


def do(store: MemoryStore, event: str, fw_id: int) -> None:
    """One step; what cannot be done in that state is refused, which is not this test's matter."""
    if event == "take":
        worker = FWorker()
        checkout = Checkout(
            fworker=worker, launch_dir="/l", host="", ip="", token="t", state=State.RUNNING, ping_interval_s=300
        )
        launches.take(store, checkout, fw_id, now())
    elif event in ("complete", "defuse children", "fizzle"):
        with store.read() as reader:
            current = [x for x in reader.launch_records_of([fw_id])[fw_id] if x.state is State.RUNNING]
        for launch in current[-1:]:
            state = State.FIZZLED if event == "fizzle" else State.COMPLETED
            action = {"defuse_children": True} if event == "defuse children" else None
            launches.end(store, launch.launch_id, state, action, now())
    elif event == "rerun":
        control.rerun(store, fw_id, now())
    elif event == "archive":
        control.archive_workflows(store, [fw_id], now())
    else:
        from longfuse.domain import events as kinds

        kind = {"defuse": kinds.Defused, "reignite": kinds.Reignited, "pause": kinds.Paused, "resume": kinds.Resumed}
        control.decide(store, [kind[event](fw_id)], now())


@settings(max_examples=150, deadline=None)
@given(links, st.sets(ids), events)
def test_everything_can_be_explained(
    pairs: set[tuple[int, int]], tolerant: set[int], steps: list[tuple[str, int]]
) -> None:
    store = MemoryStore()
    adding.add(store, [adding.draft(workflow(pairs, tolerant))], now())
    for event, fw_id in steps:
        try:
            do(store, event, fw_id)
        except LongfuseError:
            continue
    for subject in gather(store, list(range(1, SIZE + 1)), FWorker()):
        explained = explain(subject, now())
        assert f"is {subject.state}" in explained.sentence
        assert bool(subject.blockers) == (subject.state is State.WAITING)
        assert all(blocker.subject.state is not State.WAITING for blocker in subject.blockers)
        assert (subject.hold is not None) == (subject.state in HELD)
        if subject.state is State.WAITING:
            assert "all its parents are done" not in explained.sentence
