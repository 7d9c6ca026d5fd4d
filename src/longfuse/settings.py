"""What the commands go by: files, environment and flags, read once at the edge into one frozen value.

The first that is there counts: a flag; the ``--config_dir``; what ``FW_config.yaml`` names; the current directory;
``~/.longfuse``; ``~/.fireworks``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError, SerializationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from longfuse.domain.fworker import FWorker
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import QueueAdapter

CONFIG_NAME = "FW_config.yaml"
FILES = {
    "launchpad": ("my_launchpad.yaml", "LAUNCHPAD_LOC"),
    "fworker": ("my_fworker.yaml", "FWORKER_LOC"),
    "qadapter": ("my_qadapter.yaml", "QUEUEADAPTER_LOC"),
}
"""Each settings file's usual name, and the key of ``FW_config.yaml`` that may name another place."""


ORDERS = ("", "FIFO", "FILO")
"""How Fireworks of one priority may be ordered: not at all, oldest first, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The keys of ``FW_config.yaml`` that mean something here, under FireWorks' names, with their defaults."""

    LAUNCHPAD_LOC: str | None = None
    FWORKER_LOC: str | None = None
    QUEUEADAPTER_LOC: str | None = None
    CONFIG_FILE_DIR: str = "."
    ADD_USER_PACKAGES: tuple[str, ...] = ()
    ALWAYS_CREATE_NEW_BLOCK: bool = False
    OFFLINE_GRACE_SECS: float = 10.0
    PING_TIME_SECS: float = 300.0
    PW_CHECK_NUM: int = 10
    RAPIDFIRE_SLEEP_SECS: float = 60.0
    SORT_FWS: str = ""


WITHOUT_MEANING = frozenset(
    {
        "DECODE_MONTY",
        "DS_PASSWORD",
        "ECHO_TEST",
        "ENCODE_MONTY",
        "EXCEPT_DETAILS_ON_RERUN",
        "FW_BLOCK_FORMAT",
        "FW_LOGGING_FORMAT",
        "FW_NAME_UPDATES",
        "GRIDFS_FALLBACK_COLLECTION",
        "JSON_SCHEMA_VALIDATE",
        "JSON_SCHEMA_VALIDATE_LIST",
        "MAINTAIN_INTERVAL",
        "MONGOMOCK_SERVERSTORE_FILE",
        "MONGO_SOCKET_TIMEOUT_MS",
        "NEGATIVE_FWID_CTR",
        "PRINT_FW_JSON",
        "PRINT_FW_YAML",
        "QSTAT_FREQUENCY",
        "QUEUE_JOBNAME_MAXLEN",
        "QUEUE_RETRY_ATTEMPTS",
        "QUEUE_UPDATE_INTERVAL",
        "REMOVE_USELESS_DIRS",
        "RESERVATION_EXPIRATION_SECS",
        "ROCKET_STREAM_LOGLEVEL",
        "RUN_EXPIRATION_SECS",
        "STORE_PACKING_INFO",
        "STREAM_LOGLEVEL",
        "SUBMIT_SCRIPT_NAME",
        "TEMPLATE_DIR",
        "TRACKER_LINES",
        "USER_PACKAGES",
        "WEBSERVER_HOST",
        "WEBSERVER_PERFWARNINGS",
        "WEBSERVER_PORT",
        "WFLOCK_EXPIRATION_KILL",
        "WFLOCK_EXPIRATION_SECS",
        "YAML_STYLE",
    }
)
"""FireWorks' other keys: accepted, so that an existing file works, and without effect (yet)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where things are.

    Attributes:
        launchpad_file: The LaunchPad file, or None for the per-user LaunchPad.
        fworker_file: The worker file, or None for FireWorks' automatically generated worker.
        qadapter_file: The queue adapter file, or None.
        config: What ``FW_config.yaml`` says.
        sources: Where each of these came from, in words.
        environ: The environment.
    """

    launchpad_file: Path | None
    fworker_file: Path | None
    qadapter_file: Path | None
    config: Config
    sources: Mapping[str, str]
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
    config, config_source = _read_config(own, environ)
    folder = here / Path(config_dir or config.CONFIG_FILE_DIR).expanduser()
    if config_dir is not None and not os.path.isdir(folder):
        raise ConfigError(f"config_dir {config_dir!r} does not exist or is no directory")
    flags = {"launchpad": launchpad_file, "fworker": fworker_file, "qadapter": qadapter_file}
    first = folder if config_dir is not None else None
    found = {kind: _find(kind, flags[kind], first, [folder, *own], config, here) for kind in FILES}
    return Settings(
        launchpad_file=found["launchpad"][0],
        fworker_file=found["fworker"][0],
        qadapter_file=found["qadapter"][0],
        config=config,
        sources={CONFIG_NAME: config_source, **{kind: source for kind, (_, source) in found.items()}},
        environ=environ,
    )


def open_launchpad(settings: Settings, *, create: bool = False) -> LaunchPad:
    """The LaunchPad. The per-user one is made when it is first used, which is told on stderr.

    Raises:
        ConfigError: The LaunchPad file cannot be understood.
        StoreError: The database cannot be opened.
    """
    from longfuse.launchpad import location
    from longfuse.launchpad.pad import LaunchPad

    config = settings.config
    steering: dict[str, Any] = {"ping_interval_s": config.PING_TIME_SECS, "order": config.SORT_FWS}
    steering["user_packages"] = config.ADD_USER_PACKAGES
    if settings.launchpad_file is not None:
        place = location.read_location(settings.launchpad_file)
        return LaunchPad(place.url, logdir=place.logdir, create=create, **steering)
    url = location.default_url(settings.environ)
    new = not os.path.exists(url.removeprefix(location.SQLITE))
    launchpad = LaunchPad(url, create=True, **steering)
    if new:
        sys.stderr.write(
            f"No my_launchpad.yaml was found: made a LaunchPad of your own, {url}; `lpad init` makes another\n"
        )
    return launchpad


def fworker(settings: Settings) -> FWorker:
    """The worker.

    Raises:
        ConfigError: The worker file cannot be understood.
    """
    from longfuse.domain.fworker import FWorker

    if settings.fworker_file is None:
        return FWorker()
    try:
        return FWorker.from_file(settings.fworker_file)
    except (SerializationError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"The worker file {settings.fworker_file} cannot be used: {error}") from None


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


def _read_config(folders: Iterable[Path], environ: Mapping[str, str]) -> tuple[Config, str]:
    named = environ.get("FW_CONFIG_FILE")
    if named and not os.path.isfile(Path(named).expanduser()):
        raise ConfigError(f"FW_CONFIG_FILE names {named}, which does not exist")
    candidates = [Path(named).expanduser()] if named else [folder / CONFIG_NAME for folder in folders]
    path = next((candidate for candidate in candidates if _stands(candidate)), None)
    if path is None:
        return Config(), "defaults"
    from longfuse.domain import yamlio

    try:
        content = yamlio.load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SerializationError) as error:
        raise ConfigError(f"Cannot read {path}: {error}") from None
    return _checked(content or {}, path), str(path)


def _checked(content: Any, path: Path) -> Config:
    if not isinstance(content, dict):
        raise ConfigError(
            f"Invalid FW_config file {path}: it must hold keys and values, not a {type(content).__name__}"
        )
    known = {each.name: each for each in fields(Config)}
    for key in content:
        if key not in known and key not in WITHOUT_MEANING:
            near = get_close_matches(str(key), [*known, *WITHOUT_MEANING], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"Invalid FW_config file {path} has unknown parameter: {key}{hint}")
    values = {key: value for key, value in content.items() if key in known and value is not None}
    return Config(**{key: _typed(key, value, known[key].default, path) for key, value in values.items()})


def _typed(key: str, value: Any, default: Any, path: Path) -> Any:
    """The value, if it is of its default's type."""
    if isinstance(default, tuple):
        value = (value,) if isinstance(value, str) else value
        wanted, right = "a list of names", isinstance(value, list | tuple) and all(isinstance(x, str) for x in value)
        value = tuple(value) if right else value
    elif isinstance(default, bool):
        wanted, right = "true or false", isinstance(value, bool)
    elif isinstance(default, float | int):
        wanted, right = "a number", isinstance(value, float | int) and not isinstance(value, bool)
    else:
        wanted, right = "text", isinstance(value, str)
    if right and key == "SORT_FWS" and value not in ORDERS:
        wanted, right = "FIFO, FILO or empty", False
    if not right:
        raise ConfigError(f"{path}: {key} must be {wanted}, not {value!r}")
    return value
