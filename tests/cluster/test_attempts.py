"""One launch, started more than once: requeued by Slurm, or submitted twice by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import script
from tests.cluster.standing import ENDED
from tests.cluster.throwaway.processes import wait_until

from longfuse.launchdir import names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-attempts"), pytest.mark.timeout(300)]

ONCE_PER_ATTEMPT = """
echo "restart ${SLURM_RESTART_COUNT:-0}" >> body
touch begun
[ -n "$SLURM_RESTART_COUNT" ] || sleep 300
"""


def begin(site: Site, *commands: str) -> Path:
    """One Firework whose job has begun; its launch directory."""
    site.add(script("A", *commands))
    site.launch()
    [launch_dir] = site.launch_dirs()
    site.wait_for_begin(launch_dir)
    return launch_dir


def ran(launch_dir: Path) -> list[str]:
    """A line for each run of the body."""
    return (launch_dir / "body").read_text().splitlines()


def states(site: Site) -> list[str]:
    """The history of the last launch."""
    return [entry["state"] for entry in site.last_launch(1)["state_history"]]


def test_a_requeued_job_runs_once_per_attempt_and_is_recovered_once(site: Site):
    launch_dir = begin(site, ONCE_PER_ATTEMPT)
    site.recover().check()
    job_id = site.job_id(1)
    site.slurm.login("scontrol", "requeue", job_id).check()
    site.recover()
    assert site.state(1) == "RUNNING", "Slurm has not said that the job is over"
    site.slurm.wait_for_job(job_id, "COMPLETED")
    assert ran(launch_dir) == ["restart 0", "restart 1"]
    site.recover_until(1, "COMPLETED")
    assert states(site).count("COMPLETED") == 1
    before = site.firework(1)
    site.recover().check()
    assert site.firework(1) == before


@pytest.mark.slow
def test_a_job_whose_node_dies_goes_on_elsewhere(site: Site):
    launch_dir = begin(site, ONCE_PER_ATTEMPT)
    job_id = site.job_id(1)
    with site.slurm.crashed(site.slurm.job(job_id)["NodeList"]):
        site.recover()
        assert site.state(1) == "RUNNING"
        site.slurm.wait_for_job(job_id, "COMPLETED")
        assert ran(launch_dir) == ["restart 0", "restart 1"]
        assert site.wait_for_final_record(launch_dir)["attempt"] == 2
        site.recover_until(1, "COMPLETED")


@pytest.mark.slow
def test_a_job_that_runs_twice_at_once_counts_once(site: Site):
    """The node's cable is out: Slurm starts the job elsewhere, while the first attempt works on behind it."""
    launch_dir = begin(site, "hostname >> body; touch begun; until [ -e go-$(hostname) ]; do sleep 0.1; done")
    job_id = site.job_id(1)
    cut_off = site.slurm.job(job_id)["NodeList"]
    with site.slurm.frozen(cut_off):
        wait_until("the second attempt", lambda: len(ran(launch_dir)) == 2, 60)
        _, elsewhere = ran(launch_dir)
        assert elsewhere != cut_off
        (launch_dir / f"go-{cut_off}").touch()
        site.recover()
        assert site.state(1) == "RUNNING"
        (launch_dir / f"go-{elsewhere}").touch()
        final = site.wait_for_final_record(launch_dir)
        assert final["attempt"] == 2
        launch = site.recover_until(1, "COMPLETED")
        assert launch["host"] == elsewhere
    assert len(ran(launch_dir)) == 2
    assert json.loads((launch_dir / names.FINAL).read_text()) == final


def test_a_script_submitted_twice_runs_its_body_once(site: Site):
    go = site.folder / "go"
    launch_dir = begin(site, f"echo run >> body; touch begun; until [ -e {go} ]; do sleep 0.1; done")
    first = site.job_id(1)

    again = site.resubmit(launch_dir)
    site.slurm.wait_for_job(again, *ENDED)
    assert site.slurm.job(again)["JobState"] == "FAILED"
    assert "is running" in site.printed(launch_dir)
    assert site.slurm.job(first)["JobState"] == "RUNNING"

    go.touch()
    site.slurm.wait_for_job(first, "COMPLETED")
    final = (launch_dir / names.FINAL).read_bytes()

    once_more = site.resubmit(launch_dir)
    site.slurm.wait_for_job(once_more, *ENDED)
    assert site.slurm.job(once_more)["JobState"] == "COMPLETED", "there is nothing left to run"
    assert "has ended" in site.printed(launch_dir)
    assert ran(launch_dir) == ["run"]
    assert (launch_dir / names.FINAL).read_bytes() == final
    site.recover().check()
    assert site.state(1) == "COMPLETED"


@pytest.mark.slow
def test_slurmctld_that_forgot_a_job_runs_no_body_twice(site: Site):
    """SIGKILL of slurmctld loses its last seconds; whatever it then does, the body runs once per attempt at most."""
    site.add(script("A", "echo run $SLURM_JOB_ID ${SLURM_RESTART_COUNT:-0} >> body; touch begun; sleep 3"))
    site.launch()
    [launch_dir] = site.launch_dirs()
    site.wait_for_begin(launch_dir)
    site.slurm.order("ctld", "kill")
    site.slurm.order("ctld", "start")
    wait_until("the final record", (launch_dir / names.FINAL).exists, 60)
    site.recover_until(1, "COMPLETED")
    assert len(ran(launch_dir)) == len(set(ran(launch_dir)))
