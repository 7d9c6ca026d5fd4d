"""The local queue: a small batch system for one machine, so that a laptop needs no scheduler.

The system itself is a program, `longfuse.queue.local_spool`; this is only how to speak to it.
"""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from longfuse.errors import SchedulerError
from longfuse.queue.adapter import NOT_FOUND, Answer, JobStatus, Phase, Submission, SubmitKind, carried_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM = "longfuse.queue.local_spool"
CAUSES = {"TIMEOUT": "TIMEOUT", "CANCELLED": "CANCELLED"}
PHASES = {"PENDING": Phase.PENDING, "RUNNING": Phase.RUNNING}


@dataclass(frozen=True, slots=True)
class Local:
    """The dialect.

    Attributes:
        spool: The queue's folder, or None for the user's usual one.
    """

    spool: str | None = None
    q_type: str = "local"
    directive: str = "#LOCAL"

    @property
    def aliases(self) -> Mapping[str, str]:
        """As in Slurm."""
        return {"time": "walltime"}

    @property
    def filters(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """Answers ``Submitted local job N``."""
        return self._argv(program, "submit", script)

    def read_submit(self, answer: Answer) -> Submission:
        """The last word is the job."""
        if answer.returncode == 0 and answer.stdout.startswith("Submitted local job "):
            return Submission(SubmitKind.ACCEPTED, job_id=answer.stdout.split()[-1])
        if answer.returncode is None or answer.returncode <= 0:  # below 0: a signal ended it
            return Submission(SubmitKind.UNCLEAR, words=answer.words or "the local queue did not answer in time")
        absent = answer.returncode == NOT_FOUND
        return Submission(SubmitKind.ABSENT if absent else SubmitKind.REFUSED, words=answer.words)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """All jobs are this user's, and there is one queue."""
        del user, queue
        return self.status_argv(program)

    def read_count(self, answer: Answer) -> int:
        """Jobs that have not ended."""
        return sum(status.phase in PHASES.values() for status in self.read_status(answer).values())

    def status_argv(self, program: str) -> tuple[str, ...]:
        """Answers a JSON list of jobs."""
        return self._argv(program, "status")

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """One object a job."""
        return {job["job_id"]: _status(job) for job in _jobs(answer)}

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """There is nowhere else to ask."""
        del program, job_ids
        return []

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """Nothing was asked."""
        del answers
        return {}

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """The list of jobs has their comments."""
        return self.status_argv(program)

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The job whose script has that comment."""
        return next((job["job_id"] for job in _jobs(answer) if carried_token(job["comment"]) == token), None)

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """Its folder is its name, and known already."""
        del program
        return None

    def read_cluster(self, answer: Answer) -> str:
        """Nothing was asked."""
        del answer
        return ""

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """Remove it."""
        return self._argv("", "cancel", job_id)

    def _argv(self, program: str, *words: str) -> tuple[str, ...]:
        # -P: a user's directory may hold a json.py
        start = shlex.split(program) if program else (sys.executable, "-P", "-m", PROGRAM)
        return (*start, *(("--spool", self.spool) if self.spool else ()), *words)


def make(extras: Mapping[str, Any]) -> Local:
    """The dialect; ``spool`` may name the queue's folder."""
    return Local(spool=extras.get("spool"))


def _jobs(answer: Answer) -> list[dict[str, Any]]:
    if answer.returncode != 0:
        raise SchedulerError(f"The local queue does not answer: {answer.words or 'no answer in time'}")
    try:
        jobs: list[dict[str, Any]] = json.loads(answer.stdout)
    except ValueError:
        raise SchedulerError(f"The local queue answers nonsense: {answer.words:.80}") from None
    return jobs


def _status(job: Mapping[str, Any]) -> JobStatus:
    word = job["state"]
    ended = job.get("ended_on")
    return JobStatus(
        job_id=job["job_id"],
        phase=PHASES.get(word, Phase.ENDED),
        word=word,
        cause=CAUSES.get(word),
        reason=job.get("reason", ""),
        end_time=datetime.fromisoformat(ended) if ended else None,
    )
