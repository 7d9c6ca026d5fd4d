"""Firetasks that put files into the FilePad and get them out again.

The FilePad is the one of the LaunchPad that the Firework comes from, unless ``filepad_file`` names another. Where the
LaunchPad is out of reach, what is added or deleted is carried home with the launch's result; what is to be got is not
there, and the error says so.
"""

from __future__ import annotations

import os

from longfuse.domain import registry
from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import ConfigError, InputError, SerializationError, StoreError, TaskError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

FILEPAD = "FilePad"
"""Its name in the registry: a Firetask knows no database, so the class is looked up when it is needed."""


def get_fpad(fpad_file: str | None = None) -> Any:
    """The FilePad that a LaunchPad file names, else the one of the ``my_launchpad.yaml`` here or in the user's folders.

    Raises:
        TaskError: It cannot be opened here.
    """
    try:
        filepad = registry.resolve(FILEPAD)
        return filepad.from_db_file(fpad_file) if fpad_file else filepad.auto_load()
    except (StoreError, ConfigError, SerializationError, ImportError) as error:
        raise _out_of_reach(error) from error


def _out_of_reach(error: Exception) -> TaskError:
    return TaskError(
        f"The FilePad cannot be opened here: {error} On a node without a way to the LaunchPad, files can be added to "
        "the FilePad, but not got from it: pass them on by _files_in and _files_out, or run this Firework where the "
        "LaunchPad can be reached (rlaunch without --offline)"
    )


class FilePadTask(FiretaskBase):
    """What the tasks below have in common: where the FilePad is."""

    needs_launchpad = True
    launchpad: Any = None
    """Set by the rocket; None where the task is run by hand."""

    def _filepad(self) -> Any:
        """The FilePad, here and now.

        Raises:
            TaskError: It cannot be opened here.
        """
        if self.get("filepad_file") or getattr(self.launchpad, "url", None) is None:
            return get_fpad(self.get("filepad_file"))
        try:
            return registry.resolve(FILEPAD).from_launchpad(self.launchpad)
        except StoreError as error:
            raise _out_of_reach(error) from error

    def _carrier(self) -> Any:
        """What notes changes and carries them home; None where the FilePad can be changed at once."""
        return None if self.get("filepad_file") or not hasattr(self.launchpad, "note_file") else self.launchpad

    def _list(self, name: str) -> list[str]:
        given = self[name]
        return [given] if isinstance(given, str) else list(given)


class AddFilesTask(FilePadTask):
    """Add files to the FilePad.

    Parameters:
        paths: Paths of files, or a pattern (``*.out``) of those in ``directory``.
        identifiers: What to call them, one a file; without it they are called by their absolute paths.
        directory: Where to look for what matches a pattern; the launch directory without it.
        filepad_file: A ``my_launchpad.yaml`` that names another LaunchPad.
        compress: Whether to keep them compressed (default true).
        metadata: What to say of each of them.
    """

    _fw_name = "AddFilesTask"
    required_params: Sequence[str] = ("paths",)
    optional_params: Sequence[str] = ("identifiers", "directory", "filepad_file", "compress", "metadata")

    def run_task(self, fw_spec: dict[str, Any]) -> None:
        """Add them.

        Raises:
            TaskError: There is no such file, or not one identifier a file.
        """
        del fw_spec
        paths = self._paths()
        identifiers = self._list("identifiers") if self.get("identifiers") else paths
        if len(identifiers) != len(paths):
            raise TaskError(
                f"There are {len(identifiers)} identifiers for {len(paths)} files ({', '.join(paths)}); give one a file"
            )
        missing = [path for path in paths if not os.path.isfile(path)]
        if missing:
            raise TaskError(f"AddFilesTask finds no file {', '.join(missing)}; give paths of files that exist")
        options = {"compress": self.get("compress", True), "metadata": self.get("metadata")}
        carrier = self._carrier()
        add = carrier.note_file if carrier is not None else self._filepad().add_file
        for path, identifier in zip(paths, identifiers, strict=True):
            add(path, identifier, **options)

    def _paths(self) -> list[str]:
        given = self["paths"]
        if not isinstance(given, str):
            return [os.path.abspath(path) for path in given]
        from glob import glob

        directory = os.path.abspath(self.get("directory") or ".")
        return [os.path.abspath(os.path.join(directory, path)) for path in sorted(glob(given, root_dir=directory))]


class GetFilesTask(FilePadTask):
    """Write files of the FilePad.

    Parameters:
        identifiers: What they are called.
        filepad_file: A ``my_launchpad.yaml`` that names another LaunchPad.
        dest_dir: Where to write them; the launch directory without it.
        new_file_names: How to name them, one a file; without it as they were named when they were added.
    """

    _fw_name = "GetFilesTask"
    required_params: Sequence[str] = ("identifiers",)
    optional_params: Sequence[str] = ("filepad_file", "dest_dir", "new_file_names")

    def run_task(self, fw_spec: dict[str, Any]) -> None:
        """Write them.

        Raises:
            TaskError: The FilePad has no such file, or cannot be reached.
        """
        del fw_spec
        filepad = self._filepad()
        identifiers = self._list("identifiers")
        known = {doc["identifier"]: doc for doc in filepad.get_documents({"identifier": {"$in": identifiers}})}
        missing = [identifier for identifier in identifiers if identifier not in known]
        if missing:
            raise TaskError(
                f"The FilePad has no file {', '.join(missing)}; what was added offline is there once its launch was "
                "recovered; until then pass them on by _files_in and _files_out"
            )
        _write_all(self, filepad, [known[identifier] for identifier in identifiers])


class GetFilesByQueryTask(FilePadTask):
    """Write the files of the FilePad that match a query.

    Parameters:
        query: A Mongo-style query of their documents; ``->`` in keys means ``.``, as in ``{"metadata->step": 3}``.
        sort_key: A path in the documents to sort by, before ``limit`` and ``new_file_names``.
        sort_direction: 1 for ascending; -1, the default, for descending.
        limit: Write so many at most.
        fizzle_empty_result: Whether it is an error if nothing matches (default true).
        fizzle_degenerate_file_name: Whether it is an error if two files have one name (default true); else the last
            stays.
        filepad_file: A ``my_launchpad.yaml`` that names another LaunchPad.
        dest_dir: Where to write them; the launch directory without it.
        new_file_names: How to name them, one a file.
        meta_file: Whether to write each file's metadata beside it, as YAML.
        meta_file_suffix: What the name of that file ends with (default ``.meta.yaml``).
    """

    _fw_name = "GetFilesByQueryTask"
    required_params: Sequence[str] = ("query",)
    optional_params: Sequence[str] = (
        *("sort_key", "sort_direction", "limit", "fizzle_empty_result", "fizzle_degenerate_file_name"),
        *("filepad_file", "dest_dir", "new_file_names", "meta_file", "meta_file_suffix"),
    )

    def run_task(self, fw_spec: dict[str, Any]) -> None:
        """Write them.

        Raises:
            TaskError: Nothing matches, two have one name, or the FilePad cannot be reached.
        """
        del fw_spec
        from longfuse.domain.specmods import arrow_to_dot

        query = arrow_to_dot(self["query"])
        filepad = self._filepad()
        sort_key = self.get("sort_key")
        documents = filepad.get_documents(
            query,
            sort_key.replace("->", ".") if sort_key else None,
            self.get("sort_direction", -1),
            self.get("limit") or 0,
        )
        if not documents and self.get("fizzle_empty_result", True):
            raise TaskError(
                f"Nothing in the FilePad matches {query}; set fizzle_empty_result to false if that is all right"
            )
        names = _write_all(self, filepad, documents, unique=self.get("fizzle_degenerate_file_name", True))
        if self.get("meta_file"):
            self._write_metadata(names, documents)

    def _write_metadata(self, paths: list[str], documents: list[dict[str, Any]]) -> None:
        from longfuse.domain import yamlio

        suffix = self.get("meta_file_suffix") or ".meta.yaml"
        for path, document in zip(paths, documents, strict=True):
            with open(path + suffix, "w", encoding="utf-8") as file:
                file.write(yamlio.dump(document["metadata"]))


class DeleteFilesTask(FilePadTask):
    """Remove files from the FilePad; those that are not there are passed over.

    Parameters:
        identifiers: What they are called.
        filepad_file: A ``my_launchpad.yaml`` that names another LaunchPad.
    """

    _fw_name = "DeleteFilesTask"
    required_params: Sequence[str] = ("identifiers",)
    optional_params: Sequence[str] = ("filepad_file",)

    def run_task(self, fw_spec: dict[str, Any]) -> None:
        """Remove them."""
        del fw_spec
        carrier = self._carrier()
        delete = carrier.note_file_deletion if carrier is not None else self._filepad().delete_file
        for identifier in self._list("identifiers"):
            delete(identifier)


def _write_all(task: FilePadTask, filepad: Any, documents: list[dict[str, Any]], *, unique: bool = False) -> list[str]:
    """Write these files where the task says; returns their paths.

    Raises:
        TaskError: Two have one name although they should not, there are other numbers of names, or one cannot be
            written.
    """
    folder = os.path.abspath(task.get("dest_dir") or ".")
    names = task.get("new_file_names") or [_name_of(document) for document in documents]
    if len(names) != len(documents):
        raise TaskError(
            f"{len(documents)} files are to be written, but new_file_names has {len(names)} names; give as many"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if unique and twice:
        raise TaskError(
            f"Several files are named {', '.join(twice)}; give new_file_names, or set fizzle_degenerate_file_name to "
            "false"
        )
    paths = [os.path.join(folder, name) for name in names]
    try:
        os.makedirs(folder, exist_ok=True)
        for path, document in zip(paths, documents, strict=True):
            filepad.write_file(document["gfs_id"], path)
    except (OSError, InputError) as error:
        raise TaskError(f"Files of the FilePad cannot be written to {folder}: {error}") from error
    return paths


def _name_of(document: dict[str, Any]) -> str:
    """A content that was added without a file is named as its identifier ends."""
    identifier: str = document["identifier"]
    return str(document["original_file_name"] or os.path.basename(identifier) or document["gfs_id"])
