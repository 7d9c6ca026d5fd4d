"""One SQLite file: connections, transactions, and what its errors mean.

A database file may be moved away and come back while we are running. SQLite goes on writing to a file that has no name
any more, so every transaction compares the file behind the path with the one it opened, when it begins and before it
commits. A file is never created here by accident, and never opened except by SQLite (closing any other descriptor of it
would drop SQLite's locks).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import URL, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DisconnectionError, StatementError
from sqlalchemy.pool import QueuePool

from longfuse.errors import (
    LongfuseError,
    SchemaError,
    SerializationError,
    StoreBusyError,
    StoreError,
    StoreUnavailableError,
)
from longfuse.store.filters import install_functions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, FromClause, RootTransaction
    from sqlalchemy.engine.interfaces import DBAPIConnection

READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
"""How a transaction begins: with its first read, or by taking the write lock."""

WAL, ROLLBACK = "wal", "delete"
"""Journal modes: the write-ahead log, and the rollback journal for network file systems."""

_BEGIN_OPTION = "longfuse_begin"
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNREACHABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_NO_DATABASE = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})

_CONNECTION_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32000",
)
"""FULL: what was committed survives a power cut. The cache is 32 MB at most."""

Identity = tuple[int, int]
"""Device and inode."""


class FileConnection(sqlite3.Connection):
    """A connection that remembers which file it opened."""

    identity: Identity


class HintingCompiler(SQLiteCompiler):
    """Writes the hints of a statement (``INDEXED BY ...``), which SQLAlchemy leaves out for SQLite."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        """What follows the name of a table in FROM."""
        del table
        return text


class SqliteFile:
    """The database in one existing file.

    Args:
        path: The file.
        busy_timeout_s: How long to wait for somebody else's transaction.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._engine = self._new_engine()
        self._owner_pid = os.getpid()
        self._inherited: list[Engine] = []
        self._writing = False

    @contextmanager
    def transaction(self, begin: str) -> Iterator[Connection]:
        """A transaction; leaving the block commits, an exception rolls everything back.

        Args:
            begin: `READ` or `WRITE`.

        Raises:
            StoreUnavailableError: The file is gone, is another one, or cannot be read or written.
            StoreBusyError: Somebody else holds it for too long.
            SchemaError: It is no database.
            RuntimeError: A `WRITE` inside a `WRITE` of ours, which would wait for itself.
        """
        with self._one_writer(begin), self._connected() as connection, _begun(connection, begin):
            yield connection
            self._check_in_place(connection.connection.dbapi_connection)

    @contextmanager
    def _one_writer(self, begin: str) -> Iterator[None]:
        self._leave_inherited()
        if begin != WRITE:
            yield
            return
        if self._writing:
            raise RuntimeError("A write transaction of this LaunchPad is open already")
        self._writing = True
        try:
            yield
        finally:
            self._writing = False

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        self._leave_inherited()
        with self.errors_told(), self._engine.connect() as connection:
            yield connection

    def _leave_inherited(self) -> None:
        """After a fork, open new connections and never close the parent's: SQLite would take its locks and log."""
        if self._owner_pid != os.getpid():
            self._inherited.append(self._engine)
            self._engine = self._new_engine()
            self._owner_pid = os.getpid()
            self._writing = False

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """Turns what the database raises into what it means for this file."""
        try:
            yield
        except StatementError as error:
            raise error.orig if isinstance(error.orig, LongfuseError) else self._told(error.orig) from error
        except sqlite3.Error as error:
            raise self._told(error) from error
        except UnicodeEncodeError as error:
            raise SerializationError(
                f"Text that is no Unicode cannot be kept in the LaunchPad: {error.object!r}"
            ) from error

    def journal(self) -> str:
        """The journal mode, which SQLite keeps in the file."""
        with self._connected() as connection:
            return _pragma(connection, "journal_mode")

    def set_journal(self, mode: str) -> str:
        """Change the journal mode; returns the one in use then."""
        with self._connected() as connection:
            if _pragma(connection, "journal_mode") != mode:
                _pragma(connection, f"journal_mode = {mode}")
            return _pragma(connection, "journal_mode")

    def tune(self, *, full: bool) -> None:
        """Gather statistics; ``full`` also rewrites the file without gaps. The write-ahead log is emptied if it can be.

        Raises:
            StoreBusyError: ``full``, and somebody else holds the database for too long.
        """
        with self._connected() as connection:
            cursor = connection.connection.cursor()
            try:
                cursor.execute("ANALYZE")
                if full:
                    cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.close()

    def damage(self) -> list[str]:
        """What ``PRAGMA integrity_check`` and ``foreign_key_check`` find."""
        with self._connected() as connection:
            cursor = connection.connection.cursor()
            try:
                lines = [str(row[0]) for row in cursor.execute("PRAGMA integrity_check")]
                dangling = [
                    f"row {row} of {table} refers to a row of {parent} that is not there"
                    for table, row, parent, _ in cursor.execute("PRAGMA foreign_key_check")
                ]
            finally:
                cursor.close()
        return [line for line in lines if line != "ok"] + dangling

    @contextmanager
    def schema_change(self) -> Iterator[Connection]:
        """A `WRITE` transaction in which tables may be rebuilt without their references being followed."""
        with self._connected() as connection:
            _pragma(connection, "foreign_keys = OFF")
            try:
                with _begun(connection, WRITE):
                    yield connection
            finally:
                _pragma(connection, "foreign_keys = ON")

    def close(self) -> None:
        """Close all connections; the next transaction opens a new one."""
        self._leave_inherited()
        self._engine.dispose()

    def _new_engine(self) -> Engine:
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            creator=self._open,
            poolclass=QueuePool,
            pool_size=2,
            max_overflow=-1,
            pool_use_lifo=True,
        )
        engine.dialect.statement_compiler = HintingCompiler
        event.listen(engine, "checkout", self._check_connection)
        event.listen(engine, "begin", _begin)
        return engine

    def _open(self) -> FileConnection:
        """A connection that leaves transactions to us (``isolation_level=None``)."""
        identity = self._identity()
        connection = sqlite3.connect(
            f"file:{quote(os.fsencode(self.path.absolute()))}?mode=rw",
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=FileConnection,
        )
        connection.identity = identity
        install_functions(connection)
        try:
            for pragma in _CONNECTION_PRAGMAS:
                connection.execute(pragma)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _check_connection(self, connection: DBAPIConnection, *_: object) -> None:
        """Makes the pool replace a connection to a file that is no longer the one at the path."""
        if not self._in_place(connection):
            raise DisconnectionError

    def _check_in_place(self, connection: DBAPIConnection | None) -> None:
        if not self._in_place(connection):
            raise StoreUnavailableError(
                f"The LaunchPad's database {self.path} was replaced by another file while it was in use; "
                "nothing was changed. Try again."
            )

    def _in_place(self, connection: DBAPIConnection | None) -> bool:
        return isinstance(connection, FileConnection) and connection.identity == self._identity()

    def _identity(self) -> Identity:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            raise StoreUnavailableError(
                f"There is no LaunchPad at {self.path}; nothing was changed. Bring the file back, or make a new one "
                "there with `lpad reset` or `lpad init`."
            ) from None
        except OSError as error:
            raise self._unavailable(error.strerror or str(error)) from error
        return status.st_dev, status.st_ino

    def _told(self, error: BaseException | None) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return StoreBusyError(
                f"The LaunchPad's database {self.path} was held by another process for {self._busy_timeout_s:g} s; "
                "nothing was changed. Try again."
            )
        if code in _UNREACHABLE:
            return self._unavailable(str(error))
        if code in _NO_DATABASE or "no such table" in str(error):
            return SchemaError(
                f"{self.path} is no LaunchPad, or is damaged ({error}). Give another path, or restore a copy."
            )
        return StoreError(f"The LaunchPad's database {self.path} refused: {error}. Nothing was changed.")

    def _unavailable(self, reason: str) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"The LaunchPad's database {self.path} cannot be used now ({reason}); nothing was changed. "
            "See that its folder can be reached and written and has room, then try again."
        )


def _begun(connection: Connection, begin: str) -> RootTransaction:
    return connection.execution_options(**{_BEGIN_OPTION: begin}).begin()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN_OPTION, READ))


def _pragma(connection: Connection, pragma: str) -> str:
    """Run a PRAGMA outside of any transaction; returns its answer, if it has one."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA {pragma}")
        answer = cursor.fetchone()
    finally:
        cursor.close()
    return str(answer[0]) if answer else ""
