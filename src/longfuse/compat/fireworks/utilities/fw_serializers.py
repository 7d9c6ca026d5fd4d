"""Writing objects and reading them back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from longfuse.domain.registry import fw_name_of
from longfuse.domain.wire import (
    FWSerializable,
    load_object,
    load_object_from_file,
    recursive_deserialize,
    recursive_dict,
    recursive_load,
    recursive_serialize,
    serialize_fw,
)

__all__ = [
    "DATETIME_HANDLER",
    "DECODE_MONTY",
    "ENCODE_MONTY",
    "ENCODING_PARAMS",
    "NUMPY_INSTALLED",
    "SAVED_FW_MODULES",
    "FWSerializable",
    "get_default_serialization",
    "load_object",
    "load_object_from_file",
    "reconstitute_dates",
    "recursive_deserialize",
    "recursive_dict",
    "recursive_load",
    "recursive_serialize",
    "serialize_fw",
]

ENCODING_PARAMS = {"encoding": "utf-8"}
"""For `open`."""

ENCODE_MONTY = True
DECODE_MONTY = True

NUMPY_INSTALLED = True
"""Arrays and numpy's numbers are written, whether numpy is there or not."""

SAVED_FW_MODULES: dict[str, str] = {}
"""Where programs tell FireWorks the module of an ``_fw_name``. It is found without: this has no effect."""


def DATETIME_HANDLER(obj: Any) -> str | None:  # noqa: N802 - FireWorks' name
    """For ``json.dumps(default=...)``: a time as ISO text, and null for what JSON cannot hold."""
    return obj.isoformat() if isinstance(obj, datetime) else None


def get_default_serialization(cls: type[Any]) -> str:
    """The ``_fw_name`` of a class that sets none."""
    return fw_name_of(cls)


def reconstitute_dates(obj_dict: Any) -> Any:
    """A copy in which each text that is an ISO time, with a ``T`` in it, is a datetime."""
    if isinstance(obj_dict, dict):
        return {key: reconstitute_dates(value) for key, value in obj_dict.items()}
    if isinstance(obj_dict, list | tuple):
        return [reconstitute_dates(value) for value in obj_dict]
    if isinstance(obj_dict, str) and "T" in obj_dict:
        try:
            return datetime.fromisoformat(obj_dict)
        except ValueError:
            return obj_dict
    return obj_dict
