"""What is on record about a Firework, gathered for `longfuse.launchpad.why`; it only reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from longfuse.domain import query as queries
from longfuse.domain.engine import is_done
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import HELD, State
from longfuse.errors import NotFoundError
from longfuse.launchpad.history import checkpoint_of
from longfuse.launchpad.lookup import liftable
from longfuse.launchpad.why import Blocker, Subject, Worker
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from longfuse.domain.graph import Node, Spec
    from longfuse.store.records import LaunchRecord
    from longfuse.store.seam import Reader, Store

WORST_FIRST = (
    State.FIZZLED,
    State.ARCHIVED,
    State.DEFUSED,
    State.PAUSED,
    State.READY,
    State.RESERVED,
    State.RUNNING,
    State.WAITING,
    State.COMPLETED,
)
"""Of the Fireworks that hold one up: first those that nothing but a person moves."""

MOST_BLOCKERS = 50
"""Of so many Fireworks that hold one up the records are read; the others are counted."""

STEPS = 30
"""After so many generations of parents the whole workflow's links are read at once."""


def gather(store: Store, fw_ids: Sequence[int], fworker: FWorker) -> list[Subject]:
    """What is on record of these Fireworks, in that order.

    Args:
        store: The records.
        fw_ids: The Fireworks.
        fworker: The user's worker; READY Fireworks are shown to it.

    Raises:
        NotFoundError: One does not exist; all such are named.
    """
    with store.read() as reader:
        nodes = reader.nodes(fw_ids)
        strangers = [i for i in fw_ids if i not in nodes]
        if strangers:
            raise NotFoundError(f"No Firework exists with id: {', '.join(map(str, strangers))}")
        takers = _takers(reader, [i for i, node in nodes.items() if node.state is State.READY], fworker)
        subjects = {subject.fw_id: subject for subject in _plain(reader, list(nodes))}
        return [_complete(reader, subjects[i], fworker, takers) for i in fw_ids]


def _plain(reader: Reader, fw_ids: Sequence[int]) -> list[Subject]:
    """Subjects as far as their own records go, in that order."""
    fireworks, launches = reader.fireworks(fw_ids, specs=False), _launches(reader, fw_ids)
    runs = reader.offline_runs([x.launch_id for i in fw_ids for x in launches[i]])
    holds = reader.holds([i for i in fw_ids if fireworks[i].node.state in HELD])
    tasks = _tasks(reader, [i for i in fw_ids if any(checkpoint_of(x.state_history) for x in launches[i])])
    return [
        Subject(
            firework=replace(fireworks[i], spec=tasks.get(i, {})),
            launches=launches[i],
            problems={x.launch_id: runs[x.launch_id].problem for x in launches[i] if x.launch_id in runs},
            hold=holds.get(i),
        )
        for i in fw_ids
    ]


def _launches(reader: Reader, fw_ids: Sequence[int]) -> dict[int, list[LaunchRecord]]:
    """Their launches; of an FWAction, which may be big, only what a Firetask raised."""
    found = reader.launch_records_of(fw_ids, actions=False)
    fizzled = {i: ids for i in fw_ids if (ids := [x.launch_id for x in found[i] if x.state is State.FIZZLED])}
    failures: dict[int, dict[str, Any]] = {}
    for part in _liftable(reader, list(fizzled)):
        whole = reader.launch_records([launch_id for i in part for launch_id in fizzled[i]])
        failures |= {launch_id: _failure(launch) for launch_id, launch in whole.items()}
    return {i: [replace(launch, action=failures.get(launch.launch_id)) for launch in found[i]] for i in fw_ids}


def _failure(launch: LaunchRecord) -> dict[str, Any]:
    stored = (launch.action or {}).get("stored_data") or {}
    return {"stored_data": {key: stored[key] for key in ("_exception",) if key in stored}}


def _tasks(reader: Reader, fw_ids: Sequence[int]) -> dict[int, Spec]:
    """Of their specs, which may be big, the Firetasks."""
    parts = _liftable(reader, fw_ids)
    return {i: {"_tasks": spec.get("_tasks")} for part in parts for i, spec in reader.specs(part).items()}


def _liftable(reader: Reader, fw_ids: Sequence[int]) -> Iterator[list[int]]:
    """These ids in such parts that what is big does not fill the memory; none if there are none."""
    return liftable(fw_ids, reader.weights(fw_ids)) if fw_ids else iter(())


def _complete(reader: Reader, subject: Subject, fworker: FWorker, takers: set[int]) -> Subject:
    if subject.state is State.READY:
        refusal = "" if subject.fw_id in takers else _refusal(reader.specs([subject.fw_id])[subject.fw_id], fworker)
        return replace(subject, worker=Worker(name=fworker.name, refusal=refusal))
    if subject.state is not State.WAITING:
        return subject
    found = _blockers(reader, subject.firework.node)
    told = list(found)[:MOST_BLOCKERS]
    blockers = [Blocker(subject=blocker, via=found[blocker.fw_id]) for blocker in _plain(reader, told)]
    return replace(subject, blockers=blockers, blocked_by=len(found))


# --- READY: who takes it
def _takers(reader: Reader, ready: Sequence[int], fworker: FWorker) -> set[int]:
    """Those that the worker takes."""
    if not ready:
        return set()
    where = queries.parse({"$and": [fworker.query, {"fw_id": {"$in": list(ready)}}]})
    return set(reader.find(Collection.FIREWORKS, where))


def _refusal(spec: Spec, fworker: FWorker) -> str:
    """Why the worker does not take a Firework with this spec."""
    if not _takes(FWorker(name=fworker.name), spec):
        return f"it is for the worker {spec.get('_fworker')!r} (`_fworker`)"
    if not _takes(FWorker(name=fworker.name, category=fworker.category), spec):
        category = spec.get("_category")
        its = "it has no `_category`" if category is None else f"its `_category` is {category!r}"
        return f"{its}, and the worker's category is {fworker.category!r}"
    return f"it does not match the worker's query, {fworker.to_dict()['query']}"


def _takes(fworker: FWorker, spec: Spec) -> bool:
    return queries.matches(queries.parse(fworker.query), {"spec": spec})


# --- WAITING: for what, in the end
def _blockers(reader: Reader, node: Node) -> dict[int, int | None]:
    """The ancestors for which it waits that wait for nobody themselves, worst first; and by way of which parent."""
    ancestry = _Ancestry(reader, node.wf_id)
    via: dict[int, int | None] = {}
    found: dict[int, Node] = {}
    wave = {node.fw_id: node}
    seen = {node.fw_id}
    while wave:
        above: dict[int, Node] = {}
        parents = ancestry.parents(list(wave))
        nodes = ancestry.nodes([p for ids in parents.values() for p in ids if p not in seen])
        for child_id, child in wave.items():
            for parent in parents[child_id]:
                known = nodes.get(parent)
                if known is None or parent in seen or is_done(known.state, tolerant=child.tolerant):
                    continue
                seen.add(parent)
                via[parent] = None if child_id == node.fw_id else via[child_id] or child_id
                (above if known.state is State.WAITING else found)[parent] = known
        wave = above
    order = sorted(found, key=lambda i: (WORST_FIRST.index(found[i].state), via[i] is not None, i))
    return {i: via[i] for i in order}


class _Ancestry:
    """Reads parents generation by generation; of a deep workflow, in the end, all of them at once."""

    def __init__(self, reader: Reader, wf_id: int) -> None:
        self._reader = reader
        self._wf_id = wf_id
        self._steps = 0
        self._parents: dict[int, list[int]] | None = None
        self._nodes: dict[int, Node] = {}

    def parents(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each one's parents."""
        self._steps += 1
        if self._steps > STEPS and self._parents is None:
            members = self._reader.members(self._wf_id)
            self._parents, self._nodes = self._reader.parents(members), self._reader.nodes(members)
        return self._reader.parents(fw_ids) if self._parents is None else {i: self._parents[i] for i in fw_ids}

    def nodes(self, fw_ids: Iterable[int]) -> dict[int, Node]:
        """Their nodes."""
        ids = list(dict.fromkeys(fw_ids))
        return self._reader.nodes(ids) if self._parents is None else {i: self._nodes[i] for i in ids}
