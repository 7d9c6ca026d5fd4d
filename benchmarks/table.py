"""The table of targets: what FireWorks needs, what Longfuse shall need, what it needs."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.databases import DATABASES, POSTGRES, SQLITE
from benchmarks.measure import FULL, number, spread_of
from benchmarks.running import flatness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from benchmarks.measure import Measured
    from benchmarks.results import Results

    Find = Callable[[dict[str, Measured]], list[float]]


@dataclass(frozen=True, slots=True)
class Target:
    """One row.

    Attributes:
        what: The figure.
        fireworks: What FireWorks needs, as measured.
        bound: What Longfuse shall reach.
        unit: Of both.
        find: Finds the values in what was measured; none if it was not.
        at_least: More is better.
        size: The field of `Scale` that says at which size; a smaller run cannot show that the target is met.
        databases: For which databases it is a target.
    """

    what: str
    fireworks: str
    bound: float
    unit: str
    find: Find
    at_least: bool = False
    size: str = ""
    databases: tuple[str, ...] = DATABASES

    def cells(self, several: Sequence[Results]) -> tuple[str, ...]:
        """What, FireWorks, target; then for each database: measured with spread, verdict."""
        target = f"{'≥' if self.at_least else '≤'} {number(self.bound)} {self.unit}".rstrip()
        told = (cell for database in DATABASES for cell in self._measured(several, database))
        return self.what, self.fireworks, target, *told

    def _measured(self, several: Sequence[Results], database: str) -> tuple[str, str]:
        """Of the first results that have it."""
        if database not in self.databases:
            return "", ""
        found = [(values, one.about["scale"]) for one in several if (values := self.find(one.on(database)))]
        if not found:
            return "-", "not measured"
        values, sizes = found[0]
        middle = statistics.median(values)
        told = f"{number(middle)} {self.unit}".rstrip() + (f" ±{spread_of(values):.0%}" if len(values) > 1 else "")
        return told, self.verdict(middle) + self._smaller(sizes)

    def _smaller(self, sizes: dict[str, Any]) -> str:
        """Tells that it was measured at less than the table's size."""
        if not self.size:
            return ""
        asked, had = (_most(one) for one in (getattr(FULL, self.size), sizes.get(self.size, 0)))
        return f" at {number(had)} only, not {number(asked)}" if had < asked else ""

    def verdict(self, value: float) -> str:
        """Met, or missed by how much."""
        if value >= self.bound if self.at_least else value <= self.bound:
            return "met"
        if not self.bound or not value:
            return f"missed by {number(abs(value - self.bound))}"
        times = self.bound / value if self.at_least else value / self.bound
        return f"missed by {times - 1:.0%}" if times < 2 else f"missed {times:.1f} times"


def _most(size: int | Sequence[int]) -> int:
    return size if isinstance(size, int) else max(size)


def of(key: str, figure: str) -> Find:
    """A figure of what has this key."""
    return lambda measured: measured[key].values(figure) if key in measured else []


def _milliseconds(key: str) -> Find:
    return lambda measured: [1000 * value for value in of(key, "each_s")(measured)]


def _flat(shape: str) -> Find:
    return lambda measured: flatness(measured, shape)


def _slowest_at(shape: str) -> Find:
    """Rockets a second in the biggest workflow of a shape."""

    def find(measured: dict[str, Measured]) -> list[float]:
        points = [one for one in measured.values() if one.series == shape]
        return max(points, key=lambda one: one.size).values("per_s") if points else []

    return find


def _peak(measured: dict[str, Measured]) -> list[float]:
    peaks = [value for one in measured.values() for value in one.values("peak MiB")]
    return [max(peaks)] if peaks else []


def _whole(key: str) -> Find:
    return of(key, "whole s")


def _per_child(measured: dict[str, Measured]) -> list[float]:
    """How much dearer a child is among the most children than among a hundred."""
    points = {one.items: one for key, one in measured.items() if key.startswith("complete-star-")}
    if 100 not in points or max(points) == 100:
        return []
    return [points[max(points)].each_s / points[100].each_s]


def _in_chain(measured: dict[str, Measured]) -> list[float]:
    points = sorted(
        (int(key.rsplit("-", 1)[1]), one) for key, one in measured.items() if key.startswith("complete-chain")
    )
    return [points[-1][1].each_s / points[0][1].each_s] if len(points) > 1 else []


def _biggest_star(measured: dict[str, Measured]) -> list[float]:
    points = [one for key, one in measured.items() if key.startswith("complete-star-")]
    return max(points, key=lambda one: one.items).values("whole s") if points else []


def _wrong(measured: dict[str, Measured]) -> list[float]:
    """Fireworks that were doubled or lost in the crowd, and by fewer workers beside it."""
    if "crowd" not in measured:
        return []
    runs = [measured["crowd"], *_workers(measured)]
    return [sum(sum(one.figures["doubled"] + one.figures["lost"]) for one in runs)]


def _kept_up(measured: dict[str, Measured]) -> list[float]:
    """Throughput of the most workers against the best number of fewer, round by round."""
    *fewer, most = _workers(measured) or [None]
    return _times(most, min(fewer, key=lambda one: one.each_s)) if fewer and most else []


def _gain(measured: dict[str, Measured]) -> list[float]:
    """Throughput of two workers against one, round by round."""
    runs = {one.size: one for one in _workers(measured)}
    return _times(runs[2], runs[1]) if {1, 2} <= runs.keys() else []


def _times(one: Measured, other: Measured) -> list[float]:
    return [mine / its for mine, its in zip(one.values("per_s"), other.values("per_s"), strict=True)]


def _workers(measured: dict[str, Measured]) -> list[Measured]:
    """What ever more workers did, the fewest first."""
    return sorted((one for one in measured.values() if one.series == "workers"), key=lambda one: one.size)


def _query(name: str) -> Target:
    return Target(f"{name}, 1 000 000 Fireworks", "-", 50, "ms", _milliseconds(f"big {name}"), size="fireworks")


TARGETS = (
    *(
        Target(what, fireworks, bound, unit, of(key, figure), databases=(SQLITE,))
        for what, fireworks, bound, unit, key, figure in (
            ("`rlaunch singleshot --offline`, against `python -c pass`", "38", 3.5, "times", "rlaunch", "ratio"),
            ("… files opened above it", "908", 100, "", "rlaunch", "files opened above pass"),
            ("`lpad -h`", "27", 5, "times", "lpad-help", "ratio"),
        )
    ),
    Target("`lpad get_fws -d count`", "66", 30, "times", of("lpad-count", "ratio")),
    Target("add workflows one by one", "717 /s", 3000, "/s", of("add", "per_s"), at_least=True, databases=(SQLITE,)),
    Target("run a function online, workflows of 1", "80 /s", 500, "/s", of("run", "per_s"), at_least=True),
    Target("run a script online, workflows of 1", "-", 500, "/s", of("run-script", "per_s"), at_least=True),
    *(
        row
        for shape, speed in (("bag", "20 /s"), ("chain", "13 /s"), ("diamond", "11 /s"))
        for row in (
            Target(f"… inside the biggest {shape}", speed, 500, "/s", _slowest_at(shape), at_least=True, size="curve"),
            Target(f"… cost there, against the smallest {shape}", "grows", 1.2, "times", _flat(shape), size="curve"),
        )
    ),
    Target(
        "recover finished launches, against raw reading",
        "130 s for 5000",
        3,
        "times",
        of("recover", "ratio"),
        size="items",
    ),
    Target(
        "a pass over running ones, 100 changes",
        "44 s for 5000",
        0.5,
        "s of CPU",
        of("recover-changed", "CPU s"),
        size="items",
    ),
    Target(
        "… unchanged files opened in it", "all", 0, "", of("recover-changed", "unchanged files opened"), size="items"
    ),
    Target("reserve, write, submit, against raw files", "5 s each", 3, "times", of("submit", "ratio"), size="items"),
    Target("… in job arrays", "-", 3, "times", of("submit-arrays", "ratio"), size="items"),
    *map(_query, ("get_fws -s", "get_fws -n", "get_fws -i", "get_wflows -s", "get_wflows -n", "counts")),
    Target("checkout, 1 000 000 Fireworks", "-", 5, "ms", _milliseconds("big checkout"), size="fireworks"),
    Target("memory of `lpad`, whole listings", "-", 200, "MiB", _peak, size="fireworks"),
    *(
        Target(f"add {shape} of 100 000", "minutes", 10, "s", _whole(f"add-{shape}"), size="workflow")
        for shape in ("layered", "chain", "star")
    ),
    Target("complete the parent of 50 000", "minutes", 10, "s", _biggest_star, size="workflow"),
    Target("… each child, against one of 100", "grows", 1.2, "times", _per_child, size="workflow"),
    Target(
        "complete one in the longest chain, against the shortest",
        "recursion error",
        1.2,
        "times",
        _in_chain,
        size="workflow",
    ),
    Target("doubled or lost with workers", "-", 0, "", _wrong, size="crowd"),
    Target("… 2 workers against 1", "-", 1.0, "times", _gain, at_least=True),
    Target("… the most workers against the best", "-", 0.9, "times", _kept_up, at_least=True, size="workers"),
)
"""Where the target says seconds, ten are allowed. A throughput within a tenth of the best has not fallen."""

NAMES = {SQLITE: "SQLite", POSTGRES: "PostgreSQL"}

HEAD = ("figure", "FireWorks", "target", *(cell for one in DATABASES for cell in (NAMES[one], "")))


def rows(several: Sequence[Results]) -> Iterator[tuple[str, ...]]:
    """The table's cells."""
    yield HEAD
    for target in TARGETS:
        yield target.cells(several)


def plain(several: Sequence[Results]) -> Iterator[str]:
    """The table for a terminal."""
    cells = [tuple(cell.replace("`", "") for cell in row) for row in rows(several)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def markdown(several: Sequence[Results]) -> Iterator[str]:
    """The table for a document."""
    head, *body = rows(several)
    for row in (head, tuple("---" for _ in head), *body):
        yield f"| {' | '.join(row)} |"
