"""The whole LaunchPad at a glance: what there is, what failed and why, what is in the queue, what needs a person.

`snapshot` reads, by indexes and never more than it tells; `assess` concludes, without IO.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from longfuse.domain import query as queries
from longfuse.domain.states import State
from longfuse.domain.wire import iso
from longfuse.launchpad.history import last_heard
from longfuse.launchpad.verdict import SUBMIT_TIME_S
from longfuse.launchpad.why import CAUSES, age
from longfuse.queue.adapter import Phase
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from longfuse.queue.adapter import JobStatus
    from longfuse.store.records import LaunchRecord
    from longfuse.store.seam import Store

RECENT = 1000
"""So many Fireworks that fizzled last are looked at."""

MOST_OPEN = 20_000
"""So many launches that have not ended are looked at."""

EXAMPLES = 3
"""How many ids are told of each kind."""

LONGEST = 120
"""How many characters of a reason are told."""

_IN_OWN_WORDS = frozenset({"EXCEPTION", "SUBMIT"})
"""Causes that mean many things: their reasons tell them apart."""

_VARYING = re.compile(r"0x[0-9a-fA-F]+|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on silence is long.

    Attributes:
        silent_s: Of a RUNNING launch (RUN_EXPIRATION_SECS).
        reserved_s: Of a RESERVED one (RESERVATION_EXPIRATION_SECS).
    """

    silent_s: float
    reserved_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is on record.

    Attributes:
        fireworks: How many are in each state.
        workflows: How many are in each state.
        failed: The launches of the Fireworks that fizzled last, newest first.
        open: Current launches that are RESERVED or RUNNING.
        open_in_all: How many there are, with those that were not read.
        problems: What the last recovery could not read or do, by launch id.
        warning: What a person should know about the way the records are kept; empty if nothing.
    """

    fireworks: Mapping[State, int]
    workflows: Mapping[State, int]
    failed: Sequence[LaunchRecord] = ()
    open: Sequence[LaunchRecord] = ()
    open_in_all: int = 0
    problems: Mapping[int, str] = field(default_factory=dict)
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fireworks with something in common.

    Attributes:
        what: What it is, in a few words.
        count: How many.
        fw_ids: Some of them.
        since: When it last happened, or began; None if that says nothing.
        todo: What to type.
        cause: The launches' cause, if that is what they have in common.
    """

    what: str
    count: int
    fw_ids: Sequence[int]
    since: datetime | None = None
    todo: str = ""
    cause: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        since = iso(self.since) if self.since else None
        told = {"what": self.what, "count": self.count, "fw_ids": list(self.fw_ids), "since": since, "todo": self.todo}
        return {**told, "cause": self.cause} if self.cause else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """At a glance.

    Attributes:
        fireworks: How many are in each state that occurs.
        workflows: How many are in each state that occurs.
        failures: Those that fizzled last, by cause, most first.
        jobs: The jobs of launches that have not ended, by what the batch system says of them.
        silent: Launches not heard from for long.
        person: What time alone does not mend.
    """

    fireworks: Mapping[State, int]
    workflows: Mapping[State, int]
    failures: Sequence[Group]
    jobs: Sequence[Group]
    silent: Sequence[Group]
    person: Sequence[Group]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        parts = {"failures": self.failures, "jobs": self.jobs, "silent": self.silent, "needs_a_person": self.person}
        return {
            "fireworks": {str(state): number for state, number in self.fireworks.items()},
            "workflows": {str(state): number for state, number in self.workflows.items()},
            **{name: [group.to_dict() for group in groups] for name, groups in parts.items()},
        }


def snapshot(store: Store) -> Snapshot:
    """Read what `assess` needs."""
    under_way = queries.parse({"state": {"$in": [str(State.RESERVED), str(State.RUNNING)]}})
    fizzled = queries.parse({"state": str(State.FIZZLED)})
    with store.read() as reader:
        ids = list(reader.find(Collection.LAUNCHES, under_way, limit=MOST_OPEN))
        records = reader.launch_records(ids, actions=False)
        recent = list(reader.find(Collection.FIREWORKS, fizzled, sort=[("updated_on", -1)], limit=RECENT))
        launches = reader.launch_records_of(recent, actions=False)
        return Snapshot(
            fireworks=reader.state_counts(Collection.FIREWORKS),
            workflows=reader.state_counts(Collection.WORKFLOWS),
            failed=[x for i in recent for x in launches[i][::-1] if not x.archived and x.state is State.FIZZLED],
            open=[records[i] for i in ids if not records[i].archived],
            open_in_all=len(ids) if len(ids) < MOST_OPEN else reader.count(Collection.LAUNCHES, under_way),
            problems={i: run.problem for i, run in reader.offline_runs(ids).items() if run.problem},
            warning=str(store.describe().get("warning") or ""),
        )


def assess(
    seen: Snapshot, statuses: Mapping[int, JobStatus], silences: Mapping[int, str], now: datetime, limits: Limits
) -> Status:
    """What a person should know.

    Args:
        seen: The records.
        statuses: The batch systems' word on the jobs, by launch id.
        silences: Why a batch system does not answer, by launch id.
        now: The time.
        limits: From when on silence is long.
    """
    order = sorted(State, key=lambda state: -state.rank)
    return Status(
        fireworks={state: seen.fireworks[state] for state in order if seen.fireworks.get(state)},
        workflows={state: seen.workflows[state] for state in order if seen.workflows.get(state)},
        failures=_failures(seen.failed),
        jobs=_jobs(seen, statuses, silences),
        silent=_silent(seen.open, statuses, now, limits),
        person=_person(seen, now),
    )


# --- failures
def _failures(failed: Sequence[LaunchRecord]) -> list[Group]:
    """By cause, those with many meanings by their words; the most frequent first."""
    alike: dict[tuple[str, str], list[LaunchRecord]] = {}
    for launch in failed:
        alike.setdefault(_kind(launch), []).append(launch)
    groups = [_failure(launches) for launches in alike.values()]
    return sorted(groups, key=lambda group: -group.count)


def _kind(launch: LaunchRecord) -> tuple[str, str]:
    """Two failures are alike if cause and words are, numbers and addresses aside."""
    cause = launch.cause or ""
    words = _line(launch.reason or "") if cause in _IN_OWN_WORDS or cause not in CAUSES else ""
    return cause, _VARYING.sub("#", words)


def _failure(launches: Sequence[LaunchRecord]) -> Group:
    newest = launches[0]
    cause = newest.cause or ""
    words = CAUSES.get(cause, "")
    if cause in _IN_OWN_WORDS or not words:
        words = ": ".join(part for part in (words, _line(newest.reason or "") or "no reason is on record") if part)
    return Group(
        what=words,
        count=len(launches),
        fw_ids=_examples(launches),
        since=newest.time_end,
        todo=f"lpad why {newest.fw_id}",
        cause=cause or None,
    )


# --- jobs
def _jobs(seen: Snapshot, statuses: Mapping[int, JobStatus], silences: Mapping[int, str]) -> list[Group]:
    kinds: dict[tuple[str, str], list[LaunchRecord]] = {}
    for launch in seen.open:
        if launch.reservation_id:
            kinds.setdefault(_phase(statuses.get(launch.launch_id), silences.get(launch.launch_id, "")), []).append(
                launch
            )
    found = sorted(kinds.items(), key=lambda item: -len(item[1]))
    groups = [
        Group(what=what, count=len(launches), fw_ids=_examples(launches), todo=todo) for (what, todo), launches in found
    ]
    unread = seen.open_in_all - MOST_OPEN
    return [*groups, Group(what="not looked at", count=unread, fw_ids=())] if unread > 0 else groups


def _phase(status: JobStatus | None, silence: str) -> tuple[str, str]:
    """Where a job is, and what to type then."""
    if status is None:
        return (f"the batch system does not answer: {_line(silence)}" if silence else "no batch system to ask"), ""
    match status.phase:
        case Phase.PENDING:
            return "pending" + (f" ({status.reason})" if status.reason else ""), ""
        case Phase.RUNNING:
            return "running", ""
        case Phase.ENDED:
            return "over, to be recovered", "lpad recover_offline"
        case Phase.UNKNOWN:
            return "not known to the batch system any more, to be recovered", "lpad recover_offline"


# --- silence
def _silent(
    launches: Sequence[LaunchRecord], statuses: Mapping[int, JobStatus], now: datetime, limits: Limits
) -> list[Group]:
    """Launches not heard from for long, those whose job still waits in the queue aside."""
    found: dict[State, list[tuple[datetime, LaunchRecord]]] = {}
    for launch in launches:
        heard = last_heard(launch.state_history)
        limit_s = limits.silent_s if launch.state is State.RUNNING else limits.reserved_s
        status = statuses.get(launch.launch_id)
        queued = status is not None and status.phase is Phase.PENDING
        if heard is not None and not queued and now - heard > timedelta(seconds=limit_s):
            found.setdefault(launch.state, []).append((heard, launch))
    return [_silence(state, sorted(seen, key=lambda one: one[0]), now) for state, seen in found.items()]


def _silence(state: State, seen: Sequence[tuple[datetime, LaunchRecord]], now: datetime) -> Group:
    """The longest silence first."""
    oldest = seen[0][0]
    fw_ids = _examples([launch for _, launch in seen])
    return Group(
        what=f"{state}, the longest for {age(now - oldest)}",
        count=len(seen),
        fw_ids=fw_ids,
        since=oldest,
        todo=f"lpad why {fw_ids[0]}",
    )


# --- what needs a person
def _person(seen: Snapshot, now: datetime) -> list[Group]:
    """Problems of the last recovery, reservations without a job, and how the records are kept."""
    alike: dict[str, list[LaunchRecord]] = {}
    for launch in seen.open:
        problem = seen.problems.get(launch.launch_id)
        if problem:
            alike.setdefault(_VARYING.sub("#", problem.replace(launch.launch_dir, "")), []).append(launch)
    groups = [
        Group(
            what=_line(seen.problems[launches[0].launch_id]),
            count=len(launches),
            fw_ids=_examples(launches),
            todo=f"lpad why {launches[0].fw_id}",
        )
        for launches in alike.values()
    ]
    orphans = [x for x in seen.open if x.state is State.RESERVED and not x.reservation_id and _is_overdue(x, now)]
    if orphans:
        ids = ",".join(map(str, _examples(orphans)))
        more = ",..." if len(orphans) > EXAMPLES else ""
        what = "RESERVED, but no job is on record"
        todo = f"lpad recover_offline, then lpad rerun_fws -i {ids}{more}"
        groups.append(Group(what=what, count=len(orphans), fw_ids=_examples(orphans), todo=todo))
    if seen.warning:
        groups.append(Group(what=seen.warning, count=1, fw_ids=()))
    return groups


def _is_overdue(launch: LaunchRecord, now: datetime) -> bool:
    reserved = last_heard(launch.state_history)
    return reserved is not None and now - reserved > timedelta(seconds=SUBMIT_TIME_S)


def _examples(launches: Sequence[LaunchRecord]) -> list[int]:
    return list(Counter(launch.fw_id for launch in launches))[:EXAMPLES]


def _line(text: str) -> str:
    """On one line, and short."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
