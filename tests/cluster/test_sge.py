"""The walk-through of offline mode on a real Grid Engine, and how its jobs end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.cluster.sge_standing import standing_sge
from tests.cluster.site import Site, make_site, numbered, script

from longfuse.launchdir import names
from longfuse.launchers.shell import run as shell
from longfuse.queue.adapter import Command, ask_token
from longfuse.queue.files import read_adapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.sge_standing import SgeCluster

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("sge"), pytest.mark.timeout(300)]

QADAPTER = """\
_fw_name: CommonAdapter
_fw_q_type: SGE
rocket_launch: rlaunch -w {folder}/my_fworker.yaml -l {folder}/my_launchpad.yaml singleshot --offline
walltime: '00:10:00'
queue: all.q
pre_rocket: export PATH={commands}:$PATH
"""


@pytest.fixture(scope="session")
def sge() -> Iterator[SgeCluster]:
    with standing_sge() as cluster:
        yield cluster


@pytest.fixture
def here(sge: SgeCluster, request: pytest.FixtureRequest) -> Iterator[Site]:
    site = make_site(sge, re.sub(r"\W+", "-", request.node.name), QADAPTER)
    (site.folder / "FW_config.yaml").write_text("OFFLINE_GRACE_SECS: 1\n")
    yield site
    sge.empty_queue()


def test_the_walk_through_with_the_database_out_of_reach(here: Site) -> None:
    first, second = numbered(
        script("1st: a (test)", "echo hello > said; hostname"), script("second", "cat said || true")
    )
    here.add(first, second, links={1: [2]})
    here.launch()
    with here.database_away():
        folder = here.launch_dirs()[0]
        assert here.wait_for_final_record(folder)["state"] == "COMPLETED"
    assert here.recover_until(1, "COMPLETED")["host"] == "node1"
    here.launch()
    here.recover_until(2, "COMPLETED")
    printed = (folder / "FW_job.out").read_text()
    assert "node1" in printed
    assert not (here.folder.parent / "FW_job.out").exists()


def test_a_job_that_is_deleted_before_it_begins_is_cancelled(here: Site) -> None:
    here.add(script("held", "true", _queueadapter={"directives": ["-h"]}))
    here.launch()
    assert "1 waiting in the queue" in here.recover().told
    here.call("qdel", here.job_id(1)).check()
    launch = here.recover_until(1, "FIZZLED")
    assert launch["cause"] == "CANCELLED"
    assert "deleted before it began" in launch["reason"]


def test_a_job_that_is_deleted_while_it_runs_is_cancelled(here: Site) -> None:
    here.add(script("long", "touch begun; sleep 100"))
    here.launch()
    here.wait_for_begin(here.launch_dirs()[0])
    here.recover_until(1, "RUNNING")
    here.call("qdel", here.job_id(1)).check()
    launch = here.recover_until(1, "FIZZLED")
    assert launch["cause"] == "CANCELLED", launch


def test_a_job_that_reaches_its_time_limit_timed_out(here: Site) -> None:
    here.add(script("long", "sleep 100", _queueadapter={"walltime": "00:00:03"}))
    here.launch()
    launch = here.recover_until(1, "FIZZLED")
    assert launch["cause"] == "TIMEOUT", launch
    assert "h_rt" in launch["reason"]


def test_a_job_that_is_refused_is_fizzled_in_grid_engines_words(here: Site) -> None:
    here.add(script("lost", "true", _queueadapter={"queue": "nope.q"}))
    done = here.call("qlaunch", "-r", "rapidfire")
    assert done.returncode == 1
    assert 'job requests unknown queue "nope.q"' in done.told
    assert here.state(1) == "FIZZLED"
    assert here.last_launch(1)["cause"] == "SUBMIT"


def test_jobs_in_the_queue_are_counted(here: Site) -> None:
    fireworks = (script(f"held {n}", "true", _queueadapter={"directives": ["-h"]}) for n in range(3))
    here.add(*numbered(*fireworks))
    done = here.call("qlaunch", "-r", "rapidfire", "-m", "2", "--timeout", "3", "--sleep", "1")
    assert "2 jobs in queue. Maximum allowed by user: 2" in done.told
    assert sorted(here.states().values()) == ["READY", "RESERVED", "RESERVED"]


def test_a_job_is_found_by_its_token(here: Site, sge: SgeCluster) -> None:
    here.add(script("held", "true", _queueadapter={"directives": ["-h"]}))
    here.launch()
    token = re.search(r"longfuse=(\w+)", (here.launch_dirs()[0] / "FW_submit.script").read_text())
    assert token is not None
    adapter = read_adapter(here.folder / "my_qadapter.yaml")

    def ask(command: Command) -> object:
        return shell(
            Command(argv=("env", *(f"{k}={v}" for k, v in sge.environment(here.folder).items()), *command.argv))
        )

    assert ask_token(adapter, token[1], ask) == here.job_id(1)
    assert ask_token(adapter, "0" * 32, ask) is None
    sge.empty_queue()
    assert ask_token(adapter, token[1], ask) is None


def test_a_job_array(here: Site, sge: SgeCluster) -> None:
    """One fails, one is deleted, one is deleted before it begins; each is found by its own token."""
    kinds = {2: "exit 3", 3: "touch begun; sleep 600"}
    here.add(*numbered(*(script(f"calc-{n}", kinds.get(n, f"echo I am {n}")) for n in range(1, 6))))
    here.launch()
    array = here.job_id(1).partition(".")[0]
    assert [here.job_id(n) for n in range(1, 6)] == [f"{array}.{n}" for n in range(1, 6)]
    here.wait_for_begin(here.launch_dir(3))
    here.recover_until(3, "RUNNING")
    here.call("qdel", here.job_id(3)).check()
    assert here.recover_until(3, "FIZZLED")["cause"] == "CANCELLED"
    for n, state in {1: "COMPLETED", 2: "FIZZLED", 4: "COMPLETED", 5: "COMPLETED"}.items():
        here.recover_until(n, state)
    assert "I am 4" in (here.launch_dir(4) / "FW_job.out").read_text()


def test_tasks_of_an_array_that_wait(here: Site, sge: SgeCluster) -> None:
    wish = {"_queueadapter": {"directives": ["-h"]}}
    here.add(*numbered(*(script(f"held-{n}", "true", **wish) for n in range(1, 6))))
    done = here.call("qlaunch", "-r", "rapidfire", "-m", "4", "--timeout", "4", "--sleep", "1")
    assert "4 jobs in queue. Maximum allowed by user: 4" in done.told
    assert "4 waiting in the queue" in here.recover().told
    here.call("qdel", here.job_id(2)).check()
    assert "deleted before it began" in here.recover_until(2, "FIZZLED")["reason"]
    adapter = read_adapter(here.folder / "my_qadapter.yaml")

    def ask(command: Command) -> object:
        return shell(
            Command(argv=("env", *(f"{k}={v}" for k, v in sge.environment(here.folder).items()), *command.argv))
        )

    token = json.loads((here.launch_dir(3) / names.TICKET).read_text())["token"]
    assert ask_token(adapter, token, ask) == here.job_id(3)
