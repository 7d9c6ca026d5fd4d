"""Opening and making LaunchPads by their URL."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from longfuse.errors import ConfigError, SchemaError, StoreUnavailableError
from longfuse.store import marks
from longfuse.store.driver import Driver
from longfuse.store.revision import HEAD, SQLITE, VERSION_TABLE
from longfuse.store.schema import metadata
from longfuse.store.sql import SqlStore, SqlTransaction
from longfuse.store.sqlite import READ, ROLLBACK, WAL, SqliteFile
from longfuse.store.sqlitefs import network_filesystem, read_mountinfo

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from longfuse.store.seam import Store

BUSY_TIMEOUT_S = 30.0

_PLANNED = {
    "mongodb": "A FireWorks database in MongoDB cannot be opened yet; that is planned, behind the same commands",
}
_VERSION = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant


def open_store(
    url: str,
    *,
    create: bool = False,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    mountinfo: str | None = None,
    moving: bool = False,
) -> Store:
    """Open the LaunchPad at a URL; one of an older version of Longfuse is brought up to date.

    Args:
        url: ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or
            ``postgresql+psycopg://user@host:port/database`` (also ``postgresql://``).
        create: Make it if nothing is there: the file and the folders above it, or the tables in the database.
        busy_timeout_s: How long to wait for another process's transaction.
        mountinfo: The kernel's list of mounts, from which network file systems are known; None reads it.
        moving: Open it although it was moved away, or is half a copy (``lpad migrate``).

    Raises:
        ConfigError: The URL is of no kind that this version opens, or the server does not accept who asks; the
            LaunchPad was moved away.
        StoreUnavailableError: There is no such file, or it cannot be read or written; the server cannot be reached.
        SchemaError: It is no LaunchPad, or one of a newer version.
    """
    if is_postgresql(url):
        return _open_postgres(url, create=create, busy_timeout_s=busy_timeout_s, moving=moving)
    return _open_sqlite(url, create=create, busy_timeout_s=busy_timeout_s, mountinfo=mountinfo, moving=moving)


def is_postgresql(url: str) -> bool:
    """Whether a URL is one of PostgreSQL's."""
    return url.partition(":")[0].partition("+")[0] in ("postgresql", "postgres")


def _open_postgres(url: str, *, create: bool, busy_timeout_s: float, moving: bool) -> Store:
    try:
        from longfuse.store.postgres import open_postgres
    except ImportError as error:
        if not (error.name or "psycopg").startswith("psycopg"):
            raise
        raise ConfigError(
            "The LaunchPad is in PostgreSQL, and psycopg is not installed here. Run: pip install 'longfuse[postgres]'"
        ) from None
    return open_postgres(url, create=create, busy_timeout_s=busy_timeout_s, moving=moving)


def _open_sqlite(url: str, *, create: bool, busy_timeout_s: float, mountinfo: str | None, moving: bool) -> Store:
    path = sqlite_path(url)
    if create:
        _make_folder(path)
    kind = network_filesystem(path.parent, read_mountinfo() if mountinfo is None else mountinfo)
    journal = ROLLBACK if kind else WAL
    if create and _is_nothing(path):
        _found(path, journal)
    file = SqliteFile(path, busy_timeout_s=busy_timeout_s)
    try:
        _make_current(file, moving=moving)
        # Never from the rollback journal to WAL: what is local here may be exported to hosts that use it now.
        in_use = file.set_journal(ROLLBACK) if kind else file.journal()
    except BaseException:
        file.close()
        raise
    return SqlStore(file, journal=in_use, warning=_network_warning(path, kind) if kind else "")


def sqlite_path(url: str) -> Path:
    """The absolute path that a URL names.

    Raises:
        ConfigError: It names none, or is of another kind of database.
    """
    planned = _PLANNED.get(url.partition(":")[0].partition("+")[0])
    if planned:
        raise ConfigError(f"{planned}. Until then, use a file: sqlite:////path/to/launchpad.db")
    if not url.startswith(SQLITE) or url == SQLITE:
        raise ConfigError(
            f"{_without_password(url)!r} is no URL of a LaunchPad. Write "
            "sqlite:////path/to/launchpad.db or postgresql+psycopg://user@host:port/database"
        )
    return Path(url.removeprefix(SQLITE)).absolute()


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://***@{tail}" if at else url


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_make(path, error) from error


def _is_nothing(path: Path) -> bool:
    """Whether there is no file, or an empty one."""
    try:
        return path.stat().st_size == 0
    except FileNotFoundError:
        return True
    except OSError as error:
        raise _cannot_make(path, error) from error


def _found(path: Path, journal: str) -> None:
    """Make a LaunchPad under another name, then give it its own, so that it is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        # SQLite makes files without asking the umask for more than 0644.
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        try:
            _write_tables(draft, journal)
            _publish(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_make(path, error) from error


def _write_tables(path: Path, journal: str) -> None:
    file = SqliteFile(path, busy_timeout_s=BUSY_TIMEOUT_S)
    try:
        file.set_journal(journal)
        with file.schema_change() as connection:
            metadata.create_all(connection)
            connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{HEAD}')"))  # noqa: S608 - our own constants
            SqlTransaction(Driver(connection)).reset()
    finally:
        file.close()


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name, unless somebody else made a LaunchPad there in the meantime."""
    try:
        os.link(draft, path)
    except FileExistsError:
        if _is_nothing(path):
            os.replace(draft, path)
    except OSError:  # a file system without hard links
        if not path.exists():
            os.replace(draft, path)


def _cannot_make(path: Path, error: OSError) -> StoreUnavailableError:
    return StoreUnavailableError(f"The LaunchPad {path} cannot be made: {error.strerror}. Choose another place.")


def _make_current(file: SqliteFile, *, moving: bool = False) -> None:
    """See that it is a LaunchPad, and of this version.

    Raises:
        SchemaError: It is not, and cannot be made so.
        ConfigError: It was moved away, or is half a copy.
    """
    with file.transaction(READ) as connection:
        version = _version(connection, file.path)
        if not moving:
            marks.check(connection, str(file.path))
    if version == HEAD:
        return
    from longfuse.store import migrate  # Alembic takes longer to load than most commands to run

    if not migrate.is_older(version):
        raise SchemaError(
            f"The LaunchPad {file.path} was written by a newer version of Longfuse (schema {version}, this one knows "
            f"{HEAD}). Install that version."
        )
    with file.schema_change() as connection:
        version = _version(connection, file.path)
        if version != HEAD:  # nobody else has done it meanwhile
            migrate.bring_up_to_date(connection, str(file.path), version)


def _version(connection: Connection, path: Path) -> str:
    tables = inspect(connection).get_table_names()
    version = connection.execute(_VERSION).scalar() if VERSION_TABLE in tables else None
    if version is None or "fireworks" not in tables:
        what = "is a database, but no LaunchPad" if tables else "is empty"
        raise SchemaError(f"{path} {what}. Give the path of another file, or make a LaunchPad there with `lpad reset`.")
    return str(version)


def _network_warning(path: Path, kind: str) -> str:
    return (
        f"The LaunchPad {path} is on a network file system ({kind}): it is kept with a rollback journal, which is "
        "slower, and only one host at a time may use it. Put it on a local disk if you can."
    )
