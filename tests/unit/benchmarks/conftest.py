from collections.abc import Callable

import pytest
from benchmarks.measure import Measured
from benchmarks.results import Results


@pytest.fixture
def result() -> Callable[..., Results]:
    """Results of one workload ``add`` with these ratios in its rounds."""

    def make(*ratios: float, scale: int = 1, **figures: list[float]) -> Results:
        one = Measured("add", "adding", "bare", list(ratios), [1.0] * len(ratios), figures=figures)
        told = {"longfuse": "0", "commit": "c", "measured_on": "2026-01-01T00:00:00", "machine": "m"}
        about = {**told, "python": "3", "sqlite": "3", "load": 0.0, "scale": {"items": scale}}
        return Results(about, {"add": one})

    return make
