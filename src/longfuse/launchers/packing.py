"""Job packing: several rockets at once, in one batch job or on one machine (``rlaunch multi``, ``mlaunch``).

Each worker is a process of its own that runs rockets one after another, as ``rlaunch rapidfire`` does. The workers
share the LaunchPad and directories, and nothing else: no server between them, so one that dies takes nobody along.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.errors import InputError
from longfuse.launchdir.job import NODE_LIST, PROCESS_NAME, STORED_NAME, SUB_NPROCS
from longfuse.launchdir.process import host_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from longfuse.domain.fworker import FWorker
    from longfuse.launchpad.pad import LaunchPad

START = "import sys; from longfuse.cli.rlaunch import main; sys.exit(main())"
"""What a worker runs; the same as the command ``rlaunch``, whatever this process was called by."""

ENDLESS = -1

log = logging.getLogger("longfuse.packing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One of the processes.

    Attributes:
        name: ``Process-1``, ``Process-2``, ...
        nodes: The nodes that are its share; empty without a node file.
        nprocs: How many processes may run on these together; None without a node file.
        noted: Whether its rockets note in ``stored_data`` which process ran them (``STORE_PACKING_INFO``).
    """

    name: str
    nodes: tuple[str, ...] = ()
    nprocs: int | None = None
    noted: bool = True

    def environ(self, usual: Mapping[str, str]) -> dict[str, str]:
        """Its environment, by which Firetasks and programs learn what is theirs."""
        told = {PROCESS_NAME: self.name}
        if self.noted:
            told[STORED_NAME] = self.name
        if self.nprocs is not None:
            told |= {NODE_LIST: ",".join(self.nodes), SUB_NPROCS: str(self.nprocs)}
        return {**usual, **told}


def workers(num_jobs: int, nodes: Sequence[str] | None = None, ppn: int = 1, *, noted: bool = True) -> list[Worker]:
    """So many workers, with the nodes shared out evenly among them.

    Args:
        num_jobs: How many.
        nodes: All nodes; a name may stand there once for each of its processors. None: there are none to share out.
        ppn: Processes for each node.
        noted: See `Worker`.

    Raises:
        InputError: The nodes cannot be shared out evenly.
    """
    if num_jobs < 1:
        raise InputError(f"There must be one process at least, not {num_jobs}")
    names = [f"Process-{number}" for number in range(1, num_jobs + 1)]
    if nodes is None:
        return [Worker(name=name, noted=noted) for name in names]
    lists, nprocs = split_node_lists(num_jobs, nodes, ppn)
    return [
        Worker(name=name, nodes=tuple(share), nprocs=each, noted=noted)
        for name, share, each in zip(names, lists, nprocs, strict=True)
    ]


def split_node_lists(
    num_jobs: int, total_node_list: Sequence[str] | None = None, ppn: int = 24
) -> tuple[list[list[str]], list[int]]:
    """Share nodes out evenly; returns each one's nodes and how many processes may run there (FireWorks' function).

    Raises:
        InputError: The nodes cannot be shared out evenly.
    """
    if not total_node_list:
        return [[] for _ in range(num_jobs)], [ppn] * num_jobs
    nodes = sorted(set(total_node_list))
    if len(nodes) % num_jobs:
        raise InputError(f"{len(nodes)} nodes cannot be shared out evenly among {num_jobs} processes")
    share = len(nodes) // num_jobs
    return [nodes[n : n + share] for n in range(0, len(nodes), share)], [share * ppn] * num_jobs


def read_nodes(place: str, environ: Mapping[str, str], *, without: str = "") -> list[str]:
    """The nodes that a file lists, one a line.

    Args:
        place: The file, or the name of an environment variable that names it (``PBS_NODEFILE``).
        environ: The environment.
        without: A node to leave out, usually this one; its name may stand in the file with or without a domain.

    Raises:
        InputError: The file cannot be read, or names no node.
    """
    path = Path(environ.get(place, place)).expanduser()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the node file {path}: {getattr(error, 'strerror', error)}") from None
    nodes = [line.strip() for line in lines if line.strip()]
    left = [node for node in nodes if not without or node.partition(".")[0] != without.partition(".")[0]]
    if not left:
        raise InputError(f"The node file {path} names no node" + (f" but {without}" if nodes else ""))
    return left


def run_workers(words: Sequence[str], pack: Sequence[Worker]) -> int:
    """Run ``rlaunch`` with the same words once for each worker, and wait for all.

    SIGINT, SIGTERM and SIGHUP are passed on, once, and then waited for: each running Firework gets its final record.

    Returns:
        0 if all ended well, else the exit code of one that did not.
    """
    running: list[subprocess.Popen[bytes]] = []
    with _passing_on(running):
        for worker in pack:
            argv = [sys.executable, "-P", "-c", START, *words]
            environ = worker.environ(os.environ)
            running.append(subprocess.Popen(argv, env=environ, process_group=0))  # noqa: S603 - rlaunch itself
        codes = [process.wait() for process in running]
    for worker, code in zip(pack, codes, strict=True):
        if code:
            log.warning("%s ended with exit code %s", worker.name, code)
    return max((_exit_code(code) for code in codes), default=0)


def launch_multiprocess(
    launchpad: LaunchPad,
    fworker: FWorker,
    loglvl: str,
    nlaunches: int,
    num_jobs: int,
    sleep_time: float | None,
    total_node_list: Sequence[str] | None = None,
    ppn: int = 1,
    timeout: float | None = None,
    exclude_current_node: bool = False,
    local_redirect: bool = False,
    max_loops: int = -1,
) -> int:
    """FireWorks' function: so many processes that run Fireworks of a LaunchPad, each with ``nlaunches`` of them.

    Returns:
        0 if all ended well, else the exit code of one that did not.
    """
    nodes = list(total_node_list) if total_node_list else None
    if nodes and exclude_current_node:
        nodes = [node for node in nodes if node.partition(".")[0] != host_name().partition(".")[0]]
    with tempfile.TemporaryDirectory(prefix="longfuse-") as folder:
        launchpad.to_file(Path(folder, "my_launchpad.yaml"))
        fworker.to_file(str(Path(folder, "my_fworker.yaml")))
        words = [
            "-l",
            f"{folder}/my_launchpad.yaml",
            "-w",
            f"{folder}/my_fworker.yaml",
            "--loglvl",
            loglvl,
            "rapidfire",
        ]
        words += rapidfire_words(nlaunches, sleep_time, timeout, max_loops, local_redirect=local_redirect)
        return run_workers(words, workers(num_jobs, nodes, ppn))


def rapidfire_words(
    nlaunches: int, sleep: float | None, timeout: float | None, max_loops: int, *, local_redirect: bool
) -> list[str]:
    """The options of ``rlaunch rapidfire``."""
    words = ["--nlaunches", "infinite" if nlaunches == ENDLESS else str(nlaunches), "--max_loops", str(max_loops)]
    words += [] if sleep is None else ["--sleep", str(sleep)]
    words += [] if timeout is None else ["--timeout", str(timeout)]
    return [*words, "--local_redirect"] if local_redirect else words


@contextmanager
def _passing_on(running: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Meanwhile what would end us ends the workers, each in its own way."""

    def pass_on(signum: int, _frame: Any) -> None:
        for process in running:
            if process.poll() is None:
                process.send_signal(signum)

    signums = [s for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(s) is not signal.SIG_IGN]
    before = {signum: signal.signal(signum, pass_on) for signum in signums}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _exit_code(code: int) -> int:
    """As the shell tells it."""
    return 128 - code if code < 0 else code
