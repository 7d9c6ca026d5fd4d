"""Longfuse: workflows for clusters whose compute nodes cannot reach a database, in FireWorks' words.

The public names are loaded when they are first used, so that importing the package costs nothing on a compute node.
FireWorks' module paths below this package (``longfuse.core.firework``) can be imported, too: see `longfuse.aliases`.
"""

from longfuse import aliases
from longfuse.version import VERSION

aliases.install_replaced()

__version__ = VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from longfuse.domain.action import FWAction
    from longfuse.domain.firetask import FireTaskBase, FiretaskBase
    from longfuse.domain.firework import Firework
    from longfuse.domain.fworker import FWorker
    from longfuse.domain.launch import Launch
    from longfuse.domain.registry import explicit_serialize
    from longfuse.domain.tracker import Tracker
    from longfuse.domain.workflow import Workflow
    from longfuse.firetasks.compression import ArchiveDirTask, CompressDirTask, DecompressDirTask
    from longfuse.firetasks.fileio import FileDeleteTask, FileWriteTask
    from longfuse.firetasks.filetransfer import FileTransferTask
    from longfuse.firetasks.pytask import PyTask
    from longfuse.firetasks.script import ScriptTask
    from longfuse.firetasks.templatewriter import TemplateWriterTask
    from longfuse.launchpad.pad import LaunchPad

_HOMES = {
    "ArchiveDirTask": "longfuse.firetasks.compression",
    "CompressDirTask": "longfuse.firetasks.compression",
    "DecompressDirTask": "longfuse.firetasks.compression",
    "FWAction": "longfuse.domain.action",
    "FWorker": "longfuse.domain.fworker",
    "FileDeleteTask": "longfuse.firetasks.fileio",
    "FileTransferTask": "longfuse.firetasks.filetransfer",
    "FileWriteTask": "longfuse.firetasks.fileio",
    "FireTaskBase": "longfuse.domain.firetask",
    "FiretaskBase": "longfuse.domain.firetask",
    "Firework": "longfuse.domain.firework",
    "Launch": "longfuse.domain.launch",
    "LaunchPad": "longfuse.launchpad.pad",
    "PyTask": "longfuse.firetasks.pytask",
    "ScriptTask": "longfuse.firetasks.script",
    "TemplateWriterTask": "longfuse.firetasks.templatewriter",
    "Tracker": "longfuse.domain.tracker",
    "Workflow": "longfuse.domain.workflow",
    "explicit_serialize": "longfuse.domain.registry",
}

__all__ = [
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
    """Load a public name from its home (PEP 562)."""
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'longfuse' has no attribute {name!r}") from None
    from importlib import import_module  # late: a compute node may never need it

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Also the names that are not loaded yet."""
    return sorted({*globals(), *_HOMES})
