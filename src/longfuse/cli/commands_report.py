"""``lpad report | introspect``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from longfuse.cli.commands_explain import add_output
from longfuse.cli.opening import open_launchpad
from longfuse.cli.output import show_value
from longfuse.cli.progress import announced
from longfuse.cli.selection import query_word

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = {"report": "lpad report -c wflows -i hours -n 24", "introspect": "lpad introspect -m 500 -t 20"}

COLLECTIONS = ("fws", "wflows", "launches")
INTERVALS = ("minutes", "hours", "days", "months", "years")
INTROSPECTED = ("launches", "tasks", "fireworks", "workflows")


# --- report
def _report_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--collection", choices=COLLECTIONS, default="fws", help="what to count (default: fws)")
    parser.add_argument(
        "-i", "--interval", choices=INTERVALS, default="days", help="over which periods (default: days)"
    )
    parser.add_argument(
        "-n", "--num_intervals", type=_number, default=5, metavar="N", help="over how many, back from now (default: 5)"
    )
    parser.add_argument(
        "-q", "--query", type=query_word, metavar="QUERY", help="only what matches a Mongo-style filter"
    )
    add_output(parser)
    parser.set_defaults(run=_report)


def _report(args: argparse.Namespace) -> int:
    from longfuse.launchpad.report import FWReport

    report = FWReport(open_launchpad(args))
    with announced("counting"):
        stats = report.get_stats(args.collection, args.interval, args.num_intervals, args.query)
    if not args.human:
        show_value(stats, args.output)
        return 0
    title = f"Stats on {args.collection}"
    print("-" * len(title), title, "-" * len(title), sep="\n")
    print(report.get_stats_str(stats))
    return 0


# --- introspect
def _introspect_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-m", "--max", type=_number, default=100, metavar="N", help="look at so many that ended last (default: 100)"
    )
    parser.add_argument(
        "-t", "--threshold", type=int, default=10, metavar="PERCENT", help="tell of greater differences (default: 10)"
    )
    add_output(parser)
    parser.set_defaults(run=_introspect)


def _introspect(args: argparse.Namespace) -> int:
    from longfuse.launchpad.introspect import HEADERS, Introspector

    introspector = Introspector(open_launchpad(args))
    if not args.human:
        with announced("comparing"):
            found = {n: introspector.introspect_fizzled(n, True, args.threshold, args.max) for n in INTROSPECTED}
        columns = dict.fromkeys(INTROSPECTED, HEADERS) | {"launches": ("count", "trace")}
        show_value({n: [dict(zip(columns[n], row, strict=True)) for row in found[n]] for n in found}, args.output)
        return 0
    for name in INTROSPECTED:
        sys.stderr.write(f"generating report for {name}...please wait...\n")
        with announced("comparing"):
            table = introspector.introspect_fizzled(name, True, args.threshold, args.max)
        introspector.print_report(table, name)
        print()
    return 0


def _number(word: str) -> int:
    if not word.isdecimal() or not int(word):
        raise argparse.ArgumentTypeError(f"{word!r} is no number of one or more")
    return int(word)


OPTIONS: dict[str, Callable[[Any], None]] = {"report": _report_options, "introspect": _introspect_options}
