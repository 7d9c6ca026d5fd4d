"""What ``import fireworks`` offers; each name is loaded when it is first used."""

from __future__ import annotations

import longfuse
from longfuse.compat.submodules import loaded_when_used

TYPE_CHECKING = False
if TYPE_CHECKING:
    from longfuse import (
        ArchiveDirTask,
        CompressDirTask,
        DecompressDirTask,
        FileDeleteTask,
        FileTransferTask,
        FileWriteTask,
        FireTaskBase,
        FiretaskBase,
        Firework,
        FWAction,
        FWorker,
        Launch,
        LaunchPad,
        PyTask,
        ScriptTask,
        TemplateWriterTask,
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
    "ArchiveDirTask",
    "CompressDirTask",
    "DecompressDirTask",
    "FWAction",
    "FWorker",
    "FileDeleteTask",
    "FileTransferTask",
    "FileWriteTask",
    "FireTaskBase",
    "FiretaskBase",
    "Firework",
    "Launch",
    "LaunchPad",
    "PyTask",
    "ScriptTask",
    "TemplateWriterTask",
    "Tracker",
    "Workflow",
    "__version__",
    "explicit_serialize",
]


def __getattr__(name: str) -> object:
    """Load a public name from Longfuse, or a module of this package (PEP 562)."""
    if name not in __all__:
        return loaded_when_used(__name__)(name)
    found = getattr(longfuse, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Also the names that are not loaded yet."""
    return sorted({*globals(), *__all__})
