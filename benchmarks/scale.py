"""A LaunchPad of a million Fireworks, and workflows of a hundred thousand."""

from __future__ import annotations

import sys
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.children import ran
from benchmarks.databases import bare_transactions
from benchmarks.launchpad import opened
from benchmarks.measure import BIN, Measured, SkippedError, compare, environment, telling, timed
from benchmarks.workloads import Workload as Shape
from longfuse.domain.fworker import FWorker

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.measure import Scale, Workload
    from longfuse.launchpad.pad import LaunchPad

OF_ONE = 10
"""How many Fireworks each workflow of the big LaunchPad has."""

AT_ONCE = 1000
"""How many of them are added in one transaction."""

COMPLETED = 200
"""How many Fireworks of it have run, so that each query finds something."""

QUERIES: dict[str, Callable[[LaunchPad], object]] = {
    "get_fws -s": lambda pad: pad.get_fw_ids({"state": "COMPLETED"}, limit=100),
    "get_fws -n": lambda pad: pad.get_fw_ids({"name": "firework 3"}, limit=100),
    "get_fws -i": lambda pad: list(pad.get_fw_dicts([1, 2, 3])),
    "get_wflows -s": lambda pad: pad.get_wf_ids({"state": "RUNNING"}, limit=100),
    "get_wflows -n": lambda pad: pad.get_wf_ids({"name": "layered of 10"}, limit=100),
    "counts": lambda pad: pad.get_state_counts(),
}

LISTINGS = (
    ("get_fws", "-d", "count"),
    ("get_fws", "-d", "ids"),
    ("get_wflows", "-d", "ids"),
    ("get_fws", "-d", "less"),
)

PEAK = (
    "import os, subprocess, sys\n"
    "process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
    "_, status, usage = os.wait4(process.pid, 0)\n"
    "print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)\n"
)
"""Measures a command from a small process: the kernel counts what the parent had at the fork as the child's."""

CHILDREN = (10, 100, 1000)
"""Besides half of the big workflow: how many children a parent has that is completed."""


def big_launchpad(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Queries, checkouts and the memory of whole listings."""
    with opened(folder) as launchpad:
        _fill(launchpad, scale.fireworks)
        for name, query in QUERIES.items():
            yield _asked(f"big {name}", f"{name}, in {scale.fireworks} Fireworks", folder, scale, launchpad, query)
        taken = count()
        yield _asked(
            "big checkout",
            f"checkout, in {scale.fireworks} Fireworks",
            folder,
            scale,
            launchpad,
            lambda pad: pad.reserve(FWorker("benchmark"), str(folder / str(next(taken)))),
        )
        launchpad.to_file(folder / "my_launchpad.yaml")
    for words in LISTINGS:
        yield _listed(words, folder, scale)


def _fill(launchpad: LaunchPad, fireworks: int) -> None:
    told = telling("Fireworks added", fireworks)
    left = fireworks // OF_ONE
    while left > 0:
        some = min(left, AT_ONCE)
        launchpad.add_documents(Shape(shape="layered", size=OF_ONE, seed=left - n).document() for n in range(some))
        left -= some
        told(fireworks - left * OF_ONE)
    for _ in range(min(COMPLETED, fireworks // 2)):
        _complete_one(launchpad, FWorker("benchmark"))
    launchpad.tuneup()  # as PostgreSQL does by itself within a minute


def _asked(
    key: str, name: str, folder: Path, scale: Scale, launchpad: LaunchPad, query: Callable[[LaunchPad], object]
) -> Measured:
    limits = count()

    def limit(_: int) -> float:
        return bare_transactions(folder / f"{key.replace(' ', '_')}_{next(limits)}.db", 1)

    seconds = compare(lambda _: timed(lambda: query(launchpad)), limit, scale.starts)
    return Measured(key, name, "one INSERT, one transaction", *seconds)


def _listed(words: tuple[str, ...], folder: Path, scale: Scale) -> Measured:
    peaks: list[float] = []
    argv = [sys.executable, "-S", "-c", PEAK, str(BIN / "lpad"), "-s", "-l", str(folder / "my_launchpad.yaml"), *words]

    def subject(_: int) -> float:
        done: list[subprocess.CompletedProcess[str]] = []
        seconds = timed(lambda: done.append(_ran(argv, folder)))
        code, peak_kib = map(int, done[0].stdout.split())
        if code:
            raise SkippedError(f"lpad {' '.join(words)} ended with {code}: {done[0].stderr[-300:]}")
        peaks.append(peak_kib / 1024)
        return seconds

    def limit(_: int) -> float:
        return timed(lambda: _ran([sys.executable, "-c", "pass"], folder))

    seconds = compare(subject, limit, scale.long, warm=False)
    name = f"lpad {' '.join(words)}, of {scale.fireworks}"
    return Measured(f"big lpad {' '.join(words)}", name, "python -c pass", *seconds, figures={"peak MiB": peaks})


def _ran(argv: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return ran(argv, folder, environment(folder))


# --- one big workflow


def big_workflow(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Adding it in three shapes, and completing Fireworks with ever more children, and in ever longer chains."""
    for shape in ("layered", "chain", "star"):
        yield _added(shape, folder / shape, scale)
    for children in sorted({*CHILDREN, scale.workflow // 2}):
        yield _completed_parent(children, folder / f"star_{children}", scale)
    for size in sorted({min(100, scale.workflow), scale.workflow}):
        yield _completed_in_chain(size, folder / f"chain_{size}", scale)


def _added(shape: str, folder: Path, scale: Scale) -> Measured:
    document = Shape(shape=shape, size=scale.workflow).document()

    def subject(number: int) -> float:
        with opened(folder / str(number)) as launchpad:
            return timed(lambda: launchpad.add_documents([document]))

    def limit(number: int) -> float:
        return bare_transactions(folder / f"{number}.db", scale.workflow, batch=scale.workflow)

    seconds = compare(subject, limit, scale.long, warm=False)
    name = f"add a {shape} of {scale.workflow}"
    whole = {"whole s": seconds[0]}
    return Measured(f"add-{shape}", name, "INSERTs in one transaction", *seconds, items=scale.workflow, figures=whole)


def _completed_parent(children: int, folder: Path, scale: Scale) -> Measured:
    """Complete one Firework that has so many children; each round in a workflow of its own."""
    document = Shape(shape="star", size=children + 1).document()
    is_big = children > max(CHILDREN)
    with opened(folder) as launchpad:

        def subject(_: int) -> float:
            launchpad.add_documents([{**document, "fws": [_first(document["fws"][0]), *document["fws"][1:]]}])
            return _complete_one(launchpad, FWorker("benchmark", query={"name": "first"}))

        def limit(number: int) -> float:
            return bare_transactions(folder / f"{number}.db", children, batch=children)

        seconds = compare(subject, limit, scale.long if is_big else scale.rounds, warm=not is_big)
    name = f"complete one of {children} children"
    whole = {"whole s": seconds[0]}
    key = f"complete-star-{children}"
    return Measured(key, name, "INSERTs in one transaction", *seconds, items=children, figures=whole)


def _completed_in_chain(size: int, folder: Path, scale: Scale) -> Measured:
    """Complete one Firework of a chain; each round the one after the last."""
    with opened(folder) as launchpad:
        launchpad.add_documents([Shape(shape="chain", size=size).document()])
        seconds = compare(
            lambda _: _complete_one(launchpad, FWorker("benchmark")),
            lambda number: bare_transactions(folder / f"{number}.db", 1),
            min(scale.starts, size - 1),
        )
    name = f"complete one in a chain of {size}"
    return Measured(f"complete-chain-{size}", name, "one INSERT, one transaction", *seconds)


def _complete_one(launchpad: LaunchPad, fworker: FWorker) -> float:
    """Seconds to complete the next Firework of this worker."""
    _, launch_id = launchpad.checkout_fw(fworker, ".")
    assert launch_id is not None
    return timed(lambda: launchpad.complete_launch(launch_id))


def _first(firework: dict[str, object]) -> dict[str, object]:
    """By its name a worker asks for it alone: the other workflows have something READY, too."""
    return {**firework, "name": "first"}


WORKLOADS: dict[str, Workload] = {"big-launchpad": big_launchpad, "big-workflow": big_workflow}
