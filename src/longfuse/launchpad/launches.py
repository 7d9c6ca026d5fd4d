"""The life of a launch as the login side decides it: taken, submitted, given back, ended by hand."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from longfuse.domain import query
from longfuse.domain.engine import Engine
from longfuse.domain.events import Launched, Released, Shared
from longfuse.domain.firework import DUPEFINDER, Firework
from longfuse.domain.fworker import FWorker
from longfuse.domain.graph import Changes, LaunchView
from longfuse.domain.states import HELD, State
from longfuse.domain.wire import iso
from longfuse.errors import ActionError, NotFoundError, StateError
from longfuse.launchdir.ticket import Ticket
from longfuse.launchpad.defaults import Defaults
from longfuse.launchpad.duplicates import Duplicates
from longfuse.launchpad.effects import with_added
from longfuse.launchpad.history import entered, reserved_as
from longfuse.store.documents import firework_document
from longfuse.store.records import LaunchRecord, OfflineRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from longfuse.domain.graph import Changes
    from longfuse.domain.query import Filter
    from longfuse.store.records import FireworkRecord
    from longfuse.store.seam import Reader, Store, Transaction

log = logging.getLogger("longfuse.launchpad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """Who takes a Firework, and where it shall run.

    Attributes:
        fworker: The worker.
        launch_dir: Absolute path.
        host: The taker's host name.
        ip: The same as an address.
        token: 128 random bits in hexadecimal.
        state: RESERVED for a queue job, RUNNING for a rocket that starts at once.
        ping_interval_s: How often the rocket shall give a sign of life.
        order: ``FIFO``, ``FILO`` or empty, among equal priorities.
        user_packages: Where the rocket looks for Firetasks of the user's own.
        queue: What the queue adapter needs to look for the job by the token, should its launcher die before it can say
            that the job is in the queue; None without a queue.
        defaults: What is filled in where the Firework leaves it open.
    """

    fworker: FWorker
    launch_dir: str
    host: str
    ip: str
    token: str
    state: State
    ping_interval_s: float
    order: str = ""
    user_packages: tuple[str, ...] = ()
    queue: dict[str, Any] | None = None
    defaults: Defaults = field(default_factory=Defaults)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A Firework taken from the LaunchPad, ready to be written into its launch directory.

    Attributes:
        document: The Firework in wire form, with this launch among its launches: the content of ``FW.json``.
        launch_id: The launch.
        ticket: The content of ``FW_offline.json``.
    """

    document: dict[str, Any]
    launch_id: int
    ticket: Ticket

    @property
    def fw_id(self) -> int:
        """The Firework's id."""
        return self.ticket.fw_id

    @property
    def token(self) -> str:
        """What the launch's files must carry."""
        return self.ticket.token

    @property
    def firework(self) -> Firework:
        """The Firework as an object; needs the classes of its Firetasks."""
        return Firework.from_dict(self.document)


LOOKED_AT = 16
"""So many Fireworks are looked for to take one of them: others may be quicker."""

ACCEPTING = frozenset({State.READY, State.RESERVED, State.RUNNING, State.FIZZLED})
"""Where a Firework may take the result of an earlier launch: its parents are done, and it has none that counts."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A result that counts now.

    Attributes:
        launch_id: The launch it came from.
        idle: The launches that were to replace it; their jobs need not run any more.
    """

    launch_id: int
    idle: list[LaunchRecord]


def wanted_by(fworker: FWorker) -> Filter:
    """What a worker may run; kept for those without a query of their own, which are asked for again and again."""
    if fworker.is_choosy:
        return query.parse(fworker.query)
    category = fworker.category
    return _wanted_by(fworker.name, category if isinstance(category, str) else tuple(category))


@lru_cache(maxsize=64)
def _wanted_by(name: str, category: str | tuple[str, ...]) -> Filter:
    return query.parse(FWorker(name, category).query)


def take(store: Store, checkout: Checkout, fw_id: int | None, now: datetime) -> Reservation | None:
    """Take the next READY Firework for the checkout's worker, or the one named.

    A named Firework may also be RESERVED if it shall run at once: its launch is used on. A READY one that is a
    duplicate shares its duplicate's launch instead, and is not taken.

    Returns:
        None if nothing is READY for this worker.

    Raises:
        NotFoundError: There is no Firework of that id.
        StateError: The named Firework cannot be taken in its state.
    """
    duplicates = Duplicates()
    while True:
        few = _looked_for(store, checkout, LOOKED_AT) if fw_id is None else None
        if few == []:
            return None
        with store.write(synced=checkout.state is not State.RUNNING) as tx:
            if fw_id is None:
                record = _next_to_run(tx, wanted_by(checkout.fworker), checkout.order, duplicates, now, few=few)
            else:
                record = _to_run(tx, _named(tx, fw_id, checkout.state), duplicates, now)
            if record is not None:
                return _reserve(tx, record, checkout, now)
        if not duplicates.judge() and few is None:
            return None


def _looked_for(store: Store, checkout: Checkout, limit: int) -> list[int] | None:
    """The next Fireworks for a worker with a query of its own; None for another worker.

    It may have to look at very many before some match, and the transaction would hold up all others meanwhile. So they
    are looked for before it, and in it only these are asked for.
    """
    if not checkout.fworker.is_choosy:
        return None
    with store.read() as reader:
        return reader.ready(wanted_by(checkout.fworker), limit=limit, order=checkout.order)


def take_at_once(tx: Transaction, checkout: Checkout, now: datetime) -> Reservation | None:
    """Take the next READY Firework inside a transaction.

    Returns:
        None if there is none, and also where it would take a while to see: others hold it, its duplicates are not
        known, or the worker has a query of its own. Then ask `take`.
    """
    if checkout.fworker.is_choosy:
        return None
    record = _next_to_run(tx, wanted_by(checkout.fworker), checkout.order, Duplicates(), now, waits=False)
    return None if record is None else _reserve(tx, record, checkout, now)


def take_many(store: Store, checkouts: Sequence[Checkout], now: datetime) -> list[Reservation]:
    """Reserve the next READY Fireworks, as many as there are checkouts, in one transaction.

    Args:
        store: The records.
        checkouts: One for each Firework, of one worker, in the same order.
        now: The time.

    Returns:
        Fewer if fewer are READY; none if none is.
    """
    first = checkouts[0]
    few = _looked_for(store, first, len(checkouts))
    if few == []:
        return []
    with store.write() as tx:
        ready = tx.take_ready(wanted_by(first.fworker), limit=len(checkouts), order=first.order, few=few)
        found = tx.fireworks(ready)
        plain = list(takewhile(lambda record: DUPEFINDER not in record.spec, (found[i] for i in ready)))
        if plain:
            return _reserve_new(tx, plain, checkouts[: len(plain)], now)
    # The first one has a duplicate finder, which is asked between transactions.
    taken = take(store, first, None, now) if ready or few else None
    return [] if taken is None else [taken]


def run_exists(store: Store, wanted: Mapping[str, Any], now: datetime) -> bool:
    """Whether a Firework that matches is READY and has to run: duplicates share launches first."""
    where = query.parse(wanted)
    with store.read() as reader:
        ready = reader.ready(where)
        if not ready or DUPEFINDER not in reader.specs(ready)[ready[0]]:
            return bool(ready)
    duplicates = Duplicates()
    while True:
        with store.write() as tx:
            if _next_to_run(tx, where, "", duplicates, now) is not None:
                return True
        if not duplicates.judge():
            return False


def _next_to_run(
    tx: Transaction,
    where: Filter,
    order: str,
    duplicates: Duplicates,
    now: datetime,
    *,
    few: Sequence[int] | None = None,
    waits: bool = True,
) -> FireworkRecord | None:
    """The next READY Firework; None if there is none, or if duplicates must be judged first."""
    while not duplicates.pending:
        ready = tx.take_ready(where, limit=1, order=order, few=few, waits=waits)
        if not ready:
            return None
        record = _to_run(tx, ready[0], duplicates, now)
        if record is not None:
            return record
    return None


def _to_run(tx: Transaction, fw_id: int, duplicates: Duplicates, now: datetime) -> FireworkRecord | None:
    """This Firework; None if it has a duplicate and shares its launch from now on, or if that must be judged first."""
    record = tx.fireworks([fw_id])[fw_id]
    if DUPEFINDER not in record.spec or record.node.state is not State.READY:
        return record
    match = duplicates.match(tx, record)
    if match is None:
        return None if duplicates.pending else record
    try:
        apply(tx, [Shared(fw_id, match.launch)], now)
    except ActionError as error:
        log.warning("Firework %s runs, although it is a duplicate of %s: %s", fw_id, match.fw_id, error)
        duplicates.may_run(record)
        return record
    duplicates.shared()
    log.info("Duplicate found! fwids %s and %s", fw_id, match.fw_id)
    return None


def _reserve(tx: Transaction, record: FireworkRecord, checkout: Checkout, now: datetime) -> Reservation:
    ready = record.node.state is State.READY
    launch = None if ready else _current_reservation(tx, record.node.fw_id)
    if launch is None:
        return _reserve_new(tx, [record], [checkout], now)[0]
    launch = _enter(replace(launch, launch_dir=checkout.launch_dir), checkout.state, now)
    return _handed_out(tx, [(record, launch, checkout)], now, tx.update_launches)[0]


def _reserve_new(
    tx: Transaction, records: Sequence[FireworkRecord], checkouts: Sequence[Checkout], now: datetime
) -> list[Reservation]:
    """A new launch for each of these Fireworks, which are READY."""
    first = tx.new_launch_ids(len(records))
    pairs = zip(records, checkouts, strict=True)
    made = [(x, _new_launch(first + n, x, checkout, now), checkout) for n, (x, checkout) in enumerate(pairs)]
    return _handed_out(tx, made, now, tx.insert_launches)


def _handed_out(
    tx: Transaction,
    taken: Sequence[tuple[FireworkRecord, LaunchRecord, Checkout]],
    now: datetime,
    keep: Callable[[Sequence[LaunchRecord]], None],
) -> list[Reservation]:
    """The relay looks for these launches from now on, and the engine knows of them.

    All is read before anything is written: a store that is far away is asked once, and told once.
    """
    fw_ids, launchpad_id = [launch.fw_id for _, launch, _ in taken], tx.launchpad_id()
    launches = tx.launch_records_of(fw_ids)
    about = _workflows_of(tx, [record for record, _, _ in taken])
    apply(tx, [Launched(launch.fw_id, view(launch)) for _, launch, _ in taken], now)
    keep([launch for _, launch, _ in taken])
    tx.put_offline_runs(
        [
            OfflineRun(launch_id=x.launch_id, fw_id=x.fw_id, name=record.name, created_on=now, updated_on=now)
            for record, x, _ in taken
        ]
    )
    nodes = tx.nodes(fw_ids)
    reservations = []
    for record, launch, checkout in taken:
        firework = replace(record, node=nodes[launch.fw_id], updated_on=now)
        known = {x.launch_id: x for x in launches[launch.fw_id]} | {launch.launch_id: launch}
        document = checkout.defaults.fill(firework_document(firework, [known[i] for i in sorted(known)]))
        ticket = _ticket(launchpad_id, launch, checkout, about[launch.fw_id], now)
        reservations.append(Reservation(document, launch.launch_id, ticket))
    return reservations


def view(launch: LaunchRecord) -> LaunchView:
    """A launch as the engine sees it."""
    return LaunchView(launch_id=launch.launch_id, state=launch.state, time_end=launch.time_end, action=launch.action)


def apply(tx: Transaction, batch: Iterable[Any], now: datetime, *, each: bool = False) -> list[int]:
    """Decide events and write what they do; returns the ids that a rerun reset.

    With ``each`` every event is decided as if it came alone, after the one before.
    """
    engine = Engine(tx)
    decide = engine.handle_each if each else engine.handle
    decide(*batch)
    changes = engine.changes
    tx.apply(changes, now)
    _note_added(tx, changes)
    for duplicate in changes.duplicates:
        log.info("Also rerunning duplicate fw_id: %s", duplicate)
    return changes.reruns


def _note_added(tx: Transaction, changes: Changes) -> None:
    """Each launch remembers which Fireworks its FWAction has added; they stay when it is rerun."""
    added: dict[int, list[int]] = {}
    for new in changes.added:
        if new.added_by is not None:
            added.setdefault(new.added_by, []).append(new.node.fw_id)
    if added:
        records = tx.launch_records(list(added), actions=False)
        tx.update_launches([replace(x, effects=with_added(x.effects, added[i])) for i, x in records.items()])


def launch_or_error(reader: Reader, launch_id: int) -> LaunchRecord:
    """The launch.

    Raises:
        NotFoundError: There is none of that id.
    """
    try:
        return reader.launch_records([launch_id])[launch_id]
    except KeyError:
        raise NotFoundError(f"No Launch exists with launch_id={launch_id}") from None


def record_submission(store: Store, launch_id: int, reservation_id: str, queue: dict[str, Any]) -> bool:
    """The batch system took the job: remember its id, and how to ask for it again.

    Returns:
        Whether the launch still wants that job; not if its reservation was given back meanwhile.
    """
    return not record_submissions(store, {launch_id: (str(reservation_id), queue)})


def record_submissions(store: Store, jobs: Mapping[int, tuple[str, dict[str, Any]]]) -> list[int]:
    """The same for many launches, in one transaction.

    Args:
        store: The records.
        jobs: By launch id: the batch system's id of its job, and how to ask for it.

    Returns:
        The launches that do not want that job any more.

    Raises:
        NotFoundError: One is not there.
    """
    with store.write() as tx:
        found = tx.launch_records(list(jobs), actions=False)
        for launch_id in jobs.keys() - found.keys():
            launch_or_error(tx, launch_id)
        tx.update_launches([_submitted(found[i], *job) for i, job in jobs.items()])
    return [i for i in jobs if found[i].archived]


def _submitted(launch: LaunchRecord, reservation_id: str, queue: dict[str, Any]) -> LaunchRecord:
    history = reserved_as(launch.state_history, reservation_id)
    return replace(launch, reservation_id=reservation_id, queue=queue, state_history=history)


def cancel_reservations(store: Store, launch_ids: Sequence[int], now: datetime) -> None:
    """Nothing was submitted, or the jobs are gone before they ran: the Fireworks may be taken again.

    Nothing happens to a launch that runs or has ended.
    """
    with store.write() as tx:
        for launch_id in launch_ids:
            launch = launch_or_error(tx, launch_id)
            if launch.state is State.RESERVED:
                release(tx, launch, now)


def release(tx: Transaction, launch: LaunchRecord, now: datetime) -> None:
    """Give a RESERVED launch back inside a transaction: it is archived as READY, its files are not looked at again."""
    if not launch.archived:
        apply(tx, [Released(launch.fw_id)], now)  # first, while the engine sees who shares the launch
    history = entered(launch.state_history, State.READY, now)
    tx.update_launches([replace(launch, state=State.READY, archived=True, state_history=history)])
    close_run(tx, launch.launch_id, now)


def fail_submission(store: Store, launch_id: int, reason: str, now: datetime) -> None:
    """The batch system refused the job for good: the launch and its Firework are FIZZLED, with its own words."""
    end(store, launch_id, State.FIZZLED, None, now, cause="SUBMIT", reason=reason)


def end(
    store: Store,
    launch_id: int,
    state: State,
    action: dict[str, Any] | None,
    now: datetime,
    *,
    cause: str | None = None,
    reason: str | None = None,
) -> LaunchRecord:
    """End a launch by hand (``complete_launch``, ``mark_fizzled``)."""
    with store.write() as tx:
        launch = _enter(launch_or_error(tx, launch_id), state, now)
        launch = replace(launch, action=action, time_end=now, cause=cause, reason=reason)
        tx.update_launches([launch])
        close_run(tx, launch_id, now)
        if not launch.archived:
            apply(tx, [Launched(launch.fw_id, view(launch))], now)
    return launch


def declare_lost(store: Store, launch_ids: Sequence[int], reason: str, now: datetime) -> list[int]:
    """A person says that these launches will never report: they are FIZZLED, cause LOST.

    The relay goes on looking for their files: a result that comes all the same counts, if nothing has replaced it.

    Returns:
        The Fireworks of those that had not ended.
    """
    with store.write() as tx:
        found = tx.launch_records(launch_ids, actions=False)
        for launch_id in launch_ids:
            if launch_id not in found:
                launch_or_error(tx, launch_id)
        live = [x for x in found.values() if x.state in (State.RESERVED, State.RUNNING)]
        lost = [replace(_enter(x, State.FIZZLED, now), time_end=now, cause="LOST", reason=reason) for x in live]
        tx.update_launches(lost)
        apply(tx, [Launched(x.fw_id, view(x)) for x in lost if not x.archived], now)
    return [launch.fw_id for launch in lost]


def accept(
    store: Store,
    fw_id: int,
    launch_id: int | None,
    now: datetime,
    *,
    catch_up: Callable[[Transaction, LaunchRecord, datetime], None],
) -> Accepted:
    """Let a result count that came too late and was kept with an archived launch.

    The Firework's present launch, which was to replace it, is archived instead.

    Args:
        store: The records.
        fw_id: The Firework.
        launch_id: Whose result; None means the newest that was kept.
        now: The time.
        catch_up: Does what the launch's tasks asked of the LaunchPad and what was not done because it was archived.

    Raises:
        NotFoundError: There is no such Firework, or no such result.
        StateError: The Firework cannot take a result in its state.
    """
    with store.write() as tx:
        node = tx.nodes([fw_id]).get(fw_id)
        if node is None:
            raise NotFoundError(f"No Firework exists with id: {fw_id}")
        launches = tx.launch_records_of([fw_id], actions=False)[fw_id]
        chosen = _kept_result(launches, fw_id, launch_id)
        if node.state not in ACCEPTING:
            raise StateError(
                f"Firework {fw_id} is {node.state}, so it takes no other result: only one that is "
                f"{', '.join(sorted(ACCEPTING))} does"
            )
        catch_up(tx, chosen, now)
        chosen = launch_or_error(tx, chosen.launch_id)
        tx.apply(Changes(archived=[fw_id]), now)  # what duplicates share passes to them
        if chosen.fw_id == fw_id:
            tx.update_launches([replace(chosen, archived=False)])
            apply(tx, [Launched(fw_id, view(chosen))], now)
        else:
            apply(tx, [Shared(fw_id, view(chosen))], now)
        ended = tx.launch_records([x.launch_id for x in launches if not x.archived], actions=False).values()
    return Accepted(chosen.launch_id, [x for x in ended if x.archived and x.state in (State.RESERVED, State.RUNNING)])


def _kept_result(launches: Sequence[LaunchRecord], fw_id: int, launch_id: int | None) -> LaunchRecord:
    kept = [x for x in launches if x.archived and x.state is State.COMPLETED]
    if launch_id is not None:
        kept = [x for x in kept if x.launch_id == launch_id]
    if not kept:
        which = "earlier launch of it" if launch_id is None else f"launch {launch_id} of it"
        raise NotFoundError(f"Firework {fw_id}: no {which} has a result that was kept aside")
    return max(kept, key=lambda launch: launch.launch_id)


def move(store: Store, places: Mapping[int, str], now: datetime) -> None:
    """Launch directories are somewhere else now: the relay looks at their files there, from the beginning."""
    with store.write() as tx:
        known = tx.launch_records(list(places), actions=False)
        tx.update_launches([replace(x, launch_dir=places[i]) for i, x in known.items()])
        runs = tx.offline_runs(list(places)).values()
        tx.put_offline_runs([replace(run, signature="", problem="", updated_on=now) for run in runs])


def change_launch_dir(store: Store, launch_id: int, launch_dir: str) -> None:
    """The launch runs in another directory than it was reserved for."""
    with store.write() as tx:
        tx.update_launches([replace(launch_or_error(tx, launch_id), launch_dir=launch_dir)])


def forget(tx: Transaction, launch_ids: Sequence[int], now: datetime) -> None:
    """The relay looks at the files of these launches no more."""
    runs = tx.offline_runs(launch_ids).values()
    tx.put_offline_runs([replace(run, deprecated=True, updated_on=now) for run in runs])


def close_run(tx: Transaction, launch_id: int, now: datetime) -> None:
    """The relay need not look at this launch any more."""
    run = tx.offline_runs([launch_id]).get(launch_id)
    if run is not None:
        tx.put_offline_runs([replace(run, completed=True, updated_on=now, problem="")])


def _named(tx: Transaction, fw_id: int, state: State) -> int:
    node = tx.nodes([fw_id]).get(fw_id)
    if node is None:
        raise NotFoundError(f"No Firework exists with id: {fw_id}")
    allowed = (State.READY, State.RESERVED) if state is State.RUNNING else (State.READY,)
    if node.state not in allowed:
        hint = (
            "reignite, resume or rerun it first"
            if node.state in HELD
            else "only a READY one can; `lpad rerun_fws` resets it"
        )
        raise StateError(f"Firework {fw_id} cannot be taken, it is {node.state}: {hint}")
    return fw_id


def _current_reservation(tx: Transaction, fw_id: int) -> LaunchRecord | None:
    launches = [launch for launch in tx.launch_records_of([fw_id])[fw_id] if not launch.archived]
    reserved = next((launch for launch in launches if launch.state is State.RESERVED), None)
    if reserved is not None and reserved.fw_id != fw_id:
        raise StateError(
            f"Firework {fw_id} cannot be taken: it is a duplicate of Firework {reserved.fw_id} and waits for launch "
            f"{reserved.launch_id} of that; take that one"
        )
    return reserved


def _new_launch(launch_id: int, record: FireworkRecord, checkout: Checkout, now: datetime) -> LaunchRecord:
    return LaunchRecord(
        launch_id=launch_id,
        fw_id=record.node.fw_id,
        state=checkout.state,
        launch_dir=checkout.launch_dir,
        fworker=checkout.fworker.to_dict(),
        host=checkout.host,
        ip=checkout.ip,
        trackers=checkout.defaults.trackers(record.spec.get("_trackers")),
        state_history=entered([], checkout.state, now),
        time_start=now if checkout.state is State.RUNNING else None,
        token=checkout.token,
        queue=checkout.queue,
    )


def _enter(launch: LaunchRecord, state: State, now: datetime) -> LaunchRecord:
    history = entered(launch.state_history, state, now)
    started = now if state is State.RUNNING and launch.time_start is None else launch.time_start
    return replace(launch, state=state, state_history=history, time_start=started)


def _workflows_of(tx: Transaction, records: Sequence[FireworkRecord]) -> dict[int, dict[str, Any]]:
    """What each Firework's ticket tells of its Workflow."""
    workflows = tx.workflows(sorted({record.node.wf_id for record in records}))
    parents = tx.parents([record.node.fw_id for record in records])
    about = {}
    for node in (record.node for record in records):
        workflow = workflows[node.wf_id]
        about[node.fw_id] = {
            "wf_id": node.wf_id,
            "name": workflow.name,
            "metadata": workflow.metadata,
            "created_on": iso(workflow.created_on),
            "parents": parents[node.fw_id],
        }
    return about


def _ticket(
    launchpad_id: str, launch: LaunchRecord, checkout: Checkout, about: dict[str, Any], now: datetime
) -> Ticket:
    return Ticket(
        launchpad_id=launchpad_id,
        launch_id=launch.launch_id,
        fw_id=launch.fw_id,
        token=launch.token,
        fworker=launch.fworker,
        reserved_on=iso(now),
        ping_interval_s=checkout.ping_interval_s,
        user_packages=checkout.user_packages,
        workflow=about,
    )
