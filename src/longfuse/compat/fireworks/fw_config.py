"""FireWorks' configuration as names of a module.

The files are read when the first name is asked for, in the directory of that moment, and then not again. A program that
sets a name here changes what later readers of it see, not what Longfuse does: for that there is ``FW_config.yaml``.
"""

from __future__ import annotations

import os
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse import settings
from longfuse.config import CONFIG_NAME, DEFAULTS, OWN_PACKAGES
from longfuse.launchdir.job import NODE_LIST, PROCESS_NAME, SUB_NPROCS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FWData", "config_to_dict", "override_user_settings", "write_config"]

WITHOUT_EFFECT: dict[str, Any] = {
    "DECODE_MONTY": True,
    "DS_PASSWORD": b"1234",
    "ENCODE_MONTY": True,
    "GRIDFS_FALLBACK_COLLECTION": None,
    "JSON_SCHEMA_VALIDATE": False,
    "JSON_SCHEMA_VALIDATE_LIST": [],
    "MONGOMOCK_SERVERSTORE_FILE": None,
    "MONGO_SOCKET_TIMEOUT_MS": 300_000,
    "NEGATIVE_FWID_CTR": 0,
    "PRINT_FW_JSON": True,
    "WEBSERVER_HOST": "127.0.0.1",
    "WEBSERVER_PERFWARNINGS": False,
    "WEBSERVER_PORT": 5000,
    "WFLOCK_EXPIRATION_KILL": False,
    "WFLOCK_EXPIRATION_SECS": 300,
}
"""FireWorks' keys that mean nothing here, with its defaults."""

FILES = ("LAUNCHPAD_LOC", "FWORKER_LOC", "QUEUEADAPTER_LOC")


class FWData:
    """What a packed process knows of itself (`longfuse.launchers.packing`); processes share nothing through it."""

    _only: FWData | None = None

    MULTIPROCESSING: bool
    NODE_LIST: list[str] | None
    SUB_NPROCS: int | None
    DATASERVER: Any
    Running_IDs: dict[int, int | None]

    def __new__(cls) -> FWData:
        """The one there is."""
        if cls._only is None:
            cls._only = super().__new__(cls)
            nodes, nprocs = os.environ.get(NODE_LIST), os.environ.get(SUB_NPROCS)
            cls._only.MULTIPROCESSING = PROCESS_NAME in os.environ
            cls._only.NODE_LIST = nodes.split(",") if nodes else None
            cls._only.SUB_NPROCS = int(nprocs) if nprocs else None
            cls._only.DATASERVER = None
            cls._only.Running_IDs = {}
        return cls._only


def config_to_dict() -> dict[str, Any]:
    """Every key and its value."""
    names = sorted({*WITHOUT_EFFECT, *(field.name for field in fields(DEFAULTS))} - {"NEGATIVE_FWID_CTR"})
    return {name: globals().get(name, _values()[name]) for name in names}


def write_config(path: str | Path | None = None) -> None:
    """Write what differs from the defaults to an ``FW_config.yaml``.

    Args:
        path: The file; None is ``~/.longfuse/FW_config.yaml``.
    """
    from longfuse.domain import yamlio

    target = Path(path) if path else Path.home() / ".longfuse" / CONFIG_NAME
    config = settings.resolve().config
    changed = {
        x.name: getattr(config, x.name) for x in fields(config) if getattr(config, x.name) != getattr(DEFAULTS, x.name)
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yamlio.dump({key: _in_yaml(value) for key, value in changed.items()}), encoding="utf-8")


def override_user_settings() -> None:
    """Read the files again, when the next name is asked for."""
    _values.cache_clear()


def __getattr__(name: str) -> Any:
    """A key's value (PEP 562).

    Raises:
        ConfigError: A settings file cannot be understood.
    """
    if name.isupper() and name in _values():
        return _values()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> Iterable[str]:
    return sorted({*globals(), *WITHOUT_EFFECT, *(field.name for field in fields(DEFAULTS))})


@cache
def _values() -> dict[str, Any]:
    """All keys, as FireWorks' module has them after it has read its files."""
    found = settings.resolve()
    values = {field.name: _in_yaml(getattr(found.config, field.name)) for field in fields(found.config)}
    paths = (found.launchpad_file, found.fworker_file, found.qadapter_file)
    values.update({name: str(path) if path else None for name, path in zip(FILES, paths, strict=True)})
    values["USER_PACKAGES"] = [*sorted(OWN_PACKAGES), *found.config.user_packages]
    return {**WITHOUT_EFFECT, **values}


def _in_yaml(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
