"""Launches: one run of one Firework in one directory."""

from __future__ import annotations

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import ENDED, State
from longfuse.domain.tracker import Tracker
from longfuse.domain.wire import FWSerializable, in_plain_containers, iso, now, parse_iso
from longfuse.errors import InputError, SerializationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from datetime import datetime
    from os import PathLike
    from typing import Any, Self

    Entry = dict[str, Any]

_TIMES = ("created_on", "updated_on")
_TOUCHED = frozenset({State.RUNNING, State.RESERVED})
"""States whose history entry also says when it was last heard of."""


class Launch(FWSerializable):
    """One run of a Firework.

    Args:
        state: Its state.
        launch_dir: Its directory.
        fworker: Who runs it.
        host: Where; nothing is looked up, see `local_host`.
        ip: The same as an address.
        trackers: Files to follow.
        action: What followed from it, once it ended.
        state_history: ``{"state", "created_on"[, "updated_on"][, "reservation_id"][, "checkpoint"]}`` for each state it
            was in; times as datetimes or text.
        launch_id: Its id.
        fw_id: The id of its Firework.

    Raises:
        InputError: The state is none.
    """

    def __init__(
        self,
        state: str,
        launch_dir: str | PathLike[str],
        fworker: FWorker | None = None,
        host: str | None = None,
        ip: str | None = None,
        trackers: Sequence[Tracker] | None = None,
        action: FWAction | None = None,
        state_history: Sequence[Mapping[str, Any]] | None = None,
        launch_id: int | None = None,
        fw_id: int | None = None,
    ) -> None:
        self.launch_dir = str(launch_dir)
        self.fworker = fworker or FWorker()
        self.host = host or ""
        self.ip = ip or ""
        self.trackers: list[Tracker] = list(trackers or ())
        self.action = action
        self.state_history: list[Entry] = [_with_times(entry) for entry in state_history or ()]
        self.launch_id = launch_id
        self.fw_id = fw_id
        self.state = _state(state)

    @property
    def state(self) -> State:
        """Its state; setting another one adds it to the history."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = _state(state)
        if not self.state_history or self.state_history[-1].get("state") != self._state:
            self.state_history.append(self._new_entry())

    def touch_history(self, update_time: datetime | None = None, checkpoint: dict[str, Any] | None = None) -> None:
        """Note in the last entry of the history that it was heard of, and how far it was."""
        last = self.state_history[-1]
        if checkpoint:
            last["checkpoint"] = checkpoint
        last["updated_on"] = update_time or now()

    def set_reservation_id(self, reservation_id: str | int) -> None:
        """Note the scheduler's id of its job in the first RESERVED entry without one."""
        for entry in self.state_history:
            if entry.get("state") == State.RESERVED and "reservation_id" not in entry:
                entry["reservation_id"] = str(reservation_id)
                return

    @property
    def time_start(self) -> datetime | None:
        """When it first was RUNNING."""
        return self._first({State.RUNNING}, "created_on")

    @property
    def time_end(self) -> datetime | None:
        """When it first was COMPLETED or FIZZLED."""
        return self._first(ENDED, "created_on")

    @property
    def time_reserved(self) -> datetime | None:
        """When it first was RESERVED."""
        return self._first({State.RESERVED}, "created_on")

    @property
    def last_pinged(self) -> datetime | None:
        """When it was last heard of while RUNNING."""
        return self._first({State.RUNNING}, "updated_on")

    @property
    def runtime_secs(self) -> float | None:
        """How long it ran, in seconds; None before its end."""
        start, end = self.time_start, self.time_end
        return (end - start).total_seconds() if start and end else None

    @property
    def reservedtime_secs(self) -> float | None:
        """How long it waited in the queue, in seconds, so far if it still does; None if it was never RESERVED."""
        reserved = self.time_reserved
        return ((self.time_start or now()) - reserved).total_seconds() if reserved else None

    def to_dict(self) -> dict[str, Any]:
        """FireWorks' shape; times are text."""
        return {
            "fworker": self.fworker.to_dict(),
            "fw_id": self.fw_id,
            "launch_dir": self.launch_dir,
            "host": self.host,
            "ip": self.ip,
            "trackers": [tracker.to_dict() for tracker in self.trackers],
            "action": self.action.to_dict() if self.action else None,
            "state": str(self._state),
            "state_history": [_in_text(entry) for entry in self.state_history],
            "launch_id": self.launch_id,
        }

    def to_db_dict(self) -> dict[str, Any]:
        """The document in FireWorks' database: with its times, and durations in seconds."""
        start, end = self.time_start, self.time_end
        document = {
            **self.to_dict(),
            "time_start": iso(start) if start else None,
            "time_end": iso(end) if end else None,
            "runtime_secs": self.runtime_secs,
        }
        if self.reservedtime_secs:
            document["reservedtime_secs"] = self.reservedtime_secs
        return document

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The launch of a document in FireWorks' shape; keys it does not know are passed over.

        Raises:
            SerializationError: It has no state or launch directory, or a part cannot be read.
        """
        missing = [key for key in ("state", "launch_dir") if key not in m_dict]
        if missing:
            raise SerializationError(f"Not a launch, for it has no {missing[0]}: {m_dict!r:.80}")
        fworker, action = m_dict.get("fworker"), m_dict.get("action")
        return cls(
            m_dict["state"],
            m_dict["launch_dir"],
            fworker=FWorker.from_dict(fworker) if fworker else None,
            host=m_dict.get("host"),
            ip=m_dict.get("ip"),
            trackers=[Tracker.from_dict(tracker) for tracker in m_dict.get("trackers") or ()],
            action=FWAction.from_dict(action) if action else None,
            state_history=m_dict.get("state_history"),
            launch_id=m_dict.get("launch_id"),
            fw_id=m_dict.get("fw_id"),
        )

    def _new_entry(self) -> Entry:
        moment = now()
        entry: Entry = {"state": self._state, "created_on": moment}
        if self._state in _TOUCHED:
            entry["updated_on"] = moment
        checkpoint = self.state_history[-1].get("checkpoint") if self.state_history else None
        if checkpoint and self._state is not State.COMPLETED:
            entry["checkpoint"] = checkpoint
        return entry

    def _first(self, states: Container[str], key: str) -> datetime | None:
        return next((entry.get(key) for entry in self.state_history if entry.get("state") in states), None)


def local_host() -> str:
    """This machine's name."""
    import socket

    return socket.gethostname()


def local_ip() -> str:
    """This machine's address, as far as its name tells; asks the resolver, which may take its time."""
    import socket

    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return "127.0.0.1"


def _state(state: str) -> State:
    try:
        return State(state)
    except ValueError:
        raise InputError(f"Invalid launch state: {state}; it is one of {', '.join(State)}") from None


def _with_times(entry: Mapping[str, Any]) -> Entry:
    """A history entry with its times as datetimes."""
    return {key: parse_iso(value) if key in _TIMES and value else value for key, value in entry.items()}


def _in_text(entry: Entry) -> Entry:
    """A history entry in wire form."""
    document: Entry = in_plain_containers(
        {key: iso(value) if key in _TIMES and value else value for key, value in entry.items()}
    )
    return document
