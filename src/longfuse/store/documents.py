"""The LaunchPad's records as FireWorks' documents: the same keys in the same order.

There are two shapes of everything. The plain one (``firework_document``) is FireWorks' ``to_dict``, as printed and
written to files. The ``_db_`` one is the document that FireWorks keeps in its collections and that queries are about.
Nothing is copied: specs, actions and lists are the record's own, so a caller who changes them copies first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from longfuse.domain.states import State
from longfuse.domain.wire import iso, parse_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from longfuse.store.records import FileRecord, FireworkRecord, LaunchRecord, OfflineRun, WorkflowRecord

Document = dict[str, Any]
Links = dict[str, list[int]]


def firework_document(record: FireworkRecord, launches: Sequence[LaunchRecord] = ()) -> Document:
    """A Firework as ``Firework.to_dict`` writes it.

    Args:
        record: The Firework.
        launches: All its launches, archived ones too, ascending by id.

    Returns:
        ``spec fw_id created_on updated_on [launches] [archived_launches] [state] name``; the lists hold whole launches
        and are absent when empty, the state is absent when WAITING.
    """
    document = _firework_head(record)
    current, archived = _split(launches)
    if current:
        document["launches"] = [launch_document(launch) for launch in current]
    if archived:
        document["archived_launches"] = [launch_document(launch) for launch in archived]
    if record.node.state is not State.WAITING:
        document["state"] = str(record.node.state)
    document["name"] = record.name
    return document


def firework_db_document(record: FireworkRecord, launches: Sequence[LaunchRecord] = ()) -> Document:
    """A Firework as FireWorks' ``fireworks`` collection holds it: launches as ids, nothing left out."""
    current, archived = _split(launches)
    return {
        **_firework_head(record),
        "state": str(record.node.state),
        "name": record.name,
        "launches": [launch.launch_id for launch in current],
        "archived_launches": [launch.launch_id for launch in archived],
    }


def launch_document(record: LaunchRecord) -> Document:
    """A launch as ``Launch.to_dict`` writes it; with ``cause`` and ``reason`` if it ended badly, and its effects."""
    return {
        "fworker": record.fworker,
        "fw_id": record.fw_id,
        "launch_dir": record.launch_dir,
        "host": record.host,
        "ip": record.ip,
        "trackers": record.trackers,
        "action": record.action,
        "state": str(record.state),
        "state_history": record.state_history,
        "launch_id": record.launch_id,
        **_ending(record),
        **_effects(record),
    }


def launch_db_document(record: LaunchRecord, now: datetime | None = None) -> Document:
    """A launch as FireWorks' ``launches`` collection holds it: with its times and durations in seconds.

    Args:
        record: The launch.
        now: Until when a launch that did not start yet has been reserved; None leaves that duration out.
    """
    document = {
        **launch_document(record),
        "time_start": iso(record.time_start) if record.time_start else None,
        "time_end": iso(record.time_end) if record.time_end else None,
        "runtime_secs": _runtime_s(record),
    }
    reserved_s = _reserved_s(record, now)
    if reserved_s:
        document["reservedtime_secs"] = reserved_s
    return document


def launch_search_document(record: LaunchRecord) -> Document:
    """A launch as filters see it: without durations and effects, with what else Longfuse knows beyond FireWorks."""
    return {
        **launch_document(replace(record, effects=None)),
        "time_start": iso(record.time_start) if record.time_start else None,
        "time_end": iso(record.time_end) if record.time_end else None,
        "reservation_id": record.reservation_id,
        "cause": record.cause,
        "reason": record.reason,
    }


def workflow_document(
    record: WorkflowRecord, fireworks: Sequence[Document], children: Mapping[int, Iterable[int]]
) -> Document:
    """A Workflow as ``Workflow.to_dict`` writes it.

    Args:
        record: The Workflow.
        fireworks: Its Fireworks as documents, ascending by id.
        children: The children of each of its Fireworks.
    """
    return {
        "fws": list(fireworks),
        "links": _links(children),
        "name": record.name,
        "metadata": record.metadata,
        "updated_on": iso(record.updated_on),
        "created_on": iso(record.created_on),
    }


def workflow_db_document(
    record: WorkflowRecord, children: Mapping[int, Iterable[int]], states: Mapping[int, State]
) -> Document:
    """A Workflow as FireWorks' ``workflows`` collection holds it.

    Args:
        record: The Workflow.
        children: The children of each of its Fireworks.
        states: The state of each of its Fireworks.
    """
    return {
        "links": _links(children),
        "parent_links": _parent_links(children),
        "nodes": sorted(states),
        "metadata": record.metadata,
        "state": str(record.state),
        "name": record.name,
        "created_on": iso(record.created_on),
        "updated_on": iso(record.updated_on),
        "fw_states": {str(fw_id): str(states[fw_id]) for fw_id in sorted(states)},
    }


def offline_run_document(run: OfflineRun) -> Document:
    """An offline run as FireWorks' ``offline_runs`` collection holds it."""
    return {
        "fw_id": run.fw_id,
        "launch_id": run.launch_id,
        "name": run.name,
        "created_on": iso(run.created_on),
        "updated_on": iso(run.updated_on),
        "deprecated": run.deprecated,
        "completed": run.completed,
    }


def file_document(record: FileRecord) -> Document:
    """A file of the FilePad as FireWorks' ``filepad`` collection holds it, and its size and time."""
    return {
        "identifier": record.identifier,
        "original_file_name": record.original_file_name,
        "original_file_path": record.original_file_path,
        "metadata": record.metadata,
        "compressed": record.compressed,
        "gfs_id": record.gfs_id,
        "size": record.size,
        "created_on": iso(record.created_on),
    }


def _firework_head(record: FireworkRecord) -> Document:
    return {
        "spec": record.spec,
        "fw_id": record.node.fw_id,
        "created_on": iso(record.created_on),
        "updated_on": iso(record.updated_on),
    }


def _split(launches: Sequence[LaunchRecord]) -> tuple[list[LaunchRecord], list[LaunchRecord]]:
    return [x for x in launches if not x.archived], [x for x in launches if x.archived]


def _ending(record: LaunchRecord) -> Document:
    """Why it did not end well: keys of Longfuse's own, only where there is something to say."""
    return {key: value for key, value in (("cause", record.cause), ("reason", record.reason)) if value}


def _effects(record: LaunchRecord) -> Document:
    """What the launch did to the LaunchPad, likewise; not what it only noted so far."""
    effects = record.effects or {}
    told = {"added_fws": effects.get("added"), "launchpad_writes": effects.get("writes")}
    return {key: value for key, value in told.items() if value}


def _runtime_s(record: LaunchRecord) -> float | None:
    if record.time_start is None or record.time_end is None:
        return None
    return (record.time_end - record.time_start).total_seconds()


def _reserved_s(record: LaunchRecord, now: datetime | None) -> float | None:
    reserved_on = next((x["created_on"] for x in record.state_history if x.get("state") == State.RESERVED), None)
    until = record.time_start or now
    if reserved_on is None or until is None:
        return None
    reserved_s: float = (until - parse_iso(reserved_on)).total_seconds()
    return reserved_s


def _links(children: Mapping[int, Iterable[int]]) -> Links:
    return {str(fw_id): sorted(children[fw_id]) for fw_id in sorted(children)}


def _parent_links(children: Mapping[int, Iterable[int]]) -> Links:
    parents: dict[int, list[int]] = {}
    for parent in sorted(children):
        for child in children[parent]:
            parents.setdefault(child, []).append(parent)
    return {str(child): parents[child] for child in sorted(parents)}
