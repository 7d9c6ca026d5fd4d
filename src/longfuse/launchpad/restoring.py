"""Fills an empty LaunchPad with Fireworks and launches that are known from elsewhere, under their own ids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from longfuse.domain.blueprint import count, is_tolerant
from longfuse.domain.engine import workflow_state
from longfuse.domain.graph import Node
from longfuse.domain.states import State
from longfuse.domain.wire import parse_iso
from longfuse.errors import InputError
from longfuse.launchpad.consistency import Rows, derived
from longfuse.launchpad.effects import with_done
from longfuse.launchpad.history import entered
from longfuse.launchpad.launches import view
from longfuse.launchpad.verdict import Case, Sighting, judge
from longfuse.store.records import FireworkRecord, LaunchRecord, OfflineRun, WorkflowRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from longfuse.launchdir.observe import Observation
    from longfuse.launchdir.ticket import Ticket
    from longfuse.store.seam import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowName:
    """What a launch tells of its Workflow; ``wf_id`` is 0 if it does not."""

    wf_id: int
    name: str
    metadata: dict[str, Any]
    created_on: datetime
    parents: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A launch that is known from its directory.

    Attributes:
        ticket: Whose it is.
        firework: The Firework as it was reserved, in wire form.
        files: What the directory says.
        workflow: What it says of the Workflow.
    """

    ticket: Ticket
    firework: dict[str, Any]
    files: Observation
    workflow: WorkflowName


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """How much there is now; ``missing`` are Fireworks on which others depend and of which nothing is known."""

    workflows: int
    fireworks: int
    missing: list[int]


def restore(
    store: Store, launchpad_id: str, found: Sequence[Found], queue: dict[str, Any] | None, now: datetime
) -> Restored:
    """Add what was found, in one transaction.

    Of several launches of a Firework the last one counts. States follow from launches and parents; the FWActions of
    completed launches are kept, but not applied again: what they changed is in the Fireworks that came after.

    Args:
        store: Empty.
        launchpad_id: Which LaunchPad it is from now on.
        found: The launches, ascending by launch id.
        queue: What the queue adapter needs to look for jobs that are under way.
        now: The time.

    Raises:
        InputError: What is said of parents makes a circle.
    """
    last = {one.ticket.fw_id: one for one in found}
    parents = {fw_id: [p for p in one.workflow.parents if p in last] for fw_id, one in last.items()}
    pairs = [_launch(one, launchpad_id, queue, one is last[one.ticket.fw_id], now) for one in found]
    views = {launch.fw_id: [view(launch)] for launch, _ in pairs if not launch.archived}
    workflows, fireworks = [], []
    for wf_id, members in _members(last).items():
        rows = _rows(wf_id, members, parents, views)
        nodes = derived(rows)
        if len(nodes) < len(members):
            raise InputError(
                f"The tickets of Workflow {wf_id} name parents in a circle; leave out what a person put there"
            )
        workflows.append(_workflow(wf_id, members[0].workflow, nodes.values(), now))
        fireworks += [_firework(one, nodes[one.ticket.fw_id], now) for one in members]
    with store.write() as tx:
        tx.adopt_identity(launchpad_id)
        tx.insert_workflows(workflows, fireworks, [(p, fw_id) for fw_id, those in parents.items() for p in those])
        tx.insert_launches([launch for launch, _ in pairs])
        tx.put_offline_runs([run for _, run in pairs])
    named = {parent for one in last.values() for parent in one.workflow.parents}
    return Restored(workflows=len(workflows), fireworks=len(fireworks), missing=sorted(named - set(last)))


def _members(last: dict[int, Found]) -> dict[int, list[Found]]:
    """Fireworks by Workflow; one whose ticket does not tell is a Workflow of its own."""
    free = max((one.workflow.wf_id for one in last.values()), default=0) + 1
    members: dict[int, list[Found]] = {}
    for one in last.values():
        wf_id = one.workflow.wf_id
        if not wf_id:
            wf_id, free = free, free + 1
        members.setdefault(wf_id, []).append(one)
    return members


def _rows(wf_id: int, members: Sequence[Found], parents: dict[int, list[int]], views: dict[int, list[Any]]) -> Rows:
    nodes: dict[int, Node] = {}
    children: dict[int, list[int]] = {one.ticket.fw_id: [] for one in members}
    for one in members:
        fw_id = one.ticket.fw_id
        nodes[fw_id] = Node(fw_id=fw_id, wf_id=wf_id, state=State.READY, tolerant=is_tolerant(one.firework["spec"]))
        for parent in parents[fw_id]:
            children[parent].append(fw_id)
    return Rows(nodes, parents, children, views)


def _workflow(wf_id: int, told: WorkflowName, nodes: Collection[Node], now: datetime) -> WorkflowRecord:
    tally = count(nodes)
    return WorkflowRecord(
        wf_id=wf_id,
        name=told.name,
        metadata=told.metadata,
        state=workflow_state(tally),
        tally=tally,
        created_on=told.created_on,
        updated_on=now,
    )


def _firework(one: Found, node: Node, now: datetime) -> FireworkRecord:
    document = one.firework
    created_on = document.get("created_on")
    return FireworkRecord(
        node=node,
        name=str(document.get("name") or "Unnamed FW"),
        spec=document["spec"],
        created_on=parse_iso(created_on) if created_on else now,
        updated_on=now,
    )


def _launch(
    one: Found, launchpad_id: str, queue: dict[str, Any] | None, counts: bool, now: datetime
) -> tuple[LaunchRecord, OfflineRun]:
    """The launch as it would be if its files had just been read back."""
    launch, run = _reserved(one, queue, now)
    case = Case(launch=launch, run=run, held=None, launchpad_id=launchpad_id, now=now, grace_s=0.0)
    verdict = judge(case, Sighting(launch_id=launch.launch_id, files=one.files))
    attempt, writes = verdict.writes
    launch = verdict.launch
    if writes:  # they were done, or the Fireworks that they are about are not here
        launch = replace(launch, effects=with_done(launch.effects, attempt, len(writes), {}))
    return replace(launch, archived=not counts), verdict.run


def _reserved(one: Found, queue: dict[str, Any] | None, now: datetime) -> tuple[LaunchRecord, OfflineRun]:
    ticket = one.ticket
    known: list[dict[str, Any]] = one.firework.get("launches") or []
    told = next((launch for launch in known if launch.get("launch_id") == ticket.launch_id), {})
    since = parse_iso(ticket.reserved_on) if ticket.reserved_on else now
    launch = LaunchRecord(
        launch_id=ticket.launch_id,
        fw_id=ticket.fw_id,
        state=State.RESERVED,
        launch_dir=one.files.launch_dir,
        fworker=ticket.fworker,
        host=str(told.get("host") or ""),
        ip=str(told.get("ip") or ""),
        trackers=told.get("trackers") or [],
        state_history=told.get("state_history") or entered([], State.RESERVED, since),
        reservation_id=(one.files.ping.job_id or None) if one.files.ping and queue else None,
        token=ticket.token,
        queue=queue,
    )
    name = str(one.firework.get("name") or "")
    run = OfflineRun(launch_id=launch.launch_id, fw_id=launch.fw_id, name=name, created_on=since, updated_on=now)
    return launch, run
