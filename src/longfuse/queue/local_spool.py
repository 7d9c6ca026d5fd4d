"""The local queue's program: ``python -m longfuse.queue.local_spool submit FILE | status | cancel ID``.

A small batch system for one machine and one user. Jobs lie as files in a spool folder; a detached runner, started when
there is work and gone when there is none, runs them in order, so many at a time as the machine has processors.

Each file has one writer and is replaced whole: ``ID.job`` by whoever submits, ``ID.state`` by the runner, ``ID.cancel``
by whoever cancels, ``ID.exit`` by the job's own shell. So the runner may be killed: its jobs go on, and the next runner
finds how they ended.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.launchdir.files import read_json, write_json
from longfuse.launchdir.process import birth, is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PENDING, RUNNING, COMPLETED, FAILED = "PENDING", "RUNNING", "COMPLETED", "FAILED"
CANCELLED, TIMEOUT = "CANCELLED", "TIMEOUT"

KILL_WAIT_S = 10.0
"""Between SIGTERM and SIGKILL, as Slurm's KillWait."""

TICK_S = 0.1
IDLE_S = 2.0
"""How long the runner waits for more work before it ends."""

KEEP = timedelta(days=7)
"""How long ended jobs are remembered."""

PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")
PASSED_ON_PREFIXES = ("LONGFUSE_", "CONDA_", "VIRTUAL_ENV")
"""What of the submitter's environment the job gets; not all of it, since it may hold passwords and lies in a file."""

_DIRECTIVE = re.compile(r"^#LOCAL\s+--(time|job-name|comment)=(.*)$", re.MULTILINE)
_WRAPPER = '/bin/bash "$1"; code=$?; echo $code > "$2.new" && mv "$2.new" "$2"; exit $code'


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    parser = argparse.ArgumentParser(prog="longfuse.queue.local_spool", description="A small queue for one machine.")
    parser.add_argument("--spool", type=Path, default=None, help="the queue's folder")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("submit", help="queue a script").add_argument("script", type=Path)
    commands.add_parser("status", help="all jobs, as JSON")
    commands.add_parser("cancel", help="remove a job").add_argument("job_id")
    commands.add_parser("run", help="run jobs until there are none (what submit starts in the background)")
    args = parser.parse_args(argv)
    spool = Spool(args.spool or usual_folder(os.environ))
    try:
        return _obey(spool, args)
    except OSError as error:
        print(f"The local queue in {spool.folder} cannot be used: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1


def usual_folder(environ: Mapping[str, str]) -> Path:
    """``$LONGFUSE_LOCAL_QUEUE``, else a folder of the user's own."""
    given = environ.get("LONGFUSE_LOCAL_QUEUE")
    return Path(given) if given else Path("~/.longfuse/local-queue").expanduser()


class Spool:
    """The queue's folder.

    Args:
        folder: Made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, job_id: str, kind: str) -> str:
        """A file of a job."""
        return str(self.folder / f"{job_id}.{kind}")

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold one of the folder's locks; the kernel lets go of it if we die."""
        with open(self.folder / f"{name}.lock", "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def has_runner(self) -> bool:
        """Whether a runner is alive."""
        with open(self.folder / "runner.lock", "a", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def job_ids(self) -> list[str]:
        """All jobs, oldest first."""
        names = (entry.name for entry in os.scandir(self.folder))
        return sorted((name[: -len(".job")] for name in names if name.endswith(".job")), key=int)

    def job(self, job_id: str) -> dict[str, Any]:
        """What was submitted."""
        return read_json(self.path(job_id, "job")) or {}

    def state(self, job_id: str) -> dict[str, Any]:
        """Where it is."""
        return read_json(self.path(job_id, "state")) or {"state": PENDING}

    def exit_code(self, job_id: str) -> int | None:
        """What the job's shell wrote down when the job ended; None while it has not."""
        try:
            return int(Path(self.path(job_id, "exit")).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None


def _obey(spool: Spool, args: argparse.Namespace) -> int:
    if args.command == "submit":
        return submit(spool, args.script)
    if args.command == "status":
        return status(spool)
    if args.command == "cancel":
        return cancel(spool, args.job_id)
    Runner(spool, _slots(os.environ)).run()
    return 0


def submit(spool: Spool, script: Path) -> int:
    """Queue a script; prints ``Submitted local job N``."""
    try:
        text = script.read_text(encoding="utf-8")
    except OSError as error:
        print(f"Cannot read {script}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    told = dict(_DIRECTIVE.findall(text))
    try:
        walltime_s = seconds(told["time"]) if told.get("time") else None
    except ValueError:
        print(f"walltime must be [days-]hours:minutes:seconds, not {told['time']}", file=sys.stderr)  # noqa: T201
        return 1
    with spool.locked("submit"):
        job_id = str(max((int(i) for i in spool.job_ids()), default=0) + 1)
        job = {
            "script": str(script.absolute()),
            "cwd": str(Path.cwd()),
            "name": told.get("job-name") or script.stem,
            "comment": told.get("comment", ""),
            "walltime_s": walltime_s,
            "submitted_on": _now(),
            "environ": _environ(os.environ),
        }
        write_json(spool.path(job_id, "job"), job)
        if not spool.has_runner():
            _start_runner(spool)
    print(f"Submitted local job {job_id}")  # noqa: T201
    return 0


def status(spool: Spool) -> int:
    """Print all jobs as JSON. Jobs without a runner get one."""
    jobs = []
    for job_id in spool.job_ids():
        state = spool.state(job_id)
        jobs.append({"job_id": job_id, "comment": spool.job(job_id).get("comment", ""), **state})
    unfinished = any(job["state"] in (PENDING, RUNNING) for job in jobs)
    with spool.locked("submit"):
        if unfinished and not spool.has_runner():
            _start_runner(spool)
    print(json.dumps(jobs))  # noqa: T201
    return 0


def cancel(spool: Spool, job_id: str) -> int:
    """Ask the runner to remove a job."""
    if job_id not in spool.job_ids():
        print(f"The local queue has no job {job_id}", file=sys.stderr)  # noqa: T201
        return 1
    write_json(spool.path(job_id, "cancel"), {"asked_on": _now()})
    with spool.locked("submit"):
        if not spool.has_runner():
            _start_runner(spool)
    return 0


def seconds(walltime: str) -> float:
    """A walltime in seconds: ``minutes``, ``minutes:seconds``, ``hours:minutes:seconds``, each after ``days-``.

    Raises:
        ValueError: It is none of them.
    """
    days, _, rest = walltime.strip().rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if len(parts) == 1:
        parts = [0, *parts, 0] if not days else [*parts, 0, 0]
    hours, minutes, secs = [0] * (3 - len(parts)) + parts
    return int(days or 0) * 86400 + hours * 3600 + minutes * 60 + secs


class Runner:
    """Runs a spool's jobs until there are none. Only one is alive at a time.

    Args:
        spool: The folder.
        slots: How many jobs run at once.
    """

    def __init__(self, spool: Spool, slots: int) -> None:
        self._spool = spool
        self._slots = slots
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def run(self) -> None:
        """Until nothing is left to do for a while."""
        with open(self._spool.folder / "runner.lock", "a", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._forget_old()
            idle_since = time.monotonic()
            while True:
                if self._turn():
                    idle_since = time.monotonic()
                if time.monotonic() - idle_since > IDLE_S:
                    with self._spool.locked("submit"):  # nobody can submit between this look and our end
                        if not self._turn():
                            fcntl.flock(file, fcntl.LOCK_UN)
                            return
                time.sleep(TICK_S)

    def _turn(self) -> bool:
        """Look at every job that has not ended; returns whether there is one."""
        for child in list(self._children.values()):
            if child.poll() is not None:
                del self._children[child.pid]
        states = {job_id: self._spool.state(job_id) for job_id in self._spool.job_ids()}
        running = {job_id: state for job_id, state in states.items() if state["state"] == RUNNING}
        for job_id, state in running.items():
            self._watch(job_id, state)
        waiting = [job_id for job_id, state in states.items() if state["state"] == PENDING]
        free = self._slots - len(running)
        for job_id in waiting:
            if os.path.exists(self._spool.path(job_id, "cancel")):
                self._end(job_id, {}, CANCELLED, reason="cancelled before it started")
            elif free > 0:
                self._start(job_id)
                free -= 1
        return bool(running or waiting)

    def _start(self, job_id: str) -> None:
        job = self._spool.job(job_id)
        stem = os.path.join(job["cwd"], f"{job['name']}-{job_id}")
        environ = {**job["environ"], "LONGFUSE_JOB_ID": job_id}
        argv = ["/bin/sh", "-c", _WRAPPER, "job", job["script"], self._spool.path(job_id, "exit")]
        try:
            with open(stem + ".out", "ab") as out, open(stem + ".error", "ab") as error:
                child = subprocess.Popen(  # noqa: S603 - running the user's script is the purpose
                    argv,
                    cwd=job["cwd"],
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=error,
                    start_new_session=True,
                )
        except OSError as error:
            self._end(job_id, {}, FAILED, reason=f"could not start in {job['cwd']}: {error.strerror}")
            return
        self._children[child.pid] = child
        state = {"state": RUNNING, "started_on": _now(), "pid": child.pid, "born": birth(child.pid)}
        write_json(self._spool.path(job_id, "state"), state)

    def _watch(self, job_id: str, state: dict[str, Any]) -> None:
        code = self._spool.exit_code(job_id)
        alive = state["pid"] in self._children or is_alive(state["pid"], state["born"])
        if code is not None or not alive:
            code = self._spool.exit_code(job_id) if code is None else code
            self._end_as_told(job_id, state, code)
            return
        why = self._why_stop(job_id, state)
        if why and "stopping" not in state:
            _signal(state["pid"], signal.SIGTERM)
            state = {**state, "stopping": why, "stopped_on": _now()}
            write_json(self._spool.path(job_id, "state"), state)
        elif "stopping" in state and _age_s(state["stopped_on"]) > KILL_WAIT_S:
            _signal(state["pid"], signal.SIGKILL)

    def _why_stop(self, job_id: str, state: dict[str, Any]) -> str:
        if os.path.exists(self._spool.path(job_id, "cancel")):
            return CANCELLED
        walltime_s = self._spool.job(job_id).get("walltime_s")
        return TIMEOUT if walltime_s and _age_s(state["started_on"]) > walltime_s else ""

    def _end_as_told(self, job_id: str, state: dict[str, Any], code: int | None) -> None:
        if "stopping" in state:
            self._end(job_id, state, state["stopping"], code)
        elif code == 0:
            self._end(job_id, state, COMPLETED, code)
        else:
            reason = f"exit code {code}" if code is not None else "its processes were killed"
            self._end(job_id, state, FAILED, code, reason)

    def _end(self, job_id: str, state: dict[str, Any], word: str, code: int | None = None, reason: str = "") -> None:
        ended = {"started_on": state.get("started_on"), "ended_on": _now(), "exit_code": code, "reason": reason}
        write_json(self._spool.path(job_id, "state"), {"state": word, **ended})

    def _forget_old(self) -> None:
        for job_id in self._spool.job_ids()[:-1]:  # the last one's number must not be given again
            ended_on = self._spool.state(job_id).get("ended_on")
            if ended_on and _age_s(ended_on) > KEEP.total_seconds():
                for kind in ("job", "state", "cancel", "exit"):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(self._spool.path(job_id, kind))


def _start_runner(spool: Spool) -> None:
    """A process of its own session, so that neither our end nor a Ctrl-C reaches it."""
    argv = [sys.executable, "-m", "longfuse.queue.local_spool", "--spool", str(spool.folder), "run"]
    with open(spool.folder / "runner.log", "ab") as log:
        subprocess.Popen(  # noqa: S603 - ourselves
            argv, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _signal(pid: int, signum: int) -> None:
    """To the job's whole session group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)


def _slots(environ: Mapping[str, str]) -> int:
    given = environ.get("LONGFUSE_LOCAL_SLOTS", "")
    return int(given) if given.isdecimal() and int(given) else len(os.sched_getaffinity(0))


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environ.items() if key in PASSED_ON or key.startswith(PASSED_ON_PREFIXES)}


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _age_s(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


if __name__ == "__main__":
    sys.exit(main())
