"""``python -m benchmarks``: one line for each workload, and all of it as JSON under ``benchmarks/results/``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import launchpad, starting
from benchmarks.measure import Measured, SkippedError
from longfuse.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results"

WORKLOADS: dict[str, Callable[..., Measured]] = {
    "rlaunch": starting.rlaunch_offline,
    "lpad-help": starting.lpad_help,
    "lpad-count": starting.lpad_count,
    **launchpad.WORKLOADS,
}
SIZED = frozenset(launchpad.WORKLOADS)


def main() -> int:
    """Measure what was asked for; 1 if something could not be measured."""
    options = _options()
    print(f"longfuse {VERSION}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {_machine()}")
    measured: dict[str, Measured] = {}
    skipped: dict[str, str] = {}
    for name in options.workloads or WORKLOADS:
        try:
            measured[name] = _measure(name, options)
        except SkippedError as reason:
            skipped[name] = str(reason)
            print(f"{name}: not measured: {reason}")
        else:
            print(measured[name].line(), flush=True)
    print(f"written: {_keep(options.results, measured, skipped)}")
    return 1 if skipped else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)}; default: all")
    parser.add_argument("--rounds", type=int, help="how often each is measured, beside its limit")
    parser.add_argument("--folder", type=Path, help="where it works: its file system is measured; default: TMPDIR")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON is kept")
    parser.add_argument("--size", type=int, default=launchpad.SIZE, help="how many Fireworks a workload handles")
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"unknown workload {unknown[0]}; known are {', '.join(WORKLOADS)}")
    return options


def _measure(name: str, options: argparse.Namespace) -> Measured:
    workload = WORKLOADS[name]
    if options.rounds:
        workload = partial(workload, rounds=options.rounds)
    if name in SIZED:
        workload = partial(workload, size=options.size)
    with tempfile.TemporaryDirectory(prefix="longfuse-bench-", dir=options.folder) as folder:
        return workload(Path(folder))


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def _commit() -> str:
    """The commit that is checked out, with a ``+`` if there are changes; empty where git cannot tell."""
    command = ["git", "describe", "--always", "--dirty=+"]
    try:
        return subprocess.run(command, cwd=RESULTS.parent, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _keep(folder: Path, measured: dict[str, Measured], skipped: dict[str, str]) -> Path:
    now = datetime.now(UTC)
    content: dict[str, Any] = {
        "longfuse": VERSION,
        "commit": _commit(),
        "measured_on": now.isoformat(),
        "machine": _machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "measured": {name: one.to_dict() for name, one in measured.items()},
        "skipped": skipped,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
