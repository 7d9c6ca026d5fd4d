"""Which batch systems Longfuse speaks to; each is a module of its own, loaded when it is used."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from longfuse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from longfuse.queue.adapter import Dialect

SPOKEN = {"SLURM": "longfuse.queue.slurm", "local": "longfuse.queue.local"}
"""The value of ``_fw_q_type``, and the module whose ``make(extras)`` gives the dialect."""

LATER = ("PBS", "SGE", "Cobalt", "LoadLeveler", "LoadSharingFacility", "MOAB")
"""FireWorks' other batch systems, which come with a later release."""


def dialect_of(q_type: str, extras: Mapping[str, Any]) -> Dialect:
    """The dialect of this name.

    Args:
        q_type: The value of ``_fw_q_type``.
        extras: Parameters of the dialect itself (``spool`` of the local queue).

    Raises:
        ConfigError: Nobody speaks it.
    """
    if q_type in LATER:
        raise ConfigError(f"_fw_q_type {q_type} comes with a later release; this one speaks {' and '.join(SPOKEN)}")
    if q_type not in SPOKEN:
        near = get_close_matches(q_type, [*SPOKEN, *LATER, "slurm"], n=1)
        hint = f"; did you mean {near[0].upper() if near[0] == 'slurm' else near[0]}?" if near else ""
        raise ConfigError(f"_fw_q_type {q_type!r} is not supported, only {', '.join(SPOKEN)}{hint}")
    return cast("Dialect", import_module(SPOKEN[q_type]).make(extras))
