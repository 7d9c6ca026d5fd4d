"""The databases in which LaunchPads are kept while measuring, and what a bare transaction costs in each.

Workloads ask for `current`; ``python -m benchmarks`` runs them once for each database.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.interrupts import held
from benchmarks.measure import SkippedError, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SQLITE, POSTGRES = "sqlite", "postgres"
DATABASES = (SQLITE, POSTGRES)

PAYLOAD_BYTES = 100
"""What an ordinary record or file carries."""

_RECORDS = "CREATE TABLE records (id INTEGER PRIMARY KEY, document TEXT)"


class Database(Protocol):
    """Where LaunchPads are kept."""

    name: str

    def url(self, folder: Path) -> str:
        """The LaunchPad that belongs to a folder; made by who opens it first."""

    def bare_transactions(
        self, path: Path, size: int, *, batch: int = 1, payload_bytes: int = PAYLOAD_BYTES, synced: bool = True
    ) -> float:
        """Seconds for so many rows in a table, so many a transaction, as durable as the LaunchPad's."""


class Sqlite:
    """A file in the folder."""

    name = SQLITE

    def url(self, folder: Path) -> str:
        """The LaunchPad that belongs to a folder."""
        return f"sqlite:///{folder}/launchpad.db"

    def bare_transactions(
        self, path: Path, size: int, *, batch: int = 1, payload_bytes: int = PAYLOAD_BYTES, synced: bool = True
    ) -> float:
        """Seconds for so many rows in a new file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            connection.execute(_RECORDS)
            insert = "INSERT INTO records VALUES (?, ?)"
            return _timed(connection.execute, "BEGIN IMMEDIATE", insert, _rows(size, payload_bytes), batch)


class Postgres:
    """A database of its own for each folder, on one server; all are dropped when it is closed.

    Args:
        url: A database of the server, of a user who may create databases.
    """

    name = POSTGRES

    def __init__(self, url: str) -> None:
        from sqlalchemy.engine import make_url

        self._server = make_url(url).set(drivername="postgresql+psycopg")
        self._made: set[str] = set()

    def url(self, folder: Path) -> str:
        """The LaunchPad that belongs to a folder."""
        name = f"longfuse_bench_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
        if name not in self._made:
            with held():
                self._do(f"CREATE DATABASE {name}")
                self._made.add(name)
        return self._server.set(database=name).render_as_string(hide_password=False)

    def bare_transactions(
        self, path: Path, size: int, *, batch: int = 1, payload_bytes: int = PAYLOAD_BYTES, synced: bool = True
    ) -> float:
        """Seconds for so many rows in a new table."""
        del path, synced  # the server syncs each
        with self._connected() as connection:
            connection.execute("DROP TABLE IF EXISTS records")
            connection.execute(_RECORDS)
            try:
                insert = "INSERT INTO records VALUES (%s, %s)"
                return _timed(connection.execute, "BEGIN", insert, _rows(size, payload_bytes), batch)
            finally:
                connection.execute("DROP TABLE records")

    def close(self) -> None:
        """Drop what was made."""
        for name in self._made:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")
        self._made.clear()

    def _do(self, statement: str) -> None:
        with self._connected() as connection:
            connection.execute(statement)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A connection of psycopg without SQLAlchemy above it."""
        import psycopg

        plain = self._server.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            with closing(psycopg.connect(plain, autocommit=True)) as connection:
                yield connection
        except psycopg.Error as error:
            raise SkippedError(f"PostgreSQL: {str(error).strip()}") from error


DATABASE: ContextVar[Database] = ContextVar("DATABASE", default=Sqlite())  # noqa: B039 - it has no state
"""The one that is measured now."""


@contextmanager
def database(kind: str, postgres_url: str | None = None) -> Iterator[None]:
    """Within it, LaunchPads are kept in this kind of database.

    Args:
        kind: One of `DATABASES`.
        postgres_url: A server for PostgreSQL; by default a private one is started, and ended.

    Raises:
        SkippedError: There is no such server here.
    """
    with _opened(kind, postgres_url) as chosen:
        before = DATABASE.set(chosen)
        try:
            yield
        finally:
            DATABASE.reset(before)


@contextmanager
def private_server() -> Iterator[str]:
    """The URL of a server that is there for as long as the block lasts, as durable as an installed one.

    Raises:
        SkippedError: There is no PostgreSQL here.
    """
    import pytest
    from tests import postgres

    try:
        postgres.tools()
    except (pytest.skip.Exception, pytest.fail.Exception) as reason:
        raise SkippedError(str(reason)) from None
    with ExitStack() as stack:
        with held():  # one that is starting could not be ended
            server = stack.enter_context(postgres.running(durable=True))
        yield server.url("postgres")


@contextmanager
def _opened(kind: str, postgres_url: str | None) -> Iterator[Database]:
    if kind == SQLITE:
        yield Sqlite()
    elif postgres_url:
        with closing(Postgres(postgres_url)) as server:
            yield server
    else:
        with private_server() as url, closing(Postgres(url)) as server:
            yield server


def current() -> Database:
    """The one that is measured now."""
    return DATABASE.get()


def bare_transactions(
    path: Path, size: int, *, batch: int = 1, payload_bytes: int = PAYLOAD_BYTES, synced: bool = True
) -> float:
    """Seconds for so many rows in a new table of the current database.

    Args:
        path: Where SQLite puts it.
        size: How many rows.
        batch: How many a transaction.
        payload_bytes: How big each is.
        synced: Whether each transaction waits for the disk, or does not, as those that lag in the LaunchPad.
    """
    return current().bare_transactions(path, size, batch=batch, payload_bytes=payload_bytes, synced=synced)


def document(index: int, payload_bytes: int = PAYLOAD_BYTES) -> dict[str, Any]:
    """What a record or file holds."""
    return {"name": f"firework {index}", "spec": {"index": index, "payload": "x" * payload_bytes}, "state": "READY"}


def _rows(size: int, payload_bytes: int) -> Iterator[tuple[int, str]]:
    return ((index, json.dumps(document(index, payload_bytes))) for index in range(size))


def _timed(
    execute: Callable[..., object], begin: str, insert: str, rows: Iterator[tuple[int, str]], batch: int
) -> float:
    def work() -> None:
        while some := list(islice(rows, batch)):
            execute(begin)
            for row in some:
                execute(insert, row)
            execute("COMMIT")

    return timed(work)
