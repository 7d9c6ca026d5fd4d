"""Writes what the compute side reports: heartbeats while it runs, and one final record."""

from __future__ import annotations

import os
import time

from longfuse.domain import wire
from longfuse.errors import UnreadableError
from longfuse.launchdir.aside import folder_of, ticket_stamp
from longfuse.launchdir.attempt import superseded
from longfuse.launchdir.files import read_json, write_json
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.names import FINAL, PING
from longfuse.launchdir.ping import Ping
from longfuse.rocket.log import tell, write_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from longfuse.domain.states import State
    from longfuse.launchdir.claim import Claim

_RETRY_AFTER_S = (0.25, 0.5, 1, 2, 4, 8, 16, 30, 60)
"""How long to wait between attempts to write the final record on a full disk or a file system that is away."""


class NotRecordedError(Exception):
    """The final record could not be written; it was printed instead."""


class Recorder:
    """The writer of ``FW_ping.json`` and ``FW_action.json`` for one attempt.

    Args:
        launch_dir: Absolute path.
        claim: The attempt; its process may write.
        on_report: Called after each file was written.
        synced: Whether each file is brought to the disk at once, see `write_json`.
        sleep: Waits some seconds; tells whether it was cut short, which means that there is no time for another try.
        ticket_stamp: `longfuse.launchdir.aside.ticket_stamp` from when the attempt's own ticket stood there; None if
            that is to be looked at.
    """

    def __init__(
        self,
        launch_dir: str,
        claim: Claim,
        *,
        on_report: Callable[[], None] | None = None,
        synced: bool = True,
        sleep: Callable[[float], bool] | None = None,
        ticket_stamp: tuple[int, int] | None = None,
    ) -> None:
        self.launch_dir = launch_dir
        self.claim = claim
        self.trackers: list[dict[str, Any]] = []
        self.launchpad_writes: list[dict[str, Any]] = []
        self._on_report = on_report or _nothing
        self._synced = synced
        self._sleep = sleep or _plain_sleep
        self._ping_failed = False
        self._folder_now = launch_dir
        self._ticket_stamp = ticket_stamp

    def superseded(self) -> bool:
        """Whether a later attempt has taken over: then this one must end and write nothing more."""
        return superseded(self.launch_dir, self.claim.attempt)

    def ping(self, checkpoint: dict[str, Any]) -> None:
        """Write the heartbeat. A file system that refuses ends no job: one line tells, the next ping tries again."""
        self._look_at_tracked_files()
        claim = self.claim
        ping = Ping(
            launch_id=claim.launch_id,
            token=claim.token,
            attempt=claim.attempt,
            ping_time=wire.iso(wire.now()),
            started_on=claim.started_on,
            host=claim.host,
            pid=claim.pid,
            job_id=claim.job_id,
            checkpoint=checkpoint,
            trackers=self.trackers,
            launchpad_writes=self.launchpad_writes,
        )
        try:
            write_json(os.path.join(self._folder(), PING), ping.to_dict(), synced=self._synced)
        except OSError as error:
            self._tell_ping_failed(error)
            return
        self._ping_failed = False
        self._on_report()

    def finish(
        self,
        state: State,
        reason: str,
        fwaction: dict[str, Any],
        *,
        signal: str = "",
        checkpoint: dict[str, Any] | None,
    ) -> FinalRecord:
        """Write the final record.

        Returns:
            The record that stands: ours, or the one that was there first.

        Raises:
            NotRecordedError: It could not be written within some minutes; it was printed on standard error.
        """
        self._look_at_tracked_files()
        claim = self.claim
        final = FinalRecord(
            launch_id=claim.launch_id,
            token=claim.token,
            attempt=claim.attempt,
            state=str(state),
            reason=reason,
            started_on=claim.started_on,
            completed_on=wire.iso(wire.now()),
            fwaction=fwaction,
            host=claim.host,
            signal=signal,
            checkpoint=checkpoint,
            trackers=self.trackers,
            launchpad_writes=self.launchpad_writes,
        )
        was_first = self._persist(final)
        self._on_report()
        return final if was_first else self.standing() or final

    def standing(self) -> FinalRecord | None:
        """The final record on the disk, if there is one that can be read."""
        path = os.path.join(self._folder(), FINAL)
        try:
            document = read_json(path)
            return None if document is None else FinalRecord.from_dict(document, path)
        except UnreadableError:
            return None

    def _persist(self, final: FinalRecord) -> bool:
        """Write it, trying again for a while; False if another one was there first."""
        for pause_s in (*_RETRY_AFTER_S, None):
            try:
                path = os.path.join(self._folder(), FINAL)
                write_json(path, final.to_dict(), exclusive=True, synced=self._synced)
            except FileExistsError:
                return False
            except OSError as error:
                if pause_s is None or self._sleep(pause_s):
                    raise self._print_instead(final, error) from error
            else:
                return True
        raise AssertionError("the last attempt either writes or raises")

    def _print_instead(self, final: FinalRecord, error: OSError) -> NotRecordedError:
        """The last resort: the job's own error output, from which a person can save the file."""
        import json  # late: only here

        problem = f"{FINAL} in {self.launch_dir} cannot be written: {error.strerror}"
        tell(f"{problem}. The next line is what it should hold; save it as that file.", "ERROR")
        write_line(json.dumps(final.to_dict()))
        return NotRecordedError(problem)

    def _folder(self) -> str:
        """Where the files of this launch belong now: somebody may have given the directory to another launch."""
        try:
            stamp = ticket_stamp(self.launch_dir)
            if stamp != self._ticket_stamp:
                self._folder_now = folder_of(self.launch_dir, self.claim.launch_id, self.claim.token)
                self._ticket_stamp = stamp
        except OSError:
            return self._folder_now
        return self._folder_now

    def _tell_ping_failed(self, error: OSError) -> None:
        if not self._ping_failed:
            tell(f"{PING} in {self.launch_dir} cannot be written ({error.strerror}); the job goes on", "WARNING")
        self._ping_failed = True

    def _look_at_tracked_files(self) -> None:
        """Let each Tracker read its file; one that cannot keeps what it saw before."""
        if not self.trackers:
            return
        import contextlib

        from longfuse.domain.tracker import Tracker  # late: few Fireworks have one

        trackers = [Tracker.from_dict(tracker) for tracker in self.trackers]
        for tracker in trackers:
            with contextlib.suppress(OSError):
                tracker.track_file(self.launch_dir)
        self.trackers = [tracker.to_dict() for tracker in trackers]


def _nothing() -> None:
    """What is called where nobody wants to know."""


def _plain_sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False
