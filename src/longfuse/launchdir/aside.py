"""A launch directory that is used again: the files of each earlier launch keep a directory of their own inside it."""

from __future__ import annotations

import os
import re

from longfuse.errors import UnreadableError
from longfuse.launchdir.files import sync_folder
from longfuse.launchdir.legacy import read_json_or_compressed
from longfuse.launchdir.names import COMPRESSED, FINAL, FIREWORK, PING, TICKET, aside_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBERED = re.compile(r"FW_(attempt|action)_\d+\.json")
_TICKETS = (TICKET, TICKET + COMPRESSED)
_WITH_THE_TICKET = (*_TICKETS, FIREWORK)
_UNKNOWN = (0, "")
"""Whose a file is that does not say."""


def set_aside_others(launch_dir: str, launch_id: int, token: str) -> None:
    """Move the files of every other launch out of the way of this one, each into its own directory.

    The ticket moves first: from then on whoever looks for the earlier launch looks at both places. Files of this same
    launch stay.

    Raises:
        OSError: The file system refused.
    """
    names = _protocol_files(os.listdir(launch_dir))
    holder = _holder(launch_dir, names)
    for name in names:
        owner = _UNKNOWN if name in _WITH_THE_TICKET else _owner(os.path.join(launch_dir, name))
        if owner == _UNKNOWN:
            owner = holder
        if owner != (launch_id, token):
            _move(launch_dir, name, *owner)


def holder(launch_dir: str) -> int:
    """The launch whose ticket stands in a directory; 0 if none does."""
    return _owner(os.path.join(launch_dir, TICKET))[0]


def ticket_stamp(launch_dir: str) -> tuple[int, int]:
    """What is another one as soon as another ticket stands in a directory.

    Raises:
        OSError: None does, or it cannot be seen.
    """
    status = os.stat(os.path.join(launch_dir, TICKET))
    return status.st_ino, status.st_mtime_ns


def folder_of(launch_dir: str, launch_id: int, token: str) -> str:
    """Where this launch's files belong: the launch directory, or its directory inside it if another launch took over.

    Raises:
        OSError: That directory cannot be made.
    """
    owner = _owner(os.path.join(launch_dir, TICKET))
    if owner in {(launch_id, token), _UNKNOWN}:
        return launch_dir
    return _make_folder(launch_dir, launch_id, token)


def _protocol_files(names: Iterable[str]) -> list[str]:
    """Those of the names that are the protocol's, the ticket first."""
    found = set(names)
    fixed = [name for name in (*_TICKETS, FINAL, PING, FIREWORK) if name in found]
    return fixed + sorted(name for name in found if _NUMBERED.fullmatch(name))


def _holder(launch_dir: str, names: list[str]) -> tuple[int, str]:
    """Whose the directory is until now: what does not say whose it is goes with the ticket."""
    return _owner(os.path.join(launch_dir, names[0])) if names and names[0] in _TICKETS else _UNKNOWN


def _owner(path: str) -> tuple[int, str]:
    """Launch id and token that a file carries."""
    try:
        document = read_json_or_compressed(path.removesuffix(COMPRESSED)) or {}
    except UnreadableError:
        return _UNKNOWN
    launch_id, token = document.get("launch_id"), document.get("token", "")
    return (launch_id, token) if isinstance(launch_id, int) and isinstance(token, str) else _UNKNOWN


def _move(launch_dir: str, name: str, launch_id: int, token: str) -> None:
    folder = _make_folder(launch_dir, launch_id, token)
    os.rename(os.path.join(launch_dir, name), os.path.join(folder, name))
    sync_folder(folder)


def _make_folder(launch_dir: str, launch_id: int, token: str) -> str:
    """The launch's directory; one of the same number from another LaunchPad is renamed first."""
    folder = os.path.join(launch_dir, aside_name(launch_id))
    if _owner(os.path.join(folder, TICKET)) not in {(launch_id, token), _UNKNOWN}:
        os.rename(folder, _free_name(folder))
    os.makedirs(folder, exist_ok=True)
    return folder


def _free_name(path: str) -> str:
    number = 1
    while os.path.exists(f"{path}.{number}"):
        number += 1
    return f"{path}.{number}"
