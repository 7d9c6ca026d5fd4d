"""Running commands, waiting, and naming one process for good."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DAEMON_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(*argv: str, check: bool = True, text: str = "", env: Mapping[str, str] | None = None) -> str:
    """Run a command to its end.

    Args:
        argv: The command.
        check: Whether an exit code other than 0 is an error.
        text: Its standard input.
        env: Its environment; None means ours.

    Returns:
        What it printed, standard error included.

    Raises:
        RuntimeError: With the output, if ``check`` and it failed.
    """
    done = subprocess.run(
        argv, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, check=False
    )
    if check and done.returncode:
        raise RuntimeError(f"{shlex.join(argv)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def wait_until(what: str, predicate: Callable[[], object], timeout_s: float = 20.0, step_s: float = 0.01) -> None:
    """Ask until the answer is true.

    Raises:
        TimeoutError: If it is not within ``timeout_s``.
    """
    end = time.monotonic() + timeout_s
    while not predicate():
        if time.monotonic() > end:
            raise TimeoutError(f"gave up after {timeout_s:.0f} s waiting for {what}")
        time.sleep(step_s)


def start_ticks(pid: int) -> int | None:
    """The kernel's start time of a process: with the pid it names one process for good.

    Returns:
        None if there is no such process, or only its zombie, which PID 1 of a container may be slow to reap.
    """
    fields = _stat(pid)
    return None if not fields or fields[0] in "ZX" else int(fields[19])


def is_below(pid: int, ancestor: int) -> bool:
    """Whether a process descends from another."""
    while pid > 1 and pid != ancestor:
        fields = _stat(pid)
        pid = int(fields[1]) if fields else 0
    return pid == ancestor


def chain_of_pids(pid: int) -> list[int]:
    """The process's number in each PID namespace it is in, from ours inwards."""
    try:
        with open(f"/proc/{pid}/status") as status:
            lines = [line.split()[1:] for line in status if line.startswith("NSpid:")]
    except OSError:
        return []
    return [int(number) for number in lines[0]] if lines else []


def all_pids() -> list[int]:
    """Every process there is."""
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` after the name: state, parent, ..."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []
