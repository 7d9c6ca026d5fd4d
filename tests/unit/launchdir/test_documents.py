"""Tickets, pings, final records and claims: what is written is read, and nothing else is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.launching import make_ticket

from longfuse.errors import UnreadableError
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.ticket import Ticket

PING = Ping(
    launch_id=1,
    token="t",
    attempt=2,
    ping_time="p",
    started_on="s",
    host="h",
    pid=3,
    job_id="4",
    checkpoint={"_task_n": 1},
)
FINAL = FinalRecord(
    launch_id=1,
    token="t",
    attempt=2,
    state="FIZZLED",
    reason="r",
    started_on="s",
    completed_on="c",
    fwaction={"stored_data": {}},
    signal="SIGTERM",
    checkpoint={"_task_n": 1},
)


@pytest.mark.parametrize("document", [make_ticket(user_packages=["a.b"]), PING, FINAL])
def test_documents_survive_json(document: Ticket | Ping | FinalRecord) -> None:
    wire = json.loads(json.dumps(document.to_dict()))
    assert wire["protocol"] == 1
    assert type(document).from_dict(wire) == document
    assert type(document).from_dict(wire | {"later": "field"}) == document


def test_documents_differ_by_their_fields() -> None:
    assert make_ticket(1) != make_ticket(2)
    assert make_ticket(1) != PING
    assert "launch_id=1" in repr(make_ticket(1))


@pytest.mark.parametrize(
    ("kind", "document", "words"),
    [
        (Ticket, {}, "lacks 'launch_id'"),
        (Ticket, {"launch_id": "1"}, "'launch_id' should be a whole number"),
        (Ticket, {"launch_id": True}, "'launch_id' should be a whole number"),
        (Ticket, {"launch_id": 1, "token": 5}, "'token' should be a string"),
        (Ticket, {"launch_id": 1, "fworker": []}, "'fworker' should be an object"),
        (Ticket, {"launch_id": 1, "ping_interval_s": "x"}, "'ping_interval_s' should be a number"),
        (Ticket, {"launch_id": 1, "protocol": 2}, "protocol 2.*newer Longfuse"),
        (Ping, {"launch_id": 1}, "lacks 'ping_time'"),
        (Ping, {"launch_id": 1, "ping_time": "x", "trackers": {}}, "'trackers' should be an array"),
        (FinalRecord, FINAL.to_dict() | {"state": "RUNNING"}, "no state in which a launch ends"),
        (FinalRecord, FINAL.to_dict() | {"fwaction": None}, "lacks 'fwaction'"),
    ],
)
def test_a_wrong_field_is_named(kind: Any, document: dict[str, Any], words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        kind.from_dict(document)


def test_fireworks_own_ticket_is_enough() -> None:
    ticket = Ticket.from_dict({"launch_id": 5})
    assert (ticket.launch_id, ticket.token, ticket.fw_id, ticket.ping_interval_s) == (5, "", 0, 300.0)
