"""What the commands go by: files, environment and flags, read once at the edge into one frozen value.

The first that is there counts: a flag; the ``--config_dir``; what ``FW_config.yaml`` names; the current directory;
``~/.longfuse``; ``~/.fireworks``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.config import CONFIG_NAME, Config
from longfuse.config import read as read_config
from longfuse.errors import ConfigError, SerializationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from longfuse.domain.fworker import FWorker
    from longfuse.launchers.directories import Layout
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import QueueAdapter

CONFIG_VARIABLE = "FW_CONFIG_FILE"
"""The environment variable that names an ``FW_config.yaml``."""

FILES = {
    "launchpad": ("my_launchpad.yaml", "LAUNCHPAD_LOC"),
    "fworker": ("my_fworker.yaml", "FWORKER_LOC"),
    "qadapter": ("my_qadapter.yaml", "QUEUEADAPTER_LOC"),
}
"""Each settings file's usual name, and the key of ``FW_config.yaml`` that may name another place."""

WORKER_KEYS = ("name", "category", "query", "env")
"""What a worker file may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where things are.

    Attributes:
        launchpad_file: The LaunchPad file, or None for the per-user LaunchPad.
        fworker_file: The worker file, or None for FireWorks' automatically generated worker.
        qadapter_file: The queue adapter file, or None.
        config: What ``FW_config.yaml`` says.
        sources: Where each of these came from, in words.
        origins: What set each key of the configuration that has not its default: a file, or a flag.
        passed_over: The files of the same name that others came before, by name.
        environ: The environment.
    """

    launchpad_file: Path | None
    fworker_file: Path | None
    qadapter_file: Path | None
    config: Config
    sources: Mapping[str, str]
    origins: Mapping[str, str]
    passed_over: Mapping[str, tuple[Path, ...]]
    environ: Mapping[str, str] = field(repr=False)


def resolve(
    config_dir: str | None = None,
    launchpad_file: str | None = None,
    fworker_file: str | None = None,
    qadapter_file: str | None = None,
    environ: Mapping[str, str] = os.environ,
    cwd: str | Path | None = None,
) -> Settings:
    """Find out what the commands go by.

    Args:
        config_dir: The flag ``-c``.
        launchpad_file: The flag ``-l``.
        fworker_file: The flag ``-w``.
        qadapter_file: The flag ``-q``.
        environ: The environment.
        cwd: The current directory.

    Raises:
        ConfigError: A file that was named is not there, or ``FW_config.yaml`` cannot be understood.
    """
    here = Path(cwd) if cwd is not None else _current_directory()
    home = Path(environ.get("HOME") or "~").expanduser()
    own = [here, home / ".longfuse", home / ".fireworks"]
    config, origins, config_path = _read_config(own, environ)
    folder = here / Path(config_dir or config.CONFIG_FILE_DIR).expanduser()
    if config_dir is not None and not os.path.isdir(folder):
        raise ConfigError(f"config_dir {config_dir!r} does not exist or is no directory")
    flags = {"launchpad": launchpad_file, "fworker": fworker_file, "qadapter": qadapter_file}
    first = folder if config_dir is not None else None
    found = {kind: _find(kind, flags[kind], first, [folder, *own], config, here) for kind in FILES}
    used = {CONFIG_NAME: config_path, **{FILES[kind][0]: path for kind, (path, _) in found.items()}}
    return Settings(
        launchpad_file=found["launchpad"][0],
        fworker_file=found["fworker"][0],
        qadapter_file=found["qadapter"][0],
        config=config if config_dir is None else replace(config, CONFIG_FILE_DIR=config_dir),
        sources={
            CONFIG_NAME: str(config_path or "defaults"),
            **{kind: source for kind, (_, source) in found.items()},
        },
        origins=origins if config_dir is None else {**origins, "CONFIG_FILE_DIR": "flag"},
        passed_over={
            name: _others(name, path, own if name == CONFIG_NAME else [folder, *own]) for name, path in used.items()
        },
        environ=environ,
    )


def launchpad_url(settings: Settings) -> str:
    """The LaunchPad's database.

    Raises:
        ConfigError: The LaunchPad file cannot be understood.
    """
    from longfuse.launchpad import location

    if settings.launchpad_file is not None:
        return location.read_location(settings.launchpad_file).url
    return location.default_url(settings.environ)


def open_launchpad(settings: Settings, *, create: bool = False) -> LaunchPad:
    """The LaunchPad. The per-user one is made when it is first used, which is told on stderr.

    Raises:
        ConfigError: The LaunchPad file cannot be understood.
        StoreError: The database cannot be opened.
    """
    from longfuse.launchpad import location
    from longfuse.launchpad.defaults import Defaults
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.store.revision import SQLITE

    config = settings.config
    steering: dict[str, Any] = {
        "ping_interval_s": config.PING_TIME_SECS,
        "order": config.SORT_FWS,
        "user_packages": config.user_packages,
        "defaults": Defaults(
            tracker_lines=config.TRACKER_LINES,
            template_dir=config.TEMPLATE_DIR,
            fw_names=config.FW_NAME_UPDATES,
        ),
        "keep_exception_details": config.EXCEPT_DETAILS_ON_RERUN,
    }
    if settings.launchpad_file is not None:
        place = location.read_location(settings.launchpad_file)
        return LaunchPad(place.url, logdir=place.logdir, create=create, **steering)
    url = location.default_url(settings.environ)
    new = not os.path.exists(url.removeprefix(SQLITE))
    launchpad = LaunchPad(url, create=True, **steering)
    if new:
        sys.stderr.write(
            f"No my_launchpad.yaml was found: made a LaunchPad of your own, {url}; `lpad init` makes another\n"
        )
    return launchpad


def layout(settings: Settings) -> Layout:
    """How launch directories look."""
    from longfuse.launchers.directories import Layout

    config = settings.config
    return Layout(
        stamp=config.FW_BLOCK_FORMAT,
        script_name=config.SUBMIT_SCRIPT_NAME,
        with_yaml=config.PRINT_FW_YAML,
        remove_unused=config.REMOVE_USELESS_DIRS,
    )


def fworker(settings: Settings) -> FWorker:
    """The worker.

    Raises:
        ConfigError: The worker file cannot be understood.
    """
    from longfuse.domain.fworker import FWorker
    from longfuse.domain.wire import read_file

    if settings.fworker_file is None:
        return FWorker()
    try:
        document = read_file(settings.fworker_file)
        _check_worker_keys(document)
        return FWorker.from_dict(document)
    except (SerializationError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"The worker file {settings.fworker_file} cannot be used: {error}") from None


def _check_worker_keys(document: dict[str, Any]) -> None:
    """See that nothing is misspelt: a worker without its category would run everything.

    Raises:
        SerializationError: There is a key that no worker has; the nearest one is named.
    """
    from difflib import get_close_matches

    for key in map(str, document):
        if key not in WORKER_KEYS:
            near = get_close_matches(key, WORKER_KEYS, n=1)
            hint = f" (did you mean `{near[0]}`?)" if near else ""
            raise SerializationError(f"it has an unknown key `{key}`{hint}; known: {', '.join(WORKER_KEYS)}")


def qadapter(settings: Settings) -> QueueAdapter:
    """The queue adapter.

    Raises:
        ConfigError: There is no queue adapter file, or it cannot be understood.
    """
    from longfuse.queue.files import read_adapter

    if settings.qadapter_file is None:
        raise ConfigError("No path specified for qadapter_file. Write a my_qadapter.yaml here, or name one with -q")
    return read_adapter(settings.qadapter_file)


def _find(
    kind: str, flag: str | None, first: Path | None, folders: Sequence[Path], config: Config, here: Path
) -> tuple[Path | None, str]:
    """A settings file and where it was found; ``first`` is the folder of the flag ``-c``."""
    name, key = FILES[kind]
    if flag is not None:
        return _named(kind, flag, "the command line", here), "flag"
    if first is not None and _stands(first / name):
        return first / name, str(first)
    named = getattr(config, key)
    if named is not None:
        return _named(kind, named, f"{key} in {CONFIG_NAME}", here), key
    found = next((folder for folder in folders if _stands(folder / name)), None)
    return (found / name, str(found)) if found is not None else (None, "default")


def _named(kind: str, given: str, source: str, here: Path) -> Path:
    path = here / Path(given).expanduser()
    if given and os.path.isfile(path):
        return path
    what = "is a folder, not a file" if given and os.path.isdir(path) else "does not exist"
    raise ConfigError(f"{kind}_file '{given}' {what}! It was named by {source}")


def _stands(path: Path) -> bool:
    """Whether a settings file is there.

    Raises:
        ConfigError: Something of that name is there that is no file. To pass over a link whose goal is away would be
            to open another LaunchPad than the user means.
    """
    if os.path.isfile(path):
        return True
    if os.path.lexists(path):
        raise ConfigError(
            f"{path} is {_no_file(path)}; mend it, move it away, or name another file on the command line"
        )
    return False


def _no_file(path: Path) -> str:
    if not os.path.islink(path):
        return "no file"
    return f"a link to {os.readlink(path)}, which is no file or cannot be reached"


def _current_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise ConfigError("The current directory does not exist any more; change to another one") from None


def _others(name: str, used: Path | None, folders: Iterable[Path]) -> tuple[Path, ...]:
    """The files of this name that are there and not used, each once."""
    there = [folder / name for folder in folders if os.path.isfile(folder / name)]
    by_place = {os.path.realpath(path): path for path in reversed(there)}
    by_place.pop(os.path.realpath(used) if used is not None else "", None)
    return tuple(reversed(by_place.values()))


def _read_config(folders: Iterable[Path], environ: Mapping[str, str]) -> tuple[Config, dict[str, str], Path | None]:
    """What ``FW_config.yaml`` says, what set each of its keys, and which file it is."""
    named = environ.get(CONFIG_VARIABLE)
    if named and not os.path.isfile(Path(named).expanduser()):
        raise ConfigError(f"{CONFIG_VARIABLE} names {named}, which does not exist")
    candidates = [Path(named).expanduser()] if named else [folder / CONFIG_NAME for folder in folders]
    path = next((candidate for candidate in candidates if _stands(candidate)), None)
    if path is None:
        return Config(), {}, None
    from longfuse.domain import yamlio

    try:
        content = yamlio.load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SerializationError) as error:
        raise ConfigError(f"Cannot read {path}: {error}") from None
    return (
        read_config(content, str(path)),
        {key: str(path) for key, value in (content or {}).items() if value is not None},
        path,
    )
