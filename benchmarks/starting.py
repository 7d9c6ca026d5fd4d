"""How long it takes until a command has started, and what it touches: on a slow file system each file costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import BIN, Measured, Program, against_pass
from longfuse.launchdir.prepare import prepare
from longfuse.launchdir.ticket import Ticket

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 15


def rlaunch_offline(folder: Path, rounds: int = ROUNDS) -> Measured:
    """A rocket on a compute node, whole: start, one task that does nothing, final record."""
    launch_dirs = [_launch_dir(folder / f"launch_{number}", number + 1) for number in range(rounds + 3)]
    program = Program([str(BIN / "rlaunch"), "singleshot", "--offline"], launch_dirs.__getitem__, folder)
    measured = against_pass("rlaunch singleshot --offline, ScriptTask true", program, rounds)
    for launch_dir in launch_dirs[:rounds]:  # without strace one stays unused
        assert (launch_dir / "FW_action.json").exists()
    return measured


def lpad_help(folder: Path, rounds: int = ROUNDS) -> Measured:
    """A command that needs no LaunchPad."""
    return against_pass("lpad -h", Program([str(BIN / "lpad"), "-h"], lambda _: folder, folder), rounds)


def lpad_count(folder: Path, rounds: int = ROUNDS) -> Measured:
    """The least command that opens the LaunchPad."""
    from benchmarks.launchpad import filled

    with filled(folder, 100) as launchpad:
        launchpad.to_file(folder / "my_launchpad.yaml")
    program = Program([str(BIN / "lpad"), "get_fws", "-d", "count"], lambda _: folder, folder)
    return against_pass("lpad get_fws -d count, of 100", program, rounds)


def _launch_dir(folder: Path, launch_id: int) -> Path:
    ticket = Ticket(
        launchpad_id="benchmark",
        launch_id=launch_id,
        fw_id=launch_id,
        token=f"{launch_id:032x}",
        fworker={"name": "benchmark", "category": "", "query": "{}", "env": {}},
        reserved_on="2026-01-01T00:00:00.000000+00:00",
    )
    prepare(str(folder), {"spec": {"_tasks": [TRIVIAL]}, "fw_id": launch_id, "name": "trivial"}, ticket)
    return folder


TRIVIAL = {"_fw_name": "ScriptTask", "script": "true"}
