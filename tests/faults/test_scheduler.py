"""An ``sbatch`` that refuses, is away, fails after it succeeded, or hangs: a job is submitted once, or not at all."""

from __future__ import annotations

import shutil
from itertools import product
from typing import TYPE_CHECKING

import pytest
from tests.faults.plan import is_long
from tests.faults.site import LAUNCH, RECOVER, Site
from tests.launching import wait_for_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server

pytestmark = pytest.mark.timeout(1800)

WORDS = ("accept", "refuse", "later", "lost", "taken")
"""What ``fixtures/fake_slurm/sbatch`` does: "lost" and "taken" both say that the answer never came."""


@pytest.fixture(scope="module")
def added(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("added") / "site", server).added()


def test_what_sbatch_may_say(tmp_path: Path, added: Site, plan: Plan) -> None:
    """Of two submissions, with squeue answering afterwards or not."""
    cases = [(first, second, away) for first, second in product(WORDS, WORDS) for away in (False, True)]
    for number, (first, second, away) in enumerate(plan.choose(cases, 3)):
        site = added.copy(tmp_path / str(number))
        story = f"{plan.story}: sbatch says {first}, then {second}; squeue {'is away' if away else 'answers'}"
        site.order(first, second)
        if away:
            (site.slurm / "away").touch()
        launcher = site.run(*LAUNCH)
        site.run(*RECOVER)
        (site.slurm / "away").unlink(missing_ok=True)
        site.order()
        plan.tried("words of sbatch")
        check_refusals(site, story, (first, second).count("refuse"))
        site.settle(f"{story}; {launcher.printed()}")
        site.check_end(story)
        shutil.rmtree(site.folder)


def check_refusals(site: Site, story: str, most: int) -> None:
    """A Firework whose job was refused says so, in the batch system's words; then it is rerun."""
    for launch in site.launches().values():
        if launch["state"] == "FIZZLED":
            most -= 1
            assert launch["cause"] == "SUBMIT", f"{launch}; {story}"
            assert "Invalid partition" in launch["reason"], f"{launch}; {story}"
            site.run("lpad", "-s", "rerun_fws", "-i", str(launch["fw_id"]))
    assert most >= 0, story


@pytest.mark.parametrize("word", ["endless", "slow", "taken-slow"])
def test_killed_while_sbatch_hangs(word: str, tmp_path: Path, added: Site, plan: Plan) -> None:
    site = added.copy(tmp_path / "site")
    site.order(word)
    launcher = site.start(*LAUNCH)
    wait_for_file(site.slurm / "begun")
    launcher.kill_all()
    assert launcher.end() == -9
    (site.slurm / "go").touch()
    site.end_hanging()
    plan.tried("sbatch hangs")
    site.order()
    site.settle(word)
    site.check_end(word)


@pytest.mark.skipif(not is_long(), reason="it takes two minutes: make faults")
def test_sbatch_that_hangs_for_longer_than_anybody_waits(tmp_path: Path, added: Site, plan: Plan) -> None:
    site = added.copy(tmp_path / "site")
    site.order("endless")
    launcher = site.start(*LAUNCH)
    while not launcher.ends_within(10):
        pass
    assert launcher.end() == 0, launcher.printed()
    plan.tried("sbatch hangs")
    assert len(site.jobs()) == 2
    site.settle("endless")
    site.check_end("endless")
