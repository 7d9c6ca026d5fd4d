"""What the login side does for each Firework: adding, reserving, submitting, recovering."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Measured, compare, timed
from longfuse import Firework, FWorker, LaunchPad, ScriptTask
from longfuse.domain.wire import iso, now
from longfuse.launchdir.files import write_json
from longfuse.launchdir.final import COMPLETED, FinalRecord
from longfuse.launchdir.names import FINAL, FIREWORK, PING, TICKET
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.queue import Limits, rapidfire
from longfuse.launchers.shell import run as shell
from longfuse.launchers.submission import Launcher
from longfuse.queue.adapter import Answer
from longfuse.queue.files import adapter_from_dict
from longfuse.relay import recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from longfuse.launchpad.launches import Reservation
    from longfuse.queue.adapter import Command
    from longfuse.relay import RecoveryReport

ROUNDS = 3
SIZE = 1000


# --- workloads


def adding(folder: Path, rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Workflows of one Firework, one by one."""

    def subject(number: int) -> float:
        with opened(folder / f"pad_{number}") as launchpad:
            return timed(lambda: [launchpad.add_wf(firework(index)) for index in range(size)])

    seconds = compare(subject, lambda number: bare_transactions(folder / f"bare_{number}.db", size), rounds)
    return Measured("add a workflow of 1, one by one", "one INSERT, one transaction", *seconds, items=size)


def adding_in_bulk(folder: Path, rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """The same workflows, all at once."""

    def subject(number: int) -> float:
        with opened(folder / f"pad_{number}") as launchpad:
            return timed(lambda: launchpad.bulk_add_wfs([firework(index) for index in range(size)]))

    seconds = compare(
        subject, lambda number: bare_transactions(folder / f"bare_{number}.db", size, at_once=True), rounds
    )
    return Measured("add workflows of 1, in bulk", "INSERTs in one transaction", *seconds, items=size)


def reserving(folder: Path, rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Take a Firework and write its launch directory."""

    def subject(number: int) -> float:
        with filled(folder / f"pad_{number}", size) as launchpad:
            return timed(lambda: reserved(launchpad, folder / f"launches_{number}", size))

    def limit(number: int) -> float:
        transactions = bare_transactions(folder / f"bare_{number}.db", size)
        return transactions + timed(lambda: bare_files(folder / f"files_{number}", (FIREWORK, TICKET), size))

    seconds = compare(subject, limit, rounds)
    return Measured("reserve and write a launch directory", "one transaction, two files", *seconds, items=size)


def submitting(folder: Path, rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """``qlaunch -r rapidfire`` with a Slurm that answers at once: in job arrays, so all but the batch system's part."""

    def subject(number: int) -> float:
        work = folder / f"work_{number}"
        work.mkdir()
        with filled(folder / f"pad_{number}", size) as launchpad:
            launcher = _launcher(launchpad, work)
            return timed(lambda: rapidfire(launcher, str(work), Limits(array=1000)))

    def limit(number: int) -> float:
        transactions = bare_transactions(folder / f"bare_{number}.db", size, at_once=True)
        return transactions + timed(lambda: bare_files(folder / f"files_{number}", (FIREWORK, TICKET), size))

    seconds = compare(subject, limit, rounds)
    return Measured("submit a launch, in job arrays", "INSERT, two files", *seconds, items=size)


def _launcher(launchpad: LaunchPad, folder: Path) -> Launcher:
    file = {"_fw_q_type": "SLURM", "rocket_launch": "rlaunch singleshot --offline"}
    numbers = count(1)

    def answer(command: Command) -> Answer:
        if command.argv[0] == "sbatch":
            return Answer(0, f"Submitted batch job {next(numbers)}\n")
        return Answer(0, "MaxArraySize = 1001\n" if command.argv[0] == "scontrol" else "")

    adapter = adapter_from_dict(file, "benchmark", folder)
    return Launcher(launchpad=launchpad, fworker=FWorker("benchmark"), adapter=adapter, shell=answer, reserve=True)


def recovering_finished(folder: Path, rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Launches that have all ended since the last pass."""
    return _recovering("recover a finished launch", folder, rounds, size, (PING, FINAL), passes=1)


def recovering_unchanged(folder: Path, rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Launches that run, and have said nothing new since the last pass."""
    return _recovering("recover a running launch, nothing new", folder, rounds, size, (PING,), passes=2)


def _recovering(name: str, folder: Path, rounds: int, size: int, reports: tuple[str, ...], passes: int) -> Measured:
    launches: dict[int, list[Reservation]] = {}

    def subject(number: int) -> float:
        with filled(folder / f"pad_{number}", size) as launchpad:
            found = [_pass(launchpad) for _ in range(passes)]
        seconds, report = found[-1]
        assert len(found[0][1].outcomes) == len(report.outcomes) == size, report
        return seconds

    def limit(number: int) -> float:
        with filled(folder / f"pad_{number}", size) as launchpad:
            launches[number] = reserved(launchpad, folder / f"launches_{number}", size)
        for reservation in launches[number]:
            report_of(reservation, folder / f"launches_{number}", reports)
        files = [
            str(folder / f"launches_{number}" / str(x.launch_id) / file) for x in launches[number] for file in reports
        ]
        return timed(lambda: read_all(files))

    seconds = compare(subject, limit, rounds)
    return Measured(name, f"read and parse its {len(reports)} file{'s'[: len(reports) > 1]}", *seconds, items=size)


def _pass(launchpad: LaunchPad) -> tuple[float, RecoveryReport]:
    found: list[RecoveryReport] = []
    seconds = timed(lambda: found.append(recover(launchpad, worker=None, shell=shell)))
    return seconds, found[0]


# --- LaunchPads


@contextmanager
def opened(folder: Path) -> Iterator[LaunchPad]:
    """The LaunchPad in a folder; a new one if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(LaunchPad(f"sqlite:///{folder}/launchpad.db", create=True)) as launchpad:
        yield launchpad


@contextmanager
def filled(folder: Path, size: int) -> Iterator[LaunchPad]:
    """The LaunchPad in a folder; a new one has so many workflows of one Firework."""
    new = not folder.exists() or not (folder / "launchpad.db").exists()
    with opened(folder) as launchpad:
        if new:
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


def report_of(reservation: Reservation, folder: Path, reports: tuple[str, ...]) -> None:
    """Write what a rocket would have left behind."""
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
            fwaction={"stored_data": {"energy": -1.5}},
        ),
    }
    for name in reports:
        write_json(str(folder / str(reservation.launch_id) / name), documents[name].to_dict())


# --- limits


def bare_transactions(path: Path, size: int, *, at_once: bool = False) -> float:
    """Seconds for so many rows in a table of SQLite, as durable as the LaunchPad's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, document TEXT)")
        return timed(lambda: _insert(connection, size, at_once=at_once))


def _insert(connection: sqlite3.Connection, size: int, *, at_once: bool) -> None:
    if at_once:
        connection.execute("BEGIN IMMEDIATE")
    for index in range(size):
        if not at_once:
            connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO records (document) VALUES (?)", [json.dumps(_document(index))])
        if not at_once:
            connection.execute("COMMIT")
    if at_once:
        connection.execute("COMMIT")


def _document(index: int) -> dict[str, Any]:
    return {"name": f"firework {index}", "spec": {"index": index, "payload": "x" * 100}, "state": "READY"}


def bare_files(folder: Path, names: tuple[str, ...], size: int) -> None:
    """So many directories with small files, each brought to the disk and renamed into place."""
    for index in range(size):
        launch_dir = folder / str(index)
        launch_dir.mkdir(parents=True)
        for name in names:
            _write(launch_dir / name, json.dumps(_document(index)).encode())


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(path)


def read_all(files: list[str]) -> None:
    """Read and parse files of JSON."""
    for path in files:
        with open(path, "rb") as stream:
            json.loads(stream.read())


WORKLOADS: dict[str, Callable[..., Measured]] = {
    "add": adding,
    "add-bulk": adding_in_bulk,
    "reserve": reserving,
    "submit": submitting,
    "recover": recovering_finished,
    "recover-unchanged": recovering_unchanged,
}
