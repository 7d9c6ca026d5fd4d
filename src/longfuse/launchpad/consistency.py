"""Whether the records of a LaunchPad agree with one another.

These are states with launches and parents, counters with rows, and where Fireworks wait to be taken with their specs.
What the engine keeps up event by event is worked out here from the beginning, Workflow by Workflow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from longfuse.domain.blueprint import count
from longfuse.domain.engine import is_done, representative, workflow_state
from longfuse.domain.events import Launched
from longfuse.domain.graph import Changes, LaunchView, Node, Tally
from longfuse.domain.query import parse
from longfuse.domain.states import HELD, State
from longfuse.launchpad.launches import apply
from longfuse.store.lanes import UNSORTED
from longfuse.store.records import OfflineRun
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from longfuse.store.records import LaunchRecord, Place
    from longfuse.store.seam import Reader, Store

OPEN = (State.RESERVED, State.RUNNING)
PAGE = 1000
_CIRCLE = (
    "Longfuse makes none, so somebody wrote into the database: remove one of its rows from `links`, or the Workflow "
    "with `lpad delete_wflows`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two records that do not agree.

    Attributes:
        subject: What it is about: ``Workflow 3``, ``Firework 7``, ``launch 12``.
        text: What is there, and what would have to be.
        undecided: Whether only a person can say which of the two is right.
        advice: What that person may do, where it is not the usual.
    """

    subject: str
    text: str
    undecided: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A Workflow, whole."""

    nodes: Mapping[int, Node]
    parents: Mapping[int, Sequence[int]]
    children: Mapping[int, Sequence[int]]
    launches: Mapping[int, Sequence[LaunchView]]


def check_workflows(store: Store) -> Iterator[tuple[int, list[Disagreement]]]:
    """Go through all Workflows; yields after each its wf_id and what does not agree in it."""
    with store.read() as reader:
        wf_ids = list(reader.find(Collection.WORKFLOWS))
    for first in range(0, len(wf_ids), PAGE):
        with store.read() as reader:
            page = wf_ids[first : first + PAGE]
            found = [(wf_id, _check(reader, wf_id)[1]) for wf_id in reader.workflows(page)]
        yield from found


def mend_workflow(store: Store, wf_id: int, now: datetime) -> None:
    """Make a Workflow's counters and states those that follow from its links and launches, in one transaction.

    A Firework whose launch ended without its knowledge gets that launch's result as if it came in now.

    What is undecided stays.
    """
    with store.write() as tx:
        changes, found, missed = _check(tx, wf_id)
        if found:
            tx.apply(changes, now)
        if missed:
            apply(tx, missed, now)


def check_runs(store: Store) -> list[Disagreement]:
    """Launches that should report in files and that no recovery looks for, and the other way round."""
    with store.read() as reader:
        unwatched = [
            Disagreement(
                subject=f"launch {launch_id} of Firework {fw_id}",
                text=f"is {state}, but no recovery looks for its files",
            )
            for launch_id, fw_id, state in _unwatched(reader)
        ]
        idle = [
            Disagreement(
                subject=f"launch {run.launch_id} of Firework {run.fw_id}",
                text="has its result, but each recovery looks for it",
            )
            for run in _idle(reader)
        ]
    return unwatched + idle


def mend_runs(store: Store, now: datetime) -> None:
    """Let recoveries look for the former from now on, and for the latter no more."""
    with store.write() as tx:
        found = list(_unwatched(tx))
        names = {i: record.name for i, record in tx.fireworks([fw_id for _, fw_id, _ in found], specs=False).items()}
        tx.put_offline_runs(
            [OfflineRun(launch_id=i, fw_id=fw, name=names[fw], created_on=now, updated_on=now) for i, fw, _ in found]
        )
        tx.put_offline_runs([replace(run, completed=True, updated_on=now) for run in _idle(tx)])


def _idle(reader: Reader) -> list[OfflineRun]:
    """Runs of launches whose final record is in the LaunchPad."""
    ended = [run.launch_id for run in reader.open_offline_runs(None) if run.attempt]
    return list(reader.offline_runs(ended).values())


def launch_pages(store: Store) -> Iterator[list[tuple[LaunchRecord, OfflineRun | None]]]:
    """Every launch with its run, if it has one, some at a time; no view stays open between.

    An FWAction that may be big is `UNREAD`, see `action_of`.
    """
    last = 0
    while True:
        with store.read() as reader:
            ids = list(reader.find(Collection.LAUNCHES, parse({"launch_id": {"$gt": last}}), limit=PAGE))
            launches, runs = reader.launch_records(ids, actions=False), reader.offline_runs(ids)
            big = reader.weights([launch.fw_id for launch in launches.values()])
            launches |= reader.launch_records([i for i, launch in launches.items() if launch.fw_id not in big])
        if not ids:
            return
        yield [(launches[i], runs.get(i)) for i in ids]
        last = ids[-1]


def action_of(store: Store, launch_id: int) -> dict[str, Any] | None:
    """A launch's FWAction."""
    with store.read() as reader:
        return reader.launch_records([launch_id])[launch_id].action


def _unwatched(reader: Reader) -> Iterator[tuple[int, int, State]]:
    """Launches under way without a run; those of which ``forget_offline`` was told are not among them."""
    where = parse({"state": {"$in": [str(state) for state in OPEN]}})
    ids = list(reader.find(Collection.LAUNCHES, where))
    for first in range(0, len(ids), PAGE):
        page = ids[first : first + PAGE]
        runs = reader.offline_runs(page)
        for launch_id, launch in reader.launch_records(page, actions=False).items():
            run = runs.get(launch_id)
            if not launch.archived and (run is None or run.completed) and launch.token:
                yield launch_id, launch.fw_id, launch.state


def _check(reader: Reader, wf_id: int) -> tuple[Changes, list[Disagreement], list[Launched]]:
    """What mends a Workflow, what is wrong with it, and which launches its Fireworks have missed."""
    members = reader.members(wf_id)
    rows = Rows(reader.nodes(members), reader.parents(members), reader.children(members), _views(reader, members))
    found: list[Disagreement] = []
    changes = Changes()
    missed: list[Launched] = []
    right = derived(rows)
    if len(right) < len(rows.nodes):
        lost = sorted(set(rows.nodes) - set(right))
        text = f"the links of Fireworks {lost[:5]} make a circle"
        found.append(Disagreement(subject=f"Workflow {wf_id}", text=text, undecided=True, advice=_CIRCLE))
        return changes, found, missed
    for fw_id, (place, proper) in reader.misplaced(members).items():
        found.append(Disagreement(subject=f"Firework {fw_id}", text=_elsewhere(place, proper)))
        changes.specs[fw_id] = reader.specs([fw_id])[fw_id]
    for fw_id, node in rows.nodes.items():
        wanted = right[fw_id]
        if wanted == node:
            continue
        launch = representative(rows.launches[fw_id])
        undecided = _is_undecided(node, launch)
        found += _named(node, wanted, undecided)
        if undecided:
            continue
        if wanted.state is not node.state and launch is not None and wanted.state is launch.state:
            missed.append(Launched(fw_id, representative(reader.launches([fw_id])[fw_id]) or launch))
            wanted = replace(wanted, state=node.state)
        changes.nodes[fw_id] = wanted
    if any(each.undecided for each in found):
        return Changes(), found, []  # one that is not known holds up the others
    if missed:  # counters of now; what follows from these launches the engine says
        states = {fw_id: changes.nodes.get(fw_id, node).state for fw_id, node in rows.nodes.items()}
        right = {fw_id: _counted(rows, fw_id, states) for fw_id in rows.nodes}
        changes.nodes.update({i: node for i, node in right.items() if node != rows.nodes[i]})
    tally = count(right.values())
    record = reader.workflows([wf_id])[wf_id]
    if (record.tally, record.state) != (tally, workflow_state(tally)):
        found += _miscounted(record.tally, record.state, tally, wf_id, by_nodes=bool(changes.nodes))
        changes.tallies[wf_id] = tally
    return changes, found, missed


def _views(reader: Reader, fw_ids: Sequence[int]) -> dict[int, list[LaunchView]]:
    """Their current launches as the engine sees them, but without FWActions, which may be big."""
    records = reader.launch_records_of(fw_ids, actions=False)
    return {
        fw_id: [
            LaunchView(launch_id=x.launch_id, state=x.state, time_end=x.time_end) for x in launches if not x.archived
        ]
        for fw_id, launches in records.items()
    }


def derived(rows: Rows) -> dict[int, Node]:
    """Each node as it follows from links, launches, and the states of its parents; without those on a circle."""
    states: dict[int, State] = {}
    waits = {fw_id: len(rows.parents.get(fw_id, ())) for fw_id in rows.nodes}
    ready = [fw_id for fw_id, count in waits.items() if not count]
    while ready:
        fw_id = ready.pop()
        states[fw_id] = _state(rows, fw_id, states)
        for child in rows.children.get(fw_id, ()):
            waits[child] -= 1
            if not waits[child]:
                ready.append(child)
    return {fw_id: _counted(rows, fw_id, states) for fw_id in states}


def _state(rows: Rows, fw_id: int, states: Mapping[int, State]) -> State:
    node = rows.nodes[fw_id]
    if node.state in HELD:
        return node.state
    if any(not is_done(states[parent], tolerant=node.tolerant) for parent in rows.parents.get(fw_id, ())):
        return State.WAITING
    launch = representative(rows.launches[fw_id])
    return launch.state if launch else State.READY


def _counted(rows: Rows, fw_id: int, states: Mapping[int, State]) -> Node:
    node, children = rows.nodes[fw_id], rows.children.get(fw_id, ())
    intolerant = not children or not all(rows.nodes[child].tolerant for child in children)
    return replace(
        node,
        state=states[fw_id],
        waiting_for=sum(not is_done(states[p], tolerant=node.tolerant) for p in rows.parents.get(fw_id, ())),
        leaf=not children,
        blocking=states[fw_id] is State.FIZZLED and intolerant,
    )


def _is_undecided(node: Node, launch: LaunchView | None) -> bool:
    """Whether it has a state that only a launch gives, and no launch: there may be a job that nobody knows."""
    return launch is None and node.state not in (State.WAITING, State.READY, *HELD)


def _named(node: Node, wanted: Node, undecided: bool) -> Iterator[Disagreement]:
    subject = f"Firework {node.fw_id}"
    if node.state is not wanted.state:
        why = "it has no launch" if undecided else f"by its launches and parents it is {wanted.state}"
        yield Disagreement(subject=subject, text=f"is {node.state}, but {why}", undecided=undecided)
    elif node.waiting_for != wanted.waiting_for:
        text = f"waits for {node.waiting_for} parents by its counter, for {wanted.waiting_for} by its links"
        yield Disagreement(subject=subject, text=text)
    else:
        yield Disagreement(
            subject=subject, text="does not know rightly whether it has children, or holds up its Workflow"
        )


def _elsewhere(place: Place, proper: Place) -> str:
    """What is wrong with where a Firework waits to be taken."""
    if place.lane in (proper.lane, UNSORTED):
        return f"is taken with priority {place.priority}, but its spec says {proper.priority}"
    return f"is offered to workers as if its spec said {place.lane or '{}'}, but it says {proper.lane or '{}'}"


def _miscounted(tally: Tally, state: State, right: Tally, wf_id: int, *, by_nodes: bool) -> Iterator[Disagreement]:
    """A Workflow's own counters; not where they only follow what is wrong with its Fireworks."""
    if by_nodes:
        return
    if tally == right:
        yield Disagreement(
            subject=f"Workflow {wf_id}", text=f"is {state}, but its counters say {workflow_state(right)}"
        )
    else:
        yield Disagreement(subject=f"Workflow {wf_id}", text="does not count its Fireworks rightly")
