"""Processes that end with this one."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from benchmarks.interrupts import Interrupted, held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

END_S = 30.0
"""How long they have to end before they are killed; a rocket needs some of it to end its tasks."""

AGAIN_S = 1.0
"""After that long they are asked again: a rocket that is landing may miss a signal."""

PR_SET_PDEATHSIG = 1


def ran(argv: Sequence[str], folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; if this process is interrupted, the command ends, and all it has started.

    Raises:
        OSError: It cannot be started.
    """
    process = None
    try:
        with held():
            process = subprocess.Popen(
                argv,
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                process_group=0,
            )
        stdout, stderr = process.communicate()
    except Interrupted:
        if process is not None:
            _end_group(process)
        raise
    return subprocess.CompletedProcess(argv, process.returncode, stdout, stderr)


def _end_group(leader: subprocess.Popen[str]) -> None:
    """End it, and all in its process group; they have ended when nobody holds its output any more."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(leader.pid, number)
        with suppress(subprocess.TimeoutExpired):
            leader.communicate(timeout=END_S)
            return
    leader.wait()


def end_commands(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End them and wait for them."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# --- workers


@contextmanager
def deaf_to_the_terminal() -> Iterator[None]:
    """Processes that are started within it do not hear Ctrl-C, not even while they load: their parent ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_workers(processes: Sequence[SpawnProcess]) -> None:
    """End those that still run, and wait for them and their task processes, which hold the same sentinel."""
    left = {process.sentinel: process for process in processes}
    deadline = time.monotonic() + END_S
    while left and time.monotonic() < deadline:
        for process in left.values():
            if process.is_alive():
                process.terminate()
        ended = wait(left, AGAIN_S)
        left = {sentinel: process for sentinel, process in left.items() if sentinel not in ended}
    for process in left.values():
        process.kill()
    for process in processes:
        process.join()


def end_with_parent() -> None:
    """For a worker: however its parent ends, the kernel kills it then."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
        raise OSError(ctypes.get_errno(), "prctl")
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid != os.getppid():  # it has ended meanwhile
        sys.exit(1)
