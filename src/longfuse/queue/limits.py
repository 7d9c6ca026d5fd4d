"""What a batch system's queues allow, as far as it says so: asked by ``lpad doctor``, before the first job.

Formats: ``scontrol show partition`` and ``show config`` of Slurm 22.05, ``qstat -Q -f`` of Torque 6.1 and PBS
Professional 2021, ``qconf -sql`` of Grid Engine 8.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from longfuse.queue.answers import must_answer, must_make_sense, paragraphs, program_words
from longfuse.queue.policy import wall_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.queue.adapter import Answer, QueueAdapter, Shell

_PAIR = re.compile(r"(\w+)=(\S+)")
_PBS_QUEUE = re.compile(r"^Queue: (\S+)$", re.MULTILINE)
_PBS_FIELD = re.compile(r"^\s+([\w.]+) = (.+)$", re.MULTILINE)
_MEMORY = re.compile(r"^MinJobAge\s*=\s*(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """A queue or partition.

    Attributes:
        name: What it is called.
        is_usual: Whether jobs go there that name none.
        is_open: Whether it takes jobs.
        longest: The longest time a job may run, in the batch system's words; empty if it does not say, or as long as it
            takes.
    """

    name: str
    is_usual: bool = False
    is_open: bool = True
    longest: str = ""

    def is_too_short_for(self, walltime: str) -> bool:
        """Whether a job that wants so much time will never start here; not if either cannot be read."""
        wanted, longest = wall_seconds(walltime), wall_seconds(self.longest)
        return wanted is not None and longest is not None and wanted > longest


def ask_queues(adapter: QueueAdapter, shell: Shell) -> list[QueueLimits]:
    """All queues; none where nobody tells of them.

    Raises:
        SchedulerError: The batch system does not answer.
    """
    if adapter.dialect.q_type not in _READERS:
        return []
    usual, words, read = _READERS[adapter.dialect.q_type]
    argv = (*program_words(adapter.status_cmd, usual, words[0]), *words[1:])
    answer = shell(adapter.question(argv))
    must_answer(words[0], answer)
    found = read(answer)
    must_make_sense(words[0], answer, found)
    return found


def ask_memory_s(adapter: QueueAdapter, shell: Shell) -> int | None:
    """For how many seconds the batch system tells of jobs that have ended; None where that is not known."""
    if adapter.dialect.q_type != "SLURM":
        return None
    argv = (*program_words(adapter.status_cmd, "squeue", "scontrol"), "show", "config")
    found = _MEMORY.search(shell(adapter.question(argv)).stdout)
    return int(found[1]) if found else None


def _partitions(answer: Answer) -> list[QueueLimits]:
    found = []
    for line in answer.stdout.splitlines():
        fields = dict(_PAIR.findall(line))
        if "PartitionName" in fields:
            longest = fields.get("MaxTime", "")
            found.append(
                QueueLimits(
                    name=fields["PartitionName"],
                    is_usual=fields.get("Default") == "YES",
                    is_open=fields.get("State", "UP") == "UP",
                    longest="" if longest == "UNLIMITED" else longest,
                )
            )
    return found


def _pbs_queues(answer: Answer) -> list[QueueLimits]:
    found = []
    for name, block in paragraphs(_PBS_QUEUE, answer.stdout):
        fields = dict(_PBS_FIELD.findall(block))
        is_open = all(fields.get(word, "True") == "True" for word in ("enabled", "started"))
        found.append(QueueLimits(name=name, is_open=is_open, longest=fields.get("resources_max.walltime", "")))
    return found


def _cluster_queues(answer: Answer) -> list[QueueLimits]:
    return [QueueLimits(name=name) for name in answer.stdout.split()]


_READERS: dict[str, tuple[str, tuple[str, ...], Callable[[Answer], list[QueueLimits]]]] = {
    "SLURM": ("squeue", ("scontrol", "-a", "-o", "show", "partition"), _partitions),
    "PBS": ("qstat", ("qstat", "-Q", "-f"), _pbs_queues),
    "SGE": ("qstat", ("qconf", "-sql"), _cluster_queues),
}
"""By ``_fw_q_type``: the program that ``_fw_q_status_cmd`` stands for, what to ask, how to read the answer."""
