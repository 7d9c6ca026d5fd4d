"""Copies files to other machines, by the system's own ``sftp``.

So a user's ``~/.ssh/config``, keys, agent, jump hosts and known hosts are those that ``ssh`` uses. It asks nothing: a
job has nobody who could answer.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from longfuse.errors import TaskError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "sftp"

_NO_ERRORS = ("Connected to", "remote mkdir")


class SftpFolder:
    """Folders of another machine.

    Args:
        server: The machine, as ``ssh`` knows it.
        user: The user there; None leaves that to ``ssh``.
        key_filename: A private key; None leaves that to ``ssh``.
    """

    def __init__(self, server: str, *, user: str | None = None, key_filename: str | None = None) -> None:
        key = ["-i", os.path.expanduser(key_filename)] if key_filename else []
        self._address = f"{user}@{server}" if user else server
        self._command = [PROGRAM, "-oLogLevel=ERROR", *key, "-b", "-", "--", self._address]

    def put(self, source: str, folder: str) -> None:
        """Copy a file into a folder, or all that a folder holds; the folder is made if it is not there.

        Args:
            source: A file or folder here.
            folder: A path there; a relative one, or one from ``~/``, begins in the user's home.

        Raises:
            TaskError: It cannot be copied; in the words of ``sftp``.
        """
        if not os.path.exists(source):
            raise TaskError(f"there is no {source} here")
        self._run([*_make_folders(folder), *_put(source, _from_home(folder))])

    def _run(self, batch: list[str]) -> None:
        if shutil.which(PROGRAM) is None:
            raise TaskError(f"there is no program {PROGRAM} on PATH; OpenSSH's client brings it")
        commands = "".join(f"{line}\n" for line in batch)
        finished = subprocess.run(  # noqa: S603 - the server and the key are the user's own words
            self._command, input=commands, capture_output=True, text=True, check=False
        )
        if finished.returncode:
            words = _last_lines(finished.stderr) or f"exit code {finished.returncode}"
            raise TaskError(f"{PROGRAM} {self._address}: {words}")


def _put(source: str, folder: str) -> Iterator[str]:
    """The commands that copy a file into a folder that is there, or what a folder holds, with all that is below it."""
    if not os.path.isdir(source):
        yield f"put -p {_quoted(source)} {_quoted(_join(folder, os.path.basename(source)))}"
        return
    for name in sorted(os.listdir(source)):
        path = os.path.join(source, name)
        if os.path.isdir(path):
            yield f"-mkdir {_quoted(_join(folder, name))}"
            yield from _put(path, _join(folder, name))
        else:
            yield from _put(path, folder)


def _make_folders(folder: str) -> Iterator[str]:
    """The commands that make a folder and those above it; that one is there already is no error."""
    path = "/" if folder.startswith("/") else ""
    for part in filter(None, _from_home(folder).split("/")):
        path = _join(path, part)
        yield f"-mkdir {_quoted(path)}"


def _from_home(folder: str) -> str:
    """Where ``sftp`` begins is the home."""
    return folder[2:] or "." if folder.startswith("~/") else folder.replace("~", ".", 1) if folder == "~" else folder


def _join(folder: str, name: str) -> str:
    return os.path.join(folder, name) if folder else name


def _quoted(path: str) -> str:
    """A path in the language of ``sftp``'s commands.

    Raises:
        TaskError: A command is one line, so no name may hold two.
    """
    if "\n" in path or "\r" in path:
        raise TaskError(
            f"{PROGRAM} cannot name {path!r}, which holds a line break; rename it, or put it into an archive"
        )
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _last_lines(text: str) -> str:
    """The end of what was said, without the greeting and what ``mkdir`` says of folders that are there."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(_NO_ERRORS)]
    return " / ".join(line.strip() for line in lines[-3:])
