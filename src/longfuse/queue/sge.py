"""Grid Engine: SGE, Son of Grid Engine, Open and Univa/Altair Grid Engine.

Tried with Son of Grid Engine 8.1.9. Job states and the numbers of ``failed``: its manual page sge_status(5).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.queue.adapter import USER, Answer, JobStatus, Phase, Spelling, Submission, SubmitKind
from longfuse.queue.answers import (
    SIGKILL,
    Marks,
    Plain,
    how_it_ended,
    local_time,
    must_answer,
    must_make_sense,
    not_submitted,
    program_words,
)
from longfuse.queue.array import ArrayWords, carries, spelled_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPELLING = Spelling(directive="#$", carrier="-ac")
CONTEXT = "longfuse"
"""The variable of a job's context that holds a launch's token."""

LIMIT, AGAIN, AFTER_JOB, CRASHES = 37, (24, 25), 100, (18, 19)
"""What ``failed`` says: killed at a limit; to be run again; killed by a signal; its shepherd or its host crashed."""

SIGNALLED = 128
"""Exit codes from here on are signals."""

TIMES = ("%a %b %d %H:%M:%S %Y", "%m/%d/%Y %H:%M:%S.%f", "%m/%d/%Y %H:%M:%S")
"""How accounts write times: Son of Grid Engine the first way, Univa's the others."""

FEW = 8
"""For more jobs than that the accounting file is read once as a whole, not for each."""

FORBIDDEN = re.compile(r"[/:@\\*?]")
"""What a job's name must not have."""

MARKS = Marks(
    unclear=("failed receiving gdi request", "timeout error"),
    later=(
        "unable to contact qmaster",
        "unable to send message to qmaster",
        "commlib error",
        "got select error",
        "jobs are allowed per user",
        "jobs are allowed per cluster",
        "try again later",
        "try later",
    ),
    absent=("SGE_ROOT", "act_qmaster", "no submit host"),
)
NO_SUCH = re.compile(r"Following jobs do not exist|^[\d*,\s]+$|^$")
NOT_ACCOUNTED = re.compile("not found|no jobs running since startup|^$")

_ID = re.compile(r"Your job(?:-array)? (\d+)")
_TERSE = re.compile(r"^(\d+)(?:\.\S+)?\s*$", re.MULTILINE)
_ROW = re.compile(
    r"^\s*(\d+)\s+[\d.]+\s+\S.*?\s([a-zA-Z]+)\s+\d\d/\d\d/\d{4}\s[\d:.]{8,}(?:[ \t]+(.*))?$", re.MULTILINE
)
"""A job's number, state, and: once it runs its queue and host, its slots, of an array its tasks."""

_TASKS = re.compile(r"(?:^|\s)\d+\s+(\d[\d,:-]*)\s*$")
"""Behind the slots."""

_LIMIT = re.compile(r"^max_aj_tasks\s+(\d+)", re.MULTILINE)
NO_LIMIT = 75000
"""What `_LIMIT` is as a rule, where it is 0, which means none."""

ARRAYS = ArrayWords(
    directive="#$",
    wish="-t {indices}",
    variable="SGE_TASK_ID",
    place="$TASK_ID",
    outputs=r"-[oe]\s+",
    usual_output="-o $TASK_ID -e $TASK_ID",
    own=r"-t\b",
    element="{job_id}.{index}",
    lists=False,
)

_DURATION = re.compile(r"h_rt=(\d+)")


@dataclass(frozen=True, slots=True)
class Sge(Plain):
    """The dialect.

    Attributes:
        owner: Whose jobs they are, if that is known.
    """

    owner: str = ""
    q_type: str = "SGE"
    spelling: Spelling = SPELLING

    @property
    def aliases(self) -> Mapping[str, str]:
        """As Grid Engine calls it."""
        return {"h_rt": "walltime"}

    def job_name(self, name: str) -> str:
        """It does not begin with a digit."""
        plain = FORBIDDEN.sub("_", name)
        return f"j{plain}" if plain[:1].isdigit() else plain

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """``qsub FILE``."""
        return (*shlex.split(program or "qsub"), script)

    def read_submit(self, answer: Answer) -> Submission:
        """``Your job N ("name") has been submitted``, or the number alone of ``qsub -terse``."""
        found = _ID.search(answer.stdout) or _TERSE.search(answer.stdout)
        if answer.returncode == 0 and found:
            return Submission(SubmitKind.ACCEPTED, job_id=found[1])
        return not_submitted("qsub", answer, MARKS)

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """``qstat``: one line a job or task of an array."""
        return (*_words(program, "qstat"), "-g", "d", "-u", user, *(("-q", queue) if queue else ()))

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """Lines."""
        del queue
        must_answer("qstat", answer)
        jobs = _rows(answer.stdout)
        must_make_sense("qstat", answer, jobs)
        return len(jobs)

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """``qstat``: pending, running and suspended jobs."""
        del job_ids
        return (*_words(program, "qstat"), "-g", "d", "-u", self.owner or "*")

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """One line a job."""
        must_answer("qstat", answer)
        rows = _rows(answer.stdout)
        must_make_sense("qstat", answer, rows)
        return {job_id: _open(job_id, word, place) for job_id, word, place in rows}

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """Jobs that ended just now, and the accounting file."""
        ended = (*_words(program, "qstat"), "-s", "z", "-u", self.owner or "*")
        qacct = _words(program, "qacct")
        numbers = list(dict.fromkeys(job_id.partition(".")[0] for job_id in job_ids))
        if len(numbers) > FEW and self.owner:
            return [ended, (*qacct, "-o", self.owner, "-j")]
        return [ended, *((*qacct, "-j", number) for number in numbers)]

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """Accounting over qmaster. Who was deleted before it began is on no account."""
        ended, *accounts = answers
        found: dict[str, JobStatus] = {}
        for account in accounts:
            found.update(_accounted(account.stdout) if account.returncode == 0 else {})
        complete = all(account.returncode == 0 or _knows_not(account) for account in accounts)
        if complete and ended.returncode == 0:
            gone = [job_id for job_id, _, _ in _rows(ended.stdout) if job_id not in found]
            found.update({job_id: _never_began(job_id) for job_id in gone})
        return found

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """``qstat -j`` shows the context of jobs."""
        return (*_words(program, "qstat"), "-j", "*")

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The newest job with that context, or the task of an array with the beginning of that token."""
        must_answer("qstat", answer, NO_SUCH)
        jobs = [_fields(block) for block in re.split("^=+$", answer.stdout, flags=re.MULTILINE) if block.strip()]
        known = [job for job in jobs if job.get("job_number", "").isdigit()]
        if answer.returncode == 0:
            must_make_sense("qstat", answer, known)
        found = [job_id for job in known for job_id in _carriers(job, token)]
        return max(found, key=lambda job_id: int(job_id.partition(".")[0]), default=None)

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """What the installation calls itself; where it does not, which cell."""
        del program
        return ("sh", "-c", 'cat "$SGE_ROOT/${SGE_CELL:-default}/common/cluster_name"')

    def read_cluster(self, answer: Answer) -> str:
        """One word."""
        return answer.stdout.strip() if answer.returncode == 0 else ""

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """``qdel``."""
        return ("qdel", job_id)

    @property
    def arrays(self) -> ArrayWords | None:
        """See qsub(1), ``-t``."""
        return ARRAYS

    def array_limit_argv(self, program: str) -> tuple[str, ...] | None:
        """``qconf``: the configuration of the whole site."""
        return (*_words(program, "qconf"), "-sconf")

    def read_array_limit(self, answer: Answer | None) -> int:
        """``max_aj_tasks``."""
        found = _LIMIT.search(answer.stdout) if answer is not None and answer.returncode == 0 else None
        return int(found[1]) or NO_LIMIT if found else 0


def make(extras: Mapping[str, Any]) -> Sge:
    """The dialect; ``user`` tells whose jobs they are."""
    return Sge(owner=str(extras.get(USER) or ""))


def _words(program: str, name: str) -> list[str]:
    return program_words(program, "qstat", name)


def _rows(text: str) -> list[tuple[str, str, str]]:
    """Id, state and place of each job, or of each task of an array."""
    found = []
    for number, word, rest in _ROW.findall(text):
        tasks = _TASKS.search(rest)
        ids = [f"{number}.{n}" for n in spelled_out(tasks[1])] if tasks else [number]
        found += [(job_id, word, rest.split(" ")[0]) for job_id in ids]
    return found


def _carriers(job: Mapping[str, str], token: str) -> list[str]:
    """The job itself, or the task of it, if its context has this launch's token."""
    number = job["job_number"]
    carried = [word.removeprefix(f"{CONTEXT}=") for word in job.get("context", "").split(",") if CONTEXT in word]
    if "job-array" not in job:
        return [number] if token in carried else []
    tasks = spelled_out(job["job-array"].removeprefix("tasks:").strip())
    return [f"{number}.{n}" for n in tasks for one in carried if carries(one, str(n), token)]


def _open(job_id: str, word: str, place: str) -> JobStatus:
    if "w" in word or "q" in word:
        why = "in error, `qstat -j` tells why and `qmod -cj` clears it" if "E" in word else ""
        return JobStatus(job_id=job_id, phase=Phase.PENDING, word=word, reason=why or ("held" if "h" in word else ""))
    return JobStatus(job_id=job_id, phase=Phase.RUNNING, word=word, reason=f"on {place}" if "@" in place else "")


def _knows_not(account: Answer) -> bool:
    """Whether the accounting was read, and has nothing of the job."""
    lines = account.stderr.strip().splitlines()
    return account.returncode == 1 and bool(lines) and all(map(NOT_ACCOUNTED.search, lines))


def _never_began(job_id: str) -> JobStatus:
    return JobStatus(
        job_id=job_id, phase=Phase.ENDED, word="z", cause="CANCELLED", reason="it was deleted before it began"
    )


def _fields(block: str) -> dict[str, str]:
    """``key  value`` or ``key:  value``, a line each."""
    pairs = (line.split(None, 1) for line in block.splitlines())
    return {pair[0].rstrip(":"): pair[1].strip() for pair in pairs if len(pair) == 2}


def _accounted(text: str) -> dict[str, JobStatus]:
    """The last record of each job: one that is run again has several, and lives on after one of `AGAIN`."""
    found = {}
    for block in re.split("^=+$", text, flags=re.MULTILINE):
        fields = _fields(block)
        number, failed = fields.get("jobnumber", ""), _leading_number(fields.get("failed", ""))
        task = fields.get("taskid", "")
        job_id = f"{number}.{task}" if task.isdigit() else number
        if number.isdigit() and failed is not None:
            found[job_id] = _ended(job_id, fields, failed)
    return {job_id: status for job_id, status in found.items() if status.word not in map(str, AGAIN)}


def _ended(job_id: str, fields: Mapping[str, str], failed: int) -> JobStatus:
    code = _leading_number(fields.get("exit_status", "")) or 0
    signalled = code - SIGNALLED if failed and code > SIGNALLED else None
    host = fields.get("hostname", "")
    told = fields["failed"].partition(":")[2].strip() if failed else ""
    return JobStatus(
        job_id=job_id,
        phase=Phase.ENDED,
        word=str(failed),
        cause=_cause(fields, failed, signalled),
        reason=", ".join(part for part in (told, how_it_ended(code, signalled), f"on {host}" if host else "") if part),
        end_time=local_time(fields.get("end_time", "")[:24], *TIMES),
    )


def _cause(fields: Mapping[str, str], failed: int, signalled: int | None) -> str | None:
    if failed == LIMIT:
        return "OUT_OF_MEMORY" if _was_memory(fields) else "TIMEOUT"
    if fields.get("deleted_by", "NONE") != "NONE":  # Univa's tells
        return "CANCELLED"
    if failed in CRASHES:
        return "NODE_FAIL"
    # The job's own script was killed: the kernel, short of memory, kills what uses much, and the script then goes on.
    return "CANCELLED" if failed == AFTER_JOB and signalled == SIGKILL else None


def _was_memory(fields: Mapping[str, str]) -> bool:
    """Whether the limit was that of memory: it had one, and its time was not over."""
    category = fields.get("category", "")
    limit = _DURATION.search(category)
    ran_s = _leading_number(fields.get("ru_wallclock", ""))
    return "h_vmem=" in category and (limit is None or (ran_s or 0) < int(limit[1]))


def _leading_number(text: str) -> int | None:
    found = re.match(r"\d+", text)
    return int(found[0]) if found else None
