"""What a pass of ``lpad recover_offline`` costs: launches that have ended, and launches that run."""

from __future__ import annotations

import os
import sys
import time
from secrets import token_hex
from typing import TYPE_CHECKING

from benchmarks.databases import bare_transactions
from benchmarks.launchpad import filled, report_of
from benchmarks.machine import read_all, stat_all
from benchmarks.measure import Measured, compare, timed
from longfuse.domain.fworker import FWorker
from longfuse.launchdir.names import FINAL, PING
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.shell import run as shell
from longfuse.relay import recover

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.measure import Scale, Workload
    from longfuse.launchpad.launches import Reservation
    from longfuse.launchpad.pad import LaunchPad

    Launches = list[tuple[Reservation, Path]]

AT_ONCE = 100
"""So many are reserved in a transaction: this is not what is measured."""

A_TRANSACTION = 100
"""So many are recovered in a transaction of the limit, however many share one in Longfuse."""

_opened: list[str] = []
"""Files that this process has opened; filled only after `_watch_opens`."""

_watching: list[bool] = []


def finished(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Launches that have all ended since the last pass."""

    def limit(number: int) -> float:
        launches = _launched(folder, number, scale.items, (PING, FINAL))
        files = [str(one / name) for _, one in launches for name in (PING, FINAL)]
        transactions = bare_transactions(folder / f"bare_{number}.db", scale.items, batch=A_TRANSACTION)
        return transactions + timed(lambda: read_all(files))

    def subject(number: int) -> float:
        with filled(folder / f"pad_{number}", scale.items) as launchpad:
            return timed(lambda: _pass(launchpad))

    seconds = compare(subject, limit, scale.rounds, warm=False)
    yield Measured(
        "recover", "recover a finished launch", "read, parse, a transaction a hundred", *seconds, items=scale.items
    )


def unchanged(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Launches that run, and have said nothing new since the last pass."""
    yield _running("recover-unchanged", "a pass over running launches, nothing new", folder, scale, changes=0)


def changed(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Launches that run, of which some have ended since the last pass."""
    changes = min(scale.changes, scale.items)
    yield _running("recover-changed", f"a pass over running launches, {changes} changes", folder, scale, changes)


def _running(key: str, name: str, folder: Path, scale: Scale, changes: int) -> Measured:
    figures: dict[str, list[float]] = {"CPU s": [], "files opened": [], "unchanged files opened": []}
    launched: dict[int, Launches] = {}

    def limit(number: int) -> float:
        launched[number] = _launched(folder, number, scale.items, (PING,))
        files = [str(launch_dir / PING) for _, launch_dir in launched[number]]
        return timed(lambda: stat_all(files))

    def subject(number: int) -> float:
        with filled(folder / f"pad_{number}", scale.items) as launchpad:
            _pass(launchpad)
            fresh = _end_some(launched.pop(number), changes)
            _opened.clear()
            cpu_s = time.process_time()
            seconds = timed(lambda: _pass(launchpad))
            cpu_s = time.process_time() - cpu_s
        seen = [path for path in _opened if path.startswith(str(folder / f"launches_{number}"))]
        figures["CPU s"].append(cpu_s)
        figures["files opened"].append(len(seen))
        figures["unchanged files opened"].append(sum(os.path.dirname(path) not in fresh for path in seen))
        return seconds

    _watch_opens()
    seconds = compare(subject, limit, scale.rounds, warm=False)
    return Measured(key, name, "stat of one file each", *seconds, items=scale.items, figures=figures)


def _launched(folder: Path, number: int, size: int, reports: Sequence[str]) -> Launches:
    """Reserve so many launches, and write what their rockets would have left behind."""
    places = [folder / f"launches_{number}" / str(index + 1) for index in range(size)]
    taken: list[Reservation] = []
    with filled(folder / f"pad_{number}", size) as launchpad:
        for some in (places[first : first + AT_ONCE] for first in range(0, size, AT_ONCE)):
            tokens = [token_hex(16) for _ in some]
            taken += launchpad.reserve_many(FWorker("benchmark"), some, tokens=tokens)
    launches = list(zip(taken, places, strict=True))
    for one, launch_dir in launches:
        prepare(str(launch_dir), one.document, one.ticket, synced=False)
    for one, launch_dir in launches:
        report_of(one, launch_dir, reports)
    return launches


def _end_some(launches: Launches, changes: int) -> set[str]:
    """So many of them end; returns their launch directories."""
    some = launches[:: len(launches) // changes][:changes] if changes else []
    for one, launch_dir in some:
        report_of(one, launch_dir, (FINAL,))
    return {str(launch_dir) for _, launch_dir in some}


def _pass(launchpad: LaunchPad) -> None:
    report = recover(launchpad, worker=None, shell=shell)
    assert not report.silences, report.silences


def _watch_opens() -> None:
    """From now on note the files that are opened. An audit hook stays until the process ends, so there is one."""

    def note(event: str, words: tuple[object, ...]) -> None:
        if event == "open" and isinstance(words[0], str):
            _opened.append(words[0])

    if not _watching:
        _watching.append(True)
        sys.addaudithook(note)


WORKLOADS: dict[str, Workload] = {"recover": finished, "recover-unchanged": unchanged, "recover-changed": changed}
