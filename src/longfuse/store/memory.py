"""The LaunchPad's records in memory, for tests: what the seam means, in the simplest words.

A transaction works on a copy of everything and puts it in the place of the original when it ends.
"""

from __future__ import annotations

import secrets
from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from longfuse.domain.engine import workflow_state
from longfuse.domain.graph import LaunchView, MemoryGraph, NewNode
from longfuse.domain.query import matches
from longfuse.domain.states import HELD, State
from longfuse.errors import QueryError
from longfuse.store import documents, jsontext
from longfuse.store.records import UNREAD, FireworkRecord, Hold, OpenRun
from longfuse.store.rows import priority_of
from longfuse.store.schema import ORDERS
from longfuse.store.seam import Collection
from longfuse.store.search import SEARCHABLE, no_sort, unknown_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from longfuse.domain.graph import Changes, Node, Spec, Tally
    from longfuse.domain.query import Filter
    from longfuse.store.records import FileRecord, LaunchRecord, OfflineRun, Place, WorkflowRecord
    from longfuse.store.seam import Store

Document = dict[str, Any]


@dataclass(slots=True)
class Tables:
    """All records.

    Attributes:
        times: ``created_on`` and ``updated_on`` of each Firework.
        shared: Whether the launch is archived for the Firework that shares it, by (fw_id, launch_id).
        files: Each file of the FilePad, with its content.
        holds: Who held a Firework last.
    """

    launchpad_id: str = field(default_factory=lambda: secrets.token_hex(16))
    graph: MemoryGraph = field(default_factory=MemoryGraph)
    times: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)
    workflows: dict[int, WorkflowRecord] = field(default_factory=dict)
    launches: dict[int, LaunchRecord] = field(default_factory=dict)
    runs: dict[int, OfflineRun] = field(default_factory=dict)
    shared: dict[tuple[int, int], bool] = field(default_factory=dict)
    files: dict[int, tuple[FileRecord, list[bytes]]] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    next_file_id: int = 1
    next_wf_id: int = 1
    next_launch_id: int = 1


class MemoryReader:
    """A `longfuse.store.seam.Reader` on `Tables`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._graph = tables.graph

    # --- identity
    def launchpad_id(self) -> str:
        """The random id of this LaunchPad."""
        return self._tables.launchpad_id

    # --- the graph
    def nodes(self, fw_ids: Sequence[int]) -> dict[int, Node]:
        """The nodes with these ids."""
        return self._graph.nodes(fw_ids)

    def children(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's children, ascending."""
        return self._graph.children(fw_ids)

    def parents(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's parents, ascending."""
        return self._graph.parents(fw_ids)

    def members(self, wf_id: int) -> list[int]:
        """All Fireworks of a workflow, ascending."""
        return self._graph.members(wf_id)

    def specs(self, fw_ids: Sequence[int]) -> dict[int, Spec]:
        """Copies of the specs."""
        return self._graph.specs(fw_ids)

    def launches(self, fw_ids: Sequence[int]) -> dict[int, list[LaunchView]]:
        """The current launches of each Firework."""
        records = self.launch_records_of(fw_ids)
        return {i: [_view(record) for record in records[i] if not record.archived] for i in records}

    def tallies(self, wf_ids: Sequence[int]) -> dict[int, Tally]:
        """The tallies of these workflows."""
        return self._graph.tallies(wf_ids)

    def documents(self, fw_ids: Sequence[int]) -> dict[int, Document]:
        """The whole Fireworks with their launches, in FireWorks' ``to_dict`` shape."""
        launches = self.launch_records_of(fw_ids)
        return {i: documents.firework_document(record, launches[i]) for i, record in self.fireworks(fw_ids).items()}

    def new_fw_ids(self, count: int) -> int:
        """Not in a view."""
        raise NotImplementedError("Ids are reserved in a transaction that writes")

    # --- records by id
    def fireworks(self, fw_ids: Sequence[int], *, specs: bool = True) -> dict[int, FireworkRecord]:
        """The Fireworks with these ids."""
        return {i: self._firework(i, spec if specs else UNREAD) for i, spec in self._graph.specs(fw_ids).items()}

    def weights(self, fw_ids: Sequence[int]) -> dict[int, int]:
        """What is big in these Fireworks: what is in memory already needs no care."""
        del fw_ids
        return {}

    def workflows(self, wf_ids: Sequence[int]) -> dict[int, WorkflowRecord]:
        """The Workflows with these wf_ids."""
        return _picked(self._tables.workflows, wf_ids)

    def launch_records(self, launch_ids: Sequence[int], *, actions: bool = True) -> dict[int, LaunchRecord]:
        """The launches with these ids."""
        found = _picked(self._tables.launches, launch_ids)
        return found if actions else {i: replace(record, action=UNREAD) for i, record in found.items()}

    def launch_records_of(self, fw_ids: Sequence[int], *, actions: bool = True) -> dict[int, list[LaunchRecord]]:
        """Every launch of each Firework, ascending by launch id."""
        found: dict[int, list[LaunchRecord]] = {i: [] for i in fw_ids if i in self._graph.node_of}
        for launch_id in sorted(self._tables.launches):
            record = self._tables.launches[launch_id]
            for fw_id, archived in self._holders(record).items():
                if fw_id in found:
                    copied = deepcopy(record) if actions else replace(record, action=UNREAD)
                    found[fw_id].append(replace(copied, archived=archived))
        return found

    def sharers(self, launch_ids: Sequence[int]) -> dict[int, list[int]]:
        """Of each launch that several Fireworks share: those for which it counts."""
        holders = {i: self._holders(self._tables.launches[i]) for i in launch_ids if i in self._tables.launches}
        return {
            i: sorted(fw_id for fw_id, archived in having.items() if not archived)
            for i, having in holders.items()
            if len(having) > 1
        }

    def _holders(self, record: LaunchRecord) -> dict[int, bool]:
        """Whether the launch is archived, by each Firework that has it: its own first."""
        sharing = {
            i: archived for (i, launch_id), archived in self._tables.shared.items() if launch_id == record.launch_id
        }
        return {record.fw_id: record.archived, **sharing}

    def offline_runs(self, launch_ids: Sequence[int]) -> dict[int, OfflineRun]:
        """The relay's memory of these launches."""
        return _picked(self._tables.runs, launch_ids)

    def holds(self, fw_ids: Sequence[int]) -> dict[int, Hold]:
        """Who held these Fireworks, and when."""
        held = (i for i, node in self._graph.nodes(fw_ids).items() if node.state in HELD)
        return {i: self._tables.holds[i] for i in held if i in self._tables.holds}

    def misplaced(self, fw_ids: Sequence[int]) -> dict[int, tuple[Place, Place]]:
        """Those that wait elsewhere than by their specs: here specs are looked at."""
        del fw_ids
        return {}

    # --- records by what they hold
    def find(
        self,
        collection: Collection,
        where: Filter | None = None,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        after: int = 0,
    ) -> Iterator[int]:
        """Ids of the matching records."""
        found = (i for i in self._matching(collection, where) if i > after)
        return iter(self._sorted(collection, found, sort, limit))

    def first_members(self, wf_ids: Sequence[int]) -> dict[int, int]:
        """The least fw_id of each of these workflows."""
        return {i: min(self._graph.members_of[i]) for i in wf_ids if i in self._graph.members_of}

    def ready(self, where: Filter | None, *, limit: int = 1, order: str = "") -> list[int]:
        """The next READY Fireworks that match, best first."""
        if order not in ORDERS:
            raise unknown_order(order, ORDERS)
        graph = self._graph
        ready = [i for i in self._matching(Collection.FIREWORKS, where) if graph.node_of[i].state is State.READY]
        if order:
            ready.sort(key=lambda i: (self._tables.times[i][0], i), reverse=order == "FILO")
        ready.sort(key=lambda i: _sort_key(priority_of(graph.spec_of[i])), reverse=True)
        return ready[:limit]

    def count(self, collection: Collection, where: Filter | None = None) -> int:
        """How many records match."""
        return len(self._matching(collection, where))

    def state_counts(self, collection: Collection) -> dict[State, int]:
        """How many records are in each state."""
        return dict(Counter(State(document["state"]) for document in self._all(collection).values()))

    def count_by(
        self, collection: Collection, fields: Sequence[tuple[str, int]], where: Filter | None = None
    ) -> dict[tuple[Any, ...], int]:
        """How many matching records have the same values in these scalar fields."""
        known = SEARCHABLE[collection].fields.scalars
        strangers = [name for name, _ in fields if name not in known]
        if strangers:
            raise QueryError(f"Cannot count by {strangers[0]!r}. Count by one of: {', '.join(sorted(known))}.")
        found = [document for document in self._all(collection).values() if where is None or matches(where, document)]
        return dict(Counter(tuple(_start(each.get(name), length) for name, length in fields) for each in found))

    def fireworks_of_launches(
        self, where: Filter | None, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[int]:
        """Ids of Fireworks that have a current launch which matches."""
        launches = [self._tables.launches[i] for i in self._matching(Collection.LAUNCHES, where)]
        found = {i for launch in launches for i, archived in self._holders(launch).items() if not archived}
        return self._sorted(Collection.FIREWORKS, found, sort, limit)

    def has_future_work(self, where: Filter | None) -> bool:
        """Whether a RUNNING or RESERVED Firework that matches has a WAITING child."""
        graph = self._graph
        return any(
            graph.node_of[child].state is State.WAITING
            for fw_id in self._matching(Collection.FIREWORKS, where)
            if graph.node_of[fw_id].state in (State.RUNNING, State.RESERVED)
            for child in graph.child_ids[fw_id]
        )

    def open_offline_runs(self, worker: str | None) -> list[OpenRun]:
        """Runs neither deprecated nor completed, by launch id; also of archived launches, whose results are kept."""
        runs = [run for run in self._tables.runs.values() if not run.deprecated and not run.completed]
        pairs = [(run, self._tables.launches[run.launch_id]) for run in sorted(runs, key=lambda run: run.launch_id)]
        found = [_open_run(run, launch) for run, launch in pairs]
        return [deepcopy(one) for one in found if worker in (None, one.worker)]

    # --- the FilePad
    def files(self, pad: str, where: Filter | None = None) -> list[FileRecord]:
        """The files of one pad that match, in the order in which they were added."""
        records = [deepcopy(record) for _, (record, _) in sorted(self._tables.files.items()) if record.pad == pad]
        return [record for record in records if where is None or matches(where, documents.file_document(record))]

    def count_files(self, pad: str, where: Filter | None = None) -> int:
        """How many files of one pad match."""
        return len(self.files(pad, where))

    def file_chunks(self, file_id: int) -> Iterator[bytes]:
        """What a file holds, piece by piece."""
        return iter(self._tables.files[file_id][1])

    def _firework(self, fw_id: int, spec: Spec) -> FireworkRecord:
        created_on, updated_on = self._tables.times[fw_id]
        return FireworkRecord(
            node=self._graph.node_of[fw_id],
            name=self._graph.name_of[fw_id],
            spec=spec,
            created_on=created_on,
            updated_on=updated_on,
        )

    def _all(self, collection: Collection) -> dict[int, Document]:
        """Every record as filters see it, by ascending id."""
        match collection:
            case Collection.FIREWORKS:
                return {i: self._firework_document(i) for i in sorted(self._graph.node_of)}
            case Collection.LAUNCHES:
                launches = self._tables.launches
                return {i: documents.launch_search_document(launches[i]) for i in sorted(launches)}
            case Collection.WORKFLOWS:
                return {i: self._workflow_document(i) for i in sorted(self._tables.workflows)}

    def _firework_document(self, fw_id: int) -> Document:
        record = self._firework(fw_id, self._graph.spec_of[fw_id])
        return documents.firework_db_document(record, self.launch_records_of([fw_id])[fw_id])

    def _workflow_document(self, wf_id: int) -> Document:
        members = self.members(wf_id)
        states = {i: node.state for i, node in self.nodes(members).items()}
        return documents.workflow_db_document(self._tables.workflows[wf_id], self.children(members), states)

    def _matching(self, collection: Collection, where: Filter | None) -> list[int]:
        return [i for i, document in self._all(collection).items() if where is None or matches(where, document)]

    def _sorted(
        self, collection: Collection, ids: Iterable[int], sort: Sequence[tuple[str, int]], limit: int
    ) -> list[int]:
        """Sorts by the last name first, as each sort keeps the order of what is equal in it; null is the smallest."""
        about = SEARCHABLE[collection]
        found = sorted(ids)
        all_documents = self._all(collection)

        def key(record_id: int, name: str) -> tuple[bool, Any]:
            return _sort_key(all_documents[record_id][name])

        for name, direction in reversed(sort):
            if name == about.id.name:
                found.sort(reverse=direction < 0)
            elif name in about.fields.scalars:
                found.sort(key=partial(key, name=name), reverse=direction < 0)
            else:
                raise no_sort(name, [about.id.name, *about.fields.scalars])
        return found[:limit] if limit else found


class MemoryTransaction(MemoryReader):
    """A `longfuse.store.seam.Transaction` on `Tables`, which it changes."""

    # --- ids
    def new_fw_ids(self, count: int) -> int:
        """Reserve consecutive ids; returns the first."""
        return self._graph.new_fw_ids(count)

    def new_wf_ids(self, count: int) -> int:
        """Reserve consecutive workflow ids; returns the first."""
        first = self._tables.next_wf_id
        self._tables.next_wf_id += count
        return first

    def new_launch_ids(self, count: int) -> int:
        """Reserve consecutive launch ids; returns the first."""
        first = self._tables.next_launch_id
        self._tables.next_launch_id += count
        return first

    # --- workflows
    def insert_workflows(
        self,
        workflows: Sequence[WorkflowRecord],
        fireworks: Sequence[FireworkRecord],
        links: Sequence[tuple[int, int]],
    ) -> None:
        """Add whole workflows."""
        for workflow in workflows:
            self._tables.workflows[workflow.wf_id] = replace(workflow, metadata=_kept(workflow.metadata))
            self._tables.next_wf_id = max(self._tables.next_wf_id, workflow.wf_id + 1)
        added = [NewNode(node=record.node, name=record.name, spec=_kept(record.spec)) for record in fireworks]
        self._graph.insert(added, links, {workflow.wf_id: workflow.tally for workflow in workflows})
        self._tables.times.update({record.node.fw_id: (record.created_on, record.updated_on) for record in fireworks})

    def apply(self, changes: Changes, now: datetime) -> None:
        """Make the engine's changes."""
        kept = replace(
            changes,
            specs={i: _kept(spec) for i, spec in changes.specs.items()},
            added=[replace(new, spec=_kept(new.spec)) for new in changes.added],
            shared=[],
        )
        self._graph.apply(kept)
        self._tables.times.update({new.node.fw_id: (now, now) for new in changes.added})
        for fw_id in {*changes.nodes, *changes.specs, *changes.archived}:
            self._tables.times[fw_id] = (self._tables.times[fw_id][0], now)
        self._archive_launches(changes.archived)
        self._share(changes.shared)
        self._tables.holds.update({i: Hold(since=now, by_fw_id=by) for i, by in changes.holds.items()})
        for wf_id, tally in changes.tallies.items():
            workflow = self._tables.workflows[wf_id]
            changed = replace(workflow, tally=tally, state=workflow_state(tally), updated_on=now)
            self._tables.workflows[wf_id] = changed

    def take_ready(
        self,
        where: Filter | None,
        *,
        limit: int = 1,
        order: str = "",
        few: Sequence[int] | None = None,
        waits: bool = True,
    ) -> list[int]:
        """The next READY Fireworks for a worker."""
        del waits
        found = self.ready(where, limit=limit if few is None else len(self._graph.node_of), order=order)
        return [i for i in found if few is None or i in few][:limit]

    def delete_workflows(self, wf_ids: Sequence[int]) -> None:
        """Remove workflows with all that belongs to them."""
        graph, tables = self._graph, self._tables
        gone = {i for i, node in graph.node_of.items() if node.wf_id in wf_ids}
        for by_firework in (
            graph.node_of,
            graph.spec_of,
            graph.name_of,
            graph.child_ids,
            graph.parent_ids,
            tables.times,
            tables.holds,
        ):
            _drop(by_firework, gone)
        for by_workflow in (graph.members_of, graph.tally_of, tables.workflows):
            _drop(by_workflow, wf_ids)
        for record in [record for record in tables.launches.values() if record.fw_id in gone]:
            self._hand_over(record, keep={i: a for i, a in self._holders(record).items() if i not in gone})
        _drop(tables.shared, [pair for pair in tables.shared if pair[0] in gone])
        lost = [record.launch_id for record in tables.launches.values() if record.fw_id in gone]
        _drop(tables.launches, lost)
        _drop(tables.runs, lost)

    def _archive_launches(self, fw_ids: Sequence[int]) -> None:
        tables = self._tables
        tables.shared.update({pair: True for pair in tables.shared if pair[0] in fw_ids})
        for record in [record for record in tables.launches.values() if record.fw_id in fw_ids and not record.archived]:
            tables.launches[record.launch_id] = replace(record, archived=True)
            holders = self._holders(record)
            current = {i: archived for i, archived in holders.items() if i != record.fw_id and not archived}
            if self._hand_over(record, keep=current):
                tables.shared[record.fw_id, record.launch_id] = True

    def _share(self, pairs: Sequence[tuple[int, int]]) -> None:
        tables = self._tables
        tables.shared.update(dict.fromkeys(pairs, False))
        for _, launch_id in pairs:
            record = tables.launches[launch_id]
            if record.archived:
                current = {i: archived for i, archived in self._holders(record).items() if not archived}
                self._hand_over(record, keep=current)
                tables.shared[record.fw_id, launch_id] = True

    def _hand_over(self, record: LaunchRecord, keep: Mapping[int, bool]) -> bool:
        """The launch passes to the first of these that has it as a current one, else to the first; whether it did."""
        if not keep:
            return False
        heir = min(keep, key=lambda i: (keep[i], i))
        tables = self._tables
        tables.launches[record.launch_id] = replace(record, fw_id=heir, archived=keep[heir])
        if record.launch_id in tables.runs:
            tables.runs[record.launch_id] = replace(tables.runs[record.launch_id], fw_id=heir)
        del tables.shared[heir, record.launch_id]
        return True

    # --- launches
    def insert_launches(self, launches: Sequence[LaunchRecord]) -> None:
        """Add launches."""
        self.update_launches(launches)
        following = max((record.launch_id + 1 for record in launches), default=1)
        self._tables.next_launch_id = max(self._tables.next_launch_id, following)

    def update_launches(self, launches: Sequence[LaunchRecord]) -> None:
        """Replace launches, by id."""
        known = self._tables.launches
        for record in launches:
            if record.action is UNREAD:
                record = replace(record, action=known[record.launch_id].action)  # noqa: PLW2901 - the same, whole
            known[record.launch_id] = deepcopy(record)

    def put_offline_runs(self, runs: Sequence[OfflineRun]) -> None:
        """Add or replace the relay's memory, by launch id."""
        self._tables.runs.update({run.launch_id: run for run in runs})

    # --- everything
    def reset(self) -> None:
        """Empty the LaunchPad and start all ids at 1 again; it gets a new id."""
        fresh = Tables(files=self._tables.files, next_file_id=self._tables.next_file_id)
        for name in Tables.__slots__:
            setattr(self._tables, name, getattr(fresh, name))
        self._graph = fresh.graph

    def adopt_identity(self, launchpad_id: str) -> None:
        """Be the LaunchPad of this id from now on."""
        self._tables.launchpad_id = launchpad_id

    # --- the FilePad
    def put_file(self, record: FileRecord, chunks: Iterable[bytes]) -> None:
        """Add a file, or replace the one with this ``file_id``."""
        if not record.file_id:
            record = replace(record, file_id=self._tables.next_file_id)
            self._tables.next_file_id += 1
        others = [x for i, (x, _) in self._tables.files.items() if i != record.file_id and x.pad == record.pad]
        if any(x.identifier == record.identifier for x in others):
            raise ValueError(f"A file {record.identifier!r} is there already")
        self._tables.files[record.file_id] = (replace(record, metadata=_kept(record.metadata)), list(chunks))

    def delete_files(self, file_ids: Sequence[int]) -> None:
        """Remove files with their contents."""
        _drop(self._tables.files, file_ids)


class MemoryStore:
    """A `longfuse.store.seam.Store` that is gone when nobody holds it."""

    def __init__(self) -> None:
        self._tables = Tables()

    @contextmanager
    def read(self) -> Iterator[MemoryReader]:
        """A consistent view: what is committed is never changed in place."""
        yield MemoryReader(self._tables)

    @contextmanager
    def write(self, *, synced: bool = True) -> Iterator[MemoryTransaction]:
        """A transaction on a copy."""
        del synced
        tables = deepcopy(self._tables)
        yield MemoryTransaction(tables)
        self._tables = tables

    def describe(self) -> dict[str, Any]:
        """Where it is and how it is kept."""
        return {"url": "memory:", "backend": "memory", "schema": ""}

    def tune(self, *, full: bool) -> None:
        """Nothing to do."""

    def damage(self) -> list[str]:
        """Nothing is wrong with memory."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""


def _view(record: LaunchRecord) -> LaunchView:
    action = record.action if record.state is State.COMPLETED else None
    return LaunchView(launch_id=record.launch_id, state=record.state, time_end=record.time_end, action=action)


def _open_run(run: OfflineRun, launch: LaunchRecord) -> OpenRun:
    return OpenRun(
        launch_id=launch.launch_id,
        fw_id=launch.fw_id,
        name=run.name,
        created_on=run.created_on,
        signature=run.signature,
        state=launch.state,
        launch_dir=launch.launch_dir,
        worker=str(launch.fworker.get("name", "")),
        reservation_id=launch.reservation_id,
        archived=launch.archived,
        token=launch.token,
        attempt=launch.attempt,
        queue=launch.queue,
        state_history=launch.state_history,
    )


def _kept(value: Any) -> Any:
    """The value as it comes back from a database."""
    return jsontext.loads(jsontext.dumps(value))


def _start(value: Any, length: int) -> Any:
    """The first characters of a text; 0 means all."""
    return value if value is None or not length else str(value)[:length]


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _picked(records: dict[int, Any], ids: Iterable[int]) -> dict[int, Any]:
    return {i: deepcopy(records[i]) for i in ids if i in records}


def _drop(records: dict[Any, Any], ids: Iterable[Any]) -> None:
    for gone in ids:
        records.pop(gone, None)


if TYPE_CHECKING:

    def _is_a_store(store: MemoryStore) -> Store:
        return store
