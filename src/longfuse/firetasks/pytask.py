"""PyTask: call a Python function."""

from __future__ import annotations

import sys

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import TaskError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class PyTask(FiretaskBase):
    """Call a function, and pass on what it returns.

    Parameters:
        func: Its dotted name, ``package.module.function``; a bare name is a builtin.
        args: Positional arguments.
        kwargs: Keyword arguments.
        auto_kwargs: Use every other parameter of this task that does not begin with ``_`` as keyword argument instead.
        inputs: Key or keys of the spec whose values follow ``args``.
        outputs: Key or keys of the children's spec that get what the function returns; several take one element each.
        chunk_number: If set, and there is one output, each element of the returned list is pushed to it.
        stored_data_varname: Key under which the launch stores what the function returns.

    A function that returns an FWAction decides all of that itself.
    """

    _fw_name = "PyTask"
    required_params: Sequence[str] = ("func",)
    other_params: Sequence[str] = (
        "args",
        "kwargs",
        "auto_kwargs",
        "stored_data_varname",
        "inputs",
        "outputs",
        "chunk_number",
    )

    def run_task(self, fw_spec: dict[str, Any]) -> FWAction | None:
        """Call it.

        Raises:
            TaskError: There is no such function or input, or what it returned does not fit the outputs.
        """
        function = find_function(self["func"])
        returned = function(*self._arguments(fw_spec), **self._keywords())
        if isinstance(returned, FWAction):
            return returned
        effects = self._effects(returned)
        return FWAction(**effects) if effects else None

    def _arguments(self, fw_spec: dict[str, Any]) -> list[Any]:
        inputs = _names(self.get("inputs"))
        missing = [name for name in inputs if name not in fw_spec]
        if missing:
            raise TaskError(f"PyTask {self['func']}: the spec lacks the inputs {', '.join(missing)}")
        return [*(self.get("args") or ()), *(fw_spec[name] for name in inputs)]

    def _keywords(self) -> dict[str, Any]:
        if not self.get("auto_kwargs"):
            return dict(self.get("kwargs") or {})
        ours = {*self.required_params, *self.other_params}
        return {name: value for name, value in self.items() if not name.startswith("_") and name not in ours}

    def _effects(self, returned: Any) -> dict[str, Any]:
        """The arguments of the FWAction."""
        effects = self._outputs(returned)
        name = self.get("stored_data_varname")
        if name:
            effects["stored_data"] = {name: returned}
        return effects

    def _outputs(self, returned: Any) -> dict[str, Any]:
        names = _names(self.get("outputs"))
        if not names:
            return {}
        if len(names) > 1:
            return {"update_spec": dict(zip(names, self._elements(returned, len(names)), strict=True))}
        if self.get("chunk_number") is None:
            return {"update_spec": {names[0]: returned}}
        chunks = returned if isinstance(returned, list | tuple | set) else [returned]
        return {"mod_spec": [{"_push": {names[0]: chunk}} for chunk in chunks]}

    def _elements(self, returned: Any, count: int) -> list[Any]:
        if not isinstance(returned, list | tuple | set) or len(returned) != count:
            found = f"{len(returned)}" if hasattr(returned, "__len__") else f"one {type(returned).__name__}"
            raise TaskError(
                f"PyTask {self['func']}: {count} outputs need a list of {count} values, it returned {found}"
            )
        return list(returned)


def find_function(dotted: str) -> Callable[..., Any]:
    """The function of this dotted name; a method of a class in a module, too.

    Raises:
        TaskError: There is none, or it cannot be called.
    """
    module, _, path = _import_longest(dotted)
    found: Any = module
    for name in path.split("."):
        if not hasattr(found, name):
            raise TaskError(f"PyTask: {found.__name__!r} has no {name!r}, so func: {dotted} cannot be called")
        found = getattr(found, name)
    if not callable(found):
        raise TaskError(f"PyTask: {dotted} is no function but {type(found).__name__}")
    return found  # type: ignore[no-any-return]  # callable() told


def _import_longest(dotted: str) -> tuple[Any, str, str]:
    """Import as much of a dotted name as is a module: the module, its name, and the rest of the dotted name."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:length])
        try:
            __import__(name)
        except ModuleNotFoundError as error:
            if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
                raise
            continue
        return sys.modules[name], name, ".".join(parts[length:])
    if len(parts) > 1:
        raise TaskError(
            f"PyTask: there is no module {parts[0]!r} for func: {dotted}; is it on PYTHONPATH on this node?"
        )
    import builtins  # late: hardly anybody calls one

    return builtins, "builtins", dotted


def _names(names: str | Sequence[str] | None) -> list[str]:
    if not names:
        return []
    return [names] if isinstance(names, str) else list(names)
