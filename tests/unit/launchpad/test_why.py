"""Each state and each cause in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from longfuse.domain.graph import Node
from longfuse.domain.states import State
from longfuse.domain.wire import iso
from longfuse.launchpad.why import Blocker, Job, Subject, Worker, age, explain
from longfuse.queue.adapter import JobStatus, Phase
from longfuse.store.records import FireworkRecord, Hold, LaunchRecord

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TASKS = [{"_fw_name": "ScriptTask"}, {"_fw_name": "PyTask"}, {"_fw_name": "{{mine.Relax}}"}]


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def subject(state: State, *launches: LaunchRecord, fw_id: int = 7, name: str = "relax", **known: Any) -> Subject:
    spec = {"_tasks": TASKS, **known.pop("spec", {})}
    node = Node(fw_id=fw_id, wf_id=1, state=state)
    firework = FireworkRecord(node=node, name=name, spec=spec, created_on=ago(days=9), updated_on=ago(days=1))
    return Subject(firework=firework, launches=launches, **known)


def launch(state: State, launch_id: int = 4, *, task_n: int | None = None, **changes: Any) -> LaunchRecord:
    entry: dict[str, Any] = {"state": str(state), "created_on": iso(ago(hours=3)), "updated_on": iso(ago(minutes=5))}
    if task_n is not None:
        entry["checkpoint"] = {"_task_n": task_n}
    ended = state in (State.COMPLETED, State.FIZZLED)
    record: dict[str, Any] = {
        "launch_id": launch_id,
        "fw_id": 7,
        "state": state,
        "launch_dir": "/scratch/l",
        "fworker": {},
        "host": "n1",
        "ip": "",
        "state_history": [entry],
        "time_start": None if state is State.RESERVED else ago(hours=3),
        "time_end": ago(hours=1) if ended else None,
        **changes,
    }
    return LaunchRecord(**record)


def fizzled(cause: str, reason: str | None = None, **changes: Any) -> LaunchRecord:
    return launch(State.FIZZLED, cause=cause, reason=reason, **changes)


def job(phase: Phase, word: str = "", reason: str = "") -> Job:
    return Job(status=JobStatus(job_id="4711", phase=phase, word=word, reason=reason))


def raised(reason: str, **changes: Any) -> LaunchRecord:
    return fizzled("EXCEPTION", reason, action={"stored_data": {"_exception": {"_stacktrace": "..."}}}, **changes)


TIMED_OUT = subject(
    State.FIZZLED, fizzled("TIMEOUT", "the batch system says of job 12: TIMEOUT", task_n=1), fw_id=3, name="first"
)
RESERVED = launch(State.RESERVED, reservation_id="4711")
RUNNING = launch(State.RUNNING, reservation_id="4711", task_n=1)
SINCE = "since 2026-03-01 09:00 UTC (3 h ago)"
ENDED = "since 2026-03-01 11:00 UTC (60 min ago)"


def waiting(*blockers: Blocker, blocked_by: int | None = None) -> Subject:
    return subject(State.WAITING, blockers=blockers, blocked_by=len(blockers) if blocked_by is None else blocked_by)


SENTENCES: list[tuple[Subject, str, str]] = [
    # WAITING: for which parents, and what is at the root of it
    (
        waiting(Blocker(subject=TIMED_OUT)),
        "is WAITING: it waits for 3 (FIZZLED: killed at its time limit)",
        "lpad rerun_fws -i 3",
    ),
    (
        waiting(Blocker(subject=TIMED_OUT, via=5)),
        "is WAITING: it waits for 3 (FIZZLED: killed at its time limit), by way of 5",
        "lpad rerun_fws -i 3",
    ),
    (
        waiting(
            Blocker(subject=subject(State.PAUSED, fw_id=2, hold=Hold(since=ago(days=3)))),
            Blocker(subject=subject(State.RUNNING, RUNNING, fw_id=3)),
            Blocker(subject=subject(State.RESERVED, RESERVED, fw_id=4)),
            Blocker(subject=subject(State.READY, fw_id=5)),
            blocked_by=9,
        ),
        "is WAITING: it waits for 2 (PAUSED by a person since 2026-02-26 12:00 UTC (3 days ago)), 3 (RUNNING for 3 h), "
        "4 (RESERVED as job 4711) and 6 more",
        "lpad resume_fws -i 2",
    ),
    (waiting(Blocker(subject=subject(State.DEFUSED, fw_id=2))), "it waits for 2 (DEFUSED)", "lpad reignite_fws -i 2"),
    (waiting(Blocker(subject=subject(State.ARCHIVED, fw_id=2))), "it waits for 2 (ARCHIVED)", ""),
    (waiting(), "is WAITING, but all its parents are done", ""),
    # READY: who takes it
    (
        subject(State.READY, worker=Worker(name="here")),
        "is READY and not submitted yet; your worker 'here' takes it",
        "qlaunch -r singleshot --fw_id 7",
    ),
    (subject(State.READY), "is READY and not submitted yet; any worker", "qlaunch -r singleshot --fw_id 7"),
    (
        subject(State.READY, worker=Worker(name="here", refusal="its `_category` is 'gpu'")),
        "is READY, but your worker 'here' does not take it: its `_category` is 'gpu'",
        "",
    ),
    (
        subject(State.READY, fizzled("NODE_FAIL", archived=True), worker=Worker(name="here")),
        "takes it; it ran once before, and its launch 4 was FIZZLED: its node failed",
        "qlaunch -r singleshot --fw_id 7",
    ),
    (
        subject(State.READY, launch(State.FIZZLED, 3, archived=True), launch(State.COMPLETED, archived=True)),
        "it ran 2 times before, and its launch 4 was COMPLETED; the result of its earlier launch 4 is kept aside, "
        "`lpad accept_result 7` lets it count.",
        "qlaunch -r singleshot --fw_id 7",
    ),
    # RESERVED: what its job does
    (
        subject(State.RESERVED, RESERVED, job=job(Phase.PENDING, "PENDING", "Priority")),
        f"is RESERVED {SINCE} as job 4711, pending for reason Priority",
        "",
    ),
    (subject(State.RESERVED, RESERVED, job=job(Phase.PENDING)), "as job 4711, pending.", ""),
    (
        subject(State.RESERVED, RESERVED, job=job(Phase.RUNNING)),
        "as job 4711, which runs; its rocket has not been heard from",
        "lpad recover_offline",
    ),
    (
        subject(State.RESERVED, RESERVED, job=job(Phase.ENDED, "TIMEOUT")),
        "as job 4711, which is over (TIMEOUT); a recovery takes note",
        "lpad recover_offline",
    ),
    (
        subject(State.RESERVED, RESERVED, job=job(Phase.UNKNOWN)),
        "as job 4711, which the batch system does not know any more",
        "lpad recover_offline",
    ),
    (
        subject(State.RESERVED, RESERVED, job=Job(silence="squeue: connection refused")),
        "as job 4711; the batch system does not answer, so nothing is known of the job (squeue: connection refused)",
        "",
    ),
    (subject(State.RESERVED, RESERVED, job=Job()), f"is RESERVED {SINCE} as job 4711.", ""),
    (
        subject(State.RESERVED, launch(State.RESERVED)),
        f"is RESERVED {SINCE}, but no job of it is on record",
        "lpad rerun_fws -i 7",
    ),
    (subject(State.RESERVED), "is RESERVED, but no launch of it is on record", "lpad rerun_fws -i 7"),
    (
        subject(State.RESERVED, RESERVED, problems={4: "FW.json is not JSON"}),
        "as job 4711; the last recovery says: FW.json is not JSON.",
        "",
    ),
    # RUNNING: since when, where, in which task, and when it was last heard from
    (
        subject(State.RUNNING, RUNNING, job=job(Phase.RUNNING)),
        f"is RUNNING {SINCE} on n1 as job 4711; last heard from 5 min ago, in task 2 of 3 (PyTask).",
        "",
    ),
    (
        subject(State.RUNNING, launch(State.RUNNING, host="", time_start=None, task_n=17)),
        "is RUNNING on an unknown host; last heard from 5 min ago.",
        "",
    ),
    (
        subject(State.RUNNING, RUNNING, job=job(Phase.ENDED, "OUT_OF_MEMORY", "0:125")),
        "in task 2 of 3 (PyTask); its job is over (OUT_OF_MEMORY, 0:125); a recovery takes note",
        "lpad recover_offline",
    ),
    (
        subject(State.RUNNING, RUNNING, job=job(Phase.PENDING, "PENDING", "BeginTime")),
        "; its job is pending again for reason BeginTime",
        "",
    ),
    (subject(State.RUNNING, RUNNING, job=Job(silence="away")), "; the batch system does not answer", ""),
    (subject(State.RUNNING), "is RUNNING, but no launch of it is on record", ""),
    # COMPLETED
    (subject(State.COMPLETED, launch(State.COMPLETED)), f"is COMPLETED {ENDED}, after 2 h on n1.", ""),
    (subject(State.COMPLETED, launch(State.COMPLETED, fw_id=3)), "by the launch of its duplicate, Firework 3", ""),
    (subject(State.COMPLETED), "is COMPLETED.", ""),
    # FIZZLED: each cause
    (
        subject(State.FIZZLED, fizzled("TIMEOUT", "the batch system says of job 9: TIMEOUT", task_n=2)),
        f"is FIZZLED {ENDED}: killed at its time limit, in task 3 of 3 ({{{{mine.Relax}}}}): "
        "the batch system says of job 9: TIMEOUT.",
        "lpad rerun_fws -i 7",
    ),
    (subject(State.FIZZLED, fizzled("OUT_OF_MEMORY")), "killed for more memory than", "lpad rerun_fws -i 7"),
    (subject(State.FIZZLED, fizzled("NODE_FAIL")), "its node failed", "lpad rerun_fws -i 7"),
    (subject(State.FIZZLED, fizzled("PREEMPTED")), "its node was given to another job", "lpad rerun_fws -i 7"),
    (subject(State.FIZZLED, fizzled("CANCELLED")), "cancelled", "lpad rerun_fws -i 7"),
    (
        subject(State.FIZZLED, fizzled("LOST", "declared lost by hand")),
        "lost: declared lost by hand",
        "lpad rerun_fws -i 7",
    ),
    (
        subject(State.FIZZLED, fizzled("SUBMIT", "SLURM refused the job: invalid partition")),
        "its job could not be submitted: SLURM refused the job: invalid partition.",
        "lpad rerun_fws -i 7",
    ),
    (
        subject(State.FIZZLED, raised("RuntimeError:\n  no\tconvergence", task_n=1)),
        f"is FIZZLED {ENDED}: task 2 of 3 (PyTask): RuntimeError: no convergence.",
        "lpad rerun_fws -i 7",
    ),
    (
        subject(State.FIZZLED, fizzled("EXCEPTION", "The FWAction of Firework 7 cannot be applied", task_n=2)),
        f"is FIZZLED {ENDED}: The FWAction of Firework 7 cannot be applied.",
        "lpad rerun_fws -i 7",
    ),
    (
        subject(State.FIZZLED, launch(State.COMPLETED, 3, archived=True), fizzled("LOST")),
        ": lost; the result of its earlier launch 3 is kept aside",
        "lpad rerun_fws -i 7",
    ),
    (subject(State.FIZZLED, fizzled("ODD")), ": ODD.", "lpad rerun_fws -i 7"),
    (subject(State.FIZZLED, launch(State.FIZZLED)), "no reason is on record", "lpad rerun_fws -i 7"),
    (subject(State.FIZZLED), "is FIZZLED, but no launch of it is on record", "lpad rerun_fws -i 7"),
    # held: by whom, since when, and what is kept aside
    (
        subject(State.DEFUSED, hold=Hold(since=ago(days=3), by_fw_id=2)),
        "is DEFUSED by the FWAction of Firework 2 since 2026-02-26 12:00 UTC (3 days ago)",
        "lpad reignite_fws -i 7",
    ),
    (
        subject(State.PAUSED, launch(State.COMPLETED), hold=Hold(since=ago(hours=2))),
        "is PAUSED by a person since 2026-03-01 10:00 UTC (2 h ago); its launch 4 is COMPLETED meanwhile, and that "
        "counts after `lpad resume_fws`",
        "lpad resume_fws -i 7",
    ),
    (subject(State.PAUSED), "is PAUSED.", "lpad resume_fws -i 7"),
    (subject(State.ARCHIVED, hold=Hold(since=ago(hours=2))), "is ARCHIVED by a person since", ""),
]


@pytest.mark.parametrize(("known", "words", "todo"), SENTENCES)
def test_in_one_sentence(known: Subject, words: str, todo: str) -> None:
    explained = explain(known, NOW)
    assert words in explained.sentence
    assert explained.sentence.startswith("Firework 7 (relax) is ")
    assert "\n" not in explained.sentence
    assert explained.todo == explained.facts["todo"] == todo


def test_every_state_and_every_cause_is_told() -> None:
    from longfuse.launchpad.why import CAUSES

    told = {known.state for known, _, _ in SENTENCES}
    assert told == set(State)
    causes = {known.launch.cause for known, _, _ in SENTENCES if known.launch is not None}
    assert causes >= CAUSES.keys() | {"EXCEPTION"}


def test_a_long_reason_is_cut() -> None:
    sentence = explain(subject(State.FIZZLED, raised("x" * 5000)), NOW).sentence
    assert len(sentence) < 500
    assert sentence.endswith("xxx....")


def test_in_parts() -> None:
    import json

    facts = explain(subject(State.RESERVED, RESERVED, job=job(Phase.PENDING, "PENDING", "Priority")), NOW).facts
    assert json.loads(json.dumps(facts)) == facts
    assert facts["job"] == {
        "reservation_id": "4711",
        "phase": "pending",
        "word": "PENDING",
        "reason": "Priority",
        "silence": None,
    }
    held = explain(subject(State.DEFUSED, hold=Hold(since=NOW, by_fw_id=2)), NOW).facts["held"]
    assert held == {"since": iso(NOW), "by": "FWAction", "by_fw_id": 2}
    waits = explain(waiting(Blocker(subject=TIMED_OUT, via=5)), NOW).facts["waits_for"]
    assert waits == [
        {
            "fw_id": 3,
            "name": "first",
            "state": "FIZZLED",
            "by_way_of": 5,
            "cause": "TIMEOUT",
            "reason": TIMED_OUT.launches[0].reason,
        }
    ]


@pytest.mark.parametrize(
    ("span", "word"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_spans_of_time(span: timedelta, word: str) -> None:
    assert age(span) == word
