"""How recovery shares launches out among transactions."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from longfuse import Firework, FWorker, LaunchPad, ScriptTask
from longfuse.launchdir.files import write_json
from longfuse.launchdir.final import COMPLETED, FinalRecord
from longfuse.launchdir.names import FINAL
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.shell import run as shell
from longfuse.relay import MOST_BYTES, recover

if TYPE_CHECKING:
    from pathlib import Path

    from longfuse.launchpad.launches import Reservation


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
