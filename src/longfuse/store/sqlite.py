"""One SQLite file: connections, transactions, and what its errors mean.

A database file may be moved away and come back while we are running. SQLite goes on writing to a file that has no name
any more, so every transaction compares the file behind the path with the one it opened, when it begins and before it
commits. A file is never created here by accident, and never opened except by SQLite (closing any other descriptor of it
would drop SQLite's locks).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from sqlalchemy import URL, create_engine
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import SQLAlchemyError, StatementError
from sqlalchemy.pool import NullPool

from longfuse.errors import (
    LongfuseError,
    SchemaError,
    SerializationError,
    StoreBusyError,
    StoreError,
    StoreUnavailableError,
)
from longfuse.store.filters import install_functions
from longfuse.store.lag import Lag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, FromClause

READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
"""How a transaction begins: with its first read, or by taking the write lock."""

WAL, ROLLBACK = "wal", "delete"
"""Journal modes: the write-ahead log, and the rollback journal for network file systems."""

FULL, NORMAL = "FULL", "NORMAL"
"""What a commit waits for: until the disk has it; or, with a write-ahead log, for nothing."""

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
    f"PRAGMA synchronous = {FULL}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32000",
    "PRAGMA wal_autocheckpoint = 4000",
)
"""The cache is 32 MB at most. The write-ahead log moves into the database at 16 MB, with two waits for the disk: at
SQLite's 4 MB that would be every fifty rockets, and most pages are changed again by the next fifty."""

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


class _Opened:
    """A connection as the driver has it, and SQLAlchemy's around it, which begins and ends nothing by itself.

    Attributes:
        file: The driver's.
        connection: SQLAlchemy's.
    """

    __slots__ = ("_synchronous", "connection", "file")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.file = cast("FileConnection", connection.connection.dbapi_connection)
        self._synchronous = FULL

    def begin(self, begin: str, synchronous: str) -> None:
        """Begin a transaction; ``synchronous`` is `FULL` or `NORMAL`, or empty where nothing is written."""
        if synchronous and synchronous != self._synchronous:
            self.pragma(f"synchronous = {synchronous}")
            self._synchronous = synchronous
        self.file.execute(begin)

    def commit(self) -> None:
        """Commit what `begin` began."""
        self.file.commit()
        if self.connection.in_transaction():  # in SQLAlchemy's eyes
            self.connection.rollback()

    def pragma(self, pragma: str) -> str:
        """Run a PRAGMA outside of any transaction; returns its answer, if it has one."""
        answer = self.file.execute(f"PRAGMA {pragma}").fetchone()
        return str(answer[0]) if answer else ""

    def close(self) -> None:
        """Close it."""
        self.connection.close()

    def abandon(self) -> None:
        """Roll back and close it, whatever state it is in."""
        with suppress(SQLAlchemyError, sqlite3.Error):
            self.file.rollback()
            self.close()


class SqliteFile:
    """The database in one existing file.

    A connection that a transaction has left is kept for the next one: SQLAlchemy's pool and its own bookkeeping of
    transactions would take longer than what most transactions do.

    Args:
        path: The file.
        busy_timeout_s: How long to wait for somebody else's transaction.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._engine = self._new_engine()
        self._idle: list[_Opened] = []
        self._owner_pid = os.getpid()
        self._inherited: list[object] = []
        self._writing = False
        self._lag = Lag(path)

    @contextmanager
    def transaction(self, begin: str, *, synced: bool = True) -> Iterator[Connection]:
        """A transaction; leaving the block commits, an exception rolls everything back.

        Args:
            begin: `READ` or `WRITE`.
            synced: Whether a `WRITE` is on the disk when the block has been left; else it is within
                `longfuse.store.lag.LAG_S`, which is right with a write-ahead log only.

        Raises:
            StoreUnavailableError: The file is gone, is another one, or cannot be read or written.
            StoreBusyError: Somebody else holds it for too long.
            SchemaError: It is no database.
            RuntimeError: A `WRITE` inside a `WRITE` of ours, which would wait for itself.
        """
        if begin == READ:
            with self._begun(READ) as opened:
                yield opened.connection
            return
        with self._one_writer():
            at_once = synced or self._lag.is_over
            with self._begun(WRITE, FULL if at_once else NORMAL) as opened:
                yield opened.connection
            self._lag.committed(at_once=at_once)

    @contextmanager
    def _begun(self, begin: str, synchronous: str = "") -> Iterator[_Opened]:
        with self._connected() as opened:
            opened.begin(begin, synchronous)
            yield opened
            self._check_in_place(opened.file)
            opened.commit()

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        self._leave_inherited()
        if self._writing:
            raise RuntimeError("A write transaction of this LaunchPad is open already")
        self._writing = True
        try:
            yield
        finally:
            self._writing = False

    @contextmanager
    def _connected(self) -> Iterator[_Opened]:
        """A connection of nobody else; one in whose block something was raised is not used again."""
        self._leave_inherited()
        with self.errors_told():
            opened = self._take()
            try:
                yield opened
            except BaseException:
                opened.abandon()
                raise
            self._idle.append(opened)

    def _take(self) -> _Opened:
        """One that is kept, if its file is still the one at the path; else a new one."""
        identity = self._identity()
        while self._idle:
            opened = self._idle.pop()
            if opened.file.identity == identity:
                return opened
            opened.abandon()
        return _Opened(self._engine.connect())

    def _leave_inherited(self) -> None:
        """After a fork, open new connections and never close the parent's: SQLite would take its locks and log."""
        if self._owner_pid != os.getpid():
            self._inherited += [self._engine, *self._idle]
            self._engine, self._idle = self._new_engine(), []
            self._owner_pid = os.getpid()
            self._writing = False
            self._lag = Lag(self.path)

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
        with self._connected() as opened:
            return opened.pragma("journal_mode")

    def set_journal(self, mode: str) -> str:
        """Change the journal mode; returns the one in use then."""
        with self._connected() as opened:
            if opened.pragma("journal_mode") != mode:
                opened.pragma(f"journal_mode = {mode}")
            return opened.pragma("journal_mode")

    def tune(self, *, full: bool) -> None:
        """Gather statistics; ``full`` also rewrites the file without gaps. The write-ahead log is emptied if it can be.

        Raises:
            StoreBusyError: ``full``, and somebody else holds the database for too long.
        """
        with self._connected() as opened:
            opened.file.execute("ANALYZE")
            if full:
                opened.file.execute("VACUUM")
            opened.pragma("wal_checkpoint(TRUNCATE)")

    def damage(self) -> list[str]:
        """What ``PRAGMA integrity_check`` and ``foreign_key_check`` find."""
        with self._connected() as opened:
            lines = [str(row[0]) for row in opened.file.execute("PRAGMA integrity_check")]
            dangling = [
                f"row {row} of {table} refers to a row of {parent} that is not there"
                for table, row, parent, _ in opened.file.execute("PRAGMA foreign_key_check")
            ]
        return [line for line in lines if line != "ok"] + dangling

    @contextmanager
    def schema_change(self) -> Iterator[Connection]:
        """A `WRITE` transaction in which tables may be rebuilt without their references being followed."""
        with self._connected() as opened:
            opened.pragma("foreign_keys = OFF")
            opened.begin(WRITE, FULL)
            with opened.connection.begin():  # so that Alembic sees one, and leaves it to us
                yield opened.connection
            opened.pragma("foreign_keys = ON")

    def close(self) -> None:
        """Close all connections; the next transaction opens a new one. What was committed is on the disk then."""
        self._leave_inherited()
        while self._idle:
            self._idle.pop().close()
        self._lag.end()

    def _new_engine(self) -> Engine:
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            creator=self._open,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",  # transactions are begun and ended by us, see `_Opened`
        )
        engine.dialect.statement_compiler = HintingCompiler
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

    def _check_in_place(self, file: FileConnection) -> None:
        if file.identity != self._identity():
            raise StoreUnavailableError(
                f"The LaunchPad's database {self.path} was replaced by another file while it was in use; "
                "nothing was changed. Try again."
            )

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
