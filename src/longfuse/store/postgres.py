"""One PostgreSQL database: connections, transactions, and what its errors mean. Transactions on it: `pgtransaction`."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import psycopg
from sqlalchemy import create_engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, SQLAlchemyError, StatementError
from sqlalchemy.pool import QueuePool

from longfuse.errors import (
    ConfigError,
    LongfuseError,
    SchemaError,
    SerializationError,
    StoreBusyError,
    StoreError,
    StoreUnavailableError,
)
from longfuse.store import marks
from longfuse.store.pgtransaction import SEQUENCES, PostgresReader, PostgresTransaction, put_new_id
from longfuse.store.revision import DRIVER, HEAD, POSTGRESQL, VERSION_TABLE
from longfuse.store.schema import counters, metadata
from longfuse.store.wire import BEGIN, BEGIN_VIEW, Wire, is_readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine, RootTransaction
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_MAKING = 0x6C6F6E67667573
"""The advisory lock of whoever makes or changes the tables."""

_BUSY = frozenset({"55P03", "40P01", "40001", "57014"})
"""A lock waited for too long, a deadlock, a conflict, a query that somebody cancelled."""

_UNREACHABLE_CLASSES = ("08", "53", "57P", "58", "25006")
"""No connection, no resources, the server shuts down or starts up, its disk fails, it is a standby."""

_WRONG_TEXT = frozenset({"22021", "22P05", "22P02"})
_NO_TABLE = frozenset({"42P01", "3F000"})
_MISCONFIGURED = re.compile(
    r"password authentication failed|no password supplied|role \".*\" does not exist|no pg_hba\.conf entry"
    r"|authentication failed|definition of service|invalid connection option|invalid sslmode|role .* is not permitted"
)
_NOT_TRUSTED = re.compile(
    r"certificate verify failed|root certificate file|server certificate for|server does not support SSL"
    r"|could not load .*(certificate|private key)|certificate present, but not private key|private key file"
)
_NO_DATABASE = re.compile(r"database \"(.*)\" does not exist")
_FATE = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")
_FATE_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
ASKED_AFTER_S = 5.0
"""A connection that was used less long ago is not asked whether it still lives."""

_USED = "used"
_SECRETS = ("password", "passfile", "sslpassword")


def connection_url(url: str) -> URL:
    """The URL as SQLAlchemy needs it.

    Raises:
        ConfigError: It is none, or for another driver.
    """
    try:
        made = make_url(url)
        port = made.port
    except (ArgumentError, ValueError):
        raise ConfigError(
            "The LaunchPad's URL cannot be read. Write it as postgresql+psycopg://USER@HOST:PORT/DATABASE"
        ) from None
    del port
    if made.drivername not in POSTGRESQL:
        raise ConfigError(
            f"Longfuse talks to PostgreSQL through psycopg, not {made.drivername!r}. Write {DRIVER}://..."
        )
    return made.set(drivername=DRIVER)


def shown(url: URL) -> str:
    """The URL for people to see: without password."""
    return url.set(password=None).difference_update_query(_SECRETS).render_as_string()


@contextmanager
def _given_up_on_error(connection: Connection, transaction: RootTransaction) -> Iterator[None]:
    """Rolls back when something is raised; what was raised is told, not that the connection is of no use any more."""
    try:
        yield
    except BaseException:
        try:
            transaction.rollback()
        except SQLAlchemyError:
            connection.invalidate()
        raise


class PostgresDatabase:
    """The database at a URL.

    Args:
        url: Where it is, see `connection_url`.
        busy_timeout_s: How long to wait for somebody else's lock.
    """

    def __init__(self, url: URL, *, busy_timeout_s: float) -> None:
        self.url = url
        self.name = shown(url)
        self.server = "PostgreSQL"
        self._busy_timeout_s = busy_timeout_s
        self._engine = self._new_engine()
        self._owner_pid = os.getpid()
        self._inherited: list[Engine] = []
        self._writing = False

    @contextmanager
    def view(self) -> Iterator[Wire]:
        """A transaction that sees one moment and writes nothing."""
        with self._connected() as connection:
            transaction = connection.begin()
            with _given_up_on_error(connection, transaction):
                yield Wire(connection, BEGIN_VIEW)
                transaction.rollback()

    @contextmanager
    def change(self) -> Iterator[Wire]:
        """A transaction that may write; leaving the block commits, an exception rolls everything back.

        Raises:
            StoreUnavailableError: The server cannot be reached, or goes away.
            StoreBusyError: Somebody else holds what is needed for too long.
            RuntimeError: A change inside a change of ours, which might wait for itself.
        """
        self._leave_inherited()
        if self._writing:
            raise RuntimeError("A write transaction of this LaunchPad is open already")
        self._writing = True
        try:
            with self._connected() as connection:
                transaction = connection.begin()
                with _given_up_on_error(connection, transaction):
                    wire = Wire(connection, BEGIN)
                    yield wire
                    self._commit(wire)
                    if wire.lost:
                        connection.invalidate()
                    transaction.close()  # for SQLAlchemy; the server has ended it
        finally:
            self._writing = False

    def _commit(self, wire: Wire) -> None:
        """Commit; where the connection is lost in it, ask the server what became of the transaction."""
        try:
            wire.commit()
        except psycopg.Error as error:
            if wire.number is None or not _is_lost(error):
                raise
            kept = self._was_kept(wire.number)
            if kept is None:
                raise StoreUnavailableError(
                    f"The LaunchPad {self.name} went away while it kept a change, and whether it did is not known. "
                    "When it is back, look with `lpad status` before you do the same again."
                ) from error
            if not kept:
                raise

    def _was_kept(self, number: str) -> bool | None:
        """Whether a transaction was committed; None if that cannot be found out within some time."""
        for pause_s in _FATE_PAUSES_S:
            time.sleep(pause_s)
            try:
                with self._engine.connect() as connection:
                    fate = connection.execute(_FATE, {"number": number}).scalar()
            except DBAPIError as error:
                if _sqlstate(error.orig) == "22023":  # it lies in the future: the crash took its number, too
                    return False
                continue
            if fate != "in progress":
                return None if fate is None else fate == "committed"
        return None

    @contextmanager
    def schema_change(self) -> Iterator[Connection]:
        """A change of the tables, which only one makes at a time."""
        with self.change() as wire:
            wire.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
            yield wire.connection

    def run_alone(self, statement: str) -> None:
        """Run a statement that must not be in a transaction."""
        with self._connected(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def _connected(self, **options: Any) -> Iterator[Connection]:
        self._leave_inherited()
        with self.errors_told(), self._engine.connect() as connection:
            yield connection.execution_options(**options) if options else connection

    def _leave_inherited(self) -> None:
        """After a fork, open new connections and never use or close the parent's, which are the same sockets."""
        if self._owner_pid != os.getpid():
            self._inherited.append(self._engine)
            self._engine = self._new_engine()
            self._owner_pid = os.getpid()
            self._writing = False

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """Turns what the database raises into what it means."""
        try:
            yield
        except StatementError as error:
            if isinstance(error.orig, LongfuseError):
                raise error.orig from error
            away = isinstance(error, DBAPIError) and error.connection_invalidated
            raise self._told(error.orig, away=away) from error
        except psycopg.Error as error:
            raise self._told(error) from error
        except UnicodeEncodeError as error:
            raise SerializationError(
                f"Text that is no Unicode cannot be kept in the LaunchPad: {error.object!r}"
            ) from error

    def close(self) -> None:
        """Close all connections; the next transaction opens a new one."""
        self._leave_inherited()
        self._engine.dispose()

    def _new_engine(self) -> Engine:
        engine = create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=2,
            max_overflow=-1,
            pool_use_lifo=True,
            connect_args={"client_encoding": "utf8", "connect_timeout": 10} | self._defaults(),
        )
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _see_that_it_lives)
        return engine

    def _defaults(self) -> dict[str, str]:
        known = self.url.query
        return {} if "application_name" in known else {"application_name": "longfuse"}

    def _prepare(self, connection: DBAPIConnection, *_: object) -> None:
        """Settings of a session: how long it waits, and that a dead client's locks go with it within a minute."""
        if isinstance(connection, psycopg.Connection):
            self.server = f"PostgreSQL {connection.info.server_version // 10000}"
            connection.prepare_threshold = None  # it would deallocate what `wire` has prepared, too
        settings = {
            "lock_timeout": f"{int(self._busy_timeout_s * 1000)}ms",
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
            "jit": "off",
        }
        cursor = connection.cursor()
        try:
            chosen = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
            cursor.execute(f"SELECT {chosen}")
            connection.commit()
        finally:
            cursor.close()

    def _told(self, error: BaseException | None, *, away: bool = False) -> LongfuseError:
        code = _sqlstate(error)
        said = _first_line(error)
        if code in _BUSY:
            return StoreBusyError(
                f"The LaunchPad {self.name} is held by somebody else ({said}); nothing was changed. Try again."
            )
        if code in _WRONG_TEXT or "cannot contain NUL" in said:
            return SerializationError(
                f"PostgreSQL cannot keep this text ({said}); nothing was changed. Take NUL characters out of it."
            )
        if code in _NO_TABLE:
            return SchemaError(
                f"{self.name} is no LaunchPad, or is damaged ({said}). Give another database, or restore a copy."
            )
        if away or _is_lost(error):
            return self._not_connected(said)
        return StoreError(f"The LaunchPad {self.name} refused: {said}. Nothing was changed.")

    def _not_connected(self, said: str) -> LongfuseError:
        missing = _NO_DATABASE.search(said)
        if missing:
            return ConfigError(
                f"There is no database {missing[1]!r} at {self.name}. Make it, say with `createdb {missing[1]}`, then "
                "run `lpad reset`."
            )
        if _MISCONFIGURED.search(said):
            return ConfigError(
                f"The server does not let us into {self.name}: {said}. See that the role in the URL is right and its "
                "password is in ~/.pgpass (mode 600), a service file or PGPASSWORD."
            )
        if _NOT_TRUSTED.search(said):
            return ConfigError(
                f"There is no TLS connection to {self.name}: {said}. See `sslmode`, `sslrootcert`, `sslcert` and "
                "`sslkey` in the URL or the service file; they mean what they mean to libpq."
            )
        return StoreUnavailableError(
            f"The LaunchPad {self.name} cannot be reached now ({said}); nothing was changed. See that the server runs "
            "and that host and port are right, then try again."
        )


def _note_use(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _see_that_it_lives(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
    """That a server went away can be seen without asking it, that a firewall forgot the connection only by asking.

    Raises:
        InvalidatePoolError: It is dead; the pool makes new ones.
    """
    bare = cast("psycopg.Connection[Any]", connection)
    used = record.info.get(_USED)
    if used is None:
        return
    if time.monotonic() - used < ASKED_AFTER_S:
        if bare.closed or is_readable(bare.fileno()):
            raise InvalidatePoolError
        return
    try:
        bare.execute("")
        bare.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _is_lost(error: BaseException | None) -> bool:
    """Whether it means that there is no connection, or will be none."""
    code = _sqlstate(error)
    return code.startswith(_UNREACHABLE_CLASSES) or (not code and isinstance(error, _LOST))


def _sqlstate(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""


_LOST = (psycopg.OperationalError, psycopg.InterfaceError)


def _first_line(error: BaseException | None) -> str:
    """What the server said, without hints and the connection's address."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    return re.sub(r"^.*?(?:FATAL|ERROR|PANIC):\s+", "", line).rstrip(".")


class PostgresStore:
    """A `longfuse.store.seam.Store` in a PostgreSQL database whose schema is known to be ours."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    @contextmanager
    def read(self) -> Iterator[PostgresReader]:
        """A consistent view."""
        with self._database.view() as wire:
            yield PostgresReader(wire)

    @contextmanager
    def write(self, *, synced: bool = True) -> Iterator[PostgresTransaction]:
        """A transaction that may write; it takes locks of the workflows that it reads from."""
        del synced  # the server may end while those who were told go on: see docs/design.md
        with self._database.change() as wire:
            yield PostgresTransaction(wire)

    @contextmanager
    def tables(self, *, alone: bool = False) -> Iterator[Connection]:
        """The bare tables, see `longfuse.store.copying.Place`."""
        with self._database.change() as wire:
            if alone:
                names = ", ".join(table.name for table in _tables())
                wire.connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
            yield wire.connection

    def describe(self) -> dict[str, Any]:
        """Where it is and how it is kept."""
        return {
            "url": self._database.name,
            "backend": "postgresql",
            "schema": HEAD,
            "server": self._database.server,
            "warning": "",
        }

    def tune(self, *, full: bool) -> None:
        """Statistics for the query planner; ``full`` also rewrites the tables without gaps."""
        tables = ", ".join(table.name for table in _tables())
        self._database.run_alone(f"VACUUM (FULL, ANALYZE) {tables}" if full else f"ANALYZE {tables}")

    def damage(self) -> list[str]:
        """What is found on reading everything: broken pages, references to what is not there, invalid indexes."""
        with self._database.view() as wire:
            return [*_invalid_indexes(wire.connection), *_dangling(wire.connection)]

    def close(self) -> None:
        """Let go of connections."""
        self._database.close()


def open_postgres(url: str, *, create: bool, busy_timeout_s: float, moving: bool = False) -> PostgresStore:
    """Open the LaunchPad in a database; see `longfuse.store.open.open_store`."""
    if not psycopg.Pipeline.is_supported():
        raise ConfigError(
            "PostgreSQL's client library is too old here: Longfuse needs libpq 14, of whatever version the server is. "
            "It comes with `pip install 'psycopg[binary]'`."
        )
    database = PostgresDatabase(connection_url(url), busy_timeout_s=busy_timeout_s)
    try:
        if create:
            _found(database)
        _make_current(database, moving=moving)
    except BaseException:
        database.close()
        raise
    return PostgresStore(database)


def _found(database: PostgresDatabase) -> None:
    """Make the tables, unless there are any."""
    with database.view() as wire:
        if _is_there(wire.connection, VERSION_TABLE):
            return
    with database.schema_change() as connection:
        if _is_there(connection, VERSION_TABLE):
            return
        _check_encoding(connection, database.name)
        metadata.create_all(connection, tables=_tables(), checkfirst=False)
        for name in SEQUENCES.values():
            connection.execute(text(f"CREATE SEQUENCE {name}"))
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{HEAD}')"))  # noqa: S608 - our own constants
        put_new_id(connection)


def _tables() -> list[Any]:
    """All but the counters, for which PostgreSQL has sequences."""
    return [table for table in metadata.sorted_tables if table is not counters]


def _is_there(connection: Connection, table: str) -> bool:
    return bool(connection.execute(_TABLES_OF_THAT_NAME, {"name": table}).scalar())


_TABLES_OF_THAT_NAME = text("SELECT count(*) FROM pg_class WHERE relname = :name AND pg_table_is_visible(oid)")
"""``to_regclass`` would answer from a session's memory, which knows nothing of what was made during a wait."""


def _check_encoding(connection: Connection, name: str) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise SchemaError(
            f"The database {name} keeps texts as {encoding}; a LaunchPad needs UTF8. Make one with "
            "`createdb --encoding=UTF8 --template=template0 NAME`."
        )


def _make_current(database: PostgresDatabase, *, moving: bool = False) -> None:
    """See that it is a LaunchPad, and of this version.

    Raises:
        SchemaError: It is not, and cannot be made so.
    """
    with database.view() as wire:
        version = _version(wire.connection, database.name)
        if not moving:
            marks.check(wire.connection, database.name)
    if version == HEAD:
        return
    from longfuse.store import migrate  # Alembic takes longer to load than most commands to run

    if not migrate.is_older(version):
        raise SchemaError(
            f"The LaunchPad {database.name} was written by a newer version of Longfuse (schema {version}, this one "
            f"knows {HEAD}). Install that version."
        )
    with database.schema_change() as connection:
        version = _version(connection, database.name)
        if version != HEAD:  # nobody else has done it meanwhile
            migrate.bring_up_to_date(connection, database.name, version)


def _version(connection: Connection, name: str) -> str:
    ours = all(_is_there(connection, table) for table in (VERSION_TABLE, "fireworks"))
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() if ours else None  # noqa: S608
    if version is None:
        raise SchemaError(
            f"The database {name} holds no LaunchPad. Make one there with `lpad reset` or `lpad init`, or give the URL "
            "of another one."
        )
    return str(version)


def _invalid_indexes(connection: Connection) -> Iterator[str]:
    found = connection.execute(
        text(
            "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indrelid"
            " WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
        )
    )
    for name in found.scalars():
        yield f"the index {name} is invalid; make it anew with REINDEX"


def _dangling(connection: Connection) -> Iterator[str]:
    """Rows that refer to rows which are not there, as a restored copy without its references may have."""
    for table in _tables():
        connection.execute(text(f"SELECT count({table.name}::text) FROM {table.name}"))  # noqa: S608 - reads all pages
        for reference in table.foreign_keys:
            here, there = reference.parent, reference.column
            lost = (
                select(here).where(~select(there).where(there == here).correlate(table).exists()).distinct().limit(10)
            )
            for value in connection.execute(lost).scalars():
                yield f"{table.name}: {here.name} {value} refers to a row of {there.table.name} that is not there"
