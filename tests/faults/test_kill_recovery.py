"""``lpad recover_offline`` killed with ``kill -9`` at random moments: no result is lost, none is applied twice.

A fresh seed each time; it is printed, and ``LONGFUSE_FAULT_SEED`` repeats it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.faults.plan import is_long
from tests.launching import shell
from tests.login import fw

from longfuse import Firework, ScriptTask
from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.wire import recursive_dict
from longfuse.launchdir.files import write_json
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.prepare import prepare
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.plan import Plan

WORKFLOWS = 32
PARENTS = 4
"""Together more launches than share one transaction, so that a kill also falls between two of them."""

RECOVERIES = """
import os, sys
import sqlalchemy.dialects.sqlite
import longfuse.launchers.shell, longfuse.relay, longfuse.store.sqlite, longfuse.cli.commands_offline
from longfuse.cli.lpad import main
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        sys.stdout = sys.stderr = open(os.devnull, "w")
        os._exit(main(["-l", line.rstrip("\\n"), "recover_offline", "-w", ""]))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
"""Starts a recovery for each line it reads, without loading the modules anew: a LaunchPad file in, pid and end out."""


@dataclass(frozen=True, slots=True)
class Recoveries:
    process: subprocess.Popen[str]

    def start(self, launchpad_file: Path) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{launchpad_file}\n")
        self.process.stdin.flush()
        return self._answer()

    def end(self) -> int:
        return self._answer()

    def _answer(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def recoveries() -> Iterator[Recoveries]:
    with subprocess.Popen(
        [sys.executable, "-c", RECOVERIES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Recoveries(process)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of launches that have ended, of which nothing is recovered yet."""
    folder = tmp_path_factory.mktemp("finished")
    pad = LaunchPad(f"sqlite:///{folder}/launchpad.db", create=True)
    pad.add_documents([workflow() for _ in range(WORKFLOWS)])
    while (taken := pad.reserve(FWorker(), folder / "next")) is not None:
        place = folder / f"launch {taken.launch_id}"
        pad.change_launch_dir(taken.launch_id, place)
        prepare(str(place), taken.document, taken.ticket)
        final = FinalRecord(
            launch_id=taken.launch_id,
            token=taken.token,
            attempt=1,
            state="COMPLETED",
            reason="",
            started_on="2026-11-23T00:00:00.000000+00:00",
            completed_on="2026-11-23T00:00:01.000000+00:00",
            fwaction=result(taken.fw_id),
            launchpad_writes=writes(taken.fw_id),
        )
        write_json(str(place / "FW_action.json"), final.to_dict())
    pad.close()
    with sqlite3.connect(folder / "launchpad.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder / "launchpad.db"


def workflow() -> dict[str, object]:
    """Parents that all count in their child, one of them with a detour before it."""
    parents = [fw(n, shell("true"), name=f"parent {n}") for n in range(PARENTS)]
    child = fw(PARENTS, shell("true"), name="child", count=0, of=[])
    return {"fws": [*parents, child], "links": {str(n): [PARENTS] for n in range(PARENTS)}, "metadata": {}, "name": "w"}


def result(fw_id: int) -> dict[str, object]:
    changes = [{"_inc": {"count": 1}}, {"_push": {"of": fw_id}}]
    detours = []
    if is_first(fw_id):
        detours = [Firework(ScriptTask.from_str("true"), name=f"detour of {fw_id}")]
    document = recursive_dict(FWAction(mod_spec=changes, detours=detours))
    assert isinstance(document, dict)
    return document


def writes(fw_id: int) -> list[dict[str, object]]:
    """What a task of a parent asked of the LaunchPad: to note it in its child."""
    child = (fw_id - 1) // (PARENTS + 1) * (PARENTS + 1) + PARENTS + 1
    change = {"fw_ids": [child], "spec_document": {"$push": {"spec.written": fw_id}}, "mongo": True}
    return [{"method": "update_spec", "arguments": change}]


def is_first(fw_id: int) -> bool:
    return fw_id % (PARENTS + 1) == 1


@pytest.mark.timeout(1800)
def test_killed_at_random_moments(tmp_path: Path, finished: Path, recoveries: Recoveries, plan: Plan) -> None:
    span_s, halfway = 0.0, 0
    for number in range(plan.size(sample=5, long=200)):
        if number % 10 == 0:  # again and again: how busy the machine is changes
            span_s = one_pass_s(tmp_path / f"typical {number}", finished, recoveries)
        moment_s = span_s * plan.chance.random()
        story = f"{plan.story}, kill {number} after {moment_s:.4f} s"
        halfway += killed(tmp_path / f"kill {number}", finished, recoveries, moment_s, story)
        shutil.rmtree(tmp_path / f"kill {number}")
        plan.tried("a recovery killed at a random moment")
    if is_long():  # fewer may all fall outside on a busy machine
        assert halfway, f"no kill fell between two transactions ({plan.story})"


def one_pass_s(folder: Path, finished: Path, recoveries: Recoveries) -> float:
    """How long an undisturbed recovery takes."""
    launchpad_file = copy_of(finished, folder)
    began = time.monotonic()
    recoveries.start(launchpad_file)
    assert recoveries.end() == 0
    took_s = time.monotonic() - began
    check_everything_counts_once(folder, "undisturbed")
    return took_s


def killed(folder: Path, finished: Path, recoveries: Recoveries, moment_s: float, story: str) -> bool:
    """Kill a recovery, look at what it left, recover in peace; returns whether it was between two transactions."""
    launchpad_file = copy_of(finished, folder)
    pid = recoveries.start(launchpad_file)
    time.sleep(moment_s)
    with suppress(ProcessLookupError):  # it had ended already
        os.kill(pid, signal.SIGKILL)
    assert recoveries.end() in (0, -signal.SIGKILL), story
    done = check_results_are_whole(folder, story)
    recoveries.start(launchpad_file)
    assert recoveries.end() == 0, story
    check_everything_counts_once(folder, story)
    return 0 < done < WORKFLOWS * PARENTS


def copy_of(finished: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(finished, folder / "launchpad.db")
    (folder / "my_launchpad.yaml").write_text("url: sqlite:///launchpad.db\n")
    return folder / "my_launchpad.yaml"


def check_results_are_whole(folder: Path, story: str) -> int:
    """Whatever moment it was: a parent is COMPLETED if and only if its child has counted it."""
    fireworks = all_fireworks(folder)
    done = {i for i, document in fireworks.items() if document.get("state") == "COMPLETED"}
    for key in ("of", "written"):
        counted = [i for document in fireworks.values() for i in document["spec"].get(key, [])]
        assert sorted(counted) == sorted(done), story
    return len(done)


def check_everything_counts_once(folder: Path, story: str) -> None:
    fireworks = all_fireworks(folder)
    for first in range(1, WORKFLOWS * (PARENTS + 1), PARENTS + 1):
        parents, child = list(range(first, first + PARENTS)), fireworks[first + PARENTS]
        assert {fireworks[i]["state"] for i in parents} == {"COMPLETED"}, story
        assert child["spec"]["count"] == PARENTS, story
        assert sorted(child["spec"]["of"]) == sorted(child["spec"]["written"]) == parents, story
        assert child.get("state", "WAITING") == "WAITING", story  # for its detour
    detours = [document["name"] for i, document in fireworks.items() if i > WORKFLOWS * (PARENTS + 1)]
    expected = [f"detour of {i}" for i in range(1, WORKFLOWS * (PARENTS + 1), PARENTS + 1)]
    assert sorted(detours) == sorted(expected), story


def all_fireworks(folder: Path) -> dict[int, dict]:
    pad = LaunchPad(f"sqlite:///{folder}/launchpad.db")
    try:
        return {document["fw_id"]: document for document in pad.get_fw_dicts(pad.get_fw_ids())}
    finally:
        pad.close()
