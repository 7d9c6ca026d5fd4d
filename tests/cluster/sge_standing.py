"""A Grid Engine that stands while tests run: its folders, its login side, its jobs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests import services
from tests.cluster.gridengine import cell
from tests.cluster.standing import PATIENCE_S, REPOSITORY, Done, ours_that_would_vanish, temporary_root
from tests.cluster.throwaway.namespaces import way_into
from tests.cluster.throwaway.plan import Isolation
from tests.cluster.throwaway.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class SgeCluster:
    """A real Grid Engine, whose one host sees no database.

    Attributes:
        root: Holds everything below; gone when the tests are.
        share: The shared file system.
        hidden: Where databases are: empty and read-only for jobs.
    """

    root: Path
    share: Path
    hidden: Path

    def environment(self, home: Path) -> dict[str, str]:
        """A user's: the commands of this environment and Grid Engine's first on the path."""
        path = f"{Path(sys.executable).parent}:{self.root}/bin:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", **cell.variables(f"{self.root}/cell/sge")}

    def login(self, *argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
        """Run a command on the login side to its end."""
        done = subprocess.run(
            argv,
            cwd=cwd or self.share,
            env=env or self.environment(self.share),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Done(argv, done.returncode, done.stdout, done.stderr)

    def job_ids(self) -> list[str]:
        """Jobs that are not over."""
        return re.findall(r"^\s*(\d+) ", self.login("qstat", "-u", "*").check().stdout, re.MULTILINE)

    def wait_for_end(self, job_id: str) -> None:
        """Wait until a job is in the queue no more."""
        wait_until(f"job {job_id} to end", lambda: job_id not in self.job_ids(), PATIENCE_S, 0.1)

    def let_go(self) -> None:
        """Nothing to do: Grid Engine holds no job that nobody held."""

    def empty_queue(self) -> None:
        """Delete every job and wait until none is left."""
        if left := self.job_ids():
            self.login("qdel", *left)
            wait_until("the queue to be empty", lambda: not self.job_ids(), PATIENCE_S, 0.1)

    def last_words(self) -> str:
        """The queue and the daemons' logs, for a test that waits in vain."""
        logs = sorted((self.root / "cell" / "sge" / "spool").rglob("messages"))
        told = [self.login("qstat", "-f", "-u", "*").told, self.login("qhost").told]
        return "\n".join([*told, *(f"--- {log}\n{log.read_text(errors='replace')[-2000:]}" for log in logs)])


@contextmanager
def standing_sge() -> Iterator[SgeCluster]:
    """A Grid Engine with folders of its own, which ends with this process at the latest."""
    with temporary_root() as root:
        share, hidden = root / "share", root / "database"
        share.mkdir()
        hidden.mkdir()
        folders = [word for folder in (share, *ours_that_would_vanish()) for word in ("--share", str(folder))]
        argv = [sys.executable, "-m", "tests.cluster.gridengine", str(root / "cell"), "--hide", str(hidden), *folders]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(argv, cwd=REPOSITORY, text=True, **pipes) as engine:
            _write_wrappers(root, *_ready(engine))
            cluster = SgeCluster(root, share, hidden)
            # Before the first job has ended there is no accounting file, and without one no cause is guessed.
            cluster.login("qsub", "-sync", "y", "-b", "y", "-j", "y", "-o", "/dev/null", "true").check()
            yield cluster
            engine.communicate()


def _ready(engine: subprocess.Popen[str]) -> tuple[Isolation, int]:
    """Wait until it stands."""
    assert engine.stdout is not None
    line = engine.stdout.readline()
    if line.startswith("missing"):
        engine.communicate()
        services.missing(f"Grid Engine ({line.strip()})", cell.HOW_TO_GET_IT)
    assert line.startswith("ready "), line + engine.communicate()[0]
    _, isolation, pid = line.split()
    return Isolation(isolation), int(pid)


def _write_wrappers(root: Path, isolation: Isolation, pid: int) -> None:
    """``qsub``, ``qstat``, ... which run where the host's name resolves."""
    folder = root / "bin"
    folder.mkdir()
    for name in cell.COMMANDS:
        way = shlex.join([*way_into(isolation, pid, network_only=False), f"/usr/bin/{name}"])
        (folder / name).write_text(f'#!/bin/sh\nexec {way} "$@"\n')
        (folder / name).chmod(0o755)
