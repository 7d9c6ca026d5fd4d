"""``lpad recover_offline | forget_offline | accept_result``."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from longfuse.cli.bulk import in_batches
from longfuse.cli.interrupts import Interrupts
from longfuse.cli.opening import launchpad_of, settings_of
from longfuse.cli.progress import Progress
from longfuse.cli.selection import add_selection, ask, check_known, fw_id_list, fws_to_change
from longfuse.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.relay import RecoveryReport
    from longfuse.settings import Settings

log = logging.getLogger("longfuse.lpad")

EXAMPLES = {
    "recover_offline": "lpad recover_offline -w my_fworker.yaml",
    "forget_offline": "lpad forget_offline -i 12",
    "accept_result": "lpad accept_result 12",
}

MOST_S = 300.0
"""The longest rest of a watch between two passes."""


def _recover_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-i",
        "--ignore_errors",
        nargs="?",
        type=fw_id_list,
        const=[],
        metavar="IDS",
        help="only these Fireworks; without ids accepted for FireWorks' sake: an error never loses a result",
    )
    parser.add_argument(
        "-w",
        "--fworker_file",
        metavar="FILE",
        help="only launches of this worker; '' means all (default: the worker of my_fworker.yaml; without one: all)",
    )
    parser.add_argument("-pe", "--print-errors", action="store_true", help="name the launch directory of each problem")
    parser.add_argument(
        "--search",
        nargs="+",
        metavar="ROOT",
        help="look below these folders for launch directories that were moved, note where they are, and recover",
    )
    parser.add_argument(
        "--lost",
        action="store_true",
        help="with -i: these will never report, their directories are gone; FIZZLED, cause LOST",
    )
    parser.add_argument("--password", metavar="DATE", help="today's date: with --lost, no question for more than 10")
    parser.add_argument(
        "--watch", action="store_true", help="go on recovering until Ctrl-C, seldom while nothing happens; print news"
    )
    parser.add_argument(
        "--interval",
        type=_seconds,
        default=MOST_S,
        metavar="SECS",
        help=f"with --watch: the longest rest between two looks (default: {MOST_S:g})",
    )
    parser.set_defaults(run=_recover)


def _recover(args: argparse.Namespace) -> int:
    from longfuse.cli.recovery import tell

    everybody = args.fworker_file == ""
    if everybody:
        args.fworker_file = None
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    worker = None if everybody else _worker_name(settings)
    recovery = _recovery(launchpad, worker, settings, args.ignore_errors or None)
    if args.lost:
        return _declare_lost(args, launchpad, settings)
    if args.search:
        _search(launchpad, args.search)
    if args.watch:
        return _watch(recovery, args.interval)
    report = recovery()
    tell(report, args.print_errors)
    return 1 if report.needs_person else 0


def _recovery(
    launchpad: LaunchPad, worker: str | None, settings: Settings, fw_ids: list[int] | None
) -> Callable[[], RecoveryReport]:
    """One pass, with progress on a terminal once it takes long."""
    from longfuse.launchers.shell import run
    from longfuse.relay import recover

    def one_pass() -> RecoveryReport:
        progress = Progress("launches looked at")
        try:
            return recover(
                launchpad,
                worker=worker,
                shell=run,
                fw_ids=fw_ids,
                grace_s=settings.config.OFFLINE_GRACE_SECS,
                progress=progress if sys.stderr.isatty() else None,
            )
        finally:
            progress.end()

    return one_pass


def _declare_lost(args: argparse.Namespace, launchpad: LaunchPad, settings: Settings) -> int:
    """What will never report. Their late results, should there be any, count all the same."""
    if not args.ignore_errors:
        raise InputError("--lost needs the Fireworks that are lost: `lpad recover_offline --lost -i 7,8`")
    ids = args.ignore_errors
    check_known(launchpad, ids, "; nothing was changed")
    ask(ids, args.password, settings.config.PW_CHECK_NUM)
    launch_ids = [run.launch_id for run in launchpad.open_offline_runs() if run.fw_id in set(ids)]
    lost = launchpad.declare_lost(launch_ids, "declared lost by hand: its launch directory is gone")
    print(f"{len(lost)} job(s) declared lost: {sorted(lost)}")
    rest = sorted(set(ids) - set(lost))
    if rest:
        log.warning("Not RESERVED or RUNNING from files, so left as they are: %s", rest)
    return 0 if lost else 1


def _search(launchpad: LaunchPad, roots: list[str]) -> None:
    """Tell which launch directories were found elsewhere."""
    from longfuse.launchers.moved import search

    progress = Progress("folders looked into")
    try:
        report = search(launchpad, roots, progress if sys.stderr.isatty() else None)
    finally:
        progress.end()
    for move in report.moved:
        print(f"fw_id {move.fw_id}: found in {move.now} (was {move.was})")
    for problem in report.problems:
        log.warning("%s", problem)
    foreign = f", {report.foreign} of other LaunchPads" if report.foreign else ""
    print(f"{report.folders} folder(s) searched: {report.found} launch(es) found{foreign}, {len(report.moved)} moved")


def _watch(recovery: Callable[[], RecoveryReport], interval_s: float) -> int:
    """Pass after pass; Ctrl-C is how it is meant to end."""
    from longfuse.cli.recovery import news_lines
    from longfuse.launchers.watch import Pace, Watch

    def tell(news: RecoveryReport) -> None:
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        for line in news_lines(news):
            print(f"{when} {line}", flush=True)

    log.info("Watching; Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        Watch(recovery, tell, Pace(most_s=interval_s)).forever(Interrupts().check)
    return 0


def _seconds(word: str) -> float:
    from longfuse.cli.selection import finite

    seconds = finite(word)
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"{word!r} is no time to rest; take some seconds")
    return seconds


def _worker_name(settings: Settings) -> str | None:
    from longfuse.settings import fworker

    return fworker(settings).name if settings.fworker_file is not None else None


def _forget_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, password=True)
    parser.set_defaults(run=_forget)


def _forget(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    ids = fws_to_change(launchpad, args, settings.config.PW_CHECK_NUM)
    in_batches(launchpad.in_batches(ids), len(ids), "FWs: forgetting", launchpad.forget_offline_fws)
    log.info("Finished forget_offline, processed %s FWs", len(ids))
    return 0


def _accept_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fw_id", type=int, help="the Firework")
    parser.add_argument("-lid", "--launch_id", type=int, metavar="N", help="of this launch (default: the newest)")
    parser.set_defaults(run=_accept)


def _accept(args: argparse.Namespace) -> int:
    launchpad = launchpad_of(settings_of(args))
    accepted = launchpad.accept_result(args.fw_id, args.launch_id)
    print(f"Firework {args.fw_id} has the result of launch {accepted.launch_id}")
    for launch in accepted.idle:
        job = f"job {launch.reservation_id}" if launch.reservation_id else "its job"
        log.info("Launch %s is not needed any more: cancel %s, or let it run for nothing", launch.launch_id, job)
    return 0


OPTIONS: dict[str, Callable[[Any], None]] = {
    "recover_offline": _recover_options,
    "forget_offline": _forget_options,
    "accept_result": _accept_options,
}
