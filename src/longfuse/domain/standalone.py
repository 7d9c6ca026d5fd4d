"""Workflows that are in no LaunchPad: the engine's events on the objects in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from longfuse.domain.blueprint import count, is_tolerant
from longfuse.domain.engine import Engine, is_done
from longfuse.domain.events import Launched, Released
from longfuse.domain.firework import TASKS, Firework, new_negative_ids
from longfuse.domain.graph import LaunchView, MemoryGraph, NewNode, Node
from longfuse.domain.states import State
from longfuse.domain.wire import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from longfuse.domain.action import FWAction
    from longfuse.domain.events import Event
    from longfuse.domain.graph import Changes
    from longfuse.domain.launch import Launch
    from longfuse.domain.workflow import Workflow

WF_ID = 0
"""There is only the one."""


def handle(workflow: Workflow, *batch: Event) -> Changes:
    """Let these events happen to the workflow; returns what they did.

    Raises:
        ActionError: An FWAction cannot be applied; nothing was changed.
        WorkflowError: A workflow to append does not fit there; nothing was changed.
        SerializationError: A Firetask of an added Firework cannot be loaded; nothing was changed.
    """
    return _decided(workflow, lambda engine: engine.handle(*batch))


def refresh(workflow: Workflow, fw_ids: Iterable[int]) -> Changes:
    """Let Fireworks be in the states that follow from their parents and launches, and all that hangs on that.

    Raises:
        ActionError: An FWAction of a Firework that is COMPLETED now cannot be applied; nothing was changed.
    """
    return handle(workflow, *(event for fw_id in fw_ids for event in _looked_at(workflow.id_fw[fw_id])))


def apply_action(workflow: Workflow, action: FWAction, fw_id: int) -> Changes:
    """Do what an FWAction of one of the Fireworks says.

    Raises:
        ActionError: It cannot be applied; nothing was changed.
    """
    document = action.to_dict()
    return _decided(workflow, lambda engine: engine.apply_action(fw_id, document))


def _looked_at(fw: Firework) -> list[Event]:
    """Events that bring no news, and so have the engine look at the Firework."""
    views = _views(fw.launches)
    return [Launched(fw.fw_id, view) for view in views] if views else [Released(fw.fw_id)]


def _decided(workflow: Workflow, decide: Callable[[Engine], None]) -> Changes:
    engine = Engine(_Graph(workflow))
    decide(engine)
    _write_back(workflow, engine.changes)
    return engine.changes


class _Graph(MemoryGraph):
    """The engine's view of a Workflow, with the counters counted; what it adds gets provisional ids."""

    def __init__(self, workflow: Workflow) -> None:
        super().__init__()
        self.workflow = workflow
        parents = workflow.links.parent_links
        added = []
        for fw in workflow.fws:
            spec = {key: value for key, value in fw.spec.items() if key != TASKS}
            added.append(NewNode(node=_node(workflow, fw, parents.get(fw.fw_id, ())), name=fw.name, spec=spec))
        pairs = [(parent, child) for parent, children in workflow.links.items() for child in children]
        self.insert(added, pairs, {WF_ID: count([new.node for new in added])})
        for fw in workflow.fws:
            self.launches_of[fw.fw_id] = _views(fw.launches)
            self.archived_of[fw.fw_id] = _views(fw.archived_launches)

    def documents(self, fw_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The whole Fireworks."""
        return {fw_id: self.workflow.id_fw[fw_id].to_dict() for fw_id in fw_ids}

    def new_fw_ids(self, count: int) -> int:
        """The first of so many provisional ids."""
        return new_negative_ids(count)[0]


def _node(workflow: Workflow, fw: Firework, parents: Sequence[int]) -> Node:
    tolerant = is_tolerant(fw.spec)
    children = [workflow.id_fw[child] for child in workflow.links[fw.fw_id]]
    return Node(
        fw_id=fw.fw_id,
        wf_id=WF_ID,
        state=fw.state,
        waiting_for=sum(not is_done(workflow.id_fw[parent].state, tolerant=tolerant) for parent in parents),
        tolerant=tolerant,
        leaf=not children,
        blocking=fw.state is State.FIZZLED and not (children and all(is_tolerant(child.spec) for child in children)),
    )


def _views(launches: Sequence[Launch]) -> list[LaunchView]:
    """Launches as the engine sees them; those without an id yet get one that no other has."""
    return [
        LaunchView(
            launch_id=-n if launch.launch_id is None else launch.launch_id,
            state=launch.state,
            time_end=launch.time_end,
            action=launch.action.to_dict() if launch.action else None,
        )
        for n, launch in enumerate(launches, 1)
    ]


def _write_back(workflow: Workflow, changes: Changes) -> None:
    """Change the objects; first what may fail."""
    added = [
        Firework.from_dict({"spec": new.spec, "name": new.name, "fw_id": new.node.fw_id, "state": new.node.state})
        for new in changes.added
    ]
    for fw in added:
        workflow.id_fw[fw.fw_id] = fw
        workflow.links[fw.fw_id] = []
    for parent, child in changes.links:
        workflow.links[parent] = [*workflow.links[parent], child]
    for fw_id, spec in changes.specs.items():
        fw = workflow.id_fw[fw_id]
        fw.spec = {**spec, TASKS: fw.tasks} if TASKS in fw.spec else spec
    for fw_id in changes.archived:
        workflow.id_fw[fw_id].set_launches_aside()
    for fw_id, node in changes.nodes.items():
        if workflow.id_fw[fw_id].state is not node.state:
            workflow.id_fw[fw_id].state = node.state
    workflow.updated_on = now()
