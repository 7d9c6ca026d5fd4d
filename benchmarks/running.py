"""Rockets that fly online, one after another in one process: in workflows of one, and inside ever bigger ones."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.databases import bare_transactions
from benchmarks.interrupts import pass_on, quiet_when_interrupted
from benchmarks.launchpad import opened
from benchmarks.machine import bare_files, bare_shells
from benchmarks.measure import Measured, compare, timed
from benchmarks.workloads import FUNCTION, SCRIPT, firework
from benchmarks.workloads import Workload as Shape
from longfuse.launchdir.names import FINAL, FIREWORK, TICKET, claim_name
from longfuse.launchers.rockets import rapidfire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Any

    from benchmarks.measure import Scale, Workload
    from longfuse.launchers.rockets import Flight
    from longfuse.launchpad.pad import LaunchPad

SHAPES = ("bag", "chain", "diamond", "layered")

FILES = (FIREWORK, TICKET, claim_name(1), FINAL)
"""What a launch leaves behind."""

LIMIT = "a transaction, four files"
"""One process runs all tasks, and files are not synced: what is synced is the transaction, which ends one and takes the
next."""

LIMIT_WITH_SHELL = f"{LIMIT}, a shell"
"""The same with a ScriptTask."""


def alone(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Workflows of one Firework."""
    for key, name, task in (("run", "a function", FUNCTION), ("run-script", "a script", SCRIPT)):
        names = (f"alone {n}" for n in range(_rockets(scale)))
        documents = [{"fws": [firework(1, task=task)], "links": {}, "name": each} for each in names]
        yield _flying(key, f"run {name}, workflows of 1", folder / key, scale, documents, shell=task is SCRIPT)


def inside(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Some rockets inside a workflow of each shape and size; inside several, where one has not so many Fireworks."""
    for shape in SHAPES:
        for size in scale.curve:
            name = f"run a function inside a {shape} of {size}"
            document = Shape(shape=shape, size=size).document(FUNCTION)
            documents = [document] * -(-_rockets(scale) // size)
            one = _flying(f"run-{shape}-{size}", name, folder / f"{shape}_{size}", scale, documents)
            yield replace(one, series=shape, size=size)


def _rockets(scale: Scale) -> int:
    """How many fly in all rounds, and in the one before them."""
    return scale.rockets * (scale.rounds + 1)


def _flying(
    key: str,
    name: str,
    folder: Path,
    scale: Scale,
    documents: Iterable[dict[str, Any]],
    *,
    shell: bool = False,
) -> Measured:
    """The same LaunchPad serves all rounds, as long as it has something READY."""
    with opened(folder) as launchpad:
        launchpad.add_documents(documents)

        def subject(number: int) -> float:
            return fly(launchpad, folder / f"rockets_{number}", scale.rockets)

        def limit(number: int) -> float:
            return limit_of(folder / f"limit_{number}", scale.rockets, shell=shell)

        seconds = compare(subject, limit, scale.rounds)
    return Measured(key, name, LIMIT_WITH_SHELL if shell else LIMIT, *seconds, items=scale.rockets)


def fly(launchpad: LaunchPad, folder: Path, count: int) -> float:
    """Seconds that so many rockets need, one after another."""
    folder.mkdir(parents=True)
    flights: list[Flight] = []
    with quiet_when_interrupted():
        seconds = timed(lambda: flights.extend(rapidfire(launchpad, m_dir=str(folder), nlaunches=count)))
        pass_on(flights)
    assert len(flights) == count, f"only {len(flights)} of {count} rockets flew"
    return seconds


def limit_of(folder: Path, count: int, *, shell: bool) -> float:
    """Seconds that so many rockets need at the least, one after another."""
    seconds = bare_transactions(folder / "bare.db", count, synced=False)
    seconds += timed(lambda: bare_files(folder / "files", FILES, count, synced=False))
    return seconds + (timed(lambda: bare_shells(count)) if shell else 0.0)


def flatness(measured: dict[str, Measured], shape: str) -> list[float]:
    """The cost in the biggest workflow against that in the smallest, each against its limit, as one value."""
    points = sorted((one for one in measured.values() if one.series == shape), key=lambda one: one.size)
    if len(points) < 2:
        return []
    ratios = [statistics.median(one.values("ratio")) for one in points]
    return [ratios[-1] / ratios[0]]


WORKLOADS: dict[str, Workload] = {"run": alone, "run-inside": inside}
