"""What batch systems say of their queues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longfuse.errors import SchedulerError
from longfuse.queue.adapter import Answer, Command, QueueAdapter, Shell
from longfuse.queue.files import adapter_from_dict
from longfuse.queue.limits import QueueLimits, ask_memory_s, ask_queues

PARTITIONS = """\
PartitionName=debug AllowGroups=ALL Default=NO MaxTime=00:30:00 State=UP TotalNodes=2
PartitionName=batch AllowGroups=ALL Default=YES MaxTime=UNLIMITED State=UP TotalNodes=8
PartitionName=old AllowGroups=ALL Default=NO MaxTime=7-00:00:00 State=DRAIN TotalNodes=1
"""
PBS_QUEUES = """\
Queue: workq
    queue_type = Execution
    total_jobs = 3
    state_count = Transit:0 Queued:1 Held:0 Waiting:0 Running:2 Exiting:0
    resources_max.walltime = 24:00:00
    enabled = True
    started = True

Queue: closed
    queue_type = Execution
    enabled = False
    started = True
"""


def adapter(content: dict[str, Any]) -> QueueAdapter:
    return adapter_from_dict({"_fw_name": "CommonAdapter", **content}, "my_qadapter.yaml", Path())


def says(stdout: str, returncode: int = 0, asked: list[Command] | None = None) -> Shell:
    def shell(command: Command) -> Answer:
        if asked is not None:
            asked.append(command)
        return Answer(returncode, stdout)

    return shell


def test_slurms_partitions() -> None:
    asked: list[Command] = []
    slurm = adapter({"_fw_q_type": "SLURM", "_q_commands_override": {"status_cmd": "/opt/slurm/bin/squeue"}})
    debug, batch, old = ask_queues(slurm, says(PARTITIONS, asked=asked))
    assert asked[0].argv[0] == "/opt/slurm/bin/scontrol"
    assert (debug.name, debug.is_usual, debug.longest) == ("debug", False, "00:30:00")
    assert (batch.is_usual, batch.is_open, batch.longest) == (True, True, "")
    assert not old.is_open


def test_queues_of_pbs() -> None:
    work, closed = ask_queues(adapter({"_fw_q_type": "PBS"}), says(PBS_QUEUES))
    assert work == QueueLimits(name="workq", longest="24:00:00")
    assert not closed.is_open


def test_queues_of_grid_engine() -> None:
    found = ask_queues(adapter({"_fw_q_type": "SGE"}), says("all.q\nlong.q\n"))
    assert [queue.name for queue in found] == ["all.q", "long.q"]


def test_who_tells_of_no_queues() -> None:
    assert ask_queues(adapter({"_fw_q_type": "local"}), says("what?")) == []


@pytest.mark.parametrize("shell", [says("", 1), says("Welcome to the cluster!")])
def test_no_answer_is_no_list(shell: Shell) -> None:
    with pytest.raises(SchedulerError):
        ask_queues(adapter({"_fw_q_type": "SLURM"}), shell)


def test_how_long_slurm_remembers() -> None:
    slurm = adapter({"_fw_q_type": "SLURM"})
    assert ask_memory_s(slurm, says("MinJobAge               = 300 sec\nMpiDefault = none\n")) == 300
    assert ask_memory_s(slurm, says("")) is None
    assert ask_memory_s(adapter({"_fw_q_type": "PBS"}), says("MinJobAge = 300 sec")) is None


@pytest.mark.parametrize(
    ("longest", "walltime", "too_short"),
    [
        ("00:30:00", "1:00:00", True),
        ("00:30:00", "30", False),
        ("7-00:00:00", "8-0", True),
        ("", "9-0", False),
        ("00:30:00", "", False),
    ],
)
def test_a_job_that_wants_more_than_it_may(longest: str, walltime: str, too_short: bool) -> None:
    assert QueueLimits(name="q", longest=longest).is_too_short_for(walltime) is too_short
