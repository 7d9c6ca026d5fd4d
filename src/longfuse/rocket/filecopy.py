"""Keeps copies of files beside the launch files, for the FilePad of a LaunchPad that is out of reach."""

from __future__ import annotations

import os
import zlib

from longfuse.errors import TaskError
from longfuse.launchdir.files import sync_folder
from longfuse.launchdir.names import FILEPAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PIECE = 1 << 20
"""Bytes that are read at once."""


def keep_copy(path: str, launch_dir: str, *, compress: bool) -> dict[str, Any]:
    """Copy a file, as the FilePad will keep it, into the launch directory; it is on the disk when this returns.

    Returns:
        ``name``, the copy's in the folder `FILEPAD` and later the file's gfs_id; ``size`` of the content, ``kept`` of
        the copy, in bytes.

    Raises:
        TaskError: The file cannot be read, or the copy not written.
    """
    folder = os.path.join(launch_dir, FILEPAD)
    name = os.urandom(12).hex()
    copy = os.path.join(folder, name)
    try:
        os.makedirs(folder, exist_ok=True)
        try:
            size, kept = _write_copy(path, f"{copy}.part", compress=compress)
            os.rename(f"{copy}.part", copy)
        except BaseException:
            if os.path.exists(f"{copy}.part"):
                os.unlink(f"{copy}.part")
            raise
        sync_folder(folder)
    except OSError as error:
        raise TaskError(f"{path} cannot be kept for the FilePad in {folder}: {error.strerror}") from error
    return {"name": name, "size": size, "kept": kept}


def _write_copy(path: str, draft: str, *, compress: bool) -> tuple[int, int]:
    """Write the copy; returns the sizes of the content and of the copy."""
    size = 0
    squeeze = zlib.compressobj() if compress else None
    with open(path, "rb") as source, open(draft, "xb") as target:
        while piece := source.read(PIECE):
            size += len(piece)
            target.write(squeeze.compress(piece) if squeeze else piece)
        if squeeze:
            target.write(squeeze.flush())
        target.flush()
        os.fsync(target.fileno())
        return size, target.tell()
