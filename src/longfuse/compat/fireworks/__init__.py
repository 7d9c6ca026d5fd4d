"""What ``import fireworks`` offers; each name is loaded when it is first used."""

from __future__ import annotations

import longfuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from longfuse import (
        FireTaskBase,
        FiretaskBase,
        Firework,
        FWAction,
        FWorker,
        Launch,
        LaunchPad,
        PyTask,
        ScriptTask,
        Tracker,
        Workflow,
        explicit_serialize,
    )

SPOKEN = "2.1.0"
"""The version of FireWorks whose Python we speak."""

__version__ = f"{SPOKEN}+longfuse.{longfuse.__version__}"

FW_INSTALL_DIR = __path__[0].removesuffix("/longfuse/compat/fireworks")
"""The folder that the package lies in."""

__all__ = [
    "FW_INSTALL_DIR",
    "FWAction",
    "FWorker",
    "FireTaskBase",
    "FiretaskBase",
    "Firework",
    "Launch",
    "LaunchPad",
    "PyTask",
    "ScriptTask",
    "Tracker",
    "Workflow",
    "__version__",
    "explicit_serialize",
]


def __getattr__(name: str) -> object:
    """Load a public name from Longfuse (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(longfuse, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Also the names that are not loaded yet."""
    return sorted({*globals(), *__all__})
