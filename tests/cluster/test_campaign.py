"""A campaign of dependent jobs under fire: one command at its beginning, and every Firework ends in its true state.

For its whole length jobs are killed on their nodes, requeued and cancelled, nodes crash or lose their network,
slurmctld and the database go away and come back, and the one command is killed with ``kill -9`` and started again, as
cron would. A sample in ``make test``, 500 jobs in ``make faults``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster.site import make_site, script
from tests.cluster.standing import PROGRAMS, standing, tool
from tests.faults.plan import Plan

from longfuse.launchdir import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.cluster.site import Site
    from tests.cluster.standing import SlurmCluster

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.xdist_group("cluster-campaign"),
    pytest.mark.timeout(7200),
]

QADAPTER = """\
_fw_name: CommonAdapter
_fw_q_type: SLURM
rocket_launch: rlaunch -w {folder}/my_fworker.yaml -l {folder}/my_launchpad.yaml singleshot --offline
ntasks: 1
walltime: '00:10:00'
queue: batch
pre_rocket: export PATH={commands}:$PATH
when_killed:
  LOST: {{rerun: 30}}
  NODE_FAIL: {{rerun: 30}}
  EXCEPTION: {{rerun: 30}}
"""
CONFIG = "OFFLINE_GRACE_SECS: 3\nPING_TIME_SECS: 5\n"
COMMAND = ("qlaunch", "-r", "rapidfire", "--nlaunches", "infinite", "-m", "40", "--sleep", "3")

FINAL_STATES = {"COMPLETED", "FIZZLED", "WAITING"}
NOT_BEGUN: dict[str, Any] = {"state": "WAITING", "launches": [], "archived_launches": []}
"""What the document of such a Firework leaves out."""

FOR_GOOD = 0.02
"""The share of Fireworks that are not tried again, whatever kills them."""

LIMIT_S = 6000
"""A campaign that takes longer is stuck."""


@pytest.fixture
def cluster() -> Iterator[SlurmCluster]:
    """A cluster of its own, because its nodes die."""
    with standing("--nodes", "4", "--cpus", "4") as slurm:
        yield slurm


def test_a_campaign_under_fire(cluster: SlurmCluster, plan: Plan) -> None:
    count = plan.size(sample=24, long=500)
    site = make_site(cluster, "campaign", QADAPTER)
    (site.folder / "FW_config.yaml").write_text(CONFIG)
    parents = add_workflow(site, count, plan.chance)
    began = time.monotonic()
    with left_running(site) as campaign:
        fire = Fire(site, campaign, plan)
        while not campaign.is_over():
            assert time.monotonic() - began < LIMIT_S, campaign.where_it_stands()
            fire.once()
        took_s = time.monotonic() - began
    print(f"\n{count} jobs, {took_s:.0f} s, {plan.story}\n{dict(fire.done)}\n{campaign.states()}")
    check(site, parents, plan.story)


def add_workflow(site: Site, count: int, chance: random.Random) -> dict[int, list[int]]:
    """Layers of Fireworks, each with one or two parents above; returns the parents of each."""
    width = max(4, count // 10)
    parents: dict[int, list[int]] = {}
    for fw_id in range(1, count + 1):
        layer = (fw_id - 1) // width
        above = range(max(1, (layer - 2) * width + 1), layer * width + 1)
        parents[fw_id] = sorted(chance.sample(above, min(len(above), chance.choice((1, 1, 2)))))
    fireworks = [work(fw_id, chance) for fw_id in parents]
    links: dict[int, list[int]] = {}
    for fw_id, mine in parents.items():
        for parent in mine:
            links.setdefault(parent, []).append(fw_id)
    site.add(*fireworks, links=links)
    return parents


def work(fw_id: int, chance: random.Random) -> dict[str, Any]:
    """It takes a moment, and has itself counted by its children."""
    action = json.dumps({"mod_spec": [{"_inc": {"count": 1}}, {"_push": {"of": fw_id}}]})
    spec = {"_queueadapter": {"when_killed": None}} if chance.random() < FOR_GOOD else {}
    body = (f"sleep {chance.uniform(0.5, 6):.2f}", f"echo '{action}' > FWAction.json")
    return {**script(f"job {fw_id}", *body, count=0, of=[], **spec), "fw_id": fw_id}


class Campaign:
    """The one command, started again whenever it ends."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.pid_file = site.folder / "campaign.pid"
        self.log = site.folder / "campaign.log"
        self.pid_file.touch()

    def states(self) -> Counter[str]:
        with closing(sqlite3.connect(self.database, timeout=60)) as base:
            return Counter(dict(base.execute("SELECT state, count(*) FROM fireworks GROUP BY state").fetchall()))

    def is_over(self) -> bool:
        left = self.states().keys() - FINAL_STATES
        if left == {"RESERVED"}:
            self.let_time_pass()
        return not left

    def let_time_pass(self) -> None:
        """Half an hour for reservations without a job: the launcher was killed, and the command waits 15 minutes."""
        with closing(sqlite3.connect(self.database, timeout=60)) as base, base:
            base.execute(
                "UPDATE offline_runs "
                "SET created_on = strftime('%Y-%m-%dT%H:%M:%f000+00:00', created_on, '-30 minutes') "
                "WHERE launch_id IN "
                "(SELECT launch_id FROM launches WHERE state = 'RESERVED' AND reservation_id IS NULL)"
            )

    @property
    def database(self) -> str:
        return str(self.site.database / "launchpad.db")

    def kill(self) -> None:
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(self.pid_file.read_text()), signal.SIGKILL)

    def where_it_stands(self) -> str:
        told = self.log.read_text(errors="replace").splitlines()[-30:]
        return "\n".join([str(dict(self.states())), *told, self.site.slurm.last_words()])


@contextmanager
def left_running(site: Site) -> Iterator[Campaign]:
    campaign = Campaign(site)
    argv = [sys.executable, str(PROGRAMS / "again.py"), str(campaign.pid_file), *COMMAND]
    environ = site.slurm.environment(site.folder)
    with campaign.log.open("w") as told:
        process = subprocess.Popen(
            argv, cwd=site.folder, env=environ, stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT
        )
        try:
            yield campaign
        finally:
            words = campaign.pid_file.read_text()
            campaign.pid_file.unlink()
            with suppress(ProcessLookupError, ValueError):
                os.kill(int(words), signal.SIGKILL)
            process.wait(60)


class Fire:
    """One fault after the other, each of a kind that chance chooses.

    Args:
        site: Where.
        campaign: The command.
        plan: Chooses and counts.

    Attributes:
        done: How many of each kind there were.
    """

    def __init__(self, site: Site, campaign: Campaign, plan: Plan) -> None:
        self.site, self.campaign, self.plan = site, campaign, plan
        self.chance = plan.chance
        self.done: Counter[str] = Counter()
        self.cancels_left = plan.size(sample=2, long=6)
        self.on_jobs = {self.kill_watcher: 3, self.kill_tasks: 3, self.kill_both: 4, self.requeue: 3, self.cancel: 1}
        self.on_site = {
            self.crash_node: 2,
            self.cut_node_off: 1,
            self.stop_slurmctld: 1,
            self.take_database_away: 2,
            self.kill_campaign: 4,
        }

    def once(self) -> None:
        """Wait a moment, then do harm to some jobs, and now and then to what they depend on."""
        time.sleep(self.chance.uniform(0.1, 0.6))
        self.site.slurm.let_go()
        for _ in range(self.chance.choice((1, 2, 3, 4))):
            self._one_of(self.on_jobs)
        if self.chance.random() < 0.4:
            self._one_of(self.on_site)

    def _one_of(self, harms: Mapping[Callable[[], bool], int]) -> None:
        [harm] = self.chance.choices(list(harms), list(harms.values()))
        if harm():
            kind = f"campaign: {harm.__name__.replace('_', ' ')}"
            self.done[kind] += 1
            self.plan.tried(kind)

    # --- jobs
    def kill_watcher(self) -> bool:
        return self._kill("pid")

    def kill_tasks(self) -> bool:
        return self._kill("task_pid")

    def kill_both(self) -> bool:
        return self._kill("pid", "task_pid")

    def _kill(self, *fields: str) -> bool:
        claims = running_claims(self.site)
        if not claims:
            return False
        claim = self.chance.choice(claims)
        pids = [str(claim[name]) for name in fields]
        plan = self.site.slurm.plan
        done = tool("--dir", plan.directory, "exec", claim["host"], "--", "kill", "-9", *pids)
        return done.returncode == 0

    def requeue(self) -> bool:
        job_id = self._job()
        return bool(job_id) and self.site.slurm.login("scontrol", "requeue", job_id).returncode == 0

    def cancel(self) -> bool:
        job_id = self._job() if self.cancels_left else ""
        self.cancels_left -= bool(job_id)
        return bool(job_id) and self.site.slurm.login("scancel", job_id).returncode == 0

    def _job(self) -> str:
        found = self.site.slurm.login("squeue", "-h", "-t", "R", "-o", "%i").stdout.split()
        return self.chance.choice(found) if found else ""

    # --- machines
    def crash_node(self) -> bool:
        with self.site.slurm.crashed(self._node()):
            time.sleep(self.chance.uniform(0.5, 4))
        return True

    def cut_node_off(self) -> bool:
        with self.site.slurm.frozen(self._node()):
            time.sleep(self.chance.uniform(0.5, 4))
        return True

    def _node(self) -> str:
        return self.chance.choice(self.site.slurm.plan.node_names)

    def stop_slurmctld(self) -> bool:
        self.site.slurm.order("ctld", "stop")
        time.sleep(self.chance.uniform(0.5, 4))
        self.site.slurm.order("ctld", "start")
        return True

    # --- the login side
    def take_database_away(self) -> bool:
        with self.site.database_away():
            time.sleep(self.chance.uniform(0.5, 5))
        return True

    def kill_campaign(self) -> bool:
        self.campaign.kill()
        return True


def running_claims(site: Site) -> list[dict[str, Any]]:
    """The newest claim of each launch that has begun and has not ended."""
    found = []
    for launch_dir in site.launch_dirs():
        if (launch_dir / names.FINAL).exists():
            continue
        with suppress(OSError, ValueError):
            claims = sorted(launch_dir.glob("FW_attempt_*.json"), key=lambda path: path.stat().st_mtime)
            if claims:
                found.append(json.loads(claims[-1].read_text()))
    return [claim for claim in found if claim["pid"]]


# --- the truth
def check(site: Site, parents: dict[int, list[int]], story: str) -> None:
    """Each Firework's state follows from what is on the disk; each result counts once; what failed says why."""
    documents = json.loads(site.lpad("get_fws", "-d", "all"))
    fireworks = {document["fw_id"]: {**NOT_BEGUN, **document} for document in documents}
    assert fireworks.keys() == parents.keys(), story
    on_disk = final_records(site)
    for fw_id, firework in fireworks.items():
        about = f"Firework {fw_id}: {json.dumps(firework)}; {story}"
        assert [launch["state"] for launch in firework["launches"]].count("COMPLETED") <= 1, about
        completed = {launch["launch_id"] for launch in every_launch(firework) if launch["state"] == "COMPLETED"}
        assert completed == on_disk.get(fw_id, set()), f"the disk has {on_disk.get(fw_id)}; {about}"
        match firework["state"]:
            case "COMPLETED":
                assert completed, about
                assert all(fireworks[parent]["state"] == "COMPLETED" for parent in parents[fw_id]), about
            case "FIZZLED":
                last = firework["launches"][-1]
                assert last["cause"], about
                assert last["reason"], about
                assert not {launch["launch_id"] for launch in firework["launches"]} & completed, about
            case "WAITING":
                assert any(fireworks[parent]["state"] != "COMPLETED" for parent in parents[fw_id]), about
            case state:
                raise AssertionError(f"{state} is no end; {about}")
        counted = firework["spec"]["of"]
        done = [parent for parent in parents[fw_id] if fireworks[parent]["state"] == "COMPLETED"]
        assert sorted(counted) == done, about
        assert firework["spec"]["count"] == len(done), about


def every_launch(firework: dict[str, Any]) -> list[dict[str, Any]]:
    return [*firework["launches"], *firework.get("archived_launches", [])]


def final_records(site: Site) -> dict[int, set[int]]:
    """The launches that have a COMPLETED final record on the disk, by Firework."""
    found: dict[int, set[int]] = {}
    for launch_dir in site.launch_dirs():
        path = launch_dir / names.FINAL
        if path.exists() and json.loads(path.read_text())["state"] == "COMPLETED":
            ticket = json.loads((launch_dir / names.TICKET).read_text())
            found.setdefault(ticket["fw_id"], set()).add(ticket["launch_id"])
    return found
