"""A random workload for a long time, by one process that lives as long: do its memory and its open files stay flat?

Only that process is watched. What it does is what a login node does for weeks: add, reserve, recover, rerun, defuse,
list, delete. Rockets are processes of their own, as on compute nodes; some fly online, one after another.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.children import end_commands
from benchmarks.databases import DATABASES, POSTGRES, SQLITE, database
from benchmarks.interrupts import check, held, pass_on
from benchmarks.launchpad import opened
from benchmarks.measure import BIN, environment
from benchmarks.workloads import SHAPES
from benchmarks.workloads import Workload as Shape
from longfuse.domain.fworker import FWorker
from longfuse.errors import StateError
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.rockets import rapidfire
from longfuse.launchers.shell import run as shell
from longfuse.relay import recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from longfuse.launchpad.pad import LaunchPad

SECONDS = 3600.0

SAMPLES = 40
"""How often memory and handles are looked at."""

LEAST_SAMPLES = 8
"""With fewer nothing is concluded."""

MEMORY_GROWTH = 0.05
MEMORY_SLACK_MIB = 8.0
HANDLE_SLACK = 2
"""What the last quarter may be above the second one, and still be flat. The first quarter fills caches."""

MOST_OPEN = 60
"""How many Fireworks are in the LaunchPad at most before old workflows are deleted: it is time that grows here."""

FAILING = 0.1
"""Which part of the tasks fails."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The process at one moment.

    Attributes:
        at_s: Seconds since the start.
        memory_mib: What it holds in memory.
        handles: Its open files.
        done: How many operations it has done.
    """

    at_s: float
    memory_mib: float
    handles: int
    done: int

    def line(self) -> str:
        """One line of the table."""
        return f"{self.at_s:8.0f} {self.memory_mib:10.1f} {self.handles:8d} {self.done:11d}"


HEAD = f"{'seconds':>8} {'memory MiB':>10} {'handles':>8} {'operations':>11}"


@dataclass(slots=True)
class Soak:
    """A LaunchPad under a random workload.

    Attributes:
        launchpad: The LaunchPad.
        folder: Where rockets fly.
        draw: What happens next.
        rockets: Rockets that fly.
        done: How often each operation was done.
    """

    launchpad: LaunchPad
    folder: Path
    draw: random.Random
    rockets: list[subprocess.Popen[bytes]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        """Do one thing."""
        operation = self.draw.choices(list(OPERATIONS), weights=[weight for weight, _ in OPERATIONS.values()])[0]
        OPERATIONS[operation][1](self)
        self.done[operation] += 1

    def add(self) -> None:
        """A workflow of any shape."""
        shape = Shape(
            shape=self.draw.choice(list(SHAPES)), size=self.draw.randint(1, 12), seed=self.draw.randrange(10**6)
        )
        document = shape.document()
        for firework in document["fws"]:
            if self.draw.random() < FAILING:
                firework["spec"]["_tasks"][0]["script"] = "false"
        self.launchpad.add_documents([document])

    def launch(self) -> None:
        """Reserve some Fireworks, and fly their rockets offline."""
        for _ in range(self.draw.randint(1, 3)):
            launch_dir = str(self.folder / f"launch_{self.done.total()}_{len(self.rockets)}")
            taken = self.launchpad.reserve(FWorker("soak"), launch_dir)
            if taken is None:
                return
            prepare(launch_dir, taken.document, taken.ticket)
            with held():
                self.rockets.append(_rocket(launch_dir, self.folder))

    def fly(self) -> None:
        """Some rockets online, one after another, as ``rlaunch rapidfire`` does."""
        ready = self.launchpad.get_fw_ids({"state": "READY"}, count_only=True)
        if ready:
            count = min(ready, self.draw.randint(1, 4))
            with _quiet():
                flights = rapidfire(self.launchpad, FWorker("soak"), str(self.folder), nlaunches=count)
            pass_on(flights)

    def land(self) -> None:
        """Wait for the rockets, and read back what they report."""
        while self.rockets:
            self.rockets[-1].wait()
            self.rockets.pop()
        recover(self.launchpad, worker=None, shell=shell)

    def rerun(self) -> None:
        """One that has ended."""
        self._one_of(["COMPLETED", "FIZZLED"], self.launchpad.rerun_fw)

    def defuse(self) -> None:
        """One that has not begun."""
        self._one_of(["WAITING", "READY"], self.launchpad.defuse_fw)

    def reignite(self) -> None:
        """One that was defused."""
        self._one_of(["DEFUSED"], self.launchpad.reignite_fw)

    def look(self) -> None:
        """As ``lpad get_fws`` and ``get_wflows`` do."""
        for _ in self.launchpad.get_fw_dicts(self.launchpad.get_fw_ids()):
            pass
        self.launchpad.get_state_counts()

    def delete(self) -> None:
        """The oldest workflows, so that the LaunchPad stays as big as it is."""
        while self.launchpad.get_fw_ids(count_only=True) > MOST_OPEN:
            self.land()
            (oldest,) = self.launchpad.get_fw_ids(sort=[("fw_id", 1)], limit=1)
            self.launchpad.delete_wf(oldest, delete_launch_dirs=True)

    def _one_of(self, states: list[str], action: Callable[[int], object]) -> None:
        fw_ids = self.launchpad.get_fw_ids({"state": {"$in": states}})
        if fw_ids:
            try:
                action(self.draw.choice(fw_ids))
            except StateError:  # a word that makes no sense now is refused, as it should be
                self.done["refused"] += 1


OPERATIONS: dict[str, tuple[int, Callable[[Soak], None]]] = {
    "add": (3, Soak.add),
    "launch": (8, Soak.launch),
    "recover": (4, Soak.land),
    "fly": (4, Soak.fly),
    "rerun": (2, Soak.rerun),
    "defuse": (1, Soak.defuse),
    "reignite": (1, Soak.reignite),
    "look": (2, Soak.look),
    "delete": (2, Soak.delete),
}
"""How often each, and what."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Nobody wants to read what each task that fails has to say."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _rocket(launch_dir: str, home: Path) -> subprocess.Popen[bytes]:
    argv = [str(BIN / "rlaunch"), "-s", "singleshot", "--offline"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(argv, cwd=launch_dir, env=environment(home), stdin=quiet, stdout=quiet, stderr=quiet)


def soaking(folder: Path, seconds: float, seed: int) -> Iterator[Sample]:
    """Work for so long; yields what the process is like meanwhile, and ends with the LaunchPad checked.

    Raises:
        AssertionError: Its records contradict one another.
    """
    start = time.monotonic()
    with opened(folder) as launchpad:
        soak = Soak(launchpad, folder, random.Random(seed))
        try:
            for number in range(1, SAMPLES + 1):
                while time.monotonic() - start < seconds * number / SAMPLES:
                    soak.step()
                    check()
                yield sample(time.monotonic() - start, soak.done.total())
            soak.land()
        finally:
            end_commands(soak.rockets)
        wrong = [*launchpad.check_runs(), *(one for _, found in launchpad.check_workflows() for one in found)]
    assert not wrong, wrong
    print(", ".join(f"{name} {times}" for name, times in sorted(soak.done.items())))


def sample(at_s: float, done: int) -> Sample:
    """This process, now."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        pages = int(stream.read().split()[1])
    return Sample(at_s, pages * os.sysconf("SC_PAGESIZE") / 2**20, len(os.listdir("/proc/self/fd")), done)


def growth(samples: list[Sample]) -> list[str]:
    """What is not flat, one sentence each."""
    if len(samples) < LEAST_SAMPLES:
        return [f"only {len(samples)} samples: nothing can be concluded"]
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    found = []
    before, after = (statistics.median(one.memory_mib for one in some) for some in (early, late))
    if after > before * (1 + MEMORY_GROWTH) + MEMORY_SLACK_MIB:
        found.append(f"memory grew from {before:.1f} to {after:.1f} MiB")
    first, last = (statistics.median(one.handles for one in some) for some in (early, late))
    if last > first + HANDLE_SLACK:
        found.append(f"open files grew from {first:.0f} to {last:.0f}")
    return found


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``soak``."""
    parser = commands.add_parser("soak", help="a random workload for an hour; 1 if memory or open files grow")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, help="repeat a run; default: a new one, which is printed")
    parser.add_argument("--folder", type=Path, help="where it works; default: TMPDIR")
    parser.add_argument("--database", choices=DATABASES, default=SQLITE, help="default: %(default)s")
    parser.add_argument("--postgres", metavar="URL", help="a PostgreSQL server for it; default: a private one")
    parser.set_defaults(run=_soak)


def _soak(options: argparse.Namespace) -> int:
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    logging.getLogger("longfuse").setLevel(logging.ERROR)
    print(f"seed {seed}, {options.seconds:.0f} s\n{HEAD}", flush=True)
    samples = []
    kind = POSTGRES if options.postgres else options.database
    with (
        tempfile.TemporaryDirectory(prefix="longfuse-soak-", dir=options.folder) as folder,
        database(kind, options.postgres),
    ):
        for one in soaking(Path(folder), options.seconds, seed):
            samples.append(one)
            print(one.line(), flush=True)
    found = growth(samples)
    print("flat" if not found else f"not flat: {'; '.join(found)}")
    return 1 if found else 0
