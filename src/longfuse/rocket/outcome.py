"""What a rocket's run came to."""

from __future__ import annotations

from longfuse.domain.states import State

EXIT_CRASHED = 1
EXIT_SUPERSEDED = 4
SIGNAL_BASE = 128
"""A process that a signal ended exits, by the shells' custom, with this and the signal's number."""


class Outcome:
    """How it ended.

    Attributes:
        state: COMPLETED or FIZZLED; None if this attempt may not say (a later one has taken over).
        reason: Why it did not end well, or empty.
        exit_code: What the command should exit with: 0 also where a Firetask failed, as FireWorks does; 1 where the
            task process died or the result could not be written, 4 superseded, 128 and the number for a signal.
        signal: The name of the signal that this process got meanwhile (a launcher stops then), or empty.
    """

    __slots__ = ("exit_code", "reason", "signal", "state")

    def __init__(
        self,
        *,
        state: State | None,
        reason: str = "",
        exit_code: int = 0,
        signal: str = "",
    ) -> None:
        self.state = state
        self.reason = reason
        self.exit_code = exit_code
        self.signal = signal
