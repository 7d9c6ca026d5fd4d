"""Records as rows, and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from longfuse.domain.graph import Node, Tally
from longfuse.store.lanes import lane_of
from longfuse.store.records import UNREAD, FireworkRecord, LaunchRecord, OfflineRun, OpenRun, WorkflowRecord
from longfuse.store.schema import COUNT_COLUMNS, fireworks, launches, offline_runs, specs, workflows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Values = dict[str, Any]

NODE_COLUMNS = [
    fireworks.c[name] for name in ("fw_id", "wf_id", "state", "waiting_for", "tolerant", "leaf", "blocking")
]
FIREWORK_COLUMNS = [*NODE_COLUMNS, fireworks.c.name, specs.c.spec, fireworks.c.created_on, fireworks.c.updated_on]
TALLY_COLUMNS = [
    workflows.c.wf_id,
    workflows.c.open_leaves,
    workflows.c.blocking,
    *(workflows.c[name] for name in COUNT_COLUMNS.values()),
]
WORKFLOW_COLUMNS = [workflows.c[n] for n in ("name", "metadata", "state", "created_on", "updated_on")] + TALLY_COLUMNS
HEADING_COLUMNS = [column for column in FIREWORK_COLUMNS if column is not specs.c.spec]
LAUNCH_COLUMNS = [launches.c[name] for name in LaunchRecord.__slots__]
ACTION = LaunchRecord.__slots__.index("action")
LAUNCH_HEADING_COLUMNS = [column for column in LAUNCH_COLUMNS if column is not launches.c.action]
OFFLINE_COLUMNS = [offline_runs.c[name] for name in OfflineRun.__slots__]
OPEN_COLUMNS = [
    (offline_runs if name in ("name", "created_on", "signature") else launches).c[name] for name in OpenRun.__slots__
]


def node_of(row: Sequence[Any]) -> Node:
    """A node from `NODE_COLUMNS`."""
    return Node.of(row)


def node_values(node: Node) -> Values:
    """A node's part of a row of ``fireworks``."""
    return {
        "fw_id": node.fw_id,
        "wf_id": node.wf_id,
        "state": node.state,
        "waiting_for": node.waiting_for,
        "tolerant": node.tolerant,
        "leaf": node.leaf,
        "blocking": node.blocking,
    }


def firework_of(row: Sequence[Any]) -> FireworkRecord:
    """A Firework from `FIREWORK_COLUMNS`."""
    *node, name, spec, created_on, updated_on = row
    return FireworkRecord(
        node=node_of(node),
        name=name,
        spec=spec,
        created_on=created_on,
        updated_on=updated_on,
    )


def firework_heading_of(row: Sequence[Any]) -> FireworkRecord:
    """A Firework without its spec, from `HEADING_COLUMNS`."""
    *node, name, created_on, updated_on = row
    return FireworkRecord(node=node_of(node), name=name, spec=UNREAD, created_on=created_on, updated_on=updated_on)


def firework_values(record: FireworkRecord) -> Values:
    """A row of ``fireworks``."""
    return {
        **node_values(record.node),
        "name": record.name,
        **waiting_values(record.spec),
        "created_on": record.created_on,
        "updated_on": record.updated_on,
    }


def waiting_values(spec: Mapping[str, Any]) -> Values:
    """A spec's part of a row of ``fireworks``: where a READY Firework waits to be taken."""
    return {"priority": priority_of(spec), "lane": lane_of(spec)}


def priority_of(spec: Mapping[str, Any]) -> float | None:
    """The spec's ``_priority`` if it is a number."""
    priority = spec.get("_priority")
    if isinstance(priority, bool) or not isinstance(priority, (int, float)):
        return None
    try:
        return None if math.isnan(priority) else float(priority)
    except OverflowError:
        return math.inf if priority > 0 else -math.inf


def tally_of(row: Sequence[Any]) -> Tally:
    """A tally from `TALLY_COLUMNS`."""
    _, open_leaves, blocking, *counts = row
    states = {state: count for state, count in zip(COUNT_COLUMNS, counts, strict=True) if count}
    return Tally(states, open_leaves, blocking)


def tally_values(tally: Tally) -> Values:
    """A tally's part of a row of ``workflows``."""
    counts = {column: tally.states.get(state, 0) for state, column in COUNT_COLUMNS.items()}
    return {**counts, "open_leaves": tally.open_leaves, "blocking": tally.blocking}


def workflow_of(row: Sequence[Any]) -> WorkflowRecord:
    """A Workflow from `WORKFLOW_COLUMNS`."""
    name, metadata, state, created_on, updated_on, *tally = row
    return WorkflowRecord(
        wf_id=tally[0],
        name=name,
        metadata=metadata,
        state=state,
        tally=tally_of(tally),
        created_on=created_on,
        updated_on=updated_on,
    )


def workflow_values(record: WorkflowRecord) -> Values:
    """A row of ``workflows``."""
    return {
        "wf_id": record.wf_id,
        "name": record.name,
        "metadata": record.metadata,
        "state": record.state,
        **tally_values(record.tally),
        "created_on": record.created_on,
        "updated_on": record.updated_on,
    }


def launch_of(row: Sequence[Any]) -> LaunchRecord:
    """A launch from `LAUNCH_COLUMNS`."""
    return LaunchRecord.of(row)


def launch_heading_of(row: Sequence[Any]) -> LaunchRecord:
    """A launch without its action, from `LAUNCH_HEADING_COLUMNS`."""
    return launch_of([*row[:ACTION], UNREAD, *row[ACTION:]])


def launch_values(record: LaunchRecord) -> Values:
    """A row of ``launches``."""
    values = {name: getattr(record, name) for name in LaunchRecord.__slots__}
    return {**values, "worker": str(record.fworker.get("name", ""))}


def offline_run_values(run: OfflineRun) -> Values:
    """A row of ``offline_runs``."""
    return {name: getattr(run, name) for name in OfflineRun.__slots__}
