"""The command ``lpad``: everything about a LaunchPad. Each group of subcommands is a module, loaded when called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from longfuse.cli.output import FORMATS
from longfuse.cli.parser import LEVEL, add_command, add_config_options, add_log_options, new_parser, offer_completion
from longfuse.cli.toplevel import run, start_log
from longfuse.errors import ConfigError
from longfuse.version import VERSION

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

CREATE, SHOW, CHANGE, OFFLINE, LATER = (
    "longfuse.cli.commands_create",
    "longfuse.cli.commands_show",
    "longfuse.cli.commands_change",
    "longfuse.cli.commands_offline",
    "",
)
ADMIN = "longfuse.cli.commands_admin"
DETECT = "longfuse.cli.commands_detect"
EXPLAIN = "longfuse.cli.commands_explain"
REPORT = "longfuse.cli.commands_report"
MIGRATE = "longfuse.cli.commands_migrate"
SITE = "longfuse.cli.commands_site"
TRACK = "longfuse.cli.commands_track"

COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": (CREATE, "make a my_launchpad.yaml and its database", ""),
    "reset": (CREATE, "empty the LaunchPad", ""),
    "add": (CREATE, "add workflows from files", ""),
    "add_scripts": (CREATE, "add shell scripts as a workflow, one after another", ""),
    "append_wflow": (CREATE, "add a workflow below existing Fireworks", "append_wf"),
    "dump_wflow": (CREATE, "write a workflow to a file", "dump_wf"),
    "get_fws": (SHOW, "show Fireworks", ""),
    "get_wflows": (SHOW, "show workflows", "get_wfs"),
    "get_launchdir": (SHOW, "print a Firework's launch directory", ""),
    "get_qids": (SHOW, "print the jobs of Fireworks in the queue", ""),
    "rerun_fws": (CHANGE, "run Fireworks again, with all that depends on them", ""),
    "defuse_fws": (CHANGE, "hold Fireworks for good", ""),
    "reignite_fws": (CHANGE, "undo defuse_fws", ""),
    "pause_fws": (CHANGE, "hold Fireworks that have not begun to run", ""),
    "resume_fws": (CHANGE, "undo pause_fws", ""),
    "update_fws": (CHANGE, "change the specs of Fireworks", ""),
    "set_priority": (CHANGE, "say which Fireworks run first", ""),
    "cancel_qid": (CHANGE, "give the reservation of a queue job back", ""),
    "defuse_wflows": (CHANGE, "hold whole workflows for good", "defuse_wfs"),
    "pause_wflows": (CHANGE, "hold what has not begun to run of whole workflows", "pause_wfs"),
    "reignite_wflows": (CHANGE, "undo defuse_wflows and pause_wflows", "reignite_wfs"),
    "archive_wflows": (CHANGE, "retire whole workflows for good", "archive_wfs"),
    "delete_wflows": (CHANGE, "remove whole workflows", "delete_wfs"),
    "recover_offline": (OFFLINE, "read back what offline launches have reported in files", ""),
    "forget_offline": (OFFLINE, "stop reading the files of offline launches", ""),
    "accept_result": (OFFLINE, "let a result count that came after its Firework was rerun", ""),
    "why": (EXPLAIN, "say why Fireworks are not running, or ended as they did", ""),
    "status": (EXPLAIN, "show the whole LaunchPad at a glance", ""),
    "doctor": (SITE, "try out whether this site is fit, before the first job", ""),
    "fsck": (SITE, "compare the LaunchPad with launch directories and jobs; mend it, or make it anew", ""),
    "migrate": (MIGRATE, "move the LaunchPad to another database", ""),
    "config": (EXPLAIN, "show every setting, and what set it", ""),
    "check_wflow": (SHOW, "see whether a workflow adds up", ""),
    "get_fws_in_wflows": (SHOW, "show Fireworks of some workflows", "get_fws_in_wfs"),
    "track_fws": (TRACK, "show the last lines of the files that Trackers follow", ""),
    "detect_unreserved": (DETECT, "find reservations whose jobs never came", ""),
    "detect_lostruns": (DETECT, "find launches that nothing is heard of any more", ""),
    "report": (REPORT, "count what was done in each day, hour, month, ...", ""),
    "introspect": (REPORT, "show what Fireworks that fizzled have in common", ""),
    "webgui": (LATER, "", ""),
    "admin": (ADMIN, "look after the LaunchPad itself: maintain, orphaned, tuneup, refresh, unlock", ""),
}
"""Each subcommand: the module that has it, its help in a line, an alias. LATER: with a later release."""

EPILOG = """\
first steps:
  lpad init                                make a LaunchPad here
  lpad add_scripts 'echo one' 'echo two'   add a workflow
  qlaunch -r rapidfire                     submit what is READY
  lpad recover_offline                     bring the results home
  lpad status                              see how it goes
  lpad why 2                               see why a Firework does not run, or what went wrong

"lpad COMMAND -h" tells more. For completion with the tab key in bash:
  eval "$(register-python-argcomplete lpad)"
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    return run("lpad", lambda: _main(words), words)


def _main(words: Sequence[str]) -> int:
    parser = build_parser(COMMANDS if "_ARGCOMPLETE" in os.environ else words)
    offer_completion(parser)
    args = parser.parse_args(words)
    if args.command is None:
        parser.print_help()
        return 0
    start_log(args.loglvl or LEVEL, silent=args.silencer)
    args.human, args.output = args.output is None, args.output or FORMATS[0]
    code: int = args.run(args)
    return code


def build_parser(wanted: Iterable[str]) -> argparse.ArgumentParser:
    """The parser; only the commands among the ``wanted`` words get their options, and only their modules are loaded."""
    parser = new_parser("lpad", "Everything about a LaunchPad: add workflows, look at them, steer them.", EPILOG)
    parser.add_argument("-v", "--version", action="version", version=f"lpad v{VERSION} located in {_home()}")
    parser.add_argument(
        "-o",
        "--output",
        type=str.lower,
        choices=FORMATS,
        help="how results are printed (default: json; for a person where a command says so)",
    )
    add_config_options(parser, fworker=False)
    add_log_options(parser)
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", prog="lpad")
    wanted = set(wanted) - {""}
    for name, (module, help_text, alias) in COMMANDS.items():
        named = bool({name, alias} & wanted)
        if module:
            loaded = import_module(module) if named else None
            example = loaded.EXAMPLES.get(name, "") if loaded else ""
            command = add_command(commands, name, help_text, aliases=(alias,) if alias else (), example=example)
            if loaded:
                loaded.OPTIONS[name](command)
        elif named:
            _add_later(commands, name, alias)
    return parser


def _add_later(commands: argparse._SubParsersAction[Any], name: str, alias: str) -> None:
    command = commands.add_parser(name, aliases=[alias] if alias else [], add_help=False, prefix_chars="\0")
    command.add_argument("words", nargs="*")
    command.set_defaults(run=_later)


def _later(args: argparse.Namespace) -> int:
    raise ConfigError(f"`lpad {args.command}` comes with a later release of Longfuse")


def _home() -> str:
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
