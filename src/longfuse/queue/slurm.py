"""Slurm. Works without accounting: what ``squeue`` and ``scontrol`` remember is used first, ``sacct`` if it answers.

Job states and reasons: the manual pages of squeue(1) and sbatch(1), section JOB STATE CODES.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from longfuse.queue.adapter import NOT_FOUND, Answer, JobStatus, Phase, Spelling, Submission, SubmitKind, carried_token
from longfuse.queue.answers import Marks, Plain, how_it_ended, must_answer, named, newest, not_submitted, program_words
from longfuse.queue.array import ArrayWords, carries, spelled_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PENDING = frozenset({"PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT", "REVOKED"})
RUNNING = frozenset(
    {"RUNNING", "CONFIGURING", "COMPLETING", "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED", "SUSPENDED"}
)
SPELLING = Spelling(directive="#SBATCH", dashes="--", assign="=", carrier="--comment")
CAUSES = {
    "TIMEOUT": "TIMEOUT",
    "DEADLINE": "TIMEOUT",
    "OUT_OF_MEMORY": "OUT_OF_MEMORY",
    "NODE_FAIL": "NODE_FAIL",
    "BOOT_FAIL": "NODE_FAIL",
    "PREEMPTED": "PREEMPTED",
    "CANCELLED": "CANCELLED",
}
"""How a job ended badly, in our words. COMPLETED and FAILED are the script's own exit code."""

NOWHERE = ("", "(null)", "None assigned")
"""The nodes of a job that never had any."""

MARKS = Marks(
    unclear=(
        "Socket timed out on send/recv operation",
        "Zero Bytes were transmitted",
        "(send failure)",
        "(receive failure)",
        "(shutdown failure)",
        "Message send failure",
        "Message receive failure",
        "Communication shutdown failure",
        "Unexpected message received",
    ),
    later=(
        "Unable to contact slurm controller",
        "Communication connection failure",
        "Slurm temporarily unable",
        "Unable to create job record, try again",
        "Resource temporarily unavailable",
        "Slurm backup controller in standby mode",
        "Controller is in standby mode",
        "Connection refused",
        "Connection timed out",
        "SubmitJobsLimit",
        "SubmitJobLimit",
        "MaxSubmitJob",
        "job submission limit reached",
        "try again later",
        "Required partition not available",
        "Protocol authentication error",
        "Munge encode failed",
    ),
    absent=("sbatch: fatal:",),  # no slurm.conf: it got nowhere near a controller
)

FILTERS = frozenset(
    {
        *(f"SQUEUE_{name}" for name in ("ACCOUNT", "LICENSES", "NAMES", "PARTITION", "QOS", "STATES", "USERS")),
        "SLURM_TIME_FORMAT",
    }
)
"""What squeue goes by besides its options; and by which times would not be written as ISO 8601 says."""

_JOB_ID = re.compile(r"Submitted batch job\s+(\d+)(?:[ ]on[ ]cluster[ ](\S+))?")
_PARSABLE = re.compile(r"^(\d+)(?:;(\S+))?\s*$", re.MULTILINE)
"""The same of ``sbatch --parsable``, which a user's ``submit_cmd`` may say."""

_ARRAY_SIZE = re.compile(r"^MaxArraySize\s*=\s*(\d+)", re.MULTILINE)
_CLUSTER = re.compile(r"^ClusterName\s*=\s*(\S+)", re.MULTILINE)
_FIELDS = "JobArrayID:|,State:|,EndTime:|,NodeList:|,exit_code:|,Reason:|"
_PAIR = re.compile(r"(\w[\w:/-]*)=(\S*)")


ARRAYS = ArrayWords(
    directive="#SBATCH",
    wish="--array={indices}",
    variable="SLURM_ARRAY_TASK_ID",
    place="%a",
    outputs=r"(?:(?:--output|--error)[=\s]\s*|-[oe][=\s]*)",
    usual_output="--output=%a/slurm-%j.out",
    own=r"(?:--array\b|-a\b)",
    element="{job_id}_{index}",
)


@dataclass(frozen=True, slots=True)
class Slurm(Plain):
    """The dialect."""

    q_type: str = "SLURM"
    spelling: Spelling = SPELLING

    @property
    def aliases(self) -> Mapping[str, str]:
        """Slurm's own names beside FireWorks'."""
        return {"partition": "queue", "time": "walltime", "exclude": "exclude_nodes"}

    @property
    def filters(self) -> frozenset[str]:
        """See `FILTERS`."""
        return FILTERS

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """``sbatch FILE``."""
        return (*shlex.split(program or "sbatch"), script)

    def read_submit(self, answer: Answer) -> Submission:
        """``Submitted batch job N``, or its words."""
        found = _JOB_ID.search(answer.stdout) or _PARSABLE.search(answer.stdout)
        if found:
            return Submission(SubmitKind.ACCEPTED, job_id=found[1], cluster=found[2] or "")
        return not_submitted("sbatch", answer, MARKS)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """``squeue``: one line a job or element. Without ``-a`` it knows nothing of partitions that a site hides."""
        return (*_words(program, "squeue"), "-a", "-r", "-o", "%u", "-u", user, "-h", *(("-p", queue) if queue else ()))

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Lines."""
        del queue
        must_answer("squeue", answer)
        return len(answer.stdout.splitlines())

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """``squeue -t all``: also what ended within the last MinJobAge seconds."""
        del job_ids
        return (*_words(program, "squeue"), "-a", "-r", "-h", "--me", "-t", "all", "-O", _FIELDS)

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """One line a job."""
        must_answer("squeue", answer)
        found = {}
        for line in answer.stdout.splitlines():
            parts = line.split("|")
            if len(parts) == 7:
                job_id, word, ended, nodes, code, reason, _ = parts
                found[job_id] = _status(job_id, word, ended, nodes, code, reason)
        return found

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """``scontrol`` for jobs of other users, ``sacct`` for what the controller has forgotten."""
        fields = "JobID,State,End,NodeList,ExitCode"
        jobs = dict.fromkeys(job_id.partition("_")[0] for job_id in job_ids)
        sacct = (*_words(program, "sacct"), "-n", "-X", "-P", "-j", ",".join(jobs), "-o", fields)
        return [(*_words(program, "scontrol"), "-a", "-o", "show", "job"), sacct]

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """Accounting over controller: it knows more."""
        controller, accounting = answers
        if controller.returncode != NOT_FOUND:
            must_answer("scontrol", controller)  # the controller may have gone away just now
        found = _read_scontrol(controller.stdout)
        if accounting.returncode == 0:
            found.update(_read_sacct(accounting.stdout))
        return found

    def forgotten(self, job_ids: Sequence[str], known: Mapping[str, JobStatus]) -> dict[str, JobStatus]:
        """An element that is cancelled before it begins leaves no trace, but others of its array are still there."""
        arrays = {name.partition("_")[0] for name in known if "_" in name}
        return {i: _left_its_array(i) for i in job_ids if "_" in i and i.partition("_")[0] in arrays}

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """``squeue`` with comments."""
        return (*_words(program, "squeue"), "-a", "-r", "-h", "--me", "-t", "all", "-o", "%i|%k")

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The newest job with that comment, or the element of an array with the beginning of that token."""
        must_answer("squeue", answer)
        pairs = (line.split("|", 1) for line in answer.stdout.splitlines() if "|" in line)
        found = [job_id for job_id, comment in pairs if _carries(job_id, carried_token(comment), token)]
        return newest(found)

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """``scontrol``: login nodes of several clusters may share a home."""
        return (*_words(program, "scontrol"), "show", "config")

    def read_cluster(self, answer: Answer) -> str:
        """``ClusterName``."""
        return named(_CLUSTER, answer)

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """``scancel``."""
        return ("scancel", job_id)

    @property
    def arrays(self) -> ArrayWords | None:
        """See sbatch(1), ``--array``."""
        return ARRAYS

    def array_limit_argv(self, program: str) -> tuple[str, ...] | None:
        """``scontrol``."""
        return self.cluster_argv(program)

    def read_array_limit(self, answer: Answer | None) -> int:
        """``MaxArraySize`` is one more than the highest index."""
        found = _ARRAY_SIZE.search(answer.stdout) if answer is not None and answer.returncode == 0 else None
        return max(0, int(found[1]) - 1) if found else 0


def make(_extras: Mapping[str, Any]) -> Slurm:
    """The dialect."""
    return Slurm()


def _carries(job_id: str, carried: str, token: str) -> bool:
    _, _, index = job_id.partition("_")
    return bool(carried) and (carried == token if not index else carries(carried, index, token))


def _words(program: str, name: str) -> list[str]:
    return program_words(program, "squeue", name)


def _status(job_id: str, word: str, ended: str, nodes: str, code: str, reason: str) -> JobStatus:
    word = word.split(" ")[0].rstrip("+")  # sacct: "CANCELLED by 1000"
    place = f"on {nodes}" if nodes not in NOWHERE else ""
    if word in PENDING:
        return JobStatus(job_id=job_id, phase=Phase.PENDING, word=word, reason=_said(reason))
    if word in RUNNING:
        return JobStatus(job_id=job_id, phase=Phase.RUNNING, word=word, reason=place)
    how = _exit(code) if word == "FAILED" else ""
    why = "" if how and reason == "NonZeroExitCode" else _said(reason)
    return JobStatus(
        job_id=job_id,
        phase=Phase.ENDED,
        word=word,
        cause=CAUSES.get(word),
        reason=", ".join(part for part in (why, how, place) if part),
        end_time=_time(ended),
    )


def _left_its_array(job_id: str) -> JobStatus:
    why = "it was cancelled before it began, or ended so long ago that Slurm knows only others of its array"
    return JobStatus(job_id=job_id, phase=Phase.ENDED, word="CANCELLED", cause="CANCELLED", reason=why)


def _said(reason: str) -> str:
    return "" if reason in ("None", "") else reason


def _exit(code: str) -> str:
    """How a script ended: ``exit:signal``, or what wait(2) gives, which is what squeue prints."""
    if code.isdecimal():
        code = f"{int(code) >> 8}:{int(code) & 127}"
    exited, _, signalled = code.partition(":")
    return how_it_ended(_number(exited), _number(signalled))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _read_scontrol(text: str) -> dict[str, JobStatus]:
    found = {}
    for line in text.splitlines():
        fields = dict(reversed(_PAIR.findall(line)))  # the first one counts: a job's name may look like a field
        if "JobId" not in fields or "JobState" not in fields:
            continue
        told = [fields.get(name, "") for name in ("EndTime", "NodeList", "ExitCode", "Reason")]
        for job_id in _job_ids(fields):
            found[job_id] = _status(job_id, fields["JobState"], *told)
    return found


def _read_sacct(text: str) -> dict[str, JobStatus]:
    found = {}
    for line in text.splitlines():
        parts = line.split("|")
        if len(parts) >= 5:
            name, word, ended, nodes, code = parts[:5]
            array, _, indices = name.partition("_")
            job_ids = [f"{array}_{n}" for n in spelled_out(indices)] or [name]
            found.update({i: _status(i, word, ended, nodes, code, "") for i in job_ids})
    return found


def _job_ids(fields: Mapping[str, str]) -> list[str]:
    """The job of a record, or the elements of an array: what has not begun of one is a single record (``4-9,11%2``)."""
    indices = spelled_out(fields.get("ArrayTaskId", ""))
    array = fields.get("ArrayJobId", "")
    return [f"{array}_{n}" for n in indices] if array and indices else [fields["JobId"]]


def _time(text: str) -> datetime | None:
    """A time as Slurm prints it: local time of the machine that asks."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None  # "N/A", "Unknown", or a site's own SLURM_TIME_FORMAT
