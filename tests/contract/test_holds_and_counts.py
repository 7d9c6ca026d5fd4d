"""Who held a Firework, and how many records have something in common."""

import pytest

from longfuse.domain.engine import Engine
from longfuse.domain.events import Archived, Defused, Launched, Paused, Reignited
from longfuse.domain.graph import LaunchView
from longfuse.domain.query import parse
from longfuse.domain.states import State
from longfuse.errors import QueryError
from longfuse.store.records import Hold
from longfuse.store.seam import Collection


def decide(store, when, *events):
    with store.write() as tx:
        engine = Engine(tx)
        engine.handle(*events)
        tx.apply(engine.changes, when)


def holds(store, *ids):
    with store.read() as reader:
        return reader.holds(ids)


def chain(store, make):
    """1 above 2 above 3."""
    parent = make.firework(1, leaf=False)
    child = make.firework(2, state=State.WAITING, waiting_for=1, leaf=False)
    make.add(store, [parent, child, make.firework(3, state=State.WAITING, waiting_for=1)], links=[(1, 2), (2, 3)])


def test_a_person_holds_and_lets_go(store, make):
    chain(store, make)
    first, second = make.time(), make.time()
    decide(store, first, Paused(1), Defused(2))
    assert holds(store, 1, 2, 3, 4) == {1: Hold(since=first), 2: Hold(since=first)}
    decide(store, second, Defused(2), Defused(1))
    assert holds(store, 1, 2) == {1: Hold(since=second), 2: Hold(since=first)}, "2 was DEFUSED already"
    decide(store, second, Reignited(1))
    assert holds(store, 1, 2) == {2: Hold(since=first)}
    decide(store, second, Reignited(2), Defused(3), Reignited(3))
    assert holds(store, 1, 2, 3) == {}
    decide(store, second, Archived(1))
    assert holds(store, 1, 2, 3) == dict.fromkeys((1, 2, 3), Hold(since=second))


@pytest.mark.parametrize(("action", "held"), [("defuse_children", [2]), ("defuse_workflow", [2, 3])])
def test_an_action_holds(store, make, action, held):
    chain(store, make)
    when = make.time()
    decide(store, when, Launched(1, LaunchView(launch_id=1, state=State.COMPLETED, action={action: True})))
    assert holds(store, 1, 2, 3) == dict.fromkeys(held, Hold(since=when, by_fw_id=1))


def test_what_is_deleted_is_held_by_nobody(store, make):
    chain(store, make)
    decide(store, make.time(), Archived(1))
    with store.write() as tx:
        tx.delete_workflows([1])
    assert holds(store, 1, 2, 3) == {}


def test_numbers_of_what_is_alike(store, make):
    states = (State.READY, State.READY, State.COMPLETED)
    fireworks = [make.firework(n, state=state, name="ab" if n < 3 else "cd") for n, state in enumerate(states, start=1)]
    launches = [
        make.launch(1, 1, state=State.FIZZLED, cause="TIMEOUT", time_end=make.time()),
        make.launch(2, 1, state=State.FIZZLED),
    ]
    make.add(store, fireworks, launches=launches)
    hour = fireworks[0].updated_on.isoformat()[:13]
    with store.read() as reader:
        count = reader.count_by
        assert count(Collection.FIREWORKS, [("name", 1), ("state", 0)]) == {("a", "READY"): 2, ("c", "COMPLETED"): 1}
        assert count(Collection.FIREWORKS, [("updated_on", 13)]) == {(hour,): 3}
        assert count(Collection.FIREWORKS, [("state", 0)], parse({"name": "ab"})) == {("READY",): 2}
        assert count(Collection.FIREWORKS, [("state", 0)], parse({"spec.x": {"$exists": True}})) == {}
        assert count(Collection.LAUNCHES, [("cause", 0)]) == {("TIMEOUT",): 1, (None,): 1}
        assert count(Collection.LAUNCHES, [("time_end", 13)]) == {(hour,): 1, (None,): 1}
        assert sum(count(Collection.WORKFLOWS, [("state", 0), ("name", 0)]).values()) == 1
        with pytest.raises(QueryError, match="Cannot count by 'spec'"):
            count(Collection.FIREWORKS, [("spec", 0)])
