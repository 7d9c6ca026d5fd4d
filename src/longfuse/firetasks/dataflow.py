"""ForeachTask, JoinDictTask, JoinListTask and ImportDataTask: lead data through a workflow."""

from __future__ import annotations

import json
import os
from copy import deepcopy

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FiretaskBase
from longfuse.domain.firework import Firework
from longfuse.domain.wire import FORMATS
from longfuse.errors import SerializationError, TaskError
from longfuse.firetasks.fileio import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Spec = dict[str, Any]

CHUNKS = "number of chunks"

_OF_ONE_LAUNCH = ("_tasks", "_fw_env", "_launch_dir", "_recovery", "_exception_details")
"""Keys of a spec that belong to the launch that splits the list, not to those that it adds."""


class ForeachTask(FiretaskBase):
    """Run a Firetask for each part of a list in the spec, each in a Firework of its own, before the children.

    Parameters:
        task: The Firetask; its ``inputs`` name ``split``. It gets the parameter ``chunk_number``, by which PyTask and
            CommandLineTask push what they output onto one list in the children's spec.
        split: The key of the list in the spec; each Firework has its part there, which is a list too.
        number of chunks: Into how many parts to split; one for each element by default.
    """

    _fw_name = "ForeachTask"
    required_params: Sequence[str] = ("task", "split")
    optional_params: Sequence[str] = (CHUNKS,)

    def run_task(self, fw_spec: Spec) -> FWAction:
        """Add the Fireworks as detours.

        Raises:
            TaskError: There is no such list, it is empty, the task does not read it, or the number is no number.
        """
        split, task = self["split"], self["task"]
        if not isinstance(split, str) or not isinstance(task, dict):
            raise TaskError("ForeachTask: split must be a key of the spec, and task a Firetask")
        if split not in _names(self, task.get("inputs")):
            raise TaskError(f"ForeachTask: task: its inputs must name {split!r}, which is the parameter split")
        values = fw_spec.get(split)
        if not isinstance(values, list) or not values:
            raise TaskError(f"ForeachTask: split: spec.{split} must be a list that is not empty; it is {values!r}")
        return FWAction(
            detours=[
                _firework(fw_spec, task, split, number, chunk) for number, chunk in enumerate(self._chunks(values))
            ]
        )

    def _chunks(self, values: list[Any]) -> Iterator[list[Any]]:
        number = self.get(CHUNKS)
        if number is None:
            number = len(values)
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise TaskError(f"ForeachTask: {CHUNKS} must be a whole number from 1 on; it is {number!r}")
        length = -(-len(values) // number)
        return (values[start : start + length] for start in range(0, len(values), length))


class JoinDictTask(FiretaskBase):
    """Collect values of the spec in one dictionary, for the children.

    Parameters:
        inputs: Keys of the spec.
        output: The key of the dictionary; what is there already is added to.
        rename: Keys and what they are called in the dictionary, where that differs.
    """

    _fw_name = "JoinDictTask"
    required_params: Sequence[str] = ("inputs", "output")
    optional_params: Sequence[str] = ("rename",)

    def run_task(self, fw_spec: Spec) -> FWAction:
        """Collect them.

        Raises:
            TaskError: An input is not there, or the output is no dictionary.
        """
        rename = self.get("rename") or {}
        if not isinstance(rename, dict):
            raise TaskError(f"JoinDictTask: rename must be a dictionary; it is {rename!r}")
        values = _inputs(self, fw_spec)
        joined = _output(self, fw_spec, {})
        joined.update((rename.get(name, name), value) for name, value in values)
        return FWAction(update_spec={self["output"]: joined})


class JoinListTask(FiretaskBase):
    """Collect values of the spec in one list, for the children.

    Parameters:
        inputs: Keys of the spec.
        output: The key of the list; what is there already is added to.
    """

    _fw_name = "JoinListTask"
    required_params: Sequence[str] = ("inputs", "output")
    optional_params: Sequence[str] = ()

    def run_task(self, fw_spec: Spec) -> FWAction:
        """Collect them.

        Raises:
            TaskError: An input is not there, or the output is no list.
        """
        values = _inputs(self, fw_spec)
        joined = _output(self, fw_spec, [])
        joined.extend(value for _, value in values)
        return FWAction(update_spec={self["output"]: joined})


class ImportDataTask(FiretaskBase):
    """Read data from a file into the spec, for the tasks and children that follow.

    Parameters:
        filename: A ``.json`` or ``.yaml`` file.
        mapstring: Where it goes, as keys with slashes (``a/b/c``). Those before the last one must be there; a
            dictionary is merged into one that is there, all else replaces it.
    """

    _fw_name = "ImportDataTask"
    required_params: Sequence[str] = ("filename", "mapstring")
    optional_params: Sequence[str] = ()

    def run_task(self, fw_spec: Spec) -> FWAction:
        """Read it.

        Raises:
            TaskError: The file cannot be read, or there is no such place.
        """
        data = _read(absolute(str(self["filename"])))
        keys = str(self["mapstring"]).split("/")
        if not all(keys):
            raise TaskError(f"ImportDataTask: mapstring {self['mapstring']!r} has an empty key")
        changed: Spec = {keys[0]: deepcopy(fw_spec[keys[0]])} if keys[0] in fw_spec else {}
        _put(_parent(changed, keys), keys[-1], data)
        return FWAction(update_spec=changed)


# --- foreach
def _firework(fw_spec: Spec, task: dict[str, Any], split: str, number: int, chunk: list[Any]) -> Firework:
    document = task.to_dict() if isinstance(task, FiretaskBase) else deepcopy(task)
    spec = {key: deepcopy(value) for key, value in fw_spec.items() if key not in _OF_ONE_LAUNCH}
    return Firework(
        [{**document, "chunk_number": number}],
        spec={**spec, split: chunk},
        name=f"ForeachTask {number}",
    )


# --- joining
def _names(task: FiretaskBase, names: Any) -> list[str]:
    """Keys of the spec, of which one may stand without a list."""
    listed = [names] if isinstance(names, str) else list(names or [])
    if not all(isinstance(name, str) for name in listed):
        raise TaskError(f"{task.fw_name}: inputs must be keys of the spec; they are {names!r}")
    return listed


def _inputs(task: FiretaskBase, fw_spec: Spec) -> list[tuple[str, Any]]:
    names = _names(task, task["inputs"])
    missing = [name for name in names if name not in fw_spec]
    if missing:
        raise TaskError(f"{task.fw_name}: inputs: the spec has no {', '.join(missing)}")
    return [(name, deepcopy(fw_spec[name])) for name in names]


def _output(task: FiretaskBase, fw_spec: Spec, empty: Any) -> Any:
    """A copy of what the output's key holds: a task changes the spec by its action only."""
    held = fw_spec.get(task["output"], empty)
    if not isinstance(held, type(empty)):
        raise TaskError(f"{task.fw_name}: output: spec.{task['output']} is no {type(empty).__name__} but {held!r}")
    return deepcopy(held)


# --- import of data
def _read(path: str) -> Any:
    from longfuse.domain import yamlio  # late: PyYAML is not needed otherwise

    extension = os.path.splitext(path)[1][1:].lower()
    if extension not in FORMATS:
        raise TaskError(f"ImportDataTask: filename: {path} ends neither in .json nor in .yaml")
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file) if FORMATS[extension] == "json" else yamlio.load(file, path)
    except (OSError, ValueError, SerializationError) as error:
        raise TaskError(f"ImportDataTask: filename: {path} cannot be read: {error}") from error


def _parent(changed: Spec, keys: list[str]) -> Spec:
    parent: Any = changed
    for depth, key in enumerate(keys[:-1], start=1):
        parent = parent.get(key)
        if not isinstance(parent, dict):
            raise TaskError(f"ImportDataTask: mapstring: spec.{'.'.join(keys[:depth])} is no dictionary, or not there")
    found: Spec = parent
    return found


def _put(parent: Spec, key: str, data: Any) -> None:
    held = parent.get(key)
    if isinstance(held, dict) and isinstance(data, dict):
        held.update(data)
    else:
        parent[key] = data
