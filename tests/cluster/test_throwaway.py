"""The throw-away cluster itself: what it stands up, and that nothing of it stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cluster.standing import temporary_root, tool
from tests.cluster.throwaway.network import has_interface
from tests.cluster.throwaway.plan import SLURMCTLD_PORT, Isolation, load
from tests.cluster.throwaway.processes import all_pids, wait_until

if TYPE_CHECKING:
    from tests.cluster.standing import SlurmCluster

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-throwaway"), pytest.mark.timeout(300)]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def test_a_node_is_a_machine_of_its_own(slurm: SlurmCluster):
    for number in (1, 2, 3):
        name, pid, *temporary = slurm.run("hostname; echo $$; ls /tmp", "-w", f"node{number}").split()
        assert name == f"node{number}"
        assert int(pid) < 5000, "a PID namespace counts from 1"
        assert slurm.root.name in temporary, "the shared folder is in the node's /tmp"
        assert set(temporary) != set(os.listdir("/tmp")), "which is not the login side's"


def test_the_shared_folder_goes_both_ways(slurm: SlurmCluster):
    (slurm.share / "there").write_text("from login")
    assert slurm.run(f"cat {slurm.share}/there; echo from node > {slurm.share}/back") == "from login"
    assert (slurm.share / "back").read_text() == "from node\n"


def test_it_has_no_accounting(slurm: SlurmCluster):
    done = slurm.login("sacct")
    assert done.returncode != 0
    assert "accounting storage is disabled" in done.stderr


def test_jobs_reach_slurm(slurm: SlurmCluster):
    assert "is UP" in slurm.run("scontrol ping")


def test_a_job_survives_its_slurmd_and_slurmctld(slurm: SlurmCluster):
    begun = slurm.share / "begun"
    job_id = slurm.submit(f"touch {begun}; sleep 3; echo end", "-w", "node3")
    wait_until("the job to begin", begun.exists)
    slurm.order("node", "kill", "node3")
    slurm.order("ctld", "stop")
    assert "Unable to contact slurm controller" in slurm.login("squeue").stderr
    slurm.order("ctld", "start")
    slurm.order("node", "start", "node3")
    slurm.wait_for_job(job_id, "COMPLETED")
    assert slurm.output(job_id) == "end\n"


def test_a_node_crashes_and_boots(slurm: SlurmCluster):
    slurm.order("node", "crash", "node2")
    slurm.login("scontrol", "update", "NodeName=node2", "State=DOWN", "Reason=test").check()
    slurm.order("node", "boot", "node2")
    assert slurm.run("hostname", "-w", "node2") == "node2\n"


def test_a_frozen_node_is_out_of_reach(slurm: SlurmCluster):
    door = f"tcp:{slurm.plan.address('ctl')}:{SLURMCTLD_PORT}"
    knock = ("exec", "node1", "--", sys.executable, str(slurm.share / "knock.py"), door)
    slurm.order("node", "freeze", "node1")
    try:
        assert json.loads(slurm.order(*knock))[door] in ("timed out", "No route to host")
    finally:
        slurm.order("node", "thaw", "node1")
    assert json.loads(slurm.order(*knock)) == {door: "connected"}


def test_an_order_that_makes_no_sense_is_refused(slurm: SlurmCluster):
    done = tool("--dir", slurm.plan.directory, "node", "boot", "node1")
    assert done.returncode == 1
    assert done.stderr == "throwaway: node1 is already running\n"


def test_up_twice_is_refused(slurm: SlurmCluster):
    done = tool("--dir", slurm.plan.directory, "up")
    assert done.returncode == 1
    assert "already up" in done.stderr


def test_nothing_is_left(slurm: SlurmCluster):
    with temporary_root() as root:
        directory = root / "second"
        tool("--dir", str(directory), "up", "--nodes", "1").check()
        plan = load(str(directory))
        assert plan is not None
        assert has_interface(plan.login_link) == (plan.isolation is Isolation.NETNS)
        assert plan.net != slurm.plan.net
        inside = ("exec", "node1", "--", "sbatch", "-o", "/dev/null", "--wrap", "sleep 1000")
        tool("--dir", str(directory), *inside).check()
        processes = [command_line(pid) for pid in all_pids()]
        assert any(f"slurmd -D -N node1 -f {directory}" in line for line in processes)

        tool("--dir", str(directory), "down").check()
        assert not [line for line in map(command_line, all_pids()) if str(directory) in line]
        assert not has_interface(plan.login_link)
        assert list(root.iterdir()) == []


@pytest.mark.usefixtures("slurm")
def test_it_goes_down_with_its_owner():
    with temporary_root() as root, subprocess.Popen(["sleep", "100"]) as owner:
        directory = root / "third"
        tool("--dir", str(directory), "up", "--nodes", "1", "--tie-to", str(owner.pid)).check()
        plan = load(str(directory))
        assert plan is not None
        assert plan.alive
        owner.kill()
        owner.wait()
        wait_until("the cluster to go", lambda: not plan.alive)
        tool("--dir", str(directory), "down").check()


@pytest.mark.usefixtures("slurm")
def test_a_start_that_fails_tells_why_and_leaves_nothing():
    with temporary_root() as root:
        done = tool("--dir", str(root / "bad"), "up", "--nodes", "1", "--conf", "NoSuchKey=1")
        assert done.returncode == 1
        assert "NoSuchKey" in done.stderr
        assert [path.name for path in root.iterdir()] == ["bad.lock"]
