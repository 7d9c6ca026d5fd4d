"""One job: what becomes of the Firework, whatever the batch system answers."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from longfuse.errors import ConfigError, SchedulerError, StateError, StoreError, SubmitError, SubmitUnclearError
from longfuse.launchers.queue import singleshot
from longfuse.launchers.submission import Refused, Submitted, slug
from longfuse.queue.adapter import COMMENT_PREFIX

if TYPE_CHECKING:
    from longfuse.queue.adapter import Answer, Command


def script(folder: str | Path) -> str:
    return Path(folder, "FW_submit.script").read_text()


def token_of(folder: str | Path) -> str:
    token = json.loads(Path(folder, "FW_offline.json").read_text())["token"]
    assert isinstance(token, str)
    return token


def test_a_job_in_the_queue(desk: Any) -> None:
    [fw_id] = desk.add(name="Relax: step (1), the long one")
    done = desk.launcher().submit_next(str(desk.folder))
    assert done == Submitted("101", str(desk.folder), fw_id)
    assert desk.state(fw_id) == "RESERVED"
    assert desk.launchpad.get_reservation_id_from_fw_id(fw_id) == "101"
    assert desk.slurm.jobs == {"101": COMMENT_PREFIX + token_of(desk.folder)}
    text = script(desk.folder)
    assert f"\ncd {desk.folder}\nrlaunch singleshot --offline --fw_id {fw_id}\n" in text
    assert "#SBATCH --job-name=Relax_step_(1)_the_l\n" in text
    assert (desk.folder / "FW.json").exists()


def test_nothing_is_ready(desk: Any) -> None:
    assert desk.launcher().submit_next(str(desk.folder)) is None
    assert desk.launcher(reserve=False).submit_next(str(desk.folder)) is None
    assert list(desk.folder.iterdir()) == []


def test_a_certain_firework(desk: Any) -> None:
    first, second = desk.add(2)
    report = singleshot(desk.launcher(), str(desk.folder), second)
    assert [done.fw_id for done in report.submitted] == [second]
    with pytest.raises(StateError, match=f"Firework {second} cannot be taken, it is RESERVED"):
        singleshot(desk.launcher(), str(desk.folder), second)
    assert desk.state(first) == "READY"


def test_refused(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order("refuse")
    report = singleshot(desk.launcher(), str(desk.folder))
    words = "SLURM refused the job: sbatch: error: Batch job submission failed: Invalid partition name specified"
    assert report.refused == [Refused(fw_id, str(desk.folder), words)]
    assert not report.ok
    launch = desk.launch(fw_id)
    assert (desk.state(fw_id), launch["state"]) == ("FIZZLED", "FIZZLED")
    assert (launch["cause"], launch["reason"]) == ("SUBMIT", words)


def test_not_now(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order("later")
    with pytest.raises(SchedulerError, match=r"SLURM cannot take the job now: .*Unable to contact slurm controller"):
        desk.launcher().submit_next(str(desk.folder))
    assert desk.state(fw_id) == "READY"
    assert isinstance(desk.launcher().submit_next(str(desk.folder)), Submitted)


def test_unclear_and_it_is_there(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order("taken")
    assert desk.launcher().submit_next(str(desk.folder)) == Submitted("101", str(desk.folder), fw_id)
    assert desk.launchpad.get_reservation_id_from_fw_id(fw_id) == "101"


def test_unclear_and_it_is_not_there(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order("lost")
    with pytest.raises(SchedulerError, match=r"cannot take the job now: .*Socket timed out"):
        desk.launcher().submit_next(str(desk.folder))
    assert desk.state(fw_id) == "READY"


def test_unclear_and_nobody_can_be_asked(desk: Any) -> None:
    [fw_id] = desk.add()
    desk.slurm.order("taken")
    desk.slurm.go_away()
    with pytest.raises(SubmitUnclearError, match="its Firework stays RESERVED"):
        desk.launcher().submit_next(str(desk.folder))
    assert desk.state(fw_id) == "RESERVED"


@pytest.mark.parametrize("order", ["taken", "lost"])
def test_unclear_and_the_job_has_no_token(desk: Any, order: str) -> None:
    [fw_id] = desk.add()
    desk.slurm.order(order)
    launcher = desk.launcher(directives=["--comment=mine"])
    with pytest.raises(SubmitUnclearError, match="carries nothing of ours"):
        launcher.submit_next(str(desk.folder))
    assert desk.state(fw_id) == "RESERVED"


def test_unclear_and_over_already(desk: Any, tmp_path: Path) -> None:
    [fw_id] = desk.add()
    program = tmp_path / "quick"
    program.write_text(
        "#!/bin/sh\necho {} > FW_ping.json\necho 'Socket timed out on send/recv operation' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    launcher = desk.launcher(_q_commands_override={"submit_cmd": str(program)})
    with pytest.raises(SubmitUnclearError, match="it has begun: `lpad recover_offline` tells"):
        launcher.submit_next(str(desk.folder))
    assert desk.state(fw_id) == "RESERVED"


def test_unclear_without_reservation(desk: Any) -> None:
    desk.add()
    desk.slurm.order("taken")
    done = desk.launcher(reserve=False).submit_next(str(desk.folder))
    assert done == Submitted("101", str(desk.folder), None)


def test_no_batch_system_here_costs_no_firework(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    [fw_id] = desk.add()
    launcher = desk.launcher(_q_commands_override={"submit_cmd": "no-such-sbatch"})
    with pytest.raises(ConfigError, match="Cannot submit to SLURM: no-such-sbatch is not on PATH here"):
        launcher.submit_next(str(desk.folder))
    assert desk.state(fw_id) == "READY"


def test_without_reservation(desk: Any) -> None:
    [fw_id] = desk.add()
    done = desk.launcher(reserve=False).submit_next(str(desk.folder))
    assert done == Submitted("101", str(desk.folder), None)
    assert "\nrlaunch singleshot\n" in script(desk.folder)
    assert desk.state(fw_id) == "READY"
    desk.slurm.order("refuse")
    with pytest.raises(SubmitError, match="Invalid partition"):
        desk.launcher(reserve=False).submit_next(str(desk.folder))
    assert desk.state(fw_id) == "READY"


# --- a Firework's own wishes
def test_its_own_directory(desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRATCH", str(tmp_path / "scratch"))
    [fw_id] = desk.add(_launch_dir="$SCRATCH/it's mine")
    folder = tmp_path / "scratch" / "it's mine"
    assert desk.launcher().submit_next(str(desk.folder)) == Submitted("101", str(folder), fw_id)
    assert desk.launch(fw_id)["launch_dir"] == str(folder)
    assert (folder / "FW.json").exists()
    assert list(desk.folder.iterdir()) == []


def test_its_own_directory_is_relative_to_the_base(desk: Any) -> None:
    desk.add(_launch_dir="relax")
    done = desk.launcher().submit_next(str(desk.folder / "launcher_1"), base=str(desk.folder))
    assert done.launch_dir == str(desk.folder / "relax")


def test_its_own_directory_that_cannot_be(desk: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [fw_id] = desk.add(_launch_dir=str(tmp_path / "file" / "x"))
    done = desk.launcher().submit_next(str(desk.folder))
    assert "Not a directory; it is the Firework's own `_launch_dir`" in done.words
    assert (desk.state(fw_id), desk.launch(fw_id)["cause"]) == ("FIZZLED", "SUBMIT")


def test_a_directory_of_ours_that_cannot_be(desk: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [fw_id] = desk.add()
    with pytest.raises(Exception, match=r"Cannot write the launch directory .*: Not a directory"):
        desk.launcher().submit_next(str(tmp_path / "file" / "x"))
    assert desk.state(fw_id) == "READY"


def test_its_own_parameters(desk: Any) -> None:
    [fw_id] = desk.add(_queueadapter={"nodes": 4, "job_name": "mine", "rocket_launch": "mpi rlaunch singleshot\n"})
    desk.launcher(nodes=1).submit_next(str(desk.folder))
    text = script(desk.folder)
    assert "#SBATCH --nodes=4\n" in text
    assert "#SBATCH --job-name=mine\n" in text
    assert f"\nmpi rlaunch singleshot --fw_id {fw_id}\n" in text


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"node": 4}, "spec._queueadapter of Firework 1: unknown key `node`; did you mean `nodes`?"),
        ({"rocket_launch": "rlaunch rapidfire"}, "spec._queueadapter of Firework 1: reservation mode needs `singlesh"),
        ([1], "spec._queueadapter of Firework 1 must hold parameters and their values, not [1]"),
    ],
)
def test_wishes_that_cannot_be(desk: Any, wishes: Any, words: str) -> None:
    [fw_id] = desk.add(_queueadapter=wishes)
    done = desk.launcher().submit_next(str(desk.folder))
    assert done.words.startswith(words)
    assert (desk.state(fw_id), desk.launch(fw_id)["cause"]) == ("FIZZLED", "SUBMIT")
    assert desk.slurm.jobs == {}


# --- an end in the middle
class Interrupting:
    """A shell whose user presses Ctrl-C before or after one of its commands."""

    def __init__(self, desk: Any, *, after: bool) -> None:
        self._shell = desk.launcher().shell
        self._after = after

    def __call__(self, command: Command) -> Answer:
        if command.argv[0] != "sbatch":
            return self._shell(command)
        if self._after:
            self._shell(command)
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("after", "away", "state"),
    [(False, False, "READY"), (True, False, "RESERVED"), (False, True, "RESERVED"), (True, True, "RESERVED")],
)
def test_interrupted(desk: Any, after: bool, away: bool, state: str) -> None:
    [fw_id] = desk.add()
    launcher = replace(desk.launcher(), shell=Interrupting(desk, after=after))
    if away:
        desk.slurm.go_away()
    with pytest.raises(KeyboardInterrupt):
        launcher.submit_next(str(desk.folder))
    assert desk.state(fw_id) == state
    assert (desk.launchpad.get_reservation_id_from_fw_id(fw_id) == "101") is (after and not away)


def test_a_database_that_is_away_when_the_job_is_in(desk: Any, tmp_path: Path) -> None:
    """The job is in the queue and its files are in the directory: nothing is lost, and nothing done twice."""
    [fw_id] = desk.add()
    database, away = tmp_path / "pad.db", tmp_path / "pad.db.away"
    usual = desk.launcher().shell

    def losing(command: Command) -> Answer:
        answer = usual(command)
        if command.argv[0] == "sbatch":
            database.rename(away)
        return answer

    with pytest.raises(StoreError):
        replace(desk.launcher(), shell=losing).submit_next(str(desk.folder))
    away.rename(database)
    assert desk.state(fw_id) == "RESERVED"
    assert len(desk.slurm.jobs) == 1


# --- settings that cannot work
@pytest.mark.parametrize(
    ("keys", "how", "fw_id", "words"),
    [
        ({"rocket_launch": None}, {}, None, "my_qadapter.yaml lacks `rocket_launch`"),
        ({"rocket_launch": "rlaunch rapidfire"}, {}, None, "reservation mode needs `singleshot`"),
        ({"rocket_launch": "rlaunch singleshot --offline"}, {"reserve": False}, None, "add -r to qlaunch"),
        ({}, {"reserve": False}, 3, "--fw_id needs reservation mode"),
        ({}, {"fill_mode": True}, None, "exclude each other"),
    ],
)
def test_settings_that_cannot_work(desk: Any, keys: Any, how: Any, fw_id: int | None, words: str) -> None:
    launcher = desk.launcher(**how)
    launcher = replace(launcher, adapter=launcher.adapter.with_parameters(keys, "test"))
    with pytest.raises(ConfigError) as error:
        launcher.check(fw_id)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("My job", "My_job"), ("a/b:c", "abc"), ("relax-1.2_(x)", "relax-1.2_(x)"), ("!!", "FW_job"), ("", "FW_job")],
)
def test_slugs(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_the_launch_directory_is_absolute(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.add()
    monkeypatch.chdir(desk.folder)
    assert desk.launcher().submit_next(".") == Submitted("101", os.path.realpath(desk.folder), 1)
