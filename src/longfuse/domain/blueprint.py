"""A workflow as it comes in: Fireworks in wire form, checked and numbered, before it is part of any graph.

It works on dictionaries, so that neither the engine nor a login node needs the classes of a user's Firetasks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.domain.graph import Node, Tally
from longfuse.domain.states import HELD, State
from longfuse.errors import WorkflowError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One Firework of a blueprint."""

    fw_id: int
    name: str
    spec: dict[str, Any]
    state: State = State.WAITING

    @property
    def tolerant(self) -> bool:
        """Whether FIZZLED parents count as done for it."""
        return is_tolerant(self.spec)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Parts, ascending by id, and their links.

    Attributes:
        parts: The Fireworks.
        children: For every part its children, ascending.
    """

    parts: tuple[Part, ...]
    children: Mapping[int, tuple[int, ...]]

    @property
    def parents(self) -> dict[int, list[int]]:
        """For every part its parents."""
        parents: dict[int, list[int]] = {part.fw_id: [] for part in self.parts}
        for parent, children in self.children.items():
            for child in children:
                parents[child].append(parent)
        return parents

    @property
    def links(self) -> list[tuple[int, int]]:
        """All (parent, child) pairs."""
        return [(parent, child) for parent, children in self.children.items() for child in children]

    def numbered(self, new_ids: Mapping[int, int]) -> Blueprint:
        """The same with other ids."""
        parts = [Part(fw_id=new_ids[p.fw_id], name=p.name, spec=p.spec, state=p.state) for p in self.parts]
        children = {new_ids[p]: tuple(sorted(new_ids[c] for c in cs)) for p, cs in self.children.items()}
        return Blueprint(tuple(sorted(parts, key=lambda part: part.fw_id)), children)


def is_tolerant(spec: Mapping[str, Any]) -> bool:
    """Whether a Firework with this spec runs although a parent is FIZZLED."""
    return bool(spec.get("_allow_fizzled_parents"))


def read_blueprint(document: Mapping[str, Any]) -> Blueprint:
    """Read a Workflow or a single Firework in wire form.

    Raises:
        WorkflowError: It has no Firework, an id twice, a link to nowhere or a cycle.
    """
    if "fws" in document:
        documents, links = document["fws"] or [], document.get("links") or {}
    else:
        documents, links = [document], {}
    if not isinstance(documents, list | tuple) or not isinstance(links, Mapping):
        raise WorkflowError("A workflow holds its Fireworks as a list, fws, and their links as a mapping of fw_ids")
    if not documents:
        raise WorkflowError("A workflow needs at least one Firework, this one has none")
    parts = tuple(sorted((_read_part(d) for d in documents), key=lambda part: part.fw_id))
    ids = [part.fw_id for part in parts]
    if len(set(ids)) != len(ids):
        double = next(i for i in ids if ids.count(i) > 1)
        raise WorkflowError(f"fw_id {double} stands twice in one workflow; give each Firework an id of its own")
    blueprint = Blueprint(parts, _read_links(links, ids))
    _check_acyclic(blueprint)
    return blueprint


def plan(blueprint: Blueprint, wf_id: int) -> tuple[list[Node], Tally]:
    """The nodes and the tally of a new workflow: roots READY, all else WAITING, except what a person holds."""
    parents = blueprint.parents
    nodes = []
    for part in blueprint.parts:
        state = State.WAITING if parents[part.fw_id] else State.READY
        nodes.append(
            Node(
                fw_id=part.fw_id,
                wf_id=wf_id,
                state=part.state if part.state in HELD else state,
                waiting_for=len(parents[part.fw_id]),
                tolerant=part.tolerant,
                leaf=not blueprint.children[part.fw_id],
            )
        )
    return nodes, count(nodes)


def count(nodes: Collection[Node]) -> Tally:
    """Count a whole workflow's nodes."""
    states: dict[State, int] = {}
    for node in nodes:
        states[node.state] = states.get(node.state, 0) + 1
    open_leaves = sum(node.leaf and node.state is not State.COMPLETED for node in nodes)
    return Tally(states, open_leaves, sum(node.blocking for node in nodes))


def _read_part(document: Mapping[str, Any]) -> Part:
    try:
        spec = document["spec"]
        return Part(
            fw_id=int(document.get("fw_id", -1)),
            name=document.get("name") or "Unnamed FW",
            spec=dict(spec),
            state=State(document.get("state", State.WAITING)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WorkflowError(f"Not a Firework: {_short(document)} ({type(error).__name__}: {error})") from None


def _read_links(links: Mapping[Any, Any], ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    known = set(ids)
    children: dict[int, tuple[int, ...]] = dict.fromkeys(ids, ())
    for parent_id, given in links.items():
        parent, *found = _read_ids(parent_id, *(given if isinstance(given, list | tuple) else [given]))
        strangers = {parent, *found} - known
        if strangers:
            raise WorkflowError(f"links name fw_id {min(strangers)}, which is not among the workflow's Fireworks")
        children[parent] = tuple(sorted(set(found)))
    return children


def _read_ids(*given: Any) -> list[int]:
    try:
        return [int(each) for each in given]
    except (TypeError, ValueError) as error:
        raise WorkflowError(f"links name something that is no fw_id: {error}") from None


def _check_acyclic(blueprint: Blueprint) -> None:
    if not any(blueprint.children.values()):
        return
    left = {fw_id: len(parents) for fw_id, parents in blueprint.parents.items()}
    free = deque(fw_id for fw_id, n in left.items() if n == 0)
    while free:
        for child in blueprint.children[free.popleft()]:
            left[child] -= 1
            if left[child] == 0:
                free.append(child)
    caught = sorted(fw_id for fw_id, n in left.items() if n)
    if caught:
        raise WorkflowError(
            f"The links run in a circle through the Fireworks {caught[:10]}; none of them could ever start"
        )


def _short(document: object) -> str:
    text = repr(document)
    return text if len(text) <= 80 else text[:77] + "..."
