"""Ctrl-C, ``kill`` and a terminal that closes end a run in order: what it has started ends first.

The first signal raises `Interrupted` where the program happens to be; those after it change nothing, so that none cuts
the ending short. An exception may get lost on its way (in a callback of SQLite, in a folder that cannot be removed);
so the signal is remembered as well, and loops look.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from longfuse.launchers.rockets import Flight

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_received: list[int] = []
_holding: list[bool] = []


class Interrupted(KeyboardInterrupt):
    """A signal asks this program to end.

    Attributes:
        exit_code: What the program exits with, by the shells' custom.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.exit_code = 128 + number


@contextmanager
def listening() -> Iterator[None]:
    """Within it these signals end the program so, and whatever fails after one failed because of it; nohup's word
    stands. When it ends nothing is left to be ended.

    Raises:
        Interrupted: One came.
    """
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _take)
    try:
        yield
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        check()


@contextmanager
def held() -> Iterator[None]:
    """Within it a signal waits: what is started there can be ended afterwards.

    Raises:
        Interrupted: One came, maybe to what was started, too.
    """
    _holding.append(True)
    try:
        yield
    finally:
        _holding.pop()
        check()


def check() -> None:
    """For loops, and for who goes on after a failure.

    Raises:
        Interrupted: The program shall end.
    """
    if _received:
        raise Interrupted(_received[0])


def pass_on(flights: Sequence[Flight]) -> None:
    """A signal that came while a rocket flew was taken by it; it was meant for this process.

    Raises:
        Interrupted: The program shall end. A process that does not listen ends here.
    """
    if flights and (name := flights[-1].outcome.signal):
        signal.raise_signal(signal.Signals[name])
        check()


@contextmanager
def quiet_when_interrupted() -> Iterator[None]:
    """What rockets have to say is shown at its end; of those that a signal ended nobody wants to hear."""
    with tempfile.TemporaryFile("w+", buffering=1) as said:
        try:
            with redirect_stderr(said):
                yield
        finally:
            if not _received:
                said.seek(0)
                sys.stderr.write(said.read())


def _take(number: int, _frame: object) -> None:
    _received.append(number)
    if len(_received) == 1 and not _holding:
        raise Interrupted(number)
