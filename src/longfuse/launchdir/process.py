"""Which process this is, and whether another one still runs; a process id alone would name a stranger later."""

from __future__ import annotations

import os
from functools import lru_cache


def host_name() -> str:
    """This machine's name, without asking the network."""
    return os.uname().nodename


def machine_id() -> str:
    """This boot of this machine, and the process-id namespace (a container has its own); empty if it cannot be told."""
    return _machine_of(os.getpid())


def own_birth() -> str:
    """The `birth` of this process."""
    return _birth_of(os.getpid())


@lru_cache(maxsize=1)
def _birth_of(pid: int) -> str:
    """Kept: a process that launches one rocket after another asks for it each time, and the kernel is slow to tell."""
    return birth(pid)


@lru_cache(maxsize=1)
def _machine_of(pid: int) -> str:
    """Kept for the process that asks."""
    del pid
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            boot = file.read().decode("ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def birth(pid: int) -> str:
    """When a process began, in the kernel's own ticks since boot; empty if it does not run (any more)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            content = file.read()
    except OSError:
        return ""
    # The name, second and in parentheses, may hold anything; state is the third field, start time the 22nd.
    fields = content[content.rfind(b")") + 2 :].split()
    return "" if fields[0] in {b"Z", b"X"} else fields[19].decode("ascii")


def is_alive(pid: int, born: str) -> bool:
    """Whether the process that had this id and this birth still runs, on this boot of this machine."""
    return pid > 0 and born != "" and birth(pid) == born
