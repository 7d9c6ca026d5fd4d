"""A job that the scheduler requeues is sent SIGTERM first: the record of that is not the end of the launch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import TOKEN, make_launch, make_ticket

from longfuse.errors import AlreadyEndedError
from longfuse.launchdir.attempt import begin
from longfuse.launchdir.claim import Claim
from longfuse.launchdir.files import read_json, write_json
from longfuse.launchdir.observe import observe
from longfuse.launchdir.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path


def make_claim(*, restart: int, job_id: str = "5") -> Claim:
    return Claim(
        launch_id=1,
        token=TOKEN,
        attempt=0,
        host="node1",
        machine="elsewhere",
        pid=1,
        born="1",
        task_pid=1,
        task_born="1",
        job_id=job_id,
        restart=restart,
        started_on="s",
        ping_interval_s=10.0,
    )


def end_by(folder: Path, signal: str, **changes: Any) -> None:
    final = {
        "protocol": 1,
        "launch_id": 1,
        "token": TOKEN,
        "attempt": 1,
        "state": "FIZZLED",
        "completed_on": "c",
        "fwaction": {},
        "signal": signal,
    }
    write_json(str(folder / "FW_action.json"), final | changes)


def test_the_restarted_job_is_the_next_attempt_and_the_record_moves_aside(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    begin(str(folder), make_ticket(), make_claim(restart=0))
    end_by(folder, "SIGTERM")
    assert begin(str(folder), make_ticket(), make_claim(restart=1)).attempt == 2
    moved = read_json(str(folder / "FW_action_1.json"))
    assert moved is not None
    assert moved["signal"] == "SIGTERM"
    seen = observe(str(folder), 1)
    assert seen is not None
    assert seen.final is None


@pytest.mark.parametrize(
    ("signal", "second"),
    [
        ("", {"restart": 1}),  # it ended by itself, well or not
        ("SIGTERM", {"restart": 0}),  # the same run of the job
        ("SIGTERM", {"restart": 1, "job_id": "6"}),  # another job: submitted by hand, not by the scheduler
    ],
)
def test_else_the_record_stands(tmp_path: Path, signal: str, second: dict[str, Any]) -> None:
    folder = make_launch(tmp_path)
    begin(str(folder), make_ticket(), make_claim(restart=0))
    end_by(folder, signal)
    with pytest.raises(AlreadyEndedError):
        begin(str(folder), make_ticket(), make_claim(**second))
    assert (folder / "FW_action.json").exists()


def test_a_directory_used_again_sets_the_moved_record_aside_too(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    begin(str(folder), make_ticket(), make_claim(restart=0))
    end_by(folder, "SIGTERM")
    begin(str(folder), make_ticket(), make_claim(restart=1))
    prepare(str(folder), {}, make_ticket(2, token="another"))
    assert not (folder / "FW_action_1.json").exists()
    assert (folder / "FW_launch_1" / "FW_action_1.json").exists()
