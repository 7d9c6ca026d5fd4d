"""A claim, ``FW_attempt_<n>.json``: by creating it exclusively one process makes the n-th start of a launch its own."""

from __future__ import annotations

import os

from longfuse.errors import UnreadableError
from longfuse.launchdir.aside import holder, set_aside_others
from longfuse.launchdir.document import Document, Fields
from longfuse.launchdir.files import read_json, write_json
from longfuse.launchdir.names import claim_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOBODY = 0
"""The process id in the claim by which the login side takes back a launch that never started."""

UNKNOWN_RESTART = -1
"""How the file spells that the scheduler does not count restarts."""


class Claim(Document):
    """Who runs an attempt, told so that another process can find out whether it still does.

    Args:
        launch_id: The launch.
        token: The ticket's token.
        attempt: Its number, from 1.
        host: The machine's name.
        machine: Its boot and process-id namespace, see `longfuse.launchdir.process.machine_id`.
        pid: The supervising process.
        born: When that began, see `longfuse.launchdir.process.birth`.
        task_pid: The process that runs the Firetasks; it may outlive the other.
        task_born: When that began.
        job_id: The scheduler's id of the job, or empty.
        restart: How often the scheduler has restarted that job, or `UNKNOWN_RESTART`.
        started_on: When the attempt began, as an ISO time.
        ping_interval_s: How often it writes a heartbeat.
    """

    __slots__ = (
        "attempt",
        "born",
        "host",
        "job_id",
        "launch_id",
        "machine",
        "pid",
        "ping_interval_s",
        "restart",
        "started_on",
        "task_born",
        "task_pid",
        "token",
    )

    def __init__(
        self,
        *,
        launch_id: int,
        token: str,
        attempt: int,
        host: str,
        machine: str,
        pid: int,
        born: str,
        task_pid: int,
        task_born: str,
        job_id: str,
        restart: int,
        started_on: str,
        ping_interval_s: float,
    ) -> None:
        self.launch_id = launch_id
        self.token = token
        self.attempt = attempt
        self.host = host
        self.machine = machine
        self.pid = pid
        self.born = born
        self.task_pid = task_pid
        self.task_born = task_born
        self.job_id = job_id
        self.restart = restart
        self.started_on = started_on
        self.ping_interval_s = ping_interval_s

    @property
    def is_withdrawal(self) -> bool:
        """Whether this is no start, but the login side's word that there shall be none."""
        return self.pid == NOBODY

    @classmethod
    def from_dict(cls, document: dict[str, Any], source: str) -> Claim:
        """Read it.

        Raises:
            UnreadableError: A field is missing or of the wrong kind.
        """
        fields = Fields(document, source)
        return cls(
            launch_id=fields.integer("launch_id"),
            token=fields.text("token"),
            attempt=fields.integer("attempt"),
            host=fields.text("host"),
            machine=fields.text("machine"),
            pid=fields.integer("pid"),
            born=fields.text("born"),
            task_pid=fields.integer("task_pid"),
            task_born=fields.text("task_born"),
            job_id=fields.text("job_id"),
            restart=fields.integer("restart"),
            started_on=fields.text("started_on"),
            ping_interval_s=fields.number("ping_interval_s"),
        )


def withdraw(launch_dir: str, launch_id: int, token: str) -> bool:
    """Make sure that a launch that has not started never will, so that its Firework can be given to another one.

    It takes the first start for itself: of it and a rocket that begins at this moment exactly one succeeds. Where an
    earlier launch has the directory, because the launcher died before it wrote this one's files, they are set aside as
    the launcher would have done; where a later one has it, this one cannot start any more.

    Returns:
        Whether the launch is withdrawn; False if a rocket was first.

    Raises:
        OSError: The file system refused: nothing is known.
    """
    claim = Claim(
        launch_id=launch_id,
        token=token,
        attempt=1,
        host="",
        machine="",
        pid=NOBODY,
        born="",
        task_pid=NOBODY,
        task_born="",
        job_id="",
        restart=UNKNOWN_RESTART,
        started_on="",
        ping_interval_s=0.0,
    )
    first = read_claim(launch_dir, 1)
    others = {holder(launch_dir), first.launch_id if first is not None else launch_id} - {0, launch_id}
    if others and max(others) > launch_id:
        return True
    try:
        if others:
            set_aside_others(launch_dir, launch_id, token)
        write_json(os.path.join(launch_dir, claim_name(1)), claim.to_dict(), exclusive=True)
    except FileExistsError:
        first = read_claim(launch_dir, 1)
        return first is not None and first.is_withdrawal and (first.launch_id, first.token) == (launch_id, token)
    except FileNotFoundError:
        return True  # the directory is gone: nothing can start there
    return True


def claimed_job(launch_dir: str, launch_id: int, token: str) -> str:
    """The batch job that made the newest start of a launch; empty if nothing here tells."""
    newest = newest_attempt(launch_dir)
    claim = read_claim(launch_dir, newest) if newest else None
    if claim is None or (claim.launch_id, claim.token) != (launch_id, token):
        return ""
    return claim.job_id


def newest_attempt(launch_dir: str) -> int:
    """The highest number that anybody has claimed; 0 if nobody has."""
    number = 0
    while os.path.lexists(os.path.join(launch_dir, claim_name(number + 1))):
        number += 1
    return number


def read_claim(launch_dir: str, attempt: int) -> Claim | None:
    """The claim of this number; None if it is gone or tells nothing."""
    path = os.path.join(launch_dir, claim_name(attempt))
    try:
        document = read_json(path)
        return None if document is None else Claim.from_dict(document, path)
    except UnreadableError:
        return None
