"""The login side: what the files of one launch say now. It never raises for what it finds; it tells."""

from __future__ import annotations

import os

from longfuse.errors import UnreadableError
from longfuse.launchdir.files import ROOT, read_described_json, read_json
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.legacy import final_of, is_legacy, ping_of, read_json_or_compressed
from longfuse.launchdir.names import COMPRESSED, FINAL, PING, TICKET, aside_name
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.ticket import Ticket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LOOK_AGAIN = "?"
"""Ends a signature that never counts as seen: what could not be read may be readable next time, without a trace."""

_ABSENT = "-"
"""The stamp of a file that is not there."""

_UNSEEN = "*"
"""The stamp of a file that was not looked at, or could not be: no other look finds the same."""

_BOTH_PLACES = "aside "
"""Begins a signature that covers the directory of a launch that was set aside, too."""


class Observation:
    """What one look at a launch directory told.

    Attributes:
        launch_dir: The directory.
        signature: What to pass to the next `observe`.
        ticket: The launch's ticket, if it can be read; not looked at where a final record has the
            expected token.
        ping: Its newest heartbeat, if there is one; not looked at either where that final record tells its host.
        final: Its final record, if it has ended.
        problem: Why something could not be read, in a sentence; empty if all is well.
        absent: Whether the directory is there, can be read, and holds nothing of this launch.
        size: About how many bytes its files have.
        foreign: Which file another user than the ticket's wrote, in a sentence; empty if none is.
    """

    __slots__ = ("absent", "final", "foreign", "launch_dir", "ping", "problem", "signature", "size", "ticket")

    def __init__(
        self,
        *,
        launch_dir: str,
        signature: str,
        ticket: Ticket | None = None,
        ping: Ping | None = None,
        final: FinalRecord | None = None,
        problem: str = "",
        foreign: str = "",
        absent: bool = False,
        size: int = 0,
    ) -> None:
        self.launch_dir = launch_dir
        self.signature = signature
        self.ticket = ticket
        self.ping = ping
        self.final = final
        self.problem = problem
        self.foreign = foreign
        self.absent = absent
        self.size = size

    @property
    def token(self) -> str:
        """The token that the files carry; empty if none can be read."""
        document = self.final or self.ticket
        return document.token if document is not None else ""

    def __repr__(self) -> str:
        return f"Observation({self.launch_dir!r}, ping={self.ping!r}, final={self.final!r}, problem={self.problem!r})"


def observe(launch_dir: str, launch_id: int, seen_signature: str = "", token: str = "") -> Observation | None:
    """Look at the files of one launch.

    Nothing is opened if nothing changed: that costs one ``stat`` a file that is there. Of a launch that has ended the
    final record is opened first, and mostly tells all.

    Args:
        launch_dir: Absolute path.
        launch_id: Whose files are wanted; where another launch took the directory, ``FW_launch_<id>/`` has them.
        seen_signature: The signature of the look before, or empty.
        token: The launch's, if it is known. A final record that carries it tells all; where it carries another one, the
            ticket tells whose it is.

    Returns:
        What the files say; None if they are as they were at the look before.
    """
    if seen_signature and _is_as_seen(launch_dir, launch_id, seen_signature):
        return None
    return _look(launch_dir, launch_id, token)


def _look(launch_dir: str, launch_id: int, token: str) -> Observation:
    here = found = _Place(launch_dir, launch_id, token)
    signature = here.signature
    if not here.owned and (here.found_other or not here.problems):
        found = _Place(os.path.join(launch_dir, aside_name(launch_id)), launch_id, token)
        signature = f"{_BOTH_PLACES}{here.signature} {found.signature}"
        found.complete_by(here)
    problem = "; ".join(found.problems) or _absence(launch_dir, launch_id, here, found)
    return Observation(
        launch_dir=launch_dir,
        signature=signature + _LOOK_AGAIN if found.problems else signature,
        ticket=found.ticket,
        ping=found.ping,
        final=found.final,
        problem=problem,
        foreign=found.foreign,
        size=found.size,
        absent=not (found.problems or found.ticket or found.ping or found.final) and os.path.isdir(launch_dir),
    )


def _absence(launch_dir: str, launch_id: int, here: _Place, found: _Place) -> str:
    """Why there is nothing to be found of a launch; empty if there is."""
    if found.ticket or found.final:
        return ""
    if here.found_other:
        return f"{launch_dir} now belongs to launch {here.found_other}, and nothing in it to launch {launch_id}"
    if not os.path.isdir(launch_dir):
        return f"the launch directory {launch_dir} is not there: moved, purged or not mounted"
    return f"there is no {TICKET} in {launch_dir}: moved, purged or not visible here yet"


class _Place:
    """The files of one launch in one folder."""

    def __init__(self, folder: str, launch_id: int, token: str) -> None:
        self.folder = folder
        self.launch_id = launch_id
        self._token = token
        self.problems: list[str] = []
        self.foreign = ""
        self.found_other = 0
        self.ticket: Ticket | None = None
        self.ping: Ping | None = None
        self.final: FinalRecord | None = None
        self._ticket_stamp, self._reserver, self.size = _look_at(self._path(TICKET))
        self._ping_stamp = self._final_stamp = _UNSEEN
        self._read()

    @property
    def owned(self) -> bool:
        """Whether the folder is this launch's."""
        return self.ticket is not None or self.final is not None

    @property
    def signature(self) -> str:
        """The state of the files when they were read, or before."""
        return f"{self._ticket_stamp} {self._ping_stamp} {self._final_stamp}"

    def complete_by(self, other: _Place) -> None:
        """What this place lacks is taken from another, which may just be on its way here."""
        self.ticket = self.ticket or other.ticket
        self.ping = self.ping or other.ping
        self.final = self.final or other.final
        self.foreign = self.foreign or other.foreign
        self.size += other.size

    def _read(self) -> None:
        self._parse(self._set_final)
        final = self.final
        if final is not None and self._token not in ("", final.token):
            final = None
        if final is not None and self._token and final.host:
            return  # nothing that the heartbeat says is asked for any more
        self._ping_stamp = _stamp(self._path(PING))
        if final is None:
            self._read_ticket()
        self._parse(self._set_ping)

    def _read_ticket(self) -> None:
        """Without final record FireWorks may run this launch; if that is not ours, the ticket tells whose it is."""
        ticket = self._document(TICKET) or {}
        if "launch_id" in ticket and ticket["launch_id"] != self.launch_id:
            self.found_other = ticket["launch_id"]
        elif ticket:
            self._parse(lambda: self._set_ticket(ticket))
        if ticket and is_legacy(ticket) and self.owned:
            self._parse(lambda: self._set_legacy(ticket))

    def _set_ticket(self, document: dict[str, Any]) -> None:
        self.ticket = Ticket.from_dict(document, self._path(TICKET))

    def _set_legacy(self, ticket: dict[str, Any]) -> None:
        self.ping = ping_of(ticket, self._document(PING))
        self.final = final_of(ticket)

    def _set_ping(self) -> None:
        path = self._path(PING)
        document, status = read_described_json(path)
        self.size += status.st_size if status else 0
        if document and status and self._is_ours(document):
            self._check_owner(path, status.st_uid)
            self.ping = Ping.from_dict(document, path)

    def _set_final(self) -> None:
        path = self._path(FINAL)
        document, status = read_described_json(path)
        self._final_stamp = _stamp_of(status) if status else _ABSENT
        self.size += status.st_size if status else 0
        if document and status and self._is_ours(document):
            self._check_owner(path, status.st_uid)
            self.final = FinalRecord.from_dict(document, path)

    def _check_owner(self, path: str, theirs: int) -> None:
        """Whoever reserved the launch runs its job; a report that another user wrote is not the job's."""
        ours = self._reserver
        if ours is not None and theirs not in (ours, ROOT):
            self.foreign = (
                f"{path} was written by user {theirs}, but user {ours} reserved the launch; "
                "if it is right, let an administrator give it to that user (chown)"
            )

    def _is_ours(self, document: dict[str, Any]) -> bool:
        return document.get("launch_id") == self.launch_id

    def _document(self, name: str) -> dict[str, Any] | None:
        try:
            read = read_json_or_compressed if name == TICKET else read_json
            return read(self._path(name))
        except UnreadableError as error:
            self._tell(str(error))
            return None

    def _parse(self, read: Callable[[], None]) -> None:
        try:
            read()
        except UnreadableError as error:
            self._tell(str(error))

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}"


def _is_as_seen(folder: str, launch_id: int, seen: str) -> bool:
    """Whether the files of a launch are as they were, without opening them."""
    stamps = seen.split(" ")
    if len(stamps) != 3 or stamps[0] == _ABSENT or stamps[2] != _ABSENT:
        return _signature(folder, launch_id, seen) == seen
    return (  # it had not ended, as most; an error for each file that is still not there would cost more than all else
        _look_at(f"{folder}/{TICKET}")[0] == stamps[0]
        and _is_still(f"{folder}/{PING}", stamps[1])
        and _is_still(f"{folder}/{FINAL}", _ABSENT)
    )


def _is_still(path: str, stamp: str) -> bool:
    return not os.access(path, os.F_OK) if stamp == _ABSENT else _stamp(path) == stamp


def _signature(folder: str, launch_id: int, seen: str) -> str:
    """What a look would give that covers the same places as the one before."""
    if not seen.startswith(_BOTH_PLACES):
        return _stamps(folder)
    return f"{_BOTH_PLACES}{_stamps(folder)} {_stamps(os.path.join(folder, aside_name(launch_id)))}"


def _stamps(folder: str) -> str:
    return f"{_look_at(f'{folder}/{TICKET}')[0]} {_stamp(f'{folder}/{PING}')} {_stamp(f'{folder}/{FINAL}')}"


def _look_at(ticket: str) -> tuple[str, int | None, int]:
    """The stamp of a ticket, whose it is if that is known, and its bytes; of a compressed one, if that is there."""
    for path in (ticket, f"{ticket}{COMPRESSED}"):
        try:
            status = os.stat(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            return _unknown(error), None, 0
        return _stamp_of(status), status.st_uid if path == ticket else None, status.st_size
    return _ABSENT, None, 0


def _stamp(path: str) -> str:
    try:
        return _stamp_of(os.stat(path))
    except FileNotFoundError:
        return _ABSENT
    except OSError as error:
        return _unknown(error)


def _unknown(error: OSError) -> str:
    return f"!{error.errno}"


def _stamp_of(status: os.stat_result) -> str:
    return f"{status.st_ino:x}.{status.st_size:x}.{status.st_mtime_ns:x}"
