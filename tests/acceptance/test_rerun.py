"""Reruns, whole and from the Firetask that was running: jobs that fail, and offline jobs whose node died."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import call, shell, wait_for_file, wait_until
from tests.login import Login, fw

from longfuse.launchdir.claim import read_claim

if TYPE_CHECKING:
    from collections.abc import Iterator

QADAPTER = "_fw_name: CommonAdapter\n_fw_q_type: local\nrocket_launch: rlaunch singleshot --offline\n"


@pytest.fixture
def login(tmp_path: Path) -> Iterator[Login]:
    login = Login(tmp_path / "login node")
    (login.folder / "my_qadapter.yaml").write_text(QADAPTER)
    (login.folder / "FW_config.yaml").write_text("OFFLINE_GRACE_SECS: 0\n")
    yield login
    wait_until(lambda: '"RUNNING"' not in queue(login), "the local queue to be empty")


def queue(login: Login) -> str:
    return login.run("python", "-m", "longfuse.queue.local_spool", "status").stdout


def launch(login: Login, fw_id: int, mode: str) -> Path:
    """Run a Firework to its end, as a job of the queue or beside the LaunchPad."""
    if mode == "online":
        done = login.run("rlaunch", "rapidfire", "--nlaunches", "1")
        assert done.returncode == 0, done.stderr
    else:
        submit(login, fw_id)
        finish(login, fw_id)
    return place_of(login, fw_id)


def submit(login: Login, fw_id: int) -> Path:
    done = login.run("qlaunch", "-r", "rapidfire", "--nlaunches", "1")
    assert done.returncode == 0, done.stderr
    return place_of(login, fw_id)


def place_of(login: Login, fw_id: int) -> Path:
    return Path(login.tell("get_launchdir", str(fw_id)).strip())


def finish(login: Login, fw_id: int) -> None:
    wait_for_file(place_of(login, fw_id) / "FW_action.json")
    login.recover()


def kill_node(place: Path) -> None:
    """As a power cut does: the rocket and the tasks are gone at once."""
    claim = read_claim(str(place), 1)
    assert claim is not None
    os.kill(claim.pid, signal.SIGKILL)
    os.killpg(claim.task_pid, signal.SIGKILL)


def three_tasks(fw_id: int, second: str, **spec: Any) -> dict[str, Any]:
    first = [shell("echo first >> log"), call("update", kwargs={"energy": 3})]
    return fw(fw_id, *first, shell(second), call("answer", inputs=["energy"], stored_data_varname="seen"), **spec)


def launches(login: Login, fw_id: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    document = login.pad.get_fw_dict_by_id(fw_id)
    return document["launches"], document["archived_launches"]


@pytest.mark.parametrize("mode", ["online", "offline"])
@pytest.mark.parametrize(
    ("flags", "log"), [((), "second"), (("-cp",), "first second second"), (("-pd",), "first second second")]
)
def test_from_the_task_that_failed(login: Login, mode: str, flags: tuple[str, ...], log: str) -> None:
    fail_once = f'echo second >> log; [ -e "{login.folder}/mended" ]'
    login.add(three_tasks(1, fail_once), fw(2, shell("true")), links={"1": [2]})
    earlier = launch(login, 1, mode)
    assert login.state(1) == "FIZZLED"
    (login.folder / "mended").touch()
    login.tell("rerun_fws", "-i", "1", "--task-level", *flags)
    later = launch(login, 1, mode)
    assert login.state(1) == "COMPLETED"
    assert login.pad.get_fw_dict_by_id(2)["spec"]["energy"] == 3
    (current,), (archived,) = launches(login, 1)
    assert current["action"]["stored_data"]["seen"] == 3
    assert archived["state"] == "FIZZLED"
    assert archived["action"]["stored_data"]["_exception"]
    assert (later == earlier) == ("-pd" in flags)
    assert (later / "log").read_text().split() == log.split()


def test_of_an_offline_job_whose_node_died(login: Login) -> None:
    """The recovery declares it; the rerun goes on at the task that was running, in a copy of the directory."""
    hang = f'echo second >> log; touch "{login.folder}/ready"; [ -e "{login.folder}/mended" ] || sleep 600'
    login.add(three_tasks(1, hang))
    earlier = submit(login, 1)
    wait_for_file(login.folder / "ready")
    kill_node(earlier)
    wait_until(lambda: "fizzled" in login.lpad("recover_offline").stdout, "the recovery has seen that the job is gone")
    assert login.state(1) == "FIZZLED"
    (login.folder / "mended").touch()
    login.tell("rerun_fws", "-s", "FIZZLED", "--task-level", "--copy-data")
    later = submit(login, 1)
    assert later != earlier
    finish(login, 1)
    assert login.state(1) == "COMPLETED"
    assert (later / "log").read_text().split() == ["first", "second", "second"]
    (current,), (archived,) = launches(login, 1)
    assert current["action"]["stored_data"]["seen"] == 3
    assert (archived["state"], archived["launch_dir"]) == ("FIZZLED", str(earlier))
    assert archived["state_history"][-1]["checkpoint"]["_task_n"] == 2


def test_of_one_that_was_never_recovered_the_files_have_the_checkpoint(login: Login) -> None:
    hang = f'touch "{login.folder}/ready"; [ -e "{login.folder}/mended" ] || sleep 600'
    login.add(three_tasks(1, hang))
    earlier = submit(login, 1)
    wait_for_file(login.folder / "ready")
    kill_node(earlier)
    (login.folder / "mended").touch()
    login.tell("rerun_fws", "-i", "1", "--task-level")
    recovery = login.pad.get_fw_dict_by_id(1)["spec"]["_recovery"]
    assert (recovery["_task_n"], recovery["_launch_id"]) == (2, 1)
    later = submit(login, 1)
    finish(login, 1)
    assert login.state(1) == "COMPLETED"
    assert not (later / "log").exists()


def test_from_a_launch_that_is_named(login: Login) -> None:
    login.add(three_tasks(1, "false"))
    launch(login, 1, "offline")
    login.tell("rerun_fws", "-i", "1")
    assert "_recovery" not in login.pad.get_fw_dict_by_id(1)["spec"]
    submit(login, 1)
    finish(login, 1)
    refused = login.refuse("rerun_fws", "-i", "1", "--task-level", "-lid", "9")
    assert refused.startswith("launch_id: 9 is no launch of fw_id: 1")
    assert "one launch to each" in login.refuse("rerun_fws", "-i", "1", "--task-level", "-lid", "1", "2")
    login.tell("rerun_fws", "-i", "1", "--task-level", "-lid", "1")
    assert login.pad.get_fw_dict_by_id(1)["spec"]["_recovery"]["_launch_id"] == 1
    assert [launch["launch_id"] for launch in launches(login, 1)[1]] == [1, 2]
    assert login.lpad("rerun_fws", "-i", "1", "--task-level", "-cp", "-pd").returncode == 2


def test_it_says_what_it_will_reset_before_it_asks(login: Login) -> None:
    tasks = [fw(i, shell("true")) for i in range(1, 15)]
    login.add(*tasks, links={str(i): [i + 1] for i in range(1, 14)})
    for i in range(1, 13):
        login.submit(i)
        login.pad.complete_launch(i)
    told = login.lpad("rerun_fws", "-i", "10")
    assert "Rerunning 1 FWs resets 3 FWs that depend on them or are their duplicates, too: 11, 12, 13" in told.stderr
    asked = login.lpad("rerun_fws", "-q", '{"fw_id": {"$lt": 12}}', stdin="n\n")
    assert asked.returncode == 1
    lines = asked.stderr.splitlines()
    assert "too: 12" not in lines[0]  # it is READY or WAITING now
    assert "Are you sure? This will modify 11 entries." in asked.stderr
    assert login.state(1) == "COMPLETED"


def test_what_earlier_runs_added_stays_and_is_told(login: Login) -> None:
    action = {"additions": [{"fw_id": -1, "name": "extra", "spec": {"_tasks": []}}]}
    script = f"import json; json.dump({action!r}, open('FWAction.json', 'w'))"
    login.add(fw(1, call("builtins.exec", script, {})))
    for _ in range(2):
        login.tell("rerun_fws", "-i", "1")
        login.job(login.submit(1, login.folder / f"run {len(launches(login, 1)[1])}"))
        login.recover()
    (current,), (archived,) = launches(login, 1)
    assert (archived["added_fws"], current["added_fws"]) == ([2], [3])
    told = login.lpad("rerun_fws", "-i", "1")
    assert "resets 2 FWs that depend on them or are their duplicates, too: 2, 3" in told.stderr
    assert "keeps 2 FWs that earlier runs have added: 2, 3" in told.stderr
    shown = login.get("get_fws", "-i", "1", "-d", "all")
    assert [launch["added_fws"] for launch in shown["archived_launches"]] == [[2], [3]]
