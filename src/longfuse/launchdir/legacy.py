"""Directories in which FireWorks itself ran: its one ``FW_offline.json`` holds ticket, progress and result."""

from __future__ import annotations

import os

from longfuse.errors import UnreadableError
from longfuse.launchdir.files import parse_object, read_json
from longfuse.launchdir.final import ENDINGS, FinalRecord
from longfuse.launchdir.names import COMPRESSED
from longfuse.launchdir.ping import Ping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_legacy(ticket: dict[str, Any]) -> bool:
    """Whether FireWorks wrote this ticket, or ran the launch of one of ours: it writes its progress into the ticket."""
    return "protocol" not in ticket or "started_on" in ticket


def read_json_or_compressed(path: str) -> dict[str, Any] | None:
    """As `read_json`; where the file is absent, its ``.gz`` variant.

    Raises:
        UnreadableError: As `read_json`.
    """
    document = read_json(path)
    if document is None and os.path.exists(path + COMPRESSED):
        return _read_compressed(path + COMPRESSED)
    return document


def _read_compressed(path: str) -> dict[str, Any] | None:
    import gzip  # late: hardly any directory has one
    import zlib

    try:
        with gzip.open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(f"{path} cannot be decompressed; it may still be written ({error})") from error
    return parse_object(content, path)


def ping_of(ticket: dict[str, Any], ping: dict[str, Any] | None) -> Ping | None:
    """The heartbeat of a job that FireWorks ran: its ping file's time if it has one, else the time it started.

    Args:
        ticket: What ``FW_offline.json`` holds.
        ping: What ``FW_ping.json`` holds, ``{"ping_time": ...}``, if it is there.
    """
    started_on = ticket.get("started_on")
    if not isinstance(started_on, str):
        return None
    return Ping.from_dict(
        {
            "launch_id": ticket.get("launch_id"),
            "token": ticket.get("token"),
            "started_on": started_on,
            "ping_time": (ping or {}).get("ping_time") or started_on,
            "checkpoint": ticket.get("checkpoint"),
        }
    )


def final_of(ticket: dict[str, Any]) -> FinalRecord | None:
    """How a job that FireWorks ran ended; None while it has not.

    Raises:
        UnreadableError: Its result makes no sense.
    """
    if ticket.get("state") not in ENDINGS or "fwaction" not in ticket:
        return None
    return FinalRecord.from_dict({**ticket, "reason": _reason(ticket["fwaction"])})


def _reason(fwaction: Any) -> str:
    """FireWorks' message for a failed task, if that is what the action holds."""
    stored_data = fwaction.get("stored_data") if isinstance(fwaction, dict) else None
    message = stored_data.get("_message") if isinstance(stored_data, dict) and "_exception" in stored_data else None
    return message if isinstance(message, str) else ""
