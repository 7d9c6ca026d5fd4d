"""What a recovery pass says of each launch it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class OutcomeKind(Enum):
    """How a launch stands after a pass.

    WAITING: Its job has not started yet.
    STARTED: It began to run since the last pass.
    RUNNING: It runs.
    COMPLETED: Its result was applied in this pass.
    FIZZLED: It ended badly; ``cause`` and ``reason`` say why. Found out in this pass.
    RELEASED: Its job went away before it ran: the Firework may be taken again.
    UNKNOWN: Nothing can be said yet; ``reason`` says why. Nothing was changed.
    KEPT_ASIDE: Its result came, but a person has held or rerun the Firework since: it is kept with the launch.
    REFUSED: Its directory holds files of another launch, LaunchPad or user. Nothing was changed.
    """

    WAITING = "waiting"
    STARTED = "started"
    RUNNING = "running"
    COMPLETED = "completed"
    FIZZLED = "fizzled"
    RELEASED = "released"
    UNKNOWN = "unknown"
    KEPT_ASIDE = "kept aside"
    REFUSED = "refused"

    @property
    def needs_person(self) -> bool:
        """Whether time alone may not mend it."""
        return self in (OutcomeKind.UNKNOWN, OutcomeKind.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One launch after a pass.

    Attributes:
        launch_id: The launch.
        fw_id: Its Firework.
        name: The Firework's name.
        launch_dir: Its launch directory.
        kind: How it stands.
        cause: Why it did not end well (TIMEOUT, CANCELLED, ...), or None.
        reason: A sentence where there is something to say, or empty.
    """

    launch_id: int
    fw_id: int
    name: str
    launch_dir: str
    kind: OutcomeKind
    cause: str | None = None
    reason: str = ""
