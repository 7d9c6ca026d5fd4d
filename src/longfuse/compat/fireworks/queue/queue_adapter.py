"""Queue adapters as programs for FireWorks have them: parameters in a dictionary, which writes scripts and submits."""

from __future__ import annotations

import logging
import os
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from longfuse.domain.wire import FWSerializable, in_plain_containers
from longfuse.launchers.shell import run
from longfuse.queue import adapter as seam
from longfuse.queue.adapter import SubmitKind
from longfuse.queue.files import STEERING, adapter_from_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Command", "QScriptTemplate", "QueueAdapterBase"]

log = logging.getLogger("longfuse.queue")


class QScriptTemplate(string.Template):
    """A template in which ``$$`` stands before a name."""

    delimiter = "$$"


class Command:
    """A command line that is run with a limit of time.

    Args:
        command: Program and arguments.
    """

    def __init__(self, command: str | list[str]) -> None:
        self.command = command.split() if isinstance(command, str) else list(command)

    def run(self, timeout: float | None = None) -> tuple[int | None, str, str]:
        """Run it; returns exit code (None if it did not end in time), standard output and standard error."""
        limit_s = seam.SUBMIT_TIMEOUT_S if timeout is None else timeout
        answer = run(seam.Command(argv=tuple(self.command), timeout_s=limit_s))
        return answer.returncode, answer.stdout, answer.stderr


class QueueAdapterBase(dict[str, Any], FWSerializable):
    """A batch system and how a user wants to use it; its parameters are the items of the dictionary that it is.

    Args:
        q_type: The batch system (``SLURM``).
        q_name: A name of the user's own for it.
        template_file: A script template of the user's own.
        timeout: Seconds to wait for an answer about jobs.
        kwargs: The parameters: ``rocket_launch``, ``queue``, ``walltime``, ...

    Raises:
        ConfigError: The batch system or a parameter is unknown.
    """

    _fw_name = seam.FW_NAME

    def __init__(
        self,
        q_type: str,
        q_name: str | None = None,
        template_file: str | os.PathLike[str] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.q_type = q_type
        self.q_name = q_name or q_type
        self.template_file = os.path.abspath(template_file) if template_file else None
        self.timeout = timeout
        self.adapter()

    def adapter(self) -> seam.QueueAdapter:
        """The same as Longfuse's launchers take it."""
        return adapter_from_dict(self.to_dict(), f"{type(self).__name__}({self.q_type!r})", Path.cwd())

    def get_script_str(self, launch_dir: str | os.PathLike[str]) -> str:
        """The script for one launch directory."""
        return self.adapter().render(os.path.abspath(launch_dir))

    def submit_to_queue(self, script_file: str | os.PathLike[str]) -> str | None:
        """Hand in a script.

        Returns:
            The job's id; None if it was not accepted, which is logged in the batch system's own words.
        """
        folder, name = os.path.split(os.path.abspath(script_file))
        adapter = self.adapter()
        done = adapter.dialect.read_submit(run(adapter.submit_command(name, folder)))
        if done.kind is SubmitKind.ACCEPTED:
            return done.job_id
        log.error("%s did not take the job: %s", self.q_type, done.words)
        return None

    def get_njobs_in_queue(self, username: str | None = None) -> int | None:
        """How many jobs a user has in the queue; None, and a line in the log, if the batch system does not answer.

        Args:
            username: The user; None is who runs this.
        """
        from getpass import getuser

        from longfuse.errors import SchedulerError

        try:
            return seam.ask_count(self.adapter(), username or getuser(), run)
        except SchedulerError as error:
            log.error("%s", error)  # noqa: TRY400 - a sentence, no traceback
            return None

    def to_dict(self) -> dict[str, Any]:
        """The content of a ``my_qadapter.yaml``."""
        steering = {
            "_fw_name": self.fw_name,
            "_fw_q_type": self.q_type,
            "_fw_q_name": self.q_name if self.q_name != self.q_type else None,
            "_fw_template_file": self.template_file,
            "_fw_timeout": self.timeout,
        }
        given = {key: value for key, value in steering.items() if value is not None}
        document: dict[str, Any] = in_plain_containers({**self, **given})
        return document

    @classmethod
    def from_dict(cls, m_dict: Mapping[str, Any]) -> Self:
        """The adapter that the content of a ``my_qadapter.yaml`` describes.

        Raises:
            ConfigError: The batch system or a parameter is unknown.
        """
        kept = {"_q_commands_override", "_fw_spool"}
        parameters = {key: value for key, value in m_dict.items() if key not in STEERING - kept}
        return cls(
            m_dict["_fw_q_type"],
            m_dict.get("_fw_q_name"),
            m_dict.get("_fw_template_file"),
            m_dict.get("_fw_timeout"),
            **parameters,
        )
