"""Which class an ``_fw_name`` means.

A name is looked up in this order: old names are replaced; ``{{module.Class}}`` is imported; built-ins are in a table;
the rest is searched for in the user's packages, and then in what installed distributions offer. Nothing is imported
before its name is asked for.
"""

from __future__ import annotations

import sys

from longfuse import aliases
from longfuse.errors import SerializationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType
    from typing import Any, TypeVar

    T = TypeVar("T")

KEY = "_fw_name"
"""The key, and the class attribute, that names a class on the wire."""

_COMPAT_FIRETASKS = "longfuse.compat.fireworks.user_objects.firetasks"

BUILT_IN: dict[str, tuple[str, str]] = {
    "ScriptTask": ("longfuse.firetasks.script", "ScriptTask"),
    "PyTask": ("longfuse.firetasks.pytask", "PyTask"),
    "FileWriteTask": ("longfuse.firetasks.fileio", "FileWriteTask"),
    "FileDeleteTask": ("longfuse.firetasks.fileio", "FileDeleteTask"),
    "FileTransferTask": ("longfuse.firetasks.filetransfer", "FileTransferTask"),
    "CompressDirTask": ("longfuse.firetasks.compression", "CompressDirTask"),
    "DecompressDirTask": ("longfuse.firetasks.compression", "DecompressDirTask"),
    "ArchiveDirTask": ("longfuse.firetasks.compression", "ArchiveDirTask"),
    "TemplateWriterTask": ("longfuse.firetasks.templatewriter", "TemplateWriterTask"),
    "CommandLineTask": ("longfuse.firetasks.commandline", "CommandLineTask"),
    "ForeachTask": ("longfuse.firetasks.dataflow", "ForeachTask"),
    "JoinDictTask": ("longfuse.firetasks.dataflow", "JoinDictTask"),
    "JoinListTask": ("longfuse.firetasks.dataflow", "JoinListTask"),
    "ImportDataTask": ("longfuse.firetasks.dataflow", "ImportDataTask"),
    "TestSerializer Name": (f"{_COMPAT_FIRETASKS}.unittest_tasks", "UnitTestSerializer"),
    "TestSerializer Export Name": (f"{_COMPAT_FIRETASKS}.unittest_tasks", "ExportTestSerializer"),
    "DupeFinderExact": ("longfuse.domain.dupefinder", "DupeFinderExact"),
    "FilePad": ("longfuse.launchpad.filepad", "FilePad"),
    "AddFilesTask": ("longfuse.firetasks.filepad", "AddFilesTask"),
    "GetFilesTask": ("longfuse.firetasks.filepad", "GetFilesTask"),
    "GetFilesByQueryTask": ("longfuse.firetasks.filepad", "GetFilesByQueryTask"),
    "DeleteFilesTask": ("longfuse.firetasks.filepad", "DeleteFilesTask"),
    "BackgroundTask": ("longfuse.domain.background", "BackgroundTask"),
    "CommonAdapter": ("longfuse.compat.fireworks.user_objects.queue_adapters.common_adapter", "CommonAdapter"),
    "Addition Task": ("longfuse.compat.fw_tutorials.firetask.addition_task", "AdditionTask"),
    "Add and Modify Task": ("longfuse.compat.fw_tutorials.dynamic_wf.addmod_task", "AddModifyTask"),
    "Fibonacci Adder Task": ("longfuse.compat.fw_tutorials.dynamic_wf.fibadder_task", "FibonacciAdderTask"),
    "Print Job Task": ("longfuse.compat.fw_tutorials.dynamic_wf.printjob_task", "PrintJobTask"),
}
"""Module and class of each name that comes with Longfuse; the modules, also those of layers above, are named only."""

OLD_NAMES: dict[str, str] = {
    "Transfer Task": "FileTransferTask",
    "Script Task": "ScriptTask",
    "Template Writer Task": "TemplateWriterTask",
    "Dupe Finder Exact": "DupeFinderExact",
}
"""FireWorks' FW_NAME_UPDATES."""

ENTRY_POINTS = "longfuse.firetasks"
"""The group of entry points by which a distribution offers Firetasks: a class under its name, or a package of them."""

_told: list[list[str]] = []
_found: dict[str, type[Any]] = {}


def set_user_packages(packages: Iterable[str]) -> None:
    """Say in which packages to search names that are neither built in nor ``{{module.Class}}``.

    A rocket is told by its ticket. A program that was told nothing goes by the settings, as the commands do.
    """
    _told[:] = [list(packages)]
    _found.clear()


def current_name(fw_name: str) -> str:
    """The name that replaced ``fw_name``, or itself."""
    return OLD_NAMES.get(fw_name, fw_name)


def resolve(fw_name: str) -> type[Any]:
    """The class of this name.

    Raises:
        SerializationError: There is none, several, or its module cannot be imported here.
    """
    name = current_name(fw_name)
    found = _found.get(name)
    if found is None:
        found = _found[name] = _find(name)
    return found


def fw_name_of(cls: type[Any]) -> str:
    """The name under which objects of this class are written: its ``_fw_name``, else ``<root package>::<class>``.

    Raises:
        SerializationError: The class has no ``_fw_name`` and is defined in a script.
    """
    name = getattr(cls, KEY, None)
    if name is not None:
        return str(name)
    root = cls.__module__.partition(".")[0]
    if root == "__main__":
        raise SerializationError(
            f"{cls.__name__} is defined in a script, where nobody else finds it; move it into a module and decorate it "
            f"with @explicit_serialize, or give it an {KEY}"
        )
    return f"{root}::{cls.__name__}"


def explicit_serialize(cls: type[T]) -> type[T]:
    """Class decorator: write objects as ``{{module.Class}}``, so that any process that can import it can load them.

    Raises:
        SerializationError: The class was typed into an interpreter, where no module holds it.
    """
    cls._fw_name = f"{{{{{_importable_module(cls)}.{cls.__name__}}}}}"  # type: ignore[attr-defined]
    return cls


def import_class(module: str, name: str) -> Any:
    """The attribute ``name`` (may be dotted) of a module, which may be one that says ``from fireworks import ...``.

    Raises:
        ImportError: The module cannot be imported.
        AttributeError: It has no such attribute.
    """
    aliases.install()
    __import__(module)
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _importable_module(cls: type[Any]) -> str:
    if cls.__module__ != "__main__":
        return cls.__module__
    path: str | None = getattr(sys.modules["__main__"], "__file__", None)
    if not path:
        raise SerializationError(
            f"{cls.__name__} was typed into an interpreter, so nobody else could import it; put it into a module"
        )
    import os

    return os.path.splitext(os.path.basename(path))[0]


def _find(name: str) -> type[Any]:
    packages = _told[0] if _told else []
    if not _told and name not in BUILT_IN and not _is_explicit(name):
        config = import_class("longfuse.settings", "resolve")().config  # by name: it stands far above this layer
        name, packages = config.FW_NAME_UPDATES.get(name, name), config.user_packages
    if _is_explicit(name):
        return _explicit(name)
    if name in BUILT_IN:
        return _built_in(name)
    return _search(name, packages)


def _is_explicit(name: str) -> bool:
    return name.startswith("{{") and name.endswith("}}")


def _built_in(name: str) -> type[Any]:
    module, class_name = BUILT_IN[name]
    found: type[Any] = import_class(module, class_name)
    return found


def _explicit(name: str) -> type[Any]:
    module, _, class_name = name[2:-2].strip().rpartition(".")
    if module.partition(".")[0] == "fireworks" and class_name in BUILT_IN:
        return _built_in(class_name)
    try:
        found: type[Any] = import_class(module, class_name)
    except ImportError as error:
        raise SerializationError(
            f"{name} cannot be loaded: {error}. Its package must be installed, or be on PYTHONPATH, on this machine"
        ) from error
    except (AttributeError, ValueError) as error:
        raise SerializationError(f"{name} cannot be loaded: module {module!r} has no class {class_name!r}") from error
    if not hasattr(found, "from_dict"):
        raise SerializationError(f"{name} cannot be loaded: it has no from_dict()")
    return found


def _search(name: str, packages: Sequence[str]) -> type[Any]:
    """Look through the user's packages; where they have none, through what distributions offer."""
    hits = list(dict.fromkeys(cls for package in packages for cls in _classes_named(name, package)))
    hits = hits or list(dict.fromkeys(_offered(name)))
    if len(hits) == 1:
        return hits[0]
    if hits:
        places = " and ".join(f"{cls.__module__}.{cls.__qualname__}" for cls in hits)
        raise SerializationError(f"{KEY} {name!r} means several classes: {places}; give each a name of its own")
    raise SerializationError(
        f"No class has the {KEY} {name!r}. It is not built in, nor in the user packages "
        f"({', '.join(packages) or 'none is set'}), nor does an installed distribution offer it: add its package "
        "to ADD_USER_PACKAGES, or decorate the class with @explicit_serialize"
    )


def _offered(name: str) -> Iterator[type[Any]]:
    """The classes of this name that installed distributions offer.

    Raises:
        SerializationError: What is offered under this very name cannot be loaded.
    """
    from importlib.metadata import entry_points  # late: it is expensive

    offers = entry_points(group=ENTRY_POINTS)
    for offer in offers:
        if offer.attr and current_name(offer.name) == name:
            yield _explicit(f"{{{{{offer.module}.{offer.attr}}}}}")
    for package in dict.fromkeys(offer.module for offer in offers if not offer.attr):
        yield from _classes_named(name, package)


def _classes_named(name: str, package: str) -> Iterator[type[Any]]:
    for module in _modules_of(package):
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module.__name__ and _is_named(value, name):
                yield value


def _is_named(cls: type[Any], name: str) -> bool:
    return hasattr(cls, "from_dict") and fw_name_of(cls) == name


def _modules_of(package: str) -> Iterator[ModuleType]:
    """The package and every module in it that can be imported."""
    aliases.install()
    try:
        __import__(package)
    except ImportError as error:
        raise SerializationError(
            f"The user package {package!r} cannot be imported: {error}. Install it, or take it out of ADD_USER_PACKAGES"
        ) from error
    root = sys.modules[package]
    yield root
    if not hasattr(root, "__path__"):
        return
    import pkgutil

    for info in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=_pass_over):
        try:
            __import__(info.name)
        except ImportError:
            continue
        yield sys.modules[info.name]


def _pass_over(_: str) -> None:
    """A subpackage that cannot be imported holds nothing that we could load."""
