"""What filters and sorts are about: the documents of `longfuse.store.seam.Collection`, in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, String, Text, cast, func, null, select, type_coerce, union_all
from sqlalchemy.sql import visitors

from longfuse.domain.filter import And, Bracket, Eq, Field, In
from longfuse.domain.firework import DUPEFINDER
from longfuse.errors import InputError, QueryError
from longfuse.store import jsontext
from longfuse.store.filters import Fields, digest, where_clause
from longfuse.store.jsonsql import AsJson, JsonList, JsonMap
from longfuse.store.schema import dupe_specs, fireworks, launches, links, shared_launches, specs, workflows
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, Table
    from sqlalchemy.sql.elements import ColumnElement

    from longfuse.domain.query import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """One collection.

    Attributes:
        id: What is found.
        state: The column of states.
        fields: What a filter can be about.
    """

    id: Column[int]
    state: Column[Any]
    fields: Fields

    def matching(self, where: Filter | None) -> Select[int]:
        """Selects the ids of the records that match."""
        statement = select(self.id)
        if where is None:
            return statement
        condition = where_clause(where, self.fields)
        if self.id is fireworks.c.fw_id and _mentions(condition, specs.c.spec):
            statement = statement.select_from(fireworks.join(specs))
            narrowed = _narrowed(where)
            if narrowed:  # looked up by id: left to itself, SQLite may walk all Fireworks of a state
                statement = statement.where(*narrowed).with_hint(fireworks, "NOT INDEXED", "sqlite")
        if self.id is workflows.c.wf_id:
            statement = statement.where(*_with_members(where))
        return statement.where(condition)

    def with_field(self, name: str) -> Select[Any]:
        """Selects the id and one top-level field of all records."""
        kept = self.fields.scalars.get(name, self.fields.documents.get(name, null()))
        statement = select(self.id, kept.label("found"))
        return statement.select_from(fireworks.join(specs)) if kept is specs.c.spec else statement

    def plain(self, name: str, found: Any) -> Any:
        """That field as it is in the document."""
        return jsontext.loads(found) if isinstance(found, str) and name in self.fields.documents else found

    def counting(self, where: Filter | None) -> Select[int]:
        """Selects how many records match."""
        return self.matching(where).with_only_columns(func.count(), maintain_column_froms=True)

    def counting_by(self, fields: Sequence[tuple[str, int]], where: Filter | None) -> Select[Any]:
        """Selects the values of these scalar fields, or their first characters, and how many records have them.

        Raises:
            QueryError: There is no such field.
        """
        groups = [self._start(name, length) for name, length in fields]
        return (
            self.matching(where).with_only_columns(*groups, func.count(), maintain_column_froms=True).group_by(*groups)
        )

    def _start(self, name: str, length: int) -> ColumnElement[Any]:
        column = self.fields.scalars.get(name)
        if column is None:
            raise QueryError(f"Cannot count by {name!r}. Count by one of: {', '.join(sorted(self.fields.scalars))}.")
        return func.substr(column, 1, length) if length else column

    def ordered(self, statement: Select[int], sort: Sequence[tuple[str, int]], limit: int) -> Select[int]:
        """The same, sorted, last of all by ascending id; at most ``limit``, all if that is 0.

        Raises:
            QueryError: A sort by what cannot be sorted by.
        """
        statement = statement.order_by(*(self._order(name, direction) for name, direction in sort), self.id)
        return statement.limit(limit) if limit else statement

    def _order(self, name: str, direction: int) -> ColumnElement[Any]:
        column = self.id if name == self.id.name else self.fields.scalars.get(name)
        if column is None:
            raise no_sort(name, [self.id.name, *self.fields.scalars])
        # As SQLite does it: NULL is the smallest.
        return column.desc().nulls_last() if direction < 0 else column.asc().nulls_first()


def _narrowed(where: Filter) -> list[ColumnElement[bool]]:
    """What follows from the filter and an index serves: a whole spec with a duplicate finder is known by its digest."""
    if isinstance(where, And):
        return [condition for part in where.filters for condition in _narrowed(part)]
    if not (isinstance(where, Field) and where.path == ("spec",) and isinstance(where.predicate, Eq)):
        return []
    value = where.predicate.value
    if value.bracket is not Bracket.OBJECT or DUPEFINDER not in dict(value.content):
        return []
    return [fireworks.c.fw_id.in_(select(dupe_specs.c.fw_id).where(dupe_specs.c.digest == digest(value)))]


def _with_members(where: Filter) -> list[ColumnElement[bool]]:
    """What follows from a filter about ``nodes`` and an index serves: else each Workflow's list would be made."""
    if isinstance(where, And):
        return [condition for part in where.filters for condition in _with_members(part)]
    if not (isinstance(where, Field) and where.path == ("nodes",) and isinstance(where.predicate, Eq | In)):
        return []
    values = where.predicate.values if isinstance(where.predicate, In) else [where.predicate.value]
    if any(value.bracket is not Bracket.NUMBER for value in values):
        return []
    member = where_clause(Field(("fw_id",), where.predicate), SEARCHABLE[Collection.FIREWORKS].fields)
    return [workflows.c.wf_id.in_(select(fireworks.c.wf_id).where(member))]


def no_sort(name: str, known: Iterable[str]) -> QueryError:
    """The error of a sort by an unknown name."""
    return QueryError(f"Cannot sort by {name!r}. Sort by one of: {', '.join(sorted(set(known)))}.")


def unknown_order(order: str, known: Iterable[str]) -> InputError:
    """The error of an unknown order among equal priorities."""
    return InputError(f"Unknown order {order!r} of Fireworks. Give one of: {', '.join(repr(o) for o in known)}.")


def _mentions(condition: ColumnElement[bool], column: Column[Any]) -> bool:
    return any(element is column for element in visitors.iterate(condition))


def _scalars(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    """Columns as plain numbers or texts: states as their names, times as ISO text."""
    columns = (table.c[name] for name in names)
    return {c.name: c if c.type.python_type is int else type_coerce(c, String()) for c in columns}


def _id_list(column: Column[int], *conditions: ColumnElement[bool], of: Table) -> ColumnElement[str]:
    """The JSON list of the ids that fulfil the conditions for the row of ``of``, ascending."""
    found = select(column).where(*conditions).order_by(column).correlate(of).subquery()
    return select(JsonList(found.c[column.name])).correlate(of).scalar_subquery()


def _launch_ids(*, archived: bool) -> ColumnElement[str]:
    """Its own launches and those that it shares."""
    mine, shared = (
        select(table.c.launch_id).where(table.c.fw_id == fireworks.c.fw_id, table.c.archived == archived)
        for table in (launches, shared_launches)
    )
    both = union_all(mine.correlate(fireworks), shared.correlate(fireworks)).subquery()
    found = select(both.c.launch_id).order_by(both.c.launch_id).correlate(fireworks).subquery()
    return select(JsonList(found.c.launch_id)).correlate(fireworks).scalar_subquery()


def _neighbour_lists(near: Column[int], far: Column[int], *, all_members: bool) -> ColumnElement[str]:
    """The JSON object from each id in ``near`` to the list of its ids in ``far``, for a row of ``workflows``."""
    member = fireworks.alias()
    mine = select(far).where(near == member.c.fw_id).order_by(far).correlate(member).subquery()
    neighbours = select(JsonList(mine.c[far.name])).correlate(member).scalar_subquery()
    rows = select(member.c.fw_id, neighbours.label("ids")).where(member.c.wf_id == workflows.c.wf_id)
    if not all_members:
        rows = rows.where(select(near).where(near == member.c.fw_id).correlate(member).exists())
    found = rows.order_by(member.c.fw_id).correlate(workflows).subquery()
    return select(JsonMap(cast(found.c.fw_id, Text), AsJson(found.c.ids))).correlate(workflows).scalar_subquery()


def _member_states() -> ColumnElement[str]:
    mine = select(fireworks.c.fw_id, fireworks.c.state).where(fireworks.c.wf_id == workflows.c.wf_id)
    found = mine.order_by(fireworks.c.fw_id).correlate(workflows).subquery()
    return (
        select(JsonMap(cast(found.c.fw_id, Text), type_coerce(found.c.state, String())))
        .correlate(workflows)
        .scalar_subquery()
    )


SEARCHABLE = {
    Collection.FIREWORKS: Searchable(
        id=fireworks.c.fw_id,
        state=fireworks.c.state,
        fields=Fields(
            row_id=fireworks.c.fw_id,
            scalars=_scalars(fireworks, "fw_id", "name", "state", "created_on", "updated_on"),
            documents={
                "spec": specs.c.spec,
                "launches": _launch_ids(archived=False),
                "archived_launches": _launch_ids(archived=True),
            },
        ),
    ),
    Collection.LAUNCHES: Searchable(
        id=launches.c.launch_id,
        state=launches.c.state,
        fields=Fields(
            row_id=launches.c.launch_id,
            scalars=_scalars(
                launches,
                *("launch_id", "fw_id", "state", "launch_dir", "host", "ip", "time_start", "time_end"),
                *("reservation_id", "cause", "reason"),
            ),
            documents={name: launches.c[name] for name in ("fworker", "trackers", "action", "state_history")},
        ),
    ),
    Collection.WORKFLOWS: Searchable(
        id=workflows.c.wf_id,
        state=workflows.c.state,
        fields=Fields(
            row_id=workflows.c.wf_id,
            scalars=_scalars(workflows, "name", "state", "created_on", "updated_on"),
            documents={
                "metadata": workflows.c.metadata,
                "nodes": _id_list(fireworks.c.fw_id, fireworks.c.wf_id == workflows.c.wf_id, of=workflows),
                "fw_states": _member_states(),
                "links": _neighbour_lists(links.c.parent, links.c.child, all_members=True),
                "parent_links": _neighbour_lists(links.c.child, links.c.parent, all_members=False),
            },
        ),
    ),
}
"""Each collection, as its documents in `longfuse.store.documents` are made."""
