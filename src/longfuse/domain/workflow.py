"""Workflows: Fireworks and the links between them."""

from __future__ import annotations

from collections import deque

from longfuse.domain.firework import Firework, new_negative_ids
from longfuse.domain.specmods import apply_mod
from longfuse.domain.states import State
from longfuse.domain.wire import FWSerializable, in_plain_containers, iso, now, parse_iso
from longfuse.errors import NotFoundError, StateError, WorkflowError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any, Self

    from longfuse.domain.action import FWAction

    Ref = Firework | int | str
    LinksBase = dict[int, list[int]]
else:
    LinksBase = dict

DEFAULT_NAME = "unnamed WF"


class Links(LinksBase):
    """For each Firework's id the ids of its children.

    Keys may be given as numbers or numerals, values as one id or a list.
    """

    def __init__(self, links: Mapping[Any, Any] | None = None) -> None:
        super().__init__()
        for parent, children in (links or {}).items():
            self[parent] = children

    def __setitem__(self, key: Any, value: Any) -> None:
        children = value if isinstance(value, list | tuple) else [value]
        super().__setitem__(_id_of(key), list(dict.fromkeys(_id_of(child) for child in children)))

    @property
    def nodes(self) -> list[int]:
        """All ids, ascending."""
        return sorted({*self, *(child for children in self.values() for child in children)})

    @property
    def parent_links(self) -> dict[int, list[int]]:
        """For each Firework that has parents their ids, ascending."""
        parents: dict[int, list[int]] = {}
        for parent in sorted(self):
            for child in self[parent]:
                parents.setdefault(child, []).append(parent)
        return parents

    def to_dict(self) -> dict[str, list[int]]:
        """The same with the ids as text, as JSON has keys."""
        return {str(parent): list(children) for parent, children in self.items()}

    def to_db_dict(self) -> dict[str, Any]:
        """Links in both directions and all ids, as FireWorks' database holds them."""
        parents = {str(child): parents for child, parents in self.parent_links.items()}
        return {"links": self.to_dict(), "parent_links": parents, "nodes": self.nodes}

    @classmethod
    def from_dict(cls, m_dict: Mapping[Any, Any]) -> Self:
        """The links of a document; keys may be text."""
        return cls(m_dict)

    def __reduce__(self) -> tuple[type[Links], tuple[dict[int, list[int]]]]:
        return type(self), (dict(self),)


class Workflow(FWSerializable):
    """Fireworks, of which some wait for others.

    Args:
        fireworks: One Firework or several; their ``parents`` become links.
        links_dict: ``{parent: children}``, each a Firework or its id, the children one or a list.
        name: Its name.
        metadata: Whatever a user wants to find it by.
        created_on: When it was made; now if not given.
        updated_on: When it last changed; now if not given.
        fw_states: States by id, where they are not the Fireworks' own.

    Raises:
        WorkflowError: There is no Firework, an id stands twice, a link names a Firework that is not among them, or the
            links run in a circle.
    """

    Links = Links

    def __init__(
        self,
        fireworks: Firework | Sequence[Firework],
        links_dict: Mapping[Any, Any] | None = None,
        name: str | None = None,
        metadata: dict[str, Any] | None = None,
        created_on: datetime | None = None,
        updated_on: datetime | None = None,
        fw_states: Mapping[int, str] | None = None,
    ) -> None:
        members = [fireworks] if isinstance(fireworks, Firework) else list(fireworks)
        self.id_fw: dict[int, Firework] = _by_id(members)
        self.links = _linked(members, Links(links_dict))
        _check_acyclic(self.links)
        self.name = name or DEFAULT_NAME
        self.metadata: dict[str, Any] = metadata or {}
        self.created_on = created_on or now()
        self.updated_on = updated_on or now()
        self._need(fw_states or ())
        for fw_id, state in (fw_states or {}).items():
            self.id_fw[fw_id].state = State(state)

    # --- what it consists of
    @property
    def fws(self) -> list[Firework]:
        """Its Fireworks, in the order given."""
        return list(self.id_fw.values())

    @property
    def fw_states(self) -> dict[int, State]:
        """The state of each Firework."""
        return {fw_id: fw.state for fw_id, fw in self.id_fw.items()}

    @property
    def root_fw_ids(self) -> list[int]:
        """Ids of the Fireworks without parents."""
        below = {child for children in self.links.values() for child in children}
        return [fw_id for fw_id in self.id_fw if fw_id not in below]

    @property
    def leaf_fw_ids(self) -> list[int]:
        """Ids of the Fireworks without children."""
        return [fw_id for fw_id in self.id_fw if not self.links[fw_id]]

    @property
    def state(self) -> State:
        """Its state; the first rule that holds decides, as in `longfuse.domain.engine.workflow_state`."""
        states = set(self.fw_states.values())
        if all(self.id_fw[leaf].state is State.COMPLETED for leaf in self.leaf_fw_ids):
            return State.COMPLETED
        if states == {State.ARCHIVED}:
            return State.ARCHIVED
        if State.FIZZLED in states and not states & {State.DEFUSED, State.PAUSED}:
            return State.FIZZLED if any(map(self._is_blocking, self.id_fw)) else State.RUNNING
        return next((shown for present, shown in _SHOWN if present in states), State.READY)

    def _is_blocking(self, fw_id: int) -> bool:
        """Whether a Firework is FIZZLED, and something shall not go on without it."""
        if self.id_fw[fw_id].state is not State.FIZZLED:
            return False
        children = self.links[fw_id]
        return not children or any(not self.id_fw[c].spec.get("_allow_fizzled_parents") for c in children)

    # --- changing it
    def reset(self, reset_ids: bool = True) -> dict[int, int]:
        """Let every Firework wait as if it had never run, also without its launches.

        Args:
            reset_ids: Give each a new negative id; their order stays.

        Returns:
            The new ids by the old ones; empty if they stay.
        """
        for fw in self.fws:
            fw.launches, fw.archived_launches = [], []
            fw.state = State.WAITING
        if not reset_ids:
            return {}
        new_ids = dict(zip(sorted(self.id_fw), new_negative_ids(len(self.id_fw)), strict=True))
        self.renumber(new_ids)
        return new_ids

    def renumber(self, new_ids: Mapping[int, int]) -> None:
        """Give Fireworks other ids; those that ``new_ids`` leaves out keep theirs.

        Raises:
            WorkflowError: Two would get the same one; nothing was changed.
        """
        final = {fw_id: new_ids.get(fw_id, fw_id) for fw_id in self.id_fw}
        if len(set(final.values())) < len(final):
            raise WorkflowError(f"Two Fireworks of workflow {self.name!r} would get the same fw_id")
        for fw_id, fw in self.id_fw.items():
            fw.fw_id = final[fw_id]
        self.links = Links({final[p]: [final[c] for c in children] for p, children in self.links.items()})
        self.id_fw = {fw.fw_id: fw for fw in self.id_fw.values()}

    def remove_fws(self, fw_ids: Iterable[Firework | int]) -> None:
        """Take Fireworks out. Their children hang on their parents, unless they have another parent.

        Raises:
            NotFoundError: One is not in this workflow; nothing was changed.
            WorkflowError: None would be left; nothing was changed.
        """
        gone = list(dict.fromkeys(_id_of(fw_id) for fw_id in fw_ids))
        self._need(gone)
        if len(gone) == len(self.id_fw):
            raise WorkflowError(f"Workflow {self.name!r} would have no Firework left; delete it as a whole instead")
        parents = self.links.parent_links
        for fw_id in gone:
            self._unlink(fw_id, parents)
            del self.id_fw[fw_id]
        for fw in self.id_fw.values():
            fw.parents = [parent for parent in fw.parents if parent.fw_id in self.id_fw]
        self.updated_on = now()

    def append_wf(
        self,
        new_wf: Workflow,
        fw_ids: Sequence[int],
        detour: bool | Sequence[bool] = False,
        pull_spec_mods: bool = False,
    ) -> list[int]:
        """Add a workflow below Fireworks of this one; it is WAITING, or READY where all parents are COMPLETED.

        Args:
            new_wf: The workflow; its ids are negative and none of ours.
            fw_ids: Which Fireworks get its roots as children.
            detour: Whether their present children (those with an id of a LaunchPad) shall wait for its leaves, too; one
                flag, or one for each of ``fw_ids``.
            pull_spec_mods: Whether its roots get the ``update_spec`` and ``mod_spec`` of those of ``fw_ids`` that are
                COMPLETED.

        Returns:
            Ids of the Fireworks added.

        Raises:
            NotFoundError: One of ``fw_ids`` is not in this workflow.
            WorkflowError: The flags or the new ids do not fit.
            StateError: A child that a detour shall hold back has started.
        """
        from longfuse.domain.engine import spread  # late: a rocket needs no engine

        detours = spread(detour, len(fw_ids))
        self._need(fw_ids)
        self._check_new(new_wf)
        held_back = self._children_to_hold_back(fw_ids, detours)
        roots, leaves = new_wf.root_fw_ids, set(new_wf.leaf_fw_ids)
        for fw in new_wf.fws:
            fw.state = State.WAITING
            self.id_fw[fw.fw_id] = fw
            below = held_back if fw.fw_id in leaves else []
            self.links[fw.fw_id] = [*new_wf.links[fw.fw_id], *below]
        for fw_id in fw_ids:
            self.links[fw_id] = [*self.links[fw_id], *roots]
            if pull_spec_mods:
                self._hand_on(fw_id, roots)
        self.updated_on = now()
        from longfuse.domain import standalone  # late: compute nodes load this module and never append

        standalone.refresh(self, new_wf.id_fw)
        return list(new_wf.id_fw)

    def apply_action(self, action: FWAction, fw_id: int) -> list[int]:
        """Do what an FWAction of one of its Fireworks says; what is added gets new provisional ids.

        Returns:
            Ids of the Fireworks that changed or were added.

        Raises:
            NotFoundError: There is no such Firework.
            ActionError: The action cannot be applied; nothing was changed.
        """
        from longfuse.domain import standalone  # late: as in append_wf

        self._need([fw_id])
        return standalone.apply_action(self, action, fw_id).fw_ids

    def refresh(self, fw_id: int, updated_ids: Iterable[int] | None = None) -> set[int]:
        """Let a Firework be in the state that follows from its parents and launches, and all that hangs on that.

        Args:
            fw_id: The Firework.
            updated_ids: Ids to be among those returned.

        Returns:
            Ids of the Fireworks that changed or were added.

        Raises:
            NotFoundError: There is no such Firework.
            ActionError: It is COMPLETED now, and its FWAction cannot be applied; nothing was changed.
        """
        from longfuse.domain import standalone  # late: as in append_wf

        self._need([fw_id])
        return {*(updated_ids or ()), *standalone.refresh(self, [fw_id]).fw_ids}

    def rerun_fw(self, fw_id: int, updated_ids: Iterable[int] | None = None) -> set[int]:
        """Let a Firework, and what below it is past WAITING, run again: their launches are set aside.

        Args:
            fw_id: The Firework.
            updated_ids: Ids to be among those returned.

        Returns:
            Ids of the Fireworks that changed.

        Raises:
            NotFoundError: There is no such Firework.
        """
        from longfuse.domain import standalone  # late: as in append_wf
        from longfuse.domain.events import Rerun

        self._need([fw_id])
        return {*(updated_ids or ()), *standalone.handle(self, Rerun(fw_id)).fw_ids}

    def _children_to_hold_back(self, fw_ids: Sequence[int], detours: Sequence[bool]) -> list[int]:
        found: dict[int, None] = {}
        for fw_id, is_detour in zip(fw_ids, detours, strict=True):
            found.update(dict.fromkeys(child for child in self.links[fw_id] if is_detour and child >= 0))
        for child in found:
            if self.id_fw[child].state.rank > State.WAITING.rank:
                raise StateError(
                    f"A detour cannot hold back Firework {child}, which is {self.id_fw[child].state}; "
                    "rerun it first, or append without a detour"
                )
        return list(found)

    def _hand_on(self, fw_id: int, roots: Sequence[int]) -> None:
        """Change the specs of new roots as a COMPLETED parent's action says."""
        action = _action_of(self.id_fw[fw_id])
        if action is None:
            return
        for root in roots:
            spec = self.id_fw[root].spec
            spec.update(action.update_spec)
            for modification in action.mod_spec:
                apply_mod(modification, spec)

    def _check_new(self, new_wf: Workflow) -> None:
        if any(fw_id >= 0 for fw_id in new_wf.id_fw):
            raise WorkflowError("Fireworks to append need negative ids; make new ones, or reset() the workflow first")
        double = next((fw_id for fw_id in new_wf.id_fw if fw_id in self.id_fw), None)
        if double is not None:
            raise WorkflowError(f"fw_id {double} is in both workflows; reset() the one to append first")

    def _need(self, fw_ids: Iterable[int]) -> None:
        missing = next((fw_id for fw_id in fw_ids if fw_id not in self.id_fw), None)
        if missing is not None:
            raise NotFoundError(f"No Firework exists with id: {missing} in workflow {self.name!r}")

    def _unlink(self, fw_id: int, parents: dict[int, list[int]]) -> None:
        above, below = parents.pop(fw_id, []), self.links.pop(fw_id)
        for child in below:
            parents[child].remove(fw_id)
        orphans = [child for child in below if not parents[child]]
        for parent in above:
            self.links[parent] = [*(child for child in self.links[parent] if child != fw_id), *orphans]
        for child in orphans:
            parents[child] = list(above)

    # --- on the wire
    def to_dict(self) -> dict[str, Any]:
        """FireWorks' shape; times are text. What JSON cannot hold in specs and metadata is left as it is.

        Raises:
            SerializationError: A task's class has no name by which anybody else could load it.
        """
        return {
            "fws": [fw.to_dict() for fw in self.id_fw.values()],
            "links": self.links.to_dict(),
            "name": self.name,
            "metadata": in_plain_containers(self.metadata),
            "updated_on": iso(self.updated_on),
            "created_on": iso(self.created_on),
        }

    def to_db_dict(self) -> dict[str, Any]:
        """The document in FireWorks' database, which is without its Fireworks."""
        return {
            **self.links.to_db_dict(),
            "metadata": in_plain_containers(self.metadata),
            "state": str(self.state),
            "name": self.name,
            "created_on": iso(self.created_on),
            "updated_on": iso(self.updated_on),
            "fw_states": {str(fw_id): str(state) for fw_id, state in self.fw_states.items()},
        }

    def to_display_dict(self) -> dict[str, Any]:
        """As `to_db_dict`, with ``<name>--<id>`` for every id, and where its Fireworks ran."""
        names = {fw_id: f"{fw.name}--{fw_id}" for fw_id, fw in self.id_fw.items()}
        document = self.to_db_dict()
        del document["fw_states"]
        return {
            **document,
            "name--id": f"{self.name}--{document['nodes'][0]}",
            "nodes": [names[fw_id] for fw_id in document["nodes"]],
            "links": _renamed(self.links, names),
            "parent_links": _renamed(self.links.parent_links, names),
            "launch_dirs": {names[i]: [launch.launch_dir for launch in fw.launches] for i, fw in self.id_fw.items()},
            "states": {names[fw_id]: str(state) for fw_id, state in self.fw_states.items()},
            "states_list": "-".join(state[:4] for state in self.fw_states.values()),
        }

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The Workflow of a document in FireWorks' shape; that of a Firework makes a Workflow of it alone.

        Raises:
            SerializationError: A part cannot be read.
            WorkflowError: The parts make no workflow.
        """
        if "fws" not in m_dict:
            return cls.from_firework(Firework.from_dict(m_dict))
        created_on, updated_on = m_dict.get("created_on"), m_dict.get("updated_on")
        return cls(
            [Firework.from_dict(fw) for fw in m_dict["fws"] or ()],
            m_dict.get("links"),
            m_dict.get("name"),
            m_dict.get("metadata"),
            parse_iso(created_on) if created_on else None,
            parse_iso(updated_on) if updated_on else None,
        )

    @classmethod
    def from_firework(cls, fw: Firework, name: str | None = None, metadata: dict[str, Any] | None = None) -> Self:
        """A Workflow of one Firework, by default with its name and dates."""
        return cls([fw], None, name or fw.name, metadata, fw.created_on, fw.updated_on)

    @classmethod
    def from_wflow(cls, wflow: Workflow) -> Workflow:
        """A deep copy with new negative ids, everything WAITING."""
        from copy import deepcopy

        new = deepcopy(wflow)
        new.reset(reset_ids=True)
        return new

    def __len__(self) -> int:
        return len(self.id_fw)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Firework]:
        return iter(self.fws)

    def __getitem__(self, item: int) -> Firework:
        return self.fws[item]

    def __str__(self) -> str:
        return f"Workflow object: (fw_ids: {list(self.id_fw)} , name: {self.name})"


_SHOWN = (
    (State.DEFUSED, State.DEFUSED),
    (State.PAUSED, State.PAUSED),
    (State.COMPLETED, State.RUNNING),
    (State.RUNNING, State.RUNNING),
    (State.RESERVED, State.RESERVED),
)
"""A workflow that has a Firework in the first state shows the second, unless an earlier row holds."""


# --- ids
def new_id_count(workflow: Workflow, *, reassign_all: bool = True) -> int:
    """How many new ids `assign_ids` gives out."""
    return len(_to_renumber(workflow, reassign_all))


def assign_ids(workflow: Workflow, first_id: int, *, reassign_all: bool = True) -> dict[int, int]:
    """Which new ids the Fireworks get: consecutive ones, in ascending order of the present ones.

    Args:
        workflow: The workflow; it is left as it is, see `Workflow.renumber`.
        first_id: The first new id.
        reassign_all: Whether all get one; else only those whose present id is negative.

    Returns:
        The new ids by the present ones.
    """
    return {old: first_id + n for n, old in enumerate(_to_renumber(workflow, reassign_all))}


def _to_renumber(workflow: Workflow, reassign_all: bool) -> list[int]:
    return sorted(fw_id for fw_id in workflow.id_fw if reassign_all or fw_id < 0)


def _id_of(ref: Ref) -> int:
    if isinstance(ref, Firework):
        return ref.fw_id
    try:
        return int(ref)
    except (TypeError, ValueError):
        raise WorkflowError(f"links name {ref!r:.60}, which is neither a Firework nor the fw_id of one") from None


# --- checks
def _by_id(fireworks: Sequence[Firework]) -> dict[int, Firework]:
    if not fireworks:
        raise WorkflowError("A workflow needs at least one Firework, this one has none")
    by_id: dict[int, Firework] = {}
    for fw in fireworks:
        if fw.fw_id in by_id:
            raise WorkflowError(
                f"fw_id {fw.fw_id} stands twice in one workflow; give each Firework an fw_id of its own"
            )
        by_id[fw.fw_id] = fw
    return by_id


def _linked(fireworks: Sequence[Firework], given: Links) -> Links:
    """The links given and those of ``Firework.parents``, with an entry for every Firework."""
    children = {fw.fw_id: dict.fromkeys(given.get(fw.fw_id, ())) for fw in fireworks}
    strangers = sorted(set(given.nodes) - set(children))
    if strangers:
        raise WorkflowError(
            f"links name fw_id {strangers[0]}, which is not among the workflow's Fireworks {_some(children)}"
        )
    for fw in fireworks:
        for parent in fw.parents:
            if parent.fw_id not in children:
                raise WorkflowError(
                    f"Firework {fw.fw_id} has parent {parent.fw_id}, which is not in the workflow; add it"
                )
            children[parent.fw_id][fw.fw_id] = None
    return Links({parent: list(found) for parent, found in children.items()})


def _check_acyclic(links: Links) -> None:
    if not any(links.values()):
        return
    open_parents = {child: len(parents) for child, parents in links.parent_links.items()}
    free = deque(fw_id for fw_id in links if fw_id not in open_parents)
    while free:
        for child in links[free.popleft()]:
            open_parents[child] -= 1
            if not open_parents[child]:
                free.append(child)
    caught = sorted(fw_id for fw_id, number in open_parents.items() if number)
    if caught:
        raise WorkflowError(f"The links run in a circle through the Fireworks {_some(caught)}; none could ever start")


def _some(fw_ids: Iterable[int]) -> str:
    found = sorted(fw_ids)
    return f"{found[:10]}" if len(found) <= 10 else f"{found[:10]} and {len(found) - 10} more"


def _renamed(links: Mapping[int, Sequence[int]], names: Mapping[int, str]) -> dict[str, list[str]]:
    return {names[one]: [names[other] for other in others] for one, others in links.items()}


def _action_of(fw: Firework) -> FWAction | None:
    """The action of a COMPLETED Firework: that of its COMPLETED launch which ended last."""
    ended = [launch for launch in fw.launches if launch.state is State.COMPLETED]
    if fw.state is not State.COMPLETED or not ended:
        return None
    return max(ended, key=lambda launch: launch.time_end or launch.state_history[-1]["created_on"]).action
