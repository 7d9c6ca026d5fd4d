"""All of ``rlaunch`` but the plain offline form, and ``mlaunch``: parsing and help, rockets that see a LaunchPad."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from longfuse.cli.parser import add_command, add_config_options, add_log_options, new_parser, offer_completion
from longfuse.cli.rlaunch import run_offline
from longfuse.cli.toplevel import run
from longfuse.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from longfuse.domain.fworker import FWorker
    from longfuse.launchers.rockets import Flight
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings

INFINITE = "infinite"
EPILOG = """\
examples:
  rlaunch singleshot              run the next Firework here
  rlaunch rapidfire               run all that is READY, one after another
  rlaunch multi 4 --nlaunches 10  run four at a time, ten each

"rlaunch COMMAND -h" tells more. Where the LaunchPad cannot be reached, `rlaunch singleshot --offline`
runs the launch directory that it is started in.
"""


def run_parsed(words: Sequence[str]) -> int:
    """Parse the words of ``rlaunch`` and do what they say; returns the exit code."""
    return run("rlaunch", lambda: _main(build_parser(), words), words)


def run_mlaunch(argv: Sequence[str] | None = None) -> int:
    """The command ``mlaunch``, FireWorks' other name for ``rlaunch multi``."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = new_parser("mlaunch", "Run several Fireworks at a time here; the same as `rlaunch multi`.")
    _add_common(parser, "mlaunch")
    _multi_options(parser)
    return run("mlaunch", lambda: _main(parser, words), words)


def _main(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    offer_completion(parser)
    options = parser.parse_args(words)
    if "run" not in options:
        parser.print_help()
        return 0
    code: int = options.run(options)
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of ``rlaunch``, with FireWorks' words."""
    parser = new_parser("rlaunch", "Run Fireworks here: one, one after another, or several at a time.", EPILOG)
    _add_common(parser, "rlaunch")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", prog="rlaunch")
    _singleshot_options(add_command(commands, "singleshot", "run one Firework", example="rlaunch singleshot -f 12"))
    _rapidfire_options(
        add_command(
            commands, "rapidfire", "run one Firework after another", example="rlaunch rapidfire --nlaunches infinite"
        )
    )
    _multi_options(
        add_command(
            commands,
            "multi",
            "run several Fireworks at a time, each process one after another",
            example="rlaunch multi 4 --nodefile PBS_NODEFILE --ppn 16",
        )
    )
    return parser


def _add_common(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("-v", "--version", action="version", version=f"{name} v{VERSION}")
    add_config_options(parser)
    add_log_options(parser)


def _singleshot_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--fw_id", type=int, metavar="FW_ID", help="this one, whatever the worker's query says")
    parser.add_argument(
        "--offline",
        action="store_true",
        help="run the launch directory that is the current directory, without a LaunchPad; "
        "the files given with -l and -w are not opened",
    )
    parser.add_argument("--pdb", action="store_true", help="open Python's debugger where a Firetask raises")
    parser.set_defaults(run=_singleshot)


def _rapidfire_options(parser: argparse.ArgumentParser) -> None:
    _add_loop(parser, "stop after so many")
    parser.set_defaults(run=_rapidfire)


def _multi_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("num_jobs", type=_processes, help="how many processes")
    _add_loop(parser, "each process stops after so many")
    parser.add_argument(
        "--nodefile",
        metavar="FILE",
        help="share the nodes out that this file lists, one a line; or the name of a variable that names it",
    )
    parser.add_argument("--ppn", type=_processes, default=1, metavar="N", help="processes for each node (default: 1)")
    parser.add_argument("--exclude_current_node", action="store_true", help="leave this node out of the node file")
    parser.set_defaults(run=_multi)


def _add_loop(parser: argparse.ArgumentParser, stop: str) -> None:
    parser.add_argument(
        "--nlaunches",
        type=_launches,
        default=0,
        metavar="N",
        help=f"{stop}; 0: when no work is left or to be expected (default); infinite: never",
    )
    parser.add_argument("--timeout", type=float, metavar="SECS", help="start nothing more after so many seconds")
    parser.add_argument(
        "--max_loops", type=int, default=-1, metavar="N", help="look for work so often (default: no end)"
    )
    parser.add_argument("--sleep", type=float, metavar="SECS", help="between looks for new work (default: 60)")
    parser.add_argument("--local_redirect", action="store_true", help="output to FW_job.out and FW_job.error of each")


def _launches(word: str) -> int:
    """A number of launches, or ``infinite`` as -1."""
    if word == INFINITE:
        return -1
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is neither a number nor {INFINITE!r}") from None


def _processes(word: str) -> int:
    if not word.isdecimal() or not int(word):
        raise argparse.ArgumentTypeError(f"{word!r} is no number of processes")
    return int(word)


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


def _multi(options: argparse.Namespace) -> int:
    from longfuse.launchdir.process import host_name
    from longfuse.launchers.packing import rapidfire_words, read_nodes, run_workers, workers

    launchpad, _, settings = _places(options)
    launchpad.close()  # it can be opened; each process has its own
    nodes = None
    if options.nodefile:
        nodes = read_nodes(options.nodefile, os.environ, without=host_name() if options.exclude_current_node else "")
    pack = workers(options.num_jobs, nodes, options.ppn, noted=settings.config.STORE_PACKING_INFO)
    words = rapidfire_words(
        options.nlaunches, options.sleep, options.timeout, options.max_loops, local_redirect=options.local_redirect
    )
    return run_workers([*_places_words(options), "rapidfire", *words], pack)


def _places_words(options: argparse.Namespace) -> list[str]:
    """The options before the command, as they were given."""
    given: list[tuple[str, Any]] = [
        ("-l", options.launchpad_file),
        ("-w", options.fworker_file),
        ("-c", options.config_dir),
        ("--loglvl", options.loglvl),
        ("--logdir", options.logdir),
    ]
    words = [word for flag, value in given if value is not None for word in (flag, str(value))]
    return [*words, "-s"] if options.silencer else words


def _places(options: argparse.Namespace) -> tuple[LaunchPad, FWorker, Settings]:
    """The LaunchPad and the worker that the command line and the settings files name; and the settings."""
    from longfuse import settings
    from longfuse.cli.opening import launchpad_of, settings_of

    found = settings_of(options)
    return launchpad_of(found), settings.fworker(found), found


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
