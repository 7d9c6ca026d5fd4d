"""Interfaces of the network namespace that we are in."""

from __future__ import annotations

import socket

from tests.cluster.throwaway.processes import run


def ip(*lines: str) -> None:
    """One ``ip`` process for many commands."""
    run("ip", "-batch", "-", text="\n".join(lines) + "\n")


def has_interface(name: str) -> bool:
    """Whether there is an interface of that name. Not by ``/sys``: that shows the namespace in which it was mounted."""
    try:
        return bool(socket.if_nametoindex(name))
    except OSError:
        return False
