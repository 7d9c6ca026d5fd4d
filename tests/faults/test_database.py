"""A database that is moved away or held by others just when a command wants it: it says so, and nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.faults.plan import is_long
from tests.faults.site import ADD, LAUNCH, RECOVER, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server, Victim

pytestmark = pytest.mark.timeout(1800)

COMMANDS: dict[str, tuple[Callable[[Site], object], tuple[str, ...]]] = {
    "add": (Site.write_workflow, ADD),
    "launch": (Site.added, LAUNCH),
    "recover": (Site.worked, RECOVER),
}
A_WHILE_S = 0.5
LONGER_THAN_PATIENCE_S = 40


@contextmanager
def moved_away(site: Site) -> Iterator[None]:
    """Its folder has another name."""
    away = site.folder / "elsewhere"
    site.database.parent.rename(away)
    try:
        yield
    finally:
        assert not site.database.parent.exists(), "somebody made a new one"
        away.rename(site.database.parent)


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Somebody writes, and does not come to an end."""
    with closing(sqlite3.connect(site.database, isolation_level=None, timeout=0.1)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:  # the command itself has it
            yield
            return
        yield
        other.execute("ROLLBACK")


FAULTS = {"moved away": moved_away, "locked": locked}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_database_that_is_not_to_be_had(fault: str, name: str, tmp_path: Path, server: Server, plan: Plan) -> None:
    prepare, command = COMMANDS[name]
    ready = Site(tmp_path / "ready", server)
    prepare(ready)
    for number in numbers(ready, tmp_path, command, plan):
        site = ready.copy(tmp_path / f"stopped {number}")
        victim = site.start(*command, stop=("main", number))
        if victim.reaches_stop():
            story = f"{plan.story}: database {fault} before operation {number} of {name}, {victim.what}"
            with FAULTS[fault](site):
                victim.go_on()
                victim.ends_within(A_WHILE_S)
            check_what_it_said(victim, fault, story)
            plan.tried(f"database {fault}")
            site.check_results(story)
            if not site.fireworks():
                assert site.run(*command).end() == 0, story
            site.settle(story)
            site.check_end(story)
        shutil.rmtree(site.folder)


def check_what_it_said(victim: Victim, fault: str, story: str) -> None:
    """A locked database is waited for; one that is away is told, in one line."""
    code = victim.end()
    printed = victim.printed()
    assert "Traceback" not in printed, f"{printed}; {story}"
    if fault == "locked":
        assert code == 0, f"{printed}; {story}"
    elif code:
        assert "LaunchPad" in printed, f"{printed}; {story}"


@pytest.mark.skipif(not is_long(), reason="it takes more than half a minute: make faults")
@pytest.mark.parametrize("name", COMMANDS)
def test_locked_for_longer_than_anybody_waits(name: str, tmp_path: Path, server: Server, plan: Plan) -> None:
    prepare, command = COMMANDS[name]
    site = Site(tmp_path / "site", server)
    prepare(site)
    with locked(site):
        victim = site.start(*command)
        began = time.monotonic()
        while not victim.ends_within(1):
            assert time.monotonic() - began < LONGER_THAN_PATIENCE_S * 3, victim.printed()
    assert victim.end() == 1
    assert "was held by another process" in victim.printed()
    plan.tried("database locked for long")
    if not site.fireworks():
        assert site.run(*command).end() == 0
    site.settle(name)
    site.check_end(name)


def numbers(ready: Site, tmp_path: Path, command: tuple[str, ...], plan: Plan) -> list[int]:
    """The operations of the command where nothing happens to it."""
    site = ready.copy(tmp_path / "alone")
    alone = site.run(*command)
    assert alone.end() == 0, alone.printed()
    return plan.choose([operation.number for operation in alone.operations], 1)
