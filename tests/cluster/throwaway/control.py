"""Orders to a running cluster: one line there, one line back, over a socket in its directory."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.throwaway.plan import Plan

_SOCKET = "control.socket"


class OrderError(Exception):
    """The cluster would not, and says why."""

    exit_code = 1


def listen(plan: Plan) -> socket.socket:
    """The supervisor's end."""
    listener = socket.socket(socket.AF_UNIX)
    with _working_in(plan.directory):
        with suppress(FileNotFoundError):
            os.unlink(_SOCKET)
        before = os.umask(0o077)
        listener.bind(_SOCKET)
        os.umask(before)
    listener.listen(8)
    return listener


def order(plan: Plan, *words: str, timeout_s: float = 30.0) -> str:
    """Give an order and wait for the answer.

    Raises:
        OrderError: If it was refused or went wrong.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(timeout_s)
        with _working_in(plan.directory):
            line.connect(_SOCKET)
        line.sendall((" ".join(words) + "\n").encode())
        verdict, _, answer = read_line(line, timeout_s).partition(" ")
    if verdict != "ok":
        raise OrderError(answer)
    return answer


def say(line: socket.socket, *words: str) -> None:
    """Send one line, if the other side still listens."""
    with suppress(OSError):
        line.sendall((" ".join(" ".join(words).split()) + "\n").encode())


def read_line(line: socket.socket, timeout_s: float = 30.0) -> str:
    """One line, byte by byte: they are short.

    Raises:
        RuntimeError: If the other side went away.
    """
    line.settimeout(timeout_s)
    received = b""
    while not received.endswith(b"\n"):
        byte = line.recv(1)
        if not byte:
            raise RuntimeError(f"the other side went away after {received.decode()!r}")
        received += byte
    return received.decode().strip()


@contextmanager
def _working_in(directory: str) -> Iterator[None]:
    """The address of a Unix socket holds 107 bytes, so it is given relative to its directory."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(directory)
        yield
    finally:
        os.fchdir(before)
        os.close(before)
