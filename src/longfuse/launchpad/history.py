"""A launch's ``state_history``: FireWorks' list of ``{"state", "created_on", ...}``, as pure functions on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from longfuse.domain.states import State
from longfuse.domain.wire import iso, parse_iso

if TYPE_CHECKING:
    from datetime import datetime

History = list[dict[str, Any]]


def entered(history: History, state: State, when: datetime) -> History:
    """The history after the launch went into ``state``; unchanged if it is in it already.

    RUNNING and RESERVED entries also carry ``updated_on``; a checkpoint is carried on, except into COMPLETED.
    """
    if history and history[-1]["state"] == state:
        return history
    stamp = iso(when)
    entry: dict[str, Any] = {"state": str(state), "created_on": stamp}
    if state in (State.RESERVED, State.RUNNING):
        entry["updated_on"] = stamp
    checkpoint = history[-1].get("checkpoint") if history else None
    if checkpoint is not None and state is not State.COMPLETED:
        entry["checkpoint"] = checkpoint
    return [*history, entry]


def touched(history: History, when: datetime, checkpoint: dict[str, Any] | None) -> History:
    """The history after a sign of life: the last entry is updated, time never goes back."""
    if not history:
        return history
    last = dict(history[-1])
    last["updated_on"] = max(last.get("updated_on") or "", iso(when))
    if checkpoint is not None:
        last["checkpoint"] = checkpoint
    return [*history[:-1], last]


def reserved_as(history: History, reservation_id: str) -> History:
    """The history with the scheduler's id in the first RESERVED entry that has none."""
    for n, entry in enumerate(history):
        if entry["state"] == State.RESERVED and "reservation_id" not in entry:
            return [*history[:n], {**entry, "reservation_id": reservation_id}, *history[n + 1 :]]
    return history


def checkpoint_of(history: History) -> dict[str, Any] | None:
    """The newest checkpoint, if any was heard of."""
    return next((entry["checkpoint"] for entry in reversed(history) if entry.get("checkpoint")), None)


def last_heard(history: History) -> datetime | None:
    """When the launch last gave a sign of life, or went into its state."""
    return parse_iso(newest(history)) if history else None


def newest(history: History) -> str:
    """The same as it is written there, in UTC; there must be an entry."""
    stamps: list[str] = [entry.get("updated_on") or entry["created_on"] for entry in history]
    return max(stamps)
