"""The states of a Firework, a Launch and a Workflow, and their ranks (FireWorks 2.1, ``STATE_RANKS``)."""

from enum import StrEnum


class State(StrEnum):
    """One of the nine states. Equal to, and printed as, its name: ``State.READY == "READY"``."""

    ARCHIVED = "ARCHIVED"
    FIZZLED = "FIZZLED"
    DEFUSED = "DEFUSED"
    PAUSED = "PAUSED"
    WAITING = "WAITING"
    READY = "READY"
    RESERVED = "RESERVED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"

    @property
    def rank(self) -> int:
        """How far a Firework in this state has come; DEFUSED and PAUSED share rank 0."""
        return STATE_RANKS[self]


STATE_RANKS: dict[State, int] = {
    State.ARCHIVED: -2,
    State.FIZZLED: -1,
    State.DEFUSED: 0,
    State.PAUSED: 0,
    State.WAITING: 1,
    State.READY: 2,
    State.RESERVED: 3,
    State.RUNNING: 4,
    State.COMPLETED: 5,
}

HELD = frozenset({State.DEFUSED, State.PAUSED, State.ARCHIVED})
"""Set by a person; nothing that is merely observed changes them."""

ENDED = frozenset({State.COMPLETED, State.FIZZLED})
"""The states in which a launch can end."""
