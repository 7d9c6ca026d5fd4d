"""What files and the scheduler's word mean, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from longfuse.domain.states import State
from longfuse.domain.wire import iso
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.observe import Observation
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.ticket import Ticket
from longfuse.launchpad.history import entered
from longfuse.launchpad.outcomes import OutcomeKind
from longfuse.launchpad.verdict import (
    GIVE_BACK_S,
    SUBMIT_TIME_S,
    VANISHED_BEFORE,
    Case,
    Sighting,
    Verdict,
    first_sight,
    judge,
    may_release,
)
from longfuse.queue.adapter import JobStatus, Phase
from longfuse.store.records import LaunchRecord, OfflineRun, OpenRun

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RESERVED_ON = NOW - timedelta(hours=2)
STARTED_ON = NOW - timedelta(hours=1)
HEARD_ON = NOW - timedelta(minutes=5)
ENDED_ON = NOW - timedelta(minutes=2)
GRACE_S = 10.0
TOKEN = "a" * 32
SLURM = {"q_type": "SLURM"}

Kind = OutcomeKind


def case(*, state: State = State.RESERVED, held: State | None = None, **changes: Any) -> Case:
    """A launch whose job was submitted to a scheduler two hours ago."""
    history = entered([], State.RESERVED, RESERVED_ON)
    if state is not State.RESERVED:
        history = entered(history, State.RUNNING, STARTED_ON)
    launch = LaunchRecord(
        launch_id=1,
        fw_id=7,
        state=state,
        launch_dir="/scratch/launch",
        fworker={"name": "here"},
        host="login",
        ip="",
        state_history=history,
        time_start=STARTED_ON if state is not State.RESERVED else None,
        reservation_id="4711",
        token=TOKEN,
        queue=SLURM,
    )
    run = OfflineRun(launch_id=1, fw_id=7, name="relax", created_on=RESERVED_ON, updated_on=RESERVED_ON)
    launch = replace(launch, **changes)
    return Case(launch=launch, run=run, held=held, launchpad_id="pad", now=NOW, grace_s=GRACE_S)


def lost(**changes: Any) -> Case:
    """A launch that was declared lost one minute after it was last heard of."""
    end = HEARD_ON + timedelta(minutes=1)
    found = case(state=State.RUNNING, **changes)
    history = entered(found.launch.state_history, State.FIZZLED, end)
    launch = replace(
        found.launch, state=State.FIZZLED, time_end=end, cause="LOST", reason="gone", state_history=history
    )
    return replace(found, launch=launch)


def ticket(**changes: Any) -> Ticket:
    fields: dict[str, Any] = {"launchpad_id": "pad", "launch_id": 1, "fw_id": 7, "token": TOKEN, "fworker": {}}
    return Ticket(**(fields | {"reserved_on": iso(RESERVED_ON), "ping_interval_s": 300.0} | changes))


def ping(heard: datetime = HEARD_ON, **changes: Any) -> Ping:
    fields: dict[str, Any] = {"launch_id": 1, "token": TOKEN, "attempt": 1, "host": "node7", "pid": 1, "job_id": "4711"}
    times = {"ping_time": iso(heard), "started_on": iso(STARTED_ON), "checkpoint": {"_task_n": 1}}
    return Ping(**(fields | times | changes))


def final(state: str = "COMPLETED", **changes: Any) -> FinalRecord:
    fields: dict[str, Any] = {"launch_id": 1, "token": TOKEN, "attempt": 2, "state": state, "reason": ""}
    times = {"started_on": iso(STARTED_ON), "completed_on": iso(ENDED_ON), "fwaction": {"stored_data": {"x": 1}}}
    return FinalRecord(**(fields | times | changes))


def files(**parts: Any) -> Observation:
    return Observation(**({"launch_dir": "/scratch/launch", "signature": "s1", "ticket": ticket()} | parts))


def job(phase: Phase, word: str = "", **details: Any) -> JobStatus:
    return JobStatus(job_id="4711", phase=phase, word=word or phase.name, **details)


def see(known: Case, seen: Observation | None = None, status: JobStatus | None = None) -> Verdict:
    sighting = Sighting(launch_id=1, files=seen, job=status, withdrawn=known.withdrawn)
    verdict = judge(known, sighting)
    if seen is None and not (known.run.completed or known.run.deprecated):
        check_first_sight(known, sighting, verdict)
    return verdict


def check_first_sight(known: Case, sighting: Sighting, verdict: Verdict) -> None:
    """What is told at first sight, of little, is the verdict; where that changes anything nothing is told."""
    both = {name: getattr(known.launch, name, None) for name in OpenRun.__slots__}
    both |= {name: getattr(known.run, name) for name in ("name", "created_on", "signature")}
    told = first_sight(OpenRun(**both | {"worker": "w"}), sighting, known.now, known.grace_s)
    changes = verdict.releases or verdict.launch != known.launch or verdict.run != known.run
    assert told == (None if changes else (verdict.kind, verdict.reason))


def withdrawn(known: Case) -> Case:
    """Its files say that it cannot start any more."""
    return replace(known, withdrawn=True)


def states(verdict: Verdict) -> list[str]:
    return [entry["state"] for entry in verdict.launch.state_history]


def check_untouched(verdict: Verdict, known: Case) -> None:
    """Nothing was concluded."""
    assert verdict.launch == known.launch
    assert not verdict.moves
    assert not verdict.releases
    assert not verdict.run.completed


# --- a final record
def test_completed_in_a_single_pass() -> None:
    verdict = see(case(), files(ping=ping(), final=final()), job(Phase.ENDED, "COMPLETED"))
    assert (verdict.kind, verdict.moves, verdict.cause) == (Kind.COMPLETED, True, None)
    assert verdict.run.completed
    launch = verdict.launch
    assert (launch.state, launch.attempt, launch.host) == (State.COMPLETED, 2, "node7")
    assert (launch.time_start, launch.time_end) == (STARTED_ON, ENDED_ON)
    assert launch.action == {"stored_data": {"x": 1}}
    assert states(verdict) == ["RESERVED", "RUNNING", "COMPLETED"]


def test_a_final_record_counts_whatever_the_scheduler_says() -> None:
    for status in (None, job(Phase.PENDING), job(Phase.RUNNING), job(Phase.UNKNOWN), job(Phase.ENDED, cause="TIMEOUT")):
        assert see(case(), files(final=final()), status).kind is Kind.COMPLETED


def test_a_final_record_counts_beside_a_torn_ping() -> None:
    verdict = see(case(), files(final=final(), problem="FW_ping.json is torn"))
    assert (verdict.kind, verdict.run.problem) == (Kind.COMPLETED, "")


def test_fizzled_with_its_reason() -> None:
    verdict = see(case(state=State.RUNNING), files(final=final("FIZZLED", reason="ValueError: x")))
    assert (verdict.kind, verdict.cause, verdict.reason) == (Kind.FIZZLED, "EXCEPTION", "ValueError: x")
    assert (verdict.launch.cause, verdict.launch.reason) == ("EXCEPTION", "ValueError: x")
    assert verdict.moves


@pytest.mark.parametrize("cause", ["TIMEOUT", "CANCELLED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"])
def test_the_schedulers_cause_explains_a_fizzled_record(cause: str) -> None:
    status = job(Phase.ENDED, "WORD", cause=cause, reason="why")
    verdict = see(
        case(state=State.RUNNING), files(final=final("FIZZLED", reason="SIGTERM came", signal="SIGTERM")), status
    )
    assert (verdict.kind, verdict.cause) == (Kind.FIZZLED, cause)
    assert verdict.reason == "SIGTERM came; the batch system says: WORD, why"


@pytest.mark.parametrize("status", [None, job(Phase.RUNNING), job(Phase.PENDING, "REQUEUED")])
def test_a_signal_is_no_end_while_the_job_may_start_again(status: JobStatus | None) -> None:
    known = case(state=State.RUNNING)
    verdict = see(known, files(final=final("FIZZLED", signal="SIGTERM")), status)
    assert verdict.kind is Kind.RUNNING
    assert "has not said yet why" in verdict.reason
    check_untouched(verdict, known)
    assert verdict.run == known.run  # the record is read again next time


@pytest.mark.parametrize(
    ("signal", "cause"), [("SIGTERM", "CANCELLED"), ("SIGINT", "CANCELLED"), ("SIGKILL", "EXCEPTION")]
)
def test_a_signal_ends_a_launch_without_scheduler(signal: str, cause: str) -> None:
    verdict = see(case(state=State.RUNNING, queue=None), files(final=final("FIZZLED", signal=signal)))
    assert (verdict.kind, verdict.cause) == (Kind.FIZZLED, cause)


def test_a_checkpoint_of_a_fizzled_record_is_kept() -> None:
    verdict = see(case(), files(final=final("FIZZLED", checkpoint={"_task_n": 3})))
    assert verdict.launch.state_history[-1]["checkpoint"] == {"_task_n": 3}


# --- a person's word
@pytest.mark.parametrize(
    ("held", "undo"), [(State.PAUSED, "resume_fws"), (State.DEFUSED, "reignite_fws"), (State.ARCHIVED, "")]
)
def test_a_result_for_a_held_firework_is_kept_aside(held: State, undo: str) -> None:
    verdict = see(case(held=held), files(final=final()))
    assert verdict.kind is Kind.KEPT_ASIDE
    assert undo in verdict.reason
    assert verdict.launch.action == {"stored_data": {"x": 1}}
    assert verdict.run.completed


def test_a_signals_record_that_comes_after_the_launch_was_declared_lost_is_applied() -> None:
    lost = case(state=State.FIZZLED, queue={"q_type": "SLURM"}, cause="LOST", time_end=ENDED_ON)
    verdict = see(lost, files(final=final(attempt=1, state="FIZZLED", signal="SIGTERM", reason="SIGTERM came")))
    assert (verdict.kind, verdict.run.completed, verdict.launch.attempt) == (Kind.FIZZLED, True, 1)
    assert verdict.launch.action is not None


def test_a_result_for_an_archived_launch_stays_with_it() -> None:
    verdict = see(case(archived=True), files(final=final()))
    assert (verdict.kind, verdict.moves) == (Kind.KEPT_ASIDE, False)
    assert (verdict.launch.state, verdict.launch.archived) == (State.COMPLETED, True)


@pytest.mark.parametrize(("ended_on", "given_up"), [(ENDED_ON, False), (NOW - timedelta(days=15), True)])
def test_a_late_result_of_an_archived_launch_is_looked_for_for_two_weeks(ended_on: datetime, given_up: bool) -> None:
    verdict = see(case(archived=True), files(), job(Phase.ENDED, end_time=ended_on))
    assert (verdict.kind, verdict.moves, verdict.releases, verdict.run.completed) == (None, False, False, given_up)


def test_an_archived_launch_that_starts_moves_nothing() -> None:
    verdict = see(case(archived=True), files(ping=ping()))
    assert (verdict.kind, verdict.moves, verdict.launch.state) == (Kind.RUNNING, False, State.RUNNING)
    assert "rerun or defused" in verdict.reason


@pytest.mark.parametrize(
    "known",
    [
        case(attempt=1, state=State.COMPLETED),
        replace(case(), run=replace(case().run, completed=True)),
        replace(case(), run=replace(case().run, deprecated=True)),
    ],
    ids=["ended", "completed", "forgotten"],
)
def test_what_is_settled_or_forgotten_stays(known: Case) -> None:
    verdict = see(known, files(final=final()), job(Phase.ENDED))
    assert (verdict.kind, verdict.launch, verdict.run, verdict.moves) == (None, known.launch, known.run, False)


# --- signs of life
def test_started() -> None:
    verdict = see(case(), files(ping=ping()))
    assert (verdict.kind, verdict.moves) == (Kind.STARTED, True)
    assert (verdict.launch.state, verdict.launch.time_start, verdict.launch.host) == (
        State.RUNNING,
        STARTED_ON,
        "node7",
    )
    assert verdict.launch.state_history[-1]["updated_on"] == iso(HEARD_ON)
    assert verdict.launch.state_history[-1]["checkpoint"] == {"_task_n": 1}
    assert verdict.run.signature == "s1"


def test_still_running() -> None:
    verdict = see(case(state=State.RUNNING), files(ping=ping()))
    assert (verdict.kind, verdict.moves) == (Kind.RUNNING, False)
    assert iso(HEARD_ON) in verdict.reason


def test_time_never_goes_back() -> None:
    known = see(case(), files(ping=ping(HEARD_ON)))
    verdict = see(replace(case(), launch=known.launch), files(ping=ping(STARTED_ON)))
    assert verdict.launch.state_history[-1]["updated_on"] == iso(HEARD_ON)


def test_a_lost_launch_comes_back() -> None:
    verdict = see(lost(), files(ping=ping(NOW)))
    assert (verdict.kind, verdict.moves, verdict.launch.state) == (Kind.STARTED, True, State.RUNNING)
    assert (verdict.launch.time_end, verdict.launch.cause, verdict.launch.reason) == (None, None, None)
    assert states(verdict) == ["RESERVED", "RUNNING", "FIZZLED", "RUNNING"]


def test_an_old_ping_does_not_bring_a_lost_launch_back() -> None:
    verdict = see(lost(), files(ping=ping(HEARD_ON)))
    assert (verdict.kind, verdict.moves) == (None, False)


def test_a_lost_launch_completes_after_all() -> None:
    verdict = see(lost(), files(final=final()))
    assert (verdict.kind, verdict.moves, verdict.launch.state) == (Kind.COMPLETED, True, State.COMPLETED)
    assert verdict.launch.cause is None


def test_of_a_lost_launch_only_files_count() -> None:
    known = lost()
    verdict = see(known, None, job(Phase.ENDED, cause="TIMEOUT", end_time=ENDED_ON))
    assert verdict.kind is None
    check_untouched(verdict, known)


# --- no news
@pytest.mark.parametrize("status", [None, job(Phase.PENDING), job(Phase.RUNNING)])
def test_waiting(status: JobStatus | None) -> None:
    known = case()
    verdict = see(known, None, status)
    assert verdict.kind is Kind.WAITING
    check_untouched(verdict, known)


def test_why_a_job_is_pending_is_told() -> None:
    assert see(case(), None, job(Phase.PENDING, reason="Priority")).reason == "job 4711 is pending (Priority)"


def test_running_without_news() -> None:
    known = case(state=State.RUNNING)
    verdict = see(known, None, None)
    assert verdict.kind is Kind.RUNNING
    check_untouched(verdict, known)


def test_a_reservation_without_job_needs_a_person_after_a_while() -> None:
    known = case(reservation_id=None)
    verdict = see(known, None)
    assert verdict.kind is Kind.UNKNOWN
    assert "lpad rerun_fws -i 7" in verdict.reason
    check_untouched(verdict, known)
    just_now = replace(known.run, created_on=NOW - timedelta(seconds=SUBMIT_TIME_S - 1))
    assert see(replace(known, run=just_now), None).kind is Kind.WAITING


def test_a_reservation_without_job_is_given_back_when_no_job_can_come_any_more() -> None:
    none_there = JobStatus(job_id="", phase=Phase.UNKNOWN)
    known = case(reservation_id=None)
    assert may_release(known.launch, known.run.created_on, none_there, NOW)
    verdict = see(withdrawn(known), None, none_there)
    assert (verdict.kind, verdict.releases) == (Kind.RELEASED, True)
    assert "its launcher ended before it submitted a job" in verdict.reason
    waiting = replace(known, run=replace(known.run, created_on=NOW - timedelta(seconds=GIVE_BACK_S - 1)))
    assert not may_release(waiting.launch, waiting.run.created_on, none_there, NOW)
    verdict = see(waiting, None, none_there)
    assert (verdict.kind, verdict.releases) == (Kind.WAITING, False)
    assert "READY again after" in verdict.reason


@pytest.mark.parametrize("state", [State.RESERVED, State.RUNNING])
def test_a_rocket_that_reports_has_a_job_whoever_knows_of_it(state: State) -> None:
    known = case(state=state, reservation_id=None)
    none_there = JobStatus(job_id="", phase=Phase.UNKNOWN)
    assert see(known, files(ping=ping()), none_there).launch.state is State.RUNNING
    if state is State.RUNNING:
        check_untouched(see(known, None, none_there), known)


# --- the job is gone
@pytest.mark.parametrize("cause", ["TIMEOUT", "CANCELLED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"])
def test_a_running_launch_whose_job_is_gone(cause: str) -> None:
    verdict = see(case(state=State.RUNNING), None, job(Phase.ENDED, "WORD", cause=cause, end_time=ENDED_ON))
    assert (verdict.kind, verdict.cause, verdict.moves) == (Kind.FIZZLED, cause, True)
    assert verdict.reason == "the batch system says of job 4711: WORD; it left no final record"
    assert (verdict.launch.state, verdict.launch.time_end) == (State.FIZZLED, ENDED_ON)
    assert not verdict.run.completed  # a result that comes late still counts


def test_files_have_a_time_of_grace() -> None:
    known = case(state=State.RUNNING)
    ended = NOW - timedelta(seconds=GRACE_S - 1)
    verdict = see(known, None, job(Phase.ENDED, "TIMEOUT", cause="TIMEOUT", end_time=ended))
    assert verdict.kind is Kind.RUNNING
    assert "waiting for its files until" in verdict.reason
    check_untouched(verdict, known)


def test_gone_without_a_word_is_lost() -> None:
    for status in (job(Phase.UNKNOWN), job(Phase.ENDED, "COMPLETED", end_time=ENDED_ON)):
        verdict = see(case(state=State.RUNNING), None, status)
        assert (verdict.kind, verdict.cause) == (Kind.FIZZLED, "LOST")


def test_a_job_that_ended_before_its_rocket_started() -> None:
    verdict = see(case(), files(), job(Phase.ENDED, "FAILED", cause="EXCEPTION", end_time=ENDED_ON))
    assert verdict.kind is Kind.FIZZLED
    assert "its rocket never started, look at the job's output in /scratch/launch" in verdict.reason


VANISHED = [
    job(Phase.ENDED, "WORD", cause="NODE_FAIL", end_time=ENDED_ON),
    job(Phase.ENDED, "WORD", cause="PREEMPTED", end_time=ENDED_ON),
    job(Phase.UNKNOWN),
]


@pytest.mark.parametrize("status", VANISHED)
def test_a_job_that_vanished_before_it_ran_gives_its_firework_back(status: JobStatus) -> None:
    known = case()
    assert may_release(known.launch, known.run.created_on, status, NOW)
    verdict = see(withdrawn(known), files(), status)
    assert (verdict.kind, verdict.releases, verdict.moves) == (Kind.RELEASED, True, False)


@pytest.mark.parametrize("status", VANISHED)
def test_a_rocket_that_began_meanwhile_is_not_given_back(status: JobStatus) -> None:
    verdict = see(case(), files(), status)
    assert (verdict.kind, verdict.releases) == (Kind.FIZZLED, False)


def test_jobs_that_always_vanish_are_a_failure_in_the_end() -> None:
    verdict = see(replace(withdrawn(case()), vanished=VANISHED_BEFORE), files(), job(Phase.UNKNOWN))
    assert (verdict.kind, verdict.cause, verdict.releases) == (Kind.FIZZLED, "LOST", False)


def test_a_job_that_was_cancelled_in_the_queue_is_not_given_back() -> None:
    known = case()
    status = job(Phase.ENDED, "CANCELLED", cause="CANCELLED", end_time=ENDED_ON)
    assert not may_release(known.launch, known.run.created_on, status, NOW)
    verdict = see(known, files(), status)
    assert (verdict.kind, verdict.cause) == (Kind.FIZZLED, "CANCELLED")


def test_a_job_that_is_not_visible_yet_is_waited_for() -> None:
    known = case()
    known = replace(known, run=replace(known.run, created_on=NOW - timedelta(seconds=SUBMIT_TIME_S - 1)))
    assert not may_release(known.launch, known.run.created_on, job(Phase.UNKNOWN), NOW)
    assert see(known, files(), job(Phase.UNKNOWN)).kind is Kind.WAITING


def test_what_runs_or_has_ended_is_not_given_back() -> None:
    for known in (case(state=State.RUNNING), case(archived=True), lost()):
        assert not may_release(known.launch, known.run.created_on, job(Phase.UNKNOWN), NOW)


def test_begun_and_gone_within_one_pass() -> None:
    verdict = see(case(), files(ping=ping()), job(Phase.ENDED, "TIMEOUT", cause="TIMEOUT", end_time=ENDED_ON))
    assert (verdict.kind, verdict.cause, verdict.moves) == (Kind.FIZZLED, "TIMEOUT", True)
    assert states(verdict) == ["RESERVED", "RUNNING", "FIZZLED"]
    assert verdict.launch.host == "node7"


def test_a_launch_never_ends_before_it_began() -> None:
    verdict = see(case(state=State.RUNNING), None, job(Phase.ENDED, end_time=RESERVED_ON))
    assert verdict.launch.time_end == STARTED_ON


# --- what cannot be read, and what is not ours
@pytest.mark.parametrize("status", [None, job(Phase.RUNNING), job(Phase.ENDED, cause="TIMEOUT", end_time=ENDED_ON)])
def test_what_cannot_be_read_changes_nothing(status: JobStatus | None) -> None:
    known = case(state=State.RUNNING)
    verdict = see(known, files(ping=ping(), problem="FW_action.json is torn"), status)
    assert (verdict.kind, verdict.reason) == (Kind.UNKNOWN, "FW_action.json is torn")
    assert verdict.run.problem == "FW_action.json is torn"
    assert verdict.run.signature == known.run.signature
    check_untouched(verdict, known)


def test_a_problem_is_forgotten_when_it_is_over() -> None:
    known = replace(case(), run=replace(case().run, problem="not mounted"))
    assert see(known, files(ping=ping())).run.problem == ""


@pytest.mark.parametrize(
    "seen",
    [
        files(ticket=ticket(launchpad_id="another"), final=final()),
        files(ticket=ticket(token="b" * 32), final=final()),
        files(final=final(token="b" * 32)),
        files(final=final(launch_id=2)),
        files(ping=ping(token="")),
    ],
    ids=["launchpad", "ticket", "final", "launch", "ping"],
)
def test_foreign_files_are_refused(seen: Observation) -> None:
    known = case(state=State.RUNNING)
    verdict = see(known, seen, job(Phase.ENDED, cause="TIMEOUT", end_time=ENDED_ON))
    assert verdict.kind is Kind.REFUSED
    assert "/scratch/launch" in verdict.reason
    check_untouched(verdict, known)
    assert verdict.run.signature == known.run.signature


def test_only_what_time_may_not_mend_needs_a_person() -> None:
    assert {kind for kind in Kind if kind.needs_person} == {Kind.UNKNOWN, Kind.REFUSED}
