"""Brings what was seen of launches into the LaunchPad, exactly once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from longfuse.domain.events import Launched, Rerun
from longfuse.domain.states import HELD, State
from longfuse.errors import ActionError, UnreadableError
from longfuse.launchpad import retries
from longfuse.launchpad.launches import apply, release, view
from longfuse.launchpad.outcomes import Outcome, OutcomeKind
from longfuse.launchpad.replay import WriteError, replay
from longfuse.launchpad.verdict import Case, first_sight, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from longfuse.launchpad.verdict import Sighting, Verdict
    from longfuse.store.records import LaunchRecord, OpenRun
    from longfuse.store.seam import Reader, Store, Transaction

log = logging.getLogger("longfuse.launchpad")


def ingest(
    store: Store,
    sightings: Sequence[Sighting],
    now: datetime,
    grace_s: float,
    and_then: Callable[[Transaction], None] | None = None,
    *,
    synced: bool = True,
) -> list[Outcome]:
    """Judge these sightings and apply the verdicts.

    What changes something is judged and applied in one transaction, on the records as they are there: a sighting that
    another recovery has ingested meanwhile does nothing. Launches with nothing new in their directories are judged
    first, by what was known when they were looked for: most of them change nothing, and cost no statement. An FWAction
    that cannot be applied, or a write that a task asked for and that cannot be done, makes its own launch FIZZLED and
    leaves the others as they are.

    Args:
        store: The records.
        sightings: What was seen.
        now: The time.
        grace_s: See `judge`.
        and_then: What else to do in the same transaction. It is not done where nothing is new, or is any trouble.
        synced: As for `longfuse.store.seam.Store.write`.

    Returns:
        One outcome for each launch of which there is something to tell.
    """
    outcomes: list[Outcome] = []
    news: list[Sighting] = []
    for sighting in sightings:
        known = sighting.known if sighting.files is None else None
        told = first_sight(known, sighting, now, grace_s) if known is not None else None
        if known is None or told is None:
            news.append(sighting)
        elif (kind := told[0]) is not None:
            outcomes.append(_outcome(known, known.name, kind, told[1]))
    return outcomes + _ingest_news(store, news, now, grace_s, and_then, synced=synced)


def _ingest_news(
    store: Store,
    news: Sequence[Sighting],
    now: datetime,
    grace_s: float,
    and_then: Callable[[Transaction], None] | None = None,
    *,
    synced: bool = True,
) -> list[Outcome]:
    if not news:
        return []
    try:
        return _ingest(store, news, now, grace_s, and_then=and_then, synced=synced)
    except (ActionError, UnreadableError) as error:
        if len(news) == 1:
            return _ingest_with_trouble(store, news, now, grace_s, error)
        return [outcome for one in news for outcome in _ingest_news(store, [one], now, grace_s)]


def _ingest_with_trouble(
    store: Store, news: Sequence[Sighting], now: datetime, grace_s: float, trouble: ActionError | UnreadableError
) -> list[Outcome]:
    """The only sighting, which made this trouble."""
    match trouble:
        case UnreadableError():
            return _unreadable(store, news, now, grace_s, str(trouble))
        case WriteError():
            return _ingest(store, news, now, grace_s, unfit=str(trouble), until=trouble)
        case _:
            return _ingest_unfit(store, news, now, grace_s, str(trouble))


def _unreadable(store: Store, news: Sequence[Sighting], now: datetime, grace_s: float, why: str) -> list[Outcome]:
    """A file that the launch has kept for the LaunchPad is not there yet: nothing changes, it is looked at again."""
    with store.read() as reader:
        verdicts = _verdicts(reader, news, now, grace_s)
    return [_outcome(verdict.launch, verdict.run.name, OutcomeKind.UNKNOWN, why) for verdict in verdicts]


def _ingest_unfit(store: Store, news: Sequence[Sighting], now: datetime, grace_s: float, why: str) -> list[Outcome]:
    """The FWAction of the only sighting does not fit: maybe not to a duplicate only, which then runs by itself."""
    try:
        return _ingest(store, news, now, grace_s, alone=why)
    except ActionError as error:
        return _ingest(store, news, now, grace_s, unfit=str(error))


def _ingest(
    store: Store,
    news: Sequence[Sighting],
    now: datetime,
    grace_s: float,
    *,
    unfit: str = "",
    alone: str = "",
    until: WriteError | None = None,
    and_then: Callable[[Transaction], None] | None = None,
    synced: bool = True,
) -> list[Outcome]:
    """One transaction.

    Args:
        store: The records.
        news: What was seen.
        now: The time.
        grace_s: See `judge`.
        unfit: Why the FWAction of the only sighting cannot be applied.
        alone: Why it shall be applied to the launch's own Firework only.
        until: Which of the writes that its tasks asked for cannot be done.
        and_then: What else to do in it.
        synced: See `ingest`.
    """
    with store.write(synced=synced) as tx:
        verdicts = _verdicts(tx, news, now, grace_s)
        writing = [v for v in verdicts if v.changed and (v.writes[1] or v.launch.effects)]
        asked = [replay(tx, v.launch, *v.writes, now, until=until) for v in writing]
        if any(asked):  # which may have held, rerun or deleted any Firework
            verdicts = _verdicts(tx, news, now, grace_s)
        if unfit:
            verdicts = [_fizzle(verdict, unfit) for verdict in verdicts]
        if alone:
            _part_from_duplicates(tx, verdicts, now, alone)
        verdicts = retries.plan(tx, verdicts)
        _apply(tx, verdicts, now)
        retries.carry_out(tx, verdicts, now)
        if and_then is not None:
            and_then(tx)
    return [_outcome(v.launch, v.run.name, v.kind, v.reason, v.cause) for v in verdicts if v.kind is not None]


def _verdicts(reader: Reader, sightings: Sequence[Sighting], now: datetime, grace_s: float) -> list[Verdict]:
    ids = [sighting.launch_id for sighting in sightings]
    launches, runs = reader.launch_records(ids), reader.offline_runs(ids)
    nodes = reader.nodes([launch.fw_id for launch in launches.values()])
    launchpad_id = reader.launchpad_id()
    verdicts = []
    for sighting in sightings:
        launch, run = launches.get(sighting.launch_id), runs.get(sighting.launch_id)
        if launch is None or run is None or launch.fw_id not in nodes:
            continue  # deleted while we were looking at its files
        state = nodes[launch.fw_id].state
        held = state if state in HELD else None
        case = Case(
            launch=launch,
            run=run,
            held=held,
            launchpad_id=launchpad_id,
            now=now,
            grace_s=grace_s,
            withdrawn=sighting.withdrawn,
        )
        verdict = judge(case, sighting)
        if verdict.releases:
            verdict = judge(case.but(vanished=_vanished(reader, launch.fw_id)), sighting)
        changed = verdict.releases or _differs(verdict.launch, launch) or _differs(verdict.run, run)
        verdicts.append(verdict if changed else verdict.but(changed=False))
    return verdicts


def _differs(after: object, before: object) -> bool:
    """To compare all fields of a record costs more than to see that it is the same."""
    return after is not before and after != before


def _vanished(reader: Reader, fw_id: int) -> int:
    """How many jobs of this Firework went away before they started."""
    launches = reader.launch_records_of([fw_id])[fw_id]
    return sum(launch.state is State.READY and launch.reservation_id is not None for launch in launches)


def _apply(tx: Transaction, verdicts: Sequence[Verdict], now: datetime) -> None:
    changed = [v for v in verdicts if v.changed]
    if not changed:
        return
    tx.update_launches([v.launch for v in changed])
    tx.put_offline_runs([v.run for v in changed])
    moves = [Launched(v.launch.fw_id, view(v.launch)) for v in verdicts if v.moves and not v.launch.archived]
    if moves:
        apply(tx, moves, now)
    for verdict in verdicts:
        if verdict.releases:
            release(tx, verdict.launch, now)


def _part_from_duplicates(tx: Transaction, verdicts: Sequence[Verdict], now: datetime, why: str) -> None:
    """Those that share these launches do not share them any more, and are READY."""
    sharers = tx.sharers([verdict.launch.launch_id for verdict in verdicts])
    own = {verdict.launch.fw_id for verdict in verdicts}
    others = [i for found in sharers.values() for i in found if i not in own]
    following = [i for i, node in tx.nodes(others).items() if node.state not in HELD]
    for fw_id in following:
        log.warning("Firework %s runs by itself, what its duplicate has left does not fit: %s", fw_id, why)
    apply(tx, [Rerun(i) for i in following], now)


def _fizzle(verdict: Verdict, why: str) -> Verdict:
    """What it leaves behind cannot be applied: keep its action with the launch, and say why."""
    if verdict.kind is OutcomeKind.FIZZLED:
        why = f"{verdict.reason}; {why}"
        return verdict.but(launch=verdict.launch.but(reason=why), reason=why)
    history = [*verdict.launch.state_history[:-1], {**verdict.launch.state_history[-1], "state": str(State.FIZZLED)}]
    launch = verdict.launch.but(state=State.FIZZLED, state_history=history, cause="EXCEPTION", reason=why)
    return verdict.but(kind=OutcomeKind.FIZZLED, launch=launch, cause="EXCEPTION", reason=why)


def _outcome(
    launch: LaunchRecord | OpenRun, name: str, kind: OutcomeKind, reason: str, cause: str | None = None
) -> Outcome:
    return Outcome(
        launch_id=launch.launch_id,
        fw_id=launch.fw_id,
        name=name,
        launch_dir=launch.launch_dir,
        kind=kind,
        cause=cause,
        reason=reason,
    )
