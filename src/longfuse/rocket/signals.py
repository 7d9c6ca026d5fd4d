"""The signals by which schedulers and people end a job, as something one can wait for."""

from __future__ import annotations

import os
import select
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGXCPU, signal.SIGHUP)
"""What ends a rocket: the schedulers' warnings and kills, Ctrl-C, and a terminal that closes."""


class Signals:
    """While it is entered, an ending signal is remembered instead of ending the process, and wakes whoever waits.

    A signal that this process was told to ignore (``nohup``) stays ignored. Main thread only.

    Attributes:
        received: The signals that came.
        heeded: Whether whoever waited has told of them.
    """

    def __init__(self) -> None:
        self.received: list[signal.Signals] = []
        self.heeded = False
        self._before: dict[int, Any] = {}
        self._wakeup_before = -1
        self.descriptor = -1
        self._writing_end = -1

    def __enter__(self) -> Signals:
        self.received, self.heeded = [], False
        self.descriptor, self._writing_end = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._writing_end, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writing_end, warn_on_full_buffer=False)
        for number in ENDING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):  # None is a handler that Python cannot put back
                self._before[number] = signal.signal(number, self._remember)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _wake_only)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self.descriptor)
        os.close(self._writing_end)

    def leave_to_tasks(self) -> None:
        """In the forked process: signals do again what programs expect of them."""
        signal.set_wakeup_fd(-1)
        for number in self._before:
            signal.signal(number, signal.SIG_DFL)
        self.expect_tasks()

    def expect_tasks(self) -> None:
        """In the forked process, where signals are left to tasks: Ctrl-C raises what it raises in Python."""
        if signal.SIGINT in self._before:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def expect_nothing(self) -> None:
        """The same while it has nothing to run: Ctrl-C ends it without a word, as other signals do."""
        if signal.SIGINT in self._before:
            signal.signal(signal.SIGINT, signal.SIG_DFL)

    def wait(self, poll: select.poll, seconds: float) -> None:
        """Wait until ``poll``, which includes our descriptor, sees something, a signal comes, or time is over."""
        poll.poll(max(0, int(seconds * 1000)) + 1)
        self._drain()

    def sleep(self, seconds: float) -> bool:
        """Wait; True if an ending signal cut it short or had come before."""
        if not self.received:
            poll = select.poll()
            poll.register(self.descriptor, select.POLLIN)
            self.wait(poll, seconds)
        return bool(self.received)

    def _remember(self, number: int, frame: object) -> None:
        self.received.append(signal.Signals(number))

    def _drain(self) -> None:
        try:
            while os.read(self.descriptor, 512):
                pass
        except BlockingIOError:
            return


class KeptSignals(Signals):
    """The same for one rocket after another: it stays installed, and between rockets a signal does what it did before.

    One that came too late for the rocket to heed is passed on. To install it anew takes a twentieth of what a rocket
    takes that does nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self._listens = False

    def __enter__(self) -> Signals:
        if self.descriptor < 0:
            self._listens = True  # first: while handlers are changed it is not known yet what was there before
            super().__enter__()
        else:
            self.received, self.heeded = [], False
            self._listens = True
        return self

    def __exit__(self, *_: object) -> None:
        self._listens = False
        if self.received and not self.heeded:
            self._pass_on(self.received[0], None)

    def close(self) -> None:
        """Put everything back."""
        if self.descriptor >= 0:
            super().__exit__()
            self.descriptor = -1

    def _remember(self, number: int, frame: Any) -> None:
        if self._listens:
            super()._remember(number, frame)
        else:
            self._pass_on(number, frame)

    def _pass_on(self, number: int, frame: Any) -> None:
        before = self._before[number]
        if callable(before):
            before(number, frame)
        else:
            signal.signal(number, before)
            os.kill(os.getpid(), number)


def _wake_only(_number: int, _frame: object) -> None:
    """Having a handler is what makes Python wake us."""
