"""The engine: what an event does to a workflow, defined once, without IO.

An `Engine` reads a `Graph`, handles a batch of events and answers with `Changes`. Its cost follows what the events
touch: one completion reads and writes the Firework and its children, never the workflow. Nothing here recurses, so a
chain of 100 000 Fireworks is as good as any.

Rules (FireWorks 2.1, ``Workflow.refresh``, ``apply_action``, ``append_wf``, ``rerun_fw``):

* A Firework that nobody holds is WAITING while a parent is not done for it; else it is in the state of its
  representative launch; else READY. Done is COMPLETED, or FIZZLED where the child has ``_allow_fizzled_parents``.
* The representative launch is the one that came furthest, among COMPLETED ones the latest.
* An FWAction is applied when the Firework becomes COMPLETED, never when it becomes FIZZLED: first the specs of the
  children that exist already, then ``defuse_*``, then detours, ``append_wfs`` and additions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from longfuse.domain import events
from longfuse.domain.blueprint import is_tolerant, read_blueprint
from longfuse.domain.graph import LaunchView, NewNode, Node
from longfuse.domain.specmods import apply_mod
from longfuse.domain.states import ENDED, HELD, State
from longfuse.domain.view import View
from longfuse.domain.wire import in_plain_containers
from longfuse.errors import ActionError, InputError, SerializationError, WorkflowError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from longfuse.domain.events import Event
    from longfuse.domain.graph import Changes, Graph, Spec, Tally

PAUSABLE = frozenset({State.WAITING, State.READY, State.RESERVED})
"""Where a pause can begin."""

UNDER_WAY = frozenset({State.RESERVED, State.RUNNING, State.COMPLETED})
"""What a defuse has to reset first."""

_WITHOUT_FIREWORK = (events.Archived, events.Appended)
"""Events that name no single Firework."""

_RERUNNING = (events.Rerun, events.Defused)
"""Events that may reset what is below."""

EFFECTIVE = (
    *("update_spec", "mod_spec", "defuse_children", "defuse_workflow"),
    *("detours", "append_wfs", "additions"),
)
"""What of an FWAction changes a workflow; most FWActions only store data."""

FORGOTTEN_BY_RERUN = ("_recovery", "_exception_details", "_fizzled_parents")
"""Spec keys that the system wrote about the run before."""


def workflow_state(tally: Tally) -> State:
    """Read a workflow's state off its tally; the first rule that holds decides."""
    states = tally.states
    if not tally.open_leaves:
        return State.COMPLETED
    if states.get(State.ARCHIVED, 0) == sum(states.values()):
        return State.ARCHIVED
    for state in (State.DEFUSED, State.PAUSED):
        if states.get(state):
            return state
    if states.get(State.FIZZLED):
        return State.FIZZLED if tally.blocking else State.RUNNING
    if states.get(State.COMPLETED) or states.get(State.RUNNING):
        return State.RUNNING
    return State.RESERVED if states.get(State.RESERVED) else State.READY


def is_done(parent: State, *, tolerant: bool) -> bool:
    """Whether a parent in this state lets a child start."""
    return parent is State.COMPLETED or (tolerant and parent is State.FIZZLED)


def representative(launches: Sequence[LaunchView]) -> LaunchView | None:
    """The launch that stands for its Firework, None without any."""
    counting = [launch for launch in launches if launch.state.rank > State.ARCHIVED.rank]
    if not counting:
        return None
    if len(counting) == 1:
        return counting[0]
    return max(counting, key=lambda x: (x.state.rank, x.time_end.timestamp() if x.time_end else 0.0, x.launch_id))


class Engine:
    """Decides one batch of events on one graph.

    Args:
        graph: A consistent view; it is only read.

    After an error the batch is void: throw the engine away.
    """

    def __init__(self, graph: Graph) -> None:
        self._view = View(graph)
        self._stale: dict[int, None] = {}

    @property
    def changes(self) -> Changes:
        """What the events handled so far do."""
        return self._view.changes()

    def handle(self, *batch: Event) -> None:
        """Decide these events, in order.

        Raises:
            NotFoundError: An event names a Firework that does not exist.
            ActionError: An FWAction cannot be applied.
            WorkflowError: A workflow to append is none, or does not fit there.
        """
        self._prefetch(batch)
        for event in batch:
            self._decide(event)
        self._settle()

    def handle_each(self, *batch: Event) -> None:
        """The same, as if each were a batch of its own after the one before; what they read is read together.

        Raises:
            NotFoundError: As `handle`.
            ActionError: As `handle`.
            WorkflowError: As `handle`.
        """
        self._prefetch(batch)
        for event in batch:
            self._decide(event)
            self._settle()

    def apply_action(self, fw_id: int, action: Mapping[str, Any]) -> None:
        """Do what an FWAction of this Firework says, whatever its state (FireWorks' ``Workflow.apply_action``).

        Raises:
            NotFoundError: There is no such Firework.
            ActionError: It cannot be applied.
        """
        self._view.load([fw_id])
        self._view.load_children([fw_id])
        self._apply_action(fw_id, LaunchView(launch_id=0, state=State.COMPLETED, action=action))
        self._settle()

    # --- the table
    def _decide(self, event: Event) -> None:  # noqa: PLR0912 - one for each event
        match event:
            case events.Launched():
                self._launched(event)
            case events.Shared():
                self._view.share(event.fw_id, event.launch)
                self._stale[event.fw_id] = None
            case events.Released():
                self._release(event.fw_id)
            case events.Rerun():
                self._rerun(event.fw_id, duplicates=event.duplicates)
            case events.Defused():
                self._defuse(event.fw_id, duplicates=event.duplicates)
            case events.Reignited():
                self._let_go(event.fw_id, State.DEFUSED)
            case events.Resumed():
                self._let_go(event.fw_id, State.PAUSED)
            case events.Paused():
                if self._view.node(event.fw_id).state in PAUSABLE:
                    self._become(event.fw_id, State.PAUSED)
            case events.Archived():
                self._archive(event.wf_id)
            case events.Appended():
                self._append(event)
            case events.SpecChanged():
                self._view.touch(event.fw_id, event.spec)
                self._spec_changed(event.fw_id)
            case _:
                assert_never(event)

    def _prefetch(self, batch: Sequence[Event]) -> None:
        self._view.load([event.fw_id for event in batch if not isinstance(event, _WITHOUT_FIREWORK)])
        launched = [event for event in batch if isinstance(event, events.Launched)]
        self._view.load_children(event.fw_id for event in launched if event.launch.state in ENDED)
        self._view.load_sharers([event.launch.launch_id for event in launched])
        self._prefetch_reruns([event for event in batch if isinstance(event, _RERUNNING)])
        self._prefetch_members([event.wf_id for event in batch if isinstance(event, events.Archived)])

    def _prefetch_reruns(self, batch: Sequence[events.Rerun | events.Defused]) -> None:
        """What these will reset; read for all of them, wave by wave, it is not read for each."""
        first = {x.fw_id for x in batch if self._view.node(x.fw_id).state in UNDER_WAY or isinstance(x, events.Rerun)}
        wave = sorted(fw_id for fw_id in first if self._can_rerun(fw_id))
        duplicates = {x.fw_id for x in batch if x.duplicates}
        self._view.load_sharers([x.launch_id for i in wave if i in duplicates for x in self._view.launches(i)])
        reached = set(wave)
        while wave:
            self._view.load_specs(wave)
            self._view.load_children(wave)
            below = {child for i in wave for child in self._view.children(i)} - reached
            reached |= below
            wave = sorted(child for child in below if self._view.node(child).state is not State.WAITING)

    def _prefetch_members(self, wf_ids: Iterable[int]) -> None:
        members = [i for wf_id in wf_ids for i in self._view.members(wf_id)]
        self._view.load(members)
        self._view.load_children(members)

    # --- events
    def _launched(self, event: events.Launched) -> None:
        for fw_id in {event.fw_id: None, **dict.fromkeys(self._view.sharers(event.launch.launch_id))}:
            self._view.put_launch(fw_id, event.launch)
            self._stale[fw_id] = None

    def _release(self, fw_id: int) -> None:
        for released in [fw_id, *self._view.duplicates_of(fw_id)]:
            self._view.archive_launches(released)
            self._stale[released] = None

    def _rerun(self, fw_id: int, *, duplicates: bool = False) -> None:
        if not self._can_rerun(fw_id):
            return
        others = self._view.duplicates_of(fw_id) if duplicates else []
        self._reset_with_descendants(fw_id)
        for other in others:
            if self._can_rerun(other):
                self._view.duplicates.append(other)
                self._reset_with_descendants(other)

    def _can_rerun(self, fw_id: int) -> bool:
        return self._view.node(fw_id).state not in (State.WAITING, State.DEFUSED, State.ARCHIVED)

    def _reset_with_descendants(self, fw_id: int) -> None:
        wave = [fw_id]
        while wave:
            self._view.load_specs(wave)
            self._view.load_children(wave)
            for reached in wave:
                self._reset(reached)
            children = dict.fromkeys(child for reached in wave for child in self._view.children(reached))
            wave = [child for child in children if self._view.node(child).state is not State.WAITING]

    def _reset(self, fw_id: int) -> None:
        self._view.reruns.append(fw_id)
        self._view.archive_launches(fw_id)
        spec = self._view.spec(fw_id)
        if any(key in spec for key in FORGOTTEN_BY_RERUN):
            for key in FORGOTTEN_BY_RERUN:
                spec.pop(key, None)
            self._view.touch(fw_id)
        self._become(fw_id, State.WAITING)
        self._stale[fw_id] = None

    def _defuse(self, fw_id: int, *, duplicates: bool = False) -> None:
        state = self._view.node(fw_id).state
        if state is State.ARCHIVED:
            return
        if state in UNDER_WAY:
            self._rerun(fw_id, duplicates=duplicates)
        self._become(fw_id, State.DEFUSED)

    def _let_go(self, fw_id: int, held: State) -> None:
        if self._view.node(fw_id).state is held:
            self._become(fw_id, State.WAITING)
            self._stale[fw_id] = None

    def _archive(self, wf_id: int) -> None:
        members = self._view.members(wf_id)
        self._view.load(members)
        self._view.load_children(members)
        for fw_id in members:
            self._view.archive_launches(fw_id)
            self._become(fw_id, State.ARCHIVED)

    # --- states
    def _settle(self) -> None:
        while self._stale:
            wave, self._stale = self._stale, {}
            self._view.load(wave)
            for fw_id in wave:
                self._refresh(fw_id)

    def _refresh(self, fw_id: int) -> None:
        node = self._view.node(fw_id)
        if node.state in HELD:
            return
        state = State.WAITING
        launch = None
        if not node.waiting_for:
            launch = representative(self._view.launches(fw_id))
            state = launch.state if launch else State.READY
        if state is node.state:
            return
        if node.tolerant and state is not State.WAITING:
            self._tell_of_fizzled_parents(fw_id)
        self._become(fw_id, state)
        if state is State.COMPLETED and launch is not None and launch.action:
            self._apply_action(fw_id, launch)

    def _become(self, fw_id: int, state: State, by: int | None = None) -> None:
        """The one place where a state changes: counters follow, children are looked at again.

        ``by`` is the Firework whose FWAction holds this one; None is a person.
        """
        before = self._view.node(fw_id)
        if before.state is state:
            return
        if state in HELD:
            self._view.holds[fw_id] = by
        affects_children = before.state in ENDED or state in ENDED
        children = self._view.children(fw_id) if affects_children else []
        blocking = state is State.FIZZLED and self._blocks(children)
        self._view.put(before.but(state=state, blocking=blocking))
        for child in children:
            node = self._view.node(child)
            was = is_done(before.state, tolerant=node.tolerant)
            now = is_done(state, tolerant=node.tolerant)
            if was != now:
                self._view.put(node.but(waiting_for=node.waiting_for + (1 if was else -1)))
                self._stale[child] = None

    def _blocks(self, children: Iterable[int]) -> bool:
        """Whether a FIZZLED Firework with these children makes its workflow FIZZLED."""
        tolerances = [self._view.node(child).tolerant for child in children]
        return not tolerances or not all(tolerances)

    def _tell_of_fizzled_parents(self, fw_id: int) -> None:
        spec = self._view.spec(fw_id)
        parents = self._view.parents(fw_id)
        self._view.load(parents)
        fizzled = [p for p in parents if self._view.node(p).state is State.FIZZLED]
        if fizzled and "_fizzled_parents" not in spec:
            spec["_fizzled_parents"] = self._view.documents(fizzled)
            self._view.touch(fw_id)

    def _spec_changed(self, fw_id: int) -> None:
        """Its tolerance may be another now: count its parents anew."""
        node = self._view.node(fw_id)
        tolerant = is_tolerant(self._view.spec(fw_id))
        if tolerant == node.tolerant:
            return
        parents = self._view.parents(fw_id)
        self._view.load(parents)
        waiting_for = sum(not is_done(self._view.node(p).state, tolerant=tolerant) for p in parents)
        self._view.put(node.but(tolerant=tolerant, waiting_for=waiting_for))
        self._stale[fw_id] = None
        for parent in parents:
            self._judge_blocking(parent)

    def _judge_blocking(self, fw_id: int) -> None:
        node = self._view.node(fw_id)
        blocking = node.state is State.FIZZLED and self._blocks(self._view.children(fw_id))
        if blocking != node.blocking:
            self._view.put(node.but(blocking=blocking))

    # --- actions
    def _apply_action(self, fw_id: int, launch: LaunchView) -> None:
        action = launch.action or {}
        if not any(map(action.get, EFFECTIVE)):
            return
        try:
            self._change_specs(fw_id, action)
            self._defuse_as_told(fw_id, action)
            self._grow(fw_id, launch)
        except ActionError:
            raise
        except (InputError, KeyError, TypeError, AttributeError, ValueError) as error:
            what = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
            raise ActionError(f"The FWAction of Firework {fw_id} cannot be applied: {what}") from error

    def _change_specs(self, fw_id: int, action: Mapping[str, Any]) -> None:
        update, mods = action.get("update_spec") or {}, action.get("mod_spec") or []
        if not update and not mods:
            return
        targets = self._descendants(fw_id) if action.get("propagate") else self._view.children(fw_id)
        self._view.load_specs(targets)
        for target in targets:
            change_spec(self._view.spec(target), update, mods)
            self._view.touch(target)
            self._spec_changed(target)

    def _descendants(self, fw_id: int) -> list[int]:
        found: dict[int, None] = {}
        wave = [fw_id]
        while wave:
            self._view.load_children(wave)
            below = dict.fromkeys(child for reached in wave for child in self._view.children(reached))
            wave = [child for child in below if child not in found]
            found.update(dict.fromkeys(wave))
        return list(found)

    def _defuse_as_told(self, fw_id: int, action: Mapping[str, Any]) -> None:
        if action.get("defuse_children"):
            for child in self._view.children(fw_id):
                if self._view.node(child).state is State.COMPLETED:
                    self._rerun(child)  # else a reignite would apply its action a second time
                self._become(child, State.DEFUSED, by=fw_id)
        if action.get("defuse_workflow"):
            members = self._view.members(self._view.node(fw_id).wf_id)
            self._view.load(members)
            for member in members:
                if self._view.node(member).state not in ENDED:
                    self._become(member, State.DEFUSED, by=fw_id)

    def _grow(self, fw_id: int, launch: LaunchView) -> None:
        """Detours, ``append_wfs``, additions; where ``append_wfs`` names a duplicate as parent, this one is meant."""
        action, by = launch.action or {}, launch.launch_id
        bypassed = {fw_id: self._view.children(fw_id)}
        for workflow in action.get("detours") or []:
            self._attach(workflow, {fw_id: bypassed[fw_id]}, added_by=by)
        for item in action.get("append_wfs") or []:
            parents = item.get("parents") or [fw_id]
            parents = parents if isinstance(parents, list | tuple) else [parents]
            sharers = self._view.sharers(by)
            parents = [fw_id if parent in sharers else parent for parent in parents]
            detours = spread(item.get("detour", False), len(parents))
            for parent in parents:
                bypassed.setdefault(parent, self._view.children(parent))
            pairs = zip(parents, detours, strict=True)
            below = {p: bypassed[p] if d else () for p, d in pairs}
            self._attach(item["workflow"], below, pull_spec_mods=True, added_by=by)
        for workflow in action.get("additions") or []:
            self._attach(workflow, {fw_id: ()}, added_by=by)

    def _append(self, event: events.Appended) -> None:
        wf_ids = {self._view.node(parent).wf_id for parent in event.parents}
        if len(wf_ids) != 1:
            raise WorkflowError(
                f"Fireworks {list(event.parents)} do not belong to one workflow; append to each on its own"
            )
        pairs = zip(event.parents, event.detours, strict=True)
        bypassed = {p: self._view.children(p) if detour else () for p, detour in pairs}
        self._attach(event.workflow, bypassed, pull_spec_mods=event.pull_spec_mods)

    def _attach(
        self,
        workflow: Mapping[str, Any],
        bypassed: Mapping[int, Sequence[int]],
        *,
        pull_spec_mods: bool = False,
        added_by: int | None = None,
    ) -> None:
        """Add a workflow below the Fireworks that ``bypassed`` names.

        ``bypassed[parent]`` are the children of that parent which shall wait for the new leaves too: they keep their
        link to the parent. New nodes start WAITING and are looked at when the batch settles.
        """
        blueprint = read_blueprint(workflow)
        self._check_fit(blueprint.parts[-1].fw_id, bypassed)
        first = self._view.new_fw_ids(len(blueprint.parts))
        blueprint = blueprint.numbered({part.fw_id: first + n for n, part in enumerate(blueprint.parts)})
        inner_parents = blueprint.parents
        wf_id = self._view.node(next(iter(bypassed))).wf_id
        for part in blueprint.parts:
            node = Node(
                fw_id=part.fw_id,
                wf_id=wf_id,
                state=part.state if part.state in HELD else State.WAITING,
                tolerant=part.tolerant,
            )
            self._view.add(NewNode(node=node, name=part.name, spec=part.spec, added_by=added_by))
            self._stale[part.fw_id] = None
        for parent, child in blueprint.links:
            self._link(parent, child)
        leaves = [part.fw_id for part in blueprint.parts if not blueprint.children[part.fw_id]]
        roots = [fw_id for fw_id, parents in inner_parents.items() if not parents]
        for parent, children in bypassed.items():
            for leaf in leaves:
                for child in children:
                    self._link(leaf, child)
            for root in roots:
                self._link(parent, root)
                if pull_spec_mods:
                    self._pull_spec_mods(parent, root)

    def _check_fit(self, highest_id: int, bypassed: Mapping[int, Sequence[int]]) -> None:
        if highest_id >= 0:
            raise WorkflowError(
                f"A workflow to append needs negative fw_ids, this one has {highest_id}; number them -1, -2, ..."
            )
        for parent, children in bypassed.items():
            for child in children:
                state = self._view.node(child).state
                if state.rank > State.WAITING.rank:
                    raise WorkflowError(
                        f"No detour is possible below Firework {parent}: its child {child} is {state} already"
                    )
        ends = {child for children in bypassed.values() for child in children}
        if len(bypassed) > 1 and any(end in bypassed or self._reaches(end, bypassed) for end in ends):
            raise WorkflowError(f"A detour below Fireworks {sorted(bypassed)} would close a circle")

    def _reaches(self, fw_id: int, targets: Mapping[int, object]) -> bool:
        return any(descendant in targets for descendant in self._descendants(fw_id))

    def _link(self, parent: int, child: int) -> None:
        if not self._view.link(parent, child):
            return
        above, below = self._view.node(parent), self._view.node(child)
        if above.leaf:
            self._view.put(above.but(leaf=False))
        if not is_done(above.state, tolerant=below.tolerant):
            self._view.put(below.but(waiting_for=below.waiting_for + 1))
            self._stale[child] = None
        self._judge_blocking(parent)

    def _pull_spec_mods(self, parent: int, root: int) -> None:
        launch = representative(self._view.launches(parent))
        if launch is not None and launch.state is State.COMPLETED and launch.action:
            spec = self._view.spec(root)
            change_spec(spec, launch.action.get("update_spec") or {}, launch.action.get("mod_spec") or [])
            self._view.touch(root)
            self._spec_changed(root)


def change_spec(spec: Spec, update: Mapping[str, Any], mods: Iterable[Mapping[str, Any]]) -> None:
    """Apply an action's ``update_spec`` and ``mod_spec`` to a spec, in place, with values of the spec's own."""
    try:
        own, changes = in_plain_containers(dict(update)), in_plain_containers(list(mods))
    except SerializationError as error:
        raise ActionError(f"Its update_spec or mod_spec cannot be applied: {error}") from error
    spec.update(own)
    for mod in changes:
        apply_mod(mod, spec)


def spread(detour: bool | Sequence[bool], length: int) -> tuple[bool, ...]:
    """One detour flag a parent, from one flag or a list of them.

    Raises:
        WorkflowError: The list has another length, or is no list of flags.
    """
    if isinstance(detour, bool):
        return (detour,) * length
    if isinstance(detour, list | tuple) and len(detour) == length and all(isinstance(x, bool) for x in detour):
        return tuple(detour)
    raise WorkflowError(f"detour must be true, false or a list of {length} of them, not {detour!r}")
