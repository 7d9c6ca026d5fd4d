"""Concurrent workers on one LaunchPad: what they get done together, and that nothing is doubled or lost."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.databases import bare_transactions, current
from benchmarks.machine import bare_files, bare_forks
from benchmarks.measure import Measured, SkippedError, timed
from benchmarks.running import FILES, LIMIT
from benchmarks.workloads import firework
from longfuse.domain.fworker import FWorker
from longfuse.launchers.rockets import rapidfire
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

    from benchmarks.measure import Scale, Workload

READY_S = 300.0
"""How long workers wait for one another to start."""

FIRST = 3
"""So many rockets each worker runs before they are timed: all is loaded then, as in a campaign of hours."""


def concurrent(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Ever more workers of one host on one LaunchPad."""
    for workers in scale.workers:
        base = folder / str(workers)
        base.mkdir()
        yield _measured(current().url(base), base, workers, scale)


def _measured(url: str, folder: Path, workers: int, scale: Scale) -> Measured:
    size = scale.crowd if workers == max(scale.workers) else scale.concurrent
    limit_s = bare_transactions(folder / "bare.db", size)
    limit_s += timed(lambda: (bare_files(folder / "files", FILES, size), bare_forks(2 * size)))
    mine = _add(url, folder, size + FIRST * workers)
    seconds, doubled, lost = _run_all(url, folder, workers, mine)
    return Measured(
        f"workers-{workers}",
        f"{workers} worker{'s'[: workers > 1]}, {size} Fireworks",
        LIMIT,
        [seconds],
        [limit_s],
        items=size,
        figures={"doubled": [float(doubled)], "lost": [float(lost)]},
        series="workers",
        size=workers,
    )


def _add(url: str, folder: Path, size: int) -> list[int]:
    """Fireworks that each write a line of their own; returns their ids."""
    with closing(LaunchPad(url, create=True)) as launchpad:
        maps = launchpad.add_documents(
            {"fws": [firework(1, script=f"echo {index} >> '{folder}/ran'")], "links": {}} for index in range(size)
        )
    return [fw_id for one in maps for fw_id in one.values()]


def _run_all(url: str, folder: Path, workers: int, fw_ids: list[int]) -> tuple[float, int, int]:
    """Seconds from the moment when all have run their first; how many Fireworks ran twice; how many are not home."""
    context = multiprocessing.get_context("spawn")  # no connection is carried over
    barrier = context.Barrier(workers + 1)
    processes = [context.Process(target=_work, args=(url, str(folder), index, barrier)) for index in range(workers)]
    for process in processes:
        process.start()
    barrier.wait(READY_S)
    start = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - start
    failed = [process.exitcode for process in processes if process.exitcode]
    if failed:
        raise SkippedError(f"{len(failed)} of {workers} workers failed")
    ran = Counter((folder / "ran").read_text().split())
    with closing(LaunchPad(url)) as launchpad:
        query = {"state": "COMPLETED", "fw_id": {"$gte": min(fw_ids), "$lte": max(fw_ids)}}
        completed = launchpad.get_fw_ids(query, count_only=True)
    return seconds, sum(times - 1 for times in ran.values()), len(fw_ids) - min(completed, len(ran))


def _work(url: str, folder: str, index: int, barrier: Barrier) -> None:
    logging.getLogger("longfuse").setLevel(logging.ERROR)
    base = os.path.join(folder, f"worker_{index}")
    os.mkdir(base)
    with closing(LaunchPad(url)) as launchpad:
        fworker = FWorker(f"worker {index}")
        rapidfire(launchpad, fworker, m_dir=base, nlaunches=FIRST)
        barrier.wait(READY_S)
        rapidfire(launchpad, fworker, m_dir=base, max_loops=1)


WORKLOADS: dict[str, Workload] = {"workers": concurrent}
