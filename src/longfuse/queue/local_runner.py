"""What runs the jobs of a local queue's spool folder, until there are none.

A job is a session of processes, as a batch job of Slurm is a group of them: all of it is asked to end, all of it is
killed in the end, and the job is over when none of it is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from longfuse.errors import UnreadableError
from longfuse.launchdir.files import write_json
from longfuse.launchdir.process import birth, host_name, is_alive
from longfuse.queue.local_spool import CANCELLED, COMPLETED, FAILED, PENDING, RUNNING, TIMEOUT, now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from longfuse.queue.local_spool import Spool

TICK_S = 0.1

KEEP = timedelta(days=7)
"""How long ended jobs are remembered."""

_SHELL = 'trap : HUP INT TERM USR1 USR2; "$1"; code=$?; echo $code > "$2.new" && mv "$2.new" "$2"; exit $code'
"""Outlives the signals that the job gets, and writes down how the job ended."""


class Runner:
    """Runs a spool's jobs. Only one is alive at a time.

    Args:
        spool: The folder.
        slots: How many jobs run at once.
    """

    def __init__(self, spool: Spool, slots: int) -> None:
        self._spool = spool
        self._slots = slots
        self._children: list[subprocess.Popen[bytes]] = []
        self._ended: set[str] = set()

    def run(self) -> None:
        """Until nothing is left to do for a while, or nothing at all if there is a runner already."""
        with self._spool.the_runner() as free:
            if not free:
                return
            self._forget_old()
            while True:
                self._work_until_idle()
                with self._spool.locked():  # nobody can submit between this look and our end
                    if not self._turn():
                        return

    def _work_until_idle(self) -> None:
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < self._spool.idle_s:
            if self._turn():
                idle_since = time.monotonic()
            time.sleep(TICK_S)

    def _turn(self) -> bool:
        """Look at every job that has not ended; returns whether there is one for us."""
        self._children = [child for child in self._children if child.poll() is None]  # no zombies
        states = {job_id: self._spool.state(job_id) for job_id in self._spool.job_ids() if job_id not in self._ended}
        self._ended |= {job_id for job_id, state in states.items() if state["state"] not in (PENDING, RUNNING)}
        running = {job_id: state for job_id, state in states.items() if state["state"] == RUNNING and _is_here(state)}
        for job_id, state in running.items():
            self._watch(job_id, state)
        waiting = [job_id for job_id, state in states.items() if state["state"] == PENDING]
        self._start_some(waiting, self._slots - len(running))
        return bool(running or waiting)

    def _start_some(self, waiting: list[str], free: int) -> None:
        for job_id in waiting:
            if self._spool.is_cancelled(job_id):
                self._end(job_id, {}, CANCELLED, reason="cancelled before it started")
            elif free > 0:
                self._start(job_id)
                free -= 1

    # --- a start
    def _start(self, job_id: str) -> None:
        """Start a job, never twice: that it runs is written down before it does."""
        try:
            job = self._spool.job(job_id)
        except UnreadableError as error:
            self._end(job_id, {}, FAILED, reason=str(error))
            return
        state = {"state": RUNNING, "started_on": now(), "host": host_name(), "walltime_s": job.get("walltime_s")}
        self._put(job_id, state)
        try:
            child = self._spawn(job_id, job)
        except OSError as error:
            self._end(job_id, state, FAILED, reason=f"could not start: {error.strerror}: {error.filename}")
        except (KeyError, TypeError, ValueError) as error:
            self._end(job_id, state, FAILED, reason=f"its file in the queue is damaged: {error!r}")
        else:
            self._children.append(child)
            self._put(job_id, {**state, "pid": child.pid, "born": birth(child.pid)})

    def _spawn(self, job_id: str, job: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        stem = os.path.join(job["cwd"], f"{job['name']}-{job_id}")
        with open(stem + ".out", "ab") as out, open(stem + ".error", "ab") as error:
            return subprocess.Popen(  # noqa: S603 - running the user's script is the purpose
                ["/bin/sh", "-c", _SHELL, "job", self._spool.path(job_id, "script"), self._spool.path(job_id, "exit")],
                cwd=job["cwd"],
                env={**job["environ"], "LONGFUSE_JOB_ID": job_id},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=error,
                start_new_session=True,
            )

    # --- a job that runs
    def _watch(self, job_id: str, state: dict[str, Any]) -> None:
        if "pid" not in state:
            state = self._find_again(job_id, state)
        if is_alive(state["pid"], state["born"]) and "stopping" not in state:
            self._stop_if_due(job_id, state)
            return
        left = list(_session(state["pid"], state["born"]))
        if not left:
            self._end_as_told(job_id, state, self._spool.exit_code(job_id))
        elif "stopping" not in state or _age_s(state["stopped_on"]) > self._spool.kill_wait_s:
            _signal(left, signal.SIGKILL)  # what a script leaves behind when it ends is no part of any job

    def _stop_if_due(self, job_id: str, state: dict[str, Any]) -> None:
        why = self._why_stop(job_id, state)
        if why:
            self._put(job_id, {**state, "stopping": why, "stopped_on": now()})
            processes = list(_session(state["pid"], state["born"]))
            _signal(processes, signal.SIGCONT)
            _signal(processes, signal.SIGTERM)

    def _why_stop(self, job_id: str, state: Mapping[str, Any]) -> str:
        if self._spool.is_cancelled(job_id):
            return CANCELLED
        walltime_s = state.get("walltime_s")
        return TIMEOUT if walltime_s and _age_s(state["started_on"]) > walltime_s else ""

    def _find_again(self, job_id: str, state: dict[str, Any]) -> dict[str, Any]:
        """The process of a job whose runner was killed before it could write that down; else a process id of nobody."""
        pid = _process_with(self._spool.path(job_id, "exit"))
        return {**state, "pid": pid, "born": birth(pid)}

    # --- an end
    def _end_as_told(self, job_id: str, state: Mapping[str, Any], code: int | None) -> None:
        if "stopping" in state:
            self._end(job_id, state, state["stopping"], code)
        elif code == 0:
            self._end(job_id, state, COMPLETED, code)
        else:
            reason = f"exit code {code}" if code is not None else "its processes were killed"
            self._end(job_id, state, FAILED, code, reason)

    def _end(self, job_id: str, state: Mapping[str, Any], word: str, code: int | None = None, reason: str = "") -> None:
        ended = {"started_on": state.get("started_on"), "ended_on": now(), "exit_code": code, "reason": reason}
        self._put(job_id, {"state": word, **ended})

    def _put(self, job_id: str, state: Mapping[str, Any]) -> None:
        write_json(self._spool.path(job_id, "state"), state)

    def _forget_old(self) -> None:
        for job_id in self._spool.job_ids()[:-1]:  # the last one's number must not be given again
            ended_on = self._spool.state(job_id).get("ended_on")
            if ended_on and _age_s(ended_on) > KEEP.total_seconds():
                for kind in ("job", "script", "state", "cancel", "exit"):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(self._spool.path(job_id, kind))


def usual_slots(environ: Mapping[str, str]) -> int:
    """``$LONGFUSE_LOCAL_SLOTS``, else as many as this process may use processors."""
    given = environ.get("LONGFUSE_LOCAL_SLOTS", "")
    return int(given) if given.isdecimal() and int(given) else len(os.sched_getaffinity(0))


def _is_here(state: Mapping[str, Any]) -> bool:
    """Whether the job's processes can be seen: in a home that several machines share, it may run on another one."""
    return state.get("host", "") in ("", host_name())


def _session(leader: int, born: str) -> Iterator[int]:
    """The processes of the session that this leader began, also when the leader itself is gone."""
    if not leader or birth(leader) not in ("", born):
        return  # the number belongs to a stranger now: the session is over
    for pid in _all_processes():
        fields = _stat(pid)
        if fields and fields[3] == str(leader).encode() and fields[0] not in {b"Z", b"X"}:
            yield pid


def _process_with(argument: str) -> int:
    """The process that was started with this argument; 0 if there is none."""
    for pid in _all_processes():
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
            if argument.encode() in file.read().split(b"\0"):
                return pid
    return 0


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdecimal()]


def _stat(pid: int) -> list[bytes]:
    """State, parent, process group, session, ...: the fields of proc(5) after the name. Empty if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            content = file.read()
    except OSError:
        return []
    return content[content.rfind(b")") + 2 :].split()


def _signal(processes: list[int], signum: signal.Signals) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signum)


def _age_s(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
