"""Ctrl-C and its kin in commands that run for long: none is lost.

A signal raises KeyboardInterrupt where the program happens to be. If that is in a callback from C (one of SQLite's, a
finaliser) the exception goes nowhere; so the signal is remembered as well, and the command's loop looks.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType
    from typing import Self


class Interrupts:
    """Takes Ctrl-C, ``kill`` and a lost connection for the same wish to end; nohup's word stands."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(signum) is not signal.SIG_IGN:
                self._before[signum] = signal.signal(signum, self._take)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    def check(self) -> None:
        """For loops.

        Raises:
            KeyboardInterrupt: The command shall end.
        """
        if self._asked:
            raise KeyboardInterrupt

    def _take(self, _signum: int, _frame: FrameType | Any) -> None:
        self._asked = True
        raise KeyboardInterrupt
