"""The command ``qlaunch``: submit Fireworks to a batch system."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

from longfuse.cli import remote
from longfuse.cli.interrupts import Interrupts
from longfuse.cli.parser import LEVEL, add_command, add_config_options, add_log_options, new_parser, offer_completion
from longfuse.cli.toplevel import run, start_log
from longfuse.errors import ConfigError, LongfuseError
from longfuse.version import VERSION

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from longfuse.launchers.courier import Courier
    from longfuse.launchers.queue import Limits, Report
    from longfuse.launchers.submission import Launcher
    from longfuse.launchers.watch import Watch
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import QueueAdapter
    from longfuse.relay import RecoveryReport
    from longfuse.settings import Settings

INFINITE = "infinite"
ARRAY_SIZE = 1000
"""How many elements a job array has at most, if the user does not say."""

log = logging.getLogger("longfuse.queue")
EPILOG = """\
example, for compute nodes that cannot reach the LaunchPad (rocket_launch: rlaunch singleshot --offline):
  qlaunch -r rapidfire --nlaunches 10
  lpad recover_offline
example, on a login node elsewhere, with the settings files in a folder there:
  qlaunch -rh login.cluster.org -rc '~/my_fireworks' -r rapidfire -m 50

"qlaunch COMMAND -h" tells more.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 1 if a job was refused or launching ended early."""
    words = sys.argv[1:] if argv is None else list(argv)
    return run("qlaunch", lambda: _main(words), words)


def _main(words: Sequence[str]) -> int:
    parser = build_parser()
    offer_completion(parser)
    args = parser.parse_args(remote.separated(words))
    remote.check(args)
    if args.command is None and not (args.remote_setup or args.remote_recover_offline):
        parser.print_help()
        return 0
    start_log(args.loglvl or LEVEL, silent=args.silencer)
    interrupts = Interrupts()
    args.words = words
    once = _elsewhere(args) if args.remote_host else lambda: _once(args, interrupts)
    return _repeat(once, args.daemon, interrupts) if args.daemon else once()


def _elsewhere(args: argparse.Namespace) -> Callable[[], int]:
    """The same on other hosts; a password is asked for once."""
    secret = remote.ask_password(args)
    return lambda: remote.launch(args, secret)


def build_parser() -> argparse.ArgumentParser:
    """The parser, with FireWorks' words."""
    parser = new_parser("qlaunch", "Submit Fireworks to a batch system.", EPILOG)
    parser.add_argument("-v", "--version", action="version", version=f"qlaunch v{VERSION}")
    parser.add_argument(
        "-r", "--reserve", action="store_true", help="reservation mode: each job is for one Firework, chosen now"
    )
    add_config_options(parser)
    parser.add_argument("-q", "--queueadapter_file", metavar="FILE", help="the batch system: a my_qadapter.yaml")
    parser.add_argument("--launch_dir", default=".", metavar="DIR", help="where launch directories are made")
    parser.add_argument("--block_dir", metavar="NAME", help="the block directory to use there: block_...")
    parser.add_argument("-fm", "--fill_mode", action="store_true", help="submit also when nothing is READY")
    parser.add_argument("-d", "--daemon", type=float, default=0, metavar="SECS", help="again and again, so often")
    add_log_options(parser)
    remote.add_options(parser)
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", prog="qlaunch")
    single = add_command(commands, "singleshot", "submit one job", example="qlaunch -r singleshot -f 12")
    single.add_argument("-f", "--fw_id", type=int, metavar="FW_ID", help="for this Firework (with -r)")
    many = add_command(
        commands,
        "rapidfire",
        "submit job after job, each in a launcher directory of its own",
        example="qlaunch -r rapidfire -m 50 --nlaunches infinite",
    )
    many.add_argument("-m", "--maxjobs_queue", type=_count, default=0, metavar="N", help="only while fewer are queued")
    many.add_argument(
        "-b", "--maxjobs_block", type=_count, default=500, metavar="N", help="jobs in a block (default: 500)"
    )
    many.add_argument(
        "--nlaunches",
        type=_launches,
        default=0,
        metavar="N",
        help="so many; 0: until nothing is READY; infinite: never end, and with -r recover what ran meanwhile",
    )
    many.add_argument(
        "--array",
        type=_count,
        metavar="N",
        help="with -r, so many jobs of one shape are one job array at most; 0: none "
        f"(default: {ARRAY_SIZE}, or what the batch system allows)",
    )
    many.add_argument(
        "--courier",
        action="store_true",
        help="with -r, jobs that end wake a tiny job that recovers and launches again; see docs/howto/courier.md",
    )
    many.add_argument("--timeout", type=float, metavar="SECS", help="submit nothing more after so many seconds")
    many.add_argument("--sleep", type=float, metavar="SECS", help="between looks for new work (default: 60)")
    return parser


def _launches(word: str) -> int:
    from argparse import ArgumentTypeError

    if word == INFINITE:
        return -1
    if word.isdecimal():
        return int(word)
    raise ArgumentTypeError(f"{word!r} is neither a number nor {INFINITE!r}")


def _count(word: str) -> int:
    from argparse import ArgumentTypeError

    if word.isdecimal():
        return int(word)
    raise ArgumentTypeError(f"{word!r} is no number of jobs")


def _repeat(once: Callable[[], int], pause_s: float, interrupts: Interrupts) -> int:
    """Again and again; what goes wrong is told, and may be better the next time."""
    while True:
        interrupts.check()
        try:
            once()
        except ConfigError:
            raise
        except LongfuseError as error:
            sys.stderr.write(f"qlaunch: {error}\n")
        sys.stderr.write(f"Next run in {pause_s:g} seconds... Press Ctrl-C to exit at any time.\n")
        time.sleep(pause_s)


def _once(args: argparse.Namespace, interrupts: Interrupts) -> int:
    from contextlib import closing

    from longfuse.cli.opening import launchpad_of, settings_of
    from longfuse.launchers.queue import singleshot
    from longfuse.settings import qadapter

    settings = settings_of(args)
    adapter = qadapter(settings)
    with closing(launchpad_of(settings)) as launchpad:
        courier = _courier(args, settings, adapter) if args.command == "rapidfire" and args.courier else None
        launcher = _launcher(args, settings, adapter if courier is None else courier.calling(), launchpad)
        if args.command == "singleshot":
            return _told(singleshot(launcher, args.launch_dir, args.fw_id))
        if args.array and not args.reserve:
            raise ConfigError("--array needs reservation mode; add -r to qlaunch")
        limits = _limits(args, settings)
        watch = _watch(launcher, limits, settings)
        report = _fired(args, launcher, limits, watch, interrupts)
        if courier is not None and report.submitted:
            _spread_net(courier, launcher, report)
        return _told(report)


def _fired(
    args: argparse.Namespace, launcher: Launcher, limits: Limits, watch: Watch | None, interrupts: Interrupts
) -> Report:
    """Rapidfire; the log lines tell how far it is, or, without them, a line on the terminal."""
    from longfuse.cli.progress import Progress
    from longfuse.launchers.queue import rapidfire

    if not (args.silencer and sys.stderr.isatty()):
        return rapidfire(launcher, args.launch_dir, limits, watch, interrupts.check)
    progress = Progress("jobs submitted")
    try:
        return rapidfire(launcher, args.launch_dir, limits, watch, interrupts.check, progress)
    finally:
        progress.end()


def _courier(args: argparse.Namespace, settings: Settings, adapter: QueueAdapter) -> Courier:
    """The courier that repeats this command, with its files written."""
    import os

    from longfuse.launchers.courier import FOLDER, Courier, commands, given_words

    if not args.reserve:
        raise ConfigError("--courier needs reservation mode; add -r to qlaunch")
    if args.nlaunches < 0 or args.daemon:
        raise ConfigError("--courier comes by itself: leave out --nlaunches infinite and -d")
    files = given_words({"-l": args.launchpad_file, "-w": args.fworker_file, "-c": args.config_dir})
    courier = Courier(
        adapter=adapter,
        folder=os.path.join(os.path.abspath(args.launch_dir), FOLDER),
        home=os.getcwd(),
        commands=commands(files, args.words, settings.config.OFFLINE_GRACE_SECS),
    )
    courier.check()
    courier.prepare()
    return courier


def _spread_net(courier: Courier, launcher: Launcher, report: Report) -> None:
    """Without it, jobs that are killed may wait for somebody to recover."""
    from longfuse.errors import QueueError

    try:
        job_id = courier.spread_net([done.job_id for done in report.submitted], launcher.shell)
    except QueueError as error:
        log.warning("%s", error)
    else:
        log.info("Job %s recovers when all these have ended, however they end", job_id)


def _launcher(args: argparse.Namespace, settings: Settings, adapter: QueueAdapter, launchpad: LaunchPad) -> Launcher:
    from longfuse.launchers.shell import run as shell
    from longfuse.launchers.submission import Launcher
    from longfuse.settings import fworker, layout

    return Launcher(
        launchpad=launchpad,
        fworker=fworker(settings),
        adapter=adapter,
        shell=shell,
        reserve=args.reserve,
        fill_mode=args.fill_mode,
        layout=layout(settings),
        job_name_length=settings.config.QUEUE_JOBNAME_MAXLEN,
    )


def _limits(args: argparse.Namespace, settings: Settings) -> Limits:
    from longfuse.launchers.queue import Limits, retry_pauses

    return Limits(
        nlaunches=args.nlaunches,
        njobs_queue=args.maxjobs_queue,
        njobs_block=args.maxjobs_block,
        sleep_s=settings.config.RAPIDFIRE_SLEEP_SECS if args.sleep is None else args.sleep,
        timeout_s=args.timeout,
        block=args.block_dir,
        always_new_block=settings.config.ALWAYS_CREATE_NEW_BLOCK,
        retry_s=retry_pauses(settings.config.QUEUE_RETRY_ATTEMPTS),
        pause_s=settings.config.QUEUE_UPDATE_INTERVAL,
        count_every=settings.config.QSTAT_FREQUENCY,
        array=ARRAY_SIZE if args.array is None else args.array,
    )


def _watch(launcher: Launcher, limits: Limits, settings: Settings) -> Watch | None:
    """Endless launching of reserved Fireworks recovers, too: what comes home makes more of them READY."""
    from longfuse.cli.recovery import news_lines
    from longfuse.launchers.queue import ENDLESS
    from longfuse.launchers.watch import Pace, Watch
    from longfuse.relay import recover

    if limits.nlaunches != ENDLESS or not launcher.reserve:
        return None

    def one_pass() -> RecoveryReport:
        return recover(
            launcher.launchpad,
            worker=launcher.fworker.name,
            shell=launcher.shell,
            grace_s=settings.config.OFFLINE_GRACE_SECS,
        )

    def tell(news: RecoveryReport) -> None:
        for line in news_lines(news):
            log.info("%s", line)

    return Watch(one_pass, tell, Pace(most_s=limits.sleep_s))


def _told(report: Report) -> int:
    for refused in report.refused:
        sys.stderr.write(f"qlaunch: Firework {refused.fw_id}: {refused.words} ({refused.launch_dir})\n")
    if report.stopped:
        sys.stderr.write(f"qlaunch: {report.stopped}\n")
    if report.refused:
        sys.stderr.write(
            f"qlaunch: {len(report.submitted)} submitted, {len(report.refused)} refused; the refused Fireworks are "
            "FIZZLED, `lpad rerun_fws` tries them again\n"
        )
    return 0 if report.ok else 1
