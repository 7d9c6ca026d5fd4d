"""The walk-through of offline mode: a real Slurm, a real database file, nodes that can open no connection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import make_site, numbered, script
from tests.cluster.standing import standing

from longfuse.launchdir import names

if TYPE_CHECKING:
    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-walkthrough"), pytest.mark.timeout(300)]


def test_a_then_b_with_the_database_unreachable_from_submission_to_recovery(site: Site):
    database = f"{site.database}/launchpad.db"
    with site.slurm.database_server() as doors:
        doors += [f"file:{database}", f"sqlite:{database}", f"write:{site.slurm.hidden}"]
        assert set(site.slurm.knock(*doors, on_login=True).values()) == {"connected", "exists", "opened", "written"}
        site.add(*numbered(script("A", site.knock(*doors)), script("B", "hostname > where")), links={1: [2]})

        site.launch()
        with site.database_away():
            [launch_dir] = site.launch_dirs()
            assert (launch_dir / names.FIREWORK).exists()
            assert (launch_dir / names.TICKET).exists()
            final = site.wait_for_final_record(launch_dir)
            assert final["state"] == "COMPLETED", site.printed(launch_dir)
            met = json.loads((launch_dir / "knock.json").read_text())

    assert set(met) == set(doors)
    assert not set(met.values()) & {"connected", "exists", "opened", "written"}

    # Nobody has recovered A, so B does not run, although A's job has ended.
    assert site.states() == {1: "RESERVED", 2: "WAITING"}
    site.call("qlaunch", "-r", "singleshot")
    assert len(site.launch_dirs()) == 1

    recovery = site.recover().check()
    assert "completed" in recovery.stdout
    assert site.states() == {1: "COMPLETED", 2: "READY"}

    site.launch()
    first, second = site.launch_dirs()
    with site.database_away():
        site.wait_for_final_record(second)
    site.recover().check()
    assert site.states() == {1: "COMPLETED", 2: "COMPLETED"}
    assert (site.launch_dir(1), site.launch_dir(2)) == (first, second)
    assert (second / "where").read_text().startswith("node")
    launch = site.last_launch(2)
    assert launch["host"] == (second / "where").read_text().strip()
    assert launch["action"]["stored_data"]["returncode"] == 0
    running, completed = (entry["created_on"] for entry in launch["state_history"] if entry["state"] != "RESERVED")
    assert site.last_launch(1)["state_history"][-1]["created_on"] < running < completed


def test_while_the_database_is_away_each_command_says_so_in_one_line(site: Site):
    site.add(script("A", "true"))
    with site.database_away():
        for argv in (("lpad", "get_fws"), ("lpad", "recover_offline"), ("qlaunch", "-r", "rapidfire")):
            done = site.call(*argv)
            assert done.returncode != 0, argv
            assert "Traceback" not in done.told
            assert len(done.stderr.strip().splitlines()) == 1, done.stderr
            assert str(site.database) in done.stderr
    assert site.state(1) == "READY"


def test_a_job_that_is_still_running_is_recovered_as_running(site: Site):
    go = site.folder / "go"
    site.add(script("A", f"touch begun; until [ -e {go} ]; do sleep 0.1; done"))
    site.launch()
    [launch_dir] = site.launch_dirs()
    site.wait_for_begin(launch_dir)
    assert "started" in site.recover().check().stdout
    assert site.state(1) == "RUNNING"
    assert "running" in site.recover().check().stdout
    go.touch()
    site.wait_for_final_record(launch_dir)
    site.recover().check()
    assert site.state(1) == "COMPLETED"


@pytest.mark.slow
@pytest.mark.usefixtures("slurm")
def test_behind_a_firewall_that_drops_nothing_hangs():
    """A rocket that tried to connect anywhere would not be refused there: it would wait."""
    with standing("--nodes", "1", "--firewall", "drop") as dropping:
        site = make_site(dropping, "dropping")
        site.add(script("A", "true"))
        site.launch()
        site.wait_for_final_record(site.launch_dirs()[-1])
        site.recover().check()
        assert site.state(1) == "COMPLETED"


def test_data_goes_from_a_job_to_the_next_through_the_recovery(site: Site):
    tasks = {"_fw_name": "PyTask", "func": "math.factorial", "args": [5], "outputs": ["product"]}
    multiply = {"name": "A", "spec": {"_tasks": [tasks]}}
    repeat = {"name": "B", "spec": {"_tasks": [{**tasks, "func": "math.sqrt", "args": [], "inputs": ["product"]}]}}
    site.add(*numbered(multiply, repeat), links={1: [2]})
    site.launch()
    site.wait_for_final_record(site.launch_dirs()[-1])
    site.recover().check()
    assert site.firework(2)["spec"]["product"] == 120


def test_a_wave_of_jobs(site: Site):
    site.add(*numbered(*(script(f"job {number}", f"echo {number} > number") for number in range(12))))
    site.launch()
    with site.database_away():
        for launch_dir in site.launch_dirs():
            site.wait_for_final_record(launch_dir)
    site.recover().check()
    assert json.loads(site.lpad("get_fws", "-s", "COMPLETED", "-d", "count")) == 12
    assert {(launch_dir / "number").read_text() for launch_dir in site.launch_dirs()} == {f"{n}\n" for n in range(12)}
