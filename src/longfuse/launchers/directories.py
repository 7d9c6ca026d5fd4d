"""Block and launcher directories: ``block_<UTC time>/launcher_<UTC time>`` (FireWorks' layout)."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.domain.wire import now
from longfuse.errors import ConfigError, LaunchDirError

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK = "block_"
LAUNCHER = "launcher_"
ARRAY = "array_"
"""What the folder of a job array's script begins with."""

STAMP = "%Y-%m-%d-%H-%M-%S-%f"
"""FireWorks' FW_BLOCK_FORMAT, in UTC."""

SCRIPT_NAME = "FW_submit.script"
YAML_NAME = "FW.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How directories of launches are named, and what is in them.

    Attributes:
        stamp: The time in the names of block and launcher directories, for ``strftime``, in UTC.
        script_name: The file that is handed in as the job.
        with_yaml: Whether the Firework is also there as `YAML_NAME`, for people; nothing reads it.
        remove_unused: Whether launcher directories in which nothing was run are removed.
    """

    stamp: str = STAMP
    script_name: str = SCRIPT_NAME
    with_yaml: bool = False
    remove_unused: bool = True

    def remove_if_empty(self, folder: str) -> None:
        """Remove a launcher directory in which nothing ran."""
        if self.remove_unused:
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def write_yaml(self, folder: str, firework: Mapping[str, Any]) -> None:
        """Write the Firework for people, if that is wished.

        Raises:
            OSError: The file system refused.
        """
        if not self.with_yaml:
            return
        from longfuse.domain import yamlio

        Path(folder, YAML_NAME).write_text(yamlio.dump(dict(firework)), encoding="utf-8")


def create_launcher_dir(base: str | Path, stamp: str = STAMP) -> str:
    """A new launcher directory; returns its absolute path."""
    return create_dated_dir(base, LAUNCHER, stamp)


def check_block_name(name: str) -> None:
    """Refuse a name that is no block's.

    Raises:
        ConfigError: It does not begin with ``block_``.
    """
    if not os.path.basename(os.path.normpath(name)).startswith(BLOCK):
        raise ConfigError(f"--block_dir must begin with {BLOCK!r}, not {name!r}")


def block_dir(base: str | Path, name: str | None, *, always_new: bool = False, stamp: str = STAMP) -> str:
    """The block directory to use.

    Args:
        base: Where blocks are.
        name: The one the user wants; None takes the last one that exists, or a new one.
        always_new: Never take one that exists.
        stamp: How the time in a new one's name is written.

    Raises:
        LaunchDirError: It cannot be made.
    """
    base = os.path.abspath(base)
    if name is not None:
        path = os.path.join(base, name)
        _make(path, exist_ok=True)
        return path
    found = [] if always_new else sorted(_entries(base, BLOCK))
    return os.path.join(base, found[-1]) if found else create_dated_dir(base, BLOCK, stamp)


def launchers_in(block: str) -> int:
    """How many launcher directories a block has."""
    return len(_entries(block, LAUNCHER))


def _entries(folder: str, prefix: str) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [entry.name for entry in found if entry.name.startswith(prefix) and entry.is_dir()]
    except OSError as error:
        raise LaunchDirError(f"Cannot look into {folder}: {error.strerror}; give another --launch_dir") from None


def create_dated_dir(base: str | Path, prefix: str, stamp: str = STAMP) -> str:
    """A new directory of this prefix and the time; returns its absolute path.

    Where the stamp is so coarse that there is such a directory already, a number follows it.
    """
    base = os.path.abspath(base)
    taken, name = 0, ""
    while True:
        wanted = prefix + now().strftime(stamp)
        taken, name = (taken + 1, name) if wanted == name else (0, wanted)
        path = os.path.join(base, f"{name}-{taken}" if taken else name)
        try:
            _make(path, exist_ok=False)
        except FileExistsError:
            continue
        return path


def _make(path: str, *, exist_ok: bool) -> None:
    try:
        _make_with_parents(path, exist_ok=exist_ok)
    except FileExistsError:
        raise
    except OSError as error:
        raise LaunchDirError(f"Cannot make the directory {path}: {error.strerror}; give another --launch_dir") from None


def _make_with_parents(path: str, *, exist_ok: bool) -> None:
    try:
        os.mkdir(path)  # mostly the parent is there
    except FileExistsError:
        if not (exist_ok and os.path.isdir(path)):
            raise
    except FileNotFoundError:
        os.makedirs(path, exist_ok=exist_ok)
