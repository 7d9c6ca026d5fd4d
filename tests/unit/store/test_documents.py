"""Records as FireWorks' documents: the samples of FireWorks, key by key."""

import json
from datetime import UTC, datetime, timedelta

from longfuse.domain.graph import Node, Tally
from longfuse.domain.states import State
from longfuse.store import documents
from longfuse.store.records import FireworkRecord, LaunchRecord, OfflineRun, WorkflowRecord

CREATED = datetime(2026, 11, 23, 0, 6, 10, 222379, tzinfo=UTC)
UPDATED = datetime(2026, 11, 23, 0, 6, 10, 222587, tzinfo=UTC)
STARTED = datetime(2026, 11, 23, 0, 24, 7, 274235, tzinfo=UTC)
SPEC = {"_tasks": [{"_fw_name": "ScriptTask", "script": "echo 'Ingrid is CEO.'"}]}
WORKER = {"name": "Automatically generated Worker", "category": "", "query": "{}", "env": {}}

FIREWORK_SAMPLE = """
{"spec": {"_tasks": [{"_fw_name": "ScriptTask", "script": "echo 'Ingrid is CEO.'"}]}, "fw_id": 1,
 "created_on": "2026-11-23T00:06:10.222379+00:00", "updated_on": "2026-11-23T00:06:10.222587+00:00",
 "state": "READY", "name": "Unnamed FW", "launches": [2], "archived_launches": [1]}
"""
LAUNCH_SAMPLE = """
{"fworker": {"name": "Automatically generated Worker", "category": "", "query": "{}", "env": {}},
 "fw_id": 1, "launch_dir": "/home/user/run/launcher_1", "host": "vm", "ip": "127.0.0.1", "trackers": [],
 "action": {"stored_data": {"returncode": 0}}, "state": "COMPLETED",
 "state_history": [
   {"state": "RESERVED", "created_on": "2026-11-23T00:24:06.274235+00:00"},
   {"state": "RUNNING", "created_on": "2026-11-23T00:24:07.274235+00:00"}],
 "launch_id": 1, "time_start": "2026-11-23T00:24:07.274235+00:00", "time_end": "2026-11-23T00:24:07.279095+00:00",
 "runtime_secs": 0.00486, "reservedtime_secs": 1.0}
"""
WORKFLOW_SAMPLE = """
{"links": {"1": [2, 3], "2": [4], "3": [4], "4": []}, "parent_links": {"2": [1], "3": [1], "4": [2, 3]},
 "nodes": [1, 2, 3, 4], "metadata": {"a": 1}, "state": "READY", "name": "unnamed WF",
 "created_on": "2026-11-23T00:06:10.222379+00:00", "updated_on": "2026-11-23T00:06:10.222587+00:00",
 "fw_states": {"1": "READY", "2": "WAITING", "3": "WAITING", "4": "WAITING"}}
"""


def same(document, sample):
    """Equal in order, too."""
    assert json.dumps(document) == json.dumps(json.loads(sample))


def firework(state=State.READY):
    return FireworkRecord(
        node=Node(fw_id=1, wf_id=1, state=state), name="Unnamed FW", spec=SPEC, created_on=CREATED, updated_on=UPDATED
    )


def launch(launch_id=1, **values):
    values = {
        "state": State.COMPLETED,
        "action": {"stored_data": {"returncode": 0}},
        "state_history": [
            {"state": "RESERVED", "created_on": "2026-11-23T00:24:06.274235+00:00"},
            {"state": "RUNNING", "created_on": "2026-11-23T00:24:07.274235+00:00"},
        ],
        "time_start": STARTED,
        "time_end": STARTED + timedelta(microseconds=4860),
        **values,
    }
    return LaunchRecord(
        launch_id=launch_id,
        fw_id=1,
        launch_dir="/home/user/run/launcher_1",
        fworker=WORKER,
        host="vm",
        ip="127.0.0.1",
        **values,
    )


def workflow():
    return WorkflowRecord(
        wf_id=1,
        name="unnamed WF",
        metadata={"a": 1},
        state=State.READY,
        tally=Tally({State.READY: 1, State.WAITING: 3}, 1, 0),
        created_on=CREATED,
        updated_on=UPDATED,
    )


CHILDREN = {4: [], 1: [3, 2], 2: [4], 3: [4]}


def test_firework_as_the_collection_holds_it():
    same(documents.firework_db_document(firework(), [launch(1, archived=True), launch(2)]), FIREWORK_SAMPLE)


def test_firework_as_it_is_written():
    plain = documents.firework_document(firework(State.WAITING))
    assert list(plain) == ["spec", "fw_id", "created_on", "updated_on", "name"]
    full = documents.firework_document(firework(), [launch(1, archived=True), launch(2)])
    assert list(full) == ["spec", "fw_id", "created_on", "updated_on", "launches", "archived_launches", "state", "name"]
    assert full["launches"] == [documents.launch_document(launch(2))]
    assert full["archived_launches"] == [documents.launch_document(launch(1))]
    json.dumps(full)


def test_launch_as_the_collection_holds_it():
    same(documents.launch_db_document(launch()), LAUNCH_SAMPLE)


def test_launch_as_it_is_written():
    sample = json.loads(LAUNCH_SAMPLE)
    for extra in ("time_start", "time_end", "runtime_secs", "reservedtime_secs"):
        del sample[extra]
    same(documents.launch_document(launch()), json.dumps(sample))


def test_launch_that_did_not_start():
    waiting = launch(state=State.RESERVED, time_start=None, time_end=None)
    document = documents.launch_db_document(waiting)
    assert [document[name] for name in ("time_start", "time_end", "runtime_secs")] == [None, None, None]
    assert "reservedtime_secs" not in document
    assert documents.launch_db_document(waiting, STARTED + timedelta(seconds=9))["reservedtime_secs"] == 10.0


def test_launch_that_was_never_reserved():
    assert "reservedtime_secs" not in documents.launch_db_document(launch(state_history=[]), STARTED)


def test_workflow_as_the_collection_holds_it():
    states = {4: State.WAITING, 1: State.READY, 2: State.WAITING, 3: State.WAITING}
    same(documents.workflow_db_document(workflow(), CHILDREN, states), WORKFLOW_SAMPLE)


def test_workflow_as_it_is_written():
    document = documents.workflow_document(workflow(), [{"fw_id": 1}], CHILDREN)
    assert list(document) == ["fws", "links", "name", "metadata", "updated_on", "created_on"]
    assert document["links"] == {"1": [2, 3], "2": [4], "3": [4], "4": []}


def test_offline_run():
    run = OfflineRun(launch_id=1, fw_id=2, name="fw", created_on=CREATED, updated_on=UPDATED, signature="s")
    same(
        documents.offline_run_document(run),
        '{"fw_id":2,"launch_id":1,"name":"fw","created_on":"2026-11-23T00:06:10.222379+00:00",'
        '"updated_on":"2026-11-23T00:06:10.222587+00:00","deprecated":false,"completed":false}',
    )
