"""FireWorks' collections: its documents, by pymongo's methods, to read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from longfuse import Firework, FWAction, FWorker, LaunchPad, ScriptTask, Workflow
from longfuse.errors import InputError, LongfuseError, NotFoundError, QueryError
from longfuse.launchpad.projection import Projection, ends, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    """Workflow "diamond" (1 to 4, of which 1 ran) and three single Fireworks (5 to 7)."""
    pad = LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)
    four = [Firework(task(), {"n": n}, name=f"d{n}", fw_id=n) for n in (1, 2, 3, 4)]
    pad.add_wf(Workflow(four, {1: [2, 3], 2: 4, 3: 4}, name="diamond", metadata={"by": "me"}))
    launch_id = pad.checkout_fw(FWorker(), str(tmp_path / "run"), fw_id=1)[1]
    assert launch_id is not None
    pad.complete_launch(launch_id, FWAction(stored_data={"x": [1, 2]}))
    for n, spec in enumerate(({"p": 3, "tags": ["a", "b"]}, {"p": 1, "tags": ["b"]}, {"p": "high"})):
        pad.add_wf(Firework(task(), spec, name=f"single {n}"))
    yield pad
    pad.close()


def task() -> ScriptTask:
    return ScriptTask.from_str("true")


def ids(documents: Any) -> list[int]:
    return [document["fw_id"] for document in documents]


# --- documents
def test_a_firework_has_fireworks_keys_and_no_others(pad: LaunchPad) -> None:
    document = pad.fireworks.find_one({"fw_id": 1})
    assert document is not None
    keys = {"_id", "spec", "fw_id", "created_on", "updated_on", "state", "name", "launches", "archived_launches"}
    assert set(document) == keys
    assert (document["launches"], document["archived_launches"], document["state"]) == ([1], [], "COMPLETED")
    assert document["spec"]["_tasks"][0]["_fw_name"] == "ScriptTask"


def test_a_launch_has_its_times(pad: LaunchPad) -> None:
    document = pad.launches.find_one({"launch_id": 1})
    assert document is not None
    keys = "fworker fw_id launch_dir host ip trackers action state state_history launch_id time_start time_end"
    assert set(document) == {"_id", "runtime_secs", *keys.split()}
    assert document["action"]["stored_data"] == {"x": [1, 2]}
    assert document["runtime_secs"] >= 0


def test_a_workflow_has_its_links(pad: LaunchPad) -> None:
    document = pad.workflows.find_one({"nodes": 3})
    assert document is not None
    del document["created_on"], document["updated_on"]
    assert document == {
        "links": {"1": [2, 3], "2": [4], "3": [4], "4": []},
        "parent_links": {"2": [1], "3": [1], "4": [2, 3]},
        "nodes": [1, 2, 3, 4],
        "metadata": {"by": "me"},
        "state": "RUNNING",
        "name": "diamond",
        "fw_states": {"1": "COMPLETED", "2": "READY", "3": "READY", "4": "WAITING"},
        "_id": 1,
    }


# --- finding
@pytest.mark.parametrize(
    ("query", "found"),
    [
        (None, [1, 2, 3, 4, 5, 6, 7]),
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"state": {"$in": ["READY"]}, "spec.p": {"$exists": True}}, [5, 6, 7]),
        ({"spec.tags": "b"}, [5, 6]),
        ({"_id": 4}, [4]),
        ({"$or": [{"_id": {"$gt": 6}}, {"$and": [{"_id": 1}]}]}, [1, 7]),
        (3, [3]),
        ({"fw_id": 99}, []),
    ],
)
def test_what_is_found(pad: LaunchPad, query: Any, found: list[int]) -> None:
    assert ids(pad.fireworks.find(query)) == found
    if not isinstance(query, int):
        assert pad.fireworks.count_documents(query or {}) == len(found)
    first = pad.fireworks.find_one(query)
    assert (first["fw_id"] if first else None) == (found[0] if found else None)


def test_sort_skip_and_limit(pad: LaunchPad) -> None:
    assert ids(pad.fireworks.find().sort("fw_id", -1).limit(2)) == [7, 6]
    assert ids(pad.fireworks.find().sort([("state", 1), ("_id", -1)]).skip(1).limit(2)) == [7, 6]
    assert ids(pad.fireworks.find({"spec.p": {"$exists": True}}, sort=[("spec.p", 1)])) == [6, 5, 7]
    assert ids(pad.fireworks.find({"spec.p": {"$exists": True}}).sort("spec.p", -1).skip(1)) == [5, 6]
    assert ids(pad.fireworks.find({"_id": {"$gte": 5}}).sort("spec.tags", 1)) == [7, 5, 6]
    assert [found["_id"] for found in pad.workflows.find().sort("_id", -1)] == [7, 6, 5, 1]
    assert pad.fireworks.count_documents({}, skip=2, limit=3) == 3
    assert pad.fireworks.find_one({}, sort=[("fw_id", -1)])["fw_id"] == 7  # type: ignore[index]


def test_an_id_of_a_workflow_is_its_first_firework(pad: LaunchPad) -> None:
    assert pad.workflows.find_one({"_id": 1}, ["name"]) == {"_id": 1, "name": "diamond"}
    assert pad.workflows.find_one({"_id": 2}) is None
    assert pad.workflows.find_one(5)["nodes"] == [5]  # type: ignore[index]


def test_a_filter_on_what_is_computed(pad: LaunchPad) -> None:
    assert pad.launches.count_documents({"runtime_secs": {"$gte": 0}}) == 1
    assert pad.launches.count_documents({"$nor": [{"runtime_secs": {"$gte": 0}}]}) == 0
    assert list(pad.launches.find({"runtime_secs": {"$gt": 1e6}, "state": "COMPLETED"})) == []


def test_distinct(pad: LaunchPad) -> None:
    assert sorted(pad.fireworks.distinct("state")) == ["COMPLETED", "READY", "WAITING"]
    assert sorted(pad.fireworks.distinct("spec.tags", {"spec.p": 3})) == ["a", "b"]
    assert pad.launches.distinct("fworker.name") == ["Automatically generated Worker"]
    assert pad.workflows.distinct("metadata.by") == ["me"]


def test_a_cursor_is_read_once_and_can_be_rewound(pad: LaunchPad) -> None:
    cursor = pad.fireworks.find({"fw_id": {"$lt": 3}})
    assert (next(cursor)["fw_id"], cursor.next()["fw_id"], list(cursor)) == (1, 2, [])
    assert ids(cursor.rewind().to_list()) == [1, 2]
    with pytest.raises(InputError, match="rewind"):
        cursor.sort("fw_id")
    assert (cursor[1]["fw_id"], ids(cursor[:1])) == (2, [1])
    with pytest.raises(IndexError):
        cursor[2]
    with pad.fireworks.find() as other:
        next(other)
    assert list(other) == []


def test_a_cursor_reads_nothing_before_it_is_asked(pad: LaunchPad) -> None:
    cursor = pad.fireworks.find({"name": "later"})
    pad.add_wf(Firework(task(), name="later"))
    assert ids(cursor) == [8]


# --- what is refused
@pytest.mark.parametrize(
    ("name", "method", "instead"),
    [
        ("fireworks", "find_one_and_update", "update_spec"),
        ("fireworks", "insert_one", "add_wf"),
        ("launches", "update_many", "complete_launch"),
        ("workflows", "delete_one", "delete_wf"),
    ],
)
def test_writing_names_the_method_to_use(pad: LaunchPad, name: str, method: str, instead: str) -> None:
    with pytest.raises(InputError, match=rf"lp\.{name} is to read only.*{method}.*{instead}"):
        getattr(pad.db[name], method)({}, {})


def test_other_attributes(pad: LaunchPad) -> None:
    with pytest.raises(InputError, match="needs MongoDB"):
        pad.fireworks.aggregate([])
    with pytest.raises(AttributeError, match="nonsense"):
        pad.fireworks.nonsense()
    with pytest.raises(NotFoundError, match="fireworks, launches, workflows"):
        pad.db["nonsense"]
    assert pad.db.list_collection_names() == ["fireworks", "launches", "workflows"]
    assert pad.db.launches.count_documents({}) == pad.launches.estimated_document_count() == 1


@pytest.mark.parametrize("query", [{"state": {"$near": 1}}, {"$where": "1"}])
def test_a_query_that_cannot_be_read(pad: LaunchPad, query: Any) -> None:
    with pytest.raises(QueryError):
        pad.fireworks.find(query)


@pytest.mark.parametrize("projection", [{"a": 1, "b": 0}, {"a": {"$slice": 1}}, {"a.$": 1}])
def test_a_projection_that_cannot_be_read(projection: Any) -> None:
    with pytest.raises(LongfuseError):
        Projection(projection)


# --- projections and sorts
DOCUMENT = {"_id": 1, "a": {"b": 2, "c": [{"d": 3, "e": 4}, 5, {"d": 6}]}, "f": None}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, DOCUMENT),
        ({}, DOCUMENT),
        (["f"], {"_id": 1, "f": None}),
        ({"a.b": 1, "_id": 0}, {"a": {"b": 2}}),
        ({"a.c.d": True}, {"_id": 1, "a": {"c": [{"d": 3}, {"d": 6}]}}),
        ({"f": 0}, {"_id": 1, "a": DOCUMENT["a"]}),
        ({"a.c.d": 0, "_id": 0}, {"a": {"b": 2, "c": [{"e": 4}, 5, {}]}, "f": None}),
        ({"a": 1, "nothing.there": 1}, {"_id": 1, "a": DOCUMENT["a"]}),
        ({"_id": 0}, {"a": DOCUMENT["a"], "f": None}),
        ({"_id": 1}, {"_id": 1}),
    ],
)
def test_projections(wanted: Any, found: Any) -> None:
    assert Projection(wanted)(DOCUMENT) == found


def test_the_ends_of_a_path() -> None:
    assert list(ends(DOCUMENT, ["a", "c", "d"])) == [3, 6]
    assert list(ends(DOCUMENT, ["a", "c", "1"])) == [5]
    assert list(ends(DOCUMENT, ["f", "g"])) == []


def test_values_of_all_kinds_have_an_order() -> None:
    values = [None, -1, 2.5, "A", "a", {"a": 1}, [[]], False, True]
    documents = [{"v": value} for value in values]
    assert ordered(reversed(documents), [("v", 1)]) == documents
    assert ordered(documents, [("v", -1)]) == documents[::-1]
    lists = [{"v": [5, 1]}, {"v": 3}, {"v": [4, 2]}]
    assert ordered(lists, [("v", 1)]) == [lists[0], lists[2], lists[1]]
    assert ordered(lists, [("v", -1)]) == [lists[0], lists[2], lists[1]]
