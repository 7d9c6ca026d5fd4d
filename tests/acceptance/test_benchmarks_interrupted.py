"""Whoever ends a run of the benchmarks ends all of it: processes, a private server, temporary folders."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from benchmarks.databases import POSTGRES, SQLITE
from tests import postgres
from tests.launching import wait_until

ROOT = Path(__file__).parents[2]

CROWD = 1500
"""So many Fireworks that they are not all run before the run is ended."""

pytestmark = pytest.mark.timeout(600)


class Run:
    """``python -m benchmarks`` in a process group of its own, with a folder of its own for all that is temporary."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.temporary, self._said = folder / "temporary", folder / "said"
        self.temporary.mkdir()
        self.temporary.chmod(0o755)
        environ = os.environ | {"TMPDIR": str(self.temporary)}
        with self._said.open("w") as said, (folder / "out").open("w") as out:  # files: a pipe would wait for children
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks", *words],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=said,
                start_new_session=True,
            )
        self.pid = self.process.pid

    def children(self) -> dict[int, str]:
        """The command lines of all that it started and that still run: each has that folder in its environment."""
        found = {}
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(self.temporary).encode() in Path(f"/proc/{pid}/environ").read_bytes() and pid != self.pid:
                    found[pid] = words
        return found

    def wait_for_child(self, program: str) -> None:
        wait_until(lambda: any(program in line for line in self.children().values()), f"{program} runs")

    def ran(self) -> int:
        """How many Fireworks of the crowd."""
        return sum(path.read_bytes().count(b"\n") for path in self.temporary.glob("longfuse-bench-*/crowd/ran"))

    def has_ended_with(self, code: int, name: str) -> None:
        wait_until(lambda: self.process.poll() is not None, "the run ends")
        assert self.process.returncode == code
        assert self._said.read_text() == f"interrupted by {name}\n"
        # The tracker of multiprocessing ends when it sees that its parent has.
        assert {line for line in self.children().values() if "resource_tracker" not in line} == set()
        assert list(self.temporary.iterdir()) == []
        self.leaves_nothing_running()

    def leaves_nothing_running(self) -> None:
        wait_until(lambda: not self.children(), "all have ended")

    def kill(self) -> None:
        for pid in [self.pid, *self.children()] if self.process.poll() is None else self.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def takes_ctrl_c(pid: int) -> bool:
    """Whether it has a handler for it, as Python has from its start."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) & 1 << (signal.SIGINT - 1))


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    runs = []
    with tempfile.TemporaryDirectory(prefix="longfuse-test-") as name:  # a server's user may enter it
        folder = Path(name)
        folder.chmod(0o755)

        def begin(*words: str) -> Run:
            runs.append(Run(folder, *words))
            return runs[-1]

        try:
            yield begin
        finally:
            for run in runs:
                run.kill()


def crowd(database: str, results: Path) -> tuple[str, ...]:
    if database == POSTGRES:
        postgres.tools()  # or skip
    sizes = ("--workers", "2", "--crowd", str(CROWD))
    return ("run", "crowd", *sizes, "--database", database, "--results", str(results))


@pytest.mark.parametrize(
    ("database", "name", "code"),
    [
        (SQLITE, "SIGINT", 130),
        (SQLITE, "SIGTERM", 143),
        (SQLITE, "SIGHUP", 129),
        (POSTGRES, "SIGINT", 130),
        (POSTGRES, "SIGTERM", 143),
    ],
)
def test_who_signals_the_run_alone_ends_its_workers_too(
    database: str, name: str, code: int, start: Callable[..., Run], tmp_path: Path
) -> None:
    run = start(*crowd(database, tmp_path))
    wait_until(lambda: run.ran() > 0, "workers run")
    run.process.send_signal(signal.Signals[name])
    run.has_ended_with(code, name)


def test_ctrl_c_at_a_terminal_is_one_line(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(*crowd(SQLITE, tmp_path))
    wait_until(lambda: run.ran() > 0, "workers run")
    os.killpg(run.pid, signal.SIGINT)
    run.has_ended_with(130, "SIGINT")


def test_so_it_is_while_workers_load(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(*crowd(SQLITE, tmp_path))
    wait_until(lambda: any("spawn_main" in line and takes_ctrl_c(pid) for pid, line in run.children().items()), "loads")
    os.killpg(run.pid, signal.SIGINT)
    run.has_ended_with(130, "SIGINT")


@pytest.mark.parametrize("program", ["initdb", "pg_ctl"])
def test_so_it_is_while_a_server_starts(program: str, start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(*crowd(POSTGRES, tmp_path))
    run.wait_for_child(program)
    os.killpg(run.pid, signal.SIGINT)
    run.has_ended_with(130, "SIGINT")


def test_who_is_impatient_does_not_cut_the_ending_short(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(*crowd(SQLITE, tmp_path))
    wait_until(lambda: run.ran() > 0, "workers run")

    def ended() -> bool:
        os.killpg(run.pid, signal.SIGINT)
        return run.process.poll() is not None

    wait_until(ended, "it ends")
    run.has_ended_with(130, "SIGINT")


def test_workers_do_not_outlive_a_run_that_is_killed(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(*crowd(SQLITE, tmp_path))
    wait_until(lambda: run.ran() > 0, "workers run")
    run.process.kill()
    run.process.wait()
    run.leaves_nothing_running()
    assert run.ran() < CROWD


def test_a_soak_ends_with_its_rockets(start: Callable[..., Run]) -> None:
    run = start("soak", "--seconds", "600", "--seed", "1")
    run.wait_for_child("rlaunch")
    run.process.terminate()
    run.has_ended_with(143, "SIGTERM")
