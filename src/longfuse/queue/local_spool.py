"""The local queue's program: ``python -m longfuse.queue.local_spool submit FILE | status | cancel ID``.

A small batch system for one machine and one user. Jobs lie as files in a spool folder; a detached runner
(`longfuse.queue.local_runner`), started when there is work and gone when there is none, runs them in order, so many at
a time as the machine has processors.

Each file has one writer and is replaced whole: ``ID.script`` and ``ID.job`` by whoever submits, ``ID.state`` by the
runner, ``ID.cancel`` by whoever cancels, ``ID.exit`` by the job's own shell. So the runner may be killed: its jobs go
on, and the next runner finds how they ended.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.errors import UnreadableError
from longfuse.launchdir.files import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PENDING, RUNNING, COMPLETED, FAILED = "PENDING", "RUNNING", "COMPLETED", "FAILED"
CANCELLED, TIMEOUT = "CANCELLED", "TIMEOUT"

KILL_WAIT_S = 10.0
"""Between SIGTERM and SIGKILL."""

IDLE_S = 2.0
"""How long the runner waits for more work before it ends."""

PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")
PASSED_ON_PREFIXES = ("LONGFUSE_", "CONDA_", "VIRTUAL_ENV")
"""What of the submitter's environment the job gets; not all of it, since it may hold passwords and lies in a file."""

NAME_LENGTH = 100
"""How much of a job's name goes into the names of its output files."""

_DIRECTIVE = re.compile(r"^#LOCAL\s+(\S.*?)\s*$", re.MULTILINE)
_KNOWN = re.compile(r"--(time|job-name|comment)=(.*)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    args = _parser().parse_args(argv)
    folder = args.spool or usual_folder(os.environ)
    try:
        return _obey(Spool(folder, idle_s=args.idle, kill_wait_s=args.kill_wait), args)
    except OSError as error:
        return _refuse(f"The local queue in {folder} cannot be used: {error.strerror}")


def usual_folder(environ: Mapping[str, str]) -> Path:
    """``$LONGFUSE_LOCAL_QUEUE``, else a folder of the user's own."""
    given = environ.get("LONGFUSE_LOCAL_QUEUE")
    return Path(given) if given else Path("~/.longfuse/local-queue").expanduser()


class Spool:
    """The queue's folder.

    Args:
        folder: Made if it is not there, for nobody but the user: who can write there runs programs as the user.
        idle_s: How long its runner waits for more work before it ends.
        kill_wait_s: How long a job may take to end when it is asked to.
    """

    def __init__(self, folder: Path, idle_s: float = IDLE_S, kill_wait_s: float = KILL_WAIT_S) -> None:
        self.folder = folder.absolute()
        self.idle_s = idle_s
        self.kill_wait_s = kill_wait_s
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, job_id: str, kind: str) -> str:
        """A file of a job."""
        return str(self.folder / f"{job_id}.{kind}")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else submit, and no runner end, meanwhile. The kernel lets go of the lock if we die."""
        with open(self.folder / "submit.lock", "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def the_runner(self) -> Iterator[bool]:
        """Be the runner, if there is none; the value tells."""
        with open(self.folder / "runner.lock", "a", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def ensure_runner(self) -> None:
        """Start a runner if there is none. Only while `locked`: who looks keeps a new runner from its lock."""
        with self.the_runner() as free:
            pass
        if free:
            _start_runner(self)

    def job_ids(self) -> list[str]:
        """All jobs, oldest first."""
        stems = [os.path.splitext(entry.name) for entry in os.scandir(self.folder)]
        return sorted((stem for stem, kind in stems if kind == ".job" and stem.isdecimal()), key=int)

    def job(self, job_id: str) -> dict[str, Any]:
        """What was submitted.

        Raises:
            UnreadableError: Its file is damaged.
        """
        found = read_json(self.path(job_id, "job"))
        if found is None:
            raise UnreadableError(f"job {job_id} has been forgotten")
        return found

    def state(self, job_id: str) -> dict[str, Any]:
        """Where it is; a job whose files are damaged has failed."""
        try:
            return read_json(self.path(job_id, "state")) or {"state": PENDING}
        except UnreadableError as error:
            return {"state": FAILED, "reason": str(error)}

    def is_cancelled(self, job_id: str) -> bool:
        """Whether somebody asked for its end."""
        return os.path.exists(self.path(job_id, "cancel"))

    def exit_code(self, job_id: str) -> int | None:
        """What the job's shell wrote down when the job ended; None while it has not."""
        try:
            return int(Path(self.path(job_id, "exit")).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None


def submit(spool: Spool, script: Path) -> int:
    """Queue a script; prints ``Submitted local job N``."""
    try:
        text = script.read_text(encoding="utf-8")
        told = directives(text)
        walltime_s = seconds(told["time"]) if told.get("time") else None
    except OSError as error:
        return _refuse(f"Cannot read {script}: {error.strerror}")
    except ValueError as error:
        return _refuse(f"{script}: {error}")
    job = {
        "cwd": os.getcwd(),
        "name": (told.get("job-name") or script.stem).replace("/", "_")[:NAME_LENGTH],
        "comment": told.get("comment", ""),
        "walltime_s": walltime_s,
        "submitted_on": now(),
        "environ": _environ(os.environ),
    }
    with spool.locked():
        job_id = str(max((int(i) for i in spool.job_ids()), default=0) + 1)
        _write_program(spool.path(job_id, "script"), text)
        write_json(spool.path(job_id, "job"), job)
        spool.ensure_runner()
    print(f"Submitted local job {job_id}")  # noqa: T201
    return 0


def status(spool: Spool) -> int:
    """Print all jobs as JSON. Jobs without a runner get one."""
    jobs = [{"job_id": job_id, "comment": _comment(spool, job_id), **spool.state(job_id)} for job_id in spool.job_ids()]
    if any(job["state"] in (PENDING, RUNNING) for job in jobs):
        with spool.locked():
            spool.ensure_runner()
    print(json.dumps(jobs))  # noqa: T201
    return 0


def cancel(spool: Spool, job_id: str) -> int:
    """Ask the runner to remove a job; a job that has ended stays as it is."""
    if job_id not in spool.job_ids():
        return _refuse(f"The local queue has no job {job_id}")
    if spool.state(job_id)["state"] in (PENDING, RUNNING):
        write_json(spool.path(job_id, "cancel"), {"asked_on": now()})
        with spool.locked():
            spool.ensure_runner()
    return 0


def directives(text: str) -> dict[str, str]:
    """What a script's ``#LOCAL`` lines say.

    Raises:
        ValueError: One is unknown.
    """
    found = {}
    for line in _DIRECTIVE.findall(text):
        known = _KNOWN.fullmatch(line)
        if known is None:
            raise ValueError(f"the local queue has no {line}, only --time=, --job-name= and --comment=")
        found[known[1]] = known[2]
    return found


def seconds(walltime: str) -> float:
    """A walltime in seconds: ``minutes``, ``minutes:seconds``, ``hours:minutes:seconds``; ``hours...`` after ``days-``.

    Raises:
        ValueError: It is none of them.
    """
    form = re.fullmatch(r"(?:(\d+)-(\d+)(?::(\d+))?(?::(\d+))?|(?:(\d+):)??(\d+)(?::(\d+))?)", walltime.strip())
    if form is None:
        raise ValueError(f"walltime must be [days-]hours:minutes:seconds, not {walltime}")
    days, day_hours, day_minutes, day_seconds, hours, minutes, secs = (int(part or 0) for part in form.groups())
    return days * 86400 + (day_hours + hours) * 3600 + (day_minutes + minutes) * 60 + day_seconds + secs


def now() -> str:
    """The time, as it is written into the spool's files."""
    return datetime.now(UTC).isoformat()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="longfuse.queue.local_spool", description="A small queue for one machine.")
    parser.add_argument("--spool", type=Path, default=None, help="the queue's folder")
    parser.add_argument("--idle", type=float, default=IDLE_S, help="seconds after which a runner without work ends")
    parser.add_argument("--kill-wait", type=float, default=KILL_WAIT_S, help="seconds between SIGTERM and SIGKILL")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("submit", help="queue a script").add_argument("script", type=Path)
    commands.add_parser("status", help="all jobs, as JSON")
    commands.add_parser("cancel", help="remove a job").add_argument("job_id")
    commands.add_parser("run", help="run jobs until there are none (what submit starts in the background)")
    return parser


def _obey(spool: Spool, args: argparse.Namespace) -> int:
    if args.command == "submit":
        return submit(spool, args.script)
    if args.command == "status":
        return status(spool)
    if args.command == "cancel":
        return cancel(spool, args.job_id)
    from longfuse.queue.local_runner import Runner, usual_slots

    Runner(spool, usual_slots(os.environ)).run()
    return 0


def _refuse(words: str) -> int:
    print(words, file=sys.stderr)  # noqa: T201
    return 1


def _comment(spool: Spool, job_id: str) -> str:
    try:
        return str(spool.job(job_id).get("comment", ""))
    except UnreadableError:
        return ""


def _write_program(path: str, text: str) -> None:
    """The job's own copy, since another script may soon be in its place; ``ID.job``, written later, publishes it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _start_runner(spool: Spool) -> None:
    """A process of its own session, so that neither our end nor a Ctrl-C reaches it."""
    words = ["--spool", str(spool.folder), "--idle", str(spool.idle_s), "--kill-wait", str(spool.kill_wait_s), "run"]
    argv = [sys.executable, "-P", "-m", "longfuse.queue.local_spool", *words]
    with open(spool.folder / "runner.log", "ab") as log:
        subprocess.Popen(  # noqa: S603 - ourselves
            argv, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environ.items() if key in PASSED_ON or key.startswith(PASSED_ON_PREFIXES)}


if __name__ == "__main__":
    sys.exit(main())
