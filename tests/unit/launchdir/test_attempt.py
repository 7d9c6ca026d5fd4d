"""Who may start a launch."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import TOKEN, make_launch, make_ticket

from longfuse.errors import AlreadyEndedError, AttemptAliveError, ForeignFileError, UnreadableError
from longfuse.launchdir import process
from longfuse.launchdir.attempt import begin, begin_first, read_final, read_ticket, superseded, why_alive
from longfuse.launchdir.claim import UNKNOWN_RESTART, Claim, claimed_job, newest_attempt, read_claim, withdraw
from longfuse.launchdir.files import write_json
from longfuse.launchdir.job import job_id, restart_count

if TYPE_CHECKING:
    from pathlib import Path

HERE = process.machine_id()


def make_claim(**changes: Any) -> Claim:
    """Of a process that has ended, on another machine."""
    fields: dict[str, Any] = {
        "launch_id": 1,
        "token": TOKEN,
        "attempt": 1,
        "host": "node1",
        "machine": "elsewhere",
        "pid": 1,
        "born": "1",
        "task_pid": 1,
        "task_born": "1",
        "job_id": "",
        "restart": UNKNOWN_RESTART,
        "started_on": "s",
        "ping_interval_s": 10.0,
    }
    return Claim(**(fields | changes))


def ours(**changes: Any) -> Claim:
    return make_claim(host="node2", machine=HERE, **changes)


def alive_here() -> dict[str, Any]:
    return {"machine": HERE, "pid": os.getpid(), "born": process.birth(os.getpid())}


def end_launch(folder: Path, **changes: Any) -> None:
    final = {
        "protocol": 1,
        "launch_id": 1,
        "token": TOKEN,
        "attempt": 1,
        "state": "COMPLETED",
        "completed_on": "c",
        "fwaction": {},
    }
    write_json(str(folder / "FW_action.json"), final | changes)


def test_attempts_are_numbered(tmp_path: Path) -> None:
    folder = str(make_launch(tmp_path))
    assert newest_attempt(folder) == 0
    assert begin(folder, make_ticket(), make_claim(machine=HERE)).attempt == 1
    assert begin(folder, make_ticket(), ours()).attempt == 2  # the first one's process has ended
    assert newest_attempt(folder) == 2
    assert superseded(folder, 1)
    assert not superseded(folder, 2)
    claim = read_claim(folder, 2)
    assert claim is not None
    assert claim == ours(attempt=2)


def test_an_ended_launch_is_not_started(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    end_launch(folder)
    with pytest.raises(AlreadyEndedError, match="ended as COMPLETED in attempt 1") as caught:
        begin(str(folder), make_ticket(), ours())
    assert caught.value.exit_code == 0
    assert newest_attempt(str(folder)) == 0


def test_beside_a_living_process_of_this_machine_nothing_is_started(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    begin(str(folder), make_ticket(), make_claim(**alive_here()))
    with pytest.raises(AttemptAliveError, match=f"process {os.getpid()} runs") as caught:
        begin(str(folder), make_ticket(), ours())
    assert caught.value.exit_code == 3


def test_beside_a_living_task_process_whose_watcher_is_dead_nothing_is_started(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    alive = alive_here()
    first = make_claim(machine=HERE, task_pid=alive["pid"], task_born=alive["born"])
    begin(str(folder), make_ticket(), first)
    with pytest.raises(AttemptAliveError):
        begin(str(folder), make_ticket(), ours())


def test_a_claim_nobody_can_read_is_waited_for(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    (folder / "FW_attempt_1.json").write_text("")
    with pytest.raises(AttemptAliveError, match="cannot be read"):
        begin(str(folder), make_ticket(), ours())
    os.utime(folder / "FW_attempt_1.json", (0, 0))
    assert begin(str(folder), make_ticket(), ours()).attempt == 2


def test_another_machine_is_dead_after_three_silent_intervals(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    begin(str(folder), make_ticket(), make_claim())
    write_json(str(folder / "FW_ping.json"), {"launch_id": 1, "token": TOKEN})
    now = (folder / "FW_ping.json").stat().st_mtime
    os.utime(folder / "FW_attempt_1.json", (0, 0))
    os.utime(folder / "FW_ping.json", (now - 25, now - 25))
    with pytest.raises(AttemptAliveError, match=r"node1.*25 s ago"):
        begin(str(folder), make_ticket(), ours())
    os.utime(folder / "FW_ping.json", (now - 35, now - 35))
    assert begin(str(folder), make_ticket(), ours()).attempt == 2


@pytest.mark.parametrize(
    ("earlier", "later", "quiet_s", "alive"),
    [
        # the same Slurm job, started again by Slurm
        ({"job_id": "5", "restart": 0}, {"job_id": "5", "restart": 1}, 0, False),
        ({"job_id": "5", "restart": 0, **alive_here()}, {"job_id": "5", "restart": 1}, 0, False),
        # the same job twice at once, as with srun -n 2
        ({"job_id": "5", "restart": 0}, {"job_id": "5", "restart": 0}, 0, True),
        # a scheduler that does not count: a job is on one set of nodes at a time
        ({"job_id": "5"}, {"job_id": "5"}, 0, False),
        ({"job_id": "5", **alive_here()}, {"job_id": "5"}, 0, True),
        # two jobs for one launch
        ({"job_id": "5"}, {"job_id": "6"}, 0, True),
        ({"job_id": "5"}, {"job_id": "6"}, 31, False),
        # this machine's own processes are asked, whatever the heartbeat says
        ({"machine": HERE}, {}, 0, False),
        (alive_here(), {}, 1e9, True),
    ],
)
def test_the_rule(earlier: dict[str, Any], later: dict[str, Any], quiet_s: float, alive: bool) -> None:
    assert bool(why_alive(make_claim(**earlier), ours(**later), quiet_s)) is alive


def test_files_of_another_launch_are_set_aside_at_the_start(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    end_launch(folder, launch_id=9, token="stranger")
    assert begin(str(folder), make_ticket(), ours()).attempt == 1
    assert (folder / "FW_launch_9" / "FW_action.json").exists()


def test_a_final_record_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    (folder / "FW_action.json").write_text("{")
    with pytest.raises(UnreadableError):
        begin(str(folder), make_ticket(), ours())


def test_a_foreign_final_record_is_named(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    end_launch(folder, token="stranger")
    with pytest.raises(ForeignFileError):
        read_final(str(folder), make_ticket())


def test_what_fireworks_ended_is_not_started(tmp_path: Path) -> None:
    write_json(str(tmp_path / "FW_offline.json"), {"launch_id": 1, "state": "COMPLETED", "fwaction": {}})
    with pytest.raises(AlreadyEndedError):
        begin(str(tmp_path), read_ticket(str(tmp_path)), ours())


def test_a_directory_without_ticket_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"there is no FW_offline\.json.*qlaunch"):
        read_ticket(str(tmp_path))


def test_a_process_is_known_by_its_birth() -> None:
    born = process.birth(os.getpid())
    assert process.is_alive(os.getpid(), born)
    assert not process.is_alive(os.getpid(), "1")
    assert not process.is_alive(0, "")
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.DEVNULL)
    born = process.birth(child.pid)
    child.wait()
    assert born
    assert not process.is_alive(child.pid, born)


def test_a_zombie_is_dead() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert process.birth(pid) == ""
    os.waitpid(pid, 0)


@pytest.mark.parametrize(
    ("environ", "job", "restart"),
    [
        ({}, "", None),
        ({"SLURM_JOB_ID": "12"}, "12", 0),
        ({"SLURM_JOB_ID": "12", "SLURM_RESTART_COUNT": "2"}, "12", 2),
        ({"SLURM_JOB_ID": "14", "SLURM_ARRAY_JOB_ID": "12", "SLURM_ARRAY_TASK_ID": "2"}, "12_2", 0),
        ({"PBS_JOBID": "12.server"}, "12.server", None),
        ({"JOB_ID": "3", "SGE_ROOT": "/sge", "RESTARTED": "1"}, "3", 1),
        ({"JOB_ID": "3", "SGE_ROOT": "/sge"}, "3", None),
        ({"JOB_ID": "3", "SGE_ROOT": "/sge", "SGE_TASK_ID": "undefined"}, "3", None),
        ({"JOB_ID": "3", "SGE_ROOT": "/sge", "SGE_TASK_ID": "12"}, "3.12", None),
        ({"LSB_JOBID": "4"}, "4", None),
        ({"LONGFUSE_JOB_ID": "local-1", "SLURM_JOB_ID": "12"}, "local-1", 0),
    ],
)
def test_the_job_is_told_by_the_environment(environ: dict[str, str], job: str, restart: int | None) -> None:
    assert (job_id(environ), restart_count(environ)) == (job, restart)


# --- taken back by the login side
def test_what_was_taken_back_cannot_start(tmp_path: Path) -> None:
    folder = str(make_launch(tmp_path / "here"))
    assert withdraw(folder, 1, TOKEN)
    with pytest.raises(AlreadyEndedError, match="taken back"):
        begin(folder, make_ticket(), make_claim(machine=HERE))
    assert withdraw(folder, 1, TOKEN)  # killed in between, and done again


def test_what_has_started_cannot_be_taken_back(tmp_path: Path) -> None:
    folder = str(make_launch(tmp_path / "here"))
    begin(folder, make_ticket(), make_claim(machine=HERE))
    assert not withdraw(folder, 1, TOKEN)


def test_what_is_gone_cannot_start(tmp_path: Path) -> None:
    assert withdraw(str(tmp_path / "nowhere"), 1, TOKEN)


def test_taken_back_in_a_directory_that_an_earlier_launch_has(tmp_path: Path) -> None:
    """Its launcher died before it wrote anything: what was there goes aside, as if it had."""
    folder = make_launch(tmp_path / "here")
    begin(str(folder), make_ticket(), make_claim(machine=HERE))
    assert withdraw(str(folder), 2, "another")
    assert (folder / "FW_launch_1" / "FW_attempt_1.json").exists()
    first = read_claim(str(folder), 1)
    assert first is not None
    assert (first.launch_id, first.is_withdrawal) == (2, True)


def test_taken_back_where_a_later_launch_has_the_directory(tmp_path: Path) -> None:
    """It cannot start any more; nothing is touched."""
    folder = make_launch(tmp_path / "here", ticket=make_ticket(3))
    before = sorted(os.listdir(folder))
    assert withdraw(str(folder), 2, "another")
    assert sorted(os.listdir(folder)) == before


def test_which_job_made_the_newest_start(tmp_path: Path) -> None:
    folder = str(make_launch(tmp_path / "here"))
    assert claimed_job(folder, 1, TOKEN) == ""
    begin(folder, make_ticket(), make_claim(machine=HERE, job_id="12"))
    assert claimed_job(folder, 1, TOKEN) == "12"
    assert claimed_job(folder, 2, TOKEN) == ""


def test_the_first_start_in_a_new_directory(tmp_path: Path) -> None:
    folder = make_launch(tmp_path / "launch")
    claim = begin_first(str(folder), make_ticket(), ours(attempt=0))
    assert (claim.attempt, newest_attempt(str(folder))) == (1, 1)
    with pytest.raises(AttemptAliveError, match="at this moment"):
        begin_first(str(folder), make_ticket(), ours(attempt=0))
    assert read_claim(str(folder), 1) is not None
