"""Adding workflows: from objects to records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.domain.blueprint import plan, read_blueprint
from longfuse.domain.engine import Engine, spread, workflow_state
from longfuse.domain.events import Appended
from longfuse.errors import WorkflowError
from longfuse.store.records import FireworkRecord, WorkflowRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from longfuse.domain.blueprint import Blueprint
    from longfuse.store.seam import Store


@dataclass(frozen=True, slots=True)
class Draft:
    """A workflow read and checked, not yet numbered."""

    blueprint: Blueprint
    name: str
    metadata: dict[str, Any]


def draft(document: Mapping[str, Any]) -> Draft:
    """Read a Workflow or Firework in wire form.

    Raises:
        WorkflowError: It is none.
    """
    name = document.get("name") if "fws" in document else (document.get("name") or "Unnamed FW")
    metadata = document.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise WorkflowError(f"A workflow's metadata holds keys and values, it is no {type(metadata).__name__}")
    return Draft(read_blueprint(document), name or "unnamed WF", dict(metadata))


def add(store: Store, drafts: Sequence[Draft], now: datetime) -> list[dict[int, int]]:
    """Add all of them in one transaction.

    Returns:
        For each the map from its ids to the new ones: ascending old ids get ascending new ones.
    """
    with store.write(synced=False) as tx:
        wf_id = tx.new_wf_ids(len(drafts))
        fw_id = tx.new_fw_ids(sum(len(d.blueprint.parts) for d in drafts))
        maps, workflows, fireworks, links = [], [], [], []
        for each in drafts:
            ids = {part.fw_id: fw_id + n for n, part in enumerate(each.blueprint.parts)}
            blueprint = each.blueprint.numbered(ids)
            workflow, members = _records(each, blueprint, wf_id, now)
            workflows.append(workflow)
            fireworks += members
            links += blueprint.links
            maps.append(ids)
            wf_id, fw_id = wf_id + 1, fw_id + len(ids)
        tx.insert_workflows(workflows, fireworks, links)
    return maps


def append(
    store: Store,
    document: Mapping[str, Any],
    parents: Sequence[int],
    detour: bool | Sequence[bool],
    pull_spec_mods: bool,
    now: datetime,
) -> list[int]:
    """Add a workflow below existing Fireworks; returns the new ids.

    Raises:
        NotFoundError: A parent does not exist.
        WorkflowError: It does not fit there.
    """
    if not parents:
        raise WorkflowError("append_wf needs at least one fw_id to append to")
    with store.write() as tx:
        engine = Engine(tx)
        engine.handle(Appended(document, tuple(parents), spread(detour, len(parents)), pull_spec_mods))
        changes = engine.changes
        tx.apply(changes, now)
    return [new.node.fw_id for new in changes.added]


def _records(
    draft_: Draft, blueprint: Blueprint, wf_id: int, now: datetime
) -> tuple[WorkflowRecord, list[FireworkRecord]]:
    nodes, tally = plan(blueprint, wf_id)
    fireworks = [
        FireworkRecord(node=node, name=part.name, spec=part.spec, created_on=now, updated_on=now)
        for node, part in zip(nodes, blueprint.parts, strict=True)
    ]
    workflow = WorkflowRecord(
        wf_id=wf_id,
        name=draft_.name,
        metadata=draft_.metadata,
        state=workflow_state(tally),
        tally=tally,
        created_on=now,
        updated_on=now,
    )
    return workflow, fireworks
