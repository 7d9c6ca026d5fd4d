"""Every form of ``rlaunch`` but the plain offline one: parsing and help, and the rockets that see a LaunchPad."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from rich_argparse import RichHelpFormatter

from longfuse.cli.parser import LEVEL
from longfuse.cli.rlaunch import run_offline
from longfuse.errors import LongfuseError
from longfuse.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from longfuse.domain.fworker import FWorker
    from longfuse.launchers.rockets import Flight
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings

INFINITE = "infinite"


def run_parsed(words: Sequence[str]) -> int:
    """Parse the words and do what they say; returns the exit code."""
    parser = build_parser()
    _offer_completion(parser)
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        code: int = options.run(options)
    except LongfuseError as error:
        print(f"rlaunch: {error}", file=sys.stderr)
        return error.exit_code
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of ``rlaunch``, with FireWorks' words."""
    parser = argparse.ArgumentParser(
        prog="rlaunch",
        description="Run Fireworks here: one, or one after another as long as there is work.",
        epilog='For more on a command: "rlaunch COMMAND -h".',
        formatter_class=RichHelpFormatter,
    )
    parser.add_argument("-v", "--version", action="version", version=f"rlaunch v{VERSION}")
    parser.add_argument("-l", "--launchpad_file", metavar="FILE", help="where the LaunchPad is: my_launchpad.yaml")
    parser.add_argument("-w", "--fworker_file", metavar="FILE", help="who runs here: my_fworker.yaml")
    parser.add_argument("-c", "--config_dir", metavar="DIR", help="where to look for both, if they are not given")
    parser.add_argument(
        "--loglvl",
        type=str.upper,
        choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        help=f"how much to log (default: {LEVEL})",
    )
    parser.add_argument("-s", "--silencer", action="store_true", help="log nothing")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    _add_singleshot(commands)
    _add_rapidfire(commands)
    _add_multi(commands)
    return parser


def _add_singleshot(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("singleshot", help="run one Firework", formatter_class=RichHelpFormatter)
    parser.add_argument("-f", "--fw_id", type=int, metavar="FW_ID", help="this one, whatever the worker's query says")
    parser.add_argument(
        "--offline",
        action="store_true",
        help="run the launch directory that is the current directory, without a LaunchPad; "
        "the files given with -l and -w are not opened",
    )
    parser.add_argument("--pdb", action="store_true", help="open Python's debugger where a Firetask raises")
    parser.set_defaults(run=_singleshot)


def _add_rapidfire(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("rapidfire", help="run one Firework after another", formatter_class=RichHelpFormatter)
    parser.add_argument(
        "--nlaunches",
        type=_launches,
        default=0,
        metavar="N",
        help="stop after so many; 0: when no work is left or to be expected (default); infinite: never",
    )
    parser.add_argument("--timeout", type=float, metavar="SECS", help="start nothing more after so many seconds")
    parser.add_argument(
        "--max_loops", type=int, default=-1, metavar="N", help="look for work so often (default: no end)"
    )
    parser.add_argument("--sleep", type=float, metavar="SECS", help="between looks for new work (default: 60)")
    parser.add_argument("--local_redirect", action="store_true", help="output to FW_job.out and FW_job.error of each")
    parser.set_defaults(run=_rapidfire)


def _add_multi(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("multi", help="several rockets at once (comes with a later release)", add_help=False)
    parser.add_argument("words", nargs=argparse.REMAINDER)
    parser.set_defaults(run=_multi)


def _launches(word: str) -> int:
    """A number of launches, or ``infinite`` as -1."""
    if word == INFINITE:
        return -1
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is neither a number nor {INFINITE!r}") from None


def _singleshot(options: argparse.Namespace) -> int:
    if options.offline:
        return run_offline(options.fw_id, silent=options.silencer, pdb=options.pdb)
    from longfuse.launchers.rockets import launch_rocket
    from longfuse.settings import layout

    launchpad, fworker, settings = _places(options)
    with closing(launchpad):
        flight = launch_rocket(launchpad, fworker, options.fw_id, pdb=options.pdb, layout=layout(settings))
    return _exit_code([flight] if flight else [])


def _rapidfire(options: argparse.Namespace) -> int:
    from longfuse.launchers.rockets import rapidfire
    from longfuse.settings import layout

    launchpad, fworker, settings = _places(options)
    with closing(launchpad):
        flights = rapidfire(
            launchpad,
            fworker,
            nlaunches=options.nlaunches,
            max_loops=options.max_loops,
            sleep_time=settings.config.RAPIDFIRE_SLEEP_SECS if options.sleep is None else options.sleep,
            timeout=options.timeout,
            local_redirect=options.local_redirect,
            layout=layout(settings),
        )
    return _exit_code(flights)


def _places(options: argparse.Namespace) -> tuple[LaunchPad, FWorker, Settings]:
    """The LaunchPad and the worker that the command line and the settings files name; and the settings."""
    from longfuse import settings
    from longfuse.cli.opening import settings_of

    _start_logging(options)
    found = settings_of(options)
    return settings.open_launchpad(found), settings.fworker(found), found


def _start_logging(options: argparse.Namespace) -> None:
    """Log lines go to standard error, in FireWorks' format."""
    import logging

    level = logging.CRITICAL + 1 if options.silencer else options.loglvl or LEVEL
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)


def _exit_code(flights: Sequence[Flight]) -> int:
    """0, unless a rocket was ended by a signal or crashed, or its result is not in the LaunchPad yet."""
    for flight in flights:
        if not flight.home:
            print(
                f"rlaunch: the result of Firework {flight.fw_id} in {flight.launch_dir} is not in the LaunchPad yet; "
                "lpad recover_offline brings it there",
                file=sys.stderr,
            )
    codes = [flight.outcome.exit_code for flight in flights if flight.outcome.exit_code]
    return codes[-1] if codes else 0


def _multi(_options: argparse.Namespace) -> int:
    print("rlaunch: multi comes with a later release; meanwhile start several rlaunch rapidfire", file=sys.stderr)
    return 1


def _offer_completion(parser: argparse.ArgumentParser) -> None:
    """Complete words in the shell, where the user has set that up."""
    import os

    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)
