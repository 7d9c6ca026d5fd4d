"""The login side killed before each of its file operations and transactions: nothing is lost, nothing is made twice."""

from __future__ import annotations

import shutil
from itertools import count
from typing import TYPE_CHECKING

import pytest
from tests.faults.plan import is_long
from tests.faults.site import ADD, LAUNCH, LAUNCH_HERE, RECOVER, Site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server

pytestmark = pytest.mark.timeout(1800)


def before_launch_again(site: Site) -> None:
    """In the same directory where the Firework before it ran."""
    site.added()
    assert site.run(*LAUNCH_HERE).end() == 0
    site.work()
    assert site.run(*RECOVER).end() == 0


COMMANDS = {
    "add": (Site.write_workflow, ADD),
    "launch": (Site.added, LAUNCH),
    "launch where another ran": (before_launch_again, LAUNCH_HERE),
    "recover": (Site.worked, RECOVER),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_before_each_operation(name: str, tmp_path: Path, server: Server, plan: Plan) -> None:
    prepare, command = COMMANDS[name]
    ready = Site(tmp_path / "ready", server)
    prepare(ready)
    for number in numbers(plan, ready, tmp_path, command):
        site = ready.copy(tmp_path / f"killed {number}")
        victim = site.start(*command, stop=("main", number))
        if not victim.reaches_stop():
            assert is_long(), "the same command had more operations before"
            return
        victim.kill_stopped()
        assert victim.end() == -9
        plan.tried(f"{name} killed")
        story = f"{plan.story}: {name} killed before its {number}. operation, {victim.what}"
        site.check_results(story)
        if name == "add":
            assert len(site.fireworks()) in {0, 3}, story
        else:
            site.settle(story)
            site.check_end(story)
        shutil.rmtree(site.folder)


def numbers(plan: Plan, ready: Site, tmp_path: Path, command: tuple[str, ...]) -> count[int] | list[int]:
    """Before which operations: every one, or some of those that an undisturbed run has."""
    if is_long():
        return count(1)
    victim = ready.copy(tmp_path / "undisturbed").run(*command)
    assert victim.end() == 0, victim.printed()
    assert len(victim.operations) > 5, victim.operations
    return plan.choose([operation.number for operation in victim.operations], 2)
