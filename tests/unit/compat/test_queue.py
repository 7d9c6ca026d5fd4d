"""Queue adapters, and launching through a batch system with FireWorks' signatures; here it is the local queue."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from tests.launching import RLAUNCH, wait_until

from longfuse import Firework, FWorker, LaunchPad, ScriptTask
from longfuse.compat.fireworks.queue import queue_launcher
from longfuse.compat.fireworks.queue.queue_adapter import Command, QScriptTemplate
from longfuse.compat.fireworks.user_objects.queue_adapters.common_adapter import CommonAdapter
from longfuse.compat.fireworks.utilities.fw_serializers import load_object, load_object_from_file
from longfuse.errors import ConfigError
from longfuse.launchers.shell import run
from longfuse.relay import recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def adapter(tmp_path: Path) -> CommonAdapter:
    return CommonAdapter("local", rocket_launch=f"{RLAUNCH} singleshot --offline", _fw_spool=str(tmp_path / "spool"))


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    pad = LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)
    yield pad
    pad.close()


def add(pad: LaunchPad, number: int) -> None:
    pad.bulk_add_wfs([Firework(ScriptTask.from_str("echo hello"), name=f"f{n}") for n in range(number)])


# --- adapters
def test_an_adapter_is_a_dictionary_that_writes_scripts(tmp_path: Path) -> None:
    adapter = CommonAdapter(
        "SLURM", "Slurm here", rocket_launch="rlaunch singleshot", walltime="00:10:00", queue="debug"
    )
    adapter["job_name"] = "mine"
    script = adapter.get_script_str(tmp_path)
    assert "#SBATCH --time=00:10:00" in script
    assert "#SBATCH --job-name=mine" in script
    assert str(tmp_path) in script
    assert adapter.q_name == "Slurm here"
    assert "--nodes" not in script


def test_an_adapter_survives_a_file(tmp_path: Path) -> None:
    adapter = CommonAdapter(
        "SLURM", rocket_launch="rlaunch singleshot", timeout=3, _q_commands_override={"submit_cmd": "x"}
    )
    for name in ("my_qadapter.yaml", "adapter.json"):
        adapter.to_file(tmp_path / name)
        again = load_object_from_file(tmp_path / name)
        assert type(again) is CommonAdapter
        assert (again, again.timeout, again.to_dict()) == (adapter, 3, adapter.to_dict())
    assert load_object(adapter.to_dict()).adapter().submit_cmd == "x"


@pytest.mark.parametrize(("q_type", "parameters"), [("NONSENSE", {}), ("SLURM", {"waltime": "1"})])
def test_what_is_unknown_is_refused_at_once(q_type: str, parameters: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        CommonAdapter(q_type, **parameters)


def test_submitting_and_counting(adapter: CommonAdapter, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/bash\ntouch ran\n")
    job_id = adapter.submit_to_queue(script)
    assert job_id
    wait_until((tmp_path / "ran").exists, "the job has run")
    assert adapter.get_njobs_in_queue() in (0, 1)
    adapter["_q_commands_override"] = {"submit_cmd": "/nowhere/at/all"}
    with caplog.at_level(logging.ERROR, "longfuse.queue"):
        wrong = CommonAdapter("SLURM", _q_commands_override={"submit_cmd": "/no/sbatch", "status_cmd": "/no/squeue"})
        assert wrong.submit_to_queue(script) is None
        assert wrong.get_njobs_in_queue() is None
    assert "did not take the job" in caplog.text


def test_odds_and_ends() -> None:
    assert QScriptTemplate("$${a} $$b $c").safe_substitute(a=1, b=2) == "1 2 $c"
    assert Command("echo a b").run() == (0, "a b\n", "")
    assert Command(["sleep", "60"]).run(timeout=0.1)[0] is None


# --- launching
def test_one_job_for_one_firework(pad: LaunchPad, adapter: CommonAdapter, tmp_path: Path) -> None:
    assert queue_launcher.launch_rocket_to_queue(pad, FWorker(), adapter, str(tmp_path), reserve=True) is None
    add(pad, 2)
    job_id = queue_launcher.launch_rocket_to_queue(
        pad, FWorker(), adapter, str(tmp_path), reserve=True, create_launcher_dir=True, fw_id=2, strm_lvl="CRITICAL"
    )
    assert pad.get_reservation_id_from_fw_id(2) == job_id
    folder = pad.get_launchdir(2)
    assert folder is not None
    assert folder.startswith(str(tmp_path / "launcher_"))
    wait_until(lambda: _ended(pad, 2), "the job has run")


def test_job_after_job(pad: LaunchPad, adapter: CommonAdapter, tmp_path: Path) -> None:
    add(pad, 3)
    queue_launcher.rapidfire(
        pad, FWorker(), adapter, str(tmp_path), block_dir="block_a", nlaunches=2, reserve=True, strm_lvl="CRITICAL"
    )
    assert queue_launcher._njobs_in_dir(str(tmp_path / "block_a")) == 2
    queue_launcher.rapidfire(pad, FWorker(), adapter.adapter(), str(tmp_path), reserve=True, strm_lvl="CRITICAL")
    wait_until(lambda: all(_ended(pad, fw_id) for fw_id in (1, 2, 3)), "the jobs have run")
    log = logging.getLogger("test")
    assert queue_launcher._get_number_of_jobs_in_queue(adapter, 0, log) == 0
    assert 0 <= queue_launcher._get_number_of_jobs_in_queue(adapter, 5, log) <= 3


def test_a_refusal_is_false_and_settings_that_cannot_work_are_errors(pad: LaunchPad, tmp_path: Path) -> None:
    add(pad, 1)
    gone = CommonAdapter("SLURM", rocket_launch="rlaunch rapidfire", _q_commands_override={"submit_cmd": "false"})
    launched = queue_launcher.launch_rocket_to_queue(pad, FWorker(), gone, str(tmp_path), strm_lvl=None)
    assert launched is False
    with pytest.raises(ConfigError, match="singleshot"):
        queue_launcher.launch_rocket_to_queue(pad, FWorker(), gone, str(tmp_path), reserve=True)


def _ended(pad: LaunchPad, fw_id: int) -> bool:
    """Bring home what there is, as ``lpad recover_offline`` does."""
    recover(pad, worker=None, shell=run)
    return str(pad.fireworks.find_one({"fw_id": fw_id})["state"]) == "COMPLETED"  # type: ignore[index]
