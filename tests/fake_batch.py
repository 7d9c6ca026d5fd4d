"""The fake batch systems of ``tests/fixtures/fake_batch``: programs on PATH that answer as the real ones do."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent / "fixtures" / "fake_batch"


@dataclass(frozen=True, slots=True)
class Kind:
    """One batch system: its ``_fw_q_type``, its program, the commands that it has, and what it does not tell."""

    q_type: str
    program: str
    commands: tuple[str, ...]
    untold: tuple[str, ...] = ()


KINDS = {
    "pbs": Kind("PBS", "pbs", ("qsub", "qstat", "qdel")),
    "torque": Kind("PBS", "pbs", ("qsub", "qstat", "qdel")),
    "lsf": Kind("LoadSharingFacility", "lsf", ("bsub", "bjobs", "bhist", "bkill", "lsid")),
    "loadleveler": Kind(
        "LoadLeveler", "loadleveler", ("llsubmit", "llq", "llsummary", "llcancel", "llstatus"), ("memory",)
    ),
    "cobalt": Kind("Cobalt", "cobalt", ("qsub", "qstat", "qdel")),
    "moab": Kind("MOAB", "moab", ("msub", "showq", "checkjob", "canceljob")),
}


class FakeBatch:
    """One of them, in a folder of a test."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = KINDS[kind]
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for name in self.kind.commands:
            path = self.bin / name
            path.write_text(f'#!/bin/sh\nexec {sys.executable} -S {PROGRAMS / self.kind.program}.py {name} "$@"\n')
            path.chmod(0o755)
        self.environ = {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "FAKE_BATCH": str(folder),
            "FAKE_KIND": kind,
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def order(self, word: str) -> None:
        """What the next submission does."""
        (self.folder / "order").write_text(word)

    def put(self, job_id: str, state: str) -> None:
        """Change a job."""
        path = self.folder / "jobs.json"
        jobs = json.loads(path.read_text())
        jobs[job_id.rpartition(".")[2]]["state"] = state
        path.write_text(json.dumps(jobs))

    def jobs(self) -> int:
        """How many there are, and were."""
        path = self.folder / "jobs.json"
        return len(json.loads(path.read_text())) if path.exists() else 0

    def say_instead(self, command: str, words: str, code: int = 0) -> None:
        """From now on a command says this, whatever it is asked."""
        (self.folder / "words").write_text(words)
        (self.bin / command).write_text(f"#!/bin/sh\ncat {self.folder / 'words'}\nexit {code}\n")
