"""What the commands' parsers share: help with colours on a terminal only, completion only when the shell asks."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, NoReturn

from longfuse.cli.toplevel import DEBUG

LEVEL = "INFO"
"""Which log lines are told, unless the command line or ``FW_config.yaml`` (STREAM_LOGLEVEL) says otherwise."""

WRONG_WORDS = 2
"""argparse's exit code for words that cannot be understood."""


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the words, and which was probably meant."""

    def error(self, message: str) -> NoReturn:
        """End the command."""
        self.exit(WRONG_WORDS, f"{self.prog}: {message}; `{self.prog} -h` shows how to write it\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Argparse's own check lists all commands; the nearest one says more."""
        if action.choices is None or value in action.choices or not isinstance(action, argparse._SubParsersAction):
            super()._check_value(action, value)
            return
        from difflib import get_close_matches

        near = get_close_matches(str(value), action.choices, n=1)
        self.error(f"there is no command {value!r}" + (f"; the nearest is {near[0]!r}" if near else ""))


def formatter(prog: str) -> argparse.HelpFormatter:
    """A help formatter; the colourful one is loaded only where somebody sees the colours."""
    if sys.stdout.isatty():
        from rich_argparse import RawDescriptionRichHelpFormatter

        return RawDescriptionRichHelpFormatter(prog)
    return argparse.RawDescriptionHelpFormatter(prog)


def new_parser(prog: str, description: str, epilog: str = "") -> Parser:
    """A parser of a whole command."""
    return Parser(prog=prog, description=description, epilog=epilog or None, formatter_class=as_class(formatter))


def as_class(function: Any) -> Any:
    """Argparse wants a class and only ever calls it."""
    return function


def add_command(
    commands: Any, name: str, help_text: str, *, aliases: tuple[str, ...] = (), example: str = ""
) -> argparse.ArgumentParser:
    """A subcommand's parser; ``example`` ends its help."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        aliases=list(aliases),
        help=help_text,
        description=help_text[:1].upper() + help_text[1:] + ".",
        epilog=f"example:\n  {example}" if example else None,
        formatter_class=formatter,
    )
    return parser


def offer_completion(parser: argparse.ArgumentParser) -> None:
    """Complete words, if it is the shell that runs us for that."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def add_config_options(parser: argparse.ArgumentParser, *, fworker: bool = True) -> None:
    """Where the LaunchPad and the worker are."""
    parser.add_argument("-l", "--launchpad_file", metavar="FILE", help="the LaunchPad: a my_launchpad.yaml")
    if fworker:
        parser.add_argument("-w", "--fworker_file", metavar="FILE", help="the worker: a my_fworker.yaml")
    parser.add_argument("-c", "--config_dir", metavar="DIR", help="where to look for my_*.yaml files (default: here)")


def add_log_options(parser: argparse.ArgumentParser) -> None:
    """How much to tell."""
    parser.add_argument("--logdir", metavar="DIR", help="append the log lines to longfuse.log in this folder, too")
    parser.add_argument("--loglvl", metavar="LEVEL", help=f"level of the log lines (default: {LEVEL})")
    parser.add_argument("-s", "--silencer", action="store_true", help="no log lines")
    parser.add_argument(DEBUG, action="store_true", help="show where an error comes from")
