"""Job after job."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import start

from longfuse.errors import ConfigError, LaunchDirError
from longfuse.launchers.queue import ENDLESS, REFUSALS_ALIKE, Limits, Report, rapidfire, singleshot
from longfuse.launchers.submission import Launcher
from longfuse.launchers.watch import Pace, Watch
from longfuse.relay import RecoveryReport, recover

if TYPE_CHECKING:
    from longfuse.queue.adapter import Answer, Command

NO_PAUSE = (0.0, 0.0, 0.0)


def fire(desk: Any, launcher: Launcher | None = None, **limits: Any) -> Report:
    limits = {"retry_s": NO_PAUSE, "sleep_s": 0.0, **limits}
    return rapidfire(launcher or desk.launcher(), str(desk.folder), Limits(**limits))


def blocks(desk: Any) -> dict[str, int]:
    return {path.name: len(list(path.iterdir())) for path in sorted(desk.folder.iterdir())}


def test_all_that_is_ready(desk: Any) -> None:
    ids = desk.add(3)
    report = fire(desk)
    assert report.ok
    assert [done.fw_id for done in report.submitted] == ids
    assert desk.states() == {"RESERVED": 3}
    folders = {done.launch_dir for done in report.submitted}
    assert len(folders) == 3
    assert all(Path(folder).name.startswith("launcher_") for folder in folders)
    assert list(blocks(desk).values()) == [3]
    assert next(iter(blocks(desk))).startswith("block_")


def test_a_refusal_stops_nobody_else(desk: Any) -> None:
    first, second, third = desk.add(3)
    desk.slurm.order("usual", "refuse")
    report = fire(desk)
    assert not report.ok
    assert [refused.fw_id for refused in report.refused] == [second]
    assert [done.fw_id for done in report.submitted] == [first, third]
    assert desk.launch(second)["cause"] == "SUBMIT"


def test_a_wrong_wish_stops_nobody_else(desk: Any) -> None:
    [wrong] = desk.add(_queueadapter={"node": 1})
    [right] = desk.add()
    report = fire(desk)
    assert [refused.fw_id for refused in report.refused] == [wrong]
    assert [done.fw_id for done in report.submitted] == [right]


def test_what_refuses_all_jobs_costs_a_few_fireworks_only(desk: Any) -> None:
    desk.add(6)
    desk.slurm.order("refuse", "refuse", "usual", *["refuse"] * 9)
    report = fire(desk)
    assert "3 jobs in a row were refused in the same words" in report.stopped
    assert desk.states() == {"FIZZLED": 5, "RESERVED": 1}
    desk.add(4)
    assert len(fire(desk).refused) == 3
    assert desk.states() == {"FIZZLED": 8, "RESERVED": 1, "READY": 1}


def test_wishes_that_are_refused_stop_nobody_else(desk: Any) -> None:
    desk.add(5, _queueadapter={"queue": "nowhere"})
    desk.add(1)
    desk.slurm.order(*["refuse"] * 5, "usual")
    report = fire(desk)
    assert report.stopped == ""
    assert desk.states() == {"FIZZLED": 5, "RESERVED": 1}


def test_a_batch_system_that_is_away_for_a_while(desk: Any) -> None:
    desk.add(2)
    desk.slurm.order("later", "lost", "later", "usual", "later", "later", "later", "usual")
    report = fire(desk)
    assert report.ok
    assert len(report.submitted) == 2
    assert len(desk.slurm.jobs) == 2
    assert list(blocks(desk).values()) == [2]


def test_a_batch_system_that_stays_away(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order(*["later"] * 4, "usual")
    report = fire(desk)
    assert not report.ok
    assert "gave up after 4 attempts" in report.stopped
    assert desk.state(fw_id) == "READY"
    assert list(blocks(desk).values()) == [0]


def test_a_batch_system_that_stays_away_until_the_timeout(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order(*["later"] * 9)
    report = fire(desk, timeout_s=4, retry_s=(1000.0,))
    assert not report.ok
    assert "the time given has passed" in report.stopped
    assert desk.state(fw_id) == "READY"


def test_nobody_can_tell(desk: Any) -> None:
    first, second = desk.add(2)
    desk.slurm.order("lost")
    desk.slurm.go_away()
    report = fire(desk)
    assert "stays RESERVED" in report.stopped
    assert (desk.state(first), desk.state(second)) == ("RESERVED", "READY")


def test_no_batch_system_here(desk: Any) -> None:
    [fw_id] = desk.add()
    with pytest.raises(ConfigError, match="is not on PATH here"):
        fire(desk, desk.launcher(_q_commands_override={"submit_cmd": "no-such-sbatch"}))
    assert desk.state(fw_id) == "READY"
    assert list(blocks(desk).values()) == [0]


# --- without reservation
def test_one_job_for_each_ready_firework(desk: Any) -> None:
    desk.add(3)
    report = fire(desk, desk.launcher(reserve=False))
    assert len(report.submitted) == len(desk.slurm.jobs) == 3
    assert desk.states() == {"READY": 3}


def test_all_are_alike_so_one_refusal_is_enough(desk: Any) -> None:
    desk.add(3)
    desk.slurm.order("usual", "refuse")
    report = fire(desk, desk.launcher(reserve=False))
    assert len(report.submitted) == 1
    assert "Invalid partition" in report.stopped
    assert "Invalid partition" in refused_once(desk)


def refused_once(desk: Any) -> str:
    desk.slurm.order("refuse")
    return singleshot(desk.launcher(reserve=False), str(desk.folder)).stopped


def test_it_ends_when_others_took_the_work(desk: Any) -> None:
    ids = desk.add(3)
    launcher = desk.launcher(reserve=False)

    def shell(command: Command) -> Answer:
        for fw_id in ids:
            desk.launchpad.defuse_fw(fw_id)
        return run(command)

    run = launcher.shell
    report = fire(desk, replace(launcher, shell=shell))
    assert report.ok
    assert len(report.submitted) == 1
    assert list(blocks(desk).values()) == [1]


def test_fill_mode(desk: Any) -> None:
    report = fire(desk, desk.launcher(reserve=False, fill_mode=True), nlaunches=2)
    assert len(report.submitted) == 2
    with pytest.raises(ConfigError, match="never ends by itself"):
        fire(desk, desk.launcher(reserve=False, fill_mode=True))


# --- limits
def test_so_many_launches(desk: Any) -> None:
    desk.add(3)
    assert len(fire(desk, nlaunches=2).submitted) == 2
    assert desk.states() == {"RESERVED": 2, "READY": 1}


def test_refusals_are_no_launches(desk: Any) -> None:
    desk.add(3)
    desk.slurm.order("refuse")
    assert len(fire(desk, nlaunches=2).submitted) == 2


@pytest.mark.parametrize("nlaunches", [5, -1])
def test_it_waits_for_work_until_the_timeout(desk: Any, nlaunches: int) -> None:
    desk.add()
    report = fire(desk, nlaunches=nlaunches, timeout_s=4, sleep_s=1000)
    assert report.ok
    assert len(report.submitted) == 1


def test_new_work_is_found(desk: Any) -> None:
    [first] = desk.add()
    launcher = desk.launcher()

    def shell(command: Command) -> Answer:
        if desk.states() == {"RESERVED": 1}:
            desk.add()
        return launcher.shell(command)

    assert [done.fw_id for done in fire(desk, replace(launcher, shell=shell), nlaunches=2).submitted] == [first, 2]


def test_the_queue_is_full(desk: Any) -> None:
    desk.add(5)
    report = fire(desk, njobs_queue=3, timeout_s=3, sleep_s=0.05)
    assert len(report.submitted) == len(desk.slurm.jobs) == 3
    assert desk.states() == {"RESERVED": 3, "READY": 2}


def test_room_in_the_queue_is_used(desk: Any) -> None:
    desk.add(5)
    launcher = desk.launcher()

    def shell(command: Command) -> Answer:
        if command.argv[0] == "squeue" and len(desk.slurm.jobs) == 3:
            desk.slurm.end_jobs()
        return launcher.shell(command)

    assert len(fire(desk, replace(launcher, shell=shell), njobs_queue=3).submitted) == 5


def test_without_a_limit_the_queue_is_not_asked(desk: Any) -> None:
    desk.add(2)
    fire(desk)
    assert desk.slurm.times_asked == 0


def test_a_queue_that_cannot_be_counted(desk: Any) -> None:
    desk.add()
    desk.slurm.go_away()
    report = fire(desk, njobs_queue=3)
    assert "squeue does not answer" in report.stopped
    assert desk.states() == {"READY": 1}


def test_the_queue_is_counted_again_after_so_many(desk: Any) -> None:
    desk.add(6)
    fire(desk, njobs_queue=100, count_every=2)
    assert desk.slurm.times_asked == 3
    desk.add(6)
    fire(desk, njobs_queue=100)
    assert desk.slurm.times_asked == 4


def test_a_pause_between_submissions_ends_with_the_time_that_is_given(desk: Any) -> None:
    desk.add(3)
    report = fire(desk, pause_s=1000.0, timeout_s=2.0)
    assert len(report.submitted) == 1


def test_so_many_attempts_as_are_wished(desk: Any) -> None:
    desk.add()
    desk.slurm.go_away()
    assert "gave up after 1 attempts" in fire(desk, njobs_queue=3, retry_s=()).stopped


# --- blocks
def test_blocks_are_filled_and_used_again(desk: Any) -> None:
    desk.add(5)
    fire(desk, njobs_block=2)
    assert list(blocks(desk).values()) == [2, 2, 1]
    desk.add(1)
    fire(desk, njobs_block=2)
    assert list(blocks(desk).values()) == [2, 2, 2]
    desk.add(1)
    fire(desk, always_new_block=True)
    assert list(blocks(desk).values()) == [2, 2, 2, 1]


def test_a_block_of_the_users_own(desk: Any) -> None:
    desk.add(2)
    fire(desk, block="block_mine")
    assert blocks(desk) == {"block_mine": 2}
    with pytest.raises(ConfigError, match="--block_dir must begin with 'block_', not 'mine'"):
        fire(desk, block="mine", nlaunches=1)


def test_a_firework_with_a_directory_of_its_own(desk: Any) -> None:
    desk.add(_launch_dir="relax")
    report = fire(desk, block="block_mine")
    assert [done.launch_dir for done in report.submitted] == [str(desk.folder / "block_mine" / "relax")]
    assert blocks(desk) == {"block_mine": 1}


def test_a_folder_that_is_not_there(desk: Any) -> None:
    desk.add()
    with pytest.raises(LaunchDirError, match="give another --launch_dir"):
        rapidfire(desk.launcher(), str(desk.folder / "none"), Limits())


# --- without end
def endless(desk: Any, launcher: Launcher | None = None, *, until: str = "", timeout_s: float = 2.0) -> Report | None:
    """Launch without end; for so long, or until all Fireworks are in a state."""
    watched = launcher or desk.launcher()

    def tell(_: RecoveryReport) -> None:
        if list(desk.states()) == [until]:
            raise KeyboardInterrupt

    watch = Watch(lambda: recover(desk.launchpad, worker=None, shell=watched.shell, grace_s=0), tell, Pace(most_s=0.05))
    limits = Limits(nlaunches=ENDLESS, timeout_s=timeout_s, retry_s=(0.0, 0.05), sleep_s=0.05)
    try:
        return rapidfire(watched, str(desk.folder), limits, watch)
    except KeyboardInterrupt:
        return None


def test_endless_brings_home_and_goes_on_with_what_that_made_ready(desk: Any) -> None:
    task = {"_fw_name": "ScriptTask", "script": "true"}
    fws = [{"fw_id": -n, "name": f"f{n}", "spec": {"_tasks": [task]}} for n in (1, 2, 3)]
    desk.launchpad.add_documents([{"fws": fws, "links": {"-1": [-2], "-2": [-3]}, "metadata": {}}])
    usual = desk.launcher().shell

    def instant(command: Command) -> Answer:
        """A batch system whose nodes are idle: the job is over when sbatch returns."""
        answer = usual(command)
        if command.argv[0] == "sbatch":
            start(Path(str(command.cwd))).communicate(timeout=60)
        return answer

    endless(desk, replace(desk.launcher(), shell=instant), until="COMPLETED", timeout_s=60)
    assert desk.states() == {"COMPLETED": 3}


def test_endless_waits_for_a_batch_system(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order(*["later"] * 8)
    report = endless(desk, timeout_s=5)
    assert report is not None
    assert [done.fw_id for done in report.submitted] == [fw_id]
    assert not report.stopped


def test_endless_waits_for_a_launchpad(desk: Any, tmp_path: Path) -> None:
    [fw_id] = desk.add()
    database, away = tmp_path / "pad.db", tmp_path / "pad.db.away"
    usual = desk.launcher().shell

    def losing(command: Command) -> Answer:
        """While the job is submitted the LaunchPad goes away, for a while."""
        answer = usual(command)
        if command.argv[0] == "sbatch":
            database.rename(away)
            threading.Timer(0.5, lambda: away.rename(database)).start()
        return answer

    second = desk.add()
    report = endless(desk, replace(desk.launcher(), shell=losing), timeout_s=5)
    assert report is not None
    assert desk.states() == {"RESERVED": 2}
    assert len(desk.slurm.jobs) == 2
    assert {fw_id, *second} >= {done.fw_id for done in report.submitted}


def test_endless_stops_submitting_what_is_always_refused_and_goes_on_recovering(desk: Any) -> None:
    desk.add(6)
    desk.slurm.order(*["refuse"] * 6)
    report = endless(desk)
    assert report is not None
    assert len(report.refused) == REFUSALS_ALIKE
    assert not report.stopped
    assert desk.states() == {"FIZZLED": 3, "READY": 3}
