"""A soak works, and tells what grows from what does not."""

import pytest
from benchmarks.soak import Sample, growth, soaking


def samples(memory, handles) -> list[Sample]:
    return [Sample(number, memory(number), handles(number), number) for number in range(40)]


def test_flat() -> None:
    assert growth(samples(lambda n: 100 + n % 3, lambda n: 12 + n % 2)) == []


def test_what_fills_at_the_beginning_is_no_growth() -> None:
    assert growth(samples(lambda n: 100 if n < 8 else 200, lambda n: 4 if n < 8 else 30)) == []


def test_memory_that_grows() -> None:
    (found,) = growth(samples(lambda n: 100 + n, lambda _: 12))
    assert "memory grew" in found


def test_files_that_are_not_closed() -> None:
    (found,) = growth(samples(lambda _: 100, lambda n: 12 + n))
    assert "open files grew" in found


def test_nothing_is_concluded_from_little() -> None:
    (found,) = growth(samples(lambda _: 100, lambda _: 12)[:4])
    assert "only 4 samples" in found


@pytest.mark.timeout(300)
def test_the_workload_runs_and_its_records_agree(tmp_path) -> None:
    found = list(soaking(tmp_path, seconds=3, seed=1))
    assert found[-1].done > 0
    assert all(one.memory_mib > 0 and one.handles > 0 for one in found)
