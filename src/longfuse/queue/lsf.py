"""LSF (Platform LSF, IBM Spectrum LSF), which FireWorks calls LoadSharingFacility.

Formats and reasons: IBM Spectrum LSF 10.1, "bjobs", "bhist" and "Termination reasons" (``TERM_...``).
"""

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

SPELLING = Spelling(directive="#BSUB", carrier="-Jd")
PENDING = frozenset({"PEND", "PSUSP", "WAIT", "PROV"})
RUNNING = frozenset({"RUN", "USUSP", "SSUSP", "UNKWN", "ZOMBI"})
"""UNKWN and ZOMBI: the job's host is away; it may come back, and the job with it."""

ENDED = frozenset({"DONE", "EXIT"})
CAUSES = {
    "TERM_RUNLIMIT": "TIMEOUT",
    "TERM_CPULIMIT": "TIMEOUT",
    "TERM_DEADLINE": "TIMEOUT",
    "TERM_WINDOW": "TIMEOUT",
    "TERM_MEMLIMIT": "OUT_OF_MEMORY",
    "TERM_SWAP": "OUT_OF_MEMORY",
    "TERM_PREEMPT": "PREEMPTED",
    "TERM_RC_RECLAIM": "PREEMPTED",
    "TERM_OWNER": "CANCELLED",
    "TERM_FORCE_OWNER": "CANCELLED",
    "TERM_ADMIN": "CANCELLED",
    "TERM_FORCE_ADMIN": "CANCELLED",
    "TERM_BUCKET_KILL": "CANCELLED",
    "TERM_ORPHAN_SYSTEM": "CANCELLED",
    "TERM_ZOMBIE": "NODE_FAIL",
}
SIGNALLED = 128
"""Exit codes from here on are signals."""

MARKS = Marks(
    unclear=("Communication time out", "Failed in receiving", "mbatchd sent a bad reply"),
    later=(
        "LSF is down",
        "daemon not responding",
        "Cannot connect to LSF",
        "Connection refused",
        "still trying",
        "Pending job threshold reached",
        "pending job limit",
        "pending job slot limit",
        "job limit exceeded",
        "Queue has been closed",
        "try later",
    ),
    absent=("LSF_ENVDIR", "lsf.conf"),
)
GONE = re.compile(r"^\s*Job <[^>]+> is not found|No (?:unfinished |matching )?job found|^$")

_FIELDS = ("jobid", "stat", "exit_code", "exec_host", "finish_time", "exit_reason", "pend_reason")
_ID = re.compile(r"Job <(\d+)> is submitted")
_REASON = re.compile("TERM_[A-Z_]+")
_CLUSTER = re.compile(r"My cluster name is (\S+)")
_HISTORY = re.compile(r"^Job <(\d+)>", re.MULTILINE)
_WRAPPED = re.compile(r"\n[ ]{10,}")
_EXIT_CODE = re.compile(r"Exited with exit code (\d+)")
_TOLD = re.compile(r"TERM_[A-Z_]+: [^;.]*|Exited by (?:LSF )?(signal <?\w+>?)")


@dataclass(frozen=True, slots=True)
class Lsf(Plain):
    """The dialect."""

    q_type: str = "LoadSharingFacility"
    spelling: Spelling = SPELLING

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """``bsub < FILE``: only so it reads the directives in it."""
        return ("sh", "-c", 'exec "$@" < "$0"', script, *shlex.split(program or "bsub"))

    def read_submit(self, answer: Answer) -> Submission:
        """``Job <N> is submitted to queue <normal>.``."""
        found = _ID.search(answer.stdout)
        if found:
            return Submission(SubmitKind.ACCEPTED, job_id=found[1])
        return not_submitted("bsub", answer, MARKS)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """``bjobs``: jobs that have not ended."""
        return (*_words(program, "bjobs"), "-noheader", "-o", "jobid", "-u", user, *(("-q", queue) if queue else ()))

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Lines."""
        del queue
        must_answer("bjobs", answer, GONE)
        jobs = [line for line in answer.stdout.splitlines() if line.strip().isdigit()]
        if answer.returncode == 0:
            must_make_sense("bjobs", answer, jobs)
        return len(jobs)

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """``bjobs -a``: also what ended within the last CLEAN_PERIOD (an hour, as a rule)."""
        fields = " ".join(_FIELDS) + " delimiter='|'"
        return (*_words(program, "bjobs"), "-u", "all", "-a", "-noheader", "-o", fields, *job_ids)

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """One line a job; of others it says that they are not found."""
        must_answer("bjobs", answer, GONE)
        rows = [line.split("|", len(_FIELDS) - 1) for line in answer.stdout.splitlines()]
        found = {row[0].strip(): row for row in rows if len(row) == len(_FIELDS) and row[0].strip().isdigit()}
        if answer.returncode == 0:
            must_make_sense("bjobs", answer, found)
        return {job_id: _status(job_id, row) for job_id, row in found.items()}

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """``bhist`` reads the event logs, here the last three: the jobs that bjobs has forgotten."""
        return [(*_words(program, "bhist"), "-u", "all", "-l", "-n", "3", *job_ids)]

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """It may not be allowed to read them; then these jobs are unknown."""
        return _history(answers[0].stdout)

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """``bjobs`` with job descriptions."""
        return (*_words(program, "bjobs"), "-a", "-noheader", "-o", "jobid job_description delimiter='|'")

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The newest job with that description."""
        must_answer("bjobs", answer, GONE)
        pairs = [line.split("|", 1) for line in answer.stdout.splitlines() if "|" in line]
        if answer.returncode == 0:
            must_make_sense("bjobs", answer, pairs)
        found = [job_id.strip() for job_id, words in pairs if carried_token(words) == token]
        return newest(found)

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """``lsid``."""
        return tuple(_words(program, "lsid"))

    def read_cluster(self, answer: Answer) -> str:
        """``My cluster name is NAME``."""
        return named(_CLUSTER, answer)

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """``bkill``."""
        return ("bkill", job_id)


def make(_extras: Mapping[str, Any]) -> Lsf:
    """The dialect."""
    return Lsf()


def _words(program: str, name: str) -> list[str]:
    return program_words(program, "bjobs", name)


def _status(job_id: str, row: Sequence[str]) -> JobStatus:
    _, word, code, host, finished, ended, waiting = (part.strip() for part in row)
    if word in PENDING:
        return JobStatus(job_id=job_id, phase=Phase.PENDING, word=word, reason=_said(waiting))
    if word in ENDED:
        return _ended(job_id, word, code, _said(ended), finished)
    place = f"on {host}" if _said(host) else ""
    return JobStatus(job_id=job_id, phase=Phase.RUNNING, word=word, reason=place)


def _ended(job_id: str, word: str, code: str, said: str, finished: str = "") -> JobStatus:
    number = int(code) if code.isdecimal() else 0
    reason = _REASON.search(said)
    how = how_it_ended(number, number - SIGNALLED if number > SIGNALLED else None)
    return JobStatus(
        job_id=job_id,
        phase=Phase.ENDED,
        word=word,
        cause=CAUSES.get(reason[0]) if reason else None,
        reason=", ".join(part for part in (said, how) if part),
        end_time=local_time(finished.rstrip(" LEX"), "%b %d %H:%M:%S %Y", "%b %d %H:%M %Y"),
    )


def _said(text: str) -> str:
    return "" if text in ("-", "") else text


def _history(text: str) -> dict[str, JobStatus]:
    """``bhist -l``: a paragraph a job, its lines broken anywhere and indented; the last run counts."""
    found = {}
    for job_id, block in paragraphs(_HISTORY, text):
        words = _WRAPPED.sub("", block)
        last = words[max(0, words.rfind("Dispatched"), words.rfind("Requeue")) :]
        if "Done successfully" in last:
            found[job_id] = JobStatus(job_id=job_id, phase=Phase.ENDED, word="DONE")
        elif "Exited" in last or "Completed <exit>" in last:
            code, told = _EXIT_CODE.search(last), [match[1] or match[0] for match in _TOLD.finditer(last)]
            found[job_id] = _ended(job_id, "EXIT", code[1] if code else "", told[-1] if told else "")
    return found
