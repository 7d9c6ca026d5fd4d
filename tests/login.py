"""A login node in a folder of a test: a LaunchPad, the commands as processes, and jobs that reach no database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.launching import environment, start

from longfuse.domain.fworker import FWorker
from longfuse.launchdir.prepare import prepare
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BIN = Path(sys.executable).parent


class Login:
    """The folder, with a ``my_launchpad.yaml``; a home of its own, so that no settings of the machine count."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder.parent / "home"
        self.home.mkdir(exist_ok=True)
        folder.mkdir(exist_ok=True)
        (folder / "my_launchpad.yaml").write_text("url: sqlite:///launchpad.db\n")
        self.pad = LaunchPad(f"sqlite:///{folder}/launchpad.db", create=True)

    @property
    def environ(self) -> dict[str, str]:
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        spool = str(self.folder.parent / "spool")
        return environment({"HOME": str(self.home), "PATH": path, "COLUMNS": "120"}) | {"LONGFUSE_LOCAL_QUEUE": spool}

    def start(self, *argv: str, **options: Any) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(argv, cwd=self.folder, env=self.environ, **pipes | options)

    def run(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        process = self.start(*argv)
        stdout, stderr = process.communicate(stdin, timeout=150)
        return subprocess.CompletedProcess(argv, process.returncode, stdout, stderr)

    def lpad(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """The command, however it ends; a traceback is never its answer."""
        done = self.run("lpad", *words, stdin=stdin)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def tell(self, *words: str, stdin: str = "") -> str:
        """The command, which has to succeed; what it prints."""
        done = self.lpad(*words, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuse(self, *words: str, stdin: str = "") -> str:
        """The command, which has to fail with one line on stderr; the line."""
        done = self.lpad(*words, stdin=stdin)
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.startswith("lpad: "), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr.removeprefix("lpad: ").strip()

    def get(self, *words: str) -> Any:
        """What the command prints as JSON."""
        return json.loads(self.tell(*words))

    def state(self, fw_id: int) -> str:
        return str(self.pad.get_fw_dict_by_id(fw_id)["state"])

    def add(self, *fireworks: Mapping[str, Any], links: Mapping[str, list[int]] | None = None, name: str = "w") -> None:
        """A workflow; ids count on from what is there."""
        self.pad.add_documents([{"fws": list(fireworks), "links": dict(links or {}), "metadata": {}, "name": name}])

    def submit(self, fw_id: int, folder: Path | None = None) -> Path:
        """Take a Firework for a job whose scheduler is never asked, and make its launch directory."""
        place = folder or self.folder / f"launch of {fw_id}"
        taken = self.pad.reserve(FWorker(), place, fw_id=fw_id)
        assert taken is not None
        prepare(str(place), taken.document, taken.ticket)
        self.pad.record_submission(taken.launch_id, f"job-{taken.launch_id}", {})
        return place

    def job(self, place: Path) -> None:
        """Run the job in its launch directory to its end, as on a compute node."""
        process = start(place, env=self.environ)
        process.communicate(timeout=150)

    def recover(self, code: int = 0) -> str:
        """One pass; what it prints."""
        done = self.lpad("recover_offline")
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


def let_time_pass(database: Path) -> None:
    """Twenty minutes, for reservations without a job: so long no launcher takes."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute(
            "UPDATE offline_runs SET created_on = strftime('%Y-%m-%dT%H:%M:%f000+00:00', created_on, '-20 minutes')"
        )


def fw(fw_id: int, *tasks: Mapping[str, Any], name: str = "f", **spec: Any) -> dict[str, Any]:
    """A Firework in wire form."""
    return {"fw_id": fw_id, "name": name, "spec": {**spec, "_tasks": list(tasks)}}


def chain(*fireworks: Mapping[str, Any]) -> dict[str, list[int]]:
    """Links that put them one below the other."""
    ids = [firework["fw_id"] for firework in fireworks]
    return {str(a): [b] for a, b in pairwise(ids)}


def history(states: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(entry["state"]) for entry in states]
