"""Launch directories that were moved: found again by the token in their tickets."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from longfuse.errors import InputError, UnreadableError
from longfuse.launchdir.files import read_json
from longfuse.launchdir.names import FINAL, TICKET, aside_name
from longfuse.launchdir.observe import observe
from longfuse.launchdir.ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.store.records import LaunchRecord

    Progress = Callable[[int], None]

BATCH = 500
"""How many tickets are compared with the LaunchPad at once."""

TELL_EVERY = 100
"""After how many folders progress is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A launch that is somewhere else than the LaunchPad thought.

    Attributes:
        launch_id: The launch.
        fw_id: Its Firework.
        was: Where it was.
        now: Where it is.
    """

    launch_id: int
    fw_id: int
    was: str
    now: str


@dataclass(slots=True)
class SearchReport:
    """What a search found.

    Attributes:
        folders: How many folders were looked at.
        found: How many launches' tickets were in them.
        moved: The launches whose new places are on record now.
        foreign: How many tickets belong to other LaunchPads, or name none.
        problems: What could not be read, a sentence each.
    """

    folders: int = 0
    found: int = 0
    moved: list[Move] = field(default_factory=list)
    foreign: int = 0
    problems: list[str] = field(default_factory=list)


def search(launchpad: LaunchPad, roots: Sequence[str], progress: Progress | None = None) -> SearchReport:
    """Look below some folders for this LaunchPad's launch directories, and note the new places of those that moved.

    A launch whose directory still is where the LaunchPad thinks is left alone, whatever copies of it there are. Of
    several copies of one that moved the one with a final record counts, else the one whose ticket is newest.

    Args:
        launchpad: Which LaunchPad.
        roots: Where to look; links to folders are not followed.
        progress: Is called with the number of folders now and then.

    Raises:
        InputError: A root is no folder.
    """
    for root in roots:
        if not os.path.isdir(root):
            raise InputError(f"There is no folder {root} to search in")
    report = SearchReport()
    for batch in _batches(tickets(roots, report, progress)):
        _compare(launchpad, batch, report)
    return report


def tickets(roots: Sequence[str], report: SearchReport, progress: Progress | None) -> Iterator[tuple[str, Ticket]]:
    """Each ticket below the roots, with the launch directory that it is in."""

    def tell(error: OSError) -> None:
        report.problems.append(f"cannot look into {error.filename}: {error.strerror}")

    for root in roots:
        for folder, _, names in os.walk(os.path.abspath(root), onerror=tell):
            report.folders += 1
            if progress is not None and report.folders % TELL_EVERY == 0:
                progress(report.folders)
            if TICKET not in names:
                continue
            try:
                ticket = Ticket.from_dict(read_json(os.path.join(folder, TICKET)) or {}, folder)
            except UnreadableError as error:
                report.problems.append(str(error))
                continue
            aside = os.path.basename(folder) == aside_name(ticket.launch_id)
            yield (os.path.dirname(folder) if aside else folder), ticket


def _batches(tickets: Iterable[tuple[str, Ticket]]) -> Iterator[list[tuple[str, Ticket]]]:
    batch: list[tuple[str, Ticket]] = []
    for one in tickets:
        batch.append(one)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _compare(launchpad: LaunchPad, batch: Sequence[tuple[str, Ticket]], report: SearchReport) -> None:
    known = launchpad.launch_records([ticket.launch_id for _, ticket in batch])
    launchpad_id = launchpad.launchpad_id()
    better: dict[int, Move] = {}
    for folder, ticket in batch:
        launch = known.get(ticket.launch_id)
        if launch is None or (ticket.launchpad_id, ticket.token) != (launchpad_id, launch.token):
            report.foreign += 1
            continue
        report.found += 1
        before = better.get(launch.launch_id)
        if folder != launch.launch_dir and (before is None or is_better(folder, before.now)):
            better[launch.launch_id] = Move(
                launch_id=launch.launch_id, fw_id=launch.fw_id, was=launch.launch_dir, now=folder
            )
    moved = [move for move in better.values() if not _stands(known[move.launch_id])]
    launchpad.move_launches({move.launch_id: move.now for move in moved})
    report.moved += moved


def _stands(launch: LaunchRecord) -> bool:
    """Whether the launch's directory is where the LaunchPad thinks, or may be."""
    files = observe(launch.launch_dir, launch.launch_id)
    assert files is not None
    return files.token == launch.token


def is_better(folder: str, other: str) -> bool:
    """Whether of two copies of a launch directory the first is to be believed: that with a result, else the newer."""
    return _rank(folder) > _rank(other)


def _rank(folder: str) -> tuple[bool, float]:
    ticket = os.path.join(folder, TICKET)
    changed = os.stat(ticket).st_mtime if os.path.exists(ticket) else 0.0
    return os.path.exists(os.path.join(folder, FINAL)), changed
