"""``qlaunch --courier`` on a real Slurm: one command, and the workflow runs to its end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import numbered, script
from tests.cluster.standing import PATIENCE_S
from tests.cluster.throwaway.processes import wait_until

if TYPE_CHECKING:
    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-courier"), pytest.mark.timeout(400)]


@pytest.fixture
def open_site(site: Site) -> Site:
    """A site where couriers can open the LaunchPad: here it is on the file system that nodes see."""
    (site.folder / "my_launchpad.yaml").write_text(f"url: sqlite:///{site.folder}/launchpad.db\n")
    site.lpad("reset", "--password", date.today().isoformat())  # noqa: DTZ011 - FireWorks' password is the local date
    adapter = site.folder / "my_qadapter.yaml"
    adapter.write_text(f"{adapter.read_text()}courier: {{partition: batch, walltime: '00:05:00', ntasks: 1}}\n")
    return site


def jobs_of(site: Site, name: str) -> list[str]:
    lines = site.slurm.login("squeue", "-h", "-a", "-t", "all", "-o", "%i|%j").check().stdout.splitlines()
    return [line.partition("|")[0] for line in lines if line.partition("|")[2].startswith(name)]


def wait_for(site: Site, states: dict[int, str]) -> None:
    """Nobody recovers here but couriers."""

    def come_true() -> bool:
        site.slurm.let_go()
        return site.states() == states

    try:
        wait_until(f"the states {states}", come_true, 2 * PATIENCE_S, 1)
    except TimeoutError as error:
        output = site.folder / "FW_courier" / "output"
        said = output.read_text() if output.exists() else "no courier came"
        raise AssertionError(f"{error}: {site.states()}\n{said}\n{site.slurm.last_words()}") from error


def test_a_chain_runs_to_its_end_by_itself(open_site: Site):
    site = open_site
    site.add(*numbered(*(script(f"link {n}", "true") for n in (1, 2, 3))), links={1: [2], 2: [3]})
    site.call("qlaunch", "-r", "rapidfire", "--courier").check()
    wait_for(site, dict.fromkeys((1, 2, 3), "COMPLETED"))


def test_many_jobs_that_end_call_few_couriers(open_site: Site):
    site = open_site
    earlier = set(jobs_of(site, "lf_"))
    parents = [script(f"calc-{n}", "true") for n in range(1, 31)]
    site.add(*numbered(*parents, script("sum", "true")), links={n: [31] for n in range(1, 31)})
    site.call("qlaunch", "-r", "rapidfire", "--courier").check()
    wait_for(site, dict.fromkeys(range(1, 32), "COMPLETED"))
    assert 1 <= len(set(jobs_of(site, "lf_courier_")) - earlier) <= 10


@pytest.mark.slow
def test_a_job_that_cannot_call_falls_into_the_net(open_site: Site):
    site = open_site
    earlier = set(jobs_of(site, "lf_"))
    site.add(*numbered(script("A", "touch begun; sleep 300"), script("B", "true")), links={1: [2]})
    site.call("qlaunch", "-r", "rapidfire", "--courier").check()
    site.wait_for_begin(site.launch_dir(1))
    site.slurm.login("scancel", "--signal=KILL", "--batch", site.job_id(1)).check()
    wait_for(site, {1: "FIZZLED", 2: "WAITING"})
    assert not set(jobs_of(site, "lf_courier_")) - earlier
    assert set(jobs_of(site, "lf_net_")) - earlier
