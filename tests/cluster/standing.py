"""A cluster that stands while tests run: its folders, its login side, its jobs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests import services
from tests.cluster.throwaway.commands import HOW_TO_GET_IT, NOT_TO_BE_HAD, way_to
from tests.cluster.throwaway.plan import PRIVATE_DIRS, load
from tests.cluster.throwaway.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tests.cluster.throwaway.plan import Plan

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).with_name("programs")
PATIENCE_S = 120
"""How long a test waits for Slurm on a busy machine before it says what it saw."""

ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
_SCRIPT_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    @property
    def told(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr

    def check(self) -> Done:
        """Itself, if it succeeded."""
        assert self.returncode == 0, f"{shlex.join(self.argv)}: exit {self.returncode}\n{self.told}"
        return self


@dataclass(frozen=True, slots=True)
class SlurmCluster:
    """A real Slurm.

    Attributes:
        root: Holds everything below; gone when the tests are.
        plan: What was brought up.
        share: The shared file system.
        hidden: Where databases are: empty and read-only on the nodes.
    """

    root: Path
    plan: Plan
    share: Path
    hidden: Path

    def environment(self, home: Path) -> dict[str, str]:
        """A user's: the commands of this environment first on the path, and nothing of ours that would matter."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "SLURM_CONF": self.plan.slurm_conf}

    def login(self, *argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
        """Run a command on the login side to its end."""
        done = subprocess.run(
            [*way_to(self.plan, "login"), *argv],
            cwd=cwd or self.share,
            env=env or self.environment(self.share),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Done(argv, done.returncode, done.stdout, done.stderr)

    def start(self, *argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a command on the login side; its standard input and output are pipes."""
        return subprocess.Popen(
            [*way_to(self.plan, "login"), *argv],
            cwd=cwd or self.share,
            env=env or self.environment(self.share),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def order(self, *words: str) -> str:
        """``node crash node2``, ``ctld stop``, ``exec node1 -- COMMAND``; what it prints."""
        return tool("--dir", self.plan.directory, *words).check().stdout

    def submit(self, body: str, *options: str) -> str:
        """``sbatch`` a script; the job's id. What it prints goes to `output`."""
        script = self.share / f"job{next(_SCRIPT_NUMBERS)}.sh"
        script.write_text(f"#!/bin/bash\n{body}\n")
        argv = ("sbatch", "--parsable", "-o", f"{self.share}/%j.out", *options, str(script))
        return self.login(*argv).check().stdout.strip()

    def output(self, job_id: str) -> str:
        """What a job of `submit` printed."""
        return (self.share / f"{job_id}.out").read_text()

    def job(self, job_id: str) -> dict[str, str]:
        """``scontrol show job``, empty if Slurm does not know it."""
        line = self.login("scontrol", "-o", "show", "job", job_id).stdout
        return dict(re.findall(r"(\S+?)=(\S*)", line))

    def wait_for_job(self, job_id: str, *states: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait until Slurm says that a job is in one of these states."""
        what = f"job {job_id} to be {' or '.join(states)}"
        try:
            wait_until(what, lambda: self._is_in(job_id, states), timeout_s, 0.1)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.last_words()}") from error

    def _is_in(self, job_id: str, states: Collection[str]) -> bool:
        """Whether a job is in one of these states; see `let_go`."""
        self.let_go()
        return self.job(job_id).get("JobState") in states

    def let_go(self) -> None:
        """Take back what Slurm decides by itself on a very busy machine.

        It drains a node on which a job that it killed was slow to end, and one that failed to launch a job, which it
        holds. What a test did has the reason "test".
        """
        for name in self._nodes("drain", done_by_a_test=False):
            self._resume(name)
        queue = self.login("squeue", "-h", "-o", "%i|%r").stdout.splitlines()
        for job_id in (line.partition("|")[0] for line in queue if "launch failed" in line):
            self.login("scontrol", "release", job_id)

    def _nodes(self, *states: str, done_by_a_test: bool = True) -> list[str]:
        """Names of the nodes whose state has one of these words."""
        lines = self.login("sinfo", "-h", "-N", "-o", "%N|%T|%E").stdout.splitlines()
        rows = [line.split("|", 2) for line in lines]
        return [
            name
            for name, state, reason in rows
            if any(word in state for word in states) and (done_by_a_test or reason != "test")
        ]

    def _resume(self, node: str) -> None:
        self.login("scontrol", "update", f"NodeName={node}", "State=RESUME")

    def last_words(self) -> str:
        """The queue, the nodes and the ends of the daemons' logs, for a test that waits in vain."""
        told = [self.login(*argv).told for argv in (("squeue", "-l"), ("sinfo", "-N", "-l"), ("sinfo", "-R"))]
        logs = sorted(Path(self.plan.log("x")).parent.glob("slurm*.log"))
        return "\n".join(["", *told, *(f"--- {log.name}\n{_tail(log)}" for log in logs)])

    def run(self, body: str, *options: str) -> str:
        """What a job prints that is run to its end, which has to be a good one."""
        job_id = self.submit(body, *options)
        self.wait_for_job(job_id, *ENDED)
        assert self.job(job_id)["JobState"] == "COMPLETED", self.output(job_id)
        return self.output(job_id)

    def knock(self, *doors: str, on_login: bool = False) -> dict[str, str]:
        """What is met at each door (see ``programs/knock.py``) by a job, or by the login side."""
        argv = (sys.executable, str(self.share / "knock.py"), *doors)
        text = self.login(*argv).check().stdout if on_login else self.run(shlex.join(argv))
        return json.loads(text)

    def empty_queue(self) -> None:
        """Cancel every job and wait until none is left, and every node can take one again."""

        def is_empty() -> bool:
            return not self.login("squeue", "-h").check().stdout

        def is_ready() -> bool:
            for name in self._nodes("down", "drain", "fail"):
                self._resume(name)
            return is_empty() and len(self._nodes("idle")) == len(self.plan.node_names)

        if not is_empty():
            self.login("scancel", "--user", self.plan.user).check()
            wait_until("the queue to be empty", is_empty, PATIENCE_S, 0.1)
        if not is_ready():
            wait_until("the nodes to be ready", is_ready, PATIENCE_S, 0.1)

    @contextmanager
    def frozen(self, node: str) -> Iterator[None]:
        """Meanwhile a node's network cable is out, and Slurm calls it down; what runs there goes on."""
        self.order("node", "freeze", node)
        self.login("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test").check()
        try:
            yield
        finally:
            self.order("node", "thaw", node)
            self._resume(node)

    @contextmanager
    def crashed(self, node: str) -> Iterator[None]:
        """Meanwhile a node is off, and Slurm knows."""
        self.order("node", "crash", node)
        # Slurm would find out by itself after about 25 s.
        self.login("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test").check()
        try:
            yield
        finally:
            self.order("node", "boot", node)
            self._resume(node)

    @contextmanager
    def database_server(self) -> Iterator[list[str]]:
        """A server on the login side, which it is the network's part to protect; a door for each of its addresses."""
        with self.start(sys.executable, str(PROGRAMS / "listener.py")) as server:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            assert port.isdigit(), server.stdout.read()
            yield [f"tcp:{address}:{port}" for address in self._login_addresses()]
            server.communicate()

    def _login_addresses(self) -> list[str]:
        """Without those that other clusters gave it."""
        lines = self.login("ip", "-4", "-o", "addr").check().stdout.splitlines()
        addresses = [line.split()[3].partition("/")[0] for line in lines]
        ours = self.plan.address("login")
        return [address for address in addresses if address == ours or not address.startswith("198.18.")]


def _tail(log: Path, lines: int = 25) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def tool(*words: str) -> Done:
    """The throw-away cluster's own command line."""
    argv = [sys.executable, "-m", "tests.cluster.throwaway", *words]
    done = subprocess.run(
        argv, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    return Done(tuple(argv), done.returncode, done.stdout, done.stderr)


@contextmanager
def standing(*options: str) -> Iterator[SlurmCluster]:
    """A cluster with folders of its own, which ends with this process at the latest.

    Args:
        options: Of the tool's ``up``, such as ``--nodes 3``.
    """
    with temporary_root() as root:
        share, hidden = root / "share", root / "database"
        share.mkdir()
        hidden.mkdir()
        shutil.copy(PROGRAMS / "knock.py", share)
        folders = [word for folder in (share, *ours_that_would_vanish()) for word in ("--share", str(folder))]
        ours = ("--tie-to", str(os.getpid()), "--hide", str(hidden), *folders)
        directory = str(root / "slurm")
        up = tool("--dir", directory, "up", *ours, *options)
        if up.returncode == NOT_TO_BE_HAD:
            services.missing("Slurm, or the right to make network namespaces,", HOW_TO_GET_IT)
        up.check()
        try:
            plan = load(directory)
            assert plan is not None
            yield SlurmCluster(root, plan, share, hidden)
        finally:
            tool("--dir", directory, "down").check()


@contextmanager
def temporary_root() -> Iterator[Path]:
    """A folder that jobs of any user may enter; its name is short, because Unix sockets go below it."""
    root = Path(tempfile.mkdtemp(prefix="longfuse-", dir="/tmp"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root)


def ours_that_would_vanish() -> list[Path]:
    """What jobs need of this checkout and its Python, where a node would see a private folder instead."""
    needed = (REPOSITORY, Path(sys.prefix), Path(sys.base_prefix))
    return [path for path in needed if any(path.is_relative_to(private) for private in PRIVATE_DIRS)]
