"""Launches that are elements of one job array, on a real Slurm: each ends as a job of its own would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import numbered, script
from tests.cluster.standing import PATIENCE_S
from tests.cluster.throwaway.processes import wait_until

from longfuse.launchdir import names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-arrays"), pytest.mark.timeout(400)]

LONG = "touch begun; sleep 300"
ONCE_MORE = "if [ -e begun ]; then exit 0; fi; touch begun; sleep 300"


def states(site: Site) -> dict[str, int]:
    found = list(site.states().values())
    return {state: found.count(state) for state in sorted(set(found))}


def arrays(site: Site) -> list[Path]:
    return sorted(site.folder.glob("block_*/array_*"))


def test_a_dozen_in_one_array(site: Site):
    """Two fail, one is cancelled, one requeued, and that is none of the others' business."""
    kinds = {**dict.fromkeys((3, 7), "echo oh no >&2; exit 3"), 5: LONG, 9: ONCE_MORE}
    site.add(*numbered(*(script(f"calc-{n}", kinds.get(n, f"echo I am {n}")) for n in range(1, 13))))
    site.launch()
    assert len(arrays(site)) == 1
    job_ids = {n: site.job_id(n) for n in range(1, 13)}
    array = job_ids[1].partition("_")[0]
    assert job_ids == {n: f"{array}_{n}" for n in range(1, 13)}
    assert site.lpad("get_qids", "-i", "4").strip().endswith(f"{array}_4")

    for n in (5, 9):
        site.wait_for_begin(site.launch_dir(n))
    site.slurm.login("scancel", job_ids[5]).check()
    site.slurm.login("scontrol", "requeue", job_ids[9]).check()
    folders = {n: site.launch_dir(n) for n in range(1, 13)}
    for n in set(folders) - {5, 9}:
        site.wait_for_final_record(folders[n])
    site.recover_until(5, "FIZZLED")
    site.recover_until(9, "COMPLETED")
    site.recover_until(12, "COMPLETED")

    assert states(site) == {"COMPLETED": 9, "FIZZLED": 3}
    assert site.last_launch(5)["cause"] == "CANCELLED"
    assert site.last_launch(3)["cause"] == "EXCEPTION"
    for n, folder in folders.items():
        assert {path.suffix for path in folder.glob("calc-*")} == {".out", ".error"}, n
        assert json.loads((folder / names.FIREWORK).read_text())["fw_id"] == n
    assert "I am 4" in site.printed(folders[4])


def test_pending_elements_are_known_and_one_is_cancelled_before_it_begins(site: Site):
    for name in site.slurm.plan.node_names:
        site.slurm.login("scontrol", "update", f"NodeName={name}", "State=DRAIN", "Reason=test").check()
    try:
        site.add(*numbered(*(script(f"calc-{n}", "touch begun") for n in range(1, 5))))
        site.launch()
        assert states(site) == {"RESERVED": 4}
        site.slurm.login("scancel", site.job_id(2)).check()
        assert site.recover_until(2, "FIZZLED")["cause"] == "CANCELLED"
        assert states(site) == {"FIZZLED": 1, "RESERVED": 3}
        site.add(script("one more", "true"))
        full = site.call("qlaunch", "-r", "rapidfire", "-m", "3", "--timeout", "5", "--sleep", "1")
        assert "3 jobs in queue. Maximum allowed by user: 3" in full.told
        assert site.state(5) == "READY"
    finally:
        for name in site.slurm.plan.node_names:
            site.slurm.login("scontrol", "update", f"NodeName={name}", "State=RESUME").check()
    for n in (1, 3, 4):
        site.recover_until(n, "COMPLETED")
    assert not (site.launch_dir(2) / "begun").exists()


def test_wishes_make_other_arrays_and_single_jobs(site: Site):
    wish = {"_queueadapter": {"walltime": "00:07:00"}}
    fireworks = [script(f"calc-{n}", "true", **(wish if n % 2 else {})) for n in range(1, 6)]
    own = script("own", "true", _launch_dir="own place")
    site.add(*numbered(*fireworks, own))
    site.launch()
    job_ids = {n: site.job_id(n) for n in range(1, 7)}
    assert len({job_ids[n].partition("_")[0] for n in (1, 3, 5)}) == 1
    assert len({job_ids[n].partition("_")[0] for n in (2, 4)}) == 1
    assert len({job_id.partition("_")[0] for job_id in job_ids.values()}) == 3
    assert "_" not in job_ids[6]
    for n in range(1, 7):
        site.recover_until(n, "COMPLETED")


def test_so_many_at_most_and_none_if_one_likes(site: Site):
    site.add(*numbered(*(script(f"calc-{n}", "true") for n in range(1, 8))))
    site.call("qlaunch", "-r", "rapidfire", "--array", "2", "--nlaunches", "4").check()
    assert len(arrays(site)) == 2
    site.call("qlaunch", "-r", "rapidfire", "--array", "0").check()
    assert len(arrays(site)) == 2
    assert "_" not in site.job_id(7)
    for n in range(1, 8):
        site.recover_until(n, "COMPLETED")


def test_an_array_whose_launcher_was_killed_is_adopted(site: Site):
    """Its sbatch said nothing to anybody: each launch finds its element by its token."""
    site.add(*numbered(*(script(f"calc-{n}", "true") for n in range(1, 4))))
    for name in site.slurm.plan.node_names:
        site.slurm.login("scontrol", "update", f"NodeName={name}", "State=DRAIN", "Reason=test").check()
    try:
        program = site.folder / "sbatch-and-die"
        program.write_text('#!/bin/sh\nsbatch "$@" > /dev/null && kill -9 $PPID\n')
        program.chmod(0o755)
        adapter = site.folder / "my_qadapter.yaml"
        adapter.write_text(adapter.read_text() + f"_q_commands_override: {{submit_cmd: {program}}}\n")
        assert site.call("qlaunch", "-r", "rapidfire").returncode != 0
        assert states(site) == {"RESERVED": 3}
        assert "reservation_id" not in json.dumps(site.firework(1))
        wait_until("the array to be adopted", lambda: _is_adopted(site), PATIENCE_S, 2)
        assert {site.job_id(n).partition("_")[2] for n in (1, 2, 3)} == {"1", "2", "3"}
    finally:
        for name in site.slurm.plan.node_names:
            site.slurm.login("scontrol", "update", f"NodeName={name}", "State=RESUME").check()
    for n in (1, 2, 3):
        site.recover_until(n, "COMPLETED")


def _is_adopted(site: Site) -> bool:
    site.recover()
    return all("reservation_id" in json.dumps(site.firework(n)) for n in (1, 2, 3))
