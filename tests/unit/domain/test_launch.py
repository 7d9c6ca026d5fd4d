from datetime import UTC, datetime

import pytest

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.launch import Launch, local_host, local_ip
from longfuse.domain.states import State
from longfuse.domain.tracker import Tracker
from longfuse.errors import InputError, SerializationError

COMPLETED = {  # facts, appendix A.2
    "fworker": {"name": "Automatically generated Worker", "category": "", "query": "{}", "env": {}},
    "fw_id": 1,
    "launch_dir": "/home/user/run/launcher_1",
    "host": "vm",
    "ip": "127.0.0.1",
    "trackers": [],
    "action": FWAction({"returncode": 0, "all_returncodes": [0]}).to_dict(),
    "state": "COMPLETED",
    "state_history": [
        {
            "state": "RUNNING",
            "created_on": "2026-11-23T00:24:07.274235+00:00",
            "updated_on": "2026-11-23T00:24:07.278746+00:00",
            "checkpoint": {"_task_n": 0, "_all_stored_data": {}, "_all_update_spec": {}, "_all_mod_spec": []},
        },
        {"state": "COMPLETED", "created_on": "2026-11-23T00:24:07.279095+00:00"},
    ],
    "launch_id": 1,
}
TIMES = {
    "time_start": "2026-11-23T00:24:07.274235+00:00",
    "time_end": "2026-11-23T00:24:07.279095+00:00",
    "runtime_secs": 0.00486,
}


def at(second):
    return datetime(2024, 1, 31, 12, 0, second, tzinfo=UTC)


def test_fireworks_document_and_back():
    launch = Launch.from_dict({**COMPLETED, **TIMES, "_id": "unknown"})
    assert launch.to_dict() == COMPLETED
    assert launch.to_db_dict() == {**COMPLETED, **TIMES}
    assert launch.last_pinged == datetime(2026, 11, 23, 0, 24, 7, 278746, UTC)


def test_nothing_is_looked_up():
    launch = Launch("RUNNING", "/x")
    assert (launch.host, launch.ip) == ("", "")
    assert launch.to_db_dict()["time_end"] is None


def test_invalid_state():
    with pytest.raises(InputError, match="Invalid launch state: BROKEN"):
        Launch("BROKEN", "/x")


@pytest.mark.parametrize("document", [{}, {"state": "READY"}, {"launch_dir": "/x"}])
def test_no_launch(document):
    with pytest.raises(SerializationError, match="Not a launch"):
        Launch.from_dict(document)


class TestHistory:
    def test_a_life(self):
        launch = Launch("RESERVED", "/x")
        launch.set_reservation_id(101)
        launch.state = "RUNNING"
        launch.state = "RUNNING"
        launch.touch_history(at(5), {"_task_n": 1})
        launch.state = "COMPLETED"
        assert [entry["state"] for entry in launch.state_history] == ["RESERVED", "RUNNING", "COMPLETED"]
        reserved, running, completed = launch.to_dict()["state_history"]
        assert set(reserved) == {"state", "created_on", "updated_on", "reservation_id"}
        assert reserved["reservation_id"] == "101"
        assert running["updated_on"] == "2024-01-31T12:00:05.000000+00:00"
        assert running["checkpoint"] == {"_task_n": 1}
        assert set(completed) == {"state", "created_on"}

    def test_a_fizzled_entry_keeps_the_checkpoint(self):
        launch = Launch("RUNNING", "/x")
        launch.touch_history(checkpoint={"_task_n": 1})
        launch.state = State.FIZZLED
        assert launch.state_history[-1]["checkpoint"] == {"_task_n": 1}
        assert "updated_on" not in launch.state_history[-1]

    def test_the_first_reservation_without_an_id_gets_it(self):
        launch = Launch("RESERVED", "/x")
        launch.set_reservation_id("1")
        launch.set_reservation_id("2")
        assert launch.state_history[0]["reservation_id"] == "1"

    def test_times(self):
        history = [
            {"state": "RESERVED", "created_on": "2024-01-31T12:00:00"},
            {"state": "RUNNING", "created_on": at(10), "updated_on": at(12)},
            {"state": "FIZZLED", "created_on": "2024-01-31T12:00:25+00:00"},
        ]
        launch = Launch("FIZZLED", "/x", state_history=history)
        assert (launch.time_reserved, launch.time_start, launch.time_end) == (at(0), at(10), at(25))
        assert launch.last_pinged == at(12)
        assert (launch.reservedtime_secs, launch.runtime_secs) == (10, 15)
        assert launch.to_db_dict()["reservedtime_secs"] == 10

    def test_a_reserved_launch_waits_until_now(self):
        launch = Launch("RESERVED", "/x", state_history=[{"state": "RESERVED", "created_on": at(0)}])
        assert launch.reservedtime_secs > 1e6
        assert launch.runtime_secs is None
        assert Launch("RUNNING", "/x").reservedtime_secs is None


def test_all_parts_round_trip():
    launch = Launch(
        "RUNNING", "/x", FWorker("w"), "h", "1.2.3.4", [Tracker("a.txt", content="x")], FWAction({"a": 1}), None, 3, 4
    )
    assert Launch.from_dict(launch.to_dict()).to_dict() == launch.to_dict()


def test_local_names():
    assert local_host()
    assert local_ip().count(".") == 3
