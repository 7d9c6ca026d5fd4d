"""``lpad recover_offline | forget_offline``."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from longfuse.cli.opening import launchpad_of, settings_of
from longfuse.cli.selection import add_selection, fws_to_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.relay import RecoveryReport
    from longfuse.settings import Settings

log = logging.getLogger("longfuse.lpad")

EXAMPLES = {"recover_offline": "lpad recover_offline -w my_fworker.yaml", "forget_offline": "lpad forget_offline -i 12"}

PROGRESS_AFTER_S = 1.0

MOST_S = 300.0
"""The longest rest of a watch between two passes."""


def _recover_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-i", "--ignore_errors", action="store_true", help="accepted for FireWorks' sake: an error never loses a result"
    )
    parser.add_argument(
        "-w",
        "--fworker_file",
        metavar="FILE",
        help="only launches of this worker; '' means all (default: the worker of my_fworker.yaml; without one: all)",
    )
    parser.add_argument("-pe", "--print-errors", action="store_true", help="name the launch directory of each problem")
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
    recovery = _recovery(launchpad, None if everybody else _worker_name(settings), settings)
    if args.watch:
        return _watch(recovery, args.interval)
    report = recovery()
    tell(report, args.print_errors)
    return 1 if report.needs_person else 0


def _recovery(launchpad: LaunchPad, worker: str | None, settings: Settings) -> Callable[[], RecoveryReport]:
    """One pass, with progress on a terminal once it takes long."""
    from longfuse.launchers.shell import run
    from longfuse.relay import recover

    def one_pass() -> RecoveryReport:
        progress = _Progress()
        try:
            return recover(
                launchpad,
                worker=worker,
                shell=run,
                grace_s=settings.config.OFFLINE_GRACE_SECS,
                progress=progress if sys.stderr.isatty() else None,
            )
        finally:
            progress.end()

    return one_pass


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
        Watch(recovery, tell, Pace(most_s=interval_s)).forever()
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


class _Progress:
    """A line on the terminal, once it takes long."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._began > PROGRESS_AFTER_S:
            sys.stderr.write(f"\r{done} of {total} launches looked at")
            sys.stderr.flush()
            self._shown = True

    def end(self) -> None:
        """Leave a clean line."""
        if self._shown:
            sys.stderr.write("\n")


def _forget_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, password=True)
    parser.set_defaults(run=_forget)


def _forget(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    ids = fws_to_change(launchpad, args, settings.config.PW_CHECK_NUM)
    for fw_id in ids:
        launchpad.forget_offline(fw_id, launch_mode=False)
    log.info("Finished forget_offline, processed %s FWs", len(ids))
    return 0


OPTIONS: dict[str, Callable[[Any], None]] = {"recover_offline": _recover_options, "forget_offline": _forget_options}
