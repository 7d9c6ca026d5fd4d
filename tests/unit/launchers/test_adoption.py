"""Launchers killed between reserving and recording: their jobs are adopted, or their Fireworks are READY again."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster.throwaway.processes import wait_until
from tests.launching import start

from longfuse.domain.wire import iso
from longfuse.errors import SchedulerError
from longfuse.launchers.shell import run
from longfuse.launchpad.outcomes import OutcomeKind
from longfuse.launchpad.pad import LaunchPad
from longfuse.launchpad.verdict import GIVE_BACK_S, SUBMIT_TIME_S
from longfuse.relay import recover

if TYPE_CHECKING:
    from longfuse.launchpad.outcomes import Outcome


@pytest.fixture
def killed(desk: Any, request: pytest.FixtureRequest) -> int:
    """A Firework whose launcher was shot while sbatch did what the test's parameter says."""
    [fw_id] = desk.add()
    desk.slurm.order(request.param)
    pid = os.fork()
    if pid == 0:
        with closing(LaunchPad(desk.launchpad.to_dict()["url"])) as launchpad:
            replace(desk.launcher(), launchpad=launchpad).submit_next(str(desk.folder))
        os._exit(1)
    begun = desk.slurm.folder / "begun"
    try:
        wait_until("sbatch to begin", lambda: begun.exists() and begun.read_text().endswith("\n"), 60)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os.kill(int(begun.read_text()), signal.SIGKILL)  # its sbatch
    return fw_id


def pass_time(desk: Any, seconds: float) -> None:
    """The reservation was made so long ago."""
    then = iso(datetime.now(UTC) - timedelta(seconds=seconds))
    database = desk.launchpad.to_dict()["url"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute("update offline_runs set created_on = ?", (then,)).rowcount == 1


def recovered(desk: Any) -> Outcome:
    """What a recovery pass says of the only launch."""
    [outcome] = recover(desk.launchpad, worker=None, shell=run, grace_s=0).outcomes
    return outcome


@pytest.mark.parametrize("killed", ["endless"], indirect=True)
def test_a_job_that_is_in_the_queue_is_adopted(desk: Any, killed: int) -> None:
    assert recovered(desk).kind is OutcomeKind.WAITING  # its launcher may still be at it
    assert desk.launchpad.get_reservation_id_from_fw_id(killed) is None
    pass_time(desk, SUBMIT_TIME_S + 1)
    assert recovered(desk).kind is OutcomeKind.WAITING
    assert desk.launchpad.get_reservation_id_from_fw_id(killed) == "101"
    assert desk.state(killed) == "RESERVED"


@pytest.mark.parametrize("killed", ["slow"], indirect=True)
def test_a_job_that_never_was_gives_its_firework_back(desk: Any, killed: int) -> None:
    pass_time(desk, SUBMIT_TIME_S + 1)
    assert recovered(desk).kind is OutcomeKind.WAITING
    assert desk.state(killed) == "RESERVED"
    pass_time(desk, GIVE_BACK_S + 1)
    assert recovered(desk).kind is OutcomeKind.RELEASED
    assert desk.state(killed) == "READY"


def test_a_job_that_vanished_from_the_queue_is_ready_again_and_its_script_does_nothing(desk: Any) -> None:
    [fw_id] = desk.add()
    submitted = desk.launcher().submit_next(str(desk.folder / "launch"))
    desk.slurm.end_jobs()
    pass_time(desk, SUBMIT_TIME_S + 1)
    assert recovered(desk).kind is OutcomeKind.RELEASED
    assert desk.state(fw_id) == "READY"
    process = start(desk.folder / "launch")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "was taken back" in told
    assert not (desk.folder / "launch" / "FW_action.json").exists()
    again = desk.launcher().submit_next(str(desk.folder / "launch"))  # even in the same directory
    assert again.job_id != submitted.job_id
    start(desk.folder / "launch").communicate(timeout=60)
    assert recovered(desk).kind is OutcomeKind.COMPLETED


def test_a_job_that_began_in_the_nick_of_time_is_not_given_back(desk: Any) -> None:
    """It vanished from the queue, because it has run: its report is what counts."""
    [fw_id] = desk.add()
    desk.launcher().submit_next(str(desk.folder / "launch"))
    desk.slurm.end_jobs()
    pass_time(desk, SUBMIT_TIME_S + 1)
    start(desk.folder / "launch").communicate(timeout=60)
    assert recovered(desk).kind is OutcomeKind.COMPLETED
    assert desk.state(fw_id) == "COMPLETED"


@pytest.mark.parametrize("killed", ["slow"], indirect=True)
def test_a_batch_system_that_does_not_answer_concludes_nothing(desk: Any, killed: int) -> None:
    pass_time(desk, GIVE_BACK_S + 1)
    desk.slurm.go_away()
    assert recovered(desk).kind is OutcomeKind.UNKNOWN
    assert desk.state(killed) == "RESERVED"


def test_a_job_that_comes_after_its_firework_was_given_back_is_cancelled(desk: Any) -> None:
    """The launcher was only very slow."""
    [fw_id] = desk.add()
    usual = desk.launcher().shell
    asked = []

    def shell(command: Any) -> Any:
        asked.append(command.argv)
        answer = usual(command)
        if command.argv[0] == "sbatch":
            desk.launchpad.rerun_fw(fw_id)
        return answer

    with pytest.raises(SchedulerError, match="was given back; the job was cancelled"):
        replace(desk.launcher(), shell=shell).submit_next(str(desk.folder))
    assert ("scancel", "101") in asked
    assert desk.state(fw_id) == "READY"
