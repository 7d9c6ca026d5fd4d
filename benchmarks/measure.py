"""Measuring: a subject and a limit in turns, so that what else the machine does falls on both.

The limit is the least that the machine needs for such work (an interpreter that does nothing, a bare transaction). A
ratio to it compares between machines and days; seconds do not.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BIN = Path(sys.executable).parent
"""Where the commands are that belong to this interpreter."""

PASS = (sys.executable, "-c", "pass")
"""The limit of every command: an interpreter that does nothing."""


class SkippedError(Exception):
    """This cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A subject beside its limit.

    Attributes:
        name: What was measured.
        limit: What it is compared with.
        subject_s: Seconds of each round.
        limit_s: Seconds of the limit in the same rounds.
        items: How many things one round handled.
        counts: What else was counted (modules, files opened).
    """

    name: str
    limit: str
    subject_s: list[float]
    limit_s: list[float]
    items: int = 1
    counts: dict[str, int | str] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How many times the limit the subject takes: the median of the rounds."""
        return statistics.median(self._ratios())

    @property
    def spread(self) -> float:
        """Half the range in which the middle half of the rounds lies, as a part of the ratio."""
        if len(self.subject_s) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self._ratios(), n=4, method="inclusive")
        return (high - low) / 2 / self.ratio

    def _ratios(self) -> list[float]:
        return [subject / limit for subject, limit in zip(self.subject_s, self.limit_s, strict=True)]

    def line(self) -> str:
        """One line for a person."""
        subject, limit = (statistics.median(seconds) / self.items for seconds in (self.subject_s, self.limit_s))
        counts = "".join(f", {count} {name}" for name, count in self.counts.items())
        each = " each" if self.items > 1 else ""
        return (
            f"{self.name:<52} {self.ratio:7.1f} x {self.limit:<34} ±{self.spread:4.0%}"
            f"   {_time(subject)}{each} / {_time(limit)}, {len(self.subject_s)} rounds{counts}"
        )

    def to_dict(self) -> dict[str, Any]:
        """For a file."""
        return {**asdict(self), "ratio": self.ratio, "spread": self.spread}


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def compare(
    subject: Callable[[int], float], limit: Callable[[int], float], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of both in each round; each is called with the round's number and returns its seconds.

    Round 0 warms the caches of the file system and does not count.
    """
    pairs = [(limit(number), subject(number)) for number in range(rounds + 1)][1:]
    return [seconds for _, seconds in pairs], [seconds for seconds, _ in pairs]


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

    def counts(self, numbers: Iterator[int]) -> dict[str, int | str]:
        """Modules imported, files opened, calls of stat and processes started, by it and its children."""
        log = self._run(self.argv, self.folder(next(numbers)), PYTHONPROFILEIMPORTTIME="1").stderr
        modules = {line.rsplit("|", 1)[1].strip() for line in log.splitlines() if line.startswith("import time:")}
        return {"modules": len(modules - {"imported package"}), **self._traced(self.folder(next(numbers)))}

    def _traced(self, folder: Path) -> dict[str, int | str]:
        if shutil.which("strace") is None:
            return {"files opened": "(no strace)"}
        trace = self.home / "trace"
        calls = "trace=open,openat,stat,lstat,newfstatat,statx,access,faccessat2,execve"
        try:
            self._run(["strace", "-f", "-qq", "-e", calls, "-o", str(trace), *self.argv], folder)
        except SkippedError:
            return {"files opened": "(strace may not trace here)"}
        return count_calls(trace.read_text(errors="replace"))

    def _run(self, argv: Sequence[str], folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": f"{BIN}:{os.environ.get('PATH', os.defpath)}", "HOME": str(self.home), "LANG": "C.UTF-8"}
        try:
            done = subprocess.run(argv, cwd=folder, env=environ | extra, capture_output=True, text=True, check=False)
        except OSError as error:
            raise SkippedError(f"{argv[0]}: {error.strerror}") from error
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise SkippedError(f"{Path(argv[0]).name} ended with {done.returncode}: {''.join(last)}")
        return done


def count_calls(trace: str) -> dict[str, int | str]:
    """Counts from what strace wrote."""
    calls = [match.groups() for match in _CALL.finditer(trace)]
    return {
        "files opened": sum(name.startswith("open") and result != "-1" for name, result in calls),
        "stats": sum("stat" in name or "access" in name for name, _ in calls),
        "processes": sum(name == "execve" and result == "0" for name, result in calls),
    }


_CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+).*= (-?\d+)", re.MULTILINE)
"""A call that returned: ``12 openat(...) = 3``, or ``12 <... openat resumed>...) = 3``."""


def against_pass(name: str, program: Program, rounds: int) -> Measured:
    """A command beside an interpreter that does nothing.

    Raises:
        SkippedError: It failed.
    """
    idle = Program(PASS, lambda _: program.home, program.home)
    subject_s, limit_s = compare(program.seconds, idle.seconds, rounds)
    counts = program.counts(iter((rounds + 1, rounds + 2)))
    least = idle.counts(iter((0, 0)))
    beside = {f"{what} (pass: {least[what]})": count for what, count in counts.items()}
    return Measured(name, "python -c pass", subject_s, limit_s, counts=beside)
