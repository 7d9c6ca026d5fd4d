"""The whole LaunchPad at a glance: what is grouped, what counts as silence, what needs a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.login import fw

from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.domain.wire import iso
from longfuse.launchpad.pad import LaunchPad
from longfuse.launchpad.status import Limits, Snapshot, Status, assess
from longfuse.queue.adapter import JobStatus, Phase
from longfuse.store.records import LaunchRecord

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LIMITS = Limits(silent_s=3600, reserved_s=7 * 86_400)


def launch(
    launch_id: int, state: State = State.FIZZLED, *, heard: timedelta = timedelta(0), **changes: Any
) -> LaunchRecord:
    record: dict[str, Any] = {
        "launch_id": launch_id,
        "fw_id": launch_id,
        "state": state,
        "launch_dir": f"/l/{launch_id}",
        "fworker": {},
        "host": "",
        "ip": "",
        "state_history": [{"state": str(state), "created_on": iso(NOW - heard)}],
        "time_end": NOW if state is State.FIZZLED else None,
    }
    return LaunchRecord(**record | changes)


def judge(
    *opened: LaunchRecord,
    failed: list[LaunchRecord] | None = None,
    jobs: dict[int, JobStatus] | None = None,
    **seen: Any,
) -> Status:
    known = {"fireworks": {}, "workflows": {}, "open": opened, "open_in_all": len(opened), **seen}
    silences = known.pop("silences", {})
    return assess(Snapshot(failed=failed or [], **known), jobs or {}, silences, NOW, LIMITS)


def told(groups: Any) -> list[tuple[str, int, list[int], str]]:
    return [(group.what, group.count, list(group.fw_ids), group.todo) for group in groups]


def test_failures_by_cause_and_those_of_many_meanings_by_their_words() -> None:
    failed = [
        launch(9, cause="TIMEOUT", reason="the batch system says of job 12: TIMEOUT"),
        launch(8, cause="EXCEPTION", reason="ValueError: no convergence after 17 steps"),
        launch(7, cause="EXCEPTION", reason="KeyError: 'a'"),
        launch(6, cause="EXCEPTION", reason="ValueError: no convergence after 230 steps"),
        *(launch(n, cause="TIMEOUT", reason=f"job {n}") for n in (5, 4, 3)),
        launch(2, cause="SUBMIT", reason="SLURM refused the job: no account"),
        launch(1),
    ]
    assert told(judge(failed=failed).failures) == [
        ("killed at its time limit", 4, [9, 5, 4], "lpad why 9"),
        ("ValueError: no convergence after 17 steps", 2, [8, 6], "lpad why 8"),
        ("KeyError: 'a'", 1, [7], "lpad why 7"),
        ("its job could not be submitted: SLURM refused the job: no account", 1, [2], "lpad why 2"),
        ("no reason is on record", 1, [1], "lpad why 1"),
    ]


def test_jobs_by_what_the_batch_system_says() -> None:
    phases = {
        1: JobStatus(job_id="1", phase=Phase.PENDING, reason="Priority"),
        2: JobStatus(job_id="2", phase=Phase.PENDING, reason="Priority"),
        3: JobStatus(job_id="3", phase=Phase.RUNNING),
        4: JobStatus(job_id="4", phase=Phase.ENDED, word="TIMEOUT"),
        5: JobStatus(job_id="5", phase=Phase.UNKNOWN),
    }
    opened = [launch(n, State.RESERVED, reservation_id=str(n)) for n in range(1, 8)] + [launch(8, State.RUNNING)]
    status = judge(*opened, jobs=phases, silences={6: "squeue: no answer"})
    assert told(status.jobs) == [
        ("pending (Priority)", 2, [1, 2], ""),
        ("running", 1, [3], ""),
        ("over, to be recovered", 1, [4], "lpad recover_offline"),
        ("not known to the batch system any more, to be recovered", 1, [5], "lpad recover_offline"),
        ("the batch system does not answer: squeue: no answer", 1, [6], ""),
        ("no batch system to ask", 1, [7], ""),
    ]


def test_silence() -> None:
    opened = [
        launch(1, State.RUNNING, heard=timedelta(minutes=59)),
        launch(2, State.RUNNING, heard=timedelta(hours=2)),
        launch(3, State.RUNNING, heard=timedelta(hours=5)),
        launch(4, State.RESERVED, heard=timedelta(days=6), reservation_id="4"),
        launch(5, State.RESERVED, heard=timedelta(days=8), reservation_id="5"),
        launch(6, State.RESERVED, heard=timedelta(days=8), reservation_id="6"),
    ]
    jobs = {6: JobStatus(job_id="6", phase=Phase.PENDING)}
    assert told(judge(*opened, jobs=jobs).silent) == [
        ("RUNNING, the longest for 5 h", 2, [3, 2], "lpad why 3"),
        ("RESERVED, the longest for 8 days", 1, [5], "lpad why 5"),
    ]


def test_what_needs_a_person() -> None:
    opened = [
        launch(1, State.RUNNING),
        launch(2, State.RUNNING),
        launch(3, State.RESERVED),
        *(launch(n, State.RESERVED, heard=timedelta(minutes=2)) for n in (4, 5, 6, 7)),
    ]
    problems = {1: "/l/1 holds files of another launch (17)", 2: "/l/2 holds files of another launch (18)"}
    assert told(judge(*opened, problems=problems, warning="one host only").person) == [
        ("/l/1 holds files of another launch (17)", 2, [1, 2], "lpad why 1"),
        (
            "RESERVED, but no job is on record",
            4,
            [4, 5, 6],
            "lpad recover_offline, then lpad rerun_fws -i 4,5,6,...",
        ),
        ("one host only", 1, [], ""),
    ]


def test_what_was_not_looked_at_is_told() -> None:
    assert told(judge(open_in_all=20_007).jobs) == [("not looked at", 7, [], "")]


def test_in_parts() -> None:
    status = judge(failed=[launch(1, cause="TIMEOUT")], fireworks={State.FIZZLED: 1, State.READY: 2})
    parts = json.loads(json.dumps(status.to_dict()))
    assert list(parts["fireworks"].items()) == [("READY", 2), ("FIZZLED", 1)]
    assert parts["failures"] == [
        {
            "what": "killed at its time limit",
            "count": 1,
            "fw_ids": [1],
            "since": iso(NOW),
            "todo": "lpad why 1",
            "cause": "TIMEOUT",
        }
    ]
    assert parts["jobs"] == parts["silent"] == parts["needs_a_person"] == []


@pytest.fixture
def pad(tmp_path: Path) -> Any:
    launchpad = LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True)
    yield launchpad
    launchpad.close()


def test_what_is_read(pad: LaunchPad) -> None:
    fireworks = [fw(n) for n in range(1, 5)]
    pad.add_documents([{"fws": fireworks, "links": {"1": [2]}, "metadata": {}, "name": "w"}])
    for fw_id, state in ((1, State.RESERVED), (3, State.RUNNING), (4, State.RUNNING)):
        taken = pad.reserve(FWorker(), "/scratch/l", fw_id=fw_id, state=state)
        assert taken is not None
        if fw_id == 4:
            pad.mark_fizzled(taken.launch_id)
    seen = pad.snapshot()
    assert seen.fireworks == {State.RESERVED: 1, State.WAITING: 1, State.RUNNING: 1, State.FIZZLED: 1}
    assert sum(seen.workflows.values()) == 1
    assert [x.fw_id for x in seen.failed] == [4]
    assert [(x.fw_id, x.state) for x in seen.open] == [(1, State.RESERVED), (3, State.RUNNING)]
    pad.rerun_fw(4)
    pad.rerun_fw(3)
    assert (pad.snapshot().failed, [x.fw_id for x in pad.snapshot().open]) == ([], [1])
