"""``python -m benchmarks``: measures, compares, plots, and soaks."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import launchpad, payload, plot, recovering, running, scale, soak, starting, submitting, table, workers
from benchmarks.databases import DATABASES, POSTGRES, SQLITE, current, database
from benchmarks.interrupts import Interrupted, check, listening
from benchmarks.measure import FULL, PROFILER, Scale, SkippedError, tell
from benchmarks.results import FOLDER, Results, UnreadableError, about, load, new_file, resumed, side_by_side
from longfuse.errors import LongfuseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Workload

WORKLOADS: dict[str, Workload] = {
    **starting.WORKLOADS,
    **launchpad.WORKLOADS,
    **running.WORKLOADS,
    **recovering.WORKLOADS,
    **payload.WORKLOADS,
    **submitting.WORKLOADS,
    **scale.WORKLOADS,
    **workers.WORKLOADS,
}

WITHOUT_DATABASE = frozenset({"rlaunch", "lpad-help"})
"""Measured once, whatever databases there are."""

WITHOUT_ROW = frozenset({"add-bulk", "reserve", "recover-unchanged", *payload.WORKLOADS})
"""Not in the table."""

NOT_IN_TABLE = {SQLITE: WITHOUT_ROW, POSTGRES: WITHOUT_ROW | {"add"}}

LAST = "crowd"
"""One row of the table, and half of its time: it is measured when all others were, on all databases."""

EXAMPLES = """examples:
  python -m benchmarks run                        all, at sizes for some minutes
  python -m benchmarks run --full                 what is in the table, at its sizes
  python -m benchmarks run --full --resume A.json what that lacks of it
  python -m benchmarks run add recover --items 50 --database sqlite
  python -m benchmarks compare A.json B.json      two results, with what has changed
  python -m benchmarks plot A.json                docs/performance.md and its drawings
  python -m benchmarks profile recover            where the time goes
  python -m benchmarks soak --seconds 60          a random workload; is it flat?
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was asked for."""
    options = _parser().parse_args(argv)
    try:
        with listening():
            return options.run(options)
    except (SkippedError, UnreadableError) as error:
        print(error, file=sys.stderr)
        return 1
    except Interrupted as reason:
        print(reason, file=sys.stderr)
        return reason.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="measure, print the table, keep the results as JSON")
    run.add_argument("workloads", nargs="*", metavar="WORKLOAD", type=_workload, help=f"of {', '.join(WORKLOADS)}")
    kept = run.add_mutually_exclusive_group()
    kept.add_argument("--results", type=Path, default=FOLDER, help="where the JSON is kept")
    kept.add_argument("--resume", type=Path, metavar="RESULT", help="go on with a run that was interrupted")
    _add_databases(run)
    _add_scale(run)
    run.set_defaults(run=_run)
    compare = commands.add_parser("compare", help="two results side by side, changes beyond the spread marked")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    compare.set_defaults(run=_compare)
    for name, text, action in (
        ("table", "print the table of results", _table),
        ("plot", "renew docs/performance.md and its drawings", _plot),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("results", type=Path, nargs="+", metavar="RESULT", help="the first that has a row counts")
        command.set_defaults(run=action)
        if action is _plot:
            command.add_argument("--docs", type=Path, default=plot.DOCS, help="the folder of performance.md")
    profile = commands.add_parser("profile", help="where the time of a workload goes")
    profile.add_argument("workloads", nargs=1, metavar="WORKLOAD", type=_workload)
    profile.add_argument("--database", choices=DATABASES, default=SQLITE)
    profile.add_argument("--postgres", metavar="URL", help="as with run")
    profile.add_argument("--lines", type=int, default=15, help="so many functions")
    _add_scale(profile)
    profile.set_defaults(run=_profile)
    soak.add_parser(commands)
    return parser


def _add_databases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", choices=DATABASES, nargs="+", help="default: all that are installed here")
    parser.add_argument(
        "--postgres",
        metavar="URL",
        help="a PostgreSQL server on which databases may be made, and are dropped again; default: a private one",
    )


def _add_scale(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full", action="store_true", help="the sizes of the table instead of small ones")
    parser.add_argument("--folder", type=Path, help="where it works: its file system is measured; default: TMPDIR")
    sizes = parser.add_argument_group("sizes, instead of the usual ones")
    for one in fields(Scale):
        several = "+" if isinstance(one.default, tuple) else None
        sizes.add_argument(f"--{one.name}", type=int, nargs=several, metavar="N", help=_meaning(one.name))


def _meaning(field: str) -> str:
    """What the docstring of `Scale` says of it."""
    return next(line.split(": ", 1)[1] for line in (Scale.__doc__ or "").splitlines() if f" {field}: " in line)


def _scale(options: argparse.Namespace) -> Scale:
    chosen = {one.name: getattr(options, one.name) for one in fields(Scale)}
    sizes = {name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()}
    return replace(FULL if options.full else Scale(), **{k: v for k, v in sizes.items() if v is not None})


def _workload(name: str) -> str:
    if name not in WORKLOADS:
        raise argparse.ArgumentTypeError(f"unknown workload {name}; known are {', '.join(WORKLOADS)}")
    return name


def _run(options: argparse.Namespace) -> int:
    """1 if something could not be measured."""
    sizes = _scale(options)
    results = resumed(options.resume, sizes) if options.resume else Results(about(sizes))
    path = options.resume or new_file(options.results)
    print(", ".join(f"{name} {value}" for name, value in results.about.items() if name != "scale"))
    try:
        for last in (False, True):
            for kind in options.database or DATABASES:
                _measure_on(kind, _asked(options, kind, last=last), options, results, path)
    finally:
        results.keep(path)
        print(*("", *table.plain([results]), ""), sep="\n")
        print(f"written: {path}", flush=True)
    missing_service = {POSTGRES} - set(options.database or ()) - {POSTGRES if options.postgres else ""}
    return 1 if results.skipped.keys() - missing_service else 0


def _measure_on(kind: str, names: list[str], options: argparse.Namespace, results: Results, path: Path) -> None:
    """What is left of these on a database; what was measured is kept before the next begins."""
    names = [name for name in names if f"{name} on {kind}" not in results.finished]
    if not names:
        return
    results.skipped.pop(kind, None)
    try:
        with database(kind, options.postgres):
            for name in names:
                _measure_or_tell(name, _scale(options), options.folder, results)
                results.keep(path)
    except SkippedError as reason:
        check()
        results.skipped[kind] = str(reason)
        tell(f"{kind}: not measured: {reason}")


def _asked(options: argparse.Namespace, kind: str, *, last: bool) -> list[str]:
    """The workloads to be measured on a database: those that come last, or the others."""
    names = [name for name in options.workloads or WORKLOADS if (name == LAST) is last]
    if kind != SQLITE:
        names = [name for name in names if name not in WITHOUT_DATABASE]
    return [name for name in names if options.workloads or not options.full or name not in NOT_IN_TABLE[kind]]


def _measure_or_tell(name: str, sizes: Scale, base: Path | None, results: Results) -> None:
    """What fails does not keep the others from being measured."""
    one = f"{name} on {current().name}"
    results.skipped.pop(one, None)
    tell(one)
    try:
        _measure(name, sizes, base, results)
    except (SkippedError, LongfuseError, AssertionError, OSError) as reason:
        check()  # or it is what a signal left behind
        results.skipped[one] = str(reason) or repr(reason)
        tell(f"{name}: not measured: {results.skipped[one]}")
    else:
        results.finished.append(one)


def _measure(name: str, sizes: Scale, base: Path | None, results: Results) -> None:
    with tempfile.TemporaryDirectory(prefix="longfuse-bench-", dir=base) as folder:
        for one in WORKLOADS[name](Path(folder), sizes):
            mine = replace(one, database=current().name)
            results.measured[mine.place] = mine
            tell(mine.line())


def _compare(options: argparse.Namespace) -> int:
    print(*side_by_side(load(options.before), load(options.after)), sep="\n")
    return 0


def _table(options: argparse.Namespace) -> int:
    print(*table.plain([*map(load, options.results)]), sep="\n")
    return 0


def _plot(options: argparse.Namespace) -> int:
    for path in plot.write([*map(load, options.results)], options.docs):
        print(f"written: {path}")
    return 0


def _profile(options: argparse.Namespace) -> int:
    profiler = cProfile.Profile()
    PROFILER.set(profiler)
    with database(options.database, options.postgres):
        _measure(options.workloads[0], replace(_scale(options), rounds=1), options.folder, Results({}))
    pstats.Stats(profiler).sort_stats("tottime").print_stats(options.lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
