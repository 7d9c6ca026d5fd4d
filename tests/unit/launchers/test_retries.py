"""``when_killed``: what did not end well is tried again by itself, with more of what it lacked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.launching import shell, start, wait_for_file

from longfuse.errors import ConfigError
from longfuse.launchers.shell import run
from longfuse.relay import recover

POLICY = {
    "EXCEPTION": {"rerun": 2, "walltime": 1.5},
    "CANCELLED": {"rerun": 1, "checkpoint": True},
}


def fly(desk: Any, launcher: Any) -> Path:
    """Submit, and run the job to its end; its directory."""
    done = launcher.submit_next(str(desk.folder / f"launch{len(list(desk.folder.iterdir()))}"))
    start(Path(done.launch_dir)).communicate(timeout=60)
    return Path(done.launch_dir)


def recovered(desk: Any) -> str:
    """The reason that a pass tells of the only news."""
    [outcome] = recover(desk.launchpad, worker=None, shell=run, grace_s=0).outcomes
    desk.slurm.end_jobs()
    return outcome.reason


def add(desk: Any, *tasks: dict[str, Any], **spec: Any) -> int:
    [ids] = desk.launchpad.add_documents(
        [{"fws": [{"fw_id": -1, "spec": {"_tasks": list(tasks), **spec}}], "links": {}, "metadata": {}}]
    )
    return int(ids[-1])


def test_so_often_and_with_more_each_time(desk: Any) -> None:
    fw_id = add(desk, shell("exit 3"))
    launcher = desk.launcher(walltime="00:10:00", when_killed=POLICY)
    limits, reasons = [], []
    for _ in range(3):
        assert desk.state(fw_id) == "READY"
        place = fly(desk, launcher)
        limits += [line for line in (place / "FW_submit.script").read_text().splitlines() if "--time=" in line]
        reasons.append(recovered(desk))
    assert limits == ["#SBATCH --time=00:10:00", "#SBATCH --time=00:15:00", "#SBATCH --time=00:22:30"]
    assert "rerun 1 of 2 with walltime 00:15:00" in reasons[0]
    assert "rerun 2 of 2 with walltime 00:22:30" in reasons[1]
    assert "rerun" not in reasons[2]
    assert desk.state(fw_id) == "FIZZLED"
    document = desk.launchpad.get_fw_dict_by_id(fw_id)
    assert len(document["archived_launches"]) == 2  # each try is history
    assert "rerun 1 of 2" in document["archived_launches"][0]["reason"]


def test_from_the_last_checkpoint(desk: Any) -> None:
    gate = desk.folder.parent / "gate"
    fw_id = add(
        desk, shell("echo first >> ../ran"), shell(f"echo second >> ../ran; touch begun; [ -e {gate} ] || sleep 600")
    )
    launcher = desk.launcher(when_killed=POLICY)
    done = launcher.submit_next(str(desk.folder / "launch"))
    process = start(Path(done.launch_dir))
    wait_for_file(Path(done.launch_dir) / "begun")
    process.terminate()
    process.communicate(timeout=60)
    desk.slurm.end_jobs()
    assert "rerun 1 of 1 from its last checkpoint" in recovered_after_end(desk)
    gate.touch()
    assert desk.state(fw_id) == "READY"
    fly(desk, launcher)
    recover(desk.launchpad, worker=None, shell=run, grace_s=0)
    assert desk.state(fw_id) == "COMPLETED"
    assert (desk.folder / "ran").read_text().split() == ["first", "second", "second"]


def recovered_after_end(desk: Any) -> str:
    [outcome] = recover(desk.launchpad, worker=None, shell=run, grace_s=0).outcomes
    return outcome.reason


def test_a_firework_may_have_its_own_policy(desk: Any) -> None:
    stops = add(desk, shell("exit 3"), _queueadapter={"when_killed": None})
    launcher = desk.launcher(when_killed=POLICY)
    fly(desk, launcher)
    assert "rerun" not in recovered(desk)
    assert desk.state(stops) == "FIZZLED"
    insists = add(desk, shell("exit 3"), _queueadapter={"when_killed": {"EXCEPTION": {"rerun": 1}}})
    fly(desk, desk.launcher())
    assert "rerun 1 of 1" in recovered(desk)
    assert desk.state(insists) == "READY"


def test_a_firework_that_a_person_holds_stays_held(desk: Any) -> None:
    fw_id = add(desk, shell("exit 3"))
    launcher = desk.launcher(when_killed=POLICY)
    fly(desk, launcher)
    desk.launchpad.pause_fw(fw_id)
    recover(desk.launchpad, worker=None, shell=run, grace_s=0)
    assert desk.state(fw_id) == "PAUSED"


def test_jobs_of_several_policies_are_asked_for_in_one_go(desk: Any) -> None:
    desk.add(2)
    desk.launcher(when_killed=POLICY).submit_next(str(desk.folder / "a"))
    desk.launcher().submit_next(str(desk.folder / "b"))
    before = desk.slurm.times_asked
    recover(desk.launchpad, worker=None, shell=run)
    assert desk.slurm.times_asked == before + 1


@pytest.mark.parametrize(
    ("when_killed", "words"),
    [
        ({"TIMEOUT": {"rerun": 1, "waltime": 2}}, "unknown key `waltime`; did you mean `walltime`"),
        ({"LATE": {"rerun": 1}}, "is no cause"),
    ],
)
def test_what_cannot_be_understood_is_told_before_anything_is_submitted(
    desk: Any, when_killed: Any, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        desk.launcher(when_killed=when_killed)
