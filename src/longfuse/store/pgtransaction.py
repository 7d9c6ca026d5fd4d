"""Views of and transactions on a LaunchPad in PostgreSQL.

Who writes takes the locks of whole workflows, in ascending order, before it reads from them, and keeps them to the end
of its transaction (``READ COMMITTED``: each statement sees what was committed before it). Of a workflow that is locked
nobody else changes anything, so what was read stays true, and no transaction fails because another one was quicker.
Views are ``REPEATABLE READ``: they see one moment.

Ids come from sequences, outside of the transaction, so that nobody waits for anybody's; a rollback leaves a gap.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, assert_never

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, text

from longfuse.domain.filter import And, Field, In, Not, Or, matches, value_of
from longfuse.domain.states import State
from longfuse.store.documents import file_document
from longfuse.store.filters import ROW_ID
from longfuse.store.idsets import among, id_set
from longfuse.store.lanes import ALWAYS, NEVER, left_to_ask
from longfuse.store.regexes import is_portable
from longfuse.store.revision import LAUNCHPAD_ID
from longfuse.store.rows import NODE_COLUMNS, node_of
from longfuse.store.schema import (
    BEST_FIRST,
    COUNT_COLUMNS,
    FW_IDS,
    IS_READY,
    LAUNCH_IDS,
    ORDERS,
    RECORD_TABLES,
    WF_IDS,
    fireworks,
    launches,
    links,
    meta,
    workflows,
)
from longfuse.store.seam import Collection
from longfuse.store.search import SEARCHABLE
from longfuse.store.sql import (
    CHILDREN,
    FIREWORKS,
    IDENTITY,
    LANES,
    LAUNCHES_OF,
    OFFLINE_RUNS,
    PARENTS,
    TALLIES,
    WORKFLOWS,
    SqlReader,
    SqlTransaction,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.sql.expression import Executable

    from longfuse.domain.graph import Changes, LaunchView, Node, Spec, Tally
    from longfuse.domain.query import Filter
    from longfuse.store.records import FileRecord, FireworkRecord, Hold, LaunchRecord, OfflineRun, WorkflowRecord
    from longfuse.store.search import Searchable
    from longfuse.store.wire import Wire

SEQUENCES = {FW_IDS: "fw_ids", WF_IDS: "wf_ids", LAUNCH_IDS: "launch_ids"}
"""What gives out ids, by the name of the counter in SQLite."""

_GIVING_IDS = 0x6C6F6E67696473
"""The advisory lock of whoever takes consecutive ids: for one statement, not for the transaction."""

_TAKE_IDS = {
    counter: text(
        f"WITH held AS MATERIALIZED (SELECT pg_advisory_lock({_GIVING_IDS})),"  # noqa: S608 - our own constants
        f" taken AS MATERIALIZED (SELECT setval('{name}', nextval('{name}') + :count - 1) AS last FROM held)"
        f" SELECT last - :count + 1, pg_advisory_unlock({_GIVING_IDS}) FROM taken"
    )
    for counter, name in SEQUENCES.items()
}
_PASS_IDS = {
    counter: text(
        f"WITH held AS MATERIALIZED (SELECT pg_advisory_lock({_GIVING_IDS})),"  # noqa: S608 - our own constants
        f" passed AS MATERIALIZED"
        f" (SELECT setval('{name}', greatest(:highest, (SELECT last_value FROM {name}))) AS last FROM held)"
        f" SELECT last + 1, pg_advisory_unlock({_GIVING_IDS}) FROM passed"
    )
    for counter, name in SEQUENCES.items()
}


def _locking(wf_ids: Select[int]) -> Executable:
    """Locks these workflows, in ascending order. Foreign keys may be checked meanwhile (``NO KEY``)."""
    found = select(workflows.c.wf_id).where(workflows.c.wf_id.in_(wf_ids))
    return found.order_by(workflows.c.wf_id).with_for_update(key_share=True)


_LOCK = (
    select(workflows.c.wf_id)
    .where(among(workflows.c.wf_id))
    .order_by(workflows.c.wf_id)
    .with_for_update(key_share=True)
)
_LOCK_OF_FIREWORKS = _locking(select(fireworks.c.wf_id).where(among(fireworks.c.fw_id)))
_LOCK_OF_LAUNCHES = _locking(
    select(fireworks.c.wf_id).join(launches, launches.c.fw_id == fireworks.c.fw_id).where(among(launches.c.launch_id))
)
_NODES_OF_LAUNCHES = (
    select(*NODE_COLUMNS).join(launches, launches.c.fw_id == fireworks.c.fw_id).where(among(launches.c.launch_id))
)
_NODES_OF_CHILDREN = select(*NODE_COLUMNS).join(links, links.c.child == fireworks.c.fw_id).where(among(links.c.parent))
MANY = 5000
"""After so many Fireworks were added or changed at once the server looks at the tables."""

_LOOK_AT_TABLES = text("ANALYZE workflows, fireworks, specs, links")
"""By itself it would within a minute; until then its plans, which sessions keep, would be those for small tables."""

_LANES_SEEN = "lanes"
_TRUNCATE = text(f"TRUNCATE {', '.join(table.name for table in RECORD_TABLES)}")


class Deciding(SqlReader):
    """Filters with a regular expression that only Python can evaluate: that part is decided here, the rest in SQL."""

    _driver: Wire

    def __init__(self, driver: Wire) -> None:
        super().__init__(driver)

    def _decided(self, collection: Collection, where: Filter | None) -> Filter | None:
        return where if where is None or is_portable(where) else self._decide(SEARCHABLE[collection], where)

    def _decide(self, about: Searchable, where: Filter) -> Filter:
        """The same filter, with the ids of the matching records in place of what PostgreSQL cannot be asked."""
        if is_portable(where):
            return where
        match where:
            case And(filters):
                return And(tuple(self._decide(about, part) for part in filters))
            case Or(filters):
                return Or(tuple(self._decide(about, part) for part in filters))
            case Not(negated):
                return Not(self._decide(about, negated))
            case Field(path, _):
                rows = self._connection.execute(about.with_field(path[0]).execution_options(stream_results=True))
                ids = (value_of(i) for i, found in rows if matches(where, {path[0]: about.plain(path[0], found)}))
                return Field((ROW_ID,), In(frozenset(ids)))
            case _:
                assert_never(where)

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
        return super().find(collection, self._decided(collection, where), sort=sort, limit=limit, after=after)

    def count(self, collection: Collection, where: Filter | None = None) -> int:
        """How many records match."""
        return super().count(collection, self._decided(collection, where))

    def count_by(
        self, collection: Collection, fields: Sequence[tuple[str, int]], where: Filter | None = None
    ) -> dict[tuple[Any, ...], int]:
        """How many matching records have the same values in these scalar fields."""
        return super().count_by(collection, fields, self._decided(collection, where))

    def fireworks_of_launches(
        self, where: Filter | None, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[int]:
        """Ids of Fireworks that have a current launch which matches."""
        return super().fireworks_of_launches(self._decided(Collection.LAUNCHES, where), sort=sort, limit=limit)

    def has_future_work(self, where: Filter | None) -> bool:
        """Whether a RUNNING or RESERVED Firework that matches has a WAITING child."""
        return super().has_future_work(self._decided(Collection.FIREWORKS, where))

    def files(self, pad: str, where: Filter | None = None) -> list[FileRecord]:
        """The files of one pad that match."""
        if where is None or is_portable(where):
            return super().files(pad, where)
        return [record for record in super().files(pad) if matches(where, file_document(record))]

    def count_files(self, pad: str, where: Filter | None = None) -> int:
        """How many files of one pad match."""
        return super().count_files(pad, where) if where is None or is_portable(where) else len(self.files(pad, where))

    # --- lanes: mostly the same are open as a moment ago
    def _likely_lanes(self, where: Filter | None) -> list[tuple[str | None, Filter]]:
        asked = ((lane, left_to_ask(where, lane)) for lane in self._driver.guesses.get(_LANES_SEEN, ()))
        return [(lane, left) for lane, left in asked if left != NEVER]

    def _open_lanes(self, where: Filter | None) -> list[tuple[str | None, Filter]]:
        lanes = super()._open_lanes(where)
        self._driver.guesses[_LANES_SEEN] = [lane for lane, _ in lanes if lane is not None]
        return lanes


class PostgresReader(Deciding):
    """A `longfuse.store.seam.Reader` on a view."""

    def _stream(self, statement: Executable) -> Iterator[int]:
        """The ids page by page: libpq would gather all of them first."""
        return super()._stream(statement.execution_options(stream_results=True))


class PostgresTransaction(Deciding, SqlTransaction):
    """A `longfuse.store.seam.Transaction`: whatever is read of a workflow, the workflow is locked first."""

    def __init__(self, driver: Wire) -> None:
        super().__init__(driver)
        self._brought = set[int]()  # Fireworks whose launches were read by their own ids
        self._mine: dict[Executable, set[int]] = {_LOCK: set(), _LOCK_OF_FIREWORKS: set(), _LOCK_OF_LAUNCHES: set()}

    # --- locks
    def _lock(self, what: Executable, ids: Iterable[int]) -> None:
        """Wait for these workflows, or those of these Fireworks or launches, until nobody else changes them."""
        mine = self._mine[what]
        new = {i for i in ids if i not in mine}
        if new:
            self._driver.run(what, id_set(sorted(new)))
            mine |= new
            self._sharing.look_again()

    # --- the graph
    def nodes(self, fw_ids: Sequence[int]) -> dict[int, Node]:
        """The nodes with these ids."""
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        found = super().nodes(fw_ids)
        self._mine[_LOCK].update(node.wf_id for node in found.values())
        return found

    def children(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's children, whose nodes are read with them."""
        if not fw_ids:
            return {}
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        self._driver.foresee(_NODES_OF_CHILDREN, id_set(fw_ids))
        found = super().children(fw_ids)
        self._note_nodes(_NODES_OF_CHILDREN, fw_ids)
        return found

    def _note_nodes(self, statement: Executable, ids: Sequence[int]) -> None:
        """Nodes that will be asked for by their own ids."""
        nodes = {row[0]: node_of(row) for row in self._driver.rows(statement, id_set(ids))}
        self._known_nodes.update(nodes)
        self._mine[_LOCK_OF_FIREWORKS].update(nodes)

    def parents(self, fw_ids: Sequence[int]) -> dict[int, list[int]]:
        """Each Firework's parents."""
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        return super().parents(fw_ids)

    def members(self, wf_id: int) -> list[int]:
        """All Fireworks of a workflow."""
        self._lock(_LOCK, [wf_id])
        return super().members(wf_id)

    def specs(self, fw_ids: Sequence[int]) -> dict[int, Spec]:
        """The specs."""
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        return super().specs(fw_ids)

    def launches(self, fw_ids: Sequence[int]) -> dict[int, list[LaunchView]]:
        """The current launches of each Firework."""
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        if fw_ids:
            self._foresee_event(fw_ids)
        return super().launches(fw_ids)

    def _foresee_event(self, fw_ids: Sequence[int]) -> None:
        """Who asks for the launches of these will ask for all of this."""
        self._sharing.foresee()
        known = {self._known_nodes[i].wf_id for i in fw_ids if i in self._known_nodes}
        unread = known - self._known_tallies.keys()
        if unread:
            self._driver.foresee(TALLIES, id_set(sorted(unread)))
        if self._brought.issuperset(fw_ids):  # one of their launches has ended
            for statement in (CHILDREN, _NODES_OF_CHILDREN):
                self._driver.foresee(statement, id_set(fw_ids))

    def sharers(self, launch_ids: Sequence[int]) -> dict[int, list[int]]:
        """Of each launch that several Fireworks share: those for which it counts."""
        self._lock(_LOCK_OF_LAUNCHES, launch_ids)
        return super().sharers(launch_ids)

    def tallies(self, wf_ids: Sequence[int]) -> dict[int, Tally]:
        """The tallies of these workflows."""
        self._lock(_LOCK, wf_ids)
        return super().tallies(wf_ids)

    # --- records
    def fireworks(self, fw_ids: Sequence[int], *, specs: bool = True) -> dict[int, FireworkRecord]:
        """The Fireworks with these ids."""
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        found = super().fireworks(fw_ids, specs=specs)
        self._mine[_LOCK].update(record.node.wf_id for record in found.values())
        return found

    def workflows(self, wf_ids: Sequence[int]) -> dict[int, WorkflowRecord]:
        """The Workflows with these wf_ids."""
        self._lock(_LOCK, wf_ids)
        return super().workflows(wf_ids)

    def launch_records(self, launch_ids: Sequence[int], *, actions: bool = True) -> dict[int, LaunchRecord]:
        """The launches with these ids."""
        if not launch_ids:
            return {}
        self._lock(_LOCK_OF_LAUNCHES, launch_ids)
        for statement in (_NODES_OF_LAUNCHES, OFFLINE_RUNS):
            self._driver.foresee(statement, id_set(launch_ids))
        self._driver.foresee(IDENTITY)
        found = super().launch_records(launch_ids, actions=actions)
        self._note_nodes(_NODES_OF_LAUNCHES, launch_ids)
        self._brought.update(record.fw_id for record in found.values())
        self._mine[_LOCK_OF_FIREWORKS] |= self._brought
        return found

    def launch_records_of(self, fw_ids: Sequence[int], *, actions: bool = True) -> dict[int, list[LaunchRecord]]:
        """Every launch of each Firework."""
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        return super().launch_records_of(fw_ids, actions=actions)

    def offline_runs(self, launch_ids: Sequence[int]) -> dict[int, OfflineRun]:
        """The relay's memory of these launches."""
        self._lock(_LOCK_OF_LAUNCHES, launch_ids)
        return super().offline_runs(launch_ids)

    def holds(self, fw_ids: Sequence[int]) -> dict[int, Hold]:
        """Who held these Fireworks, and when."""
        self._lock(_LOCK_OF_FIREWORKS, fw_ids)
        return super().holds(fw_ids)

    # --- searches: what is found is locked, and looked for again, until all of it was locked before it was found
    def find(
        self,
        collection: Collection,
        where: Filter | None = None,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        after: int = 0,
    ) -> Iterator[int]:
        """Ids of the matching records; all of them are locked at once."""
        what = _LOCK_FOUND[collection]
        where = self._decided(collection, where)
        while True:
            found = list(super().find(collection, where, sort=sort, limit=limit, after=after))
            if self._mine[what].issuperset(found):
                return iter(found)
            self._lock(what, found)

    def fireworks_of_launches(
        self, where: Filter | None, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[int]:
        """Ids of Fireworks that have a current launch which matches."""
        while True:
            found = super().fireworks_of_launches(where, sort=sort, limit=limit)
            if self._mine[_LOCK_OF_FIREWORKS].issuperset(found):
                return found
            self._lock(_LOCK_OF_FIREWORKS, found)

    def take_ready(
        self,
        where: Filter | None,
        *,
        limit: int = 1,
        order: str = "",
        few: Sequence[int] | None = None,
        waits: bool = True,
    ) -> list[int]:
        """The next READY Fireworks for a worker, best first, of workflows that nobody else holds.

        Only where there are none of these, it waits for a workflow that somebody holds.
        """
        where = self._decided(Collection.FIREWORKS, where)
        size, held, taken = max(NEAR, 2 * limit), set[int](), list[int]()
        if few is None and size == NEAR and (at_once := self._taken_at_once(where, order, limit)):
            return at_once
        while near := self._nearest(where, size, order, few=few, held=held):
            taken = self._locked_of(near, _FREE[order], limit)
            held.update(row[2] for row in near)
            if taken or not self._driver.rows(_READY_ELSEWHERE, id_set(held)):
                break
        while held and waits and not taken and (near := self._nearest(where, size, order, few=few)):
            taken = self._locked_of(near, _WAITED_FOR[order], limit)
        return taken

    def _locked_of(self, near: Sequence[Any], best: Executable, limit: int) -> list[int]:
        """The best of these rows, which are locked from now on."""
        return self._noted(self._driver.rows(best, {"limit": limit, **id_set(row[0] for row in near)}))

    def _taken_at_once(self, where: Filter | None, order: str, limit: int) -> list[int]:
        """The same where one lane is open, of which nothing is left to ask, as a moment ago: one question less.

        None, too, where that is so no longer; what was locked stays locked then.
        """
        likely = self._likely_lanes(where)
        if order not in ORDERS or len(likely) != 1 or likely[0][1] != ALWAYS:
            return []
        self._driver.foresee(LANES)
        found = self._driver.rows(_FREE_IN_LANE[order], {"lane": likely[0][0], "limit": limit})
        return self._noted(found) if self._open_lanes(where) == likely else []

    def _noted(self, found: Sequence[Any]) -> list[int]:
        """These are locked from now on."""
        taken, wf_ids = [row[0] for row in found], sorted({row[1] for row in found})
        self._mine[_LOCK_OF_FIREWORKS].update(taken)
        self._mine[_LOCK].update(wf_ids)
        self._sharing.look_again()
        if taken:
            self._foresee_checkout(taken, wf_ids)
        return taken

    def _foresee_checkout(self, fw_ids: Sequence[int], wf_ids: Sequence[int]) -> None:
        """Who took these will ask for all of this."""
        for statement in (FIREWORKS, PARENTS, LAUNCHES_OF):
            self._driver.foresee(statement, id_set(fw_ids))
        self._driver.foresee(WORKFLOWS, id_set(wf_ids))
        self._driver.foresee(IDENTITY)
        self._driver.foresee(_TAKE_IDS[LAUNCH_IDS], {"count": len(fw_ids)})
        self._sharing.foresee()

    # --- changes
    def insert_workflows(
        self,
        workflows: Sequence[WorkflowRecord],
        fireworks: Sequence[FireworkRecord],
        links: Sequence[tuple[int, int]],
    ) -> None:
        """Add whole workflows; nobody else sees them yet."""
        super().insert_workflows(workflows, fireworks, links)
        self._mine[_LOCK].update(record.wf_id for record in workflows)
        self._mine[_LOCK_OF_FIREWORKS].update(record.node.fw_id for record in fireworks)
        if len(fireworks) >= MANY:
            self._driver.run(_LOOK_AT_TABLES, {})

    def insert_launches(self, launches: Sequence[LaunchRecord]) -> None:
        """Add launches."""
        self._lock(_LOCK_OF_FIREWORKS, [record.fw_id for record in launches])
        super().insert_launches(launches)
        self._mine[_LOCK_OF_LAUNCHES].update(record.launch_id for record in launches)

    def apply(self, changes: Changes, now: datetime) -> None:
        """Make the engine's changes."""
        self._lock(_LOCK, changes.tallies)
        super().apply(changes, now)
        if len(changes.nodes) >= MANY:  # of a state that nearly none had, nearly all may have it now
            self._driver.run(_LOOK_AT_TABLES, {})

    def delete_workflows(self, wf_ids: Sequence[int]) -> None:
        """Remove workflows."""
        self._lock(_LOCK, wf_ids)
        super().delete_workflows(wf_ids)

    def reset(self) -> None:
        """Empty the LaunchPad and start all ids at 1 again; it gets a new id."""
        self._forget_read()
        self._identity = ""
        self._connection.execute(_TRUNCATE)
        for name in SEQUENCES.values():
            self._connection.execute(text(f"ALTER SEQUENCE {name} RESTART"))
        self._next_id.clear()
        put_new_id(self._connection)

    # --- ids
    def new_launch_ids(self, count: int) -> int:
        """Reserve consecutive launch ids; returns the first. Nobody else has such a launch."""
        first = super().new_launch_ids(count)
        self._mine[_LOCK_OF_LAUNCHES].update(range(first, first + count))
        return first

    def _new_ids(self, counter: str, count: int) -> int:
        if count < 1:
            return self._next_id.get(counter, 1)
        first = int(self._driver.rows(_TAKE_IDS[counter], {"count": count})[0][0])
        self._next_id[counter] = first + count
        return first

    def _keep_ahead(self, counter: str, used: Iterable[int]) -> None:
        highest = max(used, default=0)
        if highest >= self._next_id.get(counter, 1):
            self._next_id[counter] = int(self._driver.rows(_PASS_IDS[counter], {"highest": highest})[0][0])


def put_new_id(connection: Connection) -> None:
    """It becomes another LaunchPad."""
    connection.execute(delete(meta))
    connection.execute(insert(meta), [{"name": LAUNCHPAD_ID, "value": secrets.token_hex(16)}])


_LOCK_FOUND = {
    Collection.FIREWORKS: _LOCK_OF_FIREWORKS,
    Collection.LAUNCHES: _LOCK_OF_LAUNCHES,
    Collection.WORKFLOWS: _LOCK,
}


NEAR = 32
"""So many of the next READY Fireworks are tried first."""

_READY_ELSEWHERE = (
    select(workflows.c.wf_id).where(workflows.c[COUNT_COLUMNS[State.READY]] > 0, ~among(workflows.c.wf_id)).limit(1)
)


def _locking_best(order: str, some: ColumnElement[bool], *, waits: bool) -> Executable:
    """Selects of some Fireworks the best that are READY, and locks them and their workflows.

    It waits for workflows that others hold, or passes over them.
    """
    _, following = ORDERS[order]
    ready = select(fireworks.c.fw_id, fireworks.c.wf_id).where(some, IS_READY)
    best = ready.where(workflows.c.wf_id == fireworks.c.wf_id).order_by(BEST_FIRST, *following)
    # The Firework, too: after a wait its state is looked at again.
    return best.limit(bindparam("limit")).with_for_update(
        key_share=True, skip_locked=not waits, of=[workflows, fireworks]
    )


def _near_in_lane(order: str) -> ColumnElement[bool]:
    """Whether it is one of the next in a lane."""
    _, following = ORDERS[order]
    near = select(fireworks.c.fw_id).where(IS_READY, fireworks.c.lane == bindparam("lane"))
    near = near.order_by(BEST_FIRST, *following).limit(literal_column(str(NEAR))).correlate(None)
    # As an array: with IN the server may walk along the whole table, which is small when it plans.
    return fireworks.c.fw_id == func.any(func.array(near.scalar_subquery()))


_ASKED = among(fireworks.c.fw_id)
_FREE = {order: _locking_best(order, _ASKED, waits=False) for order in ORDERS}
_WAITED_FOR = {order: _locking_best(order, _ASKED, waits=True) for order in ORDERS}
_FREE_IN_LANE = {order: _locking_best(order, _near_in_lane(order), waits=False) for order in ORDERS}
