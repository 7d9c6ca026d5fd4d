"""How SQLite is asked about many records, which keeps no statistics that tell a rare value from a frequent one.

It is asked how many there are, and stops counting where that is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from longfuse.domain.filter import And, Bracket, Eq, Field
from longfuse.domain.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

    from longfuse.domain.query import Filter
    from longfuse.store.search import Searchable

SQLITE = "sqlite"

MANY = 10_000
"""So many are not sorted for the sake of a few: the index of the order is walked until enough are found."""

GROWTH = 8
"""How much further each round of `state_counts` counts."""

INDEXED = ("created_on", "updated_on")
"""What can be sorted by, and has an index of its own."""


def are_many(connection: Connection, about: Searchable, where: Filter | None, bound: int = MANY) -> bool:
    """Whether a filter about the name or the state alone has at least so many matches."""
    return said_of(where) is not None and _up_to(connection, about.matching(where), bound) == bound


def said_of(where: Filter | None) -> tuple[str, str] | None:
    """The column with an index, ``name`` or ``state``, and its value, if the filter says this and nothing else."""
    while isinstance(where, And) and len(where.filters) == 1:
        where = where.filters[0]
    if not (isinstance(where, Field) and where.path in (("name",), ("state",)) and isinstance(where.predicate, Eq)):
        return None
    value = where.predicate.value
    return (where.path[0], value.content) if value.bracket is Bracket.STRING else None


def walks(
    connection: Connection, about: Searchable, where: Filter | None, sort: Sequence[tuple[str, int]], limit: int
) -> str | None:
    """The index to walk for the first few of very many matches; None leaves it to the database."""
    if connection.dialect.name != SQLITE or not limit or len(sort) != 1 or sort[0][0] not in INDEXED:
        return None
    return f"ix_{about.id.table.name}_{sort[0][0]}" if are_many(connection, about, where) else None


def count_in_state(connection: Connection, about: Searchable, where: Filter | None) -> int | None:
    """How many match a filter about nothing but the state; None for another one, or another database."""
    said = said_of(where)
    if connection.dialect.name != SQLITE or said is None or said[0] != "state":
        return None
    some = _up_to(connection, about.matching(where), MANY)
    if some < MANY:
        return some
    return state_counts(connection, about)[State(said[1])]


def state_counts(connection: Connection, about: Searchable, bound: int = MANY) -> dict[State, int]:
    """How many records are in each state: the biggest group is what the others leave, and is never counted out."""
    found: dict[State, int] = {}
    left = list(State)
    while len(left) > 1:
        for state in tuple(left):
            count = _up_to(connection, select(about.id).where(about.state == state), bound)
            if count < bound:
                found[state] = count
                left.remove(state)
            if len(left) == 1:
                break
        bound *= GROWTH
    everything = connection.execute(select(func.count()).select_from(about.id.table)).scalar_one()
    found[left[0]] = int(everything) - sum(found.values())
    return {state: count for state, count in found.items() if count}


def _up_to(connection: Connection, statement: Select[int], bound: int) -> int:
    some = statement.limit(bindparam("bound")).subquery()
    return int(connection.execute(select(func.count()).select_from(some), {"bound": bound}).scalar_one())
