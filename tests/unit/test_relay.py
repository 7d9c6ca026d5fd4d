"""How recovery shares launches out among transactions, and what a pass asks of the database and the file system."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest
from tests.watching import opened_launch_files

from longfuse import Firework, FWorker, LaunchPad, ScriptTask
from longfuse.launchdir.files import write_json
from longfuse.launchdir.final import COMPLETED, FinalRecord
from longfuse.launchdir.names import FINAL, PING
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.shell import run as shell
from longfuse.relay import BATCH, MOST_BYTES, MOST_SIGHTINGS, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from longfuse.domain.launch import Launch
    from longfuse.launchpad.launches import Reservation

    Launched = Callable[[int], tuple[LaunchPad, list[tuple[Reservation, Path]]]]


def final(taken: Reservation, stored_bytes: int) -> FinalRecord:
    moment = "2026-11-23T00:00:00.000000+00:00"
    return FinalRecord(
        launch_id=taken.launch_id,
        token=taken.token,
        attempt=1,
        state=COMPLETED,
        reason="",
        started_on=moment,
        completed_on=moment,
        host="node2",
        fwaction={"stored_data": {"text": "x" * stored_bytes}},
    )


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [
        ([10] * 3, [(3, 3)]),
        ([MOST_BYTES // 2] * 3, [(2, 3), (3, 3)]),
        ([10, MOST_BYTES, 10, 10], [(2, 4), (4, 4)]),
        ([MOST_BYTES] * 2, [(1, 2), (2, 2)]),
    ],
)
def test_big_results_are_not_in_memory_together(
    sizes: list[int], batches: list[tuple[int, int]], tmp_path: Path
) -> None:
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        pad.bulk_add_wfs([Firework(ScriptTask.from_str("true")) for _ in sizes])
        for n, size in enumerate(sizes):
            place = tmp_path / str(n)
            taken = pad.reserve(FWorker(), str(place))
            assert taken is not None
            prepare(str(place), taken.document, taken.ticket)
            write_json(str(place / FINAL), final(taken, size).to_dict())
        told: list[tuple[int, int]] = []
        recover(pad, worker=None, shell=shell, progress=lambda done, total: told.append((done, total)))
        assert told == batches
        for fw_id, size in enumerate(sizes, 1):
            (launch,) = pad.get_fw_dict_by_id(fw_id)["launches"]
            assert len(launch["action"]["stored_data"]["text"]) == size


class Cost:
    """What a pass over launches asks of the database and the file system."""

    def __init__(self, statements: list[str], opened: list[str]) -> None:
        self.reads = sum(text.startswith("SELECT") for text in statements)
        self.writes = Counter(text.split()[1] for text in statements if text.split()[0] in WRITING)
        self.transactions = statements.count("BEGIN IMMEDIATE")
        self.opened = Counter(os.path.basename(path) for path in opened)


WRITING = ("UPDATE", "INSERT", "REPLACE", "DELETE")
READS = 10
"""So many queries a transaction of recovery may ask, whatever number of launches is in it."""


def pass_over(pad: LaunchPad, statements: list[str]) -> Cost:
    statements.clear()
    with opened_launch_files() as opened:
        recover(pad, worker=None, shell=shell)
    return Cost(statements, opened)


@pytest.fixture
def launched(tmp_path: Path, statements: list[str]) -> Iterator[Launched]:
    """Makes a LaunchPad of which so many launches run, as its last pass knows."""
    with ExitStack() as stack:

        def make(size: int) -> tuple[LaunchPad, list[tuple[Reservation, Path]]]:
            url = f"sqlite:///{tmp_path}/launchpad_{size}.db"
            pad = stack.enter_context(closing(LaunchPad(url, create=True)))
            pad.bulk_add_wfs([Firework(ScriptTask.from_str("true")) for _ in range(size)])
            places = [tmp_path / str(size) / str(n) for n in range(size)]
            taken = pad.reserve_many(FWorker(), places, tokens=[f"{n:032x}" for n in range(size)])
            launches = list(zip(taken, places, strict=True))
            for one, place in launches:
                prepare(str(place), one.document, one.ticket, synced=False)
                write_json(str(place / PING), ping(one).to_dict(), synced=False)
            pass_over(pad, statements)
            return pad, launches

        yield make


def ping(taken: Reservation) -> Ping:
    moment = "2026-11-23T00:00:00.000000+00:00"
    return Ping(
        launch_id=taken.launch_id,
        token=taken.token,
        attempt=1,
        ping_time=moment,
        started_on=moment,
        host="node1",
        pid=1,
    )


def end(launches: Iterable[tuple[Reservation, Path]]) -> None:
    for one, place in launches:
        write_json(str(place / FINAL), final(one, 10).to_dict(), synced=False)


@pytest.mark.parametrize("size", [20, 200])
def test_a_pass_over_quiet_launches_asks_once_and_opens_nothing(
    launched: Launched, statements: list[str], size: int
) -> None:
    pad, _ = launched(size)
    cost = pass_over(pad, statements)
    assert (cost.reads, cost.writes, cost.transactions, cost.opened) == (1, {}, 0, {})


@pytest.mark.parametrize("size", [20, 200])
def test_launches_with_news_share_a_transaction_however_far_apart_they_are(
    launched: Launched, statements: list[str], size: int
) -> None:
    pad, launches = launched(size)
    end(launches[::10])
    cost = pass_over(pad, statements)
    assert cost.transactions == 1
    assert cost.reads <= READS + 1
    assert cost.opened == {FINAL: size // 10}


@pytest.mark.parametrize("size", [20, BATCH + 20])
def test_a_finished_launch_costs_one_file_and_one_update(launched: Launched, statements: list[str], size: int) -> None:
    pad, launches = launched(size)
    end(launches)
    cost = pass_over(pad, statements)
    batches = -(-size // BATCH)
    assert cost.transactions == batches
    assert cost.reads <= READS * batches + 1
    together = dict.fromkeys(("offline_runs", "fireworks", "workflows"), batches)  # what becomes alike
    assert cost.writes == {"launches": size, **together}
    assert cost.opened == {FINAL: size}
    assert pad.get_fw_ids({"state": "COMPLETED"}, count_only=True) == size
    assert {launch.host for launch in records_of(pad, launches)} == {"node2"}


def records_of(pad: LaunchPad, launches: Iterable[tuple[Reservation, Path]]) -> list[Launch]:
    return [pad.get_launch_by_id(one.launch_id) for one, _ in launches]


def test_a_pass_over_many_quiet_launches_tells_how_far_it_is(launched: Launched) -> None:
    size = MOST_SIGHTINGS + 1
    pad, _ = launched(size)
    told: list[tuple[int, int]] = []
    recover(pad, worker=None, shell=shell, progress=lambda done, total: told.append((done, total)))
    assert told == [(MOST_SIGHTINGS, size), (size, size)]
