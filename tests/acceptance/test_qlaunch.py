"""``qlaunch`` as a user types it, with a Slurm of two small programs, and with the local queue."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.launching import shell, wait_until
from tests.login import fw
from tests.slurm_login import SLURM, SlurmLogin

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL = "_fw_name: CommonAdapter\n_fw_q_type: local\nrocket_launch: rlaunch singleshot --offline\n"


class Desk(SlurmLogin):
    """With ``qlaunch``."""

    def order(self, *orders: str) -> None:
        (self.slurm / "orders").write_text("".join(f"{order}\n" for order in orders))

    def put(self, count: int) -> None:
        self.add(*(fw(-number - 1, shell("echo done > done")) for number in range(count)))

    def qlaunch(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = self.run("qlaunch", *words)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stderr
        assert done.stdout == "" or not words or "-h" in words or "-v" in words
        return done

    def refused(self, *words: str) -> str:
        """The one line that it prints and ends with."""
        line = self.qlaunch(*words, code=1).stderr
        assert line.count("\n") == 1, line
        assert line.startswith("qlaunch: "), line
        return line

    def jobs(self) -> int:
        path = self.slurm / "jobs"
        return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "login node")
    yield made
    made.pad.close()


def messages(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.split(" INFO ")[1] for line in done.stderr.splitlines() if " INFO " in line]


# --- one job
def test_singleshot_says_what_fireworks_says(desk: Desk) -> None:
    desk.put(1)
    assert messages(desk.qlaunch("-r", "singleshot")) == [
        "reserved FW with fw_id: 1",
        f"moving to launch_dir {desk.folder}",
        "submitting queue script",
        "Job submission was successful and job_id is 101",
    ]
    assert desk.state(1) == "RESERVED"


def test_singleshot_of_a_certain_firework_elsewhere(desk: Desk) -> None:
    desk.put(2)
    assert desk.qlaunch("-s", "-r", "--launch_dir", "else where", "singleshot", "-f", "2").stderr == ""
    assert (desk.state(1), desk.state(2)) == ("READY", "RESERVED")
    assert (desk.folder / "else where" / "FW.json").exists()


def test_nothing_is_ready(desk: Desk) -> None:
    assert messages(desk.qlaunch("-r", "singleshot")) == ["No jobs exist in the LaunchPad for submission to queue!"]
    desk.qlaunch("-r", "rapidfire")


def test_without_reservation(desk: Desk) -> None:
    desk.put(1)
    assert "add -r to qlaunch" in desk.refused("singleshot")
    desk.write("my_qadapter.yaml", SLURM.replace(" --offline", ""))
    desk.qlaunch("singleshot")
    assert (desk.state(1), desk.jobs()) == ("READY", 1)


# --- many
def test_rapidfire_with_limits(desk: Desk) -> None:
    desk.put(5)
    desk.qlaunch("-r", "--block_dir", "block_a", "rapidfire", "--nlaunches", "3", "-b", "2")
    assert sorted(len(list(path.iterdir())) for path in desk.folder.glob("block_*")) == [1, 2]
    done = desk.qlaunch("-r", "rapidfire", "-m", "4", "--timeout", "5", "--sleep", "0.1")
    assert desk.jobs() == 4
    assert "4 jobs in queue. Maximum allowed by user: 4" in messages(done)
    assert messages(done)[-1] == "Timeout reached."
    desk.qlaunch("-r", "rapidfire", "--nlaunches", "infinite", "--timeout", "5")
    assert desk.jobs() == 5


def test_job_arrays(desk: Desk) -> None:
    (desk.slurm / "arrays").write_text("1001\n")
    desk.put(7)
    told = messages(desk.qlaunch("-r", "rapidfire", "--array", "5"))
    assert "Submission of 5 jobs as job array 101 was successful" in told
    assert told[-1] == "7 jobs are submitted, 0 to go"
    assert desk.tell("get_qids", "-i", "7").strip().endswith("102_2")
    desk.tell("cancel_qid", "--qid", "101_3")
    assert [desk.state(number) for number in (2, 3, 4)] == ["RESERVED", "READY", "RESERVED"]


def test_a_refusal_is_told_and_the_others_go_on(desk: Desk) -> None:
    desk.put(3)
    desk.order("usual", "refuse")
    done = desk.qlaunch("-s", "-r", "rapidfire", code=1)
    first, last = done.stderr.splitlines()
    assert first.startswith(
        "qlaunch: Firework 2: SLURM refused the job: sbatch: error: Batch job submission failed: Invalid partition"
    )
    assert last == (
        "qlaunch: 2 submitted, 1 refused; the refused Fireworks are FIZZLED, `lpad rerun_fws` tries them again"
    )
    assert [desk.state(number) for number in (1, 2, 3)] == ["RESERVED", "FIZZLED", "RESERVED"]
    launch = desk.get("get_fws", "-i", "2", "-d", "all")["launches"][0]
    assert launch["cause"] == "SUBMIT"
    assert "Invalid partition name specified" in launch["reason"]


def test_a_refused_firework_can_be_tried_again(desk: Desk) -> None:
    desk.put(1)
    desk.order("refuse")
    desk.qlaunch("-r", "singleshot", code=1)
    desk.tell("rerun_fws", "-i", "1")
    desk.qlaunch("-r", "singleshot")
    assert desk.state(1) == "RESERVED"


# --- an end in the middle
@pytest.mark.parametrize(
    ("signum", "order", "state"),
    [
        (signal.SIGINT, "slow", "READY"),
        (signal.SIGINT, "taken-slow", "RESERVED"),
        (signal.SIGTERM, "taken-slow", "RESERVED"),
        (signal.SIGHUP, "slow", "READY"),
    ],
)
def test_interrupted_as_it_submits(desk: Desk, signum: signal.Signals, order: str, state: str) -> None:
    desk.put(2)
    desk.order(order)
    process = desk.start("qlaunch", "-s", "-r", "rapidfire")
    wait_until((desk.slurm / "begun").exists, "the submission")
    process.send_signal(signum)
    (desk.slurm / "go").touch()
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told.strip()) == (130, "qlaunch: interrupted")
    assert (desk.state(1), desk.state(2)) == (state, "READY")
    recorded = desk.pad.get_reservation_id_from_fw_id(1)
    assert recorded == ("101" if state == "RESERVED" else None)


def test_interrupted_as_a_submission_hangs(desk: Desk) -> None:
    desk.put(1)
    desk.order("endless")
    process = desk.start("qlaunch", "-s", "-r", "singleshot")
    wait_until((desk.slurm / "begun").exists, "the submission")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert (process.returncode, desk.state(1)) == (130, "RESERVED")
    assert desk.pad.get_reservation_id_from_fw_id(1) == "101"


def test_nohup_stays_nohup(desk: Desk) -> None:
    desk.put(1)
    process = desk.start("sh", "-c", "trap '' HUP; exec qlaunch -s -r rapidfire --nlaunches 2 --sleep 0.1")
    wait_until(lambda: desk.jobs() == 1, "the first job")
    process.send_signal(signal.SIGHUP)
    desk.put(1)
    process.communicate(timeout=60)
    assert (process.returncode, desk.jobs()) == (0, 2)


def test_as_a_daemon(desk: Desk) -> None:
    """It looks again, also when something went wrong."""
    process = desk.start("qlaunch", "-s", "-r", "-d", "0.1", "rapidfire")
    try:
        desk.put(1)
        wait_until(lambda: desk.jobs() == 1, "the first job")
        database, away = desk.folder / "launchpad.db", desk.folder / "away"
        database.rename(away)
        assert process.stderr is not None
        for line in process.stderr:
            if "launchpad.db" in line:
                break
        away.rename(database)
        desk.put(1)
        wait_until(lambda: desk.jobs() == 2, "the second job")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130


# --- what cannot be
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-r", "--block_dir", "mine", "rapidfire"), "--block_dir must begin with 'block_', not 'mine'"),
        (
            ("-s", "-r", "--launch_dir", "none", "rapidfire"),
            "none: No such file or directory; give another --launch_dir",
        ),
        (("rapidfire", "--array", "3"), "--array needs reservation mode; add -r to qlaunch"),
        (("singleshot", "-f", "1"), "--fw_id needs reservation mode; add -r to qlaunch"),
        (("-r", "-fm", "singleshot"), "Fill mode (-fm) and reservation mode (-r) exclude each other"),
        (("-q", "none.yaml", "-r", "singleshot"), "qadapter_file 'none.yaml' does not exist!"),
        (("-l", "none.yaml", "-r", "singleshot"), "launchpad_file 'none.yaml' does not exist!"),
        (("-w", "none.yaml", "-r", "singleshot"), "fworker_file 'none.yaml' does not exist!"),
        (("-c", "none", "-r", "singleshot"), "config_dir 'none' does not exist"),
        (("-rh", "far", "-q", "my_qadapter.yaml", "singleshot"), "-q names files of this machine"),
        (("-rh", "far", "-rp", "secret", "-r", "singleshot"), "A password on a command line can be read by everyone"),
        (("-ru", "me", "-r", "singleshot"), "-ru needs the name of another host"),
        (("-rh", "-rs", "rapidfire"), "-rs needs the name of another host"),
        (("--loglvl", "LOUD", "singleshot"), "There is no log level 'LOUD'"),
        (("-r", "singleshot", "-f", "99"), "No Firework exists with id: 99"),
    ],
)
def test_what_is_wrong_is_one_line(desk: Desk, words: tuple[str, ...], expected: str) -> None:
    desk.put(1)
    assert expected in desk.refused(*words)
    assert (desk.state(1), desk.jobs()) == ("READY", 0)


def test_a_wrong_queue_adapter_is_one_line(desk: Desk) -> None:
    desk.write("my_qadapter.yaml", SLURM + "ntask: 4\n")
    assert "my_qadapter.yaml: unknown key `ntask`; did you mean `ntasks`?" in desk.refused("-r", "rapidfire")
    (desk.folder / "my_qadapter.yaml").unlink()
    assert "No path specified for qadapter_file" in desk.refused("-r", "rapidfire")


def test_no_batch_system_here_is_one_line(desk: Desk) -> None:
    desk.put(1)
    desk.write("my_qadapter.yaml", SLURM + "_q_commands_override: {submit_cmd: no-such-sbatch}\n")
    assert "no-such-sbatch is not on PATH here; is this the login node?" in desk.refused("-s", "-r", "rapidfire")
    assert desk.state(1) == "READY"


@pytest.mark.parametrize("words", [("rapidfire", "-m", "-1"), ("rapidfire", "--nlaunches", "some"), ("fire",)])
def test_words_that_are_none(desk: Desk, words: tuple[str, ...]) -> None:
    told = desk.qlaunch("-r", *words, code=2).stderr
    assert told.startswith("qlaunch")
    assert told.count("\n") == 1


@pytest.mark.parametrize("words", [(), ("-h",), ("singleshot", "-h"), ("rapidfire", "-h")])
def test_help(desk: Desk, words: tuple[str, ...]) -> None:
    assert "usage: qlaunch" in desk.qlaunch(*words).stdout


def test_version(desk: Desk) -> None:
    assert desk.qlaunch("-v").stdout.startswith("qlaunch v")


# --- the local queue
def test_offline_on_one_machine(desk: Desk) -> None:
    """From ``lpad add`` to COMPLETED, with no scheduler: the jobs are real, and reach no database."""
    desk.write("my_qadapter.yaml", LOCAL)
    desk.add(fw(1, shell("pwd > ../../first")), fw(2, shell("exit 3")), fw(3, shell("true")), links={"1": [3]})
    desk.qlaunch("-s", "-r", "rapidfire")
    assert (desk.state(1), desk.state(2), desk.state(3)) == ("RESERVED", "RESERVED", "WAITING")
    wait_until(lambda: len(list(desk.folder.glob("block_*/*/FW_action.json"))) == 2, "two final records")
    desk.lpad("recover_offline")
    assert (desk.state(1), desk.state(2), desk.state(3)) == ("COMPLETED", "FIZZLED", "READY")
    [block] = desk.folder.glob("block_*")
    assert (desk.folder / "first").read_text().startswith(str(block))
    assert desk.get("get_fws", "-i", "1", "-d", "all")["launches"][0]["launch_dir"].startswith(str(block))


def test_a_local_job_that_is_cancelled(desk: Desk) -> None:
    desk.write("my_qadapter.yaml", LOCAL)
    desk.add(fw(1, shell("touch begun; sleep 1000")))
    desk.qlaunch("-s", "-r", "singleshot")
    wait_until((desk.folder / "begun").exists, "the task")
    job_id = desk.pad.get_reservation_id_from_fw_id(1)
    spool = [sys.executable, "-m", "longfuse.queue.local_spool"]
    assert desk.run(*spool, "cancel", str(job_id)).returncode == 0
    wait_until((desk.folder / "FW_action.json").exists, "the final record")
    wait_until(lambda: '"state": "CANCELLED"' in desk.run(*spool, "status").stdout, "the end of the job")
    desk.lpad("recover_offline")
    launch = desk.get("get_fws", "-i", "1", "-d", "all")["launches"][0]
    assert (desk.state(1), launch["cause"]) == ("FIZZLED", "CANCELLED")
