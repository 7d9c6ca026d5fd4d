"""``lpad why``, ``status``, ``config``, ``report`` and ``introspect`` as a user types them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import shell
from tests.login import chain, fw
from tests.slurm_login import SlurmLogin

if TYPE_CHECKING:
    from collections.abc import Iterator


class Desk(SlurmLogin):
    """All jobs wait in it for reason Priority."""

    def ok(self, *argv: str) -> subprocess.CompletedProcess[str]:
        done = self.run(*argv)
        assert done.returncode == 0, done.stderr
        return done

    def asked(self) -> int:
        """How often squeue was called."""
        path = self.slurm / "asked"
        return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "login node")
    yield made
    made.pad.close()


# --- why
def test_a_failed_chain_is_explained_from_its_root(desk: Desk) -> None:
    works = (fw(1, shell("exit 3"), name="first"), fw(2, name="second"), fw(3, name="third"))
    desk.add(*works, links=chain(*works))
    desk.ok("rlaunch", "-s", "singleshot")
    first, todo, second, _, third, _ = desk.tell("why", "1", "2,3").splitlines()
    assert first.startswith("Firework 1 (first) is FIZZLED since ")
    assert "task 1 of 1 (ScriptTask): RuntimeError: ScriptTask fizzled! Return code: [3]" in first
    assert todo == "    lpad rerun_fws -i 1"
    assert "Firework 2 (second) is WAITING: it waits for 1 (FIZZLED: task 1 of 1 (ScriptTask)" in second
    assert "by way of" not in second
    assert third.endswith(", by way of 2.")


def test_a_job_in_the_queue(desk: Desk) -> None:
    """One question to the batch system for all; and what is said while that does not answer."""
    desk.add(*(fw(n, shell("true")) for n in (1, 2, 3)))
    desk.ok("qlaunch", "-s", "-r", "rapidfire", "--nlaunches", "2")
    before = desk.asked()
    one, two = desk.tell("why", "1", "2").splitlines()
    assert desk.asked() == before + 1
    assert one.endswith(" as job 101, pending for reason Priority.")
    assert two.endswith(" as job 102, pending for reason Priority.")
    (desk.slurm / "away").touch()
    assert "as job 101; the batch system does not answer" in desk.tell("why", "1")
    job = desk.get("why", "1", "-o", "json")["job"]
    assert (job["reservation_id"], job["phase"]) == ("101", None)
    assert "Unable to contact slurm controller" in job["silence"]
    assert "not submitted yet; your worker 'Automatically generated Worker' takes it" in desk.tell("why", "3")


def test_it_needs_no_launch_directory(desk: Desk) -> None:
    desk.add(fw(1, shell("exit 3")))
    place = desk.submit(1)
    desk.job(place)
    desk.recover()
    place.rename(desk.folder / "gone")
    assert "is FIZZLED since" in desk.tell("why", "1")


def test_the_users_own_worker(desk: Desk) -> None:
    desk.add(fw(1, _category="gpu"))
    desk.write("my_fworker.yaml", "name: here\ncategory: cpu\nquery: '{}'\n")
    other = desk.write("gpus.yaml", "name: there\ncategory: gpu\nquery: '{}'\n")
    refusal = "your worker 'here' does not take it: its `_category` is 'gpu', and the worker's category is 'cpu'"
    assert refusal in desk.tell("why", "1")
    assert "your worker 'there' takes it" in desk.tell("why", "1", "-w", str(other))


def test_who_held_it(desk: Desk) -> None:
    works = (fw(1, shell("echo '{\"defuse_children\": true}' > FWAction.json")), fw(2), fw(3))
    desk.add(*works, links=chain(*works))
    desk.ok("rlaunch", "-s", "singleshot")
    desk.tell("pause_fws", "-i", "3")
    by_action, reignite, by_person, resume = desk.tell("why", "2", "3").splitlines()
    assert "is DEFUSED by the FWAction of Firework 1 since " in by_action
    assert "is PAUSED by a person since " in by_person
    assert (reignite.strip(), resume.strip()) == ("lpad reignite_fws -i 2", "lpad resume_fws -i 3")
    held = desk.get("-o", "json", "why", "2", "3")
    assert [each["held"]["by_fw_id"] for each in held] == [1, None]


def test_a_result_that_is_kept(desk: Desk) -> None:
    desk.add(fw(1, shell("true")))
    place = desk.submit(1)
    desk.tell("pause_fws", "-i", "1")
    desk.job(place)
    desk.recover()
    assert "its launch 1 is COMPLETED meanwhile, and that counts after `lpad resume_fws`" in desk.tell("why", "1")


def test_strangers_and_wrong_words(desk: Desk) -> None:
    desk.add(fw(1))
    assert desk.refuse("why", "1", "9") == "No Firework exists with id: 9"
    assert desk.lpad("why").returncode == 2
    assert "'x' is no list of fw_ids" in desk.lpad("why", "x").stderr


# --- status
def test_at_a_glance(desk: Desk) -> None:
    desk.add(*(fw(n, shell("exit 3")) for n in range(1, 5)), fw(5, shell("true")), fw(6, shell("true")))
    for _ in range(4):
        desk.ok("rlaunch", "-s", "singleshot")
    desk.ok("qlaunch", "-s", "-r", "singleshot")
    plain = desk.tell("status")
    assert "\x1b" not in plain
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    assert f"LaunchPad: {desk.pad.url}" in lines
    assert {"READY 1 0", "RESERVED 1 0", "FIZZLED 4 1", "total 6 1"} <= set(lines)
    assert "RuntimeError: ScriptTask fizzled! Return code: [3] 4 4, 3, 2, ... lpad why 4" in lines
    assert "pending (Priority) 1 5" in lines
    assert "Not heard from for long: none" in lines
    assert "Needs a person: nothing" in lines
    assert desk.asked() == 1
    parts = desk.get("status", "-o", "json")
    assert parts["fireworks"] == {"RESERVED": 1, "READY": 1, "FIZZLED": 4}
    assert parts["failures"][0]["fw_ids"] == [4, 3, 2]
    assert parts["jobs"][0]["what"] == "pending (Priority)"


def test_an_empty_launchpad_at_a_glance(desk: Desk) -> None:
    assert "Recent failures: none" in desk.tell("status")
    assert desk.get("-o", "json", "status")["fireworks"] == {}


def test_silence_is_as_long_as_the_configuration_says(desk: Desk) -> None:
    desk.add(fw(1, shell("true")))
    desk.pad.checkout_fw(_worker(), str(desk.folder))
    assert "Not heard from for long: none" in desk.tell("status")
    desk.write("FW_config.yaml", "RUN_EXPIRATION_SECS: 0\n")
    assert "RUNNING, the longest for" in desk.tell("status")


def test_a_table_on_a_terminal(desk: Desk) -> None:
    desk.add(fw(1))
    ours, theirs = pty.openpty()
    done = desk.start("lpad", "status", stdout=theirs)
    os.close(theirs)
    printed = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:
            break
        if not chunk:
            break
        printed += chunk
    os.close(ours)
    done.communicate(timeout=60)
    assert done.returncode == 0
    assert "READY" in printed.decode()
    assert "─" in printed.decode()


def _worker() -> Any:
    from longfuse.domain.fworker import FWorker

    return FWorker()


# --- config
def test_every_setting_and_what_set_it(desk: Desk) -> None:
    near = desk.write("FW_config.yaml", "SORT_FWS: FIFO\nWEBSERVER_PORT: 3\nADD_USER_PACKAGES: [a, b]\n")
    far = desk.home / ".fireworks" / "my_launchpad.yaml"
    far.parent.mkdir()
    far.write_text("url: sqlite:///other.db\n")
    lines = desk.tell("config").splitlines()
    assert lines[0] == f"LaunchPad: {desk.pad.url}"
    assert f"  passed over: {far}" in lines
    columns = {line.split(" ", 1)[0]: " ".join(line.split()) for line in lines}
    assert columns["SORT_FWS"] == f"SORT_FWS = FIFO (set by {near})"
    assert columns["PW_CHECK_NUM"] == "PW_CHECK_NUM = 10"
    assert columns["WEBSERVER_PORT"] == f"WEBSERVER_PORT has no effect: there is no web server (set by {near})"
    parts = desk.get("--loglvl", "debug", "-o", "json", "config")
    assert parts["keys"]["ADD_USER_PACKAGES"]["value"] == ["a", "b"]
    assert parts["keys"]["STREAM_LOGLEVEL"]["value"] == "DEBUG"
    assert parts["keys"]["STREAM_LOGLEVEL"]["set_by"] == "flag"
    assert parts["files"]["my_launchpad.yaml"]["passed_over"] == [str(far)]
    assert parts["files"]["my_fworker.yaml"] == {"path": None, "found_by": "default", "passed_over": []}


def test_a_launchpad_file_that_cannot_be_is_told(desk: Desk) -> None:
    desk.write("my_launchpad.yaml", "uri: sqlite:///x.db\n")
    assert "has an unknown key `uri`" in desk.tell("config").splitlines()[0]


def test_files_that_are_named(desk: Desk) -> None:
    worker = desk.write("w.yaml", "name: w\n")
    desk.write("FW_config.yaml", f"QUEUEADAPTER_LOC: {desk.folder}/my_qadapter.yaml\n")
    lines = desk.tell("config", "-w", str(worker)).splitlines()
    assert f"my_fworker.yaml: {worker} (named by the command line)" in lines
    assert f"my_qadapter.yaml: {desk.folder}/my_qadapter.yaml (named by QUEUEADAPTER_LOC)" in lines


def test_how_lines_and_yaml_look(desk: Desk) -> None:
    desk.add(fw(1), fw(2))
    desk.write("FW_config.yaml", "YAML_STYLE: true\nFW_LOGGING_FORMAT: '<%(levelname)s> %(message)s'\n")
    assert desk.tell("-o", "yaml", "get_fws", "-d", "ids") == "[1, 2]\n"
    assert desk.lpad("pause_fws", "-i", "1").stderr == "<INFO> Finished pausing 1 FWs\n"
    desk.write("FW_config.yaml", "STREAM_LOGLEVEL: WARNING\n")
    assert desk.lpad("resume_fws", "-i", "1").stderr == ""
    assert "Finished pausing" in desk.lpad("--loglvl", "INFO", "pause_fws", "-i", "1").stderr
    desk.write("FW_config.yaml", "FW_LOGGING_FORMAT: '%(message'\n")
    assert "is no format of log lines" in desk.refuse("get_fws")


def test_how_launch_directories_look(desk: Desk) -> None:
    desk.write(
        "FW_config.yaml",
        "FW_BLOCK_FORMAT: '%Y'\nSUBMIT_SCRIPT_NAME: job.sh\nPRINT_FW_YAML: true\nQUEUE_JOBNAME_MAXLEN: 4\n",
    )
    desk.add(fw(1, name="relaxation"), fw(2), fw(3))
    desk.ok("qlaunch", "-s", "-r", "rapidfire", "--nlaunches", "2")
    [block] = desk.folder.glob("block_*")
    first, second = sorted(block.iterdir())
    assert len(block.name) == len("block_2026")
    assert second.name == f"{first.name}-1"
    assert "--job-name=rela\n" in (first / "job.sh").read_text()
    assert "name: relaxation\n" in (first / "FW.yaml").read_text()
    desk.ok("rlaunch", "-s", "rapidfire", "--nlaunches", "1")
    [launcher] = desk.folder.glob("launcher_*")
    assert len(launcher.name) == len("launcher_2026")
    assert (launcher / "FW.yaml").exists()


def test_rockets_log_at_a_level_of_their_own(desk: Desk) -> None:
    desk.add(fw(1, shell("true")), fw(2, shell("true")), fw(3, shell("true")))
    assert "Task started: ScriptTask." in desk.ok("rlaunch", "singleshot").stderr
    desk.write("FW_config.yaml", "ROCKET_STREAM_LOGLEVEL: ERROR\n")
    assert "Task started" not in desk.ok("rlaunch", "singleshot").stderr
    desk.write("FW_config.yaml", "STREAM_LOGLEVEL: ERROR\n")
    assert "Task started" in desk.ok("rlaunch", "singleshot").stderr


# --- report, introspect
def test_report(desk: Desk) -> None:
    desk.add(fw(1, shell("true"), x=1), fw(2, shell("exit 3"), x=2))
    desk.ok("rlaunch", "-s", "rapidfire", "--nlaunches", "2")
    lines = desk.tell("report", "-i", "years", "-n", "2").splitlines()
    assert lines[:3] == ["------------", "Stats on fws", "------------"]
    assert {"COMPLETED : 1", "FIZZLED : 1", "total : 2", "C/(C+F) : 50.0%"} <= set(lines)
    [stat] = desk.get("report", "-c", "launches", "-i", "years", "-o", "json")
    assert (stat["count"], stat["completed_score"]) == (2, 0.5)
    assert desk.get("-o", "json", "report", "-i", "years", "-q", '{"spec.x": 1}')[0]["count"] == 1
    nothing = desk.tell("report", "-c", "wflows", "-q", '{"name": "none"}')
    assert nothing.endswith("There are no stats to display for the chosen time period.\n")
    assert desk.lpad("report", "-i", "weeks").returncode == 2


def test_introspect(desk: Desk) -> None:
    desk.add(fw(1, shell("true"), method="good"), fw(2, shell("exit 3"), method="bad"))
    desk.ok("rlaunch", "-s", "rapidfire", "--nlaunches", "2")
    done = desk.lpad("introspect")
    assert "generating report for tasks...please wait..." in done.stderr
    assert "----1 Failures have the following stack trace--------------" in done.stdout
    assert "method  bad     0   1     -100" in done.stdout
    parts = json.loads(desk.tell("introspect", "-o", "json"))
    assert list(parts) == ["launches", "tasks", "fireworks", "workflows"]
    assert parts["fireworks"][0] == {"key": "method", "value": "bad", "#C": 0, "#F": 1, "%C - %F": -100.0}
