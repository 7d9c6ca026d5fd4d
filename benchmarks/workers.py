"""Concurrent workers on one LaunchPad: what they get done together, and that nothing is doubled or lost."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.children import deaf_to_the_terminal, end_with_parent, end_workers
from benchmarks.databases import current
from benchmarks.interrupts import check, held, pass_on, quiet_when_interrupted
from benchmarks.measure import TELL_S, Measured, SkippedError, telling
from benchmarks.running import LIMIT_WITH_SHELL, limit_of
from benchmarks.workloads import SCRIPT, firework
from longfuse.domain.fworker import FWorker
from longfuse.launchers.rockets import rapidfire
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ctypes import Array
    from multiprocessing.context import SpawnProcess
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

    from benchmarks.measure import Scale, Workload

READY_S = 300.0
"""How long workers wait for one another to start."""

FIRST = 3
"""So many rockets each worker runs before they are timed: all is loaded then, as in a campaign of hours."""

SAMPLE = 500
"""The limit is measured on so many, and told as if on all."""


def compared(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Ever more workers of one host on one LaunchPad: in each round each number of them runs as many Fireworks."""
    runs = {workers: Runs() for workers in scale.workers}
    for number in range(scale.rounds):
        for workers in scale.workers if number % 2 else reversed(scale.workers):
            runs[workers].add(folder / f"{number}_{workers}", workers, scale.concurrent)
    for workers, found in runs.items():
        yield found.measured(f"workers-{workers}", workers, scale.concurrent, series="workers")


def crowd(folder: Path, scale: Scale) -> Iterator[Measured]:
    """The greatest number of workers once, with so many Fireworks that what is doubled or lost would show."""
    runs, workers = Runs(), max(scale.workers)
    runs.add(folder / "crowd", workers, scale.crowd)
    yield runs.measured("crowd", workers, scale.crowd, series="")


@dataclass(slots=True)
class Runs:
    """What some workers did, run by run.

    Attributes:
        seconds: From the moment when all had run their first Fireworks.
        limit_s: The least that one process needs for as many.
        doubled: How many Fireworks ran twice.
        lost: How many are not home.
    """

    seconds: list[float] = field(default_factory=list)
    limit_s: list[float] = field(default_factory=list)
    doubled: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)

    def add(self, folder: Path, workers: int, size: int) -> None:
        """One more run, on a LaunchPad of its own."""
        folder.mkdir(parents=True)
        sample = min(size, SAMPLE)
        self.limit_s.append(limit_of(folder / "limit", sample, shell=True) * size / sample)
        url = current().url(folder)
        mine = _add(url, folder, size + FIRST * workers)
        self.seconds.append(_run_all(url, folder, workers, len(mine)))
        doubled, lost = _counted(url, folder, mine)
        self.doubled.append(float(doubled))
        self.lost.append(float(lost))

    def measured(self, key: str, workers: int, size: int, *, series: str) -> Measured:
        """All of them."""
        return Measured(
            key,
            f"{workers} worker{'s'[: workers > 1]}, {size} Fireworks",
            LIMIT_WITH_SHELL,
            self.seconds,
            self.limit_s,
            items=size,
            figures={"doubled": self.doubled, "lost": self.lost},
            series=series,
            size=workers,
        )


def _add(url: str, folder: Path, size: int) -> list[int]:
    """Fireworks that each write a line of their own; returns their ids."""
    tasks = ({**SCRIPT, "script": f"echo {index} >> '{folder}/ran'"} for index in range(size))
    with closing(LaunchPad(url, create=True)) as launchpad:
        maps = launchpad.add_documents({"fws": [firework(1, task=task)], "links": {}} for task in tasks)
    return [fw_id for one in maps for fw_id in one.values()]


def _run_all(url: str, folder: Path, workers: int, size: int) -> float:
    """Seconds from the moment when all have run their first to when the last one has nothing left to run.

    Raises:
        SkippedError: Some failed.
    """
    context = multiprocessing.get_context("spawn")  # no connection is carried over
    barrier = context.Barrier(workers + 1)
    ends = context.Array("d", workers, lock=False)
    processes: list[SpawnProcess] = []
    try:
        with held(), deaf_to_the_terminal():
            for index in range(workers):
                process = context.Process(target=_work, args=(url, str(folder), index, barrier, ends), daemon=True)
                process.start()
                processes.append(process)
        told = telling("Fireworks run", size)
        barrier.wait(READY_S)
        start = time.perf_counter()
        for process in processes:
            while process.is_alive():
                process.join(TELL_S)
                check()
                told((folder / "ran").read_bytes().count(b"\n"))
    finally:
        end_workers(processes)
    failed = [process.exitcode for process in processes if process.exitcode]
    if failed:
        raise SkippedError(f"{len(failed)} of {workers} workers failed")
    return max(ends) - start


def _counted(url: str, folder: Path, fw_ids: list[int]) -> tuple[int, int]:
    """How many Fireworks ran twice, and how many are not home."""
    ran = Counter((folder / "ran").read_text().split())
    with closing(LaunchPad(url)) as launchpad:
        query = {"state": "COMPLETED", "fw_id": {"$gte": min(fw_ids), "$lte": max(fw_ids)}}
        completed = launchpad.get_fw_ids(query, count_only=True)
    return sum(times - 1 for times in ran.values()), len(fw_ids) - min(completed, len(ran))


def _work(url: str, folder: str, index: int, barrier: Barrier, ends: Array[float]) -> None:
    """Its interpreter starts before the time that counts, and ends after it."""
    end_with_parent()
    logging.getLogger("longfuse").setLevel(logging.ERROR)
    base = os.path.join(folder, f"worker_{index}")
    os.mkdir(base)
    with closing(LaunchPad(url)) as launchpad, quiet_when_interrupted():
        fworker = FWorker(f"worker {index}")
        pass_on(rapidfire(launchpad, fworker, m_dir=base, nlaunches=FIRST))
        barrier.wait(READY_S)
        pass_on(rapidfire(launchpad, fworker, m_dir=base, max_loops=1))
        ends[index] = time.perf_counter()  # the clock of all processes


WORKLOADS: dict[str, Workload] = {"workers": compared, "crowd": crowd}
