"""What is decided in one transaction is what the same words, one after the other, lead to."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.test_why import SIZE, do, events, ids, links, workflow

from longfuse.domain import events as kinds
from longfuse.domain.wire import now
from longfuse.errors import LongfuseError
from longfuse.launchpad import adding, control
from longfuse.store.memory import MemoryStore

ALL = list(range(1, SIZE + 1))
KINDS = {
    "defuse": lambda fw_id: kinds.Defused(fw_id, duplicates=True),
    "reignite": kinds.Reignited,
    "pause": kinds.Paused,
    "resume": kinds.Resumed,
    "rerun": lambda fw_id: kinds.Rerun(fw_id, duplicates=True),
}
words = st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, SIZE)), min_size=1, max_size=12)


def prepared(pairs: set[tuple[int, int]], tolerant: set[int], steps: list[tuple[str, int]]) -> MemoryStore:
    store = MemoryStore()
    adding.add(store, [adding.draft(workflow(pairs, tolerant))], now())
    for event, fw_id in steps:
        try:
            do(store, event, fw_id)
        except LongfuseError:
            continue
    return store


def kept(store: MemoryStore) -> Any:
    """All but times."""
    with store.read() as reader:
        launches = reader.launch_records_of(ALL)
        return (
            reader.nodes(ALL),
            reader.specs(ALL),
            reader.tallies([1]),
            {i: [(x.launch_id, x.state, x.archived) for x in found] for i, found in launches.items()},
            {i: hold.by_fw_id for i, hold in reader.holds(ALL).items()},
        )


@settings(max_examples=200, deadline=None)
@given(links, st.sets(ids), events, words)
def test_at_once_as_one_after_the_other(
    pairs: set[tuple[int, int]], tolerant: set[int], steps: list[tuple[str, int]], said: list[tuple[str, int]]
) -> None:
    at_once, in_turn = prepared(pairs, tolerant, steps), prepared(pairs, tolerant, steps)
    batch = [KINDS[word](fw_id) for word, fw_id in said]
    states = control.decide(at_once, batch, now())
    last = {event.fw_id: control.decide(in_turn, [event], now()) for event in batch}
    assert kept(at_once) == kept(in_turn)
    assert states.keys() == last.keys()
    assert states == {i: node.state for i, node in kept(in_turn)[0].items() if i in states}
