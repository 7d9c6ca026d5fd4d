"""How long it takes until a command has started, and what it touches: on a slow file system each file costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.launchpad import filled
from benchmarks.measure import BIN, Program, against_pass
from benchmarks.workloads import SCRIPT
from longfuse.launchdir.names import FINAL
from longfuse.launchdir.prepare import prepare
from longfuse.launchdir.ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.measure import Measured, Scale, Workload


def rlaunch_offline(folder: Path, scale: Scale) -> Iterator[Measured]:
    """A rocket on a compute node, whole: start, one task that does nothing, final record."""
    rounds = scale.starts
    launch_dirs = [_launch_dir(folder / f"launch_{number}", number + 1) for number in range(rounds + 3)]
    program = Program([str(BIN / "rlaunch"), "singleshot", "--offline"], launch_dirs.__getitem__, folder)
    yield against_pass("rlaunch", "rlaunch singleshot --offline, ScriptTask true", program, rounds)
    for launch_dir in launch_dirs[:rounds]:  # without strace one stays unused
        assert (launch_dir / FINAL).exists()


def lpad_help(folder: Path, scale: Scale) -> Iterator[Measured]:
    """A command that needs no LaunchPad."""
    program = Program([str(BIN / "lpad"), "-h"], lambda _: folder, folder)
    yield against_pass("lpad-help", "lpad -h", program, scale.starts)


def lpad_count(folder: Path, scale: Scale) -> Iterator[Measured]:
    """The least command that opens the LaunchPad."""
    with filled(folder, 100) as launchpad:
        launchpad.to_file(folder / "my_launchpad.yaml")
    program = Program([str(BIN / "lpad"), "get_fws", "-d", "count"], lambda _: folder, folder)
    yield against_pass("lpad-count", "lpad get_fws -d count, of 100", program, scale.starts)


def _launch_dir(folder: Path, launch_id: int) -> Path:
    ticket = Ticket(
        launchpad_id="benchmark",
        launch_id=launch_id,
        fw_id=launch_id,
        token=f"{launch_id:032x}",
        fworker={"name": "benchmark", "category": "", "query": "{}", "env": {}},
        reserved_on="2026-01-01T00:00:00.000000+00:00",
    )
    prepare(str(folder), {"spec": {"_tasks": [SCRIPT]}, "fw_id": launch_id, "name": "trivial"}, ticket)
    return folder


WORKLOADS: dict[str, Workload] = {"rlaunch": rlaunch_offline, "lpad-help": lpad_help, "lpad-count": lpad_count}
