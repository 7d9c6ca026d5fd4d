"""The compute side killed with ``kill -9`` at random moments: no result is lost, none is made twice.

A fresh seed each time; it is printed, and ``LONGFUSE_FAULT_SEED`` repeats it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.launching import call, final_of, launch, make_launch, make_ticket, shell, start, wait_until

from longfuse.launchdir.observe import observe

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.plan import Plan

VICTIMS = ("watcher", "tasks", "both")


@pytest.mark.timeout(1800)
def test_killed_at_random_moments(tmp_path: Path, plan: Plan) -> None:
    span_s = typical_run_s(tmp_path / "typical")
    for number in range(plan.size(sample=6, long=200)):
        victim = VICTIMS[number % len(VICTIMS)]
        moment_s = plan.chance.uniform(0, 1.1 * span_s)
        story = f"{plan.story}, kill {number}: {victim} after {moment_s:.4f} s"
        check_one_kill(tmp_path / f"launch {number}", victim, moment_s, story)
        plan.tried("a job killed at a random moment")


def typical_run_s(folder: Path) -> float:
    began = time.monotonic()
    launch(make_work(folder))
    return time.monotonic() - began


def make_work(folder: Path) -> Path:
    ticket = make_ticket(ping_interval_s=0.02)
    return make_launch(folder, shell("true"), call("body", stored_data_varname="done_by"), shell("true"), ticket=ticket)


def check_one_kill(folder: Path, victim: str, moment_s: float, story: str) -> None:
    make_work(folder)
    running = start(folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(moment_s)
    kill(running, victim)
    running.wait()
    wait_until(lambda: launch(folder).code == 0, f"the launch ends ({story})")
    final = final_of(folder)
    runs = (folder / "runs").read_text().split("\n")[:-1] if (folder / "runs").exists() else []
    begun = [line for line in runs if line.startswith("begin")]
    assert "overlap" not in runs, story
    if final.state == "COMPLETED":
        assert f"end {final.fwaction['stored_data']['done_by']}" in runs, story
        assert begun[-1] == f"begin {final.fwaction['stored_data']['done_by']}", story
    else:
        assert victim == "tasks", story
        assert final.signal == "SIGKILL", story
    if victim != "both":
        assert len(begun) <= 1, story
    check_it_stands(folder, story)


def check_it_stands(folder: Path, story: str) -> None:
    """Whoever looks, however often, sees one whole result; starting again changes nothing."""
    before = (folder / "FW_action.json").stat().st_ino, final_of(folder), (folder / "FW_action.json").stat().st_mtime_ns
    assert launch(folder).code == 0, story
    seen = observe(str(folder), 1)
    assert seen is not None
    assert (seen.problem, seen.final) == ("", before[1]), story
    assert observe(str(folder), 1, seen.signature) is None, story
    after = (folder / "FW_action.json").stat().st_ino, final_of(folder), (folder / "FW_action.json").stat().st_mtime_ns
    assert after == before, story


def kill(running: subprocess.Popen[str], victim: str) -> None:
    """Kill the watcher, the task process, or both in one moment."""
    if victim == "both":
        send(running.pid, signal.SIGSTOP)  # so that it cannot report the death of the other
    tasks = children(running.pid)
    if victim != "watcher":
        for pid in tasks:
            send(pid, signal.SIGKILL)
    if victim != "tasks":
        send(running.pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
