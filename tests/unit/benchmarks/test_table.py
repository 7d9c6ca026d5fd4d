"""Each target says whether it was met, and by how much it was missed."""

import pytest
from benchmarks.databases import POSTGRES, SQLITE
from benchmarks.measure import Measured
from benchmarks.table import TARGETS, Target, markdown, of, plain
from benchmarks.workers import Runs

SQLITE_VERDICT, POSTGRES_VERDICT = 4, 6


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(3.0, "met"), (2.0, "met"), (3.3, "missed by 10%"), (9.0, "missed 3.0 times")],
)
def test_at_most(ratio: float, verdict: str, result) -> None:
    target = Target("what", "FireWorks", 3, "times", of("add", "ratio"))
    assert target.cells([result(ratio)])[SQLITE_VERDICT] == verdict


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(0.001, "met"), (0.0125, "missed by 25%"), (1.0, "missed 100.0 times")]
)
def test_at_least(seconds: float, verdict: str, result) -> None:
    results = result(1.0)
    results.measured["add"] = Measured("add", "adding", "bare", [seconds], [1.0])
    assert Target("what", "-", 100, "/s", of("add", "per_s"), at_least=True).cells([results])[SQLITE_VERDICT] == verdict


def test_nothing_is_allowed_means_nothing(result) -> None:
    target = Target("what", "-", 0, "", of("add", "lost"))
    assert target.cells([result(1.0, lost=[0.0])])[SQLITE_VERDICT] == "met"
    assert target.cells([result(1.0, lost=[2.0])])[SQLITE_VERDICT] == "missed by 2"


def test_what_was_not_measured_is_told(result) -> None:
    empty = result(1.0)
    empty.measured.clear()
    lines = list(plain([empty]))
    assert len(lines) == len(TARGETS) + 1
    assert all("not measured" in line for line in lines[1:])


def test_the_table_for_documents_has_one_row_a_target(result) -> None:
    lines = list(markdown([result(1.0)]))
    assert len(lines) == len(TARGETS) + 2
    assert len({line.count("|") for line in lines}) == 1


def test_a_smaller_run_says_so(result) -> None:
    target = Target("what", "-", 3, "times", of("add", "ratio"), size="items")
    assert target.cells([result(1.0, scale=50)])[SQLITE_VERDICT] == "met at 50 only, not 10,000"
    assert target.cells([result(1.0, scale=10_000)])[SQLITE_VERDICT] == "met"


def test_the_first_results_that_have_a_row_count(result) -> None:
    empty = result(1.0)
    empty.measured.clear()
    target = Target("what", "-", 3, "times", of("add", "ratio"))
    assert target.cells([empty, result(9.0), result(1.0)])[SQLITE_VERDICT] == "missed 3.0 times"


def test_each_database_has_its_column(result) -> None:
    results = result(2.0)
    results.measured["add on postgres"] = Measured("add", "adding", "bare", [9.0], [1.0], database=POSTGRES)
    cells = Target("what", "-", 3, "times", of("add", "ratio")).cells([results])
    assert (cells[SQLITE_VERDICT], cells[POSTGRES_VERDICT]) == ("met", "missed 3.0 times")


def test_a_target_of_one_database_says_nothing_of_the_other(result) -> None:
    target = Target("what", "-", 3, "times", of("add", "ratio"), databases=(SQLITE,))
    assert target.cells([result(1.0)])[POSTGRES_VERDICT] == ""


def target(what: str) -> Target:
    (found,) = (one for one in TARGETS if what in one.what)
    return found


def workers(**speeds: list[float]) -> dict[str, Measured]:
    """What ``w1``, ``w2`` and so on got done a second, round by round."""
    found = {}
    for name, each in speeds.items():
        seconds = [1 / speed for speed in each]
        count = int(name[1:])
        runs = Runs(seconds, seconds, [0.0] * len(each), [0.0] * len(each))
        found[name] = runs.measured(name, count, 1, series="workers")
    return found


def test_workers_are_compared_round_by_round_with_the_best_number_of_fewer() -> None:
    measured = workers(w1=[10, 5], w2=[20, 10], w4=[16, 30], w8=[18, 9])
    assert target("2 workers against 1").find(measured) == pytest.approx([2, 2])
    assert target("the most workers").find(measured) == pytest.approx([18 / 16, 9 / 30])  # 4 are best by their median
    assert target("the most workers").find(workers(w1=[10])) == []
    assert target("the most workers").find({}) == []


def test_who_was_doubled_or_lost_anywhere_counts() -> None:
    measured = workers(w1=[10, 5], w2=[20, 10])
    assert target("doubled or lost").find(measured) == [], "without the crowd it is not measured"
    measured["w2"].figures["lost"][1] = 1.0
    measured["crowd"] = Runs([1.0], [1.0], [2.0], [0.0]).measured("crowd", 16, 100, series="")
    assert target("doubled or lost").find(measured) == [3.0]
