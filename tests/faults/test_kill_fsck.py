"""``lpad fsck`` killed before each of its operations: run again, it mends or makes anew all the same, and only once."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.faults.plan import is_long
from tests.faults.site import Site

from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server

pytestmark = pytest.mark.timeout(1800)

FSCK = ("lpad", "-s", "fsck")
REPAIR = (*FSCK, "--repair")
REBUILD = (*FSCK, "--rebuild", ".")

DAMAGE = """
DELETE FROM offline_runs;
UPDATE fireworks SET waiting_for = waiting_for + 5 WHERE waiting_for > 0;
UPDATE workflows SET n_ready = 9;
"""


def test_repair_killed_before_each_operation(tmp_path: Path, server: Server, plan: Plan) -> None:
    """Two results lie in files that no recovery looks for, and the counters are wrong."""
    ready = Site(tmp_path / "ready", server).worked()
    with closing(sqlite3.connect(ready.database)) as connection:
        connection.executescript(DAMAGE)
    assert ready.run(*FSCK).end() == 1
    for site, story in killed(ready, REPAIR, tmp_path, plan):
        site.check_results(story)
        again = site.run(*REPAIR)
        assert again.end() == 0, f"{again.printed()}; {story}"
        told = site.run(*FSCK)
        assert told.end() == 0, f"{told.printed()}; {story}"
        site.settle(story)
        site.check_end(story)


def test_rebuild_killed_before_each_operation(tmp_path: Path, server: Server, plan: Plan) -> None:
    """All has ended, and the database is lost; a rebuilt one is whole or empty."""
    ready = Site(tmp_path / "ready", server).added()
    ready.settle("nothing was done to it")
    with closing(LaunchPad(ready.url)) as pad:
        identity = pad.launchpad_id()
    for path in ready.database.parent.iterdir():
        path.unlink()
    LaunchPad(ready.url, create=True).close()
    for site, story in killed(ready, REBUILD, tmp_path, plan):
        there = len(site.fireworks())
        assert there in {0, 4}, story
        again = site.run(*REBUILD)
        assert again.end() == (1 if there else 0), f"{again.printed()}; {story}"
        with closing(LaunchPad(site.url)) as pad:
            assert pad.launchpad_id() == identity, story
        told = site.run(*FSCK)
        assert told.end() == 0, f"{told.printed()}; {story}"
        site.check_end(story)


def killed(ready: Site, command: tuple[str, ...], folder: Path, plan: Plan) -> Iterable[tuple[Site, str]]:
    """Copies in which the command was killed, with how to see it again; they are removed when the next one is made."""
    for number in numbers(ready, command, folder, plan):
        site = ready.copy(folder / f"killed {number}")
        victim = site.start(*command, stop=("main", number))
        if not victim.reaches_stop():
            assert is_long(), "the same command had more operations before"
            return
        victim.kill_stopped()
        assert victim.end() == -9
        plan.tried(f"{' '.join(command[2:4])} killed")
        yield site, f"{plan.story}: {command} killed before its {number}. operation, {victim.what}"
        shutil.rmtree(site.folder)


def numbers(ready: Site, command: tuple[str, ...], folder: Path, plan: Plan) -> Iterable[int]:
    """Before which operations."""
    victim = ready.copy(folder / "undisturbed").run(*command)
    assert victim.end() == 0, victim.printed()
    every = [operation.number for operation in victim.operations if operation.role == "main"]
    assert every, "nothing was written"
    return plan.choose(every, 2)
