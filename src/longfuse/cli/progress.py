"""How far long work is, on standard error: a line that changes on a terminal, a log line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Self

log = logging.getLogger("longfuse.lpad")

Item = TypeVar("Item")

PROGRESS_AFTER_S = 1.0
AGAIN_AFTER_S = 0.1
"""A terminal is not written to more often."""

LOG_AFTER_S = 30.0
"""Where there is no terminal, how often a log line tells."""

CLEAR = "\r\x1b[K"
"""Empties the terminal's line."""


class Progress:
    """A line on the terminal, once it takes long.

    Args:
        what: What is counted.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._told = -AGAIN_AFTER_S
        self._shown = False

    def __call__(self, done: int, total: int | None = None) -> None:
        """So many are done."""
        now = time.monotonic()
        complete = done == total
        if now - self._began > PROGRESS_AFTER_S and (complete or now - self._told >= AGAIN_AFTER_S):
            sys.stderr.write(f"\r{self._line(done, total)}")
            sys.stderr.flush()
            self._told = now
            self._shown = True

    def end(self) -> None:
        """Leave a clean line."""
        if self._shown:
            sys.stderr.write("\n")

    def _line(self, done: int, total: int | None) -> str:
        return f"{done} {self._what}" if total is None else f"{done} of {total} {self._what}"


class LoggedProgress(Progress):
    """The same where nobody watches: a log line now and then."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """So many are done."""
        now = time.monotonic()
        if now - max(self._began, self._told) >= LOG_AFTER_S:
            log.info("%s", self._line(done, total))
            self._told = now


def progress_of(what: str) -> Progress:
    """What fits the standard error that there is."""
    return Progress(what) if sys.stderr.isatty() else LoggedProgress(what)


def counted(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items one by one, with progress; an interrupt leaves a clean line."""
    progress = progress_of(what)
    try:
        for done, item in enumerate(items):
            progress(done, len(items))
            yield item
        progress(len(items), len(items))
    finally:
        progress.end()


@contextmanager
def announced(what: str) -> Iterator[Callable[[str], None]]:
    """Say what is being done, and since when, while something runs that cannot be counted: one long statement, say.

    Who can tell more of it calls what this gives.
    """
    with _Teller(what) as teller:
        yield teller.detail


def awaited(items: Iterable[Item], what: str) -> Iterator[Item]:
    """The items as they come; where the next one takes long, say so until it is there. Its line leaves no trace."""
    with _Teller(what) as teller:
        for item in items:
            teller.rest()
            yield item
            teller.begin()


class _Teller:
    """A thread that says on a terminal how long something takes, until it is over; elsewhere there is none.

    Args:
        what: What is being done.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._detail = ""
        self._on_terminal = sys.stderr.isatty()
        self._began: float | None = time.monotonic()
        self._told = 0.0
        self._shown = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="progress", daemon=True)

    def __enter__(self) -> Self:
        if self._on_terminal:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._on_terminal:
            self._thread.join()
        if self._shown:
            sys.stderr.write("\n")

    def begin(self) -> None:
        """It goes on."""
        with self._lock:
            self._began = time.monotonic()

    def rest(self) -> None:
        """Nothing is being done; the line is free for others."""
        with self._lock:
            self._began = None
            if self._shown:
                sys.stderr.write(CLEAR)
                sys.stderr.flush()
                self._shown = False

    def detail(self, text: str) -> None:
        """How far it is; told at once if what was told before has been there for a moment."""
        with self._lock:
            self._detail = f"{text}, "
            self._say(AGAIN_AFTER_S)

    def _tell(self) -> None:
        while not self._over.wait(PROGRESS_AFTER_S / 4):
            with self._lock:
                self._say(PROGRESS_AFTER_S)

    def _say(self, again_after_s: float) -> None:
        """Unless it has not taken long, or was told just now, or nobody watches."""
        now = time.monotonic()
        if not self._on_terminal or self._began is None or now - self._began < PROGRESS_AFTER_S:
            return
        if now - self._told >= again_after_s:
            clear = CLEAR if self._detail else "\r"  # a shorter text leaves nothing of a longer one
            sys.stderr.write(f"{clear}{self._what}: {self._detail}{now - self._began:.0f} s")
            sys.stderr.flush()
            self._told = now
            self._shown = True
