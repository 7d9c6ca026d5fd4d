"""Many jobs at once, and job arrays."""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from longfuse.launchers.batch import AT_ONCE
from longfuse.launchers.queue import Limits, Report, rapidfire
from longfuse.launchers.shell import run
from longfuse.launchpad.pad import LaunchPad
from longfuse.launchpad.verdict import GIVE_BACK_S, SUBMIT_TIME_S
from longfuse.relay import recover

if TYPE_CHECKING:
    from longfuse.queue.adapter import Answer, Command

NO_PAUSE = (0.0,) * 12


def fire(desk: Any, launcher: Any = None, **limits: Any) -> Report:
    limits = {"retry_s": NO_PAUSE, "sleep_s": 0.0, "array": 1000, **limits}
    return rapidfire(launcher or desk.launcher(), str(desk.folder), Limits(**limits))


@pytest.fixture
def arrays(desk: Any) -> Any:
    """A batch system with arrays of indices up to 1000."""
    (desk.slurm.folder / "arrays").write_text("1001\n")
    return desk


def qids(desk: Any, ids: list[int]) -> list[str]:
    return [desk.launchpad.get_reservation_id_from_fw_id(i) for i in ids]


def array_folders(desk: Any) -> list[Path]:
    return sorted(desk.folder.glob("block_*/array_*"))


def test_more_than_one_transaction(desk: Any) -> None:
    ids = desk.add(AT_ONCE + 20)
    report = fire(desk)
    assert report.ok
    assert [done.fw_id for done in report.submitted] == ids
    assert len(desk.slurm.jobs) == len({done.job_id for done in report.submitted}) == AT_ONCE + 20
    tokens = {json.loads(path.read_text())["token"] for path in desk.folder.glob("block_*/*/FW_offline.json")}
    assert tokens == {comment.removeprefix("longfuse:") for comment in desk.slurm.jobs.values()}


def test_the_order_of_priorities_is_kept(desk: Any) -> None:
    low, high, middle = (desk.add(_priority=n)[0] for n in (1, 9, 5))
    assert [done.fw_id for done in fire(desk).submitted] == [high, middle, low]


def test_one_array(arrays: Any) -> None:
    ids = arrays.add(5)
    report = fire(arrays)
    assert report.ok
    assert qids(arrays, ids) == [f"101_{n}" for n in range(1, 6)]
    assert list(arrays.slurm.jobs) == [f"101_{n}" for n in range(1, 6)]
    [folder] = array_folders(arrays)
    for n, done in enumerate(report.submitted, 1):
        assert os.readlink(folder / str(n)) == done.launch_dir
        assert (Path(done.launch_dir) / "FW_submit.script").exists()
        assert arrays.launch(done.fw_id)["launch_dir"] == done.launch_dir


def test_what_the_batch_system_and_the_user_allow(arrays: Any) -> None:
    (arrays.slurm.folder / "arrays").write_text("4\n")
    ids = arrays.add(7)
    fire(arrays)
    assert qids(arrays, ids) == ["101_1", "101_2", "101_3", "102_1", "102_2", "102_3", "103"]
    more = arrays.add(3)
    fire(arrays, array=2)
    assert qids(arrays, more) == ["104_1", "104_2", "105"]
    single = arrays.add(2)
    fire(arrays, array=1)
    assert qids(arrays, single) == ["106", "107"]


def test_arrays_of_one_shape_each(arrays: Any) -> None:
    plain = arrays.add(2, name="calc-1")
    long = arrays.add(2, _queueadapter={"walltime": "48:00:00"})
    more = arrays.add(1, name="calc-2")
    patient = arrays.add(1, _queueadapter={"when_killed": {"TIMEOUT": {"rerun": 1}}})
    own = arrays.add(1, _launch_dir="mine")
    wrong = arrays.add(1, _queueadapter={"node": 1})
    report = fire(arrays)
    assert [refused.fw_id for refused in report.refused] == wrong
    assert qids(arrays, plain + more) == ["101_1", "101_2", "101_5"]
    assert qids(arrays, long) == ["102_3", "102_4"]
    assert qids(arrays, patient + own) == ["103", "104"]
    assert "#SBATCH --job-name=calc\n" in (array_folders(arrays)[0] / "FW_submit.script").read_text()


def test_as_many_as_there_is_room_for(arrays: Any) -> None:
    arrays.add(9)
    report = fire(arrays, njobs_queue=4, timeout_s=3, sleep_s=0.05)
    assert len(report.submitted) == len(arrays.slurm.jobs) == 4
    assert arrays.states() == {"RESERVED": 4, "READY": 5}


def test_so_many_launches(arrays: Any) -> None:
    arrays.add(5)
    assert len(fire(arrays, nlaunches=3).submitted) == 3
    assert arrays.states() == {"RESERVED": 3, "READY": 2}


def test_an_array_over_several_blocks(arrays: Any) -> None:
    ids = arrays.add(5)
    fire(arrays, njobs_block=2)
    assert qids(arrays, ids) == [f"101_{n}" for n in range(1, 6)]
    assert sorted(len(list(block.glob("launcher_*"))) for block in arrays.folder.glob("block_*")) == [1, 2, 2]


# --- what goes wrong
def test_a_site_that_refuses_arrays(arrays: Any) -> None:
    ids = arrays.add(3)
    arrays.slurm.order(*["no-arrays"] * 4)
    assert fire(arrays).ok
    assert qids(arrays, ids) == ["101", "102", "103"]
    assert array_folders(arrays) == []


def test_what_refuses_all_jobs_costs_a_few_fireworks_only(arrays: Any) -> None:
    arrays.add(8)
    arrays.slurm.order(*["refuse"] * 9)
    assert "3 jobs in a row were refused in the same words" in fire(arrays).stopped
    assert arrays.states() == {"FIZZLED": 3, "READY": 5}
    assert len(list(arrays.folder.glob("block_*/launcher_*"))) == 3


def test_a_limit_that_leaves_room_for_a_smaller_one(arrays: Any) -> None:
    ids = arrays.add(8)
    arrays.slurm.order(*["few-3"] * 20)
    assert fire(arrays, array=8).ok
    assert sorted(arrays.launchpad.get_reservation_id_from_fw_id(i) for i in ids) == sorted(arrays.slurm.jobs)
    assert max(int(job.partition("_")[2] or 0) for job in arrays.slurm.jobs) == 2


def test_later(arrays: Any) -> None:
    ids = arrays.add(3)
    arrays.slurm.order(*["later"] * 3)
    assert "gave up after 2 attempts" in fire(arrays, retry_s=(0.0,)).stopped
    assert [arrays.state(i) for i in ids] == ["READY"] * 3
    assert list(arrays.folder.glob("block_*/*")) == []


def test_an_array_that_was_taken_all_the_same(arrays: Any) -> None:
    ids = arrays.add(3)
    arrays.slurm.order("taken")
    assert fire(arrays).ok
    assert qids(arrays, ids) == ["101_1", "101_2", "101_3"]


def test_nobody_can_tell(arrays: Any) -> None:
    arrays.add(3)
    arrays.slurm.order("lost")
    arrays.slurm.go_away()
    assert "stays RESERVED" in fire(arrays).stopped
    assert arrays.states() == {"RESERVED": 3}


@pytest.mark.parametrize(("order", "jobs", "state"), [("taken-slow", 3, "RESERVED"), ("slow", 0, "READY")])
def test_interrupted_as_it_submits(arrays: Any, order: str, jobs: int, state: str) -> None:
    ids = arrays.add(3)
    arrays.slurm.order(order)
    (arrays.slurm.folder / "go").touch()
    launcher = arrays.launcher()

    def shell(command: Command) -> Answer:
        answer = run(command)
        if command.argv[0] == "sbatch":
            raise KeyboardInterrupt
        return answer

    with pytest.raises(KeyboardInterrupt):
        fire(arrays, replace(launcher, shell=shell))
    assert len(arrays.slurm.jobs) == jobs
    assert [arrays.state(i) for i in ids] == [state] * 3
    assert qids(arrays, ids) == ([f"101_{n}" for n in (1, 2, 3)] if jobs else [None] * 3)


@pytest.mark.parametrize("taken", [True, False])
def test_a_launcher_that_is_killed_loses_and_doubles_nothing(arrays: Any, taken: bool) -> None:
    """Shot as its sbatch ends: each launch finds its element, or is given back."""
    ids = arrays.add(3)
    arrays.slurm.order("usual" if taken else "lost")
    pid = os.fork()
    if pid == 0:

        def shell(command: Command) -> Answer:
            answer = run(command)
            if command.argv[0] == "sbatch":
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        with closing(LaunchPad(arrays.launchpad.to_dict()["url"])) as launchpad:
            fire(arrays, replace(arrays.launcher(), launchpad=launchpad, shell=shell))
        os._exit(1)
    os.waitpid(pid, 0)
    assert qids(arrays, ids) == [None] * 3
    pass_time(arrays, (SUBMIT_TIME_S if taken else GIVE_BACK_S) + 1)
    recover(arrays.launchpad, worker=None, shell=run, grace_s=0)
    if taken:
        assert qids(arrays, ids) == ["101_1", "101_2", "101_3"]
        assert arrays.states() == {"RESERVED": 3}
    else:
        assert arrays.states() == {"READY": 3}


def pass_time(desk: Any, seconds: float) -> None:
    """The reservations were made so long ago."""
    import sqlite3
    from datetime import UTC, datetime, timedelta

    from longfuse.domain.wire import iso

    then = iso(datetime.now(UTC) - timedelta(seconds=seconds))
    database = desk.launchpad.to_dict()["url"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update offline_runs set created_on = ?", (then,))


def test_duplicates_share_a_launch_and_the_others_go_together(arrays: Any) -> None:
    first = arrays.add(2)
    same = arrays.add(3, _dupefinder={"_fw_name": "DupeFinderExact"})
    last = arrays.add(2)
    report = fire(arrays)
    assert report.ok
    assert len(report.submitted) == len(arrays.slurm.jobs) == 5
    assert [arrays.state(i) for i in first + same + last] == ["RESERVED"] * 7
    assert len(set(qids(arrays, same))) == 1
