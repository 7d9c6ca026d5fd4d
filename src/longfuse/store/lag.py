"""Commits that reach the disk a little later than they are made, together.

To wait for the disk takes longer than most transactions. Whoever commits something that is cheaply done again, and
often, does not wait: with a write-ahead log the database is whole after a power cut all the same, and ends with one of
the last commits. How much may be missing is bounded here.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LAG_S = 0.1
"""What was committed longer ago is on the disk: as with MongoDB's journal, which FireWorks' users know."""

log = logging.getLogger("longfuse.store")


class Lag:
    """What one process has committed to a database and not brought to the disk.

    The first commit after a pause is brought there at once, so a single one never lags. A thread does the rest, from
    the first commit that lags to `end`, which the end of the interpreter calls, too.

    Args:
        path: The database; its log is beside it.
    """

    def __init__(self, path: Path) -> None:
        self._log = f"{path}-wal"
        self._committed_at = -LAG_S
        self._lags = False
        self._begun, self._ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_over(self) -> bool:
        """Whether the next commit shall be brought to the disk at once: the last one was so long ago."""
        return monotonic() - self._committed_at >= LAG_S

    def committed(self, *, at_once: bool) -> None:
        """Something was; ``at_once`` tells that it is on the disk, and so all that was committed before."""
        self._committed_at = monotonic()
        if at_once:
            self._lags = False
        elif not self._lags:
            self._lags = True
            self._begun.set()
            if self._thread is None:
                self._start()

    def end(self) -> None:
        """Bring what lags to the disk now; no thread is left."""
        if self._thread is not None:
            self._ending.set()
            self._begun.set()
            self._thread.join()
            self._thread = None
            atexit.unregister(self.end)
        self._sync()

    def _start(self) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._follow, name="sync of commits", daemon=True)
        self._thread.start()
        atexit.register(self.end)

    def _follow(self) -> None:
        while not self._ending.is_set():
            self._begun.wait()
            self._begun.clear()
            self._ending.wait(LAG_S)
            self._sync()

    def _sync(self) -> None:
        if not self._lags:
            return
        self._lags = False
        try:
            descriptor = os.open(self._log, os.O_RDONLY)
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return  # SQLite has moved all of it into the database, and synced that
        except OSError as error:
            log.warning("%s: a power cut now may cost the last commits: %s", self._log, error.strerror)
