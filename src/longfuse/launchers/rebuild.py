"""Makes a LaunchPad anew from launch directories, where its database is lost.

A ticket tells whose launch it is and what its Workflow was called, ``FW.json`` the Firework as it was reserved, and the
other files what became of it. What was never reserved has no directory, and is not there afterwards.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from longfuse.domain.wire import parse_iso
from longfuse.errors import InputError, UnreadableError
from longfuse.launchdir.files import read_json
from longfuse.launchdir.names import FIREWORK, aside_name
from longfuse.launchdir.observe import observe
from longfuse.launchers.moved import SearchReport, is_better, tickets
from longfuse.launchpad.location import shown
from longfuse.launchpad.restoring import Found, WorkflowName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from longfuse.launchdir.ticket import Ticket
    from longfuse.launchpad.pad import LaunchPad

    Progress = Callable[[int], None]
    Places = dict[tuple[str, int], tuple[str, Ticket]]


@dataclass(slots=True)
class RebuildReport:
    """What was made.

    Attributes:
        launchpad_id: Which LaunchPad it was, and is.
        workflows: How many Workflows it has now.
        fireworks: How many Fireworks.
        launches: How many launches.
        missing: Fireworks that others depend on and that have no launch directory here.
        problems: What could not be read or used, a sentence each.
    """

    launchpad_id: str = ""
    workflows: int = 0
    fireworks: int = 0
    launches: int = 0
    missing: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def rebuild(
    launchpad: LaunchPad,
    roots: Sequence[str],
    *,
    queue: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> RebuildReport:
    """Fill an empty LaunchPad with what the launch directories below some folders tell.

    It gets the id that their tickets carry, so that jobs still under way report to it.

    Args:
        launchpad: Holds no Workflow.
        roots: Where the launch directories are; links to folders are not followed.
        queue: What the queue adapter needs to look for jobs that are under way; None without a queue.
        progress: Is called with the number of folders now and then.

    Raises:
        InputError: The LaunchPad is not empty, a root is no folder, or tickets of several LaunchPads are there.
    """
    if launchpad.get_wf_ids(count_only=True):
        raise InputError(f"{shown(launchpad.url)} holds Workflows; `--rebuild` fills an empty LaunchPad only")
    for root in roots:
        if not os.path.isdir(root):
            raise InputError(f"There is no folder {root} to search in")
    search = SearchReport()
    places = _best(tickets(roots, search, progress), search)
    report = RebuildReport(launchpad_id=_one_launchpad(places), problems=search.problems)
    read = (_read(folder, ticket, report) for _, (folder, ticket) in sorted(places.items()))
    found = [one for one in read if one is not None]
    restored = launchpad.restore(report.launchpad_id, found, queue=queue)
    report.workflows, report.fireworks, report.launches = restored.workflows, restored.fireworks, len(found)
    report.missing = restored.missing
    return report


def _best(found: Iterable[tuple[str, Ticket]], search: SearchReport) -> Places:
    """Of each launch the copy to be believed."""
    places: Places = {}
    for folder, ticket in found:
        if not ticket.token or not ticket.fw_id:
            search.problems.append(f"{folder} was prepared by FireWorks, whose tickets do not tell of which LaunchPad")
            continue
        key = (ticket.launchpad_id, ticket.launch_id)
        before = places.get(key)
        if before is None or is_better(folder, before[0]):
            places[key] = (folder, ticket)
    return places


def _one_launchpad(places: Places) -> str:
    ids = Counter(launchpad_id for launchpad_id, _ in places)
    if not ids:
        raise InputError("No launch directory of a LaunchPad is in these folders; name those that hold FW_offline.json")
    if len(ids) > 1:
        told = ", ".join(f"{name} ({count} launches)" for name, count in ids.most_common())
        raise InputError(f"These folders hold launches of several LaunchPads: {told}; name folders of one of them only")
    return next(iter(ids))


def _read(folder: str, ticket: Ticket, report: RebuildReport) -> Found | None:
    files = observe(folder, ticket.launch_id)
    assert files is not None  # nothing was seen before
    try:
        document = _firework(folder, ticket)
    except UnreadableError as error:
        report.problems.append(str(error))
        return None
    if document is None:
        report.problems.append(
            f"{folder} has no {FIREWORK} of Firework {ticket.fw_id}: launch {ticket.launch_id} is left out"
        )
        return None
    return Found(ticket=ticket, firework=document, files=files, workflow=_workflow(ticket))


def _firework(folder: str, ticket: Ticket) -> dict[str, Any] | None:
    """The Firework, from the launch directory, or from its place inside it if another launch took over."""
    for place in (os.path.join(folder, aside_name(ticket.launch_id)), folder):
        document = read_json(os.path.join(place, FIREWORK))
        if document is not None and document.get("fw_id") == ticket.fw_id:
            return document
    return None


def _workflow(ticket: Ticket) -> WorkflowName:
    told = ticket.workflow
    created_on = told.get("created_on") or ticket.reserved_on
    return WorkflowName(
        wf_id=int(told.get("wf_id") or 0),
        name=str(told.get("name") or "unnamed WF"),
        metadata=dict(told.get("metadata") or {}),
        created_on=parse_iso(created_on),
        parents=tuple(int(parent) for parent in told.get("parents") or ()),
    )
