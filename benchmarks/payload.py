"""What specs and results of 1 kB to 10 MB cost: added, run online, recovered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.databases import bare_transactions
from benchmarks.launchpad import opened, report_of, reserved
from benchmarks.machine import bare_files, bare_forks, read_all
from benchmarks.measure import Measured, compare, timed
from benchmarks.running import fly
from benchmarks.workloads import Workload as Shape
from longfuse import Firework, PyTask
from longfuse.launchdir.names import FINAL, FIREWORK, PING
from longfuse.launchers.shell import run as shell
from longfuse.relay import recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.measure import Scale, Workload

MOST = 20
"""How many Fireworks of the smallest payloads make a round."""

IN_ALL = 20_000_000
"""About how many bytes make a round of the bigger ones."""


def adding(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Workflows of one Firework with a big spec, one by one."""
    for size in scale.payloads:
        yield _adding(folder / str(size), scale, size)


def _adding(folder: Path, scale: Scale, size: int) -> Measured:
    count = _count(size)

    def subject(number: int) -> float:
        documents = [Shape(shape="bag", size=1, payload_bytes=size).document() for _ in range(count)]
        with opened(folder / f"pad_{number}") as launchpad:
            return timed(lambda: [launchpad.add_documents([document]) for document in documents])

    def limit(number: int) -> float:
        return bare_transactions(folder / f"bare_{number}.db", count, payload_bytes=size, synced=False)

    seconds = compare(subject, limit, scale.rounds)
    return _measured("add", "add a workflow", "one INSERT of it, one transaction", seconds, count, size)


def running(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Rockets online, each with such a spec and such stored data."""
    for size in scale.payloads:
        yield _running(folder / str(size), scale, size)


def _running(folder: Path, scale: Scale, size: int) -> Measured:
    count = _count(size)

    def subject(number: int) -> float:
        with opened(folder / f"pad_{number}") as launchpad:
            task = PyTask(func="operator.mul", args=["x", size], stored_data_varname="text")
            launchpad.bulk_add_wfs([Firework(task, spec={"payload": "x" * size}) for _ in range(count)])
            seconds = fly(launchpad, folder / f"rockets_{number}", count)
            assert launchpad.get_fw_ids({"state": "COMPLETED"}, count_only=True) == count
        return seconds

    def limit(number: int) -> float:
        place = folder / f"files_{number}"
        transactions = bare_transactions(folder / f"bare_{number}.db", count, payload_bytes=size, synced=False)
        return transactions + timed(lambda: (bare_files(place, (FIREWORK, FINAL), count, size), bare_forks(count)))

    seconds = compare(subject, limit, scale.rounds)
    return _measured("run", "run a Firework online", "a fork, two files, a transaction", seconds, count, size)


def recovering(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Launches that ended with such stored data."""
    for size in scale.payloads:
        yield _recovering(folder / str(size), scale, size)


def _recovering(folder: Path, scale: Scale, size: int) -> Measured:
    count = _count(size)

    def subject(number: int) -> float:
        with opened(folder / f"pad_{number}") as launchpad:
            launchpad.add_documents([Shape(shape="bag", size=count).document()])
            launches = folder / f"launches_{number}"
            for one in reserved(launchpad, launches, count):
                report_of(one, launches / str(one.launch_id), (PING, FINAL), stored_bytes=size)
            seconds = timed(lambda: recover(launchpad, worker=None, shell=shell))
            assert launchpad.get_fw_ids({"state": "COMPLETED"}, count_only=True) == count
        return seconds

    def limit(number: int) -> float:
        place = folder / f"files_{number}"
        bare_files(place, (FINAL,), count, size)
        transactions = bare_transactions(folder / f"bare_{number}.db", count, batch=count, payload_bytes=size)
        return transactions + timed(lambda: read_all([str(place / str(n) / FINAL) for n in range(count)]))

    seconds = compare(subject, limit, scale.rounds)
    return _measured("recover", "recover a launch", "read, parse, one transaction", seconds, count, size)


def _count(size: int) -> int:
    return max(1, min(MOST, IN_ALL // size))


def _measured(
    key: str, name: str, limit: str, seconds: tuple[list[float], list[float]], count: int, size: int
) -> Measured:
    told = f"{name}, payload of {size:,} bytes"
    return Measured(f"payload-{key}-{size}", told, limit, *seconds, items=count, series=f"payload-{key}", size=size)


WORKLOADS: dict[str, Workload] = {"payload-add": adding, "payload-run": running, "payload-recover": recovering}
