"""LoadLeveler (IBM). Formats and job states: "Tivoli Workload Scheduler LoadLeveler: Using and Administering", 5.1."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.queue.adapter import Answer, JobStatus, Phase, Spelling, Submission, SubmitKind, carried_token
from longfuse.queue.answers import (
    Marks,
    Plain,
    how_it_ended,
    local_time,
    must_answer,
    must_make_sense,
    named,
    newest,
    not_submitted,
    paragraphs,
    program_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

SPELLING = Spelling(directive="# @", dashes="", assign=" = ", carrier="comment")
PENDING = frozenset(
    {
        *("Idle", "I", "Deferred", "D", "Not Queued", "NQ", "Hold", "User Hold", "System Hold", "User & System Hold"),
        *("H", "HS", "S", "User Hold & System Hold", "Vacate Pending", "VP", "Vacated", "V"),
    }
)
ENDED = {
    "Completed": None,
    "C": None,
    "Canceled": "CANCELLED",
    "Cancelled": "CANCELLED",
    "CA": "CANCELLED",
    "Removed": "CANCELLED",
    "RM": "CANCELLED",
    "Rejected": None,
    "X": None,
    "Terminated": None,
    "TX": None,
    "Not Run": None,
    "NR": None,
}
"""The states of a job step that is over. ``Removed``: by ``llcancel``, or at its time limit, which its times tell."""

NONE = "There is currently no job status to report"
MARKS = Marks(
    unclear=("timed out waiting", "Communication failure", "Transaction error"),
    later=(
        "Cannot connect",
        "Unable to connect",
        "Connection refused",
        "is not running",
        "maximum number of jobs",
        "max_jobs",
        "try again",
    ),
    absent=("LoadLeveler configuration", "LoadL_config", "/etc/LoadL.cfg"),
)
GONE = re.compile(rf"{NONE}|^\s*$")

_ID = re.compile(r'The job "(.*?)" has been submitted')
_STEP = re.compile(r"^\s*Job Step Id:[ \t]*(\S+)[ \t]*$", re.MULTILINE)
_SECONDS = re.compile(r"\((\d+) seconds\)")
_MANAGER = re.compile(r"Central Manager is defined on (\S+)")
_STEP_NUMBER = re.compile(r"\.\d+$")


@dataclass(frozen=True, slots=True)
class LoadLeveler(Plain):
    """The dialect. A job is ``host.number``; it has one step, ``host.number.0``."""

    q_type: str = "LoadLeveler"
    spelling: Spelling = SPELLING

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """``llsubmit FILE``."""
        return (*shlex.split(program or "llsubmit"), script)

    def read_submit(self, answer: Answer) -> Submission:
        """``llsubmit: The job "host.17" has been submitted.``."""
        found = _ID.search(answer.stdout)
        if found:
            return Submission(SubmitKind.ACCEPTED, job_id=found[1])
        return not_submitted("llsubmit", answer, MARKS)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """``llq``."""
        return (*_words(program, "llq"), "-u", user, *(("-c", queue) if queue else ()))

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Its last line: ``3 job step(s) in query, 1 waiting, ...``."""
        del queue
        must_answer("llq", answer, GONE)
        if NONE in answer.stdout + answer.stderr:
            return 0
        found = re.search(r"^(\d+) job step\(s\)", answer.stdout, re.MULTILINE)
        must_make_sense("llq", answer, found)
        return int(found[1]) if found else 0

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """``llq -l``, for these jobs."""
        return (*_words(program, "llq"), "-l", *job_ids)

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """A block a job step."""
        must_answer("llq", answer, GONE)
        return _statuses("llq", answer)

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """The history file knows what llq has forgotten."""
        return [(*_words(program, "llsummary"), "-l", "-j", job_id) for job_id in job_ids]

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """It may not be allowed to read it; then these jobs are unknown."""
        found: dict[str, JobStatus] = {}
        for answer in answers:
            found.update(_statuses("llsummary", answer) if _STEP.search(answer.stdout) else {})
        return found

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """``llq -l`` shows comments."""
        return (*_words(program, "llq"), "-l")

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The newest job with that comment."""
        must_answer("llq", answer, GONE)
        jobs = _steps(answer.stdout)
        if NONE not in answer.stdout:
            must_make_sense("llq", answer, jobs)
        found = [job_id for job_id, fields in jobs.items() if carried_token(fields.get("Comment", "")) == token]
        return newest(found)

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """``llstatus`` ends with the central manager's name."""
        return tuple(_words(program, "llstatus"))

    def read_cluster(self, answer: Answer) -> str:
        """``The Central Manager is defined on HOST``."""
        return named(_MANAGER, answer)

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """``llcancel``."""
        return ("llcancel", job_id)


def make(_extras: Mapping[str, Any]) -> LoadLeveler:
    """The dialect."""
    return LoadLeveler()


def _words(program: str, name: str) -> list[str]:
    return program_words(program, "llq", name)


def _steps(text: str) -> dict[str, dict[str, str]]:
    """``Key: value`` lines of each job's last step, by job."""
    jobs = {}
    for step, block in paragraphs(_STEP, text):
        pairs = [line.strip().partition(":") for line in block.splitlines()]
        fields = {key: value.strip() for key, colon, value in reversed(pairs) if colon}
        jobs[_STEP_NUMBER.sub("", step)] = fields
    return jobs


def _statuses(program: str, answer: Answer) -> dict[str, JobStatus]:
    jobs = {job_id: fields for job_id, fields in _steps(answer.stdout).items() if fields.get("Status")}
    if NONE not in answer.stdout and answer.returncode == 0:
        must_make_sense(program, answer, jobs)
    return {job_id: _status(job_id, fields) for job_id, fields in jobs.items()}


def _status(job_id: str, fields: Mapping[str, str]) -> JobStatus:
    word = fields["Status"]
    if word in PENDING:
        return JobStatus(job_id=job_id, phase=Phase.PENDING, word=word)
    if word not in ENDED:
        host = fields.get("Allocated Host", "") or fields.get("Starting Host", "")
        return JobStatus(job_id=job_id, phase=Phase.RUNNING, word=word, reason=f"on {host}" if host else "")
    ended = _time(fields.get("Completion Date", ""))
    code = fields.get("Completion Code", "").split(" ")[0]
    how = how_it_ended(int(code) >> 8, int(code) & 127) if code.isdecimal() else ""  # what wait(2) gives
    over = _time_is_over(fields, ended)
    return JobStatus(
        job_id=job_id,
        phase=Phase.ENDED,
        word=word,
        cause="TIMEOUT" if over and (how or ENDED[word]) else ENDED[word],
        reason=", ".join(part for part in ("its time limit was reached" if over else "", how) if part),
        end_time=ended,
    )


def _time_is_over(fields: Mapping[str, str], ended: datetime | None) -> bool:
    """Whether it ran as long as it might."""
    limit = _SECONDS.search(fields.get("Wall Clk Hard Limit", ""))
    began = _time(fields.get("Dispatch Time", ""))
    return bool(limit and began and ended and (ended - began).total_seconds() >= int(limit[1]))


def _time(text: str) -> datetime | None:
    """``Wed Jan 21 13:51:54 EST 2004``, in this machine's own zone."""
    return local_time(re.sub(r"\s+[A-Z]{2,5}(?=\s+\d{4}$)", "", text.strip()), "%a %b %d %H:%M:%S %Y")
