"""How far long work is, on standard error."""

from __future__ import annotations

import sys
import time

PROGRESS_AFTER_S = 1.0


class Progress:
    """A line on the terminal, once it takes long.

    Args:
        what: What is counted.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int | None = None) -> None:
        """So many are done."""
        if time.monotonic() - self._began > PROGRESS_AFTER_S:
            sys.stderr.write(f"\r{done} {self._what}" if total is None else f"\r{done} of {total} {self._what}")
            sys.stderr.flush()
            self._shown = True

    def end(self) -> None:
        """Leave a clean line."""
        if self._shown:
            sys.stderr.write("\n")
