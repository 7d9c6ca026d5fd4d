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
    """

    def __init__(self) -> None:
        self.received: list[signal.Signals] = []
        self._before: dict[int, Any] = {}
        self._wakeup_before = -1
        self.descriptor = -1
        self._writing_end = -1

    def __enter__(self) -> Signals:
        self.descriptor, self._writing_end = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._writing_end, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writing_end, warn_on_full_buffer=False)
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
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
        self.leave_idle()
        if signal.SIGINT in self._before:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def leave_idle(self) -> None:
        """In the forked process, while it has nothing to run: what ends the process that has work for it, ends it."""
        signal.set_wakeup_fd(-1)
        for number in self._before:
            signal.signal(number, signal.SIG_DFL)

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

    def _remember(self, number: int, _frame: object) -> None:
        self.received.append(signal.Signals(number))

    def _drain(self) -> None:
        try:
            while os.read(self.descriptor, 512):
                pass
        except BlockingIOError:
            return


def _wake_only(_number: int, _frame: object) -> None:
    """Having a handler is what makes Python wake us."""
