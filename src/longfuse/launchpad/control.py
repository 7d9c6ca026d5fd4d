"""What a person says of Fireworks and Workflows: run again, hold, let go, retire, remove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.domain.engine import UNDER_WAY, Engine
from longfuse.domain.events import Archived, Defused, Paused, Reignited, Rerun, Resumed, SpecChanged
from longfuse.domain.specmods import apply_mod
from longfuse.domain.states import ENDED, State
from longfuse.errors import InputError, NotFoundError, StateError
from longfuse.launchdir.observe import observe
from longfuse.launchpad.history import checkpoint_of
from longfuse.launchpad.launches import apply
from longfuse.launchpad.lookup import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from longfuse.domain.events import Event
    from longfuse.domain.graph import Node
    from longfuse.store.records import LaunchRecord
    from longfuse.store.seam import Reader, Store, Transaction

    FireworkEvent = Defused | Paused | Reignited | Resumed

EXCEPTION_DETAILS = "_exception_details"
"""The spec key for what the exception of the run before told."""

UPDATABLE = frozenset({State.READY, State.WAITING, State.FIZZLED, State.DEFUSED, State.PAUSED})
"""Where a spec may still be changed: nothing has been taken from it."""


def node_or_error(reader: Reader, fw_id: int) -> Node:
    """The Firework's node.

    Raises:
        NotFoundError: There is none of that id.
    """
    return nodes_or_error(reader, [fw_id])[fw_id]


def nodes_or_error(reader: Reader, fw_ids: Sequence[int]) -> dict[int, Node]:
    """The nodes of these Fireworks; in a transaction of PostgreSQL all their workflows are locked at once.

    Raises:
        NotFoundError: There is none of one of these ids.
    """
    nodes = reader.nodes(fw_ids)
    for fw_id in fw_ids:
        if fw_id not in nodes:
            raise NotFoundError(f"No Firework exists with id: {fw_id}")
    return nodes


def decide(store: Store, batch: Sequence[FireworkEvent], now: datetime) -> dict[int, State]:
    """Handle events in one transaction, each as if it came alone; returns the states of their Fireworks after it.

    Raises:
        NotFoundError: One does not exist; nothing was changed.
    """
    with store.write() as tx:
        nodes_or_error(tx, [event.fw_id for event in batch])
        apply(tx, batch, now, each=True)
        return {i: node.state for i, node in tx.nodes([event.fw_id for event in batch]).items()}


def rerun(
    store: Store,
    fw_id: int,
    now: datetime,
    *,
    duplicates: bool = True,
    recover_launch: int | str | None = None,
    recover_mode: str | None = None,
    keep_details: bool = False,
) -> list[int]:
    """Run a Firework again, with everything below it that is past WAITING.

    Args:
        store: The records.
        fw_id: The Firework.
        now: The time.
        duplicates: Whether Fireworks that share one of its launches run again, too; else they keep the launch.
        recover_launch: ``"last"`` or a launch id: go on from that launch's checkpoint instead of the first Firetask.
        recover_mode: ``"cp"`` copies the earlier launch directory first, ``"prev_dir"`` runs in it, None does neither.
        keep_details: Leave what the exceptions of those that were FIZZLED told in ``spec._exception_details``.

    Returns:
        The ids that were reset, this one first; empty if it is WAITING, DEFUSED or ARCHIVED.

    Raises:
        NotFoundError: There is no such Firework, or no such launch of it.
        StateError: The launch left no checkpoint.
    """
    fresh = _reported(store, fw_id) if recover_launch is not None else {}
    with store.write() as tx:
        node_or_error(tx, fw_id)
        recovery = _recovery(tx, fw_id, recover_launch, recover_mode, fresh) if recover_launch is not None else None
        reruns = _rerun(tx, [Rerun(fw_id, duplicates)], now, keep_details=keep_details)
        if recovery and reruns:
            spec = tx.specs([fw_id])[fw_id]
            spec["_recovery"] = recovery
            if recover_mode == "prev_dir":
                spec["_launch_dir"] = recovery["_prev_dir"]
            apply(tx, [SpecChanged(fw_id, spec)], now)
    return reruns


def rerun_many(store: Store, fw_ids: Sequence[int], now: datetime, *, keep_details: bool) -> list[int]:
    """`rerun` of one after the other, with their duplicates, in one transaction; returns the ids that were reset.

    Raises:
        NotFoundError: One does not exist; nothing was changed.
    """
    with store.write() as tx:
        nodes_or_error(tx, fw_ids)
        return _rerun(tx, [Rerun(fw_id, duplicates=True) for fw_id in fw_ids], now, keep_details=keep_details)


def _rerun(tx: Transaction, batch: Sequence[Rerun], now: datetime, *, keep_details: bool) -> list[int]:
    details = _exception_details(tx, batch) if keep_details else {}
    reruns = apply(tx, batch, now, each=True)
    specs = tx.specs(list(details))
    apply(tx, [SpecChanged(i, {**specs[i], EXCEPTION_DETAILS: told}) for i, told in details.items()], now)
    return reruns


def _exception_details(tx: Transaction, batch: Sequence[Rerun]) -> dict[int, Any]:
    """What the exceptions told of the Fireworks that are FIZZLED and that these reruns will reset."""
    engine = Engine(tx)
    engine.handle_each(*batch)
    nodes = tx.nodes(engine.changes.reruns)
    fizzled = [i for i, node in nodes.items() if node.state is State.FIZZLED]
    found = {}
    for fw_id, launches in tx.launch_records_of(fizzled).items():
        stored = [(x.action or {}).get("stored_data") or {} for x in launches if not x.archived]
        details = (stored[-1].get("_exception") or {}).get("_details") if stored else None
        if details:
            found[fw_id] = details
    return found


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a rerun would do.

    Attributes:
        reset: The Fireworks that it would reset, those that were asked for too.
        added: Fireworks that FWActions or tasks of their launches have added; they stay.
    """

    reset: list[int]
    added: list[int]


def foresee_rerun(store: Store, fw_ids: Sequence[int]) -> Foreseen:
    """What `rerun` of these Fireworks, one after the other, would do; nothing is changed.

    Raises:
        NotFoundError: There is no such Firework.
    """
    with store.read() as reader:
        engine = Engine(reader)
        engine.handle(*(Rerun(fw_id, duplicates=True) for fw_id in fw_ids))
        reset = engine.changes.reruns
        added: set[int] = set()
        for first in range(0, len(reset), PAGE):
            for found in reader.launch_records_of(reset[first : first + PAGE], actions=False).values():
                added.update(fw_id for launch in found for fw_id in (launch.effects or {}).get("added", []))
    return Foreseen(reset, sorted(added))


# --- whole workflows, each by any of its Fireworks, all of them in one transaction
def _members(tx: Transaction, fw_ids: Sequence[int]) -> list[int]:
    """All Fireworks of the workflows of these."""
    return [i for wf_id in _workflows(tx, fw_ids) for i in tx.members(wf_id)]


def _workflows(tx: Transaction, fw_ids: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(node.wf_id for node in nodes_or_error(tx, fw_ids).values()))


def hold_workflows(
    store: Store, fw_ids: Sequence[int], now: datetime, kind: type[Defused | Paused], skip: frozenset[State]
) -> None:
    """Defuse or pause every Firework of some workflows but those in the states to skip."""
    with store.write() as tx:
        nodes = tx.nodes(_members(tx, fw_ids))
        meant = [i for i, node in nodes.items() if node.state not in skip]
        # to defuse what is under way resets what is below it, so that comes first
        first = [i for i in meant if nodes[i].state in UNDER_WAY]
        apply(tx, [kind(i) for i in [*first, *meant]], now)


def defuse_workflows(store: Store, fw_ids: Sequence[int], now: datetime, *, all_states: bool) -> None:
    """Defuse whole workflows; without ``all_states`` what has ended stays as it is."""
    hold_workflows(store, fw_ids, now, Defused, frozenset() if all_states else ENDED)


def pause_workflows(store: Store, fw_ids: Sequence[int], now: datetime) -> None:
    """Pause whatever of some workflows has not begun to run."""
    hold_workflows(store, fw_ids, now, Paused, ENDED | {State.DEFUSED})


def reignite_workflows(store: Store, fw_ids: Sequence[int], now: datetime) -> None:
    """Let go whatever of some workflows is DEFUSED or PAUSED."""
    with store.write() as tx:
        members = _members(tx, fw_ids)
        batch: list[Event] = [Reignited(i) for i in members]
        apply(tx, [*batch, *(Resumed(i) for i in members)], now)


def archive_workflows(store: Store, fw_ids: Sequence[int], now: datetime) -> None:
    """Retire whole workflows for good."""
    with store.write() as tx:
        apply(tx, [Archived(wf_id) for wf_id in _workflows(tx, fw_ids)], now)


def delete_workflows(store: Store, fw_ids: Sequence[int]) -> list[str]:
    """Remove the workflows of some Fireworks with their launches; returns their directories, which stay."""
    with store.write() as tx:
        wf_ids = _workflows(tx, fw_ids)
        records = [x for found in tx.launch_records_of(_members(tx, fw_ids), actions=False).values() for x in found]
        tx.delete_workflows(wf_ids)
        kept = tx.launch_records(
            [x.launch_id for x in records], actions=False
        )  # another workflow's duplicates share them
    return list(dict.fromkeys(x.launch_dir for x in records if x.launch_id not in kept))


def update_specs(
    store: Store, fw_ids: Sequence[int], changes: dict[str, Any], now: datetime, *, mongo: bool
) -> list[int]:
    """Change specs: each key of ``changes`` is set; with ``mongo`` they are Mongo's ``$set``, ``$inc``, ... of paths.

    Returns:
        The ids that were left alone, because their state does not allow it.
    """
    modification = _from_mongo(changes) if mongo else {"_set": {k.replace(".", "->"): v for k, v in changes.items()}}
    with store.write() as tx:
        nodes = nodes_or_error(tx, fw_ids)
        allowed = [i for i, node in nodes.items() if node.state in UPDATABLE]
        specs = tx.specs(allowed)
        for spec in specs.values():
            apply_mod(modification, spec)
        apply(tx, [SpecChanged(i, spec) for i, spec in specs.items()], now)
    return [i for i in nodes if i not in specs]


def set_priorities(store: Store, fw_ids: Iterable[int], priority: float, now: datetime) -> None:
    """Set ``spec._priority``, in whatever state."""
    ids = list(fw_ids)
    with store.write() as tx:
        specs = tx.specs(ids)
        missing = [i for i in ids if i not in specs]
        if missing:
            raise NotFoundError(f"No Firework exists with id: {missing[0]}")
        apply(tx, [SpecChanged(i, {**spec, "_priority": priority}) for i, spec in specs.items()], now)


def recovery_of(launch: LaunchRecord, reported: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Where a rerun could go on: the launch's checkpoint with its directory and id; None if it left none.

    Args:
        launch: The launch.
        reported: The checkpoint in its files, if they can be seen.
    """
    checkpoint = reported or checkpoint_of(launch.state_history)
    if checkpoint is None:
        return None
    return {**checkpoint, "_prev_dir": launch.launch_dir, "_launch_id": launch.launch_id}


def _reported(store: Store, fw_id: int) -> dict[int, dict[str, Any]]:
    """The newest checkpoints of a Firework's launches, as far as their files can be seen from here.

    A job that was killed may have come further than any recovery has read.
    """
    with store.read() as reader:
        launches = reader.launch_records_of([fw_id], actions=False)[fw_id] if reader.nodes([fw_id]) else []
    found = {}
    for launch in launches:
        files = observe(launch.launch_dir, launch.launch_id)
        if files is None or files.ticket is None or files.ticket.token != launch.token:
            continue
        for report in (files.final, files.ping):
            if report is not None and report.token == launch.token and report.checkpoint:
                found[launch.launch_id] = report.checkpoint
                break
    return found


def _recovery(
    tx: Transaction, fw_id: int, recover_launch: int | str, mode: str | None, reported: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    launches = tx.launch_records_of([fw_id], actions=False)[fw_id]
    if recover_launch == "last":
        current = [x for x in launches if not x.archived]
        if not current:
            raise NotFoundError(f"FW with id: {fw_id} has no active launches; name one with --launch_id")
        launch = current[-1]
    else:
        found = [x for x in launches if x.launch_id == int(recover_launch)]
        if not found:
            raise NotFoundError(f"launch_id: {recover_launch} is no launch of fw_id: {fw_id}")
        launch = found[0]
    recovery = recovery_of(launch, reported.get(launch.launch_id))
    if recovery is None:
        raise StateError(
            f"No recovery info found in launch {launch.launch_id}: it never reported a checkpoint; "
            "rerun without --task-level"
        )
    return {**recovery, "_mode": mode}


_MONGO_OPERATORS = {
    "$set": "_set",
    "$unset": "_unset",
    "$inc": "_inc",
    "$push": "_push",
    "$addToSet": "_add_to_set",
    "$pull": "_pull",
}


def _from_mongo(update: dict[str, Any]) -> dict[str, Any]:
    """A Mongo update of ``spec.*`` paths as a modification of the spec."""
    modification: dict[str, Any] = {}
    for operator, changes in update.items():
        if operator not in _MONGO_OPERATORS:
            raise InputError(f"{operator} is not supported in an update; use one of {', '.join(_MONGO_OPERATORS)}")
        outside = [path for path in changes if not path.startswith("spec.")]
        if outside:
            raise InputError(f"Only paths below spec. can be updated, not {outside[0]}")
        paths = {path.removeprefix("spec.").replace(".", "->"): value for path, value in changes.items()}
        modification[_MONGO_OPERATORS[operator]] = paths
    return modification
