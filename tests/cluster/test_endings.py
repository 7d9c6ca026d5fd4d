"""Jobs that do not end well: each launch is FIZZLED with the cause that Slurm gives, without its accounting."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import script

from longfuse.launchdir import names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-endings"), pytest.mark.timeout(300)]

LONG = "touch begun; sleep 300"


def begin(site: Site, *commands: str) -> tuple[str, Path]:
    """One Firework whose job has begun; the job's id and the launch directory."""
    site.add(script("A", *commands))
    site.launch()
    [launch_dir] = site.launch_dirs()
    site.wait_for_begin(launch_dir)
    return site.job_id(1), launch_dir


@pytest.mark.slow
def test_the_time_limit(site: Site):
    job_id, _ = begin(site, LONG)
    # A minute is the shortest limit, but the end can be moved; slurmctld looks at limits every 30 s.
    end = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 2))
    site.slurm.login("scontrol", "update", f"JobId={job_id}", f"EndTime={end}").check()
    site.slurm.wait_for_job(job_id, "TIMEOUT")
    launch = site.recover_until(1, "FIZZLED")
    assert launch["cause"] == "TIMEOUT"
    assert "TIMEOUT, TimeLimit" in launch["reason"]


def test_scancel_of_a_running_job(site: Site):
    job_id, _ = begin(site, LONG)
    site.slurm.login("scancel", job_id).check()
    assert site.recover_until(1, "FIZZLED")["cause"] == "CANCELLED"


def test_scancel_of_a_job_that_waits_in_the_queue(site: Site):
    site.add(script("A", "touch begun"))
    for name in site.slurm.plan.node_names:
        site.slurm.login("scontrol", "update", f"NodeName={name}", "State=DRAIN", "Reason=test").check()
    try:
        site.launch()
        assert site.recover().check().stdout
        assert site.state(1) == "RESERVED"
        site.slurm.login("scancel", site.job_id(1)).check()
    finally:
        for name in site.slurm.plan.node_names:
            site.slurm.login("scontrol", "update", f"NodeName={name}", "State=RESUME").check()
    assert site.recover_until(1, "FIZZLED")["cause"] == "CANCELLED"
    assert not list(site.folder.rglob("begun"))


@pytest.mark.slow
def test_the_node_dies_and_the_job_is_not_requeued(site: Site):
    job_id, _ = begin(site, LONG)
    site.slurm.login("scontrol", "update", f"JobId={job_id}", "Requeue=0").check()
    with site.slurm.crashed(site.slurm.job(job_id)["NodeList"]):
        site.slurm.wait_for_job(job_id, "NODE_FAIL")
        launch = site.recover_until(1, "FIZZLED")
    assert launch["cause"] == "NODE_FAIL"
    assert "NODE_FAIL" in launch["reason"]
    assert "no final record" in launch["reason"]


def test_a_task_that_fails_is_no_matter_of_slurm(site: Site):
    begin(site, "touch begun; echo this is why >&2; exit 3")
    launch = site.recover_until(1, "FIZZLED")
    assert launch["cause"] == "EXCEPTION"
    assert "3" in launch["reason"]


def test_a_rocket_killed_without_a_last_word(site: Site):
    """SIGKILL, as from the kernel when memory is short: no final record, but Slurm knows that the job is over."""
    job_id, launch_dir = begin(site, LONG)
    claim = json.loads((launch_dir / names.claim_name(1)).read_text())
    kill = f"kill -KILL {claim['pid']} {claim['task_pid']}"
    site.slurm.order("exec", site.slurm.job(job_id)["NodeList"], "--", "sh", "-c", kill)
    site.slurm.wait_for_job(job_id, "FAILED")
    launch = site.recover_until(1, "FIZZLED")
    assert not (launch_dir / names.FINAL).exists()
    assert launch["cause"] == "LOST"
    assert f"job {job_id}: FAILED" in launch["reason"]


def test_a_job_that_slurm_refuses(site: Site):
    site.add({"name": "A", "spec": {"_queueadapter": {"queue": "nowhere"}, **script("A", "true")["spec"]}})
    site.add(script("B", "true"))
    done = site.call("qlaunch", "-r", "rapidfire")
    assert done.returncode != 0
    assert "invalid partition" in done.told
    launch = site.last_launch(1)
    assert (site.state(1), launch["cause"]) == ("FIZZLED", "SUBMIT")
    assert "invalid partition" in launch["reason"]
    site.wait_for_final_record(site.launch_dir(2))
    site.recover().check()
    assert site.state(2) == "COMPLETED"
