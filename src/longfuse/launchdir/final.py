"""The final record, ``FW_action.json``: how a launch ended."""

from __future__ import annotations

from longfuse.errors import UnreadableError
from longfuse.launchdir.document import Document, Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COMPLETED = "COMPLETED"
FIZZLED = "FIZZLED"
ENDINGS = (COMPLETED, FIZZLED)
"""The states a launch can end in, as the file spells them (the domain's `State` stands above this package)."""


class FinalRecord(Document):
    """Created once, at the end, by the compute side; the first one of a launch stands.

    Args:
        launch_id: The launch.
        token: The ticket's token; empty in records that FireWorks wrote.
        attempt: Which start of the launch ended, from 1.
        state: COMPLETED or FIZZLED.
        reason: Why it did not end well, or what of the result could not be kept as it was; else empty.
        started_on: When the attempt began, as an ISO time.
        completed_on: When it ended, as an ISO time.
        host: The compute node; empty in records that FireWorks or an older Longfuse wrote.
        fwaction: The FWAction in wire form.
        signal: The name of the signal that ended it, or empty.
        checkpoint: Of a FIZZLED launch, the checkpoint before the task that failed; else empty.
        trackers: The Firework's Trackers with what they saw last, in wire form.
        launchpad_writes: What tasks asked of the LaunchPad while it was out of reach, in order: each ``{"method": ...,
            "arguments": {...}}``. The login side does it when it reads the record.
    """

    __slots__ = (
        "attempt",
        "checkpoint",
        "completed_on",
        "fwaction",
        "host",
        "launch_id",
        "launchpad_writes",
        "reason",
        "signal",
        "started_on",
        "state",
        "token",
        "trackers",
    )

    def __init__(
        self,
        *,
        launch_id: int,
        token: str,
        attempt: int,
        state: str,
        reason: str,
        started_on: str,
        completed_on: str,
        fwaction: dict[str, Any],
        host: str = "",
        signal: str = "",
        checkpoint: dict[str, Any] | None = None,
        trackers: list[dict[str, Any]] | None = None,
        launchpad_writes: list[dict[str, Any]] | None = None,
    ) -> None:
        self.launch_id = launch_id
        self.token = token
        self.attempt = attempt
        self.state = state
        self.reason = reason
        self.started_on = started_on
        self.completed_on = completed_on
        self.fwaction = fwaction
        self.host = host
        self.signal = signal
        self.checkpoint = checkpoint or {}
        self.trackers = trackers or []
        self.launchpad_writes = launchpad_writes or []

    @classmethod
    def from_dict(cls, document: dict[str, Any], source: str = "FW_action.json") -> FinalRecord:
        """Read it.

        Raises:
            UnreadableError: A field is missing or of the wrong kind, or the state is none that ends a launch.
        """
        fields = Fields(document, source)
        state = fields.text("state")
        if state not in ENDINGS:
            raise UnreadableError(f"{source}: {state!r} is no state in which a launch ends ({' or '.join(ENDINGS)})")
        return cls(
            launch_id=fields.integer("launch_id"),
            token=fields.text("token", ""),
            attempt=fields.integer("attempt", 1),
            state=state,
            reason=fields.text("reason", ""),
            started_on=fields.text("started_on", ""),
            completed_on=fields.text("completed_on", ""),
            fwaction=fields.mapping("fwaction"),
            host=fields.text("host", ""),
            signal=fields.text("signal", ""),
            checkpoint=fields.mapping("checkpoint", {}),
            trackers=fields.sequence("trackers", []),
            launchpad_writes=fields.sequence("launchpad_writes", []),
        )
