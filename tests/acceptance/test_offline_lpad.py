"""The whole life of offline launches, by the commands: jobs that reach no database, and what recoveries make of it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.launching import call, shell, start, wait_for_file, wait_until
from tests.login import Login, chain, fw, history


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


def test_from_qlaunch_to_the_end_by_commands_only(login: Login) -> None:
    qadapter = "_fw_name: CommonAdapter\n_fw_q_type: local\nrocket_launch: rlaunch singleshot --offline\n"
    (login.folder / "my_qadapter.yaml").write_text(qadapter)
    login.tell("add_scripts", "echo one > out", "cat no_such_file", "echo three", "-n", "a", "b", "c", "-w", "w")

    login.run("qlaunch", "-r", "singleshot")
    first = Path(login.tell("get_launchdir", "1").strip())
    wait_for_file(first / "FW_action.json")
    assert "fw_id 1 (a): completed" in login.recover()
    assert [login.state(i) for i in (1, 2, 3)] == ["COMPLETED", "READY", "WAITING"]
    assert (first / "out").read_text() == "one\n"

    login.run("qlaunch", "-r", "rapidfire", "--nlaunches", "1")
    second = Path(login.tell("get_launchdir", "2").strip())
    wait_for_file(second / "FW_action.json")
    told = login.recover()
    assert "fw_id 2 (b): fizzled (EXCEPTION): " in told
    assert "FINISHED recovering offline runs. 1 job(s) recovered: [2]" in told
    assert [login.state(i) for i in (1, 2, 3)] == ["COMPLETED", "FIZZLED", "WAITING"]
    assert login.get("get_wflows")["state"] == "FIZZLED"
    wait_until(lambda: not running_jobs(login), "the local queue to be empty")


def running_jobs(login: Login) -> list[str]:
    done = login.run("python", "-m", "longfuse.queue.local_spool", "status")
    return [job["job_id"] for job in json.loads(done.stdout) if job["state"] in ("PENDING", "RUNNING")]


# --- each outcome
def test_complete(login: Login) -> None:
    login.add(fw(1, call("update", kwargs={"seen": 3}), name="a"), fw(2, shell("true"), name="b"), links={"1": [2]})
    place = login.submit(1)
    assert "0 still running, 1 waiting in the queue" in login.recover()
    login.job(place)
    told = login.recover()
    assert "fw_id 1 (a): completed\n" in told
    assert login.pad.get_fw_dict_by_id(2)["spec"]["seen"] == 3
    assert login.state(2) == "READY"
    launch = login.pad.get_fw_dict_by_id(1)["launches"][0]
    assert history(launch["state_history"]) == ["RESERVED", "RUNNING", "COMPLETED"]


def test_fizzle_with_the_reason(login: Login) -> None:
    login.add(fw(1, call("fail", "the basis set is missing"), name="scf"))
    place = login.submit(1)
    login.job(place)
    told = login.recover()
    assert "fw_id 1 (scf): fizzled (EXCEPTION): " in told
    assert "the basis set is missing" in told
    assert "[1]" in told
    assert login.state(1) == "FIZZLED"
    assert "the basis set is missing" in login.tell("get_fws", "-i", "1", "-d", "more")


def test_started_then_still_running_then_completed(login: Login) -> None:
    login.add(fw(1, shell("while [ ! -e go ]; do sleep 0.05; done"), name="md"))
    place = login.submit(1)
    job = start(place)
    wait_for_file(place / "FW_ping.json")
    assert "fw_id 1 (md): started" in login.recover()
    assert login.state(1) == "RUNNING"
    told = login.recover()
    assert "started" not in told
    assert "1 still running, 0 waiting in the queue" in told
    (place / "go").touch()
    job.communicate(timeout=60)
    assert "fw_id 1 (md): completed" in login.recover()
    assert "0 job(s) recovered: []" in login.recover()


def test_a_torn_result_is_unknown_not_failed(login: Login) -> None:
    login.add(fw(1, shell("true"), name="a"), fw(2, shell("true"), name="b"))
    torn, good = login.submit(1), login.submit(2)
    login.job(torn)
    login.job(good)
    whole = (torn / "FW_action.json").read_bytes()
    (torn / "FW_action.json").write_bytes(whole[: len(whole) // 2])
    for _ in range(2):
        told = login.recover(code=1)
        assert "fw_id 1 (a): unknown: " in told
        assert "FW_action.json" in told
        assert "FAILED to recover offline fw_ids: [1]" in told
        assert login.state(1) == "RESERVED"
        assert login.state(2) == "COMPLETED"
    (torn / "FW_action.json").write_bytes(whole)
    assert "fw_id 1 (a): completed" in login.recover()
    assert login.state(1) == "COMPLETED"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_result_that_may_not_be_read(login: Login) -> None:
    login.add(fw(1, shell("true"), name="a"))
    place = login.submit(1)
    login.job(place)
    (place / "FW_action.json").chmod(0)
    assert "Permission denied" in login.recover(code=1)
    (place / "FW_action.json").chmod(0o600)
    login.recover()
    assert login.state(1) == "COMPLETED"


def test_a_result_that_is_a_directory(login: Login) -> None:
    login.add(fw(1, shell("true"), name="a"))
    place = login.submit(1)
    (place / "FW_action.json").mkdir()
    assert "fw_id 1 (a): unknown: " in login.recover(code=1)
    (place / "FW_action.json").rmdir()
    login.job(place)
    assert "completed" in login.recover()


def test_a_launch_directory_moved_away_and_back(login: Login) -> None:
    login.add(fw(1, shell("true"), name="a"))
    place = login.submit(1)
    login.job(place)
    elsewhere = place.rename(login.folder / "archive")
    told = login.recover(code=1)
    assert "fw_id 1 (a): unknown: " in told
    assert "moved, purged or not mounted" in told
    assert login.state(1) == "RESERVED"
    elsewhere.rename(place)
    assert "completed" in login.recover()
    assert login.state(1) == "COMPLETED"


def test_the_files_of_another_are_refused(login: Login) -> None:
    login.add(fw(1, shell("true"), name="a"), fw(2, shell("true"), name="b"))
    place = login.submit(1)
    login.job(place)
    final = json.loads((place / "FW_action.json").read_text())
    (place / "FW_action.json").write_text(json.dumps(final | {"token": "f" * 32}))
    told = login.recover(code=1)
    assert "fw_id 1 (a): refused: " in told
    assert login.state(1) == "RESERVED"
    (place / "FW_action.json").write_text(json.dumps(final))
    assert "completed" in login.recover()


def test_the_files_of_another_launchpad_are_refused(login: Login, tmp_path: Path) -> None:
    login.add(fw(1, shell("true"), name="a"))
    place = login.submit(1)
    other = Login(tmp_path / "other")
    other.add(fw(1, shell("echo foreign"), name="a"))
    theirs = other.submit(1)
    other.job(theirs)
    shutil.rmtree(place)
    shutil.copytree(theirs, place)
    assert "belongs to another LaunchPad" in login.recover(code=1)
    assert login.state(1) == "RESERVED"


# --- a person's word comes between
def running(login: Login) -> Path:
    """A workflow of two; the first one's job runs, which the LaunchPad does not know yet."""
    fws = [fw(1, call("update", kwargs={"seen": 1}), name="a"), fw(2, shell("true"), name="b")]
    login.add(*fws, links=chain(*fws))
    return login.submit(1)


def test_defused_while_running(login: Login) -> None:
    place = running(login)
    login.tell("defuse_fws", "-i", "1")
    login.job(place)
    told = login.recover()
    assert "fw_id 1 (a): kept aside: " in told
    assert "earlier launch" in told
    assert [login.state(1), login.state(2)] == ["DEFUSED", "WAITING"]
    assert "0 job(s) recovered" in login.recover()
    login.tell("reignite_fws", "-i", "1")
    assert login.state(1) == "READY"
    kept = login.pad.get_fw_dict_by_id(1)["archived_launches"]
    assert [launch["action"]["update_spec"] for launch in kept] == [{"seen": 1}]


def test_paused_while_running_counts_after_resume(login: Login) -> None:
    place = running(login)
    login.tell("pause_fws", "-i", "1")
    assert login.state(1) == "PAUSED"
    login.job(place)
    told = login.recover()
    assert "fw_id 1 (a): kept aside: " in told
    assert "lpad resume_fws" in told
    assert [login.state(1), login.state(2)] == ["PAUSED", "WAITING"]
    login.tell("resume_fws", "-i", "1")
    assert [login.state(1), login.state(2)] == ["COMPLETED", "READY"]
    assert login.pad.get_fw_dict_by_id(2)["spec"]["seen"] == 1


def test_a_sign_of_life_does_not_revive_a_held_firework(login: Login) -> None:
    go = "while [ ! -e go ]; do sleep 0.05; done"
    login.add(fw(1, shell(go), name="a"), fw(2, shell(go), name="b"))
    places = [login.submit(1), login.submit(2)]
    login.tell("pause_fws", "-i", "1")
    login.tell("defuse_fws", "-i", "2")
    jobs = [start(place) for place in places]
    for place in places:
        wait_for_file(place / "FW_ping.json")
    login.recover()
    login.recover()
    assert [login.state(1), login.state(2)] == ["PAUSED", "DEFUSED"]
    for place, job in zip(places, jobs, strict=True):
        (place / "go").touch()
        job.communicate(timeout=60)
    login.recover()
    assert [login.state(1), login.state(2)] == ["PAUSED", "DEFUSED"]


def test_archived_while_running(login: Login) -> None:
    place = running(login)
    login.tell("archive_wflows", "-i", "1")
    login.job(place)
    assert "kept aside" in login.recover()
    assert [login.state(1), login.state(2)] == ["ARCHIVED", "ARCHIVED"]


def test_rerun_while_running(login: Login) -> None:
    place = running(login)
    login.tell("rerun_fws", "-i", "1")
    login.job(place)
    assert "kept aside" in login.recover()
    assert login.state(1) == "READY"
    again = login.submit(1, login.folder / "again")
    login.job(again)
    assert "fw_id 1 (a): completed" in login.recover()
    assert login.state(1) == "COMPLETED"


def test_rerun_into_the_same_directory(login: Login) -> None:
    place = running(login)
    login.job(place)
    login.tell("rerun_fws", "-i", "1")
    login.submit(1, place)
    told = login.recover()
    assert "kept aside" in told
    assert login.state(1) == "RESERVED"
    login.job(place)
    assert "fw_id 1 (a): completed" in login.recover()
    document = login.pad.get_fw_dict_by_id(1)
    assert [launch["state"] for launch in document["launches"]] == ["COMPLETED"]
    assert [launch["state"] for launch in document["archived_launches"]] == ["COMPLETED"]


# --- forget_offline
@pytest.mark.parametrize(("command", "state"), [("rerun_fws", "READY"), ("defuse_fws", "DEFUSED")])
def test_forgotten_is_frozen_until_a_person_says(login: Login, command: str, state: str) -> None:
    place = running(login)
    assert "processed 1 FWs" in login.lpad("forget_offline", "-i", "1").stderr
    login.job(place)
    told = login.recover()
    assert "0 still running, 0 waiting in the queue" in told
    assert "fw_id 1" not in told
    assert login.state(1) == "RESERVED"
    login.tell(command, "-i", "1")
    assert login.state(1) == state
    login.recover()
    assert login.state(1) == state


def test_after_forget_and_rerun_the_new_launch_is_read(login: Login) -> None:
    login.job(running(login))
    login.tell("forget_offline", "-i", "1")
    login.tell("rerun_fws", "-i", "1")
    login.job(login.submit(1, login.folder / "again"))
    login.recover()
    assert login.state(1) == "COMPLETED"


# --- recovering twice, at once, without a database
def test_twice_is_as_good_as_once(login: Login) -> None:
    login.job(running(login))
    login.recover()
    before = login.tell("get_fws", "-d", "all")
    assert "0 job(s) recovered: []" in login.recover()
    assert login.tell("get_fws", "-d", "all") == before


def test_two_at_once(login: Login) -> None:
    fws = [fw(n, call("modify", {"_inc": {"n": 1}}), name=f"p{n}") for n in range(1, 7)]
    child = fw(7, shell("true"), name="child", n=0)
    login.add(*fws, child, links={str(n): [7] for n in range(1, 7)})
    for n in range(1, 7):
        login.job(login.submit(n))
    passes = [login.start("lpad", "recover_offline") for _ in range(2)]
    ended = [(p.communicate(timeout=60), p.returncode) for p in passes]
    assert [code for _, code in ended] == [0, 0], ended
    told = "".join(stdout for (stdout, _), _ in ended)
    for n in range(1, 7):
        assert told.count(f"fw_id {n} (p{n}): completed") == 1
    assert login.pad.get_fw_dict_by_id(7)["spec"]["n"] == 6
    assert login.state(7) == "READY"


def test_the_database_moved_away_and_back(login: Login) -> None:
    login.job(running(login))
    login.pad.close()
    database = login.folder / "launchpad.db"
    database.rename(login.folder / "away.db")
    line = login.refuse("recover_offline")
    assert "launchpad.db" in line
    assert not database.exists()
    (login.folder / "away.db").rename(database)
    assert "completed" in login.recover()


def test_only_the_worker_of_the_settings(login: Login) -> None:
    login.job(running(login))
    (login.folder / "my_fworker.yaml").write_text("name: elsewhere\ncategory: ''\nquery: '{}'\n")
    told = login.recover()
    assert "0 job(s) recovered" in told
    assert "left alone: 1 of the worker" in told
    assert "1 job(s) recovered: [1]" in login.tell("recover_offline", "-w", "")


def test_fireworks_flags_are_accepted(login: Login) -> None:
    login.job(running(login))
    assert "1 job(s) recovered: [1]" in login.tell("recover_offline", "--ignore_errors", "-pe")
