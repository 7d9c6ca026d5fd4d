"""Records come back as they went in."""

import math
from dataclasses import replace

import pytest

from longfuse.domain.graph import LaunchView
from longfuse.domain.states import State
from longfuse.errors import SerializationError
from longfuse.store.documents import firework_document
from longfuse.store.memory import MemoryStore
from longfuse.store.records import UNREAD

AWKWARD = {
    "_tasks": [{"_fw_name": "ScriptTask", "script": "echo 'ä \\ \" \n €'"}],
    "nested": {"list": [1, 2.5, None, True, {"a": []}], "": "empty key", "dotted.key": 1, "$set": 2},
    "big": 2**80,
    "small": 5e-324,
    "nul": "a\0b",
    "emoji": "🧨",
}


def test_workflow_comes_back(store, make):
    fireworks = [
        make.firework(7, 3, name="ä", spec=AWKWARD, tolerant=True),
        make.firework(9, 3, state=State.FIZZLED, blocking=True),
    ]
    workflow = make.workflow(fireworks, wf_id=3, name="W €", metadata={"a": [1, {"b": None}]})
    with store.write() as tx:
        tx.insert_workflows([workflow], fireworks, [(7, 9)])
        assert tx.workflows([3]) == {3: workflow}
    with store.read() as reader:
        assert reader.workflows([3]) == {3: workflow}
        assert reader.fireworks([7, 9]) == {7: fireworks[0], 9: fireworks[1]}
        assert reader.nodes([9]) == {9: fireworks[1].node}
        assert reader.specs([7]) == {7: AWKWARD}
        assert reader.tallies([3]) == {3: workflow.tally}
        assert reader.members(3) == [7, 9]


def test_links_from_both_sides(store, make):
    make.diamond(store)
    with store.read() as reader:
        assert reader.children([4, 1, 2]) == {1: [2, 3], 2: [4], 4: []}
        assert reader.parents([4, 1, 2]) == {1: [], 2: [1], 4: [2, 3]}


def test_unknown_ids_are_absent(store, make):
    make.add(store, [make.firework(1)])
    with store.read() as reader:
        for ask in (
            *(reader.nodes, reader.children, reader.parents, reader.specs, reader.launches, reader.tallies),
            *(reader.documents, reader.fireworks, reader.workflows, reader.launch_records, reader.launch_records_of),
            reader.offline_runs,
        ):
            assert ask([99, 10**30]) == {}
            assert ask([]) == {}
        assert reader.members(99) == []
        assert reader.launches([1, 99]) == {1: []}
        assert reader.launch_records_of([1, 99]) == {1: []}


def test_launch_comes_back_whole(store, make):
    launch = make.launch(
        5,
        1,
        state=State.COMPLETED,
        trackers=[{"filename": "out", "nlines": 25, "allow_zipped": False}],
        action={"stored_data": {"x": 1.5}, "exit": False},
        state_history=[{"state": "RESERVED", "created_on": "2026-01-01T00:00:00.000001+00:00"}],
        time_start=make.time(),
        time_end=make.time(),
        reservation_id="101",
        archived=True,
        token="f" * 32,
        attempt=2,
        queue={"q_type": "SLURM"},
        cause="TIMEOUT",
        reason="it took too long",
    )
    make.add(store, [make.firework(1), make.firework(2)], launches=[launch, make.launch(6, 1)])
    with store.read() as reader:
        assert reader.launch_records([5]) == {5: launch}
        assert [x.launch_id for x in reader.launch_records_of([1, 2])[1]] == [5, 6]
        assert reader.launch_records_of([1, 2])[2] == []


def test_update_launches_replaces_by_id(store, make):
    make.add(store, [make.firework(1)], launches=[make.launch(1, 1), make.launch(2, 1)])
    ended = make.launch(1, 1, state=State.FIZZLED, cause="LOST", host="node", time_end=make.time(), worker="other")
    with store.write() as tx:
        tx.update_launches([ended])
    with store.read() as reader:
        assert reader.launch_records([1, 2]) == {1: ended, 2: make.launch(2, 1)}


def test_engine_sees_current_launches_with_the_actions_that_count(store, make):
    end = make.time()
    launches = [
        make.launch(1, 1, state=State.COMPLETED, action={"a": 1}, time_end=end, archived=True),
        make.launch(2, 1, state=State.FIZZLED, time_end=end),
        make.launch(3, 1, state=State.COMPLETED, action={"a": 3}, time_end=end),
        make.launch(4, 2, state=State.RUNNING),
    ]
    make.add(store, [make.firework(1), make.firework(2)], launches=launches)
    with store.read() as reader:
        assert reader.launches([1, 2]) == {
            1: [
                LaunchView(launch_id=2, state=State.FIZZLED, time_end=end),
                LaunchView(launch_id=3, state=State.COMPLETED, time_end=end, action={"a": 3}),
            ],
            2: [LaunchView(launch_id=4, state=State.RUNNING)],
        }


def test_documents_hold_whole_launches(store, make):
    firework = make.firework(1, state=State.FIZZLED)
    launches = [make.launch(1, 1, archived=True), make.launch(2, 1, state=State.FIZZLED)]
    make.add(store, [firework], launches=launches)
    with store.read() as reader:
        (document,) = reader.documents([1]).values()
        assert document == firework_document(firework, launches)
        assert list(document) == [
            "spec",
            "fw_id",
            "created_on",
            "updated_on",
            "launches",
            "archived_launches",
            "state",
            "name",
        ]


def test_what_the_caller_holds_is_not_what_is_kept(store, make):
    spec = {"list": [1]}
    make.add(store, [make.firework(1, spec=spec)])
    spec["list"].append(2)
    with store.read() as reader:
        reader.specs([1])[1]["list"].append(3)
        reader.fireworks([1])[1].spec["list"].append(3)
        assert reader.specs([1]) == {1: {"list": [1]}}


def test_times_keep_their_microseconds_and_become_utc(store, make):
    firework = make.firework(1)
    make.add(store, [replace(firework, created_on=firework.created_on.replace(microsecond=0))])
    with store.read() as reader:
        record = reader.fireworks([1])[1]
        assert record.created_on == firework.created_on.replace(microsecond=0)
        assert record.updated_on.microsecond == 678901
        assert record.created_on.utcoffset().total_seconds() == 0


def test_numbers_that_json_has_not_are_kept(store, make):
    make.add(store, [make.firework(1, spec={"inf": [math.inf, -math.inf], "nan": {"x": math.nan}})])
    with store.read() as reader:
        spec = reader.specs([1])[1]
        assert spec["inf"] == [math.inf, -math.inf]
        assert math.isnan(spec["nan"]["x"])


def test_text_that_is_no_unicode_is_kept_in_documents(store, make):
    make.add(store, [make.firework(1, spec={"output": "caf\udce9 €"})])
    with store.read() as reader:
        assert reader.specs([1]) == {1: {"output": "caf\udce9 €"}}


def test_what_json_cannot_hold_is_refused_and_changes_nothing(store, make):
    with pytest.raises(SerializationError, match="JSON"):
        make.add(store, [make.firework(1, spec={"x": object()})])
    with store.read() as reader:
        assert reader.nodes([1]) == {}
        assert reader.workflows([1]) == {}


def test_long_lists_of_ids(store, make):
    count = 40_000
    fireworks = [make.firework(i, state=State.WAITING, created_on=make.time()) for i in range(1, count + 1)]
    make.add(store, fireworks, [(1, i) for i in range(2, count + 1)])
    ids = list(range(count, 0, -1))
    with store.read() as reader:
        assert len(reader.nodes(ids)) == count
        assert reader.parents(ids)[count] == [1]
        assert reader.children([1])[1] == list(range(2, count + 1))
        assert len(reader.launches(ids)) == count
        assert reader.members(1) == sorted(ids)
    with store.write() as tx:
        tx.delete_workflows([1, *range(2, count)])
        assert tx.nodes(ids) == {}


def test_delete_takes_everything_of_these_workflows_only(store, make):
    first = [make.firework(1), make.firework(2, state=State.WAITING)]
    make.add(store, first, [(1, 2)], [make.launch(1, 1)], [make.run(1, 1)])
    make.add(store, [make.firework(3, 2)], (), [make.launch(2, 3)], [make.run(2, 3)], wf_id=2)
    with store.write() as tx:
        tx.delete_workflows([1])
    with store.read() as reader:
        assert reader.workflows([1, 2]).keys() == {2}
        assert reader.fireworks([1, 2, 3]).keys() == {3}
        assert reader.launch_records([1, 2]).keys() == {2}
        assert reader.offline_runs([1, 2]).keys() == {2}
        assert reader.children([1, 2, 3]) == {3: []}
        assert reader.members(1) == []
        assert reader.tallies([1]) == {}


BIG_TEXT = "x" * 3_000_000


def test_what_is_not_asked_for_is_not_read_and_not_changed(store, make):
    launch = make.launch(1, 1, state=State.COMPLETED, action={"stored_data": {"big": BIG_TEXT}})
    make.add(store, [make.firework(1, spec={"_tasks": [], "big": BIG_TEXT})], launches=[launch])
    with store.write() as tx:
        assert tx.fireworks([1], specs=False)[1].spec is UNREAD
        (record,) = tx.launch_records_of([1], actions=False)[1]
        assert record.action is UNREAD
        assert record == tx.launch_records([1], actions=False)[1]
        tx.update_launches([replace(record, launch_dir="/moved")])
    with store.read() as reader:
        assert reader.launch_records([1]) == {1: replace(launch, launch_dir="/moved")}
        assert reader.fireworks([1])[1].spec["big"] == BIG_TEXT


def test_to_look_into_what_was_not_read_is_an_error():
    for look in (bool, len, list, lambda it: it["key"], lambda it: it.get("key"), lambda it: "key" in it):
        with pytest.raises(AssertionError, match="not read"):
            look(UNREAD)


def test_what_is_big_is_told(store, make):
    launches = [make.launch(1, 2, state=State.COMPLETED, action={"stored_data": {"big": BIG_TEXT}})]
    make.add(store, [make.firework(1), make.firework(2, spec={"_tasks": [], "big": BIG_TEXT})], launches=launches)
    with store.read() as reader:
        weights = reader.weights([1, 2, 3])
    assert set(weights) <= {2}
    assert isinstance(store, MemoryStore) or weights[2] > 2 * len(BIG_TEXT)
