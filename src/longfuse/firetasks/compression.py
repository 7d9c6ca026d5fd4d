"""CompressDirTask, DecompressDirTask and ArchiveDirTask: make what a launch leaves behind smaller.

A compressed file, or an archive, gets its name when it is whole; the original goes only then. So a job that is killed
in between has lost nothing, and the same task can be run again. What the launch itself is told by stays: its launch
files, and the files that its output goes to.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import TaskError
from longfuse.firetasks.fileio import absolute, folder_of
from longfuse.launchdir.names import PING, is_draft, is_launch_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import IO, Any

ENDINGS = {"gz": "gzip", "bz2": "bz2", "xz": "lzma"}
"""Endings of compressed files, which are the names of the compressions, and the modules that read and write them."""

ONLY_READ = ("Z", "z")
"""Endings of ``compress`` and ``pack``, which the system's ``gzip`` reads."""

ARCHIVES = {"tar": ".tar", "gztar": ".tar.gz", "bztar": ".tar.bz2", "xztar": ".tar.xz", "zip": ".zip"}
"""Formats of archives and the endings of their files."""


_DRAFT = ".partial"
"""Ends the name of a file that is being written."""


class CompressDirTask(FiretaskBase):
    """Compress every file in a folder and below it.

    Files that are compressed already, links, and what the launch itself needs stay as they are.

    Parameters:
        compression: ``gz`` (default), ``bz2`` or ``xz``.
        dest: The folder; the launch directory by default.
        ignore_errors: Whether what cannot be compressed is passed over.
    """

    _fw_name = "CompressDirTask"
    required_params: Sequence[str] = ()
    optional_params: Sequence[str] = ("compression", "dest", "ignore_errors")

    def run_task(self, fw_spec: dict[str, Any]) -> None:  # noqa: ARG002, RUF100 - FireWorks' signature
        """Compress them.

        Raises:
            TaskError: There is no such compression, or a file cannot be compressed and ``ignore_errors`` is not set.
        """
        ending = self.get("compression", "gz")
        if ending not in ENDINGS:
            raise TaskError(f"CompressDirTask: compression {ending!r} is none of {', '.join(ENDINGS)}")
        plain = (path for path in _files_below(self) if _ending(path) not in (*ENDINGS, *ONLY_READ))
        _each(self, plain, lambda path: _replace(path, f"{path}.{ending}", _compress))


class DecompressDirTask(FiretaskBase):
    """Decompress every ``.gz``, ``.bz2``, ``.xz``, ``.Z`` and ``.z`` file in a folder and below it.

    Parameters:
        dest: The folder; the launch directory by default.
        ignore_errors: Whether what cannot be decompressed is passed over.
    """

    _fw_name = "DecompressDirTask"
    required_params: Sequence[str] = ()
    optional_params: Sequence[str] = ("dest", "ignore_errors")

    def run_task(self, fw_spec: dict[str, Any]) -> None:  # noqa: ARG002, RUF100 - FireWorks' signature
        """Decompress them.

        Raises:
            TaskError: A file cannot be decompressed, and ``ignore_errors`` is not set.
        """
        packed = (path for path in _files_below(self) if _ending(path) in (*ENDINGS, *ONLY_READ))
        _each(self, packed, lambda path: _replace(path, os.path.splitext(path)[0], _decompress))


class ArchiveDirTask(FiretaskBase):
    """Put all that the launch directory holds into one archive file; the files stay.

    Parameters:
        base_name: The archive's path without its ending.
        format: ``gztar`` (default), ``tar``, ``bztar``, ``xztar`` or ``zip``.
    """

    _fw_name = "ArchiveDirTask"
    required_params: Sequence[str] = ("base_name",)
    optional_params: Sequence[str] = ("format",)

    def run_task(self, fw_spec: dict[str, Any]) -> None:  # noqa: ARG002, RUF100 - FireWorks' signature
        """Make it; an archive of that name is replaced.

        Raises:
            TaskError: There is no such format, or the archive cannot be made.
        """
        kind = self.get("format", "gztar")
        if kind not in ARCHIVES:
            raise TaskError(f"ArchiveDirTask: format {kind!r} is none of {', '.join(ARCHIVES)}")
        target = absolute(self["base_name"]) + ARCHIVES[kind]
        try:
            names = sorted(_to_archive(target))
            _publish(target, lambda draft: (_zip if kind == "zip" else _tar)(draft, kind, names))
        except OSError as error:
            raise TaskError(f"ArchiveDirTask: base_name: {target} cannot be made: {error}") from error


# --- files
def _files_below(task: FiretaskBase) -> Iterator[str]:
    """The files in the task's folder that may be replaced by others.

    Raises:
        TaskError: There is no such folder.
    """
    folder = folder_of(task)
    if not os.path.isdir(folder):
        raise TaskError(f"{task.fw_name}: dest: there is no folder {folder}")
    ours = _standard_streams()
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(place, name)
            if not os.path.isfile(path) or os.path.islink(path) or is_launch_file(name) or _is_draft(name):
                continue
            status = os.stat(path)
            if (status.st_dev, status.st_ino) not in ours:
                yield path


def _standard_streams() -> set[tuple[int, int]]:
    """Device and number of the files that this job's output goes to: it would be lost in a file that is gone."""
    found = set()
    for descriptor in (0, 1, 2):
        try:
            status = os.fstat(descriptor)
        except OSError:
            continue  # closed
        found.add((status.st_dev, status.st_ino))
    return found


def _each(task: FiretaskBase, paths: Iterator[str], change: Callable[[str], None]) -> None:
    """Change each file; those that cannot be are told together, or passed over if the task ignores errors."""
    failures = []
    for path in list(paths):
        try:
            change(path)
        except (OSError, EOFError, _broken_archive(), TaskError) as error:
            failures.append(f"{path}: {error}")
    if failures and not task.get("ignore_errors"):
        raise TaskError(f"{task.fw_name}: {len(failures)} files stay as they were: {'; '.join(failures)}")


def _broken_archive() -> type[Exception]:
    """What lzma raises for broken files; the other modules raise an OSError."""
    import lzma  # late: Python may have been built without it

    return lzma.LZMAError


def _is_draft(name: str) -> bool:
    """Whether a task that was killed left this half-written file."""
    return name.startswith(".") and name.endswith(_DRAFT)


def _ending(path: str) -> str:
    return os.path.splitext(path)[1][1:]


# --- one file
def _replace(source: str, target: str, write: Callable[[str, str, str], None]) -> None:
    """Put ``target``, which ``write`` makes of ``source``, in its place.

    Raises:
        TaskError: There is another file of that name, which says something else.
    """
    if os.path.lexists(target):
        _refuse_another(source, target)
    else:
        _publish(target, lambda draft: write(source, draft, _ending(target)))
    os.unlink(source)


def _publish(target: str, write: Callable[[str], None]) -> None:
    """Give a file that ``write`` makes its name when it is whole and on the disk."""
    folder, name = os.path.split(target)
    draft = os.path.join(folder, f".{name}{_DRAFT}")  # always the same: what a killed task left is written over
    try:
        write(draft)
        with open(draft, "rb") as file:
            os.fsync(file.fileno())
        os.rename(draft, target)
    finally:
        if os.path.lexists(draft):
            os.unlink(draft)


def _compress(source: str, draft: str, ending: str) -> None:
    with open(source, "rb") as reader, _open(draft, "wb", ending) as writer:
        shutil.copyfileobj(reader, writer)
    shutil.copystat(source, draft)


def _decompress(source: str, draft: str, _: str) -> None:
    if _ending(source) in ONLY_READ:
        with open(draft, "wb") as writer:
            _by_gzip(source, writer)
    else:
        with _open(source, "rb", _ending(source)) as reader, open(draft, "wb") as writer:
            shutil.copyfileobj(reader, writer)
    shutil.copystat(source, draft)


def _by_gzip(source: str, writer: IO[bytes]) -> None:
    with open(source, "rb") as reader:
        command = ["gzip", "-dc"]
        finished = subprocess.run(command, stdin=reader, stdout=writer, stderr=subprocess.PIPE, check=False)  # noqa: S603
    if finished.returncode:
        raise TaskError(finished.stderr.decode(errors="replace").strip())


def _open(path: str, mode: str, ending: str) -> IO[Any]:
    """Open a file through a compression."""
    opened: IO[Any] = __import__(ENDINGS[ending]).open(path, mode)
    return opened


def _refuse_another(source: str, target: str) -> None:
    """Go on only if ``target`` says what ``source`` says: a task that was killed left both."""
    try:
        with _open_plain(source) as one, _open_plain(target) as other:
            same = _same(one, other)
    except (OSError, EOFError, _broken_archive()):
        same = False
    if not same:
        raise TaskError(f"{target} is there already and says something else; move one of both away")


def _open_plain(path: str) -> IO[Any]:
    ending = _ending(path)
    return _open(path, "rb", ending) if ending in ENDINGS else open(path, "rb")


def _same(one: IO[Any], other: IO[Any]) -> bool:
    size = 1 << 20
    while block := one.read(size):
        if block != other.read(size):
            return False
    return not other.read(1)


# --- archives
def _to_archive(target: str) -> Iterator[str]:
    """All files, links and folders below the current directory, but for the archive and what a rocket is writing."""
    for place, folders, files in os.walk("."):
        for name in [*folders, *files]:
            path = os.path.normpath(os.path.join(place, name))
            changing = name == PING or is_draft(name) or _is_draft(name)
            if os.path.abspath(path) != target and not changing:
                yield path


def _tar(draft: str, kind: str, names: list[str]) -> None:
    import tarfile  # late: nothing else here needs it

    mode: Any = {"tar": "w:", "gztar": "w:gz", "bztar": "w:bz2", "xztar": "w:xz"}[kind]
    with tarfile.open(draft, mode) as archive:
        for name in names:
            archive.add(name, recursive=False)


def _zip(draft: str, _kind: str, names: list[str]) -> None:
    import zipfile  # late: as above

    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for name in filter(_fits_zip, names):
            archive.write(name)


def _fits_zip(path: str) -> bool:
    """Not so a link to nowhere, or a pipe."""
    return os.path.isfile(path) or os.path.isdir(path)
