"""``qlaunch -r rapidfire`` as a user types it, with a Slurm that answers at once."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from benchmarks.children import ran
from benchmarks.launchpad import filled
from benchmarks.machine import bare_copy
from benchmarks.measure import BIN, Measured, SkippedError, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.measure import Scale, Workload

PROGRAMS = {
    "sbatch": 'echo "Submitted batch job $$"',
    "squeue": "exit 0",
    "scontrol": "echo MaxArraySize = 1001",
    "sacct": "exit 1",
}
"""A process id is a number that no other submission of the last thousands had."""

QADAPTER = "_fw_name: CommonAdapter\n_fw_q_type: SLURM\nrocket_launch: rlaunch singleshot --offline\n"


def one_by_one(folder: Path, scale: Scale) -> Iterator[Measured]:
    """A job for each launch."""
    yield _submitting("submit", "reserve, write and submit a launch", folder, scale, array=0)


def in_arrays(folder: Path, scale: Scale) -> Iterator[Measured]:
    """A thousand launches a job: what `qlaunch` does by itself."""
    yield _submitting("submit-arrays", "the same, in job arrays", folder, scale, array=1000)


def _submitting(key: str, name: str, folder: Path, scale: Scale, array: int) -> Measured:
    programs = _programs(folder / "programs")
    subject_s, limit_s = [], []
    for number in range(scale.long):
        home = folder / str(number)
        subject_s.append(_submit(home, programs, scale.items, array))
        limit_s.append(bare_copy(home / "work", folder / f"copy_{number}"))
    return Measured(key, name, "the same files, raw", subject_s, limit_s, items=scale.items)


def _programs(folder: Path) -> Path:
    folder.mkdir()
    for name, line in PROGRAMS.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    return folder


def _submit(home: Path, programs: Path, size: int, array: int) -> float:
    work = home / "work"
    with filled(home, size) as launchpad:
        launchpad.to_file(home / "my_launchpad.yaml")
    work.mkdir()
    (home / "my_qadapter.yaml").write_text(QADAPTER)
    (home / "my_fworker.yaml").write_text("name: benchmark\ncategory: ''\nquery: '{}'\n")
    argv = [str(BIN / "qlaunch"), "-s", "-c", str(home), "-r", "rapidfire", "--array", str(array)]
    start = time.perf_counter()
    done = ran(argv, work, environment(home, programs))
    seconds = time.perf_counter() - start
    with filled(home, size) as launchpad:
        submitted = launchpad.get_fw_ids({"state": "RESERVED"}, count_only=True)
    if done.returncode or submitted != size:
        raise SkippedError(
            f"qlaunch ended with {done.returncode}, {submitted} of {size} submitted: {done.stderr[-300:]}"
        )
    os.sync()  # what is still to be written is not the limit's to wait for
    return seconds


WORKLOADS: dict[str, Workload] = {"submit": one_by_one, "submit-arrays": in_arrays}
