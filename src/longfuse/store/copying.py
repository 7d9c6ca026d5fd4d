"""A whole LaunchPad from one database to another (``lpad migrate``).

Tables are copied range by range of their keys. A range that is the same in both is left alone, so a copy that was
interrupted is resumed by beginning again. While it goes on nobody writes to the old database, and nobody can open the
new one; then all is read once more from both and compared. Only after that the old one is marked as moved, which
refuses everybody from then on, also who has it open; last of all the new one may be used. Killed at any moment at most
one of them can be.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import LargeBinary, Text, delete, func, insert, select, text, tuple_, update

from longfuse.errors import ConfigError, StoreError
from longfuse.store.jsonsql import POSTGRESQL
from longfuse.store.marks import COPY_OF, MOVED_TO, guard, marks, refusal, set_mark
from longfuse.store.pgtransaction import SEQUENCES
from longfuse.store.revision import LAUNCHPAD_ID
from longfuse.store.schema import COUNTERS, counters, filepad, meta, metadata, workflows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Column, Connection, Table
    from sqlalchemy.sql.elements import ColumnElement

    Key = tuple[Any, ...]
    Range = tuple[Key | None, Key | None]
    Progress = Callable[[int, int | None], None]

ROWS, BYTES = 1000, 8 << 20
"""What is read and written at once, unless a single row is bigger."""


class Place(Protocol):
    """A store whose tables can be reached."""

    def tables(self, *, alone: bool = False) -> AbstractContextManager[Connection]:
        """A transaction on the bare tables; ``alone`` keeps every other writer out until it ends."""

    def describe(self) -> dict[str, Any]:
        """``url`` without password, ``backend``."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A table after the copy.

    Attributes:
        table: Its name.
        rows: How many it has, here and there.
        digests: Of all that they hold, here and there.
    """

    table: str
    rows: tuple[int, int]
    digests: tuple[str, str]

    @property
    def same(self) -> bool:
        """Whether both hold the same."""
        return self.rows[0] == self.rows[1] and self.digests[0] == self.digests[1]


def row_counts(place: Place) -> dict[str, int]:
    """How many rows each table has."""
    with place.tables() as connection:
        return {table.name: _count(connection, table) for table in _copied()}


def check_target(source: Place, target: Place) -> None:
    """See that a copy of the source can be made there, or completed.

    Raises:
        ConfigError: It is the same database, or holds something else.
    """
    here, there = source.describe()["url"], target.describe()["url"]
    if here == there:
        raise ConfigError(f"{here} is the LaunchPad itself; give another database to copy it to")
    with source.tables() as connection:
        identity = _identity(connection)
    with target.tables() as connection:
        began = marks(connection).get(COPY_OF)
        if began is None and _identity(connection) == identity:
            return  # a copy that was completed
        if began not in (None, identity):
            raise ConfigError(f"{there} holds a part of another LaunchPad's copy; give an empty database")
        if began is None and (_count(connection, workflows) or _count(connection, filepad)):
            found = _count(connection, workflows)
            raise ConfigError(
                f"{there} is in use: it has {found} workflows. Give an empty database, or empty it with `lpad reset`"
            )


def move(source: Place, target: Place, copied: Progress, compared: Progress) -> list[Compared]:
    """Copy everything, compare, and let the target take the source's place.

    Args:
        source: The LaunchPad.
        target: An empty one, or one in which this was begun; see `check_target`.
        copied: Told how many rows of how many are there.
        compared: The same of the comparison.

    Returns:
        The comparison of each table. If any differs, nothing has changed hands: do it again.

    Raises:
        StoreBusyError: Somebody else holds one of them for too long.
        StoreError: One of them cannot be read or written.
    """
    with source.tables(alone=True) as here:
        moved = marks(here).get(MOVED_TO)
        if moved is None:
            with target.tables() as there:
                set_mark(there, COPY_OF, _identity(here))
            _copy(here, target, copied)
        with target.tables() as there:
            results = list(_compare(here, there, compared))
        if not all(result.same for result in results):
            return results
        if moved is None:
            set_mark(here, MOVED_TO, target.describe()["url"])
            guard(here, refusal(target.describe()["url"]))
    with target.tables(alone=True) as there:
        set_mark(there, COPY_OF, None)
    return results


def _copied() -> list[Table]:
    """Tables whose rows are copied, referred ones first; counters and the like are set at the end."""
    return [table for table in metadata.sorted_tables if table not in (counters, meta)]


# --- copying
def _copy(here: Connection, target: Place, copied: Progress) -> None:
    tables = _copied()
    total = sum(_count(here, table) for table in tables)
    done = 0
    for table in tables:
        for keys, size in _ranges(here, table):
            _bring(here, target, table, keys)
            done += size
            copied(done, total)
    ids, identity = _next_ids(here), _identity(here)
    with target.tables() as there:
        _set_next_ids(there, ids)
        there.execute(update(meta).where(meta.c.name == LAUNCHPAD_ID).values(value=identity))


def _bring(here: Connection, target: Place, table: Table, keys: Range) -> None:
    rows = _rows(here, table, keys)
    with target.tables() as there:
        if _rows(there, table, keys) == rows:
            return
        there.execute(delete(table).where(*_within(table, keys)))
        if rows:
            names = [column.name for column in table.columns]
            there.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _rows(connection: Connection, table: Table, keys: Range) -> list[tuple[Any, ...]]:
    found = connection.execute(select(table).where(*_within(table, keys)).order_by(*_key(table)))
    return [tuple(row) for row in found]


def _ranges(connection: Connection, table: Table) -> Iterator[tuple[Range, int]]:
    """Ranges of keys without gaps between them, and how many rows each has; the last has no end."""
    key = _key(table)
    big = [func.coalesce(func.length(c), 0) for c in table.columns if isinstance(_plain(c), (Text, LargeBinary))]
    size = sum(big[1:], big[0]) if big else func.length("")
    after: Key | None = None
    rows = held = 0
    last: Key | None = None
    statement = select(*key, size).order_by(*key).execution_options(yield_per=10_000)
    for *found, width in connection.execute(statement):
        if rows and (rows >= ROWS or held + width > BYTES):
            yield (after, last), rows
            after, rows, held = last, 0, 0
        last = tuple(found)
        rows, held = rows + 1, held + width
    yield (after, None), rows


def _plain(column: Column[Any]) -> Any:
    """The type of what is in the database."""
    return getattr(column.type, "impl_instance", column.type)


def _key(table: Table) -> list[Column[Any]]:
    return list(table.primary_key)


def _within(table: Table, keys: Range) -> list[ColumnElement[bool]]:
    """After the first of these keys, up to the second."""
    key, (after, last) = tuple_(*_key(table)), keys
    return [*([key > after] if after is not None else []), *([key <= last] if last is not None else [])]


# --- comparing
def _compare(here: Connection, there: Connection, compared: Progress) -> Iterator[Compared]:
    tables = _copied()
    total = sum(_count(here, table) for table in tables)
    done = 0
    for table in tables:
        digests = [hashlib.sha256(), hashlib.sha256()]
        counts = [0, 0]
        for keys, size in _ranges(here, table):
            for n, connection in enumerate((here, there)):
                rows = _rows(connection, table, keys)
                counts[n] += len(rows)
                for row in rows:
                    digests[n].update(repr(row).encode(errors="surrogatepass"))
            done += size
            compared(done, total)
        yield Compared(table.name, (counts[0], counts[1]), (digests[0].hexdigest(), digests[1].hexdigest()))
    ids = [repr((_identity(connection), _next_ids(connection))) for connection in (here, there)]
    hashed = [hashlib.sha256(one.encode()).hexdigest() for one in ids]
    yield Compared("identity and next ids", (1, 1), (hashed[0], hashed[1]))


# --- what is no row
def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _identity(connection: Connection) -> str:
    return str(connection.execute(select(meta.c.value).where(meta.c.name == LAUNCHPAD_ID)).scalar_one())


def _next_ids(connection: Connection) -> dict[str, int]:
    """The next id of each kind."""
    if connection.dialect.name != POSTGRESQL:
        found = connection.execute(select(counters.c.name, counters.c.next_id)).all()
        return {str(name): int(number) for name, number in sorted(map(tuple, found))}
    return {
        name: int(
            connection.execute(
                text(f"SELECT last_value + is_called::int FROM {SEQUENCES[name]}")  # noqa: S608 - our own names
            ).scalar_one()
        )
        for name in sorted(COUNTERS)
    }


def _set_next_ids(connection: Connection, ids: dict[str, int]) -> None:
    if connection.dialect.name != POSTGRESQL:
        for name, number in ids.items():
            connection.execute(update(counters).where(counters.c.name == name).values(next_id=number))
        return
    for name, number in ids.items():
        connection.execute(text("SELECT setval(:name, :number, false)"), {"name": SEQUENCES[name], "number": number})
    connection.execute(
        text(
            "SELECT setval(pg_get_serial_sequence('filepad', 'file_id'), greatest(1, max(file_id)), max(file_id) > 0)"
            " FROM filepad HAVING max(file_id) > 0"
        )
    )


def undo(place: Place) -> None:
    """Let a LaunchPad that was moved away be used again.

    Raises:
        StoreError: It was not moved.
    """
    with place.tables(alone=True) as connection:
        if MOVED_TO not in marks(connection):
            raise StoreError(f"The LaunchPad {place.describe()['url']} was not moved; there is nothing to undo")
        guard(connection, None)
        set_mark(connection, MOVED_TO, None)
