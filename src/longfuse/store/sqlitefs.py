"""Whether a directory is on a network file system, where SQLite's write-ahead log must not be used.

The log's index is shared memory, and no network file system shares memory between hosts.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

NETWORK_TYPES = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "coda", "9p", "virtiofs"),
        *("lustre", "gpfs", "mmfs", "beegfs", "fhgfs", "ceph", "glusterfs", "orangefs", "pvfs2", "panfs"),
        *("wekafs", "gfs2", "ocfs2", "dvs", "acfs", "daos", "quobyte", "juicefs", "fuse"),
    }
)
"""File system types as the kernel names them, that are shared between hosts, or may be. ``fuse.*`` may be, too."""


def read_mountinfo(path: Path = MOUNTINFO) -> str:
    """The kernel's list of mounts; empty where there is none to read."""
    try:
        return path.read_text(errors="surrogateescape")
    except OSError:
        return ""


def network_filesystem(directory: Path, mountinfo: str) -> str | None:
    """The type of the network file system that holds a directory; None if it is local, or nobody knows.

    Args:
        directory: An existing directory.
        mountinfo: The text of ``/proc/self/mountinfo`` (proc(5)): ``... root mount-point options ... - type ...``.
    """
    real = os.path.realpath(directory)
    mounts = [mount for line in mountinfo.splitlines() if (mount := _mount(line)) and _holds(mount[0], real)]
    if not mounts:
        return None
    longest = max(len(point) for point, _ in mounts)
    kind = [kind for point, kind in mounts if len(point) == longest][-1]
    return kind if kind in NETWORK_TYPES or kind.startswith("fuse.") else None


def _mount(line: str) -> tuple[str, str] | None:
    """The mount point and type that a line tells; of mounts at one point, the last one is seen."""
    head, separator, tail = line.partition(" - ")
    fields = head.split(" ")
    if not separator or len(fields) < 5:
        return None
    return _unescaped(fields[4]), tail.split(" ")[0]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _holds(mount_point: str, path: str) -> bool:
    return path == mount_point or path.startswith(mount_point.rstrip("/") + "/")
