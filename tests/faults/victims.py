"""Commands that stop before a chosen operation, so that a test can do anything to them just then."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROGRAMS = Path(__file__).with_name("programs")
STUCK_S = 100
"""Only a stuck program takes so long."""


class Operation(NamedTuple):
    """What a process was about to do, see ``programs/stopper.py``."""

    role: str
    number: int
    pid: int
    what: str

    @property
    def place(self) -> tuple[str, int]:
        return self.role, self.number


@dataclass(slots=True)
class Victim:
    """A command under way.

    Attributes:
        pid: Its process, the leader of its group.
        stop: The role and the number of the operation before which it stops.
        stopped: That operation, once it has.
        operations: All that were told.
        told: The file with what it prints.
    """

    server: Server
    pid: int
    stop: tuple[str, int]
    told: Path
    pipe: int
    stopped: Operation | None = None
    operations: list[Operation] = field(default_factory=list)
    _rest: bytes = b""
    _ended: bool = False
    _code: int | None = None

    @property
    def what(self) -> str:
        """What it was about to do."""
        return self.stopped.what if self.stopped is not None else "nothing"

    def reaches_stop(self, within_s: float = STUCK_S) -> bool:
        """Wait until it stands before the operation; False if it ended without."""
        while self.stopped is None and not self._ended:
            if not self._listen(within_s):
                raise TimeoutError(f"neither stopped nor ended: {self.printed()}")
        return self.stopped is not None

    def ends_within(self, seconds: float) -> bool:
        """Whether all its processes end soon."""
        deadline = time.monotonic() + seconds
        while not self._ended and time.monotonic() < deadline:
            self._listen(deadline - time.monotonic())
        return self._ended

    def end(self) -> int:
        """Wait for its end; its exit code, negative for a signal."""
        assert self.ends_within(STUCK_S), f"does not end: {self.printed()}"
        if self._code is None:
            self._code = self.server.wait(self.pid)
            os.close(self.pipe)
        return self._code

    def go_on(self) -> None:
        assert self.stopped is not None
        while not _has_stopped(self.stopped.pid):  # it tells first, and stops then
            time.sleep(0.001)
        _send(self.stopped.pid, signal.SIGCONT)

    def kill_stopped(self) -> None:
        """The process that stands before the operation, alone."""
        assert self.stopped is not None
        _send(self.stopped.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """The command and all it forked, as if the machine had died."""
        pids = {self.pid, *(operation.pid for operation in self.operations)}
        for number in (signal.SIGSTOP, signal.SIGKILL):  # first none may see another one die
            for pid in pids:
                _send(pid, number)

    def printed(self) -> str:
        return self.told.read_text(errors="replace")

    def _listen(self, seconds: float) -> bool:
        """Hear what is told; False if nothing is for so long."""
        ready, _, _ = select.select([self.pipe], [], [], max(0.0, seconds))
        if not ready:
            return False
        piece = os.read(self.pipe, 65536)
        if not piece:
            self._ended = True
            return True
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._hear(line.decode(errors="replace"))
        return True

    def _hear(self, line: str) -> None:
        role, number, pid, what = line.split(" ", 3)
        self.operations.append(Operation(role, int(number), int(pid), what))
        if (role, int(number)) == self.stop:
            self.stopped = self.operations[-1]


class Server:
    """Starts commands without loading their modules anew.

    Args:
        folder: For pipes and what commands print.
        process: ``programs/stopper.py``.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self._folder = folder
        self._process = process
        self._numbers = count(1)

    def start(
        self, cwd: Path, environ: Mapping[str, str], argv: Sequence[str], stop: tuple[str, int] = ("main", 0)
    ) -> Victim:
        """Start a command that stops before an operation; ``("main", 0)`` never does."""
        number = next(self._numbers)
        pipe, told = self._folder / f"pipe-{number}", self._folder / f"told-{number}"
        os.mkfifo(pipe)
        told.touch()
        descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        order = {
            "argv": list(argv),
            "cwd": str(cwd),
            "environ": dict(environ),
            "told": str(told),
            "pipe": str(pipe),
            "stop": stop,
        }
        return Victim(self, int(self._ask(order)), stop, told, descriptor)

    def run(self, cwd: Path, environ: Mapping[str, str], argv: Sequence[str]) -> Victim:
        """A command to its end."""
        victim = self.start(cwd, environ, argv)
        victim.end()
        return victim

    def wait(self, pid: int) -> int:
        return int(self._ask({"wait": pid}))

    def _ask(self, order: Mapping[str, object]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def serving(folder: Path, environ: Mapping[str, str], *prefix: str) -> Iterator[Server]:
    """A server, maybe with words before its command line."""
    argv = [*prefix, sys.executable, str(PROGRAMS / "stopper.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(argv, env=dict(environ), **pipes) as process:
        yield Server(folder, process)


def _has_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] in "TZX"


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
