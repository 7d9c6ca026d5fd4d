"""FileWriteTask and FileDeleteTask: write text files, delete files."""

from __future__ import annotations

import os

from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import TaskError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class FileWriteTask(FiretaskBase):
    """Write text files.

    Parameters:
        files_to_write: A list of ``{"filename": ..., "contents": ...}``.
        dest: The folder to write into, made if it is not there; the launch directory by default.
    """

    _fw_name = "FileWriteTask"
    required_params: Sequence[str] = ("files_to_write",)
    optional_params: Sequence[str] = ("dest",)

    def run_task(self, fw_spec: dict[str, Any]) -> None:  # noqa: ARG002, RUF100 - FireWorks' signature
        """Write them, as UTF-8; existing files are replaced.

        Raises:
            TaskError: An entry lacks its name or text, or a file cannot be written.
        """
        for entry in listed(self, "files_to_write"):
            name, contents = _name_and_text(entry)
            path = os.path.join(folder_of(self), name)
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(contents)
            except OSError as error:
                raise TaskError(f"FileWriteTask: files_to_write: {path} cannot be written: {error.strerror}") from error


class FileDeleteTask(FiretaskBase):
    """Delete files.

    Parameters:
        files_to_delete: A list of file names.
        dest: The folder that they are in; the launch directory by default.
        ignore_errors: Whether what cannot be deleted is passed over (default).
    """

    _fw_name = "FileDeleteTask"
    required_params: Sequence[str] = ("files_to_delete",)
    optional_params: Sequence[str] = ("dest", "ignore_errors")

    def run_task(self, fw_spec: dict[str, Any]) -> None:  # noqa: ARG002, RUF100 - FireWorks' signature
        """Delete them.

        Raises:
            TaskError: One cannot be deleted, and ``ignore_errors`` is false.
        """
        for name in listed(self, "files_to_delete"):
            path = os.path.join(folder_of(self), name)
            try:
                os.remove(path)
            except OSError as error:
                if not self.get("ignore_errors", True):
                    raise TaskError(
                        f"FileDeleteTask: files_to_delete: {path} cannot be deleted: {error.strerror}"
                    ) from error


def listed(task: FiretaskBase, name: str) -> list[Any]:
    """The entries of a list among a task's parameters; one may stand without a list.

    Raises:
        TaskError: It is no list.
    """
    entries = task[name]
    if isinstance(entries, str | dict):
        return [entries]
    if not isinstance(entries, list | tuple):
        raise TaskError(f"{task.fw_name}: {name} must be a list; it is {entries!r}")
    return list(entries)


def folder_of(task: FiretaskBase) -> str:
    """The folder that a task's ``dest`` names, as an absolute path; the current directory if there is none."""
    return absolute(task.get("dest") or ".")


def absolute(path: str) -> str:
    """An absolute path, with ``~`` and environment variables replaced."""
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path)))


def _name_and_text(entry: Any) -> tuple[str, str]:
    try:
        name, contents = entry["filename"], entry["contents"]
    except (KeyError, TypeError, IndexError):
        name = contents = None
    if isinstance(name, str) and isinstance(contents, str):
        return name, contents
    raise TaskError(f"FileWriteTask: files_to_write: each entry needs a filename and contents, both text; not {entry}")
