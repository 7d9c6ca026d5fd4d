"""What Firetasks may change of the process they run in, so that the next rocket finds it as the last one did."""

from __future__ import annotations

import _thread
import os
import signal
import sys

from longfuse.rocket.signals import ENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GROWTH_BYTES = 256 << 20
"""A process that has grown by more than this is not used again."""

_SIGNALS = (*ENDING, signal.SIGCHLD, signal.SIGALRM, signal.SIGPIPE)


class Surroundings:
    """A process that has not run any task yet.

    What a task imports stays, as it does in FireWorks: that spares the next rocket seconds.
    """

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        self._inside = _inside_of_environ()
        self._umask = _umask()
        self._path = list(sys.path)
        self._argv = list(sys.argv)
        self._modules = set(sys.modules)
        self._threads = _thread._count()
        self._resident_bytes = _resident_bytes()
        self._lasting = self._what_lasts()

    def restored(self, launch_dir: str) -> bool:
        """Put back what can be; whether all else is as it was: no thread, process, file or handler is left behind.

        Args:
            launch_dir: Where the task ran; modules from there are not for others.
        """
        if _inside_of_environ() != self._inside:
            os.environ.clear()
            os.environ.update(self._environment)
        os.umask(self._umask)
        sys.path[:], sys.argv[:] = self._path, self._argv
        return (
            _thread._count() <= self._threads
            and not _has_children()
            and self._what_lasts() == self._lasting
            and _resident_bytes() < self._resident_bytes + GROWTH_BYTES
            and not self._has_modules_of(launch_dir)
        )

    def _what_lasts(self) -> tuple[Any, ...]:
        """What cannot be put back with certainty."""
        objects = [id(one) for one in (sys.stdin, sys.stdout, sys.stderr, os.environ)]
        handlers = [signal.getsignal(number) for number in _SIGNALS]
        return objects, handlers, _descriptors(), signal.getitimer(signal.ITIMER_REAL)

    def _has_modules_of(self, launch_dir: str) -> bool:
        if sys.modules.keys() <= self._modules:
            return False
        new = sys.modules.keys() - self._modules
        self._modules |= new
        return any(str(getattr(sys.modules.get(name), "__file__", "")).startswith(launch_dir) for name in new)


def _inside_of_environ() -> dict[str, Any]:
    """What is compared in a tenth of the time that its variables take one by one."""
    return {name: dict(x) if isinstance(x, dict) else x for name, x in getattr(os.environ, "__dict__", {}).items()}


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _resident_bytes() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def _descriptors() -> dict[str, str]:
    """Open files by descriptor, without the one that lists them."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
    return found


def _has_children() -> bool:
    """Whether a process that a task started still runs; those that have ended are waited for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
