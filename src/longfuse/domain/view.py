"""A batch's view of a `Graph`: what it has read, and over it what it has decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from longfuse.domain.graph import Changes, LaunchView, NewNode, Node, Tally
from longfuse.domain.states import HELD, State
from longfuse.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from longfuse.domain.graph import Graph, Spec


class View:
    """Reads through to the graph once, answers with what was decided since, and sums it up as `Changes`.

    It keeps the counters true: whoever changes a node through `put` need not think of the workflow's tally.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._original: dict[int, Node] = {}
        self._nodes: dict[int, Node] = {}
        self._specs: dict[int, Spec] = {}
        self._changed_specs: set[int] = set()
        self._children: dict[int, dict[int, None]] = {}  # ordered sets: a parent may have 100 000
        self._parents: dict[int, list[int]] = {}
        self._launches: dict[int, list[LaunchView]] = {}
        self._tallies: dict[int, _Count] = {}
        self._added: dict[int, NewNode] = {}
        self._links: list[tuple[int, int]] = []
        self._archived: dict[int, None] = {}
        self._sharers: dict[int, list[int]] = {}
        self._new_sharers: dict[int, list[int]] = {}
        self._shared: list[tuple[int, int]] = []
        self.reruns: list[int] = []
        self.holds: dict[int, int | None] = {}
        self.duplicates: list[int] = []

    # --- reading
    def load(self, fw_ids: Iterable[int]) -> None:
        """Read nodes, launches and their workflows' tallies that are not known yet, in three queries."""
        missing = [i for i in fw_ids if i not in self._nodes]
        if not missing:
            return
        found = self._graph.nodes(missing)
        self._nodes.update(found)
        self._original.update(found)
        self._launches.update(self._graph.launches(list(found)))
        workflows = {node.wf_id for node in found.values()} - self._tallies.keys()
        for wf_id, tally in self._graph.tallies(sorted(workflows)).items():
            self._tallies[wf_id] = _Count(tally)

    def load_children(self, fw_ids: Iterable[int]) -> None:
        """Read the children of these Fireworks, and the children's nodes."""
        missing = [i for i in fw_ids if i not in self._children]
        if missing:
            found = self._graph.children(missing)
            self._children.update({i: dict.fromkeys(ids) for i, ids in found.items()})
        self.load(child for i in missing for child in self._children.get(i, ()))

    def node(self, fw_id: int) -> Node:
        """The node as decided so far.

        Raises:
            NotFoundError: There is no such Firework.
        """
        if fw_id not in self._nodes:
            self.load((fw_id,))
        try:
            return self._nodes[fw_id]
        except KeyError:
            raise NotFoundError(f"No Firework exists with id: {fw_id}") from None

    def children(self, fw_id: int) -> list[int]:
        """Its children, new ones included."""
        if fw_id not in self._children:
            self.load_children((fw_id,))
        return list(self._children[fw_id])

    def parents(self, fw_id: int) -> list[int]:
        """Its parents, new ones included."""
        if fw_id not in self._parents:
            known = self._graph.parents([fw_id]).get(fw_id, [])
            self._parents[fw_id] = known + [p for p, c in self._links if c == fw_id and p not in known]
        return self._parents[fw_id]

    def members(self, wf_id: int) -> list[int]:
        """All Fireworks of the workflow, new ones included."""
        members = self._graph.members(wf_id)
        return members + [i for i, new in self._added.items() if new.node.wf_id == wf_id]

    def launches(self, fw_id: int) -> list[LaunchView]:
        """Its current launches."""
        if fw_id not in self._launches:
            self.load((fw_id,))
        return self._launches[fw_id]

    def load_sharers(self, launch_ids: Iterable[int]) -> None:
        """Read who shares these launches, and their nodes."""
        missing = [i for i in launch_ids if i not in self._sharers]
        if not missing:
            return
        found = self._graph.sharers(missing)
        self._sharers.update({i: found.get(i, []) for i in missing})
        self.load(dict.fromkeys(fw_id for sharers in found.values() for fw_id in sharers))

    def sharers(self, launch_id: int) -> list[int]:
        """The Fireworks for which the launch counts, if there are several; else none or one of them."""
        if launch_id not in self._sharers:
            self.load_sharers((launch_id,))
        if not self._sharers[launch_id] and launch_id not in self._new_sharers:
            return []
        known = dict.fromkeys([*self._sharers[launch_id], *self._new_sharers.get(launch_id, ())])
        return [i for i in known if any(x.launch_id == launch_id for x in self.launches(i))]

    def duplicates_of(self, fw_id: int) -> list[int]:
        """The other Fireworks that share one of its current launches."""
        launches = [launch.launch_id for launch in self.launches(fw_id)]
        self.load_sharers(launches)
        return [i for i in dict.fromkeys(i for launch in launches for i in self.sharers(launch)) if i != fw_id]

    def spec(self, fw_id: int) -> Spec:
        """Its spec; the caller may change it and then calls `touch`."""
        if fw_id in self._added:
            return self._added[fw_id].spec
        if fw_id not in self._specs:
            self._specs.update(self._graph.specs([fw_id]))
        return self._specs[fw_id]

    def load_specs(self, fw_ids: Iterable[int]) -> None:
        """Read many specs in one query."""
        missing = [i for i in fw_ids if i not in self._specs and i not in self._added]
        if missing:
            self._specs.update(self._graph.specs(missing))

    def documents(self, fw_ids: list[int]) -> list[dict[str, Any]]:
        """Whole Fireworks as documents, in the states decided here."""
        found = self._graph.documents(fw_ids)
        return [{**found[i], "state": str(self.node(i).state)} for i in fw_ids if i in found]

    # --- deciding
    def put(self, node: Node) -> None:
        """The node becomes this; its workflow's tally follows."""
        count = self._tallies[node.wf_id]
        count.take_out(self._nodes[node.fw_id])
        count.put_in(node)
        self._nodes[node.fw_id] = node

    def touch(self, fw_id: int, spec: Spec | None = None) -> None:
        """The spec was changed in place, or shall become ``spec``."""
        if fw_id in self._added:
            if spec is not None:
                self._added[fw_id] = self._added[fw_id].but(spec=spec)
            return
        if spec is not None:
            self._specs[fw_id] = spec
        self._changed_specs.add(fw_id)

    def put_launch(self, fw_id: int, launch: LaunchView) -> None:
        """This launch is one of the current ones, in this state."""
        others = [x for x in self.launches(fw_id) if x.launch_id != launch.launch_id]
        self._launches[fw_id] = [*others, launch]

    def share(self, fw_id: int, launch: LaunchView) -> None:
        """This launch of another Firework is one of its current ones, too."""
        self._new_sharers.setdefault(launch.launch_id, []).append(fw_id)
        self._shared.append((fw_id, launch.launch_id))
        self.put_launch(fw_id, launch)

    def archive_launches(self, fw_id: int) -> None:
        """None of its launches is current any more."""
        self._shared = [pair for pair in self._shared if pair[0] != fw_id]
        if self.launches(fw_id):
            self._launches[fw_id] = []
            self._archived[fw_id] = None

    def add(self, new: NewNode) -> None:
        """A new Firework without links."""
        fw_id = new.node.fw_id
        self._added[fw_id] = new
        self._nodes[fw_id] = new.node
        self._children[fw_id] = {}
        self._parents[fw_id] = []
        self._launches[fw_id] = []
        self._tallies[new.node.wf_id].put_in(new.node)

    def link(self, parent: int, child: int) -> bool:
        """A new link; False if it is there already. Counters of the two nodes are the caller's part."""
        self.load_children((parent,))
        if child in self._children[parent]:
            return False
        self._children[parent][child] = None
        if child in self._parents:
            self._parents[child].append(parent)
        self._links.append((parent, child))
        return True

    def new_fw_ids(self, count: int) -> int:
        """Reserve consecutive ids; returns the first."""
        return self._graph.new_fw_ids(count)

    def changes(self) -> Changes:
        """All that was decided."""
        return Changes(
            nodes={i: node for i, node in self._nodes.items() if i in self._original and self._original[i] != node},
            specs={i: self._specs[i] for i in sorted(self._changed_specs)},
            added=[new.but(node=self._nodes[i]) for i, new in sorted(self._added.items())],
            links=list(self._links),
            archived=list(self._archived),
            tallies={i: count.tally() for i, count in self._tallies.items() if count.changed},
            shared=list(self._shared),
            reruns=list(self.reruns),
            holds={i: by for i, by in self.holds.items() if self._nodes[i].state in HELD},
            duplicates=list(self.duplicates),
        )


class _Count:
    """A tally that can be changed."""

    def __init__(self, tally: Tally) -> None:
        self._states = dict(tally.states)
        self._open_leaves = tally.open_leaves
        self._blocking = tally.blocking
        self.changed = False

    def take_out(self, node: Node) -> None:
        self._add(node, -1)

    def put_in(self, node: Node) -> None:
        self._add(node, 1)

    def tally(self) -> Tally:
        return Tally({s: n for s, n in self._states.items() if n}, self._open_leaves, self._blocking)

    def _add(self, node: Node, sign: int) -> None:
        self._states[node.state] = self._states.get(node.state, 0) + sign
        if node.leaf and node.state is not State.COMPLETED:
            self._open_leaves += sign
        if node.blocking:
            self._blocking += sign
        self.changed = True
