"""Upkeep: what is reserved or running for too long, and workflows whose counters are set right again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from longfuse.domain import query as queries
from longfuse.domain.blueprint import count, is_tolerant
from longfuse.domain.engine import is_done, representative, workflow_state
from longfuse.domain.events import Launched, Released
from longfuse.domain.graph import Changes
from longfuse.domain.states import ENDED, HELD, State
from longfuse.errors import InputError, NotFoundError
from longfuse.launchdir.claim import withdraw
from longfuse.launchpad.batches import FIREWORKS as AT_ONCE
from longfuse.launchpad.batches import with_rests
from longfuse.launchpad.history import last_heard
from longfuse.launchpad.launches import apply, release
from longfuse.launchpad.lookup import pages
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Collection as Some
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from longfuse.domain.events import Event
    from longfuse.domain.graph import LaunchView, Node
    from longfuse.store.records import LaunchRecord
    from longfuse.store.seam import Reader, Store, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Which RUNNING launches count as lost.

    Attributes:
        expiration_secs: How long nothing was heard of them.
        max_runtime: Only those that ran at most so many seconds before they fell silent; None means any.
        min_runtime: Only those that ran at least so many; None means any.
        query: Only those of Fireworks that match this Mongo-style query.
        launch_query: Only launches that match this one.
    """

    expiration_secs: float
    max_runtime: float | None = None
    min_runtime: float | None = None
    query: Mapping[str, Any] | None = None
    launch_query: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """What `lost` found.

    Attributes:
        launches: The lost launches.
        fw_ids: RUNNING Fireworks of which no current launch can report any more.
        inconsistent: RUNNING Fireworks of which a launch says that they have ended.
    """

    launches: list[int]
    fw_ids: list[int]
    inconsistent: list[int]


def unreserved(store: Store, expiration_secs: float, now: datetime) -> list[int]:
    """Launches that count for RESERVED Fireworks and have been waiting in the queue for longer than that."""
    with store.read() as reader:
        old = _silent(reader, State.RESERVED, {}, now - timedelta(seconds=expiration_secs))
        found = {launch.launch_id: launch.fw_id for launch in old}
        nodes = reader.nodes(list(found.values()))
    return [launch_id for launch_id, fw_id in found.items() if nodes[fw_id].state is State.RESERVED]


def give_back(store: Store, launch_ids: Sequence[int], now: datetime) -> list[int]:
    """Make the Fireworks of these launches READY again, some hundreds in a transaction.

    Where the launch directory can be seen, the launch's first start is taken, so that a job that comes late does
    nothing. Left alone is a launch that has begun all the same, that is not RESERVED any more, or of which nothing can
    be known.

    Returns:
        The launches that were given back.
    """
    given: list[int] = []
    for batch in with_rests(store, pages(launch_ids, AT_ONCE)):
        given += _given_back(store, batch, now)
    return sorted(given)


def _given_back(store: Store, launch_ids: Sequence[int], now: datetime) -> list[int]:
    with store.read() as reader:
        records = reader.launch_records(launch_ids, actions=False)
    idle = [i for i, launch in records.items() if not _has_begun(launch)]
    given = []
    with store.write() as tx:
        for launch in tx.launch_records(idle, actions=False).values():
            if launch.state is State.RESERVED and not launch.archived:
                release(tx, launch, now)
                given.append(launch.launch_id)
    return given


def _has_begun(launch: LaunchRecord) -> bool:
    try:
        return not withdraw(launch.launch_dir, launch.launch_id, launch.token)
    except OSError:  # the file system refused: it may start yet for all we know
        return True


def lost(store: Store, silence: Silence, now: datetime, spared: Some[int] = ()) -> Lost:
    """Look for launches that will not report any more, by what is on record.

    Args:
        store: The records.
        silence: What counts as lost.
        now: The time.
        spared: Launches that are known to be alive.
    """
    with store.read() as reader:
        wanted = None if silence.query is None else set(reader.find(Collection.FIREWORKS, queries.parse(silence.query)))
        cutoff = now - timedelta(seconds=silence.expiration_secs)
        ids = {
            launch.launch_id
            for launch in _silent(reader, State.RUNNING, silence.launch_query or {}, cutoff)
            if launch.launch_id not in spared
            and (wanted is None or launch.fw_id in wanted)
            and _ran_as_long(launch, silence)
        }
        running = list(reader.find(Collection.FIREWORKS, queries.parse({"state": str(State.RUNNING)})))
        gone, inconsistent = _without_launch(reader, (i for i in running if wanted is None or i in wanted), ids)
    return Lost(sorted(ids), sorted(gone), sorted(inconsistent))


def _without_launch(reader: Reader, running: Iterable[int], lost: Some[int]) -> tuple[list[int], list[int]]:
    """Those of RUNNING Fireworks whose launches are lost, and those of which a launch has ended."""
    gone, inconsistent = [], []
    for page in pages(running):
        for fw_id, views in reader.launches(page).items():
            if any(view.launch_id in lost for view in views) and all(
                view.launch_id in lost or view.state is State.FIZZLED for view in views
            ):
                gone.append(fw_id)
            decisive = representative(views)
            if decisive is None or decisive.state in ENDED:
                inconsistent.append(fw_id)
    return gone, inconsistent


def _silent(reader: Reader, state: State, query: Mapping[str, Any], cutoff: datetime) -> Iterator[LaunchRecord]:
    """Current launches in this state of which nothing was heard since then, by id, as a stream."""
    where = queries.parse({"$and": [{"state": str(state)}, query]} if query else {"state": str(state)})
    for page in pages(list(reader.find(Collection.LAUNCHES, where))):
        records = reader.launch_records(page, actions=False)
        for launch in (records[i] for i in page if i in records):
            if not launch.archived and (last_heard(launch.state_history) or cutoff) <= cutoff:
                yield launch


def _ran_as_long(launch: LaunchRecord, silence: Silence) -> bool:
    """Whether it ran as long as asked for, from its start to when it was last heard of."""
    heard = last_heard(launch.state_history)
    if launch.time_start is None or heard is None:
        return silence.max_runtime is None and silence.min_runtime is None
    ran_s = (heard - launch.time_start).total_seconds()
    long_enough = silence.min_runtime is None or ran_s >= silence.min_runtime
    return long_enough and (silence.max_runtime is None or ran_s <= silence.max_runtime)


# --- setting workflows right
def refresh(store: Store, fw_id: int, now: datetime) -> list[int]:
    """Compute the whole workflow of a Firework anew: counters from links and specs, states from parents and launches.

    Where nothing is wrong, nothing changes.

    Returns:
        The Fireworks that were corrected.

    Raises:
        NotFoundError: There is no such Firework.
        ActionError: The FWAction of a Firework that turns out to be COMPLETED cannot be applied; nothing was changed.
    """
    with store.write() as tx:
        wf_id = _workflow_of(tx, fw_id)
        members = tx.members(wf_id)
        before = tx.nodes(members)
        _recount(tx, wf_id, before, now)
        apply(tx, _looked_at(tx, members), now)
        states = tx.nodes(members)
        _recount(tx, wf_id, states, now)
        after = tx.nodes(members)
    return [i for i in members if before[i] != after[i]]


def miscounted(store: Store, fw_id: int) -> list[int]:
    """Fireworks of a workflow whose counters or states are not what links, parents and launches say.

    Raises:
        NotFoundError: There is no such Firework.
    """
    with store.read() as reader:
        nodes = reader.nodes(reader.members(_workflow_of(reader, fw_id)))
        counted = _counted(reader, nodes)
        launches = reader.launches(list(nodes))
    return sorted(i for i, node in nodes.items() if counted[i] != node or _state(counted[i], launches[i]) != node.state)


def _state(node: Node, launches: Sequence[LaunchView]) -> State:
    """The state that parents and launches say, if nobody holds the Firework."""
    if node.state in HELD:
        return node.state
    if node.waiting_for:
        return State.WAITING
    launch = representative(launches)
    return launch.state if launch else State.READY


def _workflow_of(reader: Reader, fw_id: int) -> int:
    node = reader.nodes([fw_id]).get(fw_id)
    if node is None:
        raise NotFoundError(f"Could not find a Workflow with fw_id={fw_id}")
    return node.wf_id


def _recount(tx: Transaction, wf_id: int, nodes: Mapping[int, Node], now: datetime) -> None:
    counted = _counted(tx, nodes)
    wrong = {i: node for i, node in counted.items() if node != nodes[i]}
    tally = count(list(counted.values()))
    record = tx.workflows([wf_id])[wf_id]
    stale = tally != record.tally or workflow_state(tally) is not record.state
    if wrong or stale:
        tx.apply(Changes(nodes=wrong, tallies={wf_id: tally}), now)


def _counted(reader: Reader, nodes: Mapping[int, Node]) -> dict[int, Node]:
    """The nodes of a whole workflow, each in the state it is in, with counters as they should be."""
    ids = list(nodes)
    children, parents = reader.children(ids), reader.parents(ids)
    tolerant = {i: is_tolerant(spec) for i, spec in reader.specs(ids).items()}
    counted = {}
    for i, node in nodes.items():
        blocks = not children[i] or not all(tolerant[child] for child in children[i])
        counted[i] = replace(
            node,
            tolerant=tolerant[i],
            leaf=not children[i],
            waiting_for=sum(not is_done(nodes[p].state, tolerant=tolerant[i]) for p in parents[i]),
            blocking=node.state is State.FIZZLED and blocks,
        )
    return counted


def _looked_at(tx: Transaction, members: Sequence[int]) -> list[Event]:
    """Events that bring no news, and so have the engine look at every Firework."""
    batch: list[Event] = []
    for fw_id, views in tx.launches(members).items():
        batch += [Launched(fw_id, view) for view in views] or [Released(fw_id)]
    return batch


# --- Fireworks without workflow, and removing some
def orphans(store: Store, fw_ids: Sequence[int]) -> list[int]:
    """Those of these Fireworks whose workflow does not exist; the database's references allow none."""
    with store.read() as reader:
        nodes = reader.nodes(fw_ids)
        known = reader.workflows(list({node.wf_id for node in nodes.values()}))
    return [i for i in fw_ids if i in nodes and nodes[i].wf_id not in known]


def delete_fireworks(store: Store, fw_ids: Sequence[int]) -> list[str]:
    """Remove Fireworks that are whole workflows, or that belong to none; returns their launch directories, which stay.

    Raises:
        NotFoundError: One does not exist.
        InputError: A workflow would lose only a part of its Fireworks; nothing was changed.
    """
    with store.write() as tx:
        nodes = tx.nodes(fw_ids)
        missing = [i for i in fw_ids if i not in nodes]
        if missing:
            raise NotFoundError(f"No Firework exists with id: {missing[0]}")
        wf_ids = sorted({node.wf_id for node in nodes.values()})
        for wf_id in wf_ids:
            rest = sorted(set(tx.members(wf_id)) - set(nodes))
            if rest:
                raise InputError(
                    f"Fireworks {rest[:10]} belong to the same workflow and were not named; a workflow is deleted as a "
                    "whole (delete_wf), a part of it can be held (defuse_fw). Nothing was changed"
                )
        records = [x for found in tx.launch_records_of(list(nodes), actions=False).values() for x in found]
        tx.delete_workflows(wf_ids)
        kept = tx.launch_records([x.launch_id for x in records], actions=False)
    return list(dict.fromkeys(x.launch_dir for x in records if x.launch_id not in kept))
