"""The keys of ``FW_config.yaml``: FireWorks' names, their defaults, what each does, and the check of a user's file.

This module is the one home of that list; ``lpad config`` and docs/reference/config.md tell what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from math import inf
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONFIG_NAME = "FW_config.yaml"

ORDERS = ("FIFO", "FILO", "")
"""How Fireworks of one priority may be ordered: oldest first, newest first, not at all."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

MOST_TRACKER_LINES = 1000
"""As many as a Tracker can keep."""


def _key(default: Any, help_text: str, choices: tuple[str, ...] = ()) -> Any:
    metadata = {"help": help_text, "choices": choices}
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What ``FW_config.yaml`` says, each key under FireWorks' name; what it does stands with it."""

    LAUNCHPAD_LOC: str | None = _key(None, "the LaunchPad file, if not the `my_launchpad.yaml` that is found")
    FWORKER_LOC: str | None = _key(None, "the worker file, if not the `my_fworker.yaml` that is found")
    QUEUEADAPTER_LOC: str | None = _key(None, "the queue adapter file, if not the `my_qadapter.yaml` that is found")
    CONFIG_FILE_DIR: str = _key(".", "the folder where `my_*.yaml` files are looked for first (the flag `-c`)")
    ADD_USER_PACKAGES: tuple[str, ...] = _key((), "packages in which rockets look for Firetasks of your own")
    ALWAYS_CREATE_NEW_BLOCK: bool = _key(False, "whether `qlaunch rapidfire` begins a new block directory each time")
    EXCEPT_DETAILS_ON_RERUN: bool = _key(
        False, "whether a rerun leaves what the failed run's exception told in `spec._exception_details`"
    )
    FW_BLOCK_FORMAT: str = _key(
        "%Y-%m-%d-%H-%M-%S-%f", "the time in the names of block and launcher directories (strftime, UTC)"
    )
    FW_LOGGING_FORMAT: str = _key(
        "%(asctime)s %(levelname)s %(message)s", "how a log line of the commands looks (Python's logging)"
    )
    FW_NAME_UPDATES: Mapping[str, str] = _key(
        {}, "names that replace an `_fw_name` of stored Fireworks when they are launched, beside FireWorks' own"
    )
    MAINTAIN_INTERVAL: float = _key(120.0, "seconds between two rounds of a maintenance without end")
    OFFLINE_GRACE_SECS: float = _key(
        10.0, "Longfuse's own: how long after a job's end its files may still appear before it is judged without them"
    )
    PING_TIME_SECS: float = _key(300.0, "seconds between two signs of life of a rocket")
    PRINT_FW_YAML: bool = _key(False, "whether a launch directory also gets the Firework as `FW.yaml`, for people")
    PW_CHECK_NUM: int = _key(10, "how many Fireworks or workflows a command may change without asking")
    QSTAT_FREQUENCY: int = _key(50, "after how many submissions `qlaunch rapidfire -m` counts the queue's jobs again")
    QUEUE_JOBNAME_MAXLEN: int = _key(20, "how many characters of a Firework's name its job's name has")
    QUEUE_RETRY_ATTEMPTS: int = _key(
        5, "how often a batch system that cannot take jobs now is asked again, with growing pauses, by `rapidfire`"
    )
    QUEUE_UPDATE_INTERVAL: float = _key(0.0, "seconds between two submissions of `qlaunch rapidfire`")
    RAPIDFIRE_SLEEP_SECS: float = _key(60.0, "seconds between two looks for new work of `rapidfire`")
    REMOVE_USELESS_DIRS: bool = _key(True, "whether launcher directories in which nothing was run are removed")
    RESERVATION_EXPIRATION_SECS: float = _key(
        1_209_600.0, "after how many seconds a reservation counts as forgotten, for maintenance and `lpad status`"
    )
    ROCKET_STREAM_LOGLEVEL: str = _key(
        "INFO", "the lowest level of the lines that rockets log, where the LaunchPad can be reached", LEVELS
    )
    RUN_EXPIRATION_SECS: float = _key(
        14_400.0, "after how many seconds of silence a launch counts as lost, for maintenance and `lpad status`"
    )
    SORT_FWS: str = _key(
        "", "among equal priorities `FIFO` launches the oldest Firework first, `FILO` the newest", ORDERS
    )
    STORE_PACKING_INFO: bool = _key(True, "whether packed rockets note in `stored_data` which of their processes ran")
    STREAM_LOGLEVEL: str = _key("INFO", "the lowest level of the lines that commands log (the flag `--loglvl`)", LEVELS)
    SUBMIT_SCRIPT_NAME: str = _key("FW_submit.script", "the file in a launch directory that is handed in as the job")
    TEMPLATE_DIR: str | None = _key(None, "where TemplateWriterTask finds its templates, if the task does not say")
    TRACKER_LINES: int = _key(25, "how many last lines a Tracker keeps that does not say")
    USER_PACKAGES: tuple[str, ...] = _key(
        (), "the same as ADD_USER_PACKAGES, and looked in before them; FireWorks' own packages are always there"
    )
    YAML_STYLE: bool = _key(False, "whether YAML is printed in flow style (`{a: [1, 2]}`) instead of block style")

    @property
    def user_packages(self) -> tuple[str, ...]:
        """Where rockets look for Firetasks of the user's own, in order."""
        return tuple(dict.fromkeys(name for name in self.USER_PACKAGES if name not in OWN_PACKAGES)) + tuple(
            name for name in self.ADD_USER_PACKAGES if name not in self.USER_PACKAGES
        )


OWN_PACKAGES = frozenset({"fireworks.user_objects", "fireworks.features", "fw_tutorials"})
"""FireWorks' default of USER_PACKAGES: what was in them is built in here."""

DEFAULTS = Config()
KEYS: dict[str, Mapping[str, Any]] = {each.name: each.metadata for each in fields(Config)}
"""Each key that means something: its ``help`` and ``choices``."""

_NO_MONGO = "Longfuse's LaunchPad is no MongoDB"
_NO_LOCK = "workflows have no lock; a database transaction cannot be left behind"
_NO_WEB = "there is no web server"
_NO_SCHEMA = "whatever is read is always checked, and an error names the place"
_NO_MONTY = "objects are always written with their `as_dict`, and read back where their module is installed"

WITHOUT_MEANING: dict[str, str] = {
    "DECODE_MONTY": _NO_MONTY,
    "DS_PASSWORD": "packed rockets share nothing but directories: there is no server to protect",
    "ECHO_TEST": "it is a test of FireWorks' own",
    "ENCODE_MONTY": _NO_MONTY,
    "GRIDFS_FALLBACK_COLLECTION": "an FWAction has no limit in size",
    "JSON_SCHEMA_VALIDATE": _NO_SCHEMA,
    "JSON_SCHEMA_VALIDATE_LIST": _NO_SCHEMA,
    "MONGOMOCK_SERVERSTORE_FILE": _NO_MONGO,
    "MONGO_SOCKET_TIMEOUT_MS": _NO_MONGO,
    "NEGATIVE_FWID_CTR": "it is a counter, not a setting",
    "PRINT_FW_JSON": "FW.json is what a rocket runs from: it is always written",
    "WEBSERVER_HOST": _NO_WEB,
    "WEBSERVER_PERFWARNINGS": _NO_WEB,
    "WEBSERVER_PORT": _NO_WEB,
    "WFLOCK_EXPIRATION_KILL": _NO_LOCK,
    "WFLOCK_EXPIRATION_SECS": _NO_LOCK,
}
"""FireWorks' other keys, which are accepted, so that an existing file works: why each has no effect."""


def read(content: Any, source: str) -> Config:
    """Check the content of an ``FW_config.yaml``.

    Args:
        content: What the YAML holds; None for an empty file.
        source: The file, for messages.

    Raises:
        ConfigError: A key is unknown, or its value is of the wrong kind.
    """
    if content is None:
        return Config()
    if not isinstance(content, dict):
        raise ConfigError(
            f"Invalid FW_config file {source}: it must hold keys and values, not a {type(content).__name__}"
        )
    for key in content:
        if key not in KEYS and key not in WITHOUT_MEANING:
            near = get_close_matches(str(key), [*KEYS, *WITHOUT_MEANING], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"Invalid FW_config file {source} has unknown parameter: {key}{hint}")
    values = {key: value for key, value in content.items() if key in KEYS and value is not None}
    return Config(**{key: _checked(key, value, source) for key, value in values.items()})


def _checked(key: str, value: Any, source: str) -> Any:
    """The value, if it is of its default's kind, and one that can be."""
    found, wanted = _of_kind(value, getattr(DEFAULTS, key))
    choices = KEYS[key]["choices"]
    if found is not None and choices:
        found = found.upper()
        found, wanted = (found if found in choices else None), _one_of(choices)
    elif found is not None and key in _FITTING:
        fits, words = _FITTING[key]
        found, wanted = (found if fits(found) else None), words
    if found is None:
        raise ConfigError(f"{source}: {key} must be {wanted}, not {value!r}")
    return found


def _of_kind(value: Any, default: Any) -> tuple[Any, str]:
    """The value in the kind of the default, or None; and what that kind is called."""
    match default:
        case tuple():
            names = [value] if isinstance(value, str) else value
            return (tuple(names) if isinstance(names, list) and _all_text(names) else None), "a list of names"
        case dict():
            right = isinstance(value, dict) and _all_text([*value, *value.values()])
            return (value if right else None), "names and the names that replace them"
        case bool():
            return (value if isinstance(value, bool) else None), "true or false"
        case int():
            right = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            return (value if right else None), "a whole number"
        case float():
            right = isinstance(value, float | int) and not isinstance(value, bool) and 0 <= value < inf
            return (value if right else None), "a number"
        case _:
            return (value if isinstance(value, str) else None), "text"


def _one_of(choices: tuple[str, ...]) -> str:
    words = [choice or "empty" for choice in choices]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _all_text(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _is_file_name(name: str) -> bool:
    return bool(name.strip()) and "/" not in name


_FITTING: dict[str, tuple[Callable[[Any], bool], str]] = {
    "FW_BLOCK_FORMAT": (_is_file_name, "part of a name, without `/`"),
    "SUBMIT_SCRIPT_NAME": (_is_file_name, "the name of a file, without `/`"),
    "TRACKER_LINES": (lambda lines: lines <= MOST_TRACKER_LINES, f"at most {MOST_TRACKER_LINES}"),
}
"""What else must be true of a value, and how to say so."""
