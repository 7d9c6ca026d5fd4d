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
from longfuse.queue.adapter import NOT_FOUND, Answer, JobStatus, Phase, Spelling, Submission, SubmitKind, carried_token
from longfuse.queue.answers import Plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM = "longfuse.queue.local_spool"
SPELLING = Spelling(directive="#LOCAL", dashes="--", assign="=", carrier="--comment")
CAUSES = {"TIMEOUT": "TIMEOUT", "CANCELLED": "CANCELLED"}
PHASES = {"PENDING": Phase.PENDING, "RUNNING": Phase.RUNNING}


@dataclass(frozen=True, slots=True)
class Local(Plain):
    """The dialect. All jobs are this user's, and its folder is its name.

    Attributes:
        spool: The queue's folder, or None for the user's usual one.
    """

    spool: str | None = None
    q_type: str = "local"
    spelling: Spelling = SPELLING

    @property
    def aliases(self) -> Mapping[str, str]:
        """As in Slurm."""
        return {"time": "walltime"}

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
        return self.status_argv(program, ())

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Jobs that have not ended."""
        del queue
        return sum(status.phase in PHASES.values() for status in self.read_status(answer).values())

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """Answers a JSON list of jobs."""
        del job_ids
        return self._argv(program, "status")

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """One object a job."""
        return {job["job_id"]: _status(job) for job in _jobs(answer)}

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """The list of jobs has their comments."""
        return self.status_argv(program, ())

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The job whose script has that comment."""
        return next((job["job_id"] for job in _jobs(answer) if carried_token(job["comment"]) == token), None)

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
