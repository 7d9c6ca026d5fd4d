"""PID 1 of a box: starts its daemons and reaps whatever is orphaned there."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.cluster.throwaway import kernel
from tests.cluster.throwaway.processes import DAEMON_PATH, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn

    from tests.cluster.throwaway.plan import Plan

_OURS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Box:
    """A small init.

    Children are forked by hand, not by `subprocess`: PID 1 waits for all processes, and would take an exit status away
    from it.

    Attributes:
        daemons: Pids of the daemons that run, by name.
        ended: Wait statuses of those that ended, by name.
        wake: Readable when a child ended.
    """

    def __init__(self) -> None:
        self.daemons: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        self.wake, wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: os._exit(0))  # the kernel ends the rest of the PID namespace

    def start(self, plan: Plan, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Start a daemon; what it prints goes to ``log/NAME.out``."""
        pid = os.fork()
        if pid == 0:
            _become_daemon(argv, plan.log(f"{name}.out"), env or daemon_environment(plan))
        self.daemons[name] = pid
        self.ended.pop(name, None)

    def reap(self) -> None:
        """Take the exit status of every child that ended."""
        with suppress(BlockingIOError):
            os.read(self.wake, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for name in [name for name, known in self.daemons.items() if known == pid]:
                del self.daemons[name]
                self.ended[name] = status

    def end(self, name: str, *, gently: bool) -> None:
        """End a daemon: with SIGTERM and, if it takes too long, with SIGKILL."""
        if name not in self.daemons:
            return
        if gently:
            os.kill(self.daemons[name], signal.SIGTERM)
            with suppress(TimeoutError):
                self.wait(name, lambda: name not in self.daemons, timeout_s=5)
        if name in self.daemons:
            os.kill(self.daemons[name], signal.SIGKILL)
            self.wait(name, lambda: name not in self.daemons, timeout_s=5)

    def wait(self, what: str, predicate: Callable[[], object], *, timeout_s: float = 20.0) -> None:
        """Wait until something is true, reaping meanwhile.

        Raises:
            TimeoutError: If it is not within ``timeout_s``.
        """

        def reap_and_ask() -> object:
            self.reap()
            return predicate()

        wait_until(what, reap_and_ask, timeout_s, 0.005)

    def wait_for_daemon(self, name: str, ready: Callable[[], object], *, timeout_s: float = 20.0) -> None:
        """Wait until a daemon serves.

        Raises:
            RuntimeError: If it ended instead.
            TimeoutError: If it does not serve within ``timeout_s``.
        """

        def ready_or_ended() -> object:
            if name in self.ended:
                raise RuntimeError(f"{name} ended with status {self.ended[name]}")
            return ready()

        self.wait(name, ready_or_ended, timeout_s=timeout_s)


def daemon_environment(plan: Plan) -> dict[str, str]:
    """Daemons get a plain one; jobs get that of their ``sbatch``."""
    home = os.environ.get("HOME", "/")
    return {"PATH": DAEMON_PATH, "SLURM_CONF": plan.daemon_conf, "LANG": "C.UTF-8", "HOME": home}


def _become_daemon(argv: Sequence[str], log: str, env: Mapping[str, str]) -> NoReturn:
    try:
        signal.set_wakeup_fd(-1)
        for number in _OURS:
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        redirect(log)
        kernel.drop_ambient()
        kernel.die_with_parent()
        os.execvpe(argv[0], list(argv), env)
    except BaseException as error:  # a forked child never returns into the caller's code
        os.write(2, f"cannot start {argv}: {error}\n".encode())
    os._exit(127)


def redirect(log: str) -> None:
    """Read nothing, write to a log."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
