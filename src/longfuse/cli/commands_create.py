"""``lpad init | reset | add | add_scripts | append_wflow | dump_wflow``."""

from __future__ import annotations

import logging
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.cli.opening import open_launchpad
from longfuse.cli.progress import announced, counted
from longfuse.cli.selection import fw_id_list
from longfuse.domain import wire
from longfuse.errors import ConfigError, InputError, LongfuseError, WorkflowError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from longfuse.launchpad.pad import LaunchPad

log = logging.getLogger("longfuse.lpad")

EXAMPLES = {
    "init": "lpad init",
    "reset": "lpad reset --password 2026-01-31",
    "add": "lpad add workflow.yaml other.json",
    "add_scripts": "lpad add_scripts 'echo one' 'echo two' --names first second --wf_name greetings",
    "append_wflow": "lpad append_wflow -i 3 -f more.yaml",
    "dump_wflow": "lpad dump_wflow -i 3 -f copy.yaml",
}


# --- init
def _init_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-u", "--uri_mode", action="store_true", help="ask for the database as a URL")
    parser.add_argument("--config-file", default="my_launchpad.yaml", metavar="FILE", help="the file to write")
    parser.set_defaults(run=_init)


def _init(args: argparse.Namespace) -> int:
    from longfuse.launchpad.location import absolute_url
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.store.revision import SQLITE

    path = Path(args.config_dir or ".", args.config_file)
    if path.exists() and not _yes(f"{path} exists. Overwrite it?"):
        raise ConfigError(f"{path} exists already and was left as it is; name another with --config-file")
    if args.uri_mode:
        url = _ask(
            "url",
            f"{SQLITE}launchpad.db",
            "where the LaunchPad is: sqlite:///FILE or postgresql+psycopg://USER@HOST:PORT/DATABASE",
        )
    else:
        url = SQLITE + _ask("database", "launchpad.db", f"the SQLite file, relative to {path.parent.absolute()}")
    LaunchPad(absolute_url(url, path.parent), create=True).close()
    try:
        path.write_text(wire.write_text({"url": url}, "yaml"), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}") from None
    print(f"Configuration written to {path}!")
    return 0


def _ask(key: str, default: str, meaning: str) -> str:
    """A question with FireWorks' words; without a terminal the default is the answer."""
    if not sys.stdin.isatty():
        return default
    return _answer(f"Enter {key} parameter. (default={default}). help: {meaning}: ") or default


def _yes(question: str) -> bool:
    return sys.stdin.isatty() and _answer(f"{question} (Y/N) ").lower().startswith("y")


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        raise InputError("The input ended at that question; nothing was written") from None


# --- reset
def _reset_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password", metavar="DATE", help="today's date (YYYY-MM-DD), to reset without a question")
    parser.set_defaults(run=_reset)


def _reset(args: argparse.Namespace) -> int:
    launchpad = open_launchpad(args, create=True)
    password = args.password
    workflows = launchpad.get_wf_ids(count_only=True)
    if password is None and (workflows == 0 or _typed_name(launchpad, workflows)):
        password = date.today().isoformat()  # noqa: DTZ011 - as in LaunchPad.reset
    with announced("resetting"):
        launchpad.reset(password)
    return 0


def _typed_name(launchpad: LaunchPad, workflows: int) -> bool:
    from longfuse.launchpad.location import database_name, shown

    name = database_name(launchpad.url)
    sys.stderr.write(
        f"Are you sure? This will RESET {workflows} workflows and all data of {shown(launchpad.url)}. "
        f"To go on, type the name of the database, {name}: "
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip() != name:
        raise InputError("Nothing was reset: that is not the name of the database")
    return True


# --- add
def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("wf_file", nargs="+", help="files with a workflow or a Firework (.yaml, .yml, .json)")
    parser.add_argument("-d", "--dir", action="store_true", help="the arguments are folders; add every file in them")
    parser.add_argument("-c", "--check", action="store_true", help="check the links (always done)")
    parser.set_defaults(run=_add)


def _add(args: argparse.Namespace) -> int:
    documents = []
    for path in counted(list(_files(args.wf_file, args.dir)), "files read"):
        documents.append(wire.read_file(path))
        _check(path, documents[-1])
    if not documents:
        log.warning("Nothing was added: no .yaml, .yml or .json file is in %s", ", ".join(args.wf_file))
        return 0
    launchpad = open_launchpad(args)
    with announced(f"adding {len(documents)} workflows" if len(documents) > 1 else "adding a workflow"):
        launchpad.add_documents(documents)
    return 0


def _check(path: Path | str, document: Any) -> None:
    """Tell whose fault it is before anything is added."""
    from longfuse.launchpad.adding import draft

    try:
        draft(document)
    except WorkflowError as error:
        raise WorkflowError(f"{path}: {error}") from None


def _files(given: list[str], folders: bool) -> Iterator[Path]:
    for name in given:
        if not folders:
            yield Path(name)
            continue
        try:
            yield from sorted(path for path in Path(name).iterdir() if path.suffix in (".yaml", ".yml", ".json"))
        except OSError as error:
            raise InputError(f"Cannot look into the folder {name}: {error.strerror}") from None


# --- add_scripts
def _add_scripts_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scripts", nargs="+", help="shell commands; each is a Firework that waits for the one before")
    parser.add_argument("-n", "--names", nargs="+", help="names of the Fireworks")
    parser.add_argument("-w", "--wf_name", help="name of the workflow")
    parser.add_argument("-d", "--delimiter", default=",", help="accepted for FireWorks' sake, without effect there too")
    parser.set_defaults(run=_add_scripts)


def _add_scripts(args: argparse.Namespace) -> int:
    names = args.names or []
    if names and len(names) != len(args.scripts):
        raise InputError(
            f"There are {len(args.scripts)} scripts and {len(names)} names; give a name to each or to none"
        )
    fws = [
        {
            "fw_id": n,
            "name": names[n] if names else None,
            "spec": {"_tasks": [{"_fw_name": "ScriptTask", "script": script, "use_shell": True}]},
        }
        for n, script in enumerate(args.scripts)
    ]
    links = {str(n): [n + 1] for n in range(len(fws) - 1)}
    launchpad = open_launchpad(args)
    with announced(f"adding {len(fws)} scripts"):
        launchpad.add_documents([{"fws": fws, "links": links, "metadata": {}, "name": args.wf_name}])
    return 0


# --- append_wflow, dump_wflow
def _append_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-i", "--fw_id", type=fw_id_list, required=True, metavar="IDS", help="the Fireworks to append to"
    )
    parser.add_argument("-f", "--wf_file", required=True, metavar="FILE", help="the workflow; its fw_ids are negative")
    parser.add_argument("-d", "--detour", action="store_true", help="their present children wait for it, too")
    parser.add_argument("--no_pull_spec_mods", dest="pull", action="store_false", help="without their spec changes")
    parser.set_defaults(run=_append)


def _append(args: argparse.Namespace) -> int:
    document = wire.read_file(args.wf_file)
    _check(args.wf_file, document)
    launchpad = open_launchpad(args)
    with announced("appending"):
        launchpad.append_document(document, args.fw_id, args.detour, args.pull)
    return 0


def _dump_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-i", "--fw_id", type=int, required=True, metavar="FW_ID", help="any Firework of the workflow")
    parser.add_argument("-f", "--wf_file", required=True, metavar="FILE", help="the file to write (.yaml, .json)")
    parser.set_defaults(run=_dump)


def _dump(args: argparse.Namespace) -> int:
    f_format = wire.format_of(args.wf_file)
    launchpad = open_launchpad(args)
    try:
        with announced("writing the workflow"):
            document = launchpad.get_wf_dict_by_fw_id(args.fw_id)
            Path(args.wf_file).write_text(wire.write_text(document, f_format), encoding="utf-8")
    except OSError as error:
        raise LongfuseError(f"Cannot write {args.wf_file}: {error.strerror}") from None
    return 0


OPTIONS: dict[str, Callable[[Any], None]] = {
    "init": _init_options,
    "reset": _reset_options,
    "add": _add_options,
    "add_scripts": _add_scripts_options,
    "append_wflow": _append_options,
    "dump_wflow": _dump_options,
}
