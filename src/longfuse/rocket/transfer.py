"""Files that Fireworks pass on: ``_files_in`` and ``_files_out``, and the directory of an earlier run."""

from __future__ import annotations

import os

from longfuse.errors import TaskError
from longfuse.launchdir.names import is_launch_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO, Any

JOB_OUTPUT = "FW_job."
"""What the output of a rocket beside its launcher is called; the new one writes into its own."""

_COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma"}


def fetch(files_in: Mapping[str, str], files_prev: Mapping[str, str], launch_dir: str) -> None:
    """Copy each named file that a parent left into the launch directory, (de)compressing it as the names tell.

    Raises:
        TaskError: A file that a parent promised cannot be copied.
    """
    for name in files_in.keys() & files_prev.keys():
        source, target = files_prev[name], os.path.join(launch_dir, files_in[name])
        try:
            _copy(source, target)
        except OSError as error:
            raise TaskError(f"_files_in {name!r}: {source} cannot be copied to {target}: {error}") from error


def offered(files_out: Mapping[str, str], launch_dir: str) -> list[dict[str, Any]]:
    """The spec modifications that tell the children where each named file is: the last match of its pattern."""
    from glob import escape, glob  # late: few Fireworks pass files on

    modifications = []
    for name, pattern in files_out.items():
        matches = sorted(glob(os.path.join(escape(launch_dir), pattern)))
        if matches:
            modifications.append({"_set": {f"_files_prev->{name}": matches[-1]}})
    return modifications


def copy_earlier_run(earlier_dir: str, launch_dir: str) -> None:
    """Copy what an earlier run left, but for its launch files.

    Raises:
        TaskError: It cannot be copied.
    """
    if os.path.realpath(earlier_dir) == os.path.realpath(launch_dir):
        return
    import shutil  # late: only a task-level rerun comes here

    try:
        shutil.copytree(earlier_dir, launch_dir, dirs_exist_ok=True, ignore=_ignore_launch_files)
    except OSError as error:
        raise TaskError(f"the earlier run in {earlier_dir} cannot be copied to {launch_dir}: {error}") from error


def _ignore_launch_files(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if is_launch_file(name) or name.startswith(JOB_OUTPUT)}


def _copy(source: str, target: str) -> None:
    import shutil  # late: few Fireworks pass files on

    if os.path.splitext(source)[1] == os.path.splitext(target)[1]:
        shutil.copyfile(source, target)
        return
    with _open(source, "rb") as reader, _open(target, "wb") as writer:
        shutil.copyfileobj(reader, writer)


def _open(path: str, mode: str) -> IO[Any]:
    """Open a file, through the compression that its name tells."""
    module = _COMPRESSIONS.get(os.path.splitext(path)[1])
    if module is None:
        return open(path, mode)
    opened: IO[Any] = __import__(module).open(path, mode)
    return opened
