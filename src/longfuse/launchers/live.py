"""The road from launch files to the LaunchPad for one launch, while its rocket runs on a machine that may reach it."""

from __future__ import annotations

import logging
import os
import threading
from itertools import chain, repeat
from typing import TYPE_CHECKING

from longfuse.errors import LongfuseError, StoreError
from longfuse.launchdir.files import sync_files
from longfuse.launchdir.names import FINAL, FIREWORK, PING, TICKET, claim_name
from longfuse.launchdir.observe import observe
from longfuse.launchpad.verdict import Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from longfuse.launchpad.pad import LaunchPad

    Ingest = Callable[[Sequence[Sighting]], object]

RETRY_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses before a LaunchPad that is away is tried again; while the rocket flies the last one is repeated."""

PATIENCE_S = 60.0
"""How long a rocket that has landed waits for a LaunchPad that neither answers nor refuses."""

log = logging.getLogger("longfuse.relay")


class LiveRelay:
    """Carries the reports of one launch to the LaunchPad.

    While the rocket flies that is done in a thread: a LaunchPad that cannot be reached, or that does not answer, holds
    nothing up, the rocket flies on and hears its signals, its files stay, and the next attempt, or the next ``lpad
    recover_offline``, brings them home. A rocket that lands before its first heartbeat needs no thread.

    Its files need not be on the disk as long as the LaunchPad takes what they tell; if it does not, they are brought
    there.

    Args:
        launchpad: Where the reports go. Nobody else may use it while `busy`; its connections are closed then.
        launch_id: The launch.
        launch_dir: Its directory.
        token: What its files carry.
    """

    def __init__(self, launchpad: LaunchPad, launch_id: int, launch_dir: str, token: str) -> None:
        self._launchpad = launchpad
        self._launch_id = launch_id
        self._launch_dir = launch_dir
        self._token = token
        self._seen = ""
        self._behind = False
        self._news = threading.Event()
        self._landed = threading.Event()
        self._thread: threading.Thread | None = None

    def report(self) -> None:
        """There may be something new in the directory. Call it where the rocket runs, after it was forked."""
        if os.path.exists(os.path.join(self._launch_dir, FINAL)):
            return
        self._news.set()
        if self._thread is None:
            self._start()

    def land(self, ingest: Ingest | None = None, patience_s: float = PATIENCE_S) -> None:
        """The rocket has ended: wait until all its reports are home, or there is no hope of that for now.

        Args:
            ingest: Used in place of the LaunchPad's, if nobody brings anything yet.
            patience_s: See `PATIENCE_S`.
        """
        self._landed.set()
        self._news.set()
        if self._thread is None:
            self.bring(ingest)
            if self.home:
                return
            self._start()
        self.wait(patience_s)
        if not self.home:
            self._keep_files()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._carry, name=f"relay of {self._launch_id}", daemon=True)
        self._thread.start()

    def _keep_files(self) -> None:
        """Now the result is nowhere else."""
        try:
            sync_files(self._launch_dir, (FIREWORK, TICKET, claim_name(1), PING, FINAL))
        except OSError as error:
            log.warning("Files in %s cannot be brought to the disk: %s", self._launch_dir, error.strerror)

    def wait(self, patience_s: float | None = None) -> None:
        """Wait until nobody uses the LaunchPad here any more; None waits for as long as it takes."""
        if self._thread is not None:
            self._thread.join(patience_s)

    @property
    def busy(self) -> bool:
        """Whether an attempt to reach the LaunchPad goes on."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def home(self) -> bool:
        """Whether the LaunchPad has all that the files tell."""
        return not self.busy and not self._behind

    def bring(self, ingest: Ingest | None = None) -> None:
        """Bring what is new, here and now."""
        files = observe(self._launch_dir, self._launch_id, self._seen, self._token)
        if files is None:
            self._behind = False
            return
        try:
            (ingest or self._launchpad.ingest)([Sighting(launch_id=self._launch_id, files=files)])
        except StoreError as error:
            self._tell_once(error)
            return
        self._seen, self._behind = files.signature, False

    def _carry(self) -> None:
        """Until the rocket has landed and all is home, or the attempts after that are used up."""
        pauses = _pauses()
        try:
            while True:
                self._news.wait(next(pauses) if self._behind else None)
                self._news.clear()
                landed = self._landed.is_set()
                self.bring()
                if not self._behind:
                    pauses = _pauses()
                if landed:
                    break
            for pause_s in RETRY_S if self._behind else ():
                self._news.wait(pause_s)
                self.bring()
                if not self._behind:
                    break
        finally:
            self._launchpad.close()  # its connections belong to this thread

    def _tell_once(self, error: LongfuseError) -> None:
        if not self._behind:
            told = str(error).rstrip(".")
            log.warning("%s. The job goes on; its files keep the result for `lpad recover_offline`", told)
        self._behind = True


def _pauses() -> Iterator[float]:
    return chain(RETRY_S, repeat(RETRY_S[-1]))
