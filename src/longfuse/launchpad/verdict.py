"""What the files of a launch and the scheduler's word mean: decided here, without IO; applied by `ingest`.

Three rules stand above all others. Unknown is not failed: what cannot be read changes nothing. A person's word beats
what is observed: a held Firework is not moved, an archived launch keeps its result to itself. A result that exists is
never dropped: it is applied, or kept under its launch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeGuard

from longfuse.domain.record import Record
from longfuse.domain.states import State
from longfuse.domain.wire import iso, parse_iso
from longfuse.launchpad.effects import noted, undone, with_noted
from longfuse.launchpad.history import entered, last_heard, newest, touched
from longfuse.launchpad.outcomes import OutcomeKind
from longfuse.queue.adapter import Phase

if TYPE_CHECKING:
    from datetime import datetime

    from longfuse.launchdir.final import FinalRecord
    from longfuse.launchdir.observe import Observation
    from longfuse.launchdir.ping import Ping
    from longfuse.queue.adapter import JobStatus
    from longfuse.queue.policy import Retry
    from longfuse.store.records import LaunchRecord, OfflineRun, OpenRun

    Told = tuple[OutcomeKind | None, str]
    Launch = LaunchRecord | OpenRun

SUBMIT_TIME_S = 60
"""How long a launcher may take between reserving a Firework and recording its job."""

GIVE_BACK_S = 900
"""After how long a reservation without a job is given back: no launcher takes that long to submit one."""

VANISHED_BEFORE = 3
"""After how many jobs of a Firework that vanished before they started the next one counts as a failure."""

LATE = timedelta(days=14)
"""How long after its job's end the files of an archived launch are still looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What was seen of one launch.

    Attributes:
        launch_id: The launch.
        files: Its directory; None if nothing changed there since the last pass.
        job: The scheduler's word on its job; None if it was not asked or did not answer.
        withdrawn: Whether its files make sure that it cannot start any more.
        known: What the LaunchPad knew of it when it was looked for; None to ask anew.
    """

    launch_id: int
    files: Observation | None
    job: JobStatus | None = None
    withdrawn: bool = False
    known: OpenRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Record):
    """All that a verdict rests on.

    Attributes:
        launch: The launch as the LaunchPad knows it.
        run: What the relay remembers of it.
        held: The state by which a person holds its Firework, or None.
        launchpad_id: This LaunchPad's id.
        now: The time.
        grace_s: How long after a job's end its files may still appear.
        vanished: How many earlier jobs of its Firework went away before they started.
        withdrawn: Whether its files make sure that it cannot start any more.
    """

    launch: LaunchRecord
    run: OfflineRun
    held: State | None
    launchpad_id: str
    now: datetime
    grace_s: float
    vanished: int = 0
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Record):
    """What shall be.

    Attributes:
        kind: What to tell; None if there is nothing new to tell.
        launch: The launch from now on.
        run: The relay's memory from now on.
        cause: Why it did not end well, or None.
        reason: A sentence, or empty.
        moves: Whether the launch's new state decides the Firework's, unless that is held.
        releases: Whether the Firework may be taken again.
        changed: Whether the launch or the run is another than before.
        writes: An attempt, and what its tasks asked of the LaunchPad: now is the time to do it.
        retry: How its Firework is tried again by itself.
    """

    kind: OutcomeKind | None
    launch: LaunchRecord
    run: OfflineRun
    cause: str | None = None
    reason: str = ""
    moves: bool = False
    releases: bool = False
    changed: bool = True
    writes: tuple[int, list[dict[str, Any]]] = (0, [])
    retry: Retry | None = None


def judge(case: Case, sighting: Sighting) -> Verdict:
    """Decide what a sighting means for its launch."""
    if case.launch.attempt or case.run.completed or case.run.deprecated:
        return _nothing(case)
    if sighting.files is None:
        return _without_news(case, sighting.job)
    foreign = _foreign(case, sighting.files)
    if foreign:
        return _problem(case, OutcomeKind.REFUSED, foreign)
    return _read(case, sighting.files, sighting.job)


def _read(case: Case, files: Observation, job: JobStatus | None) -> Verdict:
    """A final record counts whatever else cannot be read."""
    if files.final is not None:
        return _final(case, files, files.final, job)
    if files.absent and case.launch.reservation_id is None and not case.launch.archived:
        return _without_news(case, job)  # its launcher may be about to write them, or has died before
    if files.problem:
        return _problem(case, OutcomeKind.UNKNOWN, files.problem)
    case = case.but(run=case.run.but(signature=files.signature, problem=""))
    return _alive(case, files.ping, job) if files.ping is not None else _without_news(case, job)


def _nothing(case: Case) -> Verdict:
    return Verdict(kind=None, launch=case.launch, run=case.run)


def _problem(case: Case, kind: OutcomeKind, reason: str) -> Verdict:
    """Remember the problem, not the signature: the files are read again next time."""
    return Verdict(kind=kind, launch=case.launch, run=case.run.but(problem=reason), reason=reason)


def _foreign(case: Case, files: Observation) -> str:
    """Why these files are not this launch's, or empty."""
    launch = case.launch
    if files.foreign:
        return files.foreign
    if files.ticket is not None and files.ticket.launchpad_id not in ("", case.launchpad_id):
        return f"{launch.launch_dir} belongs to another LaunchPad ({files.ticket.launchpad_id})"
    for document in (files.ticket, files.ping, files.final):
        if document is None:
            continue
        if document.launch_id != launch.launch_id or document.token != launch.token:
            return (
                f"{launch.launch_dir} holds files of another launch ({document.launch_id}), not of launch "
                f"{launch.launch_id}; if it was copied or reused by hand, put its own files back"
            )
    return ""


# --- a final record
def _final(case: Case, files: Observation, final: FinalRecord, job: JobStatus | None) -> Verdict:
    if final.signal and _may_go_on(case.launch, job):
        reason = f"{final.reason or final.signal}; the batch system has not said yet why"
        return Verdict(kind=OutcomeKind.RUNNING, launch=case.launch, run=case.run, reason=reason)
    state = State(final.state)
    cause = None if state is State.COMPLETED else _cause(final, job)
    reason = _reason(final, job) if state is State.FIZZLED else final.reason
    host = final.host or (files.ping.host if files.ping is not None else "")
    launch = _ended_launch(case, final, state, cause, reason, host)
    run = case.run.but(completed=True, signature="", problem="", updated_on=case.now)  # it is not looked at again
    if launch.archived:
        launch = launch.but(effects=with_noted(launch.effects, final.attempt, final.launchpad_writes))
    kept = _kept_aside(case, final)
    writes = (final.attempt, final.launchpad_writes if not launch.archived else [])
    if kept:
        return Verdict(
            kind=OutcomeKind.KEPT_ASIDE,
            launch=launch,
            run=run,
            cause=cause,
            reason=kept,
            moves=not launch.archived,
            writes=writes,
        )
    kind = OutcomeKind.COMPLETED if state is State.COMPLETED else OutcomeKind.FIZZLED
    return Verdict(kind=kind, launch=launch, run=run, cause=cause, reason=reason, moves=True, writes=writes)


def _may_go_on(launch: LaunchRecord, job: JobStatus | None) -> bool:
    """Whether the job that a signal ended may start again: a requeue sends SIGTERM, too. Only its scheduler knows."""
    if launch.queue is None or launch.state not in (State.RESERVED, State.RUNNING):
        return False  # no scheduler, or it has spoken already: nobody asks it again
    return job is None or job.phase in (Phase.RUNNING, Phase.PENDING)


def _cause(final: FinalRecord, job: JobStatus | None) -> str:
    if job is not None and job.cause:
        return job.cause
    return "CANCELLED" if final.signal in ("SIGTERM", "SIGINT") else "EXCEPTION"


def _reason(final: FinalRecord, job: JobStatus | None) -> str:
    parts = [final.reason]
    if job is not None and job.cause:
        parts.append(f"the batch system says: {_word(job)}")
    return "; ".join(part for part in parts if part)


def _ended_launch(
    case: Case, final: FinalRecord, state: State, cause: str | None, reason: str, host: str
) -> LaunchRecord:
    launch, now = case.launch, case.now
    started = _time(final.started_on) or launch.time_start or now
    ended = _time(final.completed_on) or now
    history = launch.state_history
    if launch.state is State.RESERVED:
        history = entered(history, State.RUNNING, started)
    if state is State.FIZZLED and final.checkpoint:
        history = touched(history, ended, final.checkpoint)
    return launch.but(
        state=state,
        host=host or launch.host,
        action=final.fwaction,
        trackers=final.trackers or launch.trackers,
        state_history=entered(history, state, ended),
        time_start=launch.time_start or started,
        time_end=ended,
        attempt=max(final.attempt, 1),
        cause=cause,
        reason=reason or None,
    )


def _kept_aside(case: Case, final: FinalRecord) -> str:
    if case.launch.archived:
        accept = f"; `lpad accept_result {case.launch.fw_id}` lets it count" if final.state == State.COMPLETED else ""
        reason = f"the Firework was rerun or defused since; the result is kept with this earlier launch{accept}"
        left = len(undone(case.launch.effects, final.attempt, final.launchpad_writes))
        return f"{reason}; what its tasks asked of the LaunchPad ({left}) is not done before" if left else reason
    if case.held is not None:
        undo = "resume_fws" if case.held is State.PAUSED else "reignite_fws"
        return f"the Firework is {case.held}; the result is kept with its launch and counts after `lpad {undo}`"
    return ""


# --- a sign of life
def _alive(case: Case, ping: Ping, job: JobStatus | None) -> Verdict:
    heard = _time(ping.ping_time) or case.now
    if case.launch.state is State.FIZZLED and not _revived(case.launch, heard):
        return _nothing(case)
    begins = case.launch.state is not State.RUNNING
    launch = _running_launch(case.launch, ping, heard)
    case = case.but(launch=launch, run=case.run.but(updated_on=case.now))
    if _is_gone(job):
        verdict = _gone(case, job)
        return verdict.but(moves=verdict.moves or begins)
    if launch.archived:
        reason = "an earlier launch, which was rerun or defused since, still runs"
        return Verdict(kind=OutcomeKind.RUNNING, launch=launch, run=case.run, reason=reason)
    kind = OutcomeKind.STARTED if begins else OutcomeKind.RUNNING
    return Verdict(kind=kind, launch=launch, run=case.run, reason=_running_reason(launch, job), moves=begins)


def _revived(launch: LaunchRecord, heard: datetime) -> bool:
    """A launch that was declared lost gives a sign of life."""
    return launch.time_end is not None and heard > launch.time_end


def _running_launch(launch: LaunchRecord, ping: Ping, heard: datetime) -> LaunchRecord:
    started = launch.time_start or _time(ping.started_on) or heard
    history = entered(launch.state_history, State.RUNNING, started if launch.state is State.RESERVED else heard)
    return launch.but(
        state=State.RUNNING,
        host=ping.host or launch.host,
        trackers=ping.trackers or launch.trackers,
        state_history=touched(history, heard, ping.checkpoint or None),
        effects=with_noted(launch.effects, ping.attempt, ping.launchpad_writes),
        time_start=started,
        time_end=None,
        cause=None,
        reason=None,
    )


# --- nothing new in the directory
def first_sight(known: OpenRun, sighting: Sighting, now: datetime, grace_s: float) -> Told | None:
    """What to tell of a launch in whose directory nothing is new; None if its records may have to change."""
    if known.attempt:
        return None, ""
    return _unchanged(known, known.created_on, sighting.job, now, grace_s, withdrawn=sighting.withdrawn)


def _without_news(case: Case, job: JobStatus | None) -> Verdict:
    launch, run = case.launch, case.run
    told = _unchanged(launch, run.created_on, job, case.now, case.grace_s, withdrawn=case.withdrawn)
    if told is not None:
        return Verdict(kind=told[0], launch=launch, run=run, reason=told[1])
    if not _is_submitted(launch):
        reason = "it was reserved, but its launcher ended before it submitted a job"
        return Verdict(kind=OutcomeKind.RELEASED, launch=launch, run=run, reason=reason, releases=True)
    assert job is not None  # nothing else ends it
    return _lost(case, job)


def _unchanged(
    launch: Launch, created_on: datetime, job: JobStatus | None, now: datetime, grace_s: float, *, withdrawn: bool
) -> Told | None:
    """What to tell where there is no news and things stay as they are; None if they do not."""
    if launch.state is State.FIZZLED:  # declared lost before; only a file can change that
        return None, ""
    if not _is_submitted(launch):
        return _without_job(launch, created_on, job, now, withdrawn=withdrawn)
    if _is_gone(job):
        return _awaited(launch, created_on, job, now, grace_s)
    if launch.archived:
        return None, ""
    kind = OutcomeKind.RUNNING if launch.state is State.RUNNING else OutcomeKind.WAITING
    return kind, _running_reason(launch, job)


def _is_submitted(launch: Launch) -> bool:
    """Whether it is past what its launcher does, as far as that is on record."""
    return launch.state is not State.RESERVED or launch.reservation_id is not None


def _without_job(
    launch: Launch, created_on: datetime, job: JobStatus | None, now: datetime, *, withdrawn: bool
) -> Told | None:
    """It was reserved, but its launcher has not said that a job is in the queue, and no job carries its token."""
    if launch.archived:
        return None, ""
    if not is_overdue(created_on, now):
        return OutcomeKind.WAITING, ""
    if job is None:
        return OutcomeKind.UNKNOWN, (
            "it was reserved, but no job of it is on record; if no qlaunch is submitting it now, "
            f"`lpad rerun_fws -i {launch.fw_id}` makes it READY again"
        )
    if withdrawn:
        return None
    until = iso(created_on + timedelta(seconds=GIVE_BACK_S))
    return OutcomeKind.WAITING, (
        f"it was reserved, but no job of it is in the queue; if none comes it is READY again after {until}"
    )


def _is_gone(job: JobStatus | None) -> TypeGuard[JobStatus]:
    """Whether a job is over; where none is on record (no id), none can be."""
    return job is not None and bool(job.job_id) and job.phase in (Phase.ENDED, Phase.UNKNOWN)


def _awaited(launch: Launch, created_on: datetime, job: JobStatus, now: datetime, grace_s: float) -> Told | None:
    """What to tell of a launch whose job is over while more may come; None if that has lasted too long."""
    ended = _ended(launch, job, now)
    if now < ended + timedelta(seconds=grace_s):
        until = iso(ended + timedelta(seconds=grace_s))
        return OutcomeKind.RUNNING, f"its job has ended ({_word(job)}); waiting for its files until {until}"
    if launch.archived:
        return (None, "") if now < ended + LATE else None
    if job.phase is Phase.UNKNOWN and not is_overdue(created_on, now):  # it may not be visible yet
        return OutcomeKind.WAITING, ""
    return None


def _ended(launch: Launch, job: JobStatus, now: datetime) -> datetime:
    return job.end_time or last_heard(launch.state_history) or now


def _gone(case: Case, job: JobStatus) -> Verdict:
    """The job is over and left no final record."""
    told = _awaited(case.launch, case.run.created_on, job, case.now, case.grace_s)
    if told is not None:
        return Verdict(kind=told[0], launch=case.launch, run=case.run, reason=told[1])
    return _lost(case, job)


def _lost(case: Case, job: JobStatus) -> Verdict:
    """The same, and nothing more is waited for."""
    launch, ended = case.launch, _ended(case.launch, job, case.now)
    if launch.archived:
        return Verdict(kind=None, launch=launch, run=case.run.but(completed=True, updated_on=case.now))
    reason = _gone_reason(launch, job)
    if case.withdrawn and _never_ran(launch, job) and case.vanished < VANISHED_BEFORE:
        return Verdict(
            kind=OutcomeKind.RELEASED, launch=launch, run=case.run, cause=job.cause, reason=reason, releases=True
        )
    cause = job.cause or "LOST"
    end = max(ended, launch.time_start) if launch.time_start else ended
    launch = launch.but(
        state=State.FIZZLED,
        state_history=entered(launch.state_history, State.FIZZLED, end),
        time_end=end,
        cause=cause,
        reason=reason,
    )
    run = case.run.but(updated_on=case.now, problem="")
    writes = noted(launch.effects)
    return Verdict(
        kind=OutcomeKind.FIZZLED, launch=launch, run=run, cause=cause, reason=reason, moves=True, writes=writes
    )


def may_release(launch: Launch, created_on: datetime, job: JobStatus | None, now: datetime) -> bool:
    """Whether this launch will be given back, if its files can be made to say that it cannot start any more."""
    if job is None or launch.archived or launch.state is not State.RESERVED:
        return False
    if launch.reservation_id is None:
        return now - created_on > timedelta(seconds=GIVE_BACK_S)
    return _is_gone(job) and _never_ran(launch, job) and is_overdue(created_on, now)


def _never_ran(launch: Launch, job: JobStatus) -> bool:
    """Whether the job went away before it started, and nobody wanted that: cancelled is cancelled."""
    if launch.state is not State.RESERVED:
        return False
    return job.phase is Phase.UNKNOWN or job.cause in ("NODE_FAIL", "PREEMPTED")


def _gone_reason(launch: LaunchRecord, job: JobStatus) -> str:
    if job.phase is Phase.UNKNOWN:
        what = f"the batch system does not know job {job.job_id} any more"
    else:
        what = f"the batch system says of job {job.job_id}: {_word(job)}"
    if launch.state is State.RESERVED:
        return f"{what}; its rocket never started, look at the job's output in {launch.launch_dir}"
    return f"{what}; it left no final record"


def _word(job: JobStatus) -> str:
    return f"{job.word}, {job.reason}" if job.reason else job.word


def _running_reason(launch: Launch, job: JobStatus | None) -> str:
    if job is not None and job.phase is Phase.PENDING:
        return f"job {job.job_id} is pending ({job.reason})" if job.reason else f"job {job.job_id} is pending"
    if launch.state is not State.RUNNING or not launch.state_history:
        return ""
    return f"last heard of at {newest(launch.state_history)}"


def is_overdue(created_on: datetime, now: datetime) -> bool:
    """Whether a launcher should have put the job of a reservation of this time on record by now."""
    return now - created_on > timedelta(seconds=SUBMIT_TIME_S)


def _time(text: str) -> datetime | None:
    """A time from a file; None where the file has none or nonsense."""
    try:
        return parse_iso(text) if text else None
    except ValueError:
        return None
