"""Block and launcher directories: ``block_<UTC time>/launcher_<UTC time>`` (FireWorks' layout)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from longfuse.domain.wire import now
from longfuse.errors import ConfigError, LaunchDirError

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = "block_"
LAUNCHER = "launcher_"
STAMP = "%Y-%m-%d-%H-%M-%S-%f"
"""FireWorks' FW_BLOCK_FORMAT, in UTC."""


def create_launcher_dir(base: str | Path) -> str:
    """A new launcher directory; returns its absolute path."""
    return create_dated_dir(base, LAUNCHER)


def check_block_name(name: str) -> None:
    """Refuse a name that is no block's.

    Raises:
        ConfigError: It does not begin with ``block_``.
    """
    if not os.path.basename(os.path.normpath(name)).startswith(BLOCK):
        raise ConfigError(f"--block_dir must begin with {BLOCK!r}, not {name!r}")


def block_dir(base: str | Path, name: str | None, *, always_new: bool = False) -> str:
    """The block directory to use.

    Args:
        base: Where blocks are.
        name: The one the user wants; None takes the last one that exists, or a new one.
        always_new: Never take one that exists.

    Raises:
        LaunchDirError: It cannot be made.
    """
    base = os.path.abspath(base)
    if name is not None:
        path = os.path.join(base, name)
        _make(path, exist_ok=True)
        return path
    found = [] if always_new else sorted(_entries(base, BLOCK))
    return os.path.join(base, found[-1]) if found else create_dated_dir(base, BLOCK)


def launchers_in(block: str) -> int:
    """How many launcher directories a block has."""
    return len(_entries(block, LAUNCHER))


def _entries(folder: str, prefix: str) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [entry.name for entry in found if entry.name.startswith(prefix) and entry.is_dir()]
    except OSError as error:
        raise LaunchDirError(f"Cannot look into {folder}: {error.strerror}; give another --launch_dir") from None


def create_dated_dir(base: str | Path, prefix: str) -> str:
    """A new directory of this prefix and the time; returns its absolute path."""
    base = os.path.abspath(base)
    while True:
        path = os.path.join(base, prefix + now().strftime(STAMP))
        try:
            _make(path, exist_ok=False)
        except FileExistsError:
            continue  # somebody took this microsecond
        return path


def _make(path: str, *, exist_ok: bool) -> None:
    try:
        os.makedirs(path, exist_ok=exist_ok)
    except FileExistsError:
        raise
    except OSError as error:
        raise LaunchDirError(f"Cannot make the directory {path}: {error.strerror}; give another --launch_dir") from None
