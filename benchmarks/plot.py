"""Cost against size as drawings, and the table, in ``docs/performance.md``."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.databases import DATABASES, SQLITE
from benchmarks.measure import SkippedError
from benchmarks.running import SHAPES
from benchmarks.table import NAMES, markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from benchmarks.measure import Measured
    from benchmarks.results import Results

DOCS = Path(__file__).parents[1] / "docs"

INK = "#7d8590"
"""Readable on white and on black."""

COLOURS = ("#2f81f7", "#d29922", "#3fa34d", "#c4553b", "#8fbcff", "#ecc87f", "#93d19f", "#e0a595")
"""First those of the embedded database, then the same, lighter, for the other."""

DRAWINGS = (
    ("cost-against-size", SHAPES, "Fireworks in the workflow", True),
    ("workers", ("workers",), "workers", False),
)
"""File, curves, what the axis counts, and whether it shows what one costs or how many are done a second."""

BEGIN, END = "<!-- measured: written by python -m benchmarks plot -->", "<!-- end of measured -->"


def write(several: Sequence[Results], docs: Path) -> list[Path]:
    """Draw what was measured, and renew the table in ``performance.md`` there; returns what was written.

    Raises:
        SkippedError: There is no matplotlib.
    """
    written = []
    for name, series, size, cost in DRAWINGS:
        lines = {
            f"{one}, {NAMES[database]}" if database != SQLITE or not cost else one: found
            for database in DATABASES
            for one in series
            if (found := _points(several, one, database))
        }
        if lines:
            path = docs / "drawings" / f"{name}.svg"
            path.parent.mkdir(parents=True, exist_ok=True)
            _draw(path, lines, size, cost=cost)
            written.append(path)
    page = docs / "performance.md"
    if page.exists() and _renew(page, several):
        written.append(page)
    return written


def _points(several: Sequence[Results], series: str, database: str) -> list[Measured]:
    """Of the first results that have the curve."""
    curves = ([one for one in results.on(database).values() if one.series == series] for results in several)
    return sorted(next(filter(None, curves), []), key=lambda one: one.size)


def _draw(path: Path, lines: dict[str, list[Measured]], size: str, *, cost: bool) -> None:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SkippedError("plots need matplotlib: pip install 'longfuse[bench]'") from error
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    for colour, (label, points) in zip(COLOURS, lines.items(), strict=False):
        values = [
            [value * (1000 if cost else 1) for value in one.values("each_s" if cost else "per_s")] for one in points
        ]
        middle = [statistics.median(one) for one in values]
        below = [one - min(rounds) for one, rounds in zip(middle, values, strict=True)]
        above = [max(rounds) - one for one, rounds in zip(middle, values, strict=True)]
        sizes = [one.size for one in points]
        axes.errorbar(
            sizes, middle, yerr=[below, above], label=label, color=colour, marker="o", markersize=4, capsize=3
        )
    axes.set_xscale("log", base=10 if cost else 2)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(size)
    axes.set_ylabel("milliseconds each" if cost else "Fireworks a second")
    _ink(axes)
    with rc_context({"svg.hashsalt": "longfuse"}):  # with that and no date the same results make the same drawing
        figure.savefig(path, transparent=True, metadata={"Date": None})


def _ink(axes: Axes) -> None:
    axes.tick_params(which="both", colors=INK)
    for text in (axes.xaxis.label, axes.yaxis.label):
        text.set_color(INK)
    for spine in axes.spines.values():
        spine.set_color(INK)
    axes.legend(frameon=False, labelcolor=INK)


def _renew(page: Path, several: Sequence[Results]) -> bool:
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return False
    inside = "\n".join([_told(several), *markdown(several)])
    page.write_text(f"{before}{BEGIN}\n{inside}\n{END}{after}", encoding="utf-8")
    return True


def _told(several: Sequence[Results]) -> str:
    """How they were measured; the sizes of several runs are told by the rows that were measured at less."""
    about = several[0].about
    loads = [results.about["load"] for results in several]
    load = f"load {min(loads):.1f}" if len(several) == 1 else f"load {min(loads):.1f} to {max(loads):.1f}"
    machine = f"{about['machine']}, Python {about['python']}, SQLite {about['sqlite']}, {load} at the start"
    told = f"Measured on {about['measured_on'][:10]} ({machine})"
    if len(several) > 1:
        return f"{told}, in {len(several)} runs.\n"
    return f"{told}; sizes: {', '.join(f'{name} {value}' for name, value in about['scale'].items())}.\n"
