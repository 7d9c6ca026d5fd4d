"""Counting in a LaunchPad with the driver alone: SQLAlchemy takes ten times as long to load as this to run."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from longfuse.store.revision import HEAD, LAUNCHPAD_ID, POSTGRESQL, SQLITE, VERSION_TABLE
from longfuse.store.seam import Collection
from longfuse.store.sqlitefs import network_filesystem, read_mountinfo

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from longfuse.domain.states import State

    Ask = Callable[[str, Mapping[str, str]], Sequence[Sequence[Any]]]

BUSY_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 5

_TABLES = {Collection.FIREWORKS: "fireworks", Collection.WORKFLOWS: "workflows"}


def count(url: str, collection: Collection, *, state: State | None = None, name: str | None = None) -> int | None:
    """How many Fireworks or Workflows are in a state and have a name.

    Args:
        url: The LaunchPad.
        collection: Fireworks or Workflows.
        state: Only those in this state.
        name: Only those of this name.

    Returns:
        None where there is anything unusual: no database, no LaunchPad, another version, a note that it was moved, a
        network file system, an error. `longfuse.store.open.open_store` then knows what to do, or to tell.
    """
    wanted = {column: str(value) for column, value in (("state", state), ("name", name)) if value is not None}
    if url.startswith(SQLITE):
        return _in_file(Path(url.removeprefix(SQLITE)), collection, wanted)
    if url.partition("://")[0] in POSTGRESQL:
        return _on_server(url, collection, wanted)
    return None


def _in_file(path: Path, collection: Collection, wanted: Mapping[str, str]) -> int | None:
    import sqlite3

    if network_filesystem(path.parent, read_mountinfo()):
        return None
    try:
        with closing(_opened(path)) as connection:
            connection.execute("BEGIN")
            return _counted(lambda *asked: connection.execute(*asked).fetchall(), collection, wanted, ":{}")
    except (sqlite3.Error, UnicodeEncodeError):
        return None


def _on_server(url: str, collection: Collection, wanted: Mapping[str, str]) -> int | None:
    try:
        import psycopg
    except ImportError:
        return None
    plain = "postgresql://" + url.partition("://")[2]
    try:
        with psycopg.connect(plain, connect_timeout=CONNECT_TIMEOUT_S, client_encoding="utf8") as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return _counted(lambda *asked: connection.execute(*asked).fetchall(), collection, wanted, "%({})s")
    except (psycopg.Error, UnicodeEncodeError):
        return None


def _counted(ask: Ask, collection: Collection, wanted: Mapping[str, str], parameter: str) -> int | None:
    """None unless it is a LaunchPad of this version, and no note (`longfuse.store.marks`) says not to use it."""
    versions = ask(f"SELECT version_num FROM {VERSION_TABLE}", {})  # noqa: S608 - our constant
    notes = ask("SELECT name FROM meta", {})
    if [tuple(row) for row in (*versions, *notes)] != [(HEAD,), (LAUNCHPAD_ID,)]:
        return None
    where = " AND ".join(f"{column} = {parameter.format(column)}" for column in wanted) or "true"
    return int(ask(f"SELECT count(*) FROM {_TABLES[collection]} WHERE {where}", wanted)[0][0])  # noqa: S608


def _opened(path: Path) -> sqlite3.Connection:
    """A connection to an existing file, which it never makes; ``rw``, since the write-ahead log needs it to be read."""
    import sqlite3

    place = quote(os.fsencode(path.absolute()))
    return sqlite3.connect(f"file:{place}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
