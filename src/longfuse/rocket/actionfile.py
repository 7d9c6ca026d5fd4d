"""``FWAction.json`` or ``FWAction.yaml``: how a program that knows no Python answers for its Firetask."""

from __future__ import annotations

import os

from longfuse.domain.action import FWAction
from longfuse.errors import TaskError, UnreadableError
from longfuse.launchdir.files import read_json
from longfuse.launchdir.names import ACTION_FILES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def set_stale_aside(launch_dir: str) -> None:
    """Rename action files that were there before the first task ran: they answer for something else."""
    for name in ACTION_FILES:
        _rename_if_there(os.path.join(launch_dir, name), "before")


def take(launch_dir: str, task_n: int) -> FWAction | None:
    """The action that a task left in a file, if it did; the file is renamed, so that it answers for that task only.

    Args:
        launch_dir: Where it is looked for; then in the current directory, should the task have changed it.
        task_n: The number of the task that just ended.

    Raises:
        TaskError: The file cannot be read.
    """
    for folder in dict.fromkeys((launch_dir, os.getcwd())):
        for name in ACTION_FILES:
            path = os.path.join(folder, name)
            document = _read(path)
            if document is not None:
                _rename_if_there(path, f"task_{task_n}")
                return FWAction.from_dict(document)
    return None


def _read(path: str) -> dict[str, Any] | None:
    if not os.path.exists(path):
        return None
    try:
        document = read_json(path) if path.endswith(".json") else _read_yaml(path)
    except UnreadableError as error:
        raise TaskError(f"the task's answer is of no use: {error}") from error
    if not isinstance(document, dict):
        raise TaskError(f"the task's answer in {path} is no mapping of FWAction's fields")
    return document


def _read_yaml(path: str) -> Any:
    from longfuse.domain import yamlio  # late: YAML is expensive to load

    with open(path, encoding="utf-8") as file:
        return yamlio.load(file)


def _rename_if_there(path: str, mark: str) -> None:
    stem, extension = os.path.splitext(path)
    if os.path.exists(path):
        os.replace(path, f"{stem}.{mark}{extension}")
