"""The compute side killed before each of its file operations: its watcher, its tasks, or the whole machine.

After that the job either starts again, as after a requeue, or it is over and the batch system says so.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.faults.plan import is_long
from tests.faults.site import JOB, LAUNCH, RECOVER, Site

from longfuse.launchdir import names

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server, Victim

pytestmark = pytest.mark.timeout(1800)

ALONE, MACHINE = "the process", "the machine"
ROLES = ("main", "task")
LAUNCH_ONE = (*LAUNCH, "--nlaunches", "1")


@pytest.fixture(scope="module")
def queued(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two jobs in the queue."""
    return Site(tmp_path_factory.mktemp("queued") / "site", server).launched()


@pytest.fixture(scope="module")
def unrecorded(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A job in the queue whose launcher was killed before it could put that on record."""
    site = Site(tmp_path_factory.mktemp("unrecorded") / "site", server).added()
    undisturbed = site.copy(tmp_path_factory.mktemp("unrecorded") / "undisturbed").run(*LAUNCH_ONE)
    submitted = max(one.number for one in undisturbed.operations if one.what == "subprocess.Popen")
    launcher = site.start(*LAUNCH_ONE, stop=("main", submitted + 1))
    assert launcher.reaches_stop()
    launcher.kill_all()
    assert launcher.end() == -9
    assert len(site.jobs()) == 1
    return site


@pytest.mark.parametrize("then", ["it starts again", "it is over"])
@pytest.mark.parametrize("dies", [ALONE, MACHINE])
def test_killed_before_each_operation(dies: str, then: str, tmp_path: Path, queued: Site, plan: Plan) -> None:
    kill_each(dies, then, tmp_path, queued, plan)


def test_killed_where_the_launcher_was_before(tmp_path: Path, unrecorded: Site, plan: Plan) -> None:
    kill_each(MACHINE, "it is over", tmp_path, unrecorded, plan)


def kill_each(dies: str, then: str, tmp_path: Path, queued: Site, plan: Plan) -> None:
    for role, number in operations(plan, tmp_path, queued):
        site = queued.copy(tmp_path / f"{role} {number}")
        job_id, place = first_job(site)
        victim = site.start(*JOB, cwd=place, stop=(role, number), job=job_id)
        if not victim.reaches_stop():
            assert is_long(), "the same job had more operations before"
            continue
        kill(victim, dies)
        plan.tried(f"{dies} of a job killed")
        story = f"{plan.story}: {dies} killed before operation {number} of {role}, {victim.what}; {then}"
        began = runs(site)
        assert began <= 1, story
        if then == "it is over":
            check_over(site, job_id, place, story)
        else:
            check_again(site, job_id, place, story, dies)
        shutil.rmtree(site.folder)


def operations(plan: Plan, tmp_path: Path, queued: Site) -> Iterable[tuple[str, int]]:
    """Those of an undisturbed run, and in the long form some more, for runs differ a little."""
    site = queued.copy(tmp_path / "undisturbed")
    job_id, place = first_job(site)
    victim = site.run(*JOB, cwd=place, job=job_id)
    assert victim.end() == 0
    told = [operation.place for operation in victim.operations]
    assert {role for role, _ in told} == set(ROLES)
    last = {role: max(number for other, number in told if other == role) for role in ROLES}
    more = [(role, last[role] + extra) for role in ROLES for extra in range(1, 4)]
    return plan.choose(sorted(told), 2) + (more if is_long() else [])


def first_job(site: Site) -> tuple[str, Path]:
    """The job of parent 1, and its launch directory."""
    place = site.first_place
    return next(job_id for job_id, token in site.jobs().items() if site.place_of(token) == place), place


def kill(victim: Victim, dies: str) -> None:
    if dies == ALONE:
        victim.kill_stopped()
    else:
        victim.kill_all()
    victim.end()  # of all its processes: a task process goes on without its watcher


def runs(site: Site) -> int:
    lines = site.ledger.read_text().splitlines() if site.ledger.exists() else []
    return sum(line.startswith("1 ") for line in lines)


def check_over(site: Site, job_id: str, place: Path, story: str) -> None:
    """What reached the disk counts; else it is known that it did not, and why; a rerun mends it."""
    site.forget(job_id)
    site.let_time_pass()
    site.run(*RECOVER)
    site.check_results(story)
    firework = site.fireworks()[1]
    final = json.loads((place / names.FINAL).read_text()) if (place / names.FINAL).exists() else None
    [launch] = [launch for launch in site.launches().values() if launch["fw_id"] == 1]
    if final is not None:
        assert firework["state"] == launch["state"] == final["state"], story
    elif (place / names.claim_name(1)).exists() and firework["state"] == "FIZZLED":
        assert launch["cause"] == "LOST", story
        assert launch["reason"], story
    else:
        assert firework["state"] == "READY", f"{firework}; {story}"  # it never began
    if launch["state"] == "FIZZLED":
        assert launch["cause"], story
        assert launch["reason"], story
        site.run("lpad", "-s", "rerun_fws", "-i", "1")
    site.settle(story)
    site.check_end(story, runs=2)


def check_again(site: Site, job_id: str, place: Path, story: str, dies: str) -> None:
    """Started again it ends; where its process alone died, without running again."""
    again = site.run(*JOB, cwd=place, job=job_id)
    assert again.end() == 0, again.printed()
    began = runs(site)
    site.forget(job_id)
    site.run(*RECOVER)
    site.check_results(story)
    if site.fireworks()[1]["state"] == "FIZZLED":  # a killed task, which its watcher has told
        assert dies == ALONE, story
        site.run("lpad", "-s", "rerun_fws", "-i", "1")
    site.settle(story)
    site.check_end(story, runs=2)
    assert began <= 2, story
