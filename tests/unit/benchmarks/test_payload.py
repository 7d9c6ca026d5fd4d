"""What payloads cost can be measured: each workload gives a point for each size."""

from pathlib import Path

import pytest
from benchmarks.measure import Scale
from benchmarks.payload import WORKLOADS


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_point_for_each_size(name: str, tmp_path: Path) -> None:
    points = list(WORKLOADS[name](tmp_path, Scale(rounds=1, payloads=(1000, 8_000_000))))
    assert [(one.series, one.size, one.items) for one in points] == [(name, 1000, 20), (name, 8_000_000, 2)]
    assert all(one.ratio > 0 for one in points)
