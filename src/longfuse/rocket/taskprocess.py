"""The rocket's end of the process that runs the Firetasks: make it, let it start, hear it, end it."""

from __future__ import annotations

import os

from longfuse.launchdir.process import birth
from longfuse.rocket.channel import Receiver, Sender
from longfuse.rocket.child import child_main
from longfuse.rocket.log import flush
from longfuse.rocket.signals import KeptSignals, Signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from longfuse.launchdir.claim import Claim
    from longfuse.launchdir.ticket import Ticket
    from longfuse.rocket.child import TaskOptions


class TaskProcess:
    """A process that waits for `start`, then runs the Firetasks.

    Attributes:
        pid: Its process id, and its process group's unless it shares ours.
        receiver: What it reports.
        exit_status: How it ended, as `subprocess` tells it: an exit code, or minus a signal; None while it runs.
    """

    def __init__(self, pid: int, receiver: Receiver, answers: int, *, own_group: bool) -> None:
        self.pid = pid
        self.receiver = receiver
        self.exit_status: int | None = None
        self._born = ""
        self._answers = answers
        self._own_group = own_group

    @property
    def born(self) -> str:
        """When it began, see `longfuse.launchdir.process.birth`."""
        if not self._born:
            self._born = birth(self.pid)
        return self._born

    def start(self, launch_dir: str, ticket: Ticket, claim: Claim) -> None:
        """Let it run this launch, as this attempt."""
        self._answer({"launch_dir": launch_dir, "ticket": ticket.to_dict(), "claim": claim.to_dict()})

    def acknowledge(self) -> None:
        """Tell it that its result is on the disk: it may leave. Without that word it writes the result by itself."""
        self._answer({"written": True})

    def dismiss(self) -> None:
        """Let it end: it has nothing to run, or not any more."""
        self.close()
        if self.exit_status is None:
            os.waitpid(self.pid, 0)

    def close(self) -> None:
        """Let go of the pipes."""
        os.close(self._answers)
        os.close(self.receiver.descriptor)

    def _answer(self, message: dict[str, Any]) -> None:
        try:
            Sender(self._answers).send(message)
        except OSError:
            return  # it has died; its end tells

    def has_ended(self) -> bool:
        """Whether it has; then `exit_status` is known."""
        if self.exit_status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status is not None

    def signal(self, number: int) -> bool:
        """Send a signal to it and all it started (number 0: only look); False if nobody is left."""
        if self.has_ended() and not self._own_group:
            return False
        try:
            if self._own_group:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def fork(signals: Signals, options: TaskOptions, *, lasting: bool = False) -> TaskProcess:
    """Make the process. It does nothing before `TaskProcess.start`.

    It leads a process group of its own, so that all it starts can be ended with it; but where a person sits at a
    terminal, or wants the debugger, it stays in ours and may read the terminal.

    Raises:
        OSError: The machine has no room for another process.
    """
    report_end, report = os.pipe()
    answer, answer_end = os.pipe()
    own_group = not (options.pdb or os.isatty(0))
    flush()  # or the fork would print it again
    pid = os.fork()
    if pid == 0:
        os.close(report_end)
        os.close(answer_end)
        child_main(signals, options, report=report, answer=answer, own_group=own_group, lasting=lasting)
    os.close(report)
    os.close(answer)
    if own_group:
        _make_leader(pid)
    return TaskProcess(pid, Receiver(report_end), answer_end, own_group=own_group)


class Forks:
    """Makes a task process for each rocket.

    Args:
        before_fork: Called before each fork.

    Attributes:
        signals: What a rocket enters before it takes a process.
    """

    def __init__(self, before_fork: Callable[[], None] = lambda: None) -> None:
        self.signals = Signals()
        self._before_fork = before_fork

    def take(self, signals: Signals, options: TaskOptions) -> TaskProcess:
        """A process that waits for `TaskProcess.start`.

        Raises:
            OSError: The machine has no room for another process.
        """
        self._before_fork()
        return fork(signals, options)

    def give_back(self, process: TaskProcess, *, lasts: bool) -> None:
        """The rocket has landed; ``lasts`` says that the process waits for another one."""
        del lasts
        process.close()


class Keeper(Forks):
    """Keeps a task process for the next rocket, as long as tasks leave it as they found it.

    Args:
        before_fork: Called before each fork.
    """

    def __init__(self, before_fork: Callable[[], None]) -> None:
        super().__init__(before_fork)
        self.signals: KeptSignals = KeptSignals()
        self._kept: TaskProcess | None = None

    def take(self, signals: Signals, options: TaskOptions) -> TaskProcess:
        """The one that was kept, or a new one; the options are those of the first rocket."""
        kept, self._kept = self._kept, None
        if kept is not None:
            if not kept.has_ended():
                return kept
            kept.close()
        self._before_fork()
        return fork(signals, options, lasting=True)

    def give_back(self, process: TaskProcess, *, lasts: bool) -> None:
        """Keep it if it can be used again."""
        if lasts:
            self._kept = process
        else:
            process.close()

    def close(self) -> None:
        """Let the one that is kept end, and signals be as they were."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.dismiss()
        self.signals.close()


def _make_leader(pid: int) -> None:
    """The child does the same; whoever comes first, nobody signals a group that is not there yet."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        return
