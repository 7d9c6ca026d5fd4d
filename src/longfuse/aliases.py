"""FireWorks' module names for our modules.

`install` lets ``import fireworks.core.firework`` give the very module ``longfuse.compat.fireworks.core.firework``, and
so the same classes. So does ``import longfuse.core.firework``, which is what FireWorks' path becomes where a program's
``fireworks`` has been replaced by ``longfuse``. The modules themselves are loaded when they are imported.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

HOME = "longfuse.compat.fireworks"
TUTORIALS_HOME = "longfuse.compat.fw_tutorials"

FIREWORKS: dict[str, str] = {"fireworks": HOME, "fw_tutorials": TUTORIALS_HOME}
"""FireWorks' packages, and where their modules are here."""

REPLACED: dict[str, str] = {
    f"longfuse.{path}": f"{HOME}.{path}"
    for path in (
        "core",
        "features",
        "flask_site",
        "fw_config",
        "queue.queue_adapter",
        "queue.queue_launcher",
        "scripts",
        "user_objects",
        "utilities",
    )
}
"""The same, where only the word ``fireworks`` in an import was replaced by ``longfuse``."""


def install() -> bool:
    """Let ``fireworks`` and ``fw_tutorials`` mean our modules in this process, from now on.

    Returns:
        Whether they do; not if FireWorks itself has been imported already.
    """
    if foreign() is not None:
        return False
    _add(_fireworks)
    return True


def foreign() -> ModuleType | None:
    """FireWorks itself, if it has been imported in this process."""
    found = sys.modules.get("fireworks")
    return None if found is None or found.__name__ == HOME else found


def install_replaced() -> None:
    """Let what `REPLACED` names be imported."""
    _add(_replaced)


def _add(finder: Finder) -> None:
    if finder not in sys.meta_path:
        sys.meta_path.insert(0, finder)  # first: else our packages' folders would be searched, and each found twice


class Finder:
    """Finds modules under other names than their own.

    Args:
        homes: Packages or modules, and what they are called here; what is below them moves along.
    """

    def __init__(self, homes: dict[str, str]) -> None:
        self._homes = homes

    def find_spec(
        self,
        fullname: str,
        path: Any = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The module of this other name; None if it is none of ours, or does not exist."""
        home = self.home_of(fullname)
        if home is None:
            return None
        from importlib.machinery import ModuleSpec
        from importlib.util import find_spec

        found = find_spec(home)
        if found is None:
            return None
        is_package = found.submodule_search_locations is not None
        loader: Any = Loader(home)  # Python's own base class for it would cost every rocket an import
        return ModuleSpec(fullname, loader, origin=found.origin, is_package=is_package)

    def home_of(self, fullname: str) -> str | None:
        """What a module is called here; None if it is none of ours."""
        for name, home in self._homes.items():
            if fullname.startswith(name) and fullname[len(name) : len(name) + 1] in ("", "."):
                return home + fullname[len(name) :]
        return None


class Loader:
    """Gives a module that has another name.

    Args:
        home: Its own name.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module, loaded under its own name."""
        __import__(self._home)
        module = sys.modules[self._home]
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do but to take back what the import wrote over: where the module is from."""
        module.__spec__ = self._spec


_fireworks = Finder(FIREWORKS)
_replaced = Finder(REPLACED)
