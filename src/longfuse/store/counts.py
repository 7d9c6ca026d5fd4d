"""Counting in an SQLite LaunchPad with the driver alone: SQLAlchemy takes ten times as long to load as this to run."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from longfuse.store.revision import HEAD, LAUNCHPAD_ID, VERSION_TABLE
from longfuse.store.seam import Collection
from longfuse.store.sqlitefs import network_filesystem, read_mountinfo

if TYPE_CHECKING:
    from pathlib import Path

    from longfuse.domain.states import State

BUSY_TIMEOUT_S = 30.0

_TABLES = {Collection.FIREWORKS: "fireworks", Collection.WORKFLOWS: "workflows"}


def count(path: Path, collection: Collection, *, state: State | None = None, name: str | None = None) -> int | None:
    """How many Fireworks or Workflows are in a state and have a name.

    Args:
        path: The database's file.
        collection: Fireworks or Workflows.
        state: Only those in this state.
        name: Only those of this name.

    Returns:
        None where there is anything unusual: no file, no LaunchPad, another version, a note that it was moved, a
        network file system, an error.
        `longfuse.store.open.open_store` then knows what to do, or to tell.
    """
    if network_filesystem(path.parent, read_mountinfo()):
        return None
    wanted = {column: str(value) for column, value in (("state", state), ("name", name)) if value is not None}
    where = " AND ".join(f"{column} = :{column}" for column in wanted) or "true"
    try:
        with closing(_opened(path)) as connection:
            connection.execute("BEGIN")
            if not _is_usual(connection):
                return None
            found = connection.execute(f"SELECT count(*) FROM {_TABLES[collection]} WHERE {where}", wanted)  # noqa: S608
            return int(found.fetchone()[0])
    except (sqlite3.Error, UnicodeEncodeError):
        return None


def _is_usual(connection: sqlite3.Connection) -> bool:
    """Whether it is a LaunchPad of this version, and no note (`longfuse.store.marks`) says that it may not be used."""
    versions = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()  # noqa: S608 - our constant
    notes = connection.execute("SELECT name FROM meta").fetchall()
    return versions == [(HEAD,)] and notes == [(LAUNCHPAD_ID,)]


def _opened(path: Path) -> sqlite3.Connection:
    """A connection to an existing file, which it never makes; ``rw``, since the write-ahead log needs it to be read."""
    place = quote(os.fsencode(path.absolute()))
    return sqlite3.connect(f"file:{place}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
