"""What a run measured, as a file of JSON, and two of them side by side."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Measured, Scale, from_dict, number, spread_of
from longfuse.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "results"

FORMAT = 2

LEAST_CHANGE = 0.05
"""Less than this is never marked as a change, however small the spread seems in few rounds."""


class UnreadableError(Exception):
    """A file holds no results; the message says which."""


@dataclass(slots=True)
class Results:
    """What a run measured.

    Attributes:
        about: The machine and the versions.
        measured: By key and database: `Measured.place`.
        skipped: Workloads that could not be measured, and why.
        finished: Workloads that were measured to their end; of others it may hold a part.
    """

    about: dict[str, Any]
    measured: dict[str, Measured] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)

    def on(self, database: str) -> dict[str, Measured]:
        """What was measured on one database, by key."""
        return {one.key: one for one in self.measured.values() if one.database == database}

    def keep(self, path: Path) -> None:
        """Write them to a file, in the place of what was kept there before."""
        path.parent.mkdir(parents=True, exist_ok=True)
        measured = {key: one.to_dict() for key, one in self.measured.items()}
        told = {"measured": measured, "skipped": self.skipped, "finished": self.finished}
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({"format": FORMAT, **self.about, **told}, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)


def new_file(folder: Path) -> Path:
    """Where the results of a run that begins now are kept."""
    return folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"


def resumed(path: Path, scale: Scale) -> Results:
    """What an earlier run measured before it was interrupted.

    Raises:
        UnreadableError: It cannot be read, or was measured at other sizes.
    """
    results = load(path)
    if results.about["scale"] != json.loads(json.dumps(asdict(scale))):
        raise UnreadableError(f"{path} was measured at other sizes; give the same ones to go on with it")
    return results


def about(scale: Scale) -> dict[str, Any]:
    """What a reader must know to judge the numbers."""
    return {
        "longfuse": VERSION,
        "commit": _commit(),
        "measured_on": datetime.now(UTC).isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "scale": asdict(scale),
    }


def load(path: Path) -> Results:
    """Read what `Results.keep` wrote.

    Raises:
        UnreadableError: It cannot be read, or is something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableError(f"{path} is not JSON") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UnreadableError(f"{path} holds no results of this version of the benchmarks; run them again")
    del content["format"]
    measured = {key: from_dict(one) for key, one in content.pop("measured").items()}
    skipped, finished = content.pop("skipped"), content.pop("finished", [])
    return Results(measured=measured, skipped=skipped, finished=finished, about=content)


def _commit() -> str:
    """The commit that is checked out, with a ``+`` if there are changes; empty where git cannot tell."""
    command = ["git", "describe", "--always", "--dirty=+"]
    try:
        return subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


# --- side by side


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in two results.

    Attributes:
        name: What it is.
        before: Its median in the first.
        after: Its median in the second.
        spread: Both spreads together, as a part.
    """

    name: str
    before: float
    after: float
    spread: float

    @property
    def part(self) -> float:
        """By which part it has changed."""
        if self.before:
            return self.after / self.before - 1
        return float(bool(self.after))

    @property
    def beyond_spread(self) -> bool:
        """Whether it is more than what one result differs from itself."""
        return abs(self.part) > max(self.spread, LEAST_CHANGE)

    def line(self) -> str:
        """One line for a person."""
        mark = ("slower" if self.part > 0 else "faster") if self.beyond_spread else ""
        return (
            f"{self.name:<58} {number(self.before):>9} {number(self.after):>9} {self.part:>+8.0%} ±{self.spread:4.0%}"
            f"  {mark}"
        ).rstrip()


def changes(before: Results, after: Results) -> Iterator[Change]:
    """Ratios to the machine's limit, and figures, of what both have measured: for all of them less is better."""
    for key, old in before.measured.items():
        if (new := after.measured.get(key)) is None:
            continue
        for figure in ("ratio", *old.figures):
            values = old.values(figure), new.values(figure)
            if all(values):
                first, second = map(statistics.median, values)
                name = old.title if figure == "ratio" else f"{old.title}: {figure}"
                yield Change(name, first, second, sum(map(spread_of, values)))


def side_by_side(before: Results, after: Results) -> Iterator[str]:
    """Lines for a person."""
    for letter, one in (("A", before), ("B", after)):
        told = one.about
        yield f"{letter}: longfuse {told['longfuse']} {told['commit']}, {told['measured_on'][:16]}, {told['machine']}"
    if before.about["scale"] != after.about["scale"]:
        yield "The sizes differ: what grows with the size cannot be compared."
    yield f"{'times the limit':<58} {'A':>9} {'B':>9} {'change':>8} spread"
    for change in changes(before, after):
        yield change.line()
    for letter, lacking in (
        ("A", after.measured.keys() - before.measured.keys()),
        ("B", before.measured.keys() - after.measured.keys()),
    ):
        if lacking:
            yield f"not in {letter}: {', '.join(sorted(lacking))}"
