"""What the engine sees of a workflow, and what it answers with.

The engine (`longfuse.domain.engine`) reads through `Graph` and writes into `Changes`. A store implements `Graph` on its
transaction and applies `Changes` in that same transaction; `MemoryGraph` does both on dictionaries. All reads take
many ids at once, so that a batch of events costs a few queries, and touch only the neighbours of those ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from longfuse.domain.record import Record
from longfuse.domain.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Record):
    """One Firework as the engine needs it, without its spec.

    Attributes:
        fw_id: Its id.
        wf_id: The workflow's id.
        state: Its state.
        waiting_for: How many of its parents are not done *for it*: neither COMPLETED nor, if it is tolerant, FIZZLED.
        tolerant: Whether its spec has a true ``_allow_fizzled_parents``.
        leaf: Whether it has no children.
        blocking: Whether it is FIZZLED and that makes its workflow FIZZLED: a leaf, or one with an intolerant child.
    """

    fw_id: int
    wf_id: int
    state: State
    waiting_for: int = 0
    tolerant: bool = False
    leaf: bool = True
    blocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchView:
    """A current (not archived) launch of a Firework: what decides the Firework's state.

    Attributes:
        launch_id: Its id.
        state: Its state; RESERVED, RUNNING, COMPLETED or FIZZLED count.
        time_end: When it ended, if it did; among several COMPLETED ones the latest stands for the Firework.
        action: Its FWAction as a dictionary (wire form), or None. Only needed where the state is COMPLETED.
    """

    launch_id: int
    state: State
    time_end: datetime | None = None
    action: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """A workflow counted: enough to read its state off.

    Attributes:
        states: How many Fireworks are in each state; absent means none.
        open_leaves: How many leaves are not COMPLETED.
        blocking: How many Fireworks are `Node.blocking`.
    """

    states: Mapping[State, int]
    open_leaves: int
    blocking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNode(Record):
    """A Firework that an event adds to a workflow; its id is already final.

    Attributes:
        node: Its node.
        name: What it is called.
        spec: Its spec.
        added_by: The launch whose FWAction adds it, or None.
    """

    node: Node
    name: str
    spec: Spec
    added_by: int | None = None


@dataclass(slots=True)
class Changes:
    """What a batch of events does. Empty parts mean: nothing there.

    Attributes:
        nodes: The new value of each node that changed (not of added ones).
        specs: The whole new spec of each Firework whose spec changed (not of added ones).
        added: New Fireworks, in ascending order of id.
        links: New (parent, child) pairs, none of which existed before.
        archived: Fireworks all of whose current launches become archived launches.
        tallies: The new tally of each workflow that an event touched, by wf_id.
        shared: New (fw_id, launch_id) pairs: that launch of another Firework counts for this one, too.
        reruns: Fireworks that a rerun reset, in the order it reached them; for the report to the user.
        holds: Fireworks that became held, and the Firework whose FWAction said so; None: a person.
        duplicates: Those of them that were rerun because they share a launch with the one that was asked for.

    A launch passes to another Firework that shares it when its own archives it.
    """

    nodes: dict[int, Node] = field(default_factory=dict)
    specs: dict[int, Spec] = field(default_factory=dict)
    added: list[NewNode] = field(default_factory=list)
    links: list[tuple[int, int]] = field(default_factory=list)
    archived: list[int] = field(default_factory=list)
    tallies: dict[int, Tally] = field(default_factory=dict)
    shared: list[tuple[int, int]] = field(default_factory=list)
    reruns: list[int] = field(default_factory=list)
    holds: dict[int, int | None] = field(default_factory=dict)
    duplicates: list[int] = field(default_factory=list)

    @property
    def fw_ids(self) -> list[int]:
        """Every Firework that changes or is new, ascending."""
        return sorted({*self.nodes, *self.specs, *self.archived, *(new.node.fw_id for new in self.added)})


class Graph(Protocol):
    """The read side, consistent for as long as the events of one batch are decided.

    Every method answers for all the ids given; an unknown id is absent from the answer. Sequences of ids may be long
    (100 000): implementations chunk them.
    """

    def nodes(self, fw_ids: Sequence[int]) -> dict[int, Node]:
        """The nodes with these ids."""

    def children(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's children, ascending."""

    def parents(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's parents, ascending."""

    def members(self, wf_id: int) -> list[int]:
        """All Fireworks of a workflow, ascending. Cost is the workflow's size: only whole-workflow events ask."""

    def specs(self, fw_ids: Sequence[int]) -> dict[int, Spec]:
        """The specs, each a copy that the caller may change, without ``_tasks`` being touched."""

    def launches(self, fw_ids: Sequence[int]) -> dict[int, list[LaunchView]]:
        """The current launches of each Firework, ascending by launch id; without any: an empty list."""

    def sharers(self, launch_ids: Sequence[int]) -> dict[int, list[int]]:
        """Of each launch that several Fireworks share: those for which it counts, ascending; other launches: absent."""

    def tallies(self, wf_ids: Sequence[int]) -> dict[int, Tally]:
        """The tallies of these workflows. A store takes its row locks on the workflows here."""

    def documents(self, fw_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The whole Fireworks with their launches, in FireWorks' ``to_dict`` shape (for ``_fizzled_parents``)."""

    def new_fw_ids(self, count: int) -> int:
        """Reserve ``count`` consecutive new ids; returns the first."""


@dataclass(slots=True)
class MemoryGraph:
    """A `Graph` in memory, which also applies `Changes`. Used by compute nodes, by tests and by the memory store."""

    node_of: dict[int, Node] = field(default_factory=dict)
    spec_of: dict[int, Spec] = field(default_factory=dict)
    name_of: dict[int, str] = field(default_factory=dict)
    child_ids: dict[int, set[int]] = field(default_factory=dict)
    parent_ids: dict[int, set[int]] = field(default_factory=dict)
    launches_of: dict[int, list[LaunchView]] = field(default_factory=dict)
    archived_of: dict[int, list[LaunchView]] = field(default_factory=dict)
    sharers_of: dict[int, set[int]] = field(default_factory=dict)
    tally_of: dict[int, Tally] = field(default_factory=dict)
    members_of: dict[int, list[int]] = field(default_factory=dict)
    next_fw_id: int = 1

    def nodes(self, fw_ids: Sequence[int]) -> dict[int, Node]:
        """The nodes with these ids."""
        return {i: self.node_of[i] for i in fw_ids if i in self.node_of}

    def children(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's children, ascending."""
        return {i: sorted(self.child_ids[i]) for i in fw_ids if i in self.node_of}

    def parents(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's parents, ascending."""
        return {i: sorted(self.parent_ids[i]) for i in fw_ids if i in self.node_of}

    def members(self, wf_id: int) -> list[int]:
        """All Fireworks of a workflow, ascending."""
        return sorted(self.members_of.get(wf_id, ()))

    def specs(self, fw_ids: Sequence[int]) -> dict[int, Spec]:
        """Copies of the specs."""
        from copy import deepcopy

        return {i: deepcopy(self.spec_of[i]) for i in fw_ids if i in self.spec_of}

    def launches(self, fw_ids: Sequence[int]) -> dict[int, list[LaunchView]]:
        """The current launches of each Firework."""
        return {i: list(self.launches_of[i]) for i in fw_ids if i in self.node_of}

    def sharers(self, launch_ids: Sequence[int]) -> dict[int, list[int]]:
        """Of each launch that several Fireworks share: those for which it counts."""
        return {i: sorted(self.sharers_of[i]) for i in launch_ids if i in self.sharers_of}

    def tallies(self, wf_ids: Sequence[int]) -> dict[int, Tally]:
        """The tallies of these workflows."""
        return {i: self.tally_of[i] for i in wf_ids if i in self.tally_of}

    def documents(self, fw_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The Fireworks as far as this graph knows them."""
        return {
            i: {"fw_id": i, "name": self.name_of[i], "state": str(self.node_of[i].state), "spec": spec}
            for i, spec in self.specs(fw_ids).items()
        }

    def new_fw_ids(self, count: int) -> int:
        """Reserve ``count`` consecutive new ids; returns the first."""
        first = self.next_fw_id
        self.next_fw_id += count
        return first

    def insert(self, added: Iterable[NewNode], links: Iterable[tuple[int, int]], tallies: Mapping[int, Tally]) -> None:
        """Add Fireworks and links as they are; the caller vouches for their counters and the tallies."""
        for new in added:
            fw_id, wf_id = new.node.fw_id, new.node.wf_id
            self.node_of[fw_id] = new.node
            self.spec_of[fw_id] = new.spec
            self.name_of[fw_id] = new.name
            self.child_ids.setdefault(fw_id, set())
            self.parent_ids.setdefault(fw_id, set())
            self.launches_of.setdefault(fw_id, [])
            self.archived_of.setdefault(fw_id, [])
            self.members_of.setdefault(wf_id, []).append(fw_id)
            self.next_fw_id = max(self.next_fw_id, fw_id + 1)
        for parent, child in links:
            self.child_ids[parent].add(child)
            self.parent_ids[child].add(parent)
        self.tally_of.update(tallies)

    def apply(self, changes: Changes) -> None:
        """Make the changes, all of them."""
        self.insert(changes.added, changes.links, changes.tallies)
        self.node_of.update(changes.nodes)
        self.spec_of.update(changes.specs)
        for fw_id in changes.archived:
            self._archive(fw_id)
        for fw_id, launch_id in changes.shared:
            self._share(fw_id, launch_id)

    def _archive(self, fw_id: int) -> None:
        for launch in self.launches_of[fw_id]:
            self.sharers_of.get(launch.launch_id, set()).discard(fw_id)
        self.archived_of[fw_id] += self.launches_of[fw_id]
        self.launches_of[fw_id] = []

    def _share(self, fw_id: int, launch_id: int) -> None:
        having = {i: x for i, found in self.launches_of.items() for x in found if x.launch_id == launch_id}
        self.sharers_of.setdefault(launch_id, set()).update([*having, fw_id])
        self.launches_of[fw_id] = [*self.launches_of[fw_id], next(iter(having.values()))]
