"""``lpad track_fws``: the last lines of the files that Fireworks' Trackers follow."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from longfuse.cli.opening import open_launchpad
from longfuse.cli.output import show
from longfuse.cli.progress import announced, awaited
from longfuse.cli.selection import add_limits, add_selection, check_known, query_of, sort_of
from longfuse.domain.states import ENDED, HELD
from longfuse.domain.tracker import MAX_LINES, Tracker
from longfuse.launchdir.observe import Observation, observe

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.launchpad.tracking import Tracked
    from longfuse.store.records import LaunchRecord

EXAMPLES = {"track_fws": "lpad track_fws -i 12 --follow"}

BETWEEN = ">------<"
"""What FireWorks prints between two Fireworks."""

LOOK_AGAIN_S = 1.0
"""How long ``--follow`` waits between two looks."""


def _options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    add_limits(parser)
    names = parser.add_argument_group("which files (default: all that have a Tracker)")
    names.add_argument("-c", "--include", nargs="+", metavar="FILE", help="only files of these names")
    names.add_argument("-x", "--exclude", nargs="+", metavar="FILE", help="all but files of these names")
    parser.add_argument(
        "--follow",
        action="store_true",
        help="print what is new as it comes, until all have ended (Ctrl-C stops the printing, not the jobs)",
    )
    parser.set_defaults(run=_track)


def _track(args: argparse.Namespace) -> int:
    launchpad = open_launchpad(args)
    with announced("looking for FWs"):
        ids: list[int] = launchpad.get_fw_ids(
            query_of(args, "fw_id"), sort=sort_of(args), limit=args.max, launches_mode=args.launches_mode
        )
    if args.fw_id is not None:
        check_known(launchpad, args.fw_id)
    wanted = _wanted(args.include, args.exclude)
    if args.follow:
        _Follower(launchpad, ids, wanted).run()
        return 0
    found = awaited(launchpad.get_tracked(ids), f"looking for Trackers of {len(ids)} FWs")
    if args.human:
        _print_blocks(found, wanted)
    else:
        show((_document(firework, wanted) for firework in found), args.output)
    return 0


def _wanted(include: Sequence[str] | None, exclude: Sequence[str] | None) -> Callable[[str], bool]:
    """Whether a file of this name shall be shown."""

    def test(filename: str) -> bool:
        return (include is None or filename in include) and filename not in (exclude or ())

    return test


# --- what the LaunchPad has
def _print_blocks(fireworks: Iterable[Tracked], wanted: Callable[[str], bool]) -> None:
    """FireWorks' own layout."""
    first = True
    for firework in fireworks:
        blocks = [
            (launch, [str(tracker) for tracker in _trackers(launch) if wanted(tracker.filename)])
            for launch in firework.launches
        ]
        blocks = [(launch, files) for launch, files in blocks if files]
        if not blocks:
            continue
        lines = [] if first else [BETWEEN]
        first = False
        lines.append(f"# FW id: {firework.fw_id}, FW name={firework.name!r}")
        for launch, files in blocks:
            lines += [f"## Launch id: {launch.launch_id}", *files]
        _print(lines)


def _document(firework: Tracked, wanted: Callable[[str], bool]) -> dict[str, Any]:
    launches = [
        {"launch_id": launch.launch_id, "trackers": [x for x in launch.trackers if wanted(x["filename"])]}
        for launch in firework.launches
    ]
    return {"fw_id": firework.fw_id, "name": firework.name, "launches": launches}


def _trackers(launch: LaunchRecord) -> list[Tracker]:
    return [Tracker.from_dict(document) for document in launch.trackers]


def _print(lines: Iterable[str]) -> None:
    """Print; bytes that are no UTF-8 come out as they are in the file, if the terminal takes them."""
    for line in lines:
        sys.stdout.write(line.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + "\n")


# --- following
class _Follower:
    """Prints what is new in the tracked files of current launches, each time under its file's name if that changes.

    A file in a launch directory that can be seen from here is read; else its lines come from the launch's heartbeat,
    or from what the LaunchPad has of that.
    """

    def __init__(self, launchpad: LaunchPad, fw_ids: Sequence[int], wanted: Callable[[str], bool]) -> None:
        self._launchpad = launchpad
        self._fw_ids = fw_ids
        self._wanted = wanted
        self._shown: dict[tuple[int, str], str] = {}
        self._seen: dict[int, Observation] = {}
        self._heading = ""

    def run(self) -> None:
        """Follow until all have ended."""
        while True:
            fireworks = self._launchpad.get_tracked(self._fw_ids)
            self._fw_ids = [firework.fw_id for firework in fireworks if self._show(firework)]
            if not self._fw_ids:
                return
            sys.stdout.flush()
            time.sleep(LOOK_AGAIN_S)

    def _show(self, firework: Tracked) -> bool:
        """Print what is new of a Firework; returns whether more may come."""
        current = [launch for launch in firework.launches if not launch.archived]
        ended = firework.state in ENDED | HELD
        for launch in current:
            files = self._look(launch)
            ended = ended or (files is not None and files.final is not None)
            for tracker, at_first in self._now(launch, files):
                self._print_new(firework, launch, tracker, at_first)
        return not ended

    def _look(self, launch: LaunchRecord) -> Observation | None:
        """What the launch's files say, if they are its own and can be seen from here."""
        before = self._seen.get(launch.launch_id)
        now = observe(launch.launch_dir, launch.launch_id, before.signature if before else "") or before
        if now is None or now.token != launch.token:
            return None
        self._seen[launch.launch_id] = now
        return now

    def _now(self, launch: LaunchRecord, files: Observation | None) -> Iterator[tuple[Tracker, int]]:
        """Each Tracker with what it sees now, and how many lines of that to print at first."""
        told = launch.trackers
        if files is not None:
            report = files.final or files.ping
            told = (report.trackers if report else None) or told
        for tracker in map(Tracker.from_dict, told):
            if self._wanted(tracker.filename):
                at_first = tracker.nlines
                if files is not None and not os.path.isabs(tracker.filename):
                    tracker.nlines = MAX_LINES  # or what comes between two looks would be lost
                    with suppress(OSError):
                        tracker.track_file(launch.launch_dir)
                yield tracker, at_first

    def _print_new(self, firework: Tracked, launch: LaunchRecord, tracker: Tracker, at_first: int) -> None:
        from longfuse.launchpad.tracking import new_lines

        key = launch.launch_id, tracker.filename
        lines = new_lines(self._shown.get(key, ""), tracker.content)
        if not lines:
            return
        if key not in self._shown:
            lines = lines[-at_first:]
        self._shown[key] = tracker.content
        heading = f"==> FW id: {firework.fw_id}, Launch id: {launch.launch_id}, {tracker.filename} <=="
        _print(lines if heading == self._heading else [heading, *lines])
        self._heading = heading


OPTIONS: dict[str, Callable[[Any], None]] = {"track_fws": _options}
