"""What a launch did to the LaunchPad is kept with it."""

from datetime import UTC, datetime

import pytest

from longfuse.domain.events import Launched
from longfuse.domain.states import State
from longfuse.launchpad.launches import apply, view
from longfuse.store.records import LaunchRecord

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ACTION = {
    "detours": [{"fw_id": -1, "name": "detour", "spec": {"_tasks": []}}],
    "append_wfs": [{"workflow": {"fw_id": -1, "spec": {"_tasks": []}}, "parents": [1]}],
    "additions": [{"fw_id": -1, "spec": {"_tasks": []}}],
}


def launch(launch_id, **changes):
    fields = {"fw_id": 1, "state": State.RUNNING, "launch_dir": "/x", "fworker": {}, "host": "h", "ip": "i"}
    return LaunchRecord(launch_id=launch_id, **fields | changes)


@pytest.fixture
def running(store, make):
    with store.write() as tx:
        fireworks = [make.firework(1, state=State.RUNNING)]
        tx.insert_workflows([make.workflow(fireworks)], fireworks, [])
        tx.insert_launches([launch(1)])
    return store


def test_whatever_is_noted_comes_back(running):
    effects = {"added": [3], "writes": {"attempt": 1, "done": 1}, "ids": {"-1000001": 3}}
    with running.write() as tx:
        tx.update_launches([launch(1, effects=effects)])
    with running.read() as reader:
        assert reader.launch_records([1])[1].effects == effects
        document = reader.documents([1])[1]["launches"][0]
    assert document["added_fws"] == [3]
    assert document["launchpad_writes"] == {"attempt": 1, "done": 1}


def test_what_an_action_adds_is_known(running):
    ended = launch(1, state=State.COMPLETED, time_end=NOW, action=ACTION, effects={"added": [9]})
    with running.write() as tx:
        tx.update_launches([ended])
        apply(tx, [Launched(1, view(ended))], NOW)
    with running.read() as reader:
        assert reader.launch_records([1])[1].effects == {"added": [9, 2, 3, 4]}


def test_a_launch_that_did_nothing_tells_nothing(running):
    with running.read() as reader:
        assert {"added_fws", "launchpad_writes"}.isdisjoint(reader.documents([1])[1]["launches"][0])
