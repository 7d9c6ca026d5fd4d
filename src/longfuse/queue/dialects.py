"""Which batch systems Longfuse speaks to; each is a module of its own, loaded when it is used."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from longfuse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from longfuse.queue.adapter import Dialect

SPOKEN = {
    "SLURM": "longfuse.queue.slurm",
    "PBS": "longfuse.queue.pbs",
    "SGE": "longfuse.queue.sge",
    "LoadSharingFacility": "longfuse.queue.lsf",
    "LoadLeveler": "longfuse.queue.loadleveler",
    "Cobalt": "longfuse.queue.cobalt",
    "MOAB": "longfuse.queue.moab",
    "local": "longfuse.queue.local",
}
"""The value of ``_fw_q_type`` as FireWorks spells it, and the module whose ``make(extras)`` gives the dialect."""

OTHER_NAMES = {
    "torque": "PBS",
    "pbspro": "PBS",
    "openpbs": "PBS",
    "gridengine": "SGE",
    "uge": "SGE",
    "lsf": "LoadSharingFacility",
    "ibmspectrumlsf": "LoadSharingFacility",
}
"""What else they are called, in small letters."""


def spelled(q_type: str) -> str:
    """The name of a batch system as FireWorks spells it; one that nobody knows, as it is."""
    known = {name.lower(): name for name in SPOKEN} | OTHER_NAMES
    return known.get(q_type.lower(), q_type)


def dialect_of(q_type: str, extras: Mapping[str, Any]) -> Dialect:
    """The dialect of this name.

    Args:
        q_type: The value of ``_fw_q_type``.
        extras: Parameters of the dialect itself (``spool`` of the local queue).

    Raises:
        ConfigError: Nobody speaks it.
    """
    name = spelled(q_type)
    if name not in SPOKEN:
        near = get_close_matches(q_type.lower(), [*map(str.lower, SPOKEN), *OTHER_NAMES], n=1)
        hint = f"; did you mean {spelled(near[0])}?" if near else ""
        raise ConfigError(f"_fw_q_type {q_type!r} is not supported, only {', '.join(SPOKEN)}{hint}")
    return cast("Dialect", import_module(SPOKEN[name]).make(extras))
