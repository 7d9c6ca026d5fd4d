"""Writes commands.md and config.md beside this file: ``python docs/reference/generate.py``.

The first from the commands' own help, the second from the keys of `longfuse.config`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from longfuse.config import DEFAULTS, KEYS, WITHOUT_MEANING

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
WIDTH = 100

INTRODUCTION = """\
# Commands

*Reference.* Made by `docs/reference/generate.py` from the commands' own help.

## What all commands have in common

- **Settings files.** `my_launchpad.yaml`, `my_fworker.yaml` and `my_qadapter.yaml`, each the first that exists:
  the one given by its option; in the folder given with `-c`; where `FW_config.yaml` says (`LAUNCHPAD_LOC`,
  `FWORKER_LOC`, `QUEUEADAPTER_LOC`); in the current folder; in `~/.longfuse`; in `~/.fireworks`. Without a
  LaunchPad file, a LaunchPad of your own is used, and made at the first use. See
  [Use another LaunchPad](../howto/launchpad.md).
- **Output.** Results go to standard output, as JSON (or YAML, `lpad -o yaml`); log lines and errors go to
  standard error. A list with one element is printed as that element, as in FireWorks. `lpad why`, `status`, `config`,
  `report` and `introspect` speak to a person, unless `-o` is given, before or behind the subcommand.
- **Which ones.** Without `-i`, `-n`, `-s` or `-q` a command is about *all* of them. Commands that change more than
  ten ask first; `--password` with today's date answers that.
- **Exit codes.** 0: all is well. 1: an error, told in one line, with what to do next; for `qlaunch` also a job
  that was refused, for `recover_offline` also something that needs a person. 2: a wrong command line.
  70: a fault of Longfuse, with the file that tells more. 130: interrupted.
  `rlaunch singleshot --offline` has [more](../protocol.md#starts-attempts-and-requeued-jobs).
- **Display formats** (`-d`): `less` (default), `more` (with launches), `all` (with specs), `ids`, `count`,
  `reservations`.
- **Completion** with the tab key: in bash and zsh `eval "$(register-python-argcomplete lpad)"` (zsh: after
  `autoload -U bashcompinit && bashcompinit`), in fish `register-python-argcomplete --shell fish lpad | source`;
  likewise for `qlaunch`, `rlaunch` and `mlaunch`.
- With `--debug` before the subcommand, or with `LONGFUSE_DEBUG=1` in the environment, errors
  come with their traceback.
"""

ABOUT = {
    "lpad": "Everything about a LaunchPad.",
    "rlaunch": "Run Fireworks here and now.",
    "mlaunch": "The same as `rlaunch multi`.",
    "qlaunch": "Submit Fireworks to a batch system.",
}


CONFIG_INTRODUCTION = """\
# Configuration

*Reference.* Made by `docs/reference/generate.py` from the keys that the commands know.

## Which files count

`FW_config.yaml` is read once, when a command starts: the one that the environment variable `FW_CONFIG_FILE` names;
else the first of those in the current folder, in `~/.longfuse` and in `~/.fireworks`. It holds keys of the tables
below and their values. An unknown key is an error that names the nearest one.

Where `my_launchpad.yaml`, `my_fworker.yaml` and `my_qadapter.yaml` are looked for stands in
[Commands](commands.md#what-all-commands-have-in-common).

`lpad config` shows every key, its value and what set it (a file, a flag or nothing), which files are used, and
which others of the same name were passed over; `lpad config -o json` the same for a program.

A compute node needs no configuration: what rockets go by is written into the launch directory when a Firework is
launched.

## Keys
"""

CONFIG_ENDING = """\
## Keys of FireWorks without effect

They are accepted, so that an `FW_config.yaml` of FireWorks works as it is.
"""


def main() -> None:
    """Write the pages."""
    write_commands()
    (HERE / "config.md").write_text(config_page(), encoding="utf-8")


def config_page() -> str:
    """The page about ``FW_config.yaml``."""
    keys = [(f"`{key}`", _default(key), _meaning(about)) for key, about in KEYS.items()]
    others = [(f"`{key}`", why) for key, why in WITHOUT_MEANING.items()]
    parts = [CONFIG_INTRODUCTION, table("key", "default", "meaning", rows=keys)]
    return "\n".join([*parts, CONFIG_ENDING, table("key", "why", rows=others)])


def table(*columns: str, rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _default(key: str) -> str:
    value: Any = getattr(DEFAULTS, key)
    if value is None or value == "":
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _meaning(about: Any) -> str:
    choices = [choice for choice in about["choices"] if choice]
    return about["help"] + (f"; one of {', '.join(f'`{choice}`' for choice in choices)}" if choices else "")


def write_commands() -> None:
    """Write the page of the commands."""
    parts = [INTRODUCTION]
    for command, about in ABOUT.items():
        parts.append(f"## `{command}`\n\n{about}\n\n{block(command)}")
        parts += [f"### `{command} {name}`\n\n{block(command, name)}" for name in subcommands(command)]
    (HERE / "commands.md").write_text("\n".join(parts), encoding="utf-8")


def block(*words: str) -> str:
    """A command's help as a block."""
    return f"```text\n{help_of(*words)}```\n"


def subcommands(command: str) -> list[str]:
    """The names of a command's subcommands that have a help."""
    listed = help_of(command).partition("  COMMAND\n")[2].partition("\n\n")[0]
    names: list[str] = re.findall(r"^    (\w+)", listed, re.MULTILINE)
    return names


def help_of(*words: str) -> str:
    """What ``-h`` prints."""
    environ = {**os.environ, "COLUMNS": str(WIDTH), "NO_COLOR": "1"}
    argv = [str(BIN / words[0]), *words[1:], "-h"]
    text = subprocess.run(argv, env=environ, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return re.sub(r"(?m) +$", "", text)


if __name__ == "__main__":
    main()
