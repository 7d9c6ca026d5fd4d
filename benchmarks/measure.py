"""Measuring: a subject and a limit in turns, so that what else the machine does falls on both.

The limit is the least that the machine needs for such work (an interpreter that does nothing, a bare transaction). A
ratio to it compares between machines and days; seconds do not.
"""

from __future__ import annotations

import cProfile
import os
import re
import shutil
import statistics
import sys
import time
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.children import ran
from benchmarks.interrupts import check

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Sequence

    Workload = Callable[[Path, "Scale"], Iterator["Measured"]]

BIN = Path(sys.executable).parent
"""Where the commands are that belong to this interpreter."""

PASS = (sys.executable, "-c", "pass")
"""The limit of every command: an interpreter that does nothing."""


BEGAN = time.monotonic()
"""When this program began."""

TELL_S = 20.0
"""How often long work tells how far it is."""

PROFILER: ContextVar[cProfile.Profile | None] = ContextVar("PROFILER", default=None)
"""Watches the subjects, not the limits and not what prepares them."""


class SkippedError(Exception):
    """This cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured.

    Attributes:
        rounds: How often each is measured, beside its limit.
        starts: The same for what takes a fraction of a second.
        long: The same for what takes a minute.
        items: How many Fireworks or launches are added, reserved, submitted, recovered.
        changes: How many of the running launches have something new.
        curve: Sizes of the workflows in which rockets are flown.
        rockets: How many rockets are flown in each round, in workflows of one and of each size.
        fireworks: How many Fireworks the big LaunchPad has.
        workflow: How many Fireworks the big workflow has.
        workers: Numbers of concurrent workers.
        concurrent: How many Fireworks each number of workers runs together, to be compared.
        crowd: How many the greatest number of workers runs, to lose none of them.
        payloads: How many bytes specs and stored data have where what they cost is measured.
    """

    rounds: int = 3
    starts: int = 15
    long: int = 1
    items: int = 1000
    changes: int = 100
    curve: tuple[int, ...] = (100, 1000, 10_000)
    rockets: int = 100
    fireworks: int = 50_000
    workflow: int = 10_000
    workers: tuple[int, ...] = (1, 2, 4, 8, 16)
    concurrent: int = 200
    crowd: int = 200
    payloads: tuple[int, ...] = (1000, 100_000, 10_000_000)


FULL = Scale(
    items=10_000,
    curve=(100, 1000, 10_000, 100_000),
    rockets=1000,
    fireworks=1_000_000,
    workflow=100_000,
    concurrent=2400,
    crowd=100_000,
)
"""Everything in the table of ``docs/performance.md``, at its size."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A subject beside its limit.

    Attributes:
        key: By which tables and comparisons find it.
        name: What was measured.
        limit: What it is compared with.
        subject_s: Seconds of each round.
        limit_s: Seconds of the limit in the same rounds.
        items: How many things one round handled.
        figures: What else was measured or counted, by name; one value a round, or one.
        series: Which curve this is a point of, or empty.
        size: Where on the curve.
        database: In which database the LaunchPad was.
    """

    key: str
    name: str
    limit: str
    subject_s: list[float]
    limit_s: list[float]
    items: int = 1
    figures: dict[str, list[float]] = field(default_factory=dict)
    series: str = ""
    size: int = 0
    database: str = "sqlite"

    @property
    def title(self) -> str:
        """The name, with the database if that is not the embedded one."""
        return self.name if self.database == "sqlite" else f"{self.name}, {self.database}"

    @property
    def place(self) -> str:
        """The key among the results of all databases."""
        return self.key if self.database == "sqlite" else f"{self.key} on {self.database}"

    @property
    def ratio(self) -> float:
        """How many times the limit the subject takes: the median of the rounds."""
        return statistics.median(self._ratios())

    @property
    def spread(self) -> float:
        """Half the range in which the middle half of the ratios lies, as a part of their median."""
        return spread_of(self._ratios())

    @property
    def each_s(self) -> float:
        """Seconds for one thing: the median of the rounds."""
        return statistics.median(self.subject_s) / self.items

    def values(self, figure: str) -> list[float]:
        """A figure in each round: ``ratio``, ``each_s``, ``per_s``, or one of `figures`; empty if not measured."""
        match figure:
            case "ratio":
                return self._ratios()
            case "each_s":
                return [seconds / self.items for seconds in self.subject_s]
            case "per_s":
                return [self.items / seconds for seconds in self.subject_s]
            case _:
                return self.figures.get(figure, [])

    def _ratios(self) -> list[float]:
        return [subject / limit for subject, limit in zip(self.subject_s, self.limit_s, strict=True)]

    def line(self) -> str:
        """One line for a person."""
        limit = statistics.median(self.limit_s) / self.items
        figures = "".join(f", {name} {number(statistics.median(one))}" for name, one in self.figures.items())
        each = " each" if self.items > 1 else ""
        return (
            f"{self.title:<52} {self.ratio:7.1f} x {self.limit:<34} ±{self.spread:4.0%}"
            f"   {duration(self.each_s)}{each} / {duration(limit)}, {len(self.subject_s)} rounds{figures}"
        )

    def to_dict(self) -> dict[str, Any]:
        """For a file."""
        return {**asdict(self), "ratio": self.ratio, "spread": self.spread}


def spread_of(values: Sequence[float]) -> float:
    """Half the range in which the middle half of the values lies, as a part of their median."""
    middle = statistics.median(values)
    if len(values) < 2 or not middle:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle


def from_dict(document: dict[str, Any]) -> Measured:
    """What `Measured.to_dict` wrote."""
    names = {one.name for one in fields(Measured)}
    return Measured(**{name: value for name, value in document.items() if name in names})


def duration(seconds: float) -> str:
    """Seconds for a person."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def number(value: float) -> str:
    """A number for a person: three digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def compare(
    subject: Callable[[int], float], limit: Callable[[int], float], rounds: int, *, warm: bool = True
) -> tuple[list[float], list[float]]:
    """Seconds of both in each round; each is called with the round's number and returns its seconds.

    Round 0 warms the caches of the file system and does not count; what takes long needs none.
    """
    watch = PROFILER.get() or nullcontext()

    def watched(number: int) -> float:
        with watch:
            return subject(number)

    pairs = []
    for number in range(0 if warm else 1, rounds + 1):
        pairs.append((limit(number), watched(number)))
        check()
    return [seconds for _, seconds in pairs[warm:]], [seconds for seconds, _ in pairs[warm:]]


def tell(text: str) -> None:
    """A line for who waits, with the time since the run began."""
    minutes, seconds = divmod(int(time.monotonic() - BEGAN), 60)
    print(f"[{minutes:3}:{seconds:02}] {text}", flush=True)


def telling(what: str, total: int) -> Callable[[int], None]:
    """To be told how many are done; passes it on now and then."""
    last = time.monotonic()

    def told(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_S:
            last = time.monotonic()
            tell(f"  {done} of {total} {what}")

    return told


def timed(action: Callable[[], object]) -> float:
    """Seconds that it takes, in this process."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


# --- whole processes


@dataclass(frozen=True, slots=True)
class Program:
    """A command as a user types it, in a folder.

    Attributes:
        argv: The command line.
        folder: Where it runs; called with the round's number, because some runs use up their folder.
        home: The user's home, so that nobody's settings are read.
    """

    argv: Sequence[str]
    folder: Callable[[int], Path]
    home: Path

    def seconds(self, number: int) -> float:
        """Wall time from start to end.

        Raises:
            SkippedError: It failed.
        """
        folder = self.folder(number)
        start = time.perf_counter()
        self._run(self.argv, folder)
        return time.perf_counter() - start

    def counts(self, numbers: Iterator[int]) -> dict[str, int]:
        """Modules imported, files opened, calls of stat and processes started, by it and its children."""
        log = self._run(self.argv, self.folder(next(numbers)), PYTHONPROFILEIMPORTTIME="1").stderr
        modules = {line.rsplit("|", 1)[1].strip() for line in log.splitlines() if line.startswith("import time:")}
        return {"modules": len(modules - {"imported package"}), **self._traced(self.folder(next(numbers)))}

    def _traced(self, folder: Path) -> dict[str, int]:
        """Empty where there is no strace, or it may not trace."""
        if shutil.which("strace") is None:
            return {}
        trace = self.home / "trace"
        calls = "trace=open,openat,stat,lstat,newfstatat,statx,access,faccessat2,execve"
        try:
            self._run(["strace", "-f", "-qq", "-e", calls, "-o", str(trace), *self.argv], folder)
        except SkippedError:
            return {}
        return count_calls(trace.read_text(errors="replace"))

    def _run(self, argv: Sequence[str], folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
        try:
            done = ran(argv, folder, environment(self.home) | extra)
        except OSError as error:
            raise SkippedError(f"{argv[0]}: {error.strerror}") from error
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise SkippedError(f"{Path(argv[0]).name} ended with {done.returncode}: {''.join(last)}")
        return done


def environment(home: Path, *first: Path) -> dict[str, str]:
    """A user's with nothing of ours in it: these folders of programs, then the commands beside this interpreter.

    PYTHONPATH stays, so that a copy of Longfuse that is not installed can be measured.
    """
    path = ":".join([*map(str, first), str(BIN), os.environ.get("PATH", os.defpath)])
    kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", **kept}


def count_calls(trace: str) -> dict[str, int]:
    """Counts from what strace wrote."""
    calls = [match.groups() for match in _CALL.finditer(trace)]
    return {
        "files opened": sum(name.startswith("open") and result != "-1" for name, result in calls),
        "stats": sum("stat" in name or "access" in name for name, _ in calls),
        "processes": sum(name == "execve" and result == "0" for name, result in calls),
    }


_CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+).*= (-?\d+)", re.MULTILINE)
"""A call that returned: ``12 openat(...) = 3``, or ``12 <... openat resumed>...) = 3``."""


def against_pass(key: str, name: str, program: Program, rounds: int) -> Measured:
    """A command beside an interpreter that does nothing.

    Raises:
        SkippedError: It failed.
    """
    idle = Program(PASS, lambda _: program.home, program.home)
    subject_s, limit_s = compare(program.seconds, idle.seconds, rounds)
    counts = program.counts(iter((rounds + 1, rounds + 2)))
    least = idle.counts(iter((0, 0)))
    above = {f"{what} above pass": [float(count - least[what])] for what, count in counts.items() if what in least}
    return Measured(key, name, "python -c pass", subject_s, limit_s, figures=above)
