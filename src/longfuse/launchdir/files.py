"""Reading and writing whole JSON files: another process sees a file complete, or not at all."""

from __future__ import annotations

import errno
import json
import os
import stat
from itertools import count

from longfuse.errors import UnreadableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_MODE = 0o664
"""Less the user's umask; never writable for everybody."""

_PIECE = 1 << 20
"""So many characters become bytes at once; a file may have 50 MB."""

ROOT = 0
"""The user who may do as anybody anyway; an administrator may have copied files."""

_OURS = os.urandom(4).hex()
_drafts = count()
"""Process ids are given twice, on several machines that see the same directory; the names of drafts are not."""

_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK})
"""What file systems without hard links answer to `os.link`."""


def write_json(path: str, obj: Any, *, exclusive: bool = False, synced: bool = True) -> None:
    """Write ``obj`` as JSON to ``path``, so that every reader sees the old file or the whole new one.

    It is serialised before anything is touched, written under another name in the same directory, brought to the disk,
    and only then given its name.

    Args:
        path: Absolute path of the file.
        obj: What JSON can hold.
        exclusive: Fail if ``path`` is already there: of several writers exactly one succeeds.
        synced: Bring it to the disk at once. Otherwise other processes see it as whole, but a power cut may lose it;
            `sync_files` brings it to the disk later.

    Raises:
        FileExistsError: ``exclusive``, and the file is there.
        TypeError: JSON cannot hold ``obj``; nothing was touched.
        OSError: The file system refused (full, quota, not mounted); ``path`` is as it was.
    """
    content = json.dumps(obj)
    draft = _draft_name(path)
    try:
        _write_new(draft, content, synced=synced)
        if exclusive:
            _publish_new(draft, path)
        else:
            os.rename(draft, path)
    except BaseException:
        _discard(draft)
        raise
    if synced:
        sync_folder(os.path.dirname(path))


def write_first_json(path: str, obj: Any, *, synced: bool = True) -> None:
    """The same where nobody looks yet, or takes what is not whole for a file that is being written.

    Raises:
        FileExistsError: The file is there.
        TypeError: JSON cannot hold ``obj``; nothing was touched.
        OSError: The file system refused; nothing is left there.
    """
    content = json.dumps(obj)
    try:
        _write_new(path, content, synced=synced)
    except FileExistsError:
        raise
    except BaseException:
        _discard(path)
        raise
    if synced:
        sync_folder(os.path.dirname(path))


def read_json(path: str) -> dict[str, Any] | None:
    """The JSON object in a file; None if there is no such file.

    Raises:
        UnreadableError: The file is there but cannot be read, or holds no JSON object (yet).
    """
    return read_described_json(path)[0]


def read_described_json(path: str) -> tuple[dict[str, Any] | None, os.stat_result | None]:
    """The same, and the status of the very file that was read.

    Raises:
        UnreadableError: As `read_json`.
    """
    try:
        content, status = _read_regular(path)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read now: {error.strerror}") from error
    return parse_object(content, path), status


def parse_object(content: bytes, path: str) -> dict[str, Any]:
    """The JSON object that ``content`` spells.

    Raises:
        UnreadableError: It is not UTF-8, not JSON, not whole, or not an object; the message names ``path``.
    """
    return _parsed(_decoded(content, path), path)


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode()
    except ValueError as error:
        raise _not_whole(path, error) from error


def _parsed(text: str, path: str) -> dict[str, Any]:
    try:
        document = _value(text)
    except (ValueError, RecursionError) as error:
        if not text.strip("\x00 \t\r\n"):
            raise UnreadableError(f"{path} is empty; it may still be written") from error
        raise _not_whole(path, error) from error
    if not isinstance(document, dict):
        raise UnreadableError(f"{path} holds no JSON object but {type(document).__name__}")
    return document


def _value(text: str) -> Any:
    """What JSON text spells; what `json.loads` does around the scanner, most files do not need."""
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


def _not_whole(path: str, error: Exception) -> UnreadableError:
    return UnreadableError(f"{path} is not whole JSON; it may still be written ({error})")


def sync_files(folder: str, names: Iterable[str]) -> None:
    """Bring those of these files that are there to the disk, and their names.

    Raises:
        OSError: The file system refused.
    """
    for name in names:
        try:
            descriptor = os.open(os.path.join(folder, name), os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Bring a directory's names to the disk, as far as its file system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems cannot; they order names by themselves
    finally:
        os.close(descriptor)


def owner(path: str) -> int | None:
    """The user who owns a file; None if it is not there (any more)."""
    try:
        return os.stat(path).st_uid
    except OSError:
        return None


def server_time(folder: str) -> float:
    """The clock of the file system that holds ``folder``, the only one that its time stamps agree with.

    Raises:
        OSError: No file can be made there.
    """
    probe = _draft_name(os.path.join(folder, "FW_clock"))
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        os.write(descriptor, b"\n")
        return os.fstat(descriptor).st_mtime
    finally:
        os.close(descriptor)
        os.unlink(probe)


def _draft_name(path: str) -> str:
    """A name beside ``path`` that no other process uses."""
    folder, name = os.path.split(path)
    return f"{folder}/.{name}.{os.getpid()}.{_OURS}{next(_drafts):x}"


def _write_new(path: str, content: str, *, synced: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        for start in range(0, len(content), _PIECE):
            rest = memoryview(content[start : start + _PIECE].encode())
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        if synced:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _publish_new(draft: str, path: str) -> None:
    """Give the draft its name, unless that is taken."""
    try:
        os.link(draft, path)
    except FileExistsError:
        if os.stat(draft).st_nlink < 2:
            raise
        # Otherwise it was ours: NFS repeats a request whose answer was lost, and then finds the link it made.
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _take_then_fill(draft, path)
        return
    os.unlink(draft)


def _take_then_fill(draft: str, path: str) -> None:
    """The same without hard links: take the name with an empty file, then put the whole one in its place."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE))
    os.rename(draft, path)


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # it was never made, or its directory is gone


def _read_regular(path: str) -> tuple[bytes, os.stat_result]:
    """The bytes and the status of a regular file; a pipe or device of that name is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return _read_all(descriptor, status.st_size), status
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, size: int) -> bytes:
    content = os.read(descriptor, size + 1)
    if len(content) == size:
        return content
    pieces = [content]
    while piece := os.read(descriptor, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)
