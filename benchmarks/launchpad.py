"""What the login side does for each Firework: adding, reserving, submitting."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from benchmarks.databases import bare_transactions, current
from benchmarks.machine import bare_files
from benchmarks.measure import Measured, compare, timed
from longfuse import Firework, FWorker, LaunchPad, ScriptTask
from longfuse.domain.wire import iso, now
from longfuse.launchdir.files import write_json
from longfuse.launchdir.final import COMPLETED, FinalRecord
from longfuse.launchdir.names import FINAL, FIREWORK, PING, TICKET
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.measure import Scale, Workload
    from longfuse.launchpad.launches import Reservation

# --- workloads


def adding(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Workflows of one Firework, one by one."""
    size = scale.items

    def subject(number: int) -> float:
        with opened(folder / f"pad_{number}") as launchpad:
            return timed(lambda: [launchpad.add_wf(firework(index)) for index in range(size)])

    def limit(number: int) -> float:
        return bare_transactions(folder / f"bare_{number}.db", size, synced=False)

    seconds = compare(subject, limit, scale.rounds)
    yield Measured("add", "add a workflow of 1, one by one", "one INSERT, one transaction", *seconds, items=size)


def adding_in_bulk(folder: Path, scale: Scale) -> Iterator[Measured]:
    """The same workflows, all at once."""
    size = scale.items

    def subject(number: int) -> float:
        with opened(folder / f"pad_{number}") as launchpad:
            return timed(lambda: launchpad.bulk_add_wfs([firework(index) for index in range(size)]))

    seconds = compare(
        subject, lambda number: bare_transactions(folder / f"bare_{number}.db", size, batch=size), scale.rounds
    )
    yield Measured("add-bulk", "add workflows of 1, in bulk", "INSERTs in one transaction", *seconds, items=size)


def reserving(folder: Path, scale: Scale) -> Iterator[Measured]:
    """Take a Firework and write its launch directory."""
    size = scale.items

    def subject(number: int) -> float:
        with filled(folder / f"pad_{number}", size) as launchpad:
            return timed(lambda: reserved(launchpad, folder / f"launches_{number}", size))

    def limit(number: int) -> float:
        transactions = bare_transactions(folder / f"bare_{number}.db", size)
        return transactions + timed(lambda: bare_files(folder / f"files_{number}", (FIREWORK, TICKET), size))

    seconds = compare(subject, limit, scale.rounds)
    yield Measured(
        "reserve", "reserve and write a launch directory", "one transaction, two files", *seconds, items=size
    )


# --- LaunchPads


@contextmanager
def opened(folder: Path) -> Iterator[LaunchPad]:
    """The LaunchPad in a folder; a new one if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(LaunchPad(current().url(folder), create=True)) as launchpad:
        yield launchpad


@contextmanager
def filled(folder: Path, size: int) -> Iterator[LaunchPad]:
    """The LaunchPad in a folder; a new one has so many workflows of one Firework."""
    with opened(folder) as launchpad:
        if not launchpad.get_fw_ids(count_only=True):
            launchpad.bulk_add_wfs([firework(index) for index in range(size)])
        yield launchpad


def firework(index: int) -> Firework:
    """A small Firework."""
    return Firework(ScriptTask.from_str("true"), spec={"index": index, "payload": "x" * 100}, name=f"firework {index}")


def reserved(launchpad: LaunchPad, folder: Path, size: int) -> list[Reservation]:
    """Take so many Fireworks and write their launch directories, ``folder/<launch_id>``."""
    worker = FWorker("benchmark")
    taken = []
    for index in range(size):
        launch_dir = str(folder / str(index + 1))
        reservation = launchpad.reserve(worker, launch_dir)
        assert reservation is not None
        prepare(launch_dir, reservation.document, reservation.ticket)
        taken.append(reservation)
    return taken


def report_of(reservation: Reservation, launch_dir: Path, reports: Sequence[str], stored_bytes: int = 0) -> None:
    """Write what a rocket would have left behind; its stored data have so many bytes more than a number."""
    moment = iso(now())
    documents = {
        PING: Ping(
            launch_id=reservation.launch_id,
            token=reservation.token,
            attempt=1,
            ping_time=moment,
            started_on=moment,
            host="node1",
            pid=1,
        ),
        FINAL: FinalRecord(
            launch_id=reservation.launch_id,
            token=reservation.token,
            attempt=1,
            state=COMPLETED,
            reason="",
            started_on=moment,
            completed_on=moment,
            host="node1",
            fwaction={"stored_data": {"energy": -1.5, **({"text": "x" * stored_bytes} if stored_bytes else {})}},
        ),
    }
    for name in reports:
        write_json(str(launch_dir / name), documents[name].to_dict(), synced=False)


WORKLOADS: dict[str, Workload] = {
    "add": adding,
    "add-bulk": adding_in_bulk,
    "reserve": reserving,
}
