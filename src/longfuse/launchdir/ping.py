"""The heartbeat, ``FW_ping.json``: an attempt runs, and how far it has come."""

from __future__ import annotations

from longfuse.launchdir.document import Document, Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Ping(Document):
    """Written by the compute side at the start, before each task, and every ping interval.

    Args:
        launch_id: The launch.
        token: The ticket's token; empty in pings that FireWorks wrote.
        attempt: Which start of the launch this is, from 1.
        ping_time: When it was written, as an ISO time.
        started_on: When the attempt began, as an ISO time.
        host: The compute node.
        pid: The supervising process there; 0 in pings that FireWorks wrote.
        job_id: The scheduler's id of the job it runs in, or empty.
        checkpoint: FireWorks' ``{"_task_n", "_all_stored_data", "_all_update_spec", "_all_mod_spec"}``, or empty.
        trackers: The Firework's Trackers with what they see now, in wire form.
        launchpad_writes: What tasks have asked of the LaunchPad so far, in order; see `FinalRecord`.
    """

    __slots__ = (
        "attempt",
        "checkpoint",
        "host",
        "job_id",
        "launch_id",
        "launchpad_writes",
        "pid",
        "ping_time",
        "started_on",
        "token",
        "trackers",
    )

    def __init__(
        self,
        *,
        launch_id: int,
        token: str,
        attempt: int,
        ping_time: str,
        started_on: str,
        host: str,
        pid: int,
        job_id: str = "",
        checkpoint: dict[str, Any] | None = None,
        trackers: list[dict[str, Any]] | None = None,
        launchpad_writes: list[dict[str, Any]] | None = None,
    ) -> None:
        self.launch_id = launch_id
        self.token = token
        self.attempt = attempt
        self.ping_time = ping_time
        self.started_on = started_on
        self.host = host
        self.pid = pid
        self.job_id = job_id
        self.checkpoint = checkpoint or {}
        self.trackers = trackers or []
        self.launchpad_writes = launchpad_writes or []

    @classmethod
    def from_dict(cls, document: dict[str, Any], source: str = "FW_ping.json") -> Ping:
        """Read it.

        Raises:
            UnreadableError: A field is missing or of the wrong kind.
        """
        fields = Fields(document, source)
        return cls(
            launch_id=fields.integer("launch_id"),
            token=fields.text("token", ""),
            attempt=fields.integer("attempt", 1),
            ping_time=fields.text("ping_time"),
            started_on=fields.text("started_on", ""),
            host=fields.text("host", ""),
            pid=fields.integer("pid", 0),
            job_id=fields.text("job_id", ""),
            checkpoint=fields.mapping("checkpoint", {}),
            trackers=fields.sequence("trackers", []),
            launchpad_writes=fields.sequence("launchpad_writes", []),
        )
