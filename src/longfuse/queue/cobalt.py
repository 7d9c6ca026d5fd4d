"""Cobalt (Argonne). Formats: its manual pages qsub(1) and qstat(1), version 1.0."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.queue.adapter import LAUNCH_VARIABLE, Answer, JobStatus, Phase, Spelling, Submission, SubmitKind
from longfuse.queue.answers import Marks, Plain, must_answer, must_make_sense, not_submitted, paragraphs, program_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPELLING = Spelling(directive="#COBALT", dashes="--", carrier="--env")
PENDING = re.compile("queued|hold|preempted$|dep_fail", re.IGNORECASE)
RUNNING = re.compile("starting|running|exiting|killing|preempting|terminal", re.IGNORECASE)
MARKS = Marks(
    unclear=("Communication Error", "communication error", "timed out"),
    later=(
        "Failed to connect to queue manager",
        "failed to connect to queue-manager",
        "Connection refused",
        "jobs per user",
        "limit of jobs",
        "maximum number of queued jobs",
        "queue is stopped",
        "is draining",
        "try again",
    ),
    absent=("cobalt.conf", "No configuration file"),
)

_COUNTED = ("JobID", "User", "Queue", "State")
_ASKED = ("JobID", "State", "Location")
_ID = re.compile(r"^\s*(\d+)\s*$", re.MULTILINE)
_LISTED = re.compile(r"^\s*JobID:?\s*:?\s*(\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cobalt(Plain):
    """The dialect. Cobalt tells nothing of jobs that are over: of their ends only the launch's own files know."""

    q_type: str = "Cobalt"
    spelling: Spelling = SPELLING

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """``qsub FILE``, which has to be executable."""
        return ("sh", "-c", 'chmod 750 "$0" && exec "$@" "$0"', script, *shlex.split(program or "qsub"))

    def read_submit(self, answer: Answer) -> Submission:
        """The number, alone on a line; before it there may be words on queues and modes."""
        found = _ID.search(answer.stdout)
        if answer.returncode == 0 and found:
            return Submission(SubmitKind.ACCEPTED, job_id=found[1])
        return not_submitted("qsub", answer, MARKS)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """``qstat``, a table."""
        del queue
        return (*_words(program), "--header", ":".join(_COUNTED), "-u", user)

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Its rows of that queue."""
        rows = _table(answer, _COUNTED)
        return sum(not queue or row["Queue"] == queue for row in rows)

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """The same, of these jobs."""
        return (*_words(program), "--header", ":".join(_ASKED), *job_ids)

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """One row a job; a state that is none of Cobalt's concludes nothing."""
        rows = _table(answer, _ASKED)
        return {row["JobID"]: _status(row) for row in rows}

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """The long list shows the environment that jobs were given."""
        return (*_words(program), "-f", "-l")

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The newest job with that variable."""
        _must_answer(answer)
        listed = paragraphs(_LISTED, answer.stdout)
        must_make_sense("qstat", answer, listed)
        found = [job_id for job_id, block in listed if f"{LAUNCH_VARIABLE}={token}" in block]
        return max(found, key=int, default=None)

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """Where the queue manager is, as the site's settings say."""
        del program
        return ("sed", "-n", r"s/^ *service-location *[=:] *//p", "/etc/cobalt.conf")

    def read_cluster(self, answer: Answer) -> str:
        """An address; ``localhost`` is every machine's."""
        place = answer.stdout.strip() if answer.returncode == 0 else ""
        return "" if "localhost" in place else place

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """``qdel``."""
        return ("qdel", job_id)


def make(_extras: Mapping[str, Any]) -> Cobalt:
    """The dialect."""
    return Cobalt()


def _words(program: str) -> list[str]:
    return program_words(program, "qstat", "qstat")


def _must_answer(answer: Answer) -> None:
    """If it does not know a job, or has none to show, ``qstat`` may end with exit code 1, and says nothing of that."""
    if answer.returncode != 1 or answer.stderr.strip():
        must_answer("qstat", answer)


def _table(answer: Answer, header: Sequence[str]) -> list[dict[str, str]]:
    """The rows below the line of ``=``, which are as wide as its columns."""
    _must_answer(answer)
    lines = answer.stdout.splitlines()
    rule = next((place for place, line in enumerate(lines) if re.fullmatch(r"[= ]*=[= ]*", line)), None)
    must_make_sense("qstat", answer, rule is not None)
    if rule is None:
        return []
    rows = [line.split(None, len(header) - 1) for line in lines[rule + 1 :] if line.strip()]
    jobs = [row for row in rows if len(row) == len(header) and row[0].isdigit()]
    must_make_sense("qstat", answer, len(jobs) == len(rows))
    return [dict(zip(header, row, strict=True)) for row in jobs]


def _status(row: Mapping[str, str]) -> JobStatus:
    word = row["State"]
    if PENDING.search(word) and not RUNNING.search(word):
        return JobStatus(job_id=row["JobID"], phase=Phase.PENDING, word=word)
    place = row["Location"].strip()
    return JobStatus(
        job_id=row["JobID"],
        phase=Phase.RUNNING,  # whatever it is called: a job that is over is not in the list
        word=word,
        reason=f"on {place}" if place not in ("", "None") else "",
    )
