"""PBS: Torque, PBS Professional and OpenPBS.

Their common part is used: ``qstat -f``. Formats: qsub(1B), qstat(1B) of Torque 6.1 and PBS Professional 2021 (User's
Guide, "Job attributes" and "Job exit codes"). Where the two mean different things by one number, the spelling of the
attribute tells them apart: Torque writes ``exit_status``, the others write ``Exit_status``.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.queue.adapter import LAUNCH_VARIABLE, Answer, JobStatus, Phase, Spelling, Submission, SubmitKind
from longfuse.queue.answers import (
    SIGTERM,
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

SPELLING = Spelling(directive="#PBS", carrier="-v")
PENDING = frozenset("QHWTM")
ENDED = frozenset("CFX")
"""Any other state is one of a job that is on a node (R, E, S, U, B)."""

TORQUE_CAUSES = {-10: "OUT_OF_MEMORY", -11: "TIMEOUT", -12: "TIMEOUT"}
CAUSES = {-26: "OUT_OF_MEMORY", -27: "OUT_OF_MEMORY", -28: "TIMEOUT", -29: "TIMEOUT"}
"""``JOB_EXEC_OVERLIMIT_...`` of Torque and ``JOB_EXEC_KILL_...`` of the others: memory, memory, CPU time, wall time."""

SAID = (
    (re.compile(r"walltime|cput"), "TIMEOUT"),
    (re.compile(r"\bp?v?mem\b"), "OUT_OF_MEMORY"),
    (re.compile("preempt", re.IGNORECASE), "PREEMPTED"),
)
"""What the comment of a job says that was killed ("exceeded resource walltime")."""

DELETED = "91"
"""The substate of a job that ``qdel`` ended."""

SIGNALLED = 256
"""Exit codes from here on are signals."""

NAME_LENGTH = 15
"""Older servers refuse a longer name."""

MARKS = Marks(
    unclear=("End of File", "Premature end of message", "Communication failure", "Bad reply", "Protocol (ASN.1) error"),
    later=(
        "cannot connect to server",
        "Connection refused",
        "Connection timed out",
        "No route to host",
        "pbs_iff",
        "Invalid credential",
        "Maximum number of jobs",
        "would exceed",
        "exceeds the queue limit",
        "Queue is not enabled",
        "Server shutting down",
        "Server is busy",
        "try again",
    ),
    absent=("PBS_DEFAULT", "pbs.conf", "unknown/ambiguous server", "no default server"),
)
GONE = re.compile("Unknown Job Id|Job has finished|history|^$", re.IGNORECASE)
"""Each line of an answer that only says of some jobs that it does not know them."""

_ID = re.compile(r"^(\d+(?:\[\d*\])?)(?:\.\S+)?\s*$", re.MULTILINE)
_HEAD = re.compile(r"^Job Id:[ ]*(\S+)", re.MULTILINE)
_TOKEN = re.compile(rf"(?:^|,){LAUNCH_VARIABLE}=([0-9a-f]+)")
_SERVER = re.compile(r"^Server:\s*(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pbs(Plain):
    """The dialect."""

    q_type: str = "PBS"
    spelling: Spelling = SPELLING

    def job_name(self, name: str) -> str:
        """It begins with a letter and is short."""
        return (name if name[:1].isalpha() else f"j{name}")[:NAME_LENGTH]

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """``qsub FILE``."""
        return (*shlex.split(program or "qsub"), script)

    def read_submit(self, answer: Answer) -> Submission:
        """``123.server``; the number is enough here, and is what FireWorks keeps."""
        found = _ID.search(answer.stdout) if answer.returncode == 0 else None
        if found:
            return Submission(SubmitKind.ACCEPTED, job_id=found[1])
        return not_submitted("qsub", answer, MARKS)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """``qstat -u``: one line a job."""
        return (*_words(program, "qstat"), "-u", user, *((queue,) if queue else ()))

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Lines with a job id, a queue that is this one (it may be cut), and a state that is not the end."""
        must_answer("qstat", answer)
        rows = [line.split() for line in answer.stdout.splitlines()]
        jobs = [row for row in rows if len(row) > 9 and row[0][:1].isdigit()]
        must_make_sense("qstat", answer, jobs)
        ours = [row for row in jobs if not queue or queue.startswith(row[2].rstrip("*"))]
        return sum(row[-2] not in ENDED for row in ours)

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """``qstat -f``, for these jobs: large sites have tens of thousands of others."""
        return (*_words(program, "qstat"), "-f", *job_ids)

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """A block a job; of others it says that it does not know them."""
        must_answer("qstat", answer, GONE)
        jobs = _blocks(answer.stdout)
        must_make_sense("qstat", answer, jobs)
        return {job_id: _status(job_id, fields) for job_id, fields in jobs.items()}

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """The history of PBS Professional (in Torque ``-x`` means XML, and has no more jobs)."""
        return [(*_words(program, "qstat"), "-x", "-f", *job_ids)]

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """As before."""
        must_answer("qstat -x", answers[0], GONE)
        return {job_id: _status(job_id, fields) for job_id, fields in _blocks(answers[0].stdout).items()}

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """``qstat -f`` shows the variables that jobs were given."""
        return (*_words(program, "qstat"), "-f")

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The newest job with that variable."""
        must_answer("qstat", answer)
        jobs = _blocks(answer.stdout)
        must_make_sense("qstat", answer, jobs)
        carried = {job_id: _TOKEN.search(fields.get("Variable_List", "")) for job_id, fields in jobs.items()}
        found = [job_id for job_id, match in carried.items() if match and match[1] == token]
        return newest(found)

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """The server's name."""
        return (*_words(program, "qstat"), "-B", "-f")

    def read_cluster(self, answer: Answer) -> str:
        """``Server: NAME``."""
        return named(_SERVER, answer)

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """``qdel``."""
        return ("qdel", job_id)


def make(_extras: Mapping[str, Any]) -> Pbs:
    """The dialect."""
    return Pbs()


def _words(program: str, name: str) -> list[str]:
    return program_words(program, "qstat", name)


def _blocks(text: str) -> dict[str, dict[str, str]]:
    """The attributes of each job by its number; a value goes on in lines that begin with a tab."""
    jobs = {}
    for name, block in paragraphs(_HEAD, text):
        pairs = (line.strip().partition(" = ") for line in block.replace("\n\t", "").splitlines())
        number = name.partition(".")[0]
        jobs[number] = {key: value for key, separator, value in pairs if separator}
    return {number: fields for number, fields in jobs.items() if "job_state" in fields}


def _status(job_id: str, fields: Mapping[str, str]) -> JobStatus:
    state, comment = fields["job_state"], fields.get("comment", "")
    if state in PENDING:
        return JobStatus(job_id=job_id, phase=Phase.PENDING, word=state, reason=comment)
    if state not in ENDED:
        place = fields.get("exec_host", "").partition("/")[0]
        return JobStatus(job_id=job_id, phase=Phase.RUNNING, word=state, reason=f"on {place}" if place else "")
    code = _exit_code(fields)
    how = "" if code is None else how_it_ended(code, code - SIGNALLED if code > SIGNALLED else None)
    ended = next((fields[key] for key in ("comp_time", "obittime", "mtime") if key in fields), "")
    return JobStatus(
        job_id=job_id,
        phase=Phase.ENDED,
        word=state,
        cause=_cause(fields, code, comment),
        reason=", ".join(part for part in (comment, how) if part),
        end_time=local_time(ended, "%a %b %d %H:%M:%S %Y"),
    )


def _exit_code(fields: Mapping[str, str]) -> int | None:
    text = fields.get("Exit_status") or fields.get("exit_status") or ""
    return int(text) if re.fullmatch(r"-?\d+", text) else None


def _cause(fields: Mapping[str, str], code: int | None, comment: str) -> str | None:
    if code == 0:
        return None
    if code is not None and code < 0:
        return (TORQUE_CAUSES if "exit_status" in fields else CAUSES).get(code)
    killed = code is None or code > SIGNALLED
    said = next((cause for words, cause in SAID if killed and words.search(comment)), None)
    if said is None and (code == SIGNALLED + SIGTERM or fields.get("substate") == DELETED):
        return "CANCELLED"
    return said
