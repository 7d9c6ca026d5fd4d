"""Why a Firework is not running, or ended as it did: records in, one sentence out. Without IO.

`longfuse.launchpad.evidence` gathers the records. What nobody recorded is not guessed: then the sentence says less.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from longfuse.domain.states import ENDED, HELD, State
from longfuse.domain.wire import iso
from longfuse.launchpad.history import checkpoint_of, last_heard
from longfuse.launchpad.launches import ACCEPTING
from longfuse.queue.adapter import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from longfuse.queue.adapter import JobStatus
    from longfuse.store.records import FireworkRecord, Hold, LaunchRecord

CAUSES = {
    "TIMEOUT": "killed at its time limit",
    "OUT_OF_MEMORY": "killed for more memory than it had asked for",
    "NODE_FAIL": "its node failed",
    "PREEMPTED": "its node was given to another job",
    "CANCELLED": "cancelled",
    "LOST": "lost",
    "SUBMIT": "its job could not be submitted",
}
"""Each cause in words; an EXCEPTION is told by its own."""

LET_GO = {State.DEFUSED: "reignite_fws", State.PAUSED: "resume_fws"}
"""What undoes each way to hold a Firework; nothing undoes ARCHIVED."""

TOLD = 3
"""How many of the Fireworks that hold one up are told; the others are counted."""

LONGEST = 300
"""How many characters of a reason one sentence has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The batch system's word on a launch's job, asked just now.

    Attributes:
        status: What it said; None if it was not asked, or did not answer.
        silence: Why it did not answer, or empty.
    """

    status: JobStatus | None = None
    silence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker's answer to a READY Firework.

    Attributes:
        name: The worker.
        refusal: Why it does not take the Firework; empty if it does.
    """

    name: str
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A Firework for which another one waits, in the end: itself not WAITING.

    Attributes:
        subject: The Firework.
        via: The parent by way of which, if it is no parent itself.
    """

    subject: Subject
    via: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """All that is known of one Firework.

    Attributes:
        firework: The Firework; of its spec only the ``_tasks``, where a launch tells how far in them it came.
        launches: Its launches, archived ones too, ascending; of their FWActions only what a Firetask raised.
        problems: What the last recovery could not read or do, by launch id.
        blockers: For which Fireworks it waits; some of them, worst first.
        blocked_by: How many there are.
        hold: Who held it, and when.
        worker: What the user's worker says of it.
        job: The batch system's word on the job of its current launch.
    """

    firework: FireworkRecord
    launches: Sequence[LaunchRecord] = ()
    problems: Mapping[int, str] = field(default_factory=dict)
    blockers: Sequence[Blocker] = ()
    blocked_by: int = 0
    hold: Hold | None = None
    worker: Worker | None = None
    job: Job | None = None

    @property
    def fw_id(self) -> int:
        """Its id."""
        return self.firework.node.fw_id

    @property
    def state(self) -> State:
        """Its state."""
        return self.firework.node.state

    @property
    def launch(self) -> LaunchRecord | None:
        """The current launch that came furthest, of several the last."""
        current = [launch for launch in self.launches if not launch.archived]
        return max(current, key=lambda launch: (launch.state.rank, launch.launch_id), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer.

    Attributes:
        sentence: In one sentence.
        todo: What to type, or empty.
        facts: The same in parts, JSON-able.
    """

    sentence: str
    todo: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def explain(subject: Subject, now: datetime) -> Explanation:
    """Why the Firework is not running, or ended as it did."""
    predicate, todo = _PREDICATES[subject.state](subject, now)
    name = f"Firework {subject.fw_id} ({subject.firework.name})"
    extra = _duplicate(subject) + _kept_aside(subject) + _problem(subject)
    return Explanation(
        sentence=f"{name} {predicate}{extra}.",
        todo=todo or _todo(subject),
        facts={**_facts(subject), "why": predicate + extra, "todo": todo or _todo(subject)},
    )


def ending(launch: LaunchRecord, spec: Mapping[str, Any]) -> str:
    """How a launch ended that did not end well: ``killed at its time limit, in task 2 of 3 (PyTask): ...``."""
    reason = _short(launch.reason or "")
    task = task_of(launch, spec)
    if launch.cause is None or launch.cause == "EXCEPTION":
        raised = f"{task}: " if task and _raised(launch) else ""
        return raised + (reason or "no reason is on record")
    word = CAUSES.get(launch.cause, launch.cause)
    return word + (f", in {task}" if task else "") + (f": {reason}" if reason else "")


def _in_a_word(launch: LaunchRecord, spec: Mapping[str, Any]) -> str:
    """The same for a Firework that is mentioned only: a cause of the batch system's says enough."""
    return CAUSES.get(launch.cause or "") or ending(launch, spec)


def task_of(launch: LaunchRecord, spec: Mapping[str, Any]) -> str:
    """In which task a launch was when it was last heard from: ``task 2 of 3 (PyTask)``; empty if that is not known."""
    checkpoint = checkpoint_of(launch.state_history) or {}
    task_n, tasks = checkpoint.get("_task_n"), spec.get("_tasks") or []
    if not isinstance(task_n, int) or not 0 <= task_n < len(tasks):
        return ""
    task = tasks[task_n]
    kind = task.get("_fw_name") if isinstance(task, dict) else None
    return f"task {task_n + 1} of {len(tasks)}" + (f" ({kind})" if kind else "")


def age(span: timedelta) -> str:
    """A span of time in a word or two: ``3 h``."""
    seconds = max(0.0, span.total_seconds())
    for length, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


# --- one predicate for each state, and what to type
Predicate = tuple[str, str]


def _waiting(subject: Subject, now: datetime) -> Predicate:
    if not subject.blockers:
        return "is WAITING, but all its parents are done; `lpad admin refresh` looks again", ""
    told = [_blocker(blocker, now) for blocker in subject.blockers[:TOLD]]
    more = subject.blocked_by - len(told)
    words = _listed([*told, f"{more} more"] if more > 0 else told)
    return f"is WAITING: it waits for {words}", _todo(subject.blockers[0].subject)


def _blocker(blocker: Blocker, now: datetime) -> str:
    subject = blocker.subject
    via = "" if blocker.via is None else f", by way of {blocker.via}"
    return f"{subject.fw_id} ({_in_short(subject, now)}){via}"


def _in_short(subject: Subject, now: datetime) -> str:
    """The state, and what is most telling of it."""
    launch = subject.launch
    match subject.state:
        case State.FIZZLED if launch is not None:
            return f"FIZZLED: {_in_a_word(launch, subject.firework.spec)}"
        case State.RUNNING if launch is not None and launch.time_start:
            return f"RUNNING for {age(now - launch.time_start)}"
        case State.RESERVED if launch is not None and launch.reservation_id:
            return f"RESERVED as job {launch.reservation_id}{_job(subject.job)[0]}"
        case state if state in HELD:
            return f"{state} {_by_whom(subject.hold, now)}".strip()
        case state:
            return str(state)


def _ready(subject: Subject, now: datetime) -> Predicate:
    del now
    worker, before = subject.worker, _before(subject)
    if worker is not None and worker.refusal:
        return f"is READY, but your worker {worker.name!r} does not take it: {worker.refusal}{before}", ""
    takes = f"your worker {worker.name!r} takes it" if worker is not None else "any worker it fits may take it"
    return f"is READY and not submitted yet; {takes}{before}", f"qlaunch -r singleshot --fw_id {subject.fw_id}"


def _before(subject: Subject) -> str:
    """What became of earlier launches."""
    ended = [launch for launch in subject.launches if launch.archived and launch.state in ENDED]
    if not ended:
        return ""
    last = ended[-1]
    times = "once" if len(ended) == 1 else f"{len(ended)} times"
    how = f": {ending(last, subject.firework.spec)}" if last.state is State.FIZZLED else ""
    return f"; it ran {times} before, and its launch {last.launch_id} was {last.state}{how}"


def _duplicate(subject: Subject) -> str:
    launch = subject.launch
    if launch is None or launch.fw_id == subject.fw_id:
        return ""
    return f"; it is a duplicate and shares launch {launch.launch_id} of Firework {launch.fw_id}"


def _kept_aside(subject: Subject) -> str:
    """A result that came after a rerun, or was there before it."""
    kept = [launch.launch_id for launch in subject.launches if launch.archived and launch.state is State.COMPLETED]
    if not kept or subject.state not in ACCEPTING:
        return ""
    command = f"`lpad accept_result {subject.fw_id}`"
    return f"; the result of its earlier launch {kept[-1]} is kept aside, {command} lets it count"


def _reserved(subject: Subject, now: datetime) -> Predicate:
    launch = subject.launch
    if launch is None:
        return "is RESERVED, but no launch of it is on record", f"lpad rerun_fws -i {subject.fw_id}"
    since = _since(launch, State.RESERVED, now)
    if launch.reservation_id is None:
        return (
            f"is RESERVED{since}, but no job of it is on record; if no qlaunch is submitting it now, it can be reset",
            f"lpad rerun_fws -i {subject.fw_id}",
        )
    words, todo = _job(subject.job)
    return f"is RESERVED{since} as job {launch.reservation_id}{words or ''}", todo


def _job(job: Job | None) -> Predicate:
    """What the batch system says of a job whose rocket has not been heard from."""
    if job is None or (job.status is None and not job.silence):
        return "", ""
    if job.status is None:
        return f"; the batch system does not answer, so nothing is known of the job ({_short(job.silence)})", ""
    match job.status.phase:
        case Phase.PENDING:
            reason = f" for reason {job.status.reason}" if job.status.reason else ""
            return f", pending{reason}", ""
        case Phase.RUNNING:
            return ", which runs; its rocket has not been heard from", "lpad recover_offline"
        case Phase.ENDED:
            return f", which is over ({_word(job.status)}); a recovery takes note", "lpad recover_offline"
        case Phase.UNKNOWN:
            return ", which the batch system does not know any more; a recovery takes note", "lpad recover_offline"


def _running(subject: Subject, now: datetime) -> Predicate:
    launch = subject.launch
    if launch is None:
        return "is RUNNING, but no launch of it is on record", ""
    since = f" since {_when(launch.time_start, now)}" if launch.time_start else ""
    job = f" as job {launch.reservation_id}" if launch.reservation_id else ""
    heard, task = last_heard(launch.state_history), task_of(launch, subject.firework.spec)
    words = f"; last heard from {age(now - heard)} ago" + (f", in {task}" if task else "") if heard else ""
    gone, todo = _gone(subject.job)
    return f"is RUNNING{since} on {launch.host or 'an unknown host'}{job}{words}{gone}", todo


def _gone(job: Job | None) -> Predicate:
    """What the batch system says of the job of a rocket that runs; only what is news."""
    if job is None or (job.status is not None and job.status.phase is Phase.RUNNING):
        return "", ""
    words, todo = _job(job)
    return words.replace(", which", "; its job", 1).replace(", pending", "; its job is pending again", 1), todo


def _completed(subject: Subject, now: datetime) -> Predicate:
    launch = subject.launch
    if launch is None:
        return "is COMPLETED", ""
    shared = "" if launch.fw_id == subject.fw_id else f", by the launch of its duplicate, Firework {launch.fw_id}"
    when = f" since {_when(launch.time_end, now)}" if launch.time_end else ""
    ran = f", after {age(launch.time_end - launch.time_start)}" if launch.time_end and launch.time_start else ""
    return f"is COMPLETED{when}{ran} on {launch.host or 'an unknown host'}{shared}", ""


def _fizzled(subject: Subject, now: datetime) -> Predicate:
    launch = subject.launch
    if launch is None:
        return "is FIZZLED, but no launch of it is on record", ""
    when = f" since {_when(launch.time_end, now)}" if launch.time_end else ""
    return f"is FIZZLED{when}: {ending(launch, subject.firework.spec)}", ""


def _held(subject: Subject, now: datetime) -> Predicate:
    whom = _by_whom(subject.hold, now)
    return f"is {subject.state}{' ' if whom else ''}{whom}{_kept(subject)}", ""


def _by_whom(hold: Hold | None, now: datetime) -> str:
    if hold is None:
        return ""
    who = "by a person" if hold.by_fw_id is None else f"by the FWAction of Firework {hold.by_fw_id}"
    return f"{who} since {_when(hold.since, now)}"


def _kept(subject: Subject) -> str:
    """A result that came while it is held."""
    launch = subject.launch
    if launch is None or launch.state not in ENDED:
        return ""
    then = f"counts after `lpad {LET_GO[subject.state]}`" if subject.state in LET_GO else "is kept"
    return f"; its launch {launch.launch_id} is {launch.state} meanwhile, and that {then}"


_PREDICATES: dict[State, Callable[[Subject, datetime], Predicate]] = {
    State.WAITING: _waiting,
    State.READY: _ready,
    State.RESERVED: _reserved,
    State.RUNNING: _running,
    State.COMPLETED: _completed,
    State.FIZZLED: _fizzled,
    State.DEFUSED: _held,
    State.PAUSED: _held,
    State.ARCHIVED: _held,
}


# --- parts of sentences
def _todo(subject: Subject) -> str:
    """What starts a Firework again that does not start by itself."""
    if subject.state is State.FIZZLED:
        return f"lpad rerun_fws -i {subject.fw_id}"
    return f"lpad {LET_GO[subject.state]} -i {subject.fw_id}" if subject.state in LET_GO else ""


def _problem(subject: Subject) -> str:
    launch = subject.launch
    problem = subject.problems.get(launch.launch_id, "") if launch is not None else ""
    return f"; the last recovery says: {_short(problem)}" if problem else ""


def _since(launch: LaunchRecord, state: State, now: datetime) -> str:
    from longfuse.domain.wire import parse_iso

    entered = next((entry["created_on"] for entry in launch.state_history if entry["state"] == state), None)
    return f" since {_when(parse_iso(entered), now)}" if entered else ""


def _when(moment: datetime, now: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC ({age(now - moment)} ago)"


def _word(status: JobStatus) -> str:
    return f"{status.word}, {status.reason}" if status.reason else status.word


def _raised(launch: LaunchRecord) -> bool:
    """Whether it was a Firetask that raised, not its rocket or the engine."""
    return "_exception" in ((launch.action or {}).get("stored_data") or {})


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# --- the same in parts
def _facts(subject: Subject) -> dict[str, Any]:
    launch = subject.launch
    return {
        "fw_id": subject.fw_id,
        "name": subject.firework.name,
        "state": str(subject.state),
        "launch": _launch_facts(launch, subject.firework.spec) if launch is not None else None,
        "job": _job_facts(launch, subject.job) if launch is not None and launch.reservation_id else None,
        "waits_for": [_blocker_facts(blocker) for blocker in subject.blockers],
        "held": _hold_facts(subject.hold) if subject.state in HELD and subject.hold is not None else None,
        "worker": {"name": subject.worker.name, "refusal": subject.worker.refusal or None} if subject.worker else None,
    }


def _launch_facts(launch: LaunchRecord, spec: Mapping[str, Any]) -> dict[str, Any]:
    heard = last_heard(launch.state_history)
    return {
        "launch_id": launch.launch_id,
        "state": str(launch.state),
        "launch_dir": launch.launch_dir,
        "host": launch.host,
        "cause": launch.cause,
        "reason": launch.reason,
        "task": task_of(launch, spec) or None,
        "time_start": iso(launch.time_start) if launch.time_start else None,
        "time_end": iso(launch.time_end) if launch.time_end else None,
        "last_heard": iso(heard) if heard else None,
    }


def _job_facts(launch: LaunchRecord, job: Job | None) -> dict[str, Any]:
    status = job.status if job is not None else None
    return {
        "reservation_id": launch.reservation_id,
        "phase": status.phase.value if status else None,
        "word": status.word if status else None,
        "reason": (status.reason or None) if status else None,
        "silence": (job.silence or None) if job else None,
    }


def _blocker_facts(blocker: Blocker) -> dict[str, Any]:
    launch = blocker.subject.launch
    return {
        "fw_id": blocker.subject.fw_id,
        "name": blocker.subject.firework.name,
        "state": str(blocker.subject.state),
        "by_way_of": blocker.via,
        "cause": launch.cause if launch is not None else None,
        "reason": launch.reason if launch is not None else None,
    }


def _hold_facts(hold: Hold) -> dict[str, Any]:
    return {
        "since": iso(hold.since),
        "by": "person" if hold.by_fw_id is None else "FWAction",
        "by_fw_id": hold.by_fw_id,
    }
