"""What offline tasks ask of their ``launchpad`` is done when their launches come home: in order, and exactly once."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import call, shell, start, wait_for_file, wait_until
from tests.login import Login, fw

from longfuse.launchdir.claim import read_claim
from longfuse.launchpad.verdict import Sighting
from longfuse.queue.adapter import JobStatus, Phase

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


def asking(script: str, **parameters: Any) -> dict[str, Any]:
    return {"_fw_name": "{{lf_asking_tasks.AskLaunchPad}}", "script": script, **parameters}


def asker(fw_id: int, script: str, *more: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return fw(fw_id, asking(script), *more, name="asker", _add_launchpad_and_fw_id=True, **spec)


ADD = """
from longfuse import Firework, Workflow, ScriptTask
one, two = Firework(ScriptTask.from_str("true"), fw_id=-1, name="new"), Firework([], fw_id=-2, name="below")
ids = launchpad.add_wf(Workflow([one, two], {one: [two]}, name="made by a task"))
out["ids"] = sorted(ids.values())
launchpad.update_spec([ids[-1]], {"energy": -1.5})
launchpad.append_wf(Firework([], fw_id=-1, name="appended"), [two.fw_id])
launchpad.set_priority(ids[-1], 7)
launchpad.defuse_fw(2)
"""


def names(login: Login) -> dict[str, int]:
    ids = login.pad.get_fw_ids()
    return {login.pad.get_fw_dict_by_id(fw_id)["name"]: fw_id for fw_id in ids}


def test_in_order_with_the_ids_that_were_given(login: Login) -> None:
    login.add(asker(1, ADD), fw(2, shell("true"), name="other"))
    login.job(login.submit(1))
    assert "fw_id 1 (asker): completed" in login.recover()
    found = names(login)
    new = login.pad.get_fw_dict_by_id(found["new"])
    assert (new["spec"]["energy"], new["spec"]["_priority"], new["state"]) == (-1.5, 7, "READY")
    assert login.state(2) == "DEFUSED"
    whole = login.pad.get_wf_dict_by_fw_id(found["new"])
    assert whole["links"][str(found["below"])] == [found["appended"]]
    launch = login.pad.get_fw_dict_by_id(1)["launches"][0]
    assert launch["added_fws"] == sorted([found["new"], found["below"], found["appended"]])
    assert launch["launchpad_writes"] == {"attempt": 1, "done": 5}
    login.recover()
    assert names(login) == found


def test_online_it_is_the_real_launchpad(login: Login) -> None:
    script = ADD + "\nout['children'] = launchpad.get_wf_by_fw_id(one.fw_id).links[one.fw_id]\nout['two'] = two.fw_id"
    login.add(asker(1, script), fw(2, shell("true"), name="other"))
    done = login.run("rlaunch", "singleshot", "-f", "1")
    assert done.returncode == 0, done.stderr
    assert (login.state(1), login.state(2)) == ("COMPLETED", "DEFUSED")
    stored = login.pad.get_fw_dict_by_id(1)["launches"][0]["action"]["stored_data"]
    assert stored["children"] == [stored["two"]]
    assert login.pad.get_fw_dict_by_id(names(login)["new"])["spec"]["energy"] == -1.5


def test_online_a_database_that_goes_away_is_an_error_of_the_task(login: Login) -> None:
    wait = "import os, time\nopen('ready', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.05)\n"
    login.add(asker(1, wait + "launchpad.pause_fw(2)"), fw(2, shell("true")))
    running = login.start("rlaunch", "singleshot", "-f", "1")
    wait_for_file(login.folder / "ready")
    os.rename(login.folder / "launchpad.db", login.folder / "away.db")
    (login.folder / "go").touch()
    wait_for_file(login.folder / "FW_action.json")
    os.rename(login.folder / "away.db", login.folder / "launchpad.db")
    running.communicate(timeout=60)
    login.recover()
    launch = login.pad.get_fw_dict_by_id(1)["launches"][0]
    assert launch["state"] == "FIZZLED"
    assert "There is no LaunchPad at" in launch["reason"]
    assert login.state(2) == "READY"


def test_of_a_task_that_failed_they_are_done_too(login: Login) -> None:
    login.add(asker(1, "launchpad.pause_fw(2)\nraise ValueError('later')"), fw(2, shell("true")))
    login.job(login.submit(1))
    assert "fizzled (EXCEPTION): ValueError: later" in login.recover()
    assert (login.state(1), login.state(2)) == ("FIZZLED", "PAUSED")


def test_one_that_cannot_be_done_costs_no_result(login: Login) -> None:
    script = "launchpad.pause_fw(2)\nlaunchpad.rerun_fw(99)\nlaunchpad.pause_fw(3)\nout['energy'] = 5"
    login.add(asker(1, script), fw(2, shell("true")), fw(3, shell("true")), fw(4, call("update", kwargs={"x": 1})))
    places = [login.submit(1), login.submit(4)]
    for place in places:
        login.job(place)
    told = login.recover()
    assert "what a task asked of the LaunchPad could not be done: rerun_fw: No Firework exists with id: 99" in told
    assert [login.state(i) for i in (1, 2, 3, 4)] == ["FIZZLED", "PAUSED", "READY", "COMPLETED"]
    launch = login.pad.get_fw_dict_by_id(1)["launches"][0]
    assert launch["action"]["stored_data"]["energy"] == 5
    assert launch["launchpad_writes"]["done"] == 1
    assert "rerun_fw" in launch["launchpad_writes"]["failed"]


def test_a_task_may_hold_rerun_or_delete_its_own_workflow(login: Login) -> None:
    login.add(asker(1, "launchpad.defuse_fw(fw_id)"))
    login.add(asker(2, "launchpad.rerun_fw(fw_id)\nout['once'] = 1"))
    login.add(asker(3, "launchpad.delete_wf(fw_id)"))
    places = [login.submit(i) for i in (1, 2, 3)]
    for place in places:
        login.job(place)
    told = login.recover()
    assert "fw_id 1 (asker): kept aside" in told
    assert (login.state(1), login.state(2)) == ("DEFUSED", "READY")
    archived = login.pad.get_fw_dict_by_id(2)["archived_launches"]
    assert archived[0]["action"]["stored_data"] == {"once": 1}
    assert login.pad.get_fw_ids() == [1, 2]


def test_of_a_launch_that_was_rerun_meanwhile_they_are_not_done(login: Login) -> None:
    login.add(asker(1, "launchpad.pause_fw(2)"), fw(2, shell("true")))
    place = login.submit(1)
    login.pad.rerun_fw(1)
    login.job(place)
    assert "what its tasks asked of the LaunchPad (1) is not done before" in login.recover()
    assert login.state(2) == "READY"
    login.tell("accept_result", "1")
    assert (login.state(1), login.state(2)) == ("COMPLETED", "PAUSED")
    assert login.pad.get_fw_dict_by_id(1)["launches"][0]["launchpad_writes"] == {"attempt": 1, "done": 1}


def test_what_reached_a_heartbeat_survives_the_death_of_the_node(login: Login) -> None:
    """And what comes later all the same is done once."""
    script = "launchpad.pause_fw(2)\nids = launchpad.add_wf(__import__('longfuse').Firework([], fw_id=-1, name='n'))\n"
    later = "ids[-1]" if False else "-1000001"
    login.add(
        asker(1, script, shell("touch ready; sleep 600"), asking(f"launchpad.set_priority({later}, 4)")),
        fw(2, shell("true")),
    )
    place = login.submit(1)
    running = start(place)
    wait_for_file(place / "ready")
    claim = read_claim(str(place), 1)
    assert claim is not None
    os.kill(claim.pid, signal.SIGKILL)
    os.killpg(claim.task_pid, signal.SIGKILL)
    running.communicate(timeout=60)
    login.recover()
    assert login.state(2) == "READY"  # nobody knows yet that it is dead

    job = JobStatus(job_id="job-1", phase=Phase.ENDED, word="NODE_FAIL", cause="NODE_FAIL")
    login.pad.ingest([Sighting(launch_id=1, files=None, job=job)], 0)
    assert (login.state(1), login.state(2)) == ("FIZZLED", "PAUSED")
    assert names(login)["n"] == 3

    ping = json.loads((place / "FW_ping.json").read_text())
    write = {"method": "set_priorities", "arguments": {"fw_ids": [-1000001], "priority": 4}}
    final = {key: ping[key] for key in ("protocol", "launch_id", "token", "attempt", "started_on")} | {
        "state": "COMPLETED",
        "completed_on": ping["ping_time"],
        "fwaction": {"stored_data": {}, "exit": False},
        "launchpad_writes": [*ping["launchpad_writes"], write],
    }
    (place / "FW_action.json").write_text(json.dumps(final))
    login.pad.resume_fw(2)
    assert "fw_id 1 (asker): completed" in login.recover()
    assert login.state(2) == "READY"
    assert login.pad.get_fw_ids() == [1, 2, 3]
    assert login.pad.get_fw_dict_by_id(3)["spec"]["_priority"] == 4


def test_a_pass_that_is_repeated_does_nothing_twice(login: Login) -> None:
    login.add(asker(1, "launchpad.update_spec([2], {'$inc': {'spec.n': 1}}, mongo=True)"), fw(2, shell("true"), n=0))
    login.job(login.submit(1))
    wait_until(lambda: "FINISHED" in login.recover(), "it was recovered")
    login.recover()
    assert login.pad.get_fw_dict_by_id(2)["spec"]["n"] == 1
