"""How the answers of all batch systems are taken: what silence, a missing program and nonsense mean, and exit codes."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from longfuse.errors import SchedulerError
from longfuse.queue.adapter import NOT_FOUND, Answer, Spelling, Submission, SubmitKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from longfuse.queue.adapter import JobStatus
    from longfuse.queue.array import ArrayWords

SIGKILL, SIGTERM = 9, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Words by which it is known what a submission without a job means.

    Attributes:
        unclear: The job may be in the queue all the same: the connection broke off.
        later: The same job may be accepted later, or the fault is not this job's.
        absent: The batch system is not set up where its program was called.
    """

    unclear: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class Plain:
    """What a dialect is unless it says otherwise: no other names, no second source, no token, one batch system."""

    __slots__ = ()
    spelling: Spelling

    @property
    def aliases(self) -> Mapping[str, str]:
        """None."""
        return {}

    @property
    def filters(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def job_name(self, name: str) -> str:
        """Any name does."""
        return name

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """There is nowhere else to ask."""
        del program, job_ids
        return []

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """Nothing was asked."""
        del answers
        return {}

    def forgotten(self, job_ids: Sequence[str], known: Mapping[str, JobStatus]) -> dict[str, JobStatus]:
        """Nothing."""
        del job_ids, known
        return {}

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """Nothing of ours can be found in its answers."""
        del program
        return None

    def read_token(self, answer: Answer, token: str) -> str | None:
        """Nothing was asked."""
        del answer, token
        return None

    @property
    def arrays(self) -> ArrayWords | None:
        """There are none."""
        return None

    def array_limit_argv(self, program: str) -> tuple[str, ...] | None:
        """There is nothing to ask."""
        del program
        return None

    def read_array_limit(self, answer: Answer | None) -> int:
        """There are none."""
        del answer
        return 0

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """There can be only one."""
        del program
        return None

    def read_cluster(self, answer: Answer) -> str:
        """Nothing was asked."""
        del answer
        return ""


def program_words(status_cmd: str, usual: str, name: str) -> list[str]:
    """The command line of one of a batch system's programs.

    Args:
        status_cmd: The user's own, whose folder, or wrapper before it, counts for its sisters too; or empty.
        usual: The program that ``status_cmd`` stands for.
        name: The program that is meant.
    """
    words = shlex.split(status_cmd)
    places = [place for place, word in enumerate(words) if os.path.basename(word) == usual]
    if not words or not (places or name == usual):
        return [name]
    for place in places:
        words[place] = os.path.join(os.path.dirname(words[place]), name)
    return words


def not_submitted(program: str, answer: Answer, marks: Marks) -> Submission:
    """What it means that a submission named no job."""
    if answer.returncode is None:
        return Submission(SubmitKind.UNCLEAR, words=f"{program} did not answer in time {answer.words}".strip())
    words = answer.words or f"{program} ended with exit code {answer.returncode} and said nothing"
    return Submission(_kind(answer.returncode, words, marks), words=words)


def _kind(returncode: int, words: str, marks: Marks) -> SubmitKind:
    if returncode <= 0 or any(mark in words for mark in marks.unclear):  # below 0: a signal ended it
        return SubmitKind.UNCLEAR
    if any(mark in words for mark in marks.later):
        return SubmitKind.LATER
    absent = returncode == NOT_FOUND or any(mark in words for mark in marks.absent)
    return SubmitKind.ABSENT if absent else SubmitKind.REFUSED


def must_answer(program: str, answer: Answer, harmless: re.Pattern[str] | None = None) -> None:
    """Refuse to conclude anything from a command that went wrong.

    Args:
        program: The command.
        answer: What it said.
        harmless: With an exit code other than 0, what each line of its words has to match (``Unknown Job Id``).

    Raises:
        SchedulerError: It did not answer.
    """
    if answer.returncode == 0:
        return
    lines = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
    if harmless and answer.returncode not in (None, NOT_FOUND) and lines and all(map(harmless.search, lines)):
        return
    words = answer.words or ("no answer in time" if answer.returncode is None else f"exit code {answer.returncode}")
    raise SchedulerError(f"{program} does not answer: {words}")


def must_make_sense(program: str, answer: Answer, understood: object) -> None:
    """Refuse to conclude anything from words in which nothing was found.

    Raises:
        SchedulerError: They are none that this program says.
    """
    if answer.stdout.strip() and not understood:
        raise SchedulerError(f"{program} answers what cannot be understood: {' '.join(answer.stdout.split()):.80}")


def named(name: re.Pattern[str], answer: Answer) -> str:
    """What the pattern's only group finds in an answer; empty if it did not come, or does not have it."""
    found = name.search(answer.stdout) if answer.returncode == 0 else None
    return found[1] if found else ""


def newest(job_ids: Iterable[str]) -> str | None:
    """The last of jobs that are numbered as they come; None if there is none."""
    return max(job_ids, key=lambda job_id: (len(job_id), job_id), default=None)


def paragraphs(head: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    """What stands between the heads, each with the name that its head gives (the pattern's only group)."""
    parts = head.split(text)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def how_it_ended(exit_code: int, signalled: int | None = None) -> str:
    """``exit code 3``, or ``signal 9``; empty for a good end."""
    if signalled:
        return f"signal {signalled}"
    return f"exit code {exit_code}" if exit_code else ""


def local_time(text: str, *formats: str) -> datetime | None:
    """A time as a batch system prints it: local time of the machine that asks. None for what is no time."""
    for one in formats:
        try:
            return datetime.strptime(text.strip(), one).astimezone(UTC)
        except ValueError:
            continue
    return None
