"""What contradicts files or jobs is told and left; what has one answer is mended."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.domain.wire import iso
from longfuse.launchdir import names
from longfuse.launchers.fsck import Finding, check
from longfuse.launchers.shell import run
from longfuse.launchpad.verdict import SUBMIT_TIME_S

if TYPE_CHECKING:
    from collections.abc import Callable


def found(desk: Any, *, repair: bool = False, progress: Callable[[int], None] | None = None) -> list[Finding]:
    return list(check(desk.launchpad, run, repair=repair, grace_s=0.0, progress=progress))


def submitted(desk: Any) -> int:
    """A Firework whose job is in the queue."""
    [fw_id] = desk.add()
    assert desk.launcher().submit_next(str(desk.folder)) is not None
    return int(fw_id)


def change(desk: Any, statement: str, *values: object) -> None:
    database = desk.launchpad.to_dict()["url"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def lose_job_number(desk: Any) -> None:
    then = iso(datetime.now(UTC) - timedelta(seconds=SUBMIT_TIME_S + 1))
    change(desk, "UPDATE launches SET reservation_id = NULL")
    change(desk, "UPDATE offline_runs SET created_on = ?", then)


def test_all_is_well(desk: Any) -> None:
    submitted(desk)
    seen: list[int] = []
    assert found(desk, progress=seen.append) == []
    assert seen == [1, 2]  # a launch and a Workflow


def test_a_job_whose_number_got_lost_is_found_by_its_token(desk: Any) -> None:
    submitted(desk)
    [job] = desk.slurm.jobs
    lose_job_number(desk)
    [one] = found(desk)
    assert one.text == f"is RESERVED, but no job of it is on record; job {job} carries its token"
    assert "recover_offline" in one.advice
    [one] = found(desk, repair=True)
    assert one.mended
    assert one.text == f"no job of it was on record; its job {job} was found and put there"
    assert found(desk, repair=True) == []
    assert desk.launchpad.get_reservation_id_from_fw_id(1) == job


def test_while_the_batch_system_is_away_nothing_is_concluded(desk: Any) -> None:
    submitted(desk)
    desk.slurm.go_away()
    [one] = found(desk, repair=True)
    assert (one.subject, one.mended) == ("batch system", False)
    assert desk.state(1) == "RESERVED"
    desk.slurm.come_back()
    assert found(desk) == []


def test_files_of_another_launch(desk: Any) -> None:
    submitted(desk)
    ticket = Path(desk.launch(1)["launch_dir"]) / names.TICKET
    ticket.write_text(json.dumps({**json.loads(ticket.read_text()), "token": "stranger"}))
    told = found(desk, repair=True)
    assert [one.mended for one in told] == [False]
    assert desk.state(1) == "RESERVED"


def test_a_workflow_with_a_disputed_launch_is_left_alone(desk: Any) -> None:
    submitted(desk)
    change(desk, "UPDATE launches SET state = 'COMPLETED'")
    told = found(desk, repair=True)
    assert not any(one.mended for one in told)
    assert any(one.advice == "settle first what is told of launches of this Workflow" for one in told)
    assert desk.state(1) == "RESERVED"


def test_a_disputed_launch_does_not_hold_up_other_workflows(desk: Any) -> None:
    submitted(desk)
    change(desk, "UPDATE launches SET state = 'COMPLETED'")
    [other] = desk.add()
    change(desk, "UPDATE fireworks SET waiting_for = 3 WHERE fw_id = ?", other)
    told = found(desk, repair=True)
    assert [one.subject for one in told if one.mended] == [f"Firework {other}"]


def test_what_only_a_person_can_mend_is_not_called_mended(desk: Any) -> None:
    [fw_id] = desk.add()
    change(desk, "INSERT INTO links (parent, child) VALUES (?, ?)", fw_id, fw_id)
    for _ in range(2):
        [one] = found(desk, repair=True)
        assert not one.mended
        assert "make a circle" in one.text
        assert "`lpad delete_wflows`" in one.advice
