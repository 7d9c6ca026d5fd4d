"""Finding, counting and taking records by what they hold."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from longfuse.domain.fworker import FWorker
from longfuse.domain.graph import Changes
from longfuse.domain.query import parse
from longfuse.domain.states import State
from longfuse.errors import InputError, QueryError
from longfuse.store.lanes import MOST, PLAIN, UNSORTED
from longfuse.store.records import Place
from longfuse.store.seam import Collection

FIREWORKS, LAUNCHES, WORKFLOWS = Collection.FIREWORKS, Collection.LAUNCHES, Collection.WORKFLOWS


@pytest.fixture
def full(store, make):
    """Two workflows: 1 (Fireworks 1 to 3, 1 -> 2 and 3) and 2 (Fireworks 4 and 5, 4 -> 5)."""
    make.add(
        store,
        [
            make.firework(1, state=State.RUNNING, name="a", leaf=False, spec={"x": 1, "_tasks": [{"_fw_name": "T"}]}),
            make.firework(2, state=State.WAITING, name="b", spec={"x": 2, "tags": ["red", "blue"]}),
            make.firework(3, state=State.COMPLETED, name="b", spec={"x": {"y": 3}}),
        ],
        [(1, 2), (1, 3)],
        [
            make.launch(1, 1, state=State.FIZZLED, archived=True, worker="old", reservation_id="7", cause="TIMEOUT"),
            make.launch(2, 1, state=State.RUNNING, reservation_id="8", time_start=make.time()),
            make.launch(3, 3, state=State.COMPLETED, action={"stored_data": {"e": -1.5}}, time_end=make.time()),
            make.launch(4, 3, state=State.COMPLETED),
        ],
        name="first",
        metadata={"project": "p", "n": 1},
    )
    make.add(
        store,
        [
            make.firework(4, 2, state=State.READY, name="c", leaf=False, spec={}),
            make.firework(5, 2, state=State.WAITING, spec={"x": None}),
        ],
        [(4, 5)],
        [
            make.launch(
                5,
                4,
                state=State.RESERVED,
                reservation_id="9",
                state_history=[{"state": "RESERVED", "reservation_id": "9"}],
            )
        ],
        wf_id=2,
        name="second",
    )
    return store


@pytest.mark.parametrize(
    ("collection", "query", "ids"),
    [
        (FIREWORKS, {}, [1, 2, 3, 4, 5]),
        (FIREWORKS, {"state": "WAITING"}, [2, 5]),
        (FIREWORKS, {"name": "b", "state": {"$ne": "WAITING"}}, [3]),
        (FIREWORKS, {"fw_id": {"$in": [1, 5, 99]}}, [1, 5]),
        (FIREWORKS, {"spec.x": {"$gte": 2}}, [2]),
        (FIREWORKS, {"spec.x.y": 3}, [3]),
        (FIREWORKS, {"spec.x": None}, [4, 5]),
        (FIREWORKS, {"spec.x": {"$exists": False}}, [4]),
        (FIREWORKS, {"spec.tags": "blue"}, [2]),
        (FIREWORKS, {"spec._tasks._fw_name": "T"}, [1]),
        (FIREWORKS, {"launches": 2}, [1]),
        (FIREWORKS, {"launches": []}, [2, 5]),
        (FIREWORKS, {"launches": [3, 4]}, [3]),
        (FIREWORKS, {"archived_launches": {"$size": 1}}, [1]),
        (FIREWORKS, {"created_on": {"$gt": "2026-01-02T03:07"}}, [3, 4, 5]),
        (FIREWORKS, {"$or": [{"spec.x": 1}, {"name": "c"}]}, [1, 4]),
        (FIREWORKS, {"nothing": 1}, []),
        (LAUNCHES, {"state": "COMPLETED"}, [3, 4]),
        (LAUNCHES, {"fworker.name": "old"}, [1]),
        (LAUNCHES, {"action.stored_data.e": {"$lt": 0}}, [3]),
        (LAUNCHES, {"action": None}, [1, 2, 4, 5]),
        (LAUNCHES, {"reservation_id": "8"}, [2]),
        (LAUNCHES, {"state_history.reservation_id": "9"}, [5]),
        (LAUNCHES, {"fw_id": 1, "cause": "TIMEOUT"}, [1]),
        (LAUNCHES, {"time_end": None, "time_start": {"$ne": None}}, [2]),
        (LAUNCHES, {"launch_dir": {"$regex": "_[45]$"}}, [4, 5]),
        (WORKFLOWS, {"name": "first"}, [1]),
        (WORKFLOWS, {"metadata.project": "p"}, [1]),
        (WORKFLOWS, {"nodes": 5}, [2]),
        (WORKFLOWS, {"nodes": [1, 2, 3]}, [1]),
        (WORKFLOWS, {"fw_states.3": "COMPLETED"}, [1]),
        (WORKFLOWS, {"links.4": 5}, [2]),
        (WORKFLOWS, {"links.1": [2, 3], "links.3": []}, [1]),
        (WORKFLOWS, {"parent_links.3": 1, "parent_links.1": {"$exists": False}}, [1]),
        (WORKFLOWS, {"state": "READY"}, [2]),
    ],
)
def test_find_and_count(full, collection, query, ids):
    with full.read() as reader:
        assert list(reader.find(collection, parse(query))) == ids
        assert reader.count(collection, parse(query)) == len(ids)


def test_without_a_filter(full):
    with full.read() as reader:
        assert list(reader.find(LAUNCHES)) == [1, 2, 3, 4, 5]
        assert [reader.count(collection) for collection in Collection] == [5, 5, 2]


@pytest.mark.parametrize(
    ("collection", "sort", "limit", "ids"),
    [
        (FIREWORKS, [], 2, [1, 2]),
        (FIREWORKS, [("created_on", 1)], 0, [1, 2, 3, 4, 5]),
        (FIREWORKS, [("created_on", -1)], 2, [5, 4]),
        (FIREWORKS, [("fw_id", -1)], 0, [5, 4, 3, 2, 1]),
        (FIREWORKS, [("name", -1), ("fw_id", -1)], 0, [5, 4, 3, 2, 1]),
        (FIREWORKS, [("state", 1)], 0, [3, 4, 1, 2, 5]),
        (LAUNCHES, [("time_start", -1)], 0, [2, 1, 3, 4, 5]),
        (LAUNCHES, [("time_end", 1), ("launch_id", -1)], 3, [5, 4, 2]),
        (WORKFLOWS, [("updated_on", -1)], 0, [2, 1]),
        (WORKFLOWS, [("wf_id", -1)], 1, [2]),
    ],
)
def test_sort_and_limit(full, collection, sort, limit, ids):
    with full.read() as reader:
        assert list(reader.find(collection, sort=sort, limit=limit)) == ids


def test_sort_together_with_a_filter(full):
    with full.read() as reader:
        assert list(
            reader.find(FIREWORKS, parse({"spec.x": {"$exists": True}}), sort=[("updated_on", -1)], limit=3)
        ) == [5, 3, 2]


def test_updated_on_follows_changes(full, make):
    with full.write() as tx:
        node = tx.nodes([2])[2]
        tx.apply(Changes(nodes={2: replace(node, state=State.READY)}), make.time())
    with full.read() as reader:
        assert list(reader.find(FIREWORKS, sort=[("updated_on", -1)], limit=1)) == [2]


def test_an_unknown_sort_names_the_known_ones(full):
    with full.read() as reader, pytest.raises(QueryError, match=r"'spec\.x'.*created_on.*fw_id"):
        list(reader.find(FIREWORKS, sort=[("spec.x", 1)]))


def test_find_is_a_stream(store, make):
    make.add(store, [make.firework(i) for i in range(1, 3001)])
    with store.read() as reader:
        found = reader.find(FIREWORKS)
        assert next(found) == 1
        assert reader.nodes([next(found)]).keys() == {2}
        assert sum(1 for _ in found) == 2998


def test_state_counts(full):
    with full.read() as reader:
        assert reader.state_counts(FIREWORKS) == {
            State.RUNNING: 1,
            State.WAITING: 2,
            State.COMPLETED: 1,
            State.READY: 1,
        }
        assert reader.state_counts(LAUNCHES) == {
            State.FIZZLED: 1,
            State.RUNNING: 1,
            State.COMPLETED: 2,
            State.RESERVED: 1,
        }
        assert sum(reader.state_counts(WORKFLOWS).values()) == 2


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (None, [1, 3, 4]),
        ({"fworker.name": "old"}, []),
        ({"state": "COMPLETED"}, [3]),
        ({"reservation_id": {"$in": ["8", "9"]}}, [1, 4]),
    ],
)
def test_fireworks_of_current_launches(full, query, ids):
    with full.read() as reader:
        assert reader.fireworks_of_launches(query and parse(query)) == ids


def test_fireworks_of_launches_sorted(full):
    with full.read() as reader:
        assert reader.fireworks_of_launches(None, sort=[("created_on", -1)], limit=2) == [4, 3]


@pytest.mark.parametrize(
    ("query", "answer"),
    [(None, True), ({"spec.x": 1}, True), ({"name": "c"}, False), ({"name": "b"}, False)],
)
def test_future_work(full, query, answer):
    with full.read() as reader:
        assert reader.has_future_work(query and parse(query)) is answer


def test_no_future_work_without_a_waiting_child(store, make):
    fireworks = [make.firework(1, state=State.RESERVED), make.firework(2, state=State.PAUSED)]
    make.add(store, fireworks, [(1, 2)])
    with store.read() as reader:
        assert not reader.has_future_work(None)
        assert not reader.has_future_work(parse({"spec.x": {"$exists": False}}))


# --- the next ones to run


@pytest.fixture
def ready(store, make):
    early, late = make.time(), make.time()
    make.add(
        store,
        [
            make.firework(1, created_on=late),
            make.firework(2, created_on=early),
            make.firework(3, spec={"_priority": -1}, created_on=late),
            make.firework(4, spec={"_priority": 2.5}, created_on=late),
            make.firework(5, spec={"_priority": 2.5}, created_on=early),
            make.firework(6, spec={"_priority": 9}, state=State.WAITING),
            make.firework(7, spec={"_priority": "high", "x": 1}, created_on=late),
            make.firework(8, spec={"_priority": True, "x": 1}, created_on=early),
            make.firework(9, spec={"_priority": 10**400}, created_on=early),
        ],
    )
    return store


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("", [9, 4, 5, 3, 1, 2, 7, 8]),
        ("FIFO", [9, 5, 4, 3, 2, 8, 1, 7]),
        ("FILO", [9, 4, 5, 3, 7, 1, 8, 2]),
    ],
)
def test_best_first(ready, order, ids):
    with ready.write() as tx:
        assert tx.take_ready(None, limit=99, order=order) == ids
        assert tx.take_ready(None, order=order) == ids[:1]
        assert tx.take_ready(None, limit=3, order=order) == ids[:3]


def test_as_many_as_are_asked_for_each_time(store, make):
    make.add(store, [make.firework(i) for i in range(1, 121)])
    for _ in range(3):
        with store.write() as tx:
            assert tx.take_ready(parse(FWorker().query), limit=100) == list(range(1, 101))


def test_only_what_the_worker_asks_for(ready):
    with ready.write() as tx:
        assert tx.take_ready(parse({"spec.x": 1}), limit=9) == [7, 8]
        assert tx.take_ready(parse({"fw_id": 2})) == [2]
        assert tx.take_ready(parse({"spec._priority": {"$gt": 2}}), limit=9) == [9, 4, 5]
        assert tx.take_ready(parse({"state": "WAITING"})) == []


@pytest.mark.parametrize("order", ["", "FIFO", "FILO"])
def test_only_of_a_few(ready, order):
    with ready.write() as tx:
        assert sorted(tx.take_ready(None, limit=9, order=order, few=[1, 4, 6, 8])) == [1, 4, 8]
        assert tx.take_ready(None, order=order, few=[1, 4, 6, 8]) == [4]
        assert tx.take_ready(parse({"spec.x": 1}), limit=9, order=order, few=[1, 4, 8]) == [8]
        assert tx.take_ready(parse({"spec.x": 1}), limit=9, order=order, few=[1, 4]) == []
        assert tx.take_ready(None, limit=9, order=order, few=[]) == []


def test_page_after_page(full):
    with full.read() as reader:
        assert list(reader.find(FIREWORKS, limit=2)) == [1, 2]
        assert list(reader.find(FIREWORKS, limit=2, after=2)) == [3, 4]
        assert list(reader.find(FIREWORKS, limit=2, after=4)) == [5]
        assert list(reader.find(FIREWORKS, parse({"name": "b"}), limit=2, after=2)) == [3]
        assert list(reader.find(WORKFLOWS, after=1)) == [2]
        assert list(reader.find(LAUNCHES, after=99)) == []


def test_the_first_of_each_workflow(full):
    with full.read() as reader:
        assert reader.first_members([1, 2, 3]) == {1: 1, 2: 4}
        assert reader.first_members([]) == {}


@pytest.fixture
def for_some(store, make):
    specs = [
        {"_category": "big"},
        {"_category": "small", "_priority": 1},
        {"_fworker": "w"},
        {"_fworker": "v", "_category": "big"},
        {"_category": ["big", "odd"], "_priority": 5},
        {"_category": None},
        {"_category": "big", "_fworker": None, "x": 1, "_priority": 2},
        {},
    ]
    make.add(store, [make.firework(i, spec=spec) for i, spec in enumerate(specs, 1)])
    return store


FOR_WHOM = [
    (FWorker("w"), [5, 7, 2, 1, 3, 6, 8]),
    (FWorker("w", category="big"), [5, 7, 1]),
    (FWorker("v", category="big"), [5, 7, 1, 4]),
    (FWorker("v", category=["big", "small"]), [5, 7, 2, 1, 4]),
    (FWorker("w", category="__none__"), [3, 8]),
    (FWorker("w", category="big", query={"spec.x": 1}), [7]),
    (FWorker("w", category="nothing"), []),
]


@pytest.mark.parametrize(("worker", "ids"), FOR_WHOM, ids=lambda x: repr(x)[:40])
def test_each_worker_gets_its_own(for_some, worker, ids):
    where = parse(worker.query)
    with for_some.read() as reader:
        assert reader.ready(where, limit=9) == ids
        assert reader.ready(where) == ids[:1]
    with for_some.write() as tx:
        assert tx.take_ready(where, limit=9) == ids


def test_a_spec_that_changes_is_for_others(for_some, make):
    with for_some.write() as tx:
        tx.apply(Changes(specs={8: {"_category": "nothing"}, 1: {}}), make.time())
        assert tx.take_ready(parse(FWorker("w", category="nothing").query), limit=9) == [8]
        assert tx.take_ready(parse(FWorker("w", category="big").query), limit=9) == [5, 7]


def test_of_a_few_each_worker_gets_its_own(for_some):
    with for_some.write() as tx:
        assert tx.take_ready(parse(FWorker("w").query), limit=9, few=[4, 8, 2, 7]) == [7, 2, 8]
        assert tx.take_ready(parse(FWorker("w", category="big").query), few=[1, 2, 4]) == [1]
        assert tx.take_ready(parse({"spec.x": 1}), limit=9, few=[1, 7, 8]) == [7]


@pytest.mark.parametrize("kinds", [120, MOST + 20])
def test_very_many_kinds_of_work(store, make, kinds):
    make.add(store, [make.firework(i, spec={"_category": f"c{i}", "_priority": i}) for i in range(1, kinds + 1)])
    with store.write() as tx:
        assert tx.take_ready(None, limit=2) == [kinds, kinds - 1]
        assert tx.take_ready(parse(FWorker("w", category=["c3", "c7"]).query), limit=9) == [7, 3]


def test_taken_ones_are_gone(ready, make):
    with ready.write() as tx:
        (first,) = tx.take_ready(None)
        tx.apply(Changes(nodes={first: replace(tx.nodes([first])[first], state=State.RESERVED)}), make.time())
        assert tx.take_ready(None) == [4]


def test_an_unknown_order_is_refused(ready):
    with ready.write() as tx, pytest.raises(InputError, match="'LIFO'"):
        tx.take_ready(None, order="LIFO")


def test_who_waits_elsewhere_than_its_spec_says(store, make):
    said = {
        1: {"_priority": 2.5, "_category": "a"},
        2: {"x": "_category"},
        3: {"_fworker": None},
        4: {"_category": [1]},
    }
    make.add(store, [make.firework(i, spec={**spec, "_tasks": []}) for i, spec in said.items()])
    with store.read() as reader:
        assert reader.misplaced([1, 2, 3, 4, 5]) == {}
    if not hasattr(store, "tables"):
        return  # what is in memory has no columns that could differ
    with store.tables(alone=True) as connection:
        connection.execute(text("UPDATE fireworks SET priority = 7 WHERE fw_id = 1"))
        connection.execute(text("UPDATE fireworks SET lane = 'x' WHERE fw_id IN (2, 4)"))
        connection.execute(text("UPDATE fireworks SET lane = '?' WHERE fw_id = 3"))
    with store.read() as reader:
        assert reader.misplaced([1, 2, 3, 4, 5]) == {
            1: (Place(priority=7, lane='{"_category": "a"}'), Place(priority=2.5, lane='{"_category": "a"}')),
            2: (Place(priority=None, lane="x"), Place(priority=None, lane=PLAIN)),
            4: (Place(priority=None, lane="x"), Place(priority=None, lane=UNSORTED)),
        }
        specs = reader.specs([1, 2, 4])
    with store.write() as tx:
        tx.apply(Changes(specs=specs), make.time())
    with store.read() as reader:
        assert reader.misplaced([1, 2, 3, 4]) == {}
