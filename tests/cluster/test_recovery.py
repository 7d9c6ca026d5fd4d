"""``lpad recover_offline`` on a real cluster: as often as one likes, and never against the user's word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import numbered, script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-recovery"), pytest.mark.timeout(300)]


def begin(site: Site) -> tuple[Path, Path]:
    """One Firework whose job has begun and ends when a file is there; its launch directory and that file."""
    go = site.folder / "go"
    site.add(script("A", f"touch begun; until [ -e {go} ]; do sleep 0.1; done"))
    site.launch()
    [launch_dir] = site.launch_dirs()
    site.wait_for_begin(launch_dir)
    return launch_dir, go


def end(site: Site, launch_dir: Path, go: Path) -> None:
    """Let the job of `begin` end well."""
    go.touch()
    assert site.wait_for_final_record(launch_dir)["state"] == "COMPLETED"


def test_at_once_and_again(site: Site):
    addition = json.dumps({"additions": [script("added", "true")]})
    site.add(*numbered(*(script(f"job {number}", f"echo '{addition}' > FWAction.json") for number in range(6))))
    site.launch()
    for launch_dir in site.launch_dirs():
        site.wait_for_final_record(launch_dir)
    recoveries = [site.start("lpad", "recover_offline") for _ in range(4)]
    for recovery in recoveries:
        printed, _ = recovery.communicate(timeout=60)
        assert recovery.returncode == 0, printed
    site.recover().check()
    assert json.loads(site.lpad("get_fws", "-s", "COMPLETED", "-d", "count")) == 6
    assert json.loads(site.lpad("get_fws", "-n", "added", "-d", "count")) == 6
    for fw_id in range(1, 7):
        history = [entry["state"] for entry in site.last_launch(fw_id)["state_history"]]
        assert history == ["RESERVED", "RUNNING", "COMPLETED"]


def test_a_slurmctld_that_does_not_answer_changes_nothing_and_is_told(site: Site):
    launch_dir, go = begin(site)
    site.recover().check()
    before = site.firework(1)
    site.slurm.order("ctld", "stop")
    try:
        silent = site.recover()
        assert silent.returncode == 1
        assert "slurm" in silent.told.lower()
        assert "Traceback" not in silent.told
        assert site.firework(1) == before
    finally:
        site.slurm.order("ctld", "start")
    end(site, launch_dir, go)
    site.recover().check()
    assert site.state(1) == "COMPLETED"


def test_only_slurm_knows_whether_a_job_that_a_signal_ended_is_over(site: Site):
    launch_dir, _ = begin(site)
    site.recover().check()
    site.slurm.login("scancel", site.job_id(1)).check()
    assert site.wait_for_final_record(launch_dir)["signal"] == "SIGTERM"
    site.slurm.order("ctld", "stop")
    try:
        assert site.recover().returncode == 1
        assert site.state(1) == "RUNNING"
    finally:
        site.slurm.order("ctld", "start")
    assert site.recover_until(1, "FIZZLED")["cause"] == "CANCELLED"


def test_a_defused_launch_is_not_revived(site: Site):
    launch_dir, go = begin(site)
    site.lpad("defuse_fws", "-i", "1")
    site.recover()
    assert site.state(1) == "DEFUSED"
    end(site, launch_dir, go)
    site.recover()
    assert site.state(1) == "DEFUSED"
    site.recover()
    assert site.state(1) == "DEFUSED"


def test_a_rerun_firework_takes_the_new_result_not_the_late_one(site: Site):
    launch_dir, go = begin(site)
    site.lpad("rerun_fws", "-i", "1")
    assert site.state(1) == "READY"
    end(site, launch_dir, go)
    site.recover()
    assert site.state(1) == "READY"
    site.launch()
    _, second = site.launch_dirs()
    site.wait_for_final_record(second)
    site.recover()
    firework = site.firework(1)
    assert firework["state"] == "COMPLETED"
    assert [launch["launch_dir"] for launch in firework["launches"]] == [str(second)]
    [late] = firework["archived_launches"]
    assert (late["launch_dir"], late["state"]) == (str(launch_dir), "COMPLETED")


@pytest.mark.parametrize(("command", "state"), [("rerun_fws", "READY"), ("defuse_fws", "DEFUSED")])
def test_a_forgotten_launch_is_frozen_until_the_user_says_otherwise(site: Site, command: str, state: str):
    launch_dir, go = begin(site)
    site.recover().check()
    site.lpad("forget_offline", "-i", "1")
    end(site, launch_dir, go)
    site.recover().check()
    assert site.state(1) == "RUNNING"
    site.lpad(command, "-i", "1")
    site.recover()
    assert site.state(1) == state


def test_a_directory_that_cannot_be_seen_now_is_unknown_not_failed(site: Site):
    launch_dir, go = begin(site)
    end(site, launch_dir, go)
    away = launch_dir.with_name("elsewhere")
    launch_dir.rename(away)
    site.recover()
    assert site.state(1) == "RESERVED"
    away.rename(launch_dir)
    site.recover().check()
    assert site.state(1) == "COMPLETED"
