"""The system calls that Python 3.11 has no function for."""

from __future__ import annotations

import ctypes
import os
import signal
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
MNT_DETACH = 2

CAP_NET_ADMIN, CAP_SYS_ADMIN = 12, 21

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_PR_CAP_AMBIENT, _AMBIENT_RAISE, _AMBIENT_CLEAR_ALL = 47, 2, 4
_CAPABILITY_VERSION_3 = 0x20080522

_LIBC = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags`` for new ones."""
    _check(_LIBC.unshare(flags), "unshare")


def mount(source: str, target: str, fstype: str | None = None, flags: int = 0, options: str | None = None) -> None:
    """Mount a file system, or bind a folder with `MS_BIND`."""
    result = _LIBC.mount(_bytes(source), _bytes(target), _bytes(fstype), ctypes.c_ulong(flags), _bytes(options))
    _check(result, f"mount {source} on {target}")


def detach(target: str) -> None:
    """Unmount lazily: what is open or bound elsewhere stays."""
    _check(_LIBC.umount2(_bytes(target), MNT_DETACH), f"umount {target}")


def name_process(name: str) -> None:
    """The name that ``ps`` shows, 15 bytes of it."""
    _LIBC.prctl(_PR_SET_NAME, name[:15].encode(), 0, 0, 0)


def die_with_parent() -> None:
    """Be killed when the parent process ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def raise_ambient(*capabilities: int) -> None:
    """Let programs that we exec keep these capabilities although they do not run as root."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    caps = ctypes.create_string_buffer(24)
    _check(_LIBC.capget(header, caps), "capget")
    words = list(struct.unpack("=6I", caps.raw[:24]))  # (effective, permitted, inheritable), twice
    words[2], words[5] = words[1], words[4]
    _check(_LIBC.capset(header, struct.pack("=6I", *words)), "capset")
    for capability in capabilities:
        _check(_LIBC.prctl(_PR_CAP_AMBIENT, _AMBIENT_RAISE, capability, 0, 0), "prctl ambient")


def drop_ambient() -> None:
    """Undo `raise_ambient`, for the daemons."""
    _LIBC.prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
