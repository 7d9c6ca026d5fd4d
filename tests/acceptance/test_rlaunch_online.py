"""``rlaunch`` where the LaunchPad can be reached: the same rocket, with the relay beside it."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.launching import call, shell, wait_for_file, wait_until
from tests.login import Login, fw

from longfuse.launchdir.process import birth

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


def test_one_firework(login: Login) -> None:
    login.add(fw(1, call("update", kwargs={"x": 5})), fw(2, shell("true")), links={"1": [2]})
    done = login.run("rlaunch", "singleshot")
    assert done.returncode == 0
    assert done.stdout == ""
    lines = [line.split(" INFO ")[1] for line in done.stderr.splitlines()]
    assert lines == [
        "Launching Rocket",
        f"RUNNING fw_id: 1 in directory: {login.folder}",
        "Task started: PyTask.",
        "Task completed: PyTask",
        "Rocket finished",
    ]
    assert login.state(1) == "COMPLETED"
    assert login.pad.get_fw_dict_by_id(2)["spec"]["x"] == 5


def test_all_of_a_workflow_each_in_its_own_directory(login: Login) -> None:
    login.add(fw(1, shell("echo a; pwd > ../first")), fw(2, shell("echo b; pwd > ../second")), links={"1": [2]})
    done = login.run("rlaunch", "-s", "rapidfire", "--local_redirect")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert login.state(1) == login.state(2) == "COMPLETED"
    first, second = ((login.folder / name).read_text().strip() for name in ("first", "second"))
    assert first != second
    with open(os.path.join(second, "FW_job.out")) as output:
        assert output.read() == "b\n"


def test_nothing_to_do(login: Login) -> None:
    done = login.run("rlaunch", "singleshot")
    assert done.returncode == 0
    assert "No FireWorks are ready to run and match query!" in done.stderr
    assert login.run("rlaunch", "rapidfire").returncode == 0


def test_one_by_its_id(login: Login) -> None:
    login.add(fw(1, shell("true")), fw(2, shell("true")))
    assert login.run("rlaunch", "singleshot", "-f", "2").returncode == 0
    assert (login.state(1), login.state(2)) == ("READY", "COMPLETED")
    refused = login.run("rlaunch", "singleshot", "-f", "9")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("rlaunch: ")
    assert "Traceback" not in refused.stderr


def test_a_firework_that_fails_does_not_stop_the_others(login: Login) -> None:
    login.add(fw(1, shell("false")), fw(2, call("leave", 3)), fw(3, shell("true")))
    done = login.run("rlaunch", "rapidfire")
    assert [login.state(fw_id) for fw_id in (1, 2, 3)] == ["FIZZLED", "FIZZLED", "COMPLETED"]
    assert done.returncode == 1  # the task process of one died


def test_a_signal_ends_the_rocket_and_the_rapidfire(login: Login) -> None:
    login.add(fw(1, shell("touch ../ready; exec sleep 600")), fw(2, shell("true")))
    running = login.start("rlaunch", "rapidfire")
    wait_for_file(login.folder / "ready")
    wait_until(lambda: login.state(1) == "RUNNING", "the LaunchPad knows that it runs")
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert running.returncode == 128 + signal.SIGTERM
    assert (login.state(1), login.state(2)) == ("FIZZLED", "READY")
    launch = login.pad.get_fw_dict_by_id(1)["launches"][0]
    assert "SIGTERM" in launch["action"]["stored_data"]["_exception"]["_stacktrace"]


def test_settings_that_lead_nowhere(login: Login) -> None:
    for words in (["-l", "no/such.yaml"], ["-w", "no/such.yaml"], ["-c", "no/such/folder"]):
        done = login.run("rlaunch", *words, "singleshot")
        assert done.returncode == 1
        assert "no/such" in done.stderr
        assert done.stderr.count("\n") == 1


def test_rapidfire_waits_for_a_launchpad_that_is_away(login: Login, tmp_path: Path) -> None:
    """The result of the Firework that ran meanwhile is brought home when it is back, and the next one runs."""
    gate = tmp_path / "gate"
    waiting = shell(f"touch {tmp_path}/begun; while [ ! -e {gate} ]; do sleep 0.05; done; echo ran >> {tmp_path}/ran")
    login.add(fw(1, waiting), fw(2, shell(f"echo ran >> {tmp_path}/ran")), links={"1": [2]})
    process = login.start("rlaunch", "rapidfire", "--sleep", "1")
    wait_for_file(tmp_path / "begun")
    database, away = login.folder / "launchpad.db", login.folder / "away"
    login.pad.close()
    os.rename(database, away)
    gate.touch()
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        if "trying again in" in line:
            break
    assert process.poll() is None, "".join(told)
    os.rename(away, database)
    _, rest = process.communicate(timeout=100)
    assert process.returncode == 0, rest
    assert (login.state(1), login.state(2)) == ("COMPLETED", "COMPLETED")
    assert (tmp_path / "ran").read_text().split() == ["ran", "ran"]


def test_a_launchpad_that_does_not_answer_holds_no_rocket_up(login: Login) -> None:
    """Heartbeats and signals are heard while somebody else holds the database."""
    (login.folder / "FW_config.yaml").write_text("PING_TIME_SECS: 0.2\n")
    login.add(fw(1, shell("touch begun; exec sleep 600")))
    running = login.start("rlaunch", "singleshot")
    wait_for_file(login.folder / "begun")
    with closing(sqlite3.connect(login.folder / "launchpad.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        wait_for_file(login.folder / "FW_ping.json")
        told = {(login.folder / "FW_ping.json").read_text()}

        def beats() -> bool:
            told.add((login.folder / "FW_ping.json").read_text())
            return len(told) > 5

        wait_until(beats, "some heartbeats")
        running.send_signal(signal.SIGTERM)
        wait_for_file(login.folder / "FW_action.json")
    _, stderr = running.communicate(timeout=100)
    assert running.returncode == 128 + signal.SIGTERM, stderr
    assert login.state(1) == "FIZZLED", stderr


def test_what_a_task_left_is_waited_for_and_ended_by_a_signal(login: Login, tmp_path: Path) -> None:
    """The result stands; the next rocket does not start beside it."""
    login.add(fw(1, call("leave_a_thread", str(tmp_path / "left"))), fw(2, shell("true")))
    running = login.start("rlaunch", "rapidfire")
    wait_until(lambda: list(login.folder.glob("launcher_*/FW_action.json")), "the first result")
    left = int((tmp_path / "left").read_text())
    assert process_runs(left)
    running.send_signal(signal.SIGTERM)
    _, stderr = running.communicate(timeout=100)
    assert running.returncode == 128 + signal.SIGTERM, stderr
    assert not process_runs(left)
    assert (login.state(1), login.state(2)) == ("COMPLETED", "READY")


def process_runs(pid: int) -> bool:
    return bool(birth(pid))


def test_rapidfire_does_not_wait_longer_than_its_time(login: Login) -> None:
    login.add(fw(1, shell("true")))
    login.pad.close()
    os.rename(login.folder / "launchpad.db", login.folder / "away")
    done = login.run("rlaunch", "rapidfire", "--timeout", "0.5")
    assert done.returncode != 0
    assert "launchpad.db" in done.stderr
