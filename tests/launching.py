"""Launch directories, and ``rlaunch`` started in them as a batch script does: a real process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.prepare import prepare
from longfuse.launchdir.ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN = "0123456789abcdef0123456789abcdef"
USER_MODULES = Path(__file__).parent / "fixtures" / "user_modules"
RLAUNCH = str(Path(sys.executable).parent / "rlaunch")
SCHEDULER_VARIABLES = ("SLURM_", "PBS_", "LSB_", "SGE_", "JOB_ID", "RESTARTED", "LONGFUSE_", "COBALT_", "LOADL_")


def shell(script: str, **parameters: Any) -> dict[str, Any]:
    """A ScriptTask in wire form."""
    return {"_fw_name": "ScriptTask", "script": script, **parameters}


def call(func: str, *args: Any, **parameters: Any) -> dict[str, Any]:
    """A PyTask in wire form; a bare name is one of ``lf_user_tasks``."""
    dotted = func if "." in func else f"lf_user_tasks.{func}"
    return {"_fw_name": "PyTask", "func": dotted, "args": list(args), **parameters}


def make_ticket(launch_id: int = 1, *, token: str = TOKEN, **changes: Any) -> Ticket:
    fields: dict[str, Any] = {
        "launchpad_id": "pad",
        "launch_id": launch_id,
        "fw_id": 7,
        "token": token,
        "fworker": {"name": "here", "category": "", "query": "{}", "env": {"bin": "/opt/bin"}},
        "reserved_on": "2026-11-23T00:00:00.000000+00:00",
        "ping_interval_s": 300.0,
    }
    return Ticket(**(fields | changes))


def make_firework(*tasks: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "spec": {**spec, "_tasks": list(tasks)},
        "fw_id": 7,
        "created_on": "2026-11-23T00:00:00.000000+00:00",
        "updated_on": "2026-11-23T00:00:00.000000+00:00",
        "state": "RESERVED",
        "name": "a Firework",
        "launches": [],
    }


def make_launch(folder: Path, *tasks: dict[str, Any], ticket: Ticket | None = None, **spec: Any) -> Path:
    """A launch directory, ready to run."""
    prepare(str(folder), make_firework(*tasks, **spec), ticket or make_ticket())
    return folder


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, outside any batch job, with the users' modules."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(SCHEDULER_VARIABLES)}
    path = os.pathsep.join(filter(None, [str(USER_MODULES), plain.get("PYTHONPATH", "")]))
    return plain | {"PYTHONPATH": path} | dict(extra or {})


def start(folder: Path, *words: str, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    """Start ``rlaunch singleshot --offline``, or with other words."""
    return subprocess.Popen(
        [RLAUNCH, *(words or ("singleshot", "--offline"))],
        cwd=folder,
        env=environment(env),
        **{
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            **options,
        },
    )


class Finished:
    """What a command that has ended said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.stdout, self.stderr = process.communicate(timeout=60)
        self.code = process.returncode


def launch(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> Finished:
    """The same, to its end."""
    return Finished(start(folder, *words, env=env))


def document(folder: Path, name: str) -> dict[str, Any]:
    content = json.loads((folder / name).read_text())
    assert isinstance(content, dict)
    return content


def final_of(folder: Path) -> FinalRecord:
    return FinalRecord.from_dict(document(folder, "FW_action.json"))


def ping_of(folder: Path) -> Ping:
    return Ping.from_dict(document(folder, "FW_ping.json"))


def run_tasks(folder: Path, *tasks: dict[str, Any], **spec: Any) -> FinalRecord:
    """Make a launch directory, run it, and return how it ended."""
    launch(make_launch(folder, *tasks, **spec))
    return final_of(folder)


def wait_until(true: Callable[[], bool], what: str, timeout_s: float = 150) -> None:
    """Wait until something is true; fail after a time that only a stuck program takes."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.01)


def wait_for_file(path: Path) -> None:
    wait_until(path.exists, f"{path} exists")
