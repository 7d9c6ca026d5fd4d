"""Modules that are imported when something of them is first used.

The class `LaunchPad` has the whole API, and most commands need a small part of it: what they do not use is not loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


class LateModule:
    """Stands for a module until it is used, and then passes everything on to it.

    Args:
        name: The module's full name.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        """What the module has under this name; `importlib` sees to it that threads import it once."""
        if self._module is None:
            self._module = import_module(self._name)
        return getattr(self._module, attribute)

    def __repr__(self) -> str:
        """The name, without loading anything."""
        return f"<late module {self._name}>"


def late(package: str, *names: str) -> list[LateModule]:
    """These modules of a package, each to be imported when it is used."""
    return [LateModule(f"{package}.{name}") for name in names]
