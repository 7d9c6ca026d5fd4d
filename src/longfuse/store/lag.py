"""Commits that reach the disk a little later than they are made, together.

To wait for the disk takes longer than most transactions. Whoever commits something that is cheaply done again, and
often, does not wait: with a write-ahead log the database is whole after a power cut all the same, and ends with one of
the last commits. How much may be missing is bounded here.
"""

from __future__ import annotations

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

    The first commit after a pause is brought there at once, so a single one never lags.

    Args:
        path: The database; its log is beside it.
    """

    def __init__(self, path: Path) -> None:
        self._log = f"{path}-wal"
        self._synced_at = -LAG_S
        self._timer: threading.Timer | None = None
        self._last: threading.Timer | None = None

    @property
    def is_over(self) -> bool:
        """Whether the next commit shall be brought to the disk at once."""
        return monotonic() - self._synced_at >= LAG_S

    def committed(self, *, at_once: bool) -> None:
        """Something was; ``at_once`` tells that it is on the disk, and so all that was committed before."""
        if at_once:
            self._cancel()
            self._synced_at = monotonic()
        elif self._timer is None:
            self._timer = self._last = threading.Timer(LAG_S, self._sync)
            self._timer.start()

    def end(self) -> None:
        """Bring what lags to the disk now; no thread is left."""
        if self._timer is not None:
            self._cancel()
            self._sync()
        if self._last is not None:
            self._last.join()
            self._last = None

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sync(self) -> None:
        self._timer = None
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
