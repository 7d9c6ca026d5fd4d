"""FileTransferTask: move and copy files, on this machine or to another."""

from __future__ import annotations

import os

from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import TaskError
from longfuse.firetasks.fileio import absolute, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Transfer = Callable[[str, str], object]

REMOTE = "rtransfer"
LOCAL = ("move", "mv", "copy", "cp", "copy2", "copytree", "copyfile")
DEFAULT_RETRY_DELAY_S = 10.0


class FileTransferTask(FiretaskBase):
    """Move or copy files.

    Parameters:
        mode: ``move`` (``mv``), ``copy`` (``cp``), ``copy2`` (with times), ``copyfile`` (contents only), ``copytree``
            (a folder); ``rtransfer`` copies to another machine.
        files: A list of paths, or of ``{"src": path, "dest": path}``.
        dest: Where those go that name no ``dest``. For ``rtransfer`` a folder, made if it is not there.
        server: The machine of ``rtransfer``, as ``ssh`` knows it (a name in ``~/.ssh/config``, too).
        user: The user there, if ``ssh`` would not take the right one.
        key_filename: A private key, if ``ssh`` would not take the right one.
        max_retry: How often what failed is tried again (0).
        retry_delay: Seconds before that (10).
        ignore_errors: Whether what cannot be transferred is passed over.
        shell_interpret: Whether ``~`` and environment variables in paths mean what they mean to a shell (default).
    """

    _fw_name = "FileTransferTask"
    required_params: Sequence[str] = ("mode", "files")
    optional_params: Sequence[str] = (
        "dest",
        "server",
        "user",
        "key_filename",
        "max_retry",
        "retry_delay",
        "ignore_errors",
        "shell_interpret",
    )

    def run_task(self, fw_spec: dict[str, Any]) -> None:  # noqa: ARG002, RUF100 - FireWorks' signature
        """Transfer them; what failed is tried again, what was transferred is not.

        Raises:
            TaskError: A parameter is missing or wrong, or a file stays behind and ``ignore_errors`` is not set.
        """
        transfer = self._transfer()
        missing = [self._ends(entry) for entry in listed(self, "files")]
        for retries_left in reversed(range(int(self.get("max_retry") or 0) + 1)):
            failures = _transfer_all(transfer, missing)
            if not failures:
                return
            missing = [pair for pair, _ in failures]
            if retries_left:
                _wait(float(self.get("retry_delay", DEFAULT_RETRY_DELAY_S)))
        if not self.get("ignore_errors"):
            told = "; ".join(f"{source} to {dest}: {why}" for (source, dest), why in failures)
            raise TaskError(f"FileTransferTask: files: mode {self['mode']} failed for {told}")

    def _transfer(self) -> Transfer:
        """What transfers one file.

        Raises:
            TaskError: There is no such mode, or a remote one without its server.
        """
        mode = str(self["mode"])
        if mode == REMOTE:
            from longfuse.firetasks.remote import SftpFolder  # late: needs subprocess

            if not self.get("server"):
                raise TaskError(f"FileTransferTask: mode {REMOTE} needs the parameter server")
            return SftpFolder(self["server"], user=self.get("user"), key_filename=self.get("key_filename")).put
        if mode not in LOCAL:
            raise TaskError(f"FileTransferTask: mode {mode!r} is none of {', '.join((*LOCAL, REMOTE))}")
        import shutil  # late: only a task that is run needs it

        transfer: Transfer = getattr(shutil, {"mv": "move", "cp": "copy"}.get(mode, mode))
        return transfer

    def _ends(self, entry: Any) -> tuple[str, str]:
        """Where a file is and where it shall go."""
        source = entry.get("src") if isinstance(entry, dict) else entry
        dest = (entry.get("dest") if isinstance(entry, dict) else None) or self.get("dest")
        if not isinstance(source, str):
            raise TaskError(f"FileTransferTask: files: each entry is a path or has a src; not {entry!r}")
        if not isinstance(dest, str):
            raise TaskError(f"FileTransferTask: files: {source} has no dest, and the task has none")
        if not self.get("shell_interpret", True):
            return source, dest
        return absolute(source), os.path.expandvars(dest) if self["mode"] == REMOTE else absolute(dest)


def _transfer_all(transfer: Transfer, pairs: list[tuple[str, str]]) -> list[tuple[tuple[str, str], str]]:
    """Transfer each; those that failed, and why."""
    import shutil  # late: as above

    failures = []
    for pair in pairs:
        try:
            transfer(*pair)
        except (OSError, shutil.Error, TaskError) as error:  # shutil.Error holds a list of what went wrong
            failures.append((pair, str(error)))
    return failures


def _wait(delay_s: float) -> None:
    import time  # late: hardly any transfer is tried again

    time.sleep(delay_s)
