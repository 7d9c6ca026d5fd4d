"""Two of the same command at once, one of them standing still before each of its operations: as good as one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.faults.site import JOB, LAUNCH, RECOVER, Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server, Victim

pytestmark = pytest.mark.timeout(1800)

A_WHILE_S = 0.7
"""How long the second may go on alone; then it waits for the first, which has the database."""

COMMANDS: dict[str, tuple[Callable[[Site], Site], tuple[str, ...]]] = {
    "launchers": (Site.added, LAUNCH),
    "recoverers": (Site.worked, RECOVER),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_two_on_the_login_side(name: str, tmp_path: Path, server: Server, plan: Plan) -> None:
    prepare, command = COMMANDS[name]
    ready = prepare(Site(tmp_path / "ready", server))
    for number in numbers(ready, tmp_path, command, plan):
        site = ready.copy(tmp_path / f"stopped {number}")
        first = site.start(*command, stop=("main", number))
        if first.reaches_stop():
            story = f"{plan.story}: two {name}, the first stops before operation {number}, {first.what}"
            second = site.start(*command)
            second.ends_within(A_WHILE_S)
            first.go_on()
            for victim in (first, second):
                assert victim.end() == 0, f"{victim.printed()}; {story}"
            plan.tried(f"two {name} at once")
            site.check_results(story)
            site.settle(story)
            site.check_end(story)
        shutil.rmtree(site.folder)


def test_two_starts_of_one_job(tmp_path: Path, server: Server, plan: Plan) -> None:
    ready = Site(tmp_path / "ready", server).launched()
    for number in numbers(ready, tmp_path, JOB, plan):
        site = ready.copy(tmp_path / f"stopped {number}")
        place = site.first_place
        first = site.start(*JOB, stop=("main", number), cwd=place)
        if first.reaches_stop():
            story = f"{plan.story}: two starts of a job, the first stops before operation {number}, {first.what}"
            second = site.run(*JOB, cwd=place)
            first.go_on()
            codes = sorted((first.end(), second.end()))
            assert codes in ([0, 0], [0, 3]), f"{codes}: {first.printed()} {second.printed()}; {story}"
            plan.tried("two starts of a job at once")
            site.settle(story)
            site.check_end(story)
        shutil.rmtree(site.folder)


def numbers(ready: Site, tmp_path: Path, command: tuple[str, ...], plan: Plan) -> list[int]:
    """The operations of the command where it is alone."""
    site = ready.copy(tmp_path / "alone")
    alone: Victim = site.run(*command, cwd=site.first_place if command == JOB else None)
    assert alone.end() == 0, alone.printed()
    return plan.choose([number for role, number in (one.place for one in alone.operations) if role == "main"], 2)
