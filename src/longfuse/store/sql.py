"""The LaunchPad's records in SQL, through SQLAlchemy Core.

Statements are made once, with bound parameters, and sets of ids go in as one parameter, so that SQLAlchemy compiles and
SQLite prepares each of them once in a connection's life. What only SQLite does is in `longfuse.store.sqlite` and in the
`longfuse.store.idsets`.
"""

from __future__ import annotations

import math
import secrets
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)

from longfuse.domain.engine import workflow_state
from longfuse.domain.firework import DUPEFINDER
from longfuse.domain.graph import LaunchView, Node
from longfuse.domain.states import HELD, State
from longfuse.store import sizes
from longfuse.store.changed import Remembered, alike, updates
from longfuse.store.documents import firework_document
from longfuse.store.driver import Driver, Kind
from longfuse.store.files import SqlFileReader, SqlFileWriter
from longfuse.store.filters import digest_of
from longfuse.store.idsets import among, id_set, replacing
from longfuse.store.lanes import ALWAYS, KEYS, MOST, NEVER, PLAIN, UNSORTED, left_to_ask
from longfuse.store.records import UNREAD, FireworkRecord, Hold, LaunchRecord, OfflineRun, OpenRun, Place
from longfuse.store.revision import HEAD, LAUNCHPAD_ID
from longfuse.store.rows import (
    FIREWORK_COLUMNS,
    HEADING_COLUMNS,
    LAUNCH_COLUMNS,
    LAUNCH_HEADING_COLUMNS,
    NODE_COLUMNS,
    OFFLINE_COLUMNS,
    OPEN_COLUMNS,
    TALLY_COLUMNS,
    WORKFLOW_COLUMNS,
    firework_heading_of,
    firework_of,
    firework_values,
    launch_heading_of,
    launch_of,
    launch_values,
    offline_run_values,
    tally_of,
    tally_values,
    waiting_values,
    workflow_of,
    workflow_values,
)
from longfuse.store.schema import (
    BEST_FIRST,
    COUNT_COLUMNS,
    COUNTERS,
    FW_IDS,
    IS_OPEN,
    IS_READY,
    LAUNCH_IDS,
    ORDERS,
    RECORD_TABLES,
    WF_IDS,
    counters,
    dupe_specs,
    fireworks,
    holds,
    launches,
    links,
    meta,
    offline_runs,
    shared_launches,
    specs,
    workflows,
)
from longfuse.store.seam import Collection
from longfuse.store.search import SEARCHABLE, unknown_order
from longfuse.store.sharing import VIEW_COLUMNS, Sharing, view_of
from longfuse.store.sqlite import READ, WAL, WRITE

if TYPE_CHECKING:
    from collections.abc import Collection as Collection_
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection, Select
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.sql.expression import Executable

    from longfuse.domain.graph import Changes, NewNode, Spec, Tally
    from longfuse.domain.query import Filter
    from longfuse.store.records import WorkflowRecord
    from longfuse.store.rows import Values
    from longfuse.store.sqlite import SqliteFile


def _neighbours(near: Column[int], far: Column[int]) -> Executable:
    rows = fireworks.outerjoin(links, near == fireworks.c.fw_id)
    return (
        select(fireworks.c.fw_id, far)
        .select_from(rows)
        .where(among(fireworks.c.fw_id))
        .order_by(fireworks.c.fw_id, far)
    )


_NODES = select(*NODE_COLUMNS).where(among(fireworks.c.fw_id))
CHILDREN = _neighbours(links.c.parent, links.c.child)
PARENTS = _neighbours(links.c.child, links.c.parent)
_MEMBERS = select(fireworks.c.fw_id).where(fireworks.c.wf_id == bindparam("wf_id")).order_by(fireworks.c.fw_id)
_FIRST_MEMBERS = (
    select(fireworks.c.wf_id, func.min(fireworks.c.fw_id)).where(among(fireworks.c.wf_id)).group_by(fireworks.c.wf_id)
)
_SPECS = select(specs.c.fw_id, specs.c.spec).where(among(specs.c.fw_id))
VIEWS = (
    select(fireworks.c.fw_id, *VIEW_COLUMNS)
    .select_from(
        fireworks.outerjoin(launches, and_(launches.c.fw_id == fireworks.c.fw_id, launches.c.archived.is_(False)))
    )
    .where(among(fireworks.c.fw_id))
)
"""Sorted by who reads them, as `LAUNCHES_OF`: SQLite's sorter takes six times an FWAction, which may have 50 MB."""

TALLIES = select(*TALLY_COLUMNS).where(among(workflows.c.wf_id))
FIREWORKS = select(*FIREWORK_COLUMNS).select_from(fireworks.join(specs)).where(among(fireworks.c.fw_id))
_HEADINGS = select(*HEADING_COLUMNS).where(among(fireworks.c.fw_id))
WORKFLOWS = select(*WORKFLOW_COLUMNS).where(among(workflows.c.wf_id))
_LAUNCHES = select(*LAUNCH_COLUMNS).where(among(launches.c.launch_id))
_KNOWN_FIREWORKS = select(fireworks.c.fw_id).where(among(fireworks.c.fw_id))
LAUNCHES_OF = select(*LAUNCH_COLUMNS).where(among(launches.c.fw_id))
_LAUNCH_HEADINGS = select(*LAUNCH_HEADING_COLUMNS).where(among(launches.c.launch_id))
_LAUNCH_HEADINGS_OF = select(*LAUNCH_HEADING_COLUMNS).where(among(launches.c.fw_id))
BIG = 100_000
"""Characters of a spec or an FWAction that is so big that not many are read at once."""

_WEIGHTS = union_all(
    *(
        select(column.table.c.fw_id, func.length(type_coerce(column, Text))).where(
            among(column.table.c.fw_id), func.length(type_coerce(column, Text)) > BIG
        )
        for column in (specs.c.spec, launches.c.action)
    )
)
_PLACES = (
    select(fireworks.c.fw_id, fireworks.c.priority, fireworks.c.lane)
    .select_from(fireworks.join(specs))
    .where(
        among(fireworks.c.fw_id),
        or_(
            fireworks.c.priority.is_not(None),
            and_(fireworks.c.lane != PLAIN, fireworks.c.lane != UNSORTED),
            *(type_coerce(specs.c.spec, Text).contains(f'"{key}"', autoescape=True) for key in ("_priority", *KEYS)),
        ),
    )
)
"""Without those whose specs tell nothing, and that are where such ones belong."""

OFFLINE_RUNS = select(*OFFLINE_COLUMNS).where(among(offline_runs.c.launch_id))
_OPEN_RUNS = (
    select(*OPEN_COLUMNS).select_from(offline_runs.join(launches)).where(IS_OPEN).order_by(offline_runs.c.launch_id)
)
_OPEN_RUNS_OF_WORKER = _OPEN_RUNS.where(launches.c.worker == bindparam("worker"))
IDENTITY = select(meta.c.value).where(meta.c.name == LAUNCHPAD_ID)
_TALLIED = select(*(func.sum(workflows.c[name]) for name in COUNT_COLUMNS.values()))
_STATE_COUNTS = {
    collection: select(about.state, func.count()).group_by(about.state) for collection, about in SEARCHABLE.items()
}
_NEXT_ID = select(counters.c.next_id).where(counters.c.name == bindparam("counter"))
_SET_NEXT_ID = update(counters).where(counters.c.name == bindparam("counter")).values(next_id=bindparam("next"))
_INSERT = {table.name: insert(table) for table in (workflows, fireworks, specs, dupe_specs, links, launches)}
_UPDATE_NODES = update(fireworks).where(among(fireworks.c.fw_id))
_UPDATE_WAITING = update(fireworks).where(fireworks.c.fw_id == bindparam("this"))
_UPDATE_SPEC = update(specs).where(specs.c.fw_id == bindparam("this")).values(spec=bindparam("new_spec"))
_TOUCH = update(fireworks).where(among(fireworks.c.fw_id)).values(updated_on=bindparam("now"))
_UPDATE_TALLIES = update(workflows).where(among(workflows.c.wf_id))
_UPDATE_LAUNCH = update(launches).where(launches.c.launch_id == bindparam("this"))
_ARCHIVE = update(launches).where(among(launches.c.fw_id), launches.c.archived.is_(False)).values(archived=True)
_UPDATE_RUNS = update(offline_runs).where(among(offline_runs.c.launch_id))
_PUT_OFFLINE_RUN = replacing(offline_runs)
_PUT_HOLD = replacing(holds)
_HOLDS = (
    select(holds.c.fw_id, holds.c.since, holds.c.by_fw_id)
    .select_from(holds.join(fireworks))
    .where(among(holds.c.fw_id), or_(*(fireworks.c.state == state for state in sorted(HELD))))
)
_FORGET_DIGESTS = delete(dupe_specs).where(among(dupe_specs.c.fw_id))
_DELETE_WORKFLOWS = delete(workflows).where(among(workflows.c.wf_id))
_DELETE_ORPHANS = delete(fireworks).where(among(fireworks.c.wf_id))
"""Fireworks that were left without workflow by somebody who opened the file without its references being followed."""


_child = fireworks.alias("child")
_UNDER_WAY = fireworks.c.state.in_((State.RUNNING, State.RESERVED))
_WAITING_CHILD = (
    select(links.c.child)
    .join(_child, _child.c.fw_id == links.c.child)
    .where(links.c.parent == fireworks.c.fw_id, _child.c.state == State.WAITING)
    .correlate(fireworks)
    .exists()
)


def _lanes() -> Select[Any]:
    """Selects the lanes in which something is READY: each is looked up after the one before it."""
    ready = select(fireworks.c.lane).where(IS_READY).with_hint(fireworks, "INDEXED BY ix_fireworks_ready", "sqlite")
    first = ready.order_by(fireworks.c.lane).limit(literal_column("1"))
    known = select(first.scalar_subquery().label("lane")).cte("lanes", recursive=True)
    following = first.where(fireworks.c.lane > known.c.lane).scalar_subquery()
    known = known.union_all(select(following).where(known.c.lane.is_not(None)))
    return select(known.c.lane).where(known.c.lane.is_not(None)).limit(MOST + 1)


LANES = _lanes()
_NODE_NAMES = [column.name for column in NODE_COLUMNS[2:]]
_NODE_VALUES = attrgetter(*_NODE_NAMES)
_PAGE = 1000
"""How many ids a stream fetches at once."""


class SqlReader(SqlFileReader):
    """A `longfuse.store.seam.Reader` on a transaction of a connection."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._sharing = Sharing(driver)
        self._identity = ""

    # --- identity
    def launchpad_id(self) -> str:
        """The random id of this LaunchPad."""
        if not self._identity:
            self._identity = str(self._driver.rows(IDENTITY)[0][0])
        return self._identity

    # --- the graph
    def nodes(self, fw_ids: Sequence[int]) -> dict[int, Node]:
        """The nodes with these ids."""
        return {node.fw_id: node for node in self._several(Node, _NODES, fw_ids)}

    def children(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's children, ascending."""
        return _lists(self._rows(CHILDREN, fw_ids))

    def parents(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's parents, ascending."""
        return _lists(self._rows(PARENTS, fw_ids))

    def members(self, wf_id: int) -> list[int]:
        """All Fireworks of a workflow, ascending."""
        return [row[0] for row in self._driver.rows(_MEMBERS, {"wf_id": wf_id})]

    def specs(self, fw_ids: Sequence[int]) -> dict[int, Spec]:
        """The specs."""
        return dict(self._rows(_SPECS, fw_ids))

    def launches(self, fw_ids: Sequence[int]) -> dict[int, list[LaunchView]]:
        """The current launches of each Firework."""
        rows = sorted(self._rows(VIEWS, fw_ids), key=itemgetter(0, 1))
        found = _lists((row[0], _view(row[1:])) for row in rows)
        for fw_id, view in self._sharing.views(fw_ids):
            found[fw_id] = sorted([*found[fw_id], view], key=lambda launch: launch.launch_id)
        return found

    def sharers(self, launch_ids: Sequence[int]) -> dict[int, list[int]]:
        """Of each launch that several Fireworks share: those for which it counts."""
        return self._sharing.sharers(launch_ids)

    def tallies(self, wf_ids: Sequence[int]) -> dict[int, Tally]:
        """The tallies of these workflows."""
        return {row[0]: tally_of(row) for row in self._rows(TALLIES, wf_ids)}

    def documents(self, fw_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The whole Fireworks with their launches, in FireWorks' ``to_dict`` shape."""
        records = self.fireworks(fw_ids)
        launches_of = self._launches_of(records, actions=True)
        return {i: firework_document(record, launches_of[i]) for i, record in records.items()}

    def new_fw_ids(self, count: int) -> int:
        """Not in a view."""
        raise NotImplementedError("Ids are reserved in a transaction that writes")

    # --- records by id
    def fireworks(self, fw_ids: Sequence[int], *, specs: bool = True) -> dict[int, FireworkRecord]:
        """The Fireworks with these ids."""
        if not specs:
            return {row[0]: firework_heading_of(row) for row in self._rows(_HEADINGS, fw_ids)}
        return {row[0]: firework_of(row) for row in self._rows(FIREWORKS, fw_ids)}

    def workflows(self, wf_ids: Sequence[int]) -> dict[int, WorkflowRecord]:
        """The Workflows with these wf_ids."""
        records = (workflow_of(row) for row in self._rows(WORKFLOWS, wf_ids))
        return {record.wf_id: record for record in records}

    def weights(self, fw_ids: Sequence[int]) -> dict[int, int]:
        """What is big in these Fireworks."""
        found: dict[int, int] = {}
        for fw_id, size in self._connection.execute(_WEIGHTS, id_set(fw_ids)):
            found[fw_id] = found.get(fw_id, 0) + size
        return found

    def launch_records(self, launch_ids: Sequence[int], *, actions: bool = True) -> dict[int, LaunchRecord]:
        """The launches with these ids."""
        if actions:
            records = self._several(LaunchRecord, _LAUNCHES, launch_ids)
        else:
            records = [launch_heading_of(row) for row in self._rows(_LAUNCH_HEADINGS, launch_ids)]
        return {record.launch_id: record for record in records}

    def launch_records_of(self, fw_ids: Sequence[int], *, actions: bool = True) -> dict[int, list[LaunchRecord]]:
        """Every launch of each Firework, ascending by launch id."""
        return self._launches_of(self._existing(fw_ids), actions=actions)

    def _existing(self, fw_ids: Sequence[int]) -> Collection_[int]:
        """Those of these Fireworks that are there."""
        return [fw_id for (fw_id,) in self._rows(_KNOWN_FIREWORKS, fw_ids)]

    def _launches_of(self, fw_ids: Collection_[int], *, actions: bool) -> dict[int, list[LaunchRecord]]:
        """The same of Fireworks that are there."""
        found: dict[int, list[LaunchRecord]] = {fw_id: [] for fw_id in fw_ids}
        read, statement = (launch_of, LAUNCHES_OF) if actions else (launch_heading_of, _LAUNCH_HEADINGS_OF)
        for record in map(read, self._rows(statement, fw_ids)):
            found[record.fw_id].append(record)
        for fw_id, record in self._sharing.records(fw_ids):
            found[fw_id].append(record if actions else replace(record, action=UNREAD))
        for launches_ in found.values():
            launches_.sort(key=attrgetter("launch_id"))
        return found

    def offline_runs(self, launch_ids: Sequence[int]) -> dict[int, OfflineRun]:
        """The relay's memory of these launches."""
        return {run.launch_id: run for run in self._several(OfflineRun, OFFLINE_RUNS, launch_ids)}

    def holds(self, fw_ids: Sequence[int]) -> dict[int, Hold]:
        """Who held these Fireworks, and when."""
        return {fw_id: Hold(since=since, by_fw_id=by) for fw_id, since, by in self._rows(_HOLDS, fw_ids)}

    def misplaced(self, fw_ids: Sequence[int]) -> dict[int, tuple[Place, Place]]:
        """Those that wait to be taken elsewhere than by their specs."""
        places = {i: Place(priority=priority, lane=lane) for i, priority, lane in self._rows(_PLACES, fw_ids)}
        found: dict[int, tuple[Place, Place]] = {}
        for some in self._bearable(list(places)) if places else ():
            for fw_id, spec in self.specs(some).items():
                place, right = places[fw_id], Place(**waiting_values(spec))
                if place != right and place != replace(right, lane=UNSORTED):
                    found[fw_id] = (place, right)
        return found

    def _bearable(self, fw_ids: Sequence[int]) -> Iterator[Sequence[int]]:
        """The same in parts whose specs can be read at once."""
        big = self.weights(fw_ids)
        yield [i for i in fw_ids if i not in big]
        yield from ([i] for i in big)

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
        """Ids of the matching records, as a stream."""
        about = SEARCHABLE[collection]
        statement = about.matching(where)
        if after:
            statement = statement.where(about.id > after)
        index = sizes.walks(self._connection, about, where, sort, limit)
        if index is not None:
            statement = statement.with_hint(about.id.table, f"INDEXED BY {index}", sizes.SQLITE)
        return self._stream(about.ordered(statement, sort, limit))

    def first_members(self, wf_ids: Sequence[int]) -> dict[int, int]:
        """The least fw_id of each of these workflows."""
        return dict(self._rows(_FIRST_MEMBERS, wf_ids))

    def count(self, collection: Collection, where: Filter | None = None) -> int:
        """How many records match."""
        about = SEARCHABLE[collection]
        count = sizes.count_in_state(self._connection, about, where)
        if count is not None:
            return count
        return int(self._connection.execute(about.counting(where)).scalar_one())

    def state_counts(self, collection: Collection) -> dict[State, int]:
        """How many records are in each state."""
        if self._connection.dialect.name == sizes.SQLITE:
            return sizes.state_counts(self._connection, SEARCHABLE[collection])
        if collection is Collection.FIREWORKS:  # PostgreSQL would look at each
            ((*counts,),) = self._driver.rows(_TALLIED)
            return {state: count for state, count in zip(COUNT_COLUMNS, counts, strict=True) if count}
        return dict(self._driver.rows(_STATE_COUNTS[collection]))

    def count_by(
        self, collection: Collection, fields: Sequence[tuple[str, int]], where: Filter | None = None
    ) -> dict[tuple[Any, ...], int]:
        """How many matching records have the same values in these scalar fields."""
        rows = self._connection.execute(SEARCHABLE[collection].counting_by(fields, where))
        return {tuple(row[:-1]): row[-1] for row in rows}

    def fireworks_of_launches(
        self, where: Filter | None, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[int]:
        """Ids of Fireworks that have a current launch which matches."""
        launched = SEARCHABLE[Collection.LAUNCHES].matching(where).where(launches.c.archived.is_(False))
        about = SEARCHABLE[Collection.FIREWORKS]
        having: ColumnElement[bool] = fireworks.c.fw_id.in_(launched.with_only_columns(launches.c.fw_id))
        if self._sharing:
            shared = select(shared_launches.c.fw_id).where(
                shared_launches.c.archived.is_(False), shared_launches.c.launch_id.in_(launched)
            )
            having = or_(having, fireworks.c.fw_id.in_(shared))
        return list(self._stream(about.ordered(about.matching(None).where(having), sort, limit)))

    def ready(self, where: Filter | None, *, limit: int = 1, order: str = "") -> list[int]:
        """The next READY Fireworks that match, best first."""
        return [row[0] for row in self._nearest(where, limit, order)]

    def _nearest(
        self,
        where: Filter | None,
        limit: int,
        order: str,
        *,
        few: Sequence[int] | None = None,
        held: Collection_[int] = (),
    ) -> list[Any]:
        """The best rows of all lanes that are open to the filter: id, priority, workflow, and what the order needs.

        Args:
            where: The filter.
            limit: How many at most.
            order: One of `ORDERS`.
            few: Only these Fireworks; None means any.
            held: Not those of these workflows.
        """
        if order not in ORDERS:
            raise unknown_order(order, ORDERS)
        values = {"limit": limit} | ({} if few is None else id_set(few)) | ({"held": list(held)} if held else {})
        self._foresee_walks(self._likely_lanes(where), order, values)
        lanes = self._open_lanes(where)
        self._foresee_walks(lanes, order, values)
        found = [row for lane, left in lanes for row in self._next_in(lane, left, order, values)]
        found.sort(key=lambda row: (row[3:], row[0]), reverse=order == "FILO")
        found.sort(key=lambda row: -math.inf if row[1] is None else row[1], reverse=True)
        return found[:limit]

    def _open_lanes(self, where: Filter | None) -> list[tuple[str | None, Filter]]:
        """The lanes with something READY that may match, and what is left to ask there; None stands for all lanes."""
        lanes = [row[0] for row in self._driver.rows(LANES)]
        if len(lanes) > MOST:
            return [(None, ALWAYS if where is None else where)]
        asked = ((lane, left_to_ask(where, lane)) for lane in lanes)
        return [(lane, left) for lane, left in asked if left != NEVER]

    def _likely_lanes(self, where: Filter | None) -> list[tuple[str | None, Filter]]:
        """The same, as far as that can be guessed."""
        del where
        return []

    def _foresee_walks(self, lanes: Sequence[tuple[str | None, Filter]], order: str, values: Values) -> None:
        for lane, left in lanes:
            if left == ALWAYS:
                self._driver.foresee(*_walk(lane, left, order, values))

    def _next_in(self, lane: str | None, left: Filter, order: str, values: Values) -> Sequence[Any]:
        """The best rows of one lane."""
        walk, values = _walk(lane, left, order, values)
        if left == ALWAYS:
            return self._driver.rows(walk, values)
        return self._connection.execute(walk, values).all()  # a query may have lists of any length

    def has_future_work(self, where: Filter | None) -> bool:
        """Whether a RUNNING or RESERVED Firework that matches has a WAITING child."""
        under_way = SEARCHABLE[Collection.FIREWORKS].matching(where).where(_UNDER_WAY, _WAITING_CHILD)
        return self._connection.execute(under_way.limit(1)).first() is not None

    def open_offline_runs(self, worker: str | None) -> list[OpenRun]:
        """Runs neither deprecated nor completed, by launch id; also of archived launches, whose results are kept."""
        statement = _OPEN_RUNS if worker is None else _OPEN_RUNS_OF_WORKER
        return self._driver.several(OpenRun, statement, {} if worker is None else {"worker": worker})

    def _rows(self, statement: Executable, ids: Collection_[int]) -> Sequence[Any]:
        return self._driver.rows(statement, id_set(ids)) if ids else ()

    def _several(self, kind: type[Kind], statement: Executable, ids: Collection_[int]) -> list[Kind]:
        return self._driver.several(kind, statement, id_set(ids)) if ids else []

    def _stream(self, statement: Executable) -> Iterator[int]:
        for page in self._connection.execute(statement).scalars().partitions(_PAGE):
            yield from page


class SqlTransaction(SqlFileWriter, SqlReader):
    """A `longfuse.store.seam.Transaction` on a transaction of a connection."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self._next_id: dict[str, int] = {}
        self._known_nodes: dict[int, Node] = {}
        self._known_tallies: dict[int, Tally] = {}
        self._launches_by_firework: dict[int, list[LaunchRecord]] = {}
        self._known_launches = Remembered(LaunchRecord, "launch_id")
        self._known_runs = Remembered(OfflineRun, "launch_id")

    # --- what was read is remembered: it is not read again, and only what changes of it is written
    def nodes(self, fw_ids: Sequence[int]) -> dict[int, Node]:
        """The nodes with these ids."""
        self._known_nodes.update(super().nodes([i for i in fw_ids if i not in self._known_nodes]))
        return {i: self._known_nodes[i] for i in fw_ids if i in self._known_nodes}

    def fireworks(self, fw_ids: Sequence[int], *, specs: bool = True) -> dict[int, FireworkRecord]:
        """The Fireworks with these ids."""
        found = super().fireworks(fw_ids, specs=specs)
        self._known_nodes.update((i, record.node) for i, record in found.items())
        return found

    def workflows(self, wf_ids: Sequence[int]) -> dict[int, WorkflowRecord]:
        """The Workflows with these wf_ids."""
        found = super().workflows(wf_ids)
        self._known_tallies.update((i, record.tally) for i, record in found.items())
        return found

    def tallies(self, wf_ids: Sequence[int]) -> dict[int, Tally]:
        """The tallies of these workflows."""
        self._known_tallies.update(super().tallies([i for i in wf_ids if i not in self._known_tallies]))
        return {i: self._known_tallies[i] for i in wf_ids if i in self._known_tallies}

    def launches(self, fw_ids: Sequence[int]) -> dict[int, list[LaunchView]]:
        """The current launches of each Firework."""
        known = {i: _current_views(self._launches_by_firework[i]) for i in fw_ids if i in self._launches_by_firework}
        others = [i for i in fw_ids if i not in known]
        return known | super().launches(others) if others else known

    def _launches_of(self, fw_ids: Collection_[int], *, actions: bool) -> dict[int, list[LaunchRecord]]:
        found = super()._launches_of(fw_ids, actions=actions)
        if actions:
            self._launches_by_firework.update(found)
        return found

    def _existing(self, fw_ids: Sequence[int]) -> Collection_[int]:
        return super()._existing(fw_ids) if any(i not in self._known_nodes for i in fw_ids) else fw_ids

    def launch_records(self, launch_ids: Sequence[int], *, actions: bool = True) -> dict[int, LaunchRecord]:
        """The launches with these ids."""
        found = super().launch_records(launch_ids, actions=actions)
        self._known_launches.note(found.values())
        return found

    def offline_runs(self, launch_ids: Sequence[int]) -> dict[int, OfflineRun]:
        """The relay's memory of these launches."""
        found = super().offline_runs(launch_ids)
        self._known_runs.note(found.values())
        return found

    def _forget_read(self) -> None:
        self._known_nodes.clear()
        self._known_tallies.clear()
        self._launches_by_firework.clear()
        self._known_launches.forget()
        self._known_runs.forget()

    # --- ids
    def new_fw_ids(self, count: int) -> int:
        """Reserve consecutive ids; returns the first."""
        return self._new_ids(FW_IDS, count)

    def new_wf_ids(self, count: int) -> int:
        """Reserve consecutive workflow ids; returns the first."""
        return self._new_ids(WF_IDS, count)

    def new_launch_ids(self, count: int) -> int:
        """Reserve consecutive launch ids; returns the first."""
        return self._new_ids(LAUNCH_IDS, count)

    # --- workflows
    def insert_workflows(
        self,
        workflows: Sequence[WorkflowRecord],
        fireworks: Sequence[FireworkRecord],
        links: Sequence[tuple[int, int]],
    ) -> None:
        """Add whole workflows."""
        self._insert("workflows", [workflow_values(record) for record in workflows])
        self._keep_ahead(WF_IDS, (record.wf_id for record in workflows))
        self._insert_fireworks(fireworks)
        self._insert_links(links)

    def apply(self, changes: Changes, now: datetime) -> None:
        """Make the engine's changes."""
        self._known_nodes.update(changes.nodes)
        self._known_tallies.update(changes.tallies)
        self._insert_fireworks([_added(new, now) for new in changes.added])
        self._insert_links(changes.links)
        self._run(_UPDATE_NODES, _node_updates(changes.nodes, now))
        self._run(_UPDATE_SPEC, [{"this": i, "new_spec": spec} for i, spec in changes.specs.items()])
        self._run(_UPDATE_WAITING, [_waiting_update(i, spec, now) for i, spec in changes.specs.items()])
        self._note_digests(changes.specs)
        self._archive_launches(changes, now)
        if changes.shared:
            self._forget_read()
        self._sharing.share(changes.shared)
        self._run(_PUT_HOLD, [{"fw_id": i, "since": now, "by_fw_id": by} for i, by in changes.holds.items()])
        self._run(_UPDATE_TALLIES, _tally_updates(changes.tallies, now))

    def take_ready(
        self,
        where: Filter | None,
        *,
        limit: int = 1,
        order: str = "",
        few: Sequence[int] | None = None,
        waits: bool = True,
    ) -> list[int]:
        """The next READY Fireworks for a worker, best first; the write lock keeps others away."""
        del waits
        return [row[0] for row in self._nearest(where, limit, order, few=few)]

    def delete_workflows(self, wf_ids: Sequence[int]) -> None:
        """Remove workflows; what belongs to them goes by the references' ``ON DELETE CASCADE``."""
        self._forget_read()
        self._sharing.before_deletion(wf_ids)
        self._driver.run(_DELETE_WORKFLOWS, id_set(wf_ids))
        self._driver.run(_DELETE_ORPHANS, id_set(wf_ids))

    # --- launches
    def insert_launches(self, launches: Sequence[LaunchRecord]) -> None:
        """Add launches."""
        self._launches_by_firework.clear()
        self._insert("launches", [launch_values(record) for record in launches])
        self._keep_ahead(LAUNCH_IDS, (record.launch_id for record in launches))

    def update_launches(self, launches: Sequence[LaunchRecord]) -> None:
        """Replace launches, by id."""
        self._launches_by_firework.clear()
        columns, changed = self._known_launches.changed(launches)
        others = self._known_launches.unknown(launches)
        if not _may_update_columns(columns, changed):
            columns, changed, others = [], [], list(launches)
        self._run(_UPDATE_LAUNCH, updates(changed, columns, "launch_id"))
        self._run(_UPDATE_LAUNCH, [_launch_update(x) for x in others if x.action is not UNREAD])
        self._run(_UPDATE_LAUNCH, [_heading_update(x) for x in others if x.action is UNREAD])
        self._known_launches.note(launches)

    def put_offline_runs(self, runs: Sequence[OfflineRun]) -> None:
        """Add or replace the relay's memory, by launch id."""
        columns, changed = self._known_runs.changed(runs)
        self._run(_UPDATE_RUNS, _run_updates(changed, columns))
        self._run(_PUT_OFFLINE_RUN, [offline_run_values(run) for run in self._known_runs.unknown(runs)])
        self._known_runs.note(runs)

    # --- everything
    def reset(self) -> None:
        """Empty the LaunchPad and start all ids at 1 again; it gets a new id."""
        self._forget_read()
        self._identity = ""
        for table in (*RECORD_TABLES, counters, meta):
            self._connection.execute(delete(table))
        self._next_id.clear()
        self._connection.execute(insert(counters), [{"name": name, "next_id": 1} for name in COUNTERS])
        self._connection.execute(insert(meta), [{"name": LAUNCHPAD_ID, "value": secrets.token_hex(16)}])

    def adopt_identity(self, launchpad_id: str) -> None:
        """Be the LaunchPad of this id from now on."""
        self._identity = ""
        self._connection.execute(update(meta).where(meta.c.name == LAUNCHPAD_ID).values(value=launchpad_id))

    def _new_ids(self, counter: str, count: int) -> int:
        first = self._next(counter)
        self._set_next_id(counter, first + count)
        return first

    def _keep_ahead(self, counter: str, used: Iterable[int]) -> None:
        """The counter passes ids that a caller chose without asking for new ones."""
        highest = max(used, default=0)
        if not highest or highest < self._next_id.get(counter, 0):
            return
        self._set_next_id(counter, max(self._next(counter), highest + 1))

    def _next(self, counter: str) -> int:
        return int(self._driver.rows(_NEXT_ID, {"counter": counter})[0][0])

    def _set_next_id(self, counter: str, following: int) -> None:
        self._driver.run(_SET_NEXT_ID, {"counter": counter, "next": following})
        self._next_id[counter] = following

    def _insert_fireworks(self, records: Sequence[FireworkRecord]) -> None:
        self._insert("fireworks", [firework_values(record) for record in records])
        self._insert("specs", [{"fw_id": record.node.fw_id, "spec": record.spec} for record in records])
        self._run(_INSERT["dupe_specs"], _digests((record.node.fw_id, record.spec) for record in records))
        self._keep_ahead(FW_IDS, (record.node.fw_id for record in records))

    def _insert_links(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._insert("links", [{"parent": parent, "child": child} for parent, child in pairs])

    def _note_digests(self, changed: Mapping[int, Spec]) -> None:
        """Specs that cannot be told apart by a digest any more, or can be now."""
        if changed:
            self._driver.run(_FORGET_DIGESTS, id_set(changed))
            self._run(_INSERT["dupe_specs"], _digests(changed.items()))

    def _archive_launches(self, changes: Changes, now: datetime) -> None:
        if not changes.archived:
            return
        self._forget_read()
        self._driver.run(_ARCHIVE, id_set(changes.archived))
        self._driver.run(_TOUCH, {**id_set(changes.archived), "now": now})
        self._sharing.archive(changes.archived)

    def _insert(self, table: str, rows: list[Values]) -> None:
        self._run(_INSERT[table], rows)

    def _run(self, statement: Executable, rows: list[Values]) -> None:
        self._driver.run_all(statement, rows)


class SqlStore:
    """A `longfuse.store.seam.Store` in an SQLite file whose schema is known to be ours.

    Args:
        file: The database.
        journal: The journal mode of the file.
        warning: What a person should know about the way it is kept; empty if nothing.
    """

    def __init__(self, file: SqliteFile, *, journal: str, warning: str = "") -> None:
        self._file = file
        self._journal = journal
        self._warning = warning

    @contextmanager
    def read(self) -> Iterator[SqlReader]:
        """A consistent view."""
        with self._file.transaction(READ) as connection:
            yield SqlReader(Driver(connection))

    @contextmanager
    def write(self, *, synced: bool = True) -> Iterator[SqlTransaction]:
        """A transaction that may write and holds the write lock."""
        with self._file.transaction(WRITE, synced=synced or self._journal != WAL) as connection:
            yield SqlTransaction(Driver(connection))

    @contextmanager
    def tables(self, *, alone: bool = False) -> Iterator[Connection]:
        """The bare tables, see `longfuse.store.copying.Place`."""
        with self._file.transaction(WRITE if alone else READ) as connection:
            yield connection

    def describe(self) -> dict[str, Any]:
        """Where it is and how it is kept."""
        return {
            "url": f"sqlite:///{self._file.path}",
            "backend": "sqlite",
            "schema": HEAD,
            "journal": self._journal,
            "warning": self._warning,
        }

    def tune(self, *, full: bool) -> None:
        """Statistics for the query planner; ``full`` also rewrites the file without gaps."""
        self._file.tune(full=full)

    def damage(self) -> list[str]:
        """What SQLite's own checks find."""
        return self._file.damage()

    def close(self) -> None:
        """Let go of connections and files."""
        self._file.close()


def _walk(lane: str | None, left: Filter, order: str, values: Values) -> tuple[Select[Any], Values]:
    """The walk along one lane, or all, and its parameters."""
    values = values if lane is None else {**values, "lane": lane}
    return _walk_along(left, order, frozenset(values)), values


@lru_cache(maxsize=256)
def _walk_along(where: Filter, order: str, given: frozenset[str]) -> Select[Any]:
    """Selects READY Fireworks that match, best first; kept, because workers ask it again.

    Args:
        where: The filter.
        order: One of `ORDERS`.
        given: Its parameters: ``limit``; the ``lane``, without which it is about all; ``ids`` of the few Fireworks that
            it is about; workflows that are ``held`` by others, of which it selects nothing.
    """
    index, following = ORDERS[order]
    about = SEARCHABLE[Collection.FIREWORKS].matching(where).where(IS_READY)
    columns = [fireworks.c[name] for name in ("fw_id", "priority", "wf_id", *(["created_on"] if order else []))]
    ready = about.with_only_columns(*columns, maintain_column_froms=True)
    if "ids" in given:
        ready = ready.where(among(fireworks.c.fw_id)).with_hint(fireworks, "NOT INDEXED", "sqlite")  # by their ids
    elif "lane" in given:  # left to itself, SQLite would collect and sort everything that is READY
        ready = ready.with_hint(fireworks, f"INDEXED BY {index}", "sqlite")
    if "lane" in given:
        ready = ready.where(fireworks.c.lane == bindparam("lane"))
    if "held" in given:
        ready = ready.where(~among(fireworks.c.wf_id, "held"))
    return ready.order_by(BEST_FIRST, *following).limit(bindparam("limit"))


def _lists(pairs: Iterable[Sequence[Any]]) -> dict[int, list[Any]]:
    """Pairs gathered by their first part; None, where an outer join found nothing, makes an empty list."""
    lists: dict[int, list[Any]] = {}
    for key, item in pairs:
        found = lists.setdefault(key, [])
        if item is not None:
            found.append(item)
    return lists


def _view(launch: Sequence[Any]) -> LaunchView | None:
    return None if launch[0] is None else view_of(launch)


def _current_views(records: Iterable[LaunchRecord]) -> list[LaunchView]:
    """What `SqlReader.launches` tells of them."""
    current = [record for record in records if not record.archived]
    return [
        LaunchView(
            launch_id=record.launch_id,
            state=record.state,
            time_end=record.time_end,
            action=record.action if record.state is State.COMPLETED else None,
        )
        for record in current
    ]


def _digests(specs_of: Iterable[tuple[int, Spec]]) -> list[Values]:
    """Rows of ``dupe_specs`` for those specs that have a duplicate finder."""
    return [{"fw_id": i, "digest": digest_of(spec)} for i, spec in specs_of if DUPEFINDER in spec]


def _added(new: NewNode, now: datetime) -> FireworkRecord:
    return FireworkRecord(node=new.node, name=new.name, spec=new.spec, created_on=now, updated_on=now)


def _node_updates(nodes: Mapping[int, Node], now: datetime) -> list[Values]:
    return _updates_alike(nodes, map(_NODE_VALUES, nodes.values()), _NODE_NAMES, updated_on=now)


def _run_updates(runs: Sequence[OfflineRun], columns: Sequence[str]) -> list[Values]:
    if not columns:
        return []
    ids = [run.launch_id for run in runs]
    return _updates_alike(ids, zip(*(map(attrgetter(name), runs) for name in columns), strict=True), columns)


def _updates_alike(
    ids: Iterable[int], values: Iterable[tuple[Any, ...]], names: Sequence[str], **same: Any
) -> list[Values]:
    """The parameters of an update, one for all that become alike; ``same`` is what all of them get."""
    groups = alike(ids, values)
    return [{**id_set(having), **dict(zip(names, value, strict=True)), **same} for value, having in groups.items()]


def _waiting_update(fw_id: int, spec: Mapping[str, Any], now: datetime) -> Values:
    return {"this": fw_id, **waiting_values(spec), "updated_on": now}


def _may_update_columns(columns: Sequence[str], records: Iterable[LaunchRecord]) -> bool:
    """Not where a column follows from another, nor where an action would be written that was not read."""
    return "fworker" not in columns and not ("action" in columns and any(x.action is UNREAD for x in records))


def _heading_update(record: LaunchRecord) -> Values:
    """The action stays as it is."""
    values = _launch_update(record)
    del values["action"]
    return values


def _launch_update(record: LaunchRecord) -> Values:
    return {**launch_values(record), "this": record.launch_id}


def _tally_updates(tallies: Mapping[int, Tally], now: datetime) -> list[Values]:
    keys = ((frozenset(tally.states.items()), tally.open_leaves, tally.blocking) for tally in tallies.values())
    groups = alike(tallies, keys).values()
    return [{**id_set(ids), **_tally_row(tallies[ids[0]]), "updated_on": now} for ids in groups]


def _tally_row(tally: Tally) -> Values:
    return {**tally_values(tally), "state": workflow_state(tally)}
