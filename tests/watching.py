"""What this process asks of a database, and which files it opens: a cost that no other load on the machine changes."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection


@contextmanager
def asked_of_sqlite() -> Iterator[list[str]]:
    """The statements, as SQLite is given them, of connections made meanwhile; each row of many on its own."""
    asked: list[str] = []

    def listen(connection: Connection, _: object) -> None:
        connection.set_trace_callback(asked.append)

    event.listen(Engine, "connect", listen)
    try:
        yield asked
    finally:
        event.remove(Engine, "connect", listen)


@contextmanager
def opened_launch_files() -> Iterator[list[str]]:
    """The paths of files of the launch protocol (``FW...``) that are opened meanwhile."""
    if not _hooked:  # an audit hook stays for good
        _hooked.append(True)
        sys.addaudithook(_note)
    opened: list[str] = []
    _watchers.append(opened)
    try:
        yield opened
    finally:
        _watchers.remove(opened)


_hooked: list[bool] = []
_watchers: list[list[str]] = []


def _note(what: str, words: tuple[object, ...]) -> None:
    if what == "open" and isinstance(words[0], str) and os.path.basename(words[0]).startswith("FW"):
        for opened in _watchers:
            opened.append(words[0])
