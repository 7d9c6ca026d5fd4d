"""Moab, before Torque or another resource manager.

Formats and completion codes: "Moab HPC Suite" 9.1. ``checkjob`` knows jobs that are over for
JOBCPURGETIME (five minutes, as a rule).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.queue.adapter import Answer, JobStatus, Phase, Spelling, Submission, SubmitKind
from longfuse.queue.answers import (
    SIGTERM,
    Marks,
    Plain,
    how_it_ended,
    local_time,
    must_answer,
    must_make_sense,
    named,
    not_submitted,
    program_words,
)
from longfuse.queue.pbs import SIGNALLED, TORQUE_CAUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPELLING = Spelling(directive="#MSUB")
PENDING = frozenset(
    {"Idle", "Deferred", "Hold", "UserHold", "SystemHold", "BatchHold", "NotQueued", "Staging", "Migrated"}
)
ENDED = {"Completed": None, "Removed": "CANCELLED", "Vacated": "PREEMPTED", "Rejected": None, "Cancelled": "CANCELLED"}
MARKS = Marks(
    unclear=("lost connection", "client timed out", "communication error"),
    later=(
        "cannot connect to server",
        "Connection refused",
        "connection refused",
        "maximum job",
        "MAXIJOB",
        "MAXJOB",
        "job limit",
        "server not ready",
        "try again",
    ),
    absent=("moab.cfg", "MOABHOMEDIR"),
)
NO_SUCH = re.compile(r"invalid job specified|cannot locate job|unknown job|no such job|^\s*$", re.IGNORECASE)
SUMMARY = re.compile(r"^(?:active|eligible|blocked) jobs|^Total jobs", re.IGNORECASE | re.MULTILINE)
"""Lines that showq has also when there are no jobs."""

_ID = re.compile(r"^\s*((?:[A-Za-z][\w-]*\.)?\d+)\s*$", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*((?:[A-Za-z][\w-]*\.)?\d+)[^\s\d]?[ \t]+(\S+)[ \t]+([A-Z][A-Za-z]+)[ \t]", re.MULTILINE)
_SERVER = re.compile(r"server=([^\s:]+)")


@dataclass(frozen=True, slots=True)
class Moab(Plain):
    """The dialect. Nothing that one can give a job shows in a list of jobs, so jobs carry no token."""

    q_type: str = "MOAB"
    spelling: Spelling = SPELLING

    def job_name(self, name: str) -> str:
        """It begins with a letter: the resource manager is often Torque."""
        return name if name[:1].isalpha() else f"j{name}"

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """``msub FILE``."""
        return (*shlex.split(program or "msub"), script)

    def read_submit(self, answer: Answer) -> Submission:
        """The number, or ``Moab.N``, alone on a line."""
        found = _ID.search(answer.stdout)
        if answer.returncode == 0 and found:
            return Submission(SubmitKind.ACCEPTED, job_id=found[1])
        return not_submitted("msub", answer, MARKS)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """``showq``; it does not select by user and class at once."""
        del queue
        return (*_words(program, "showq"), "-w", f"user={user}")

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Rows."""
        del queue
        return len(_rows(answer))

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """``showq``: all jobs that are not over."""
        del job_ids
        return tuple(_words(program, "showq"))

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """One row a job. ``Moab.7`` becomes ``7`` when the resource manager has it."""
        found = {}
        for job_id, _, word in _rows(answer):
            phase = Phase.PENDING if word in PENDING else Phase.RUNNING
            for name in (job_id, _number(job_id), f"Moab.{_number(job_id)}"):
                found[name] = JobStatus(job_id=name, phase=phase, word=word)
        return found

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """``checkjob`` for each that is not in the list."""
        return [(*_words(program, "checkjob"), "-v", job_id) for job_id in job_ids]

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """What it says of a job, or that there is none."""
        found = {}
        for answer in answers:
            must_answer("checkjob", answer, NO_SUCH)
            job = re.search(r"^job (\S+)", answer.stdout, re.MULTILINE)
            state = re.search(r"^State:[ \t]*(\w+)", answer.stdout, re.MULTILINE)
            if job and state:
                for name in (job[1], _number(job[1]), f"Moab.{_number(job[1])}"):
                    found[name] = _checked(name, state[1], answer.stdout)
        return found

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """``showq --about``."""
        return (*_words(program, "showq"), "--about")

    def read_cluster(self, answer: Answer) -> str:
        """``Defaults: server=HOST:PORT ...``."""
        return named(_SERVER, answer)

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """``canceljob``."""
        return ("canceljob", job_id)


def make(_extras: Mapping[str, Any]) -> Moab:
    """The dialect."""
    return Moab()


def _words(program: str, name: str) -> list[str]:
    return program_words(program, "showq", name)


def _number(job_id: str) -> str:
    return job_id.rpartition(".")[2]


def _rows(answer: Answer) -> list[tuple[str, str, str]]:
    """Job, user and state of each row; the lines of sums begin with numbers, too, but have no state."""
    must_answer("showq", answer)
    must_make_sense("showq", answer, SUMMARY.search(answer.stdout))
    return _ROW.findall(answer.stdout)


def _checked(job_id: str, word: str, text: str) -> JobStatus:
    if word not in ENDED:
        return JobStatus(job_id=job_id, phase=Phase.PENDING if word in PENDING else Phase.RUNNING, word=word)
    told = re.search(r"^Completion Code:[ \t]*(-?\d+)(?:.*?Time:[ \t]*(.*))?$", text, re.MULTILINE)
    code = int(told[1]) if told else 0
    cause = TORQUE_CAUSES.get(code) or ENDED[word]
    return JobStatus(
        job_id=job_id,
        phase=Phase.ENDED,
        word=word,
        cause="CANCELLED" if code == SIGNALLED + SIGTERM and cause is None else cause,
        reason=how_it_ended(code, code - SIGNALLED if code > SIGNALLED else None),
        end_time=local_time(told[2] or "", "%a %b %d %H:%M:%S %Y") if told else None,
    )
