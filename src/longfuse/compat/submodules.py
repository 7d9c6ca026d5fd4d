"""Modules of a package as its attributes: ``import fireworks`` is enough for ``fireworks.core.firework.Firework``."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def loaded_when_used(package: str) -> Callable[[str], ModuleType]:
    """A ``__getattr__`` for this package, which imports its modules (PEP 562)."""

    def load(name: str) -> ModuleType:
        path = f"{package}.{name}"
        if not name.startswith("_"):
            try:
                return import_module(path)
            except ModuleNotFoundError as error:
                if error.name != path:
                    raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load
