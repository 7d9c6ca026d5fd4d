"""Whether a site is fit for Longfuse, found out before the first job: each finding in one line, with what to do.

The LaunchPad and the launch directories' file system are tried from here, the batch system is asked, and a probe job
reports from a compute node by a file, as rockets do.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError, LongfuseError, QueueError, UnreadableError
from longfuse.launchdir.files import read_json, server_time, write_json
from longfuse.launchdir.probe import PROBE
from longfuse.launchers.directories import SCRIPT_NAME
from longfuse.queue.adapter import Phase, SubmitKind, ask_array_limit, ask_count, ask_status, located
from longfuse.queue.limits import ask_memory_s, ask_queues
from longfuse.store.revision import SQLITE
from longfuse.store.sqlitefs import network_filesystem, read_mountinfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import QueueAdapter, Shell
    from longfuse.queue.limits import QueueLimits

SKEW_S = 5.0
"""Clocks that differ by more make times in the LaunchPad hard to understand."""

SLOW_START = 8.0
"""A rocket whose start costs more than so many bare interpreters here starts from a slow file system."""

LITTLE_ROOM = 200 * 2**20
"""Bytes that should be free."""

SHORT_MEMORY_S = 120
"""A batch system that forgets ended jobs sooner is asked too late by somebody who recovers now and then."""

POLL_S = 0.1


class Health(Enum):
    """How a finding stands: all is well; works, but; does not work."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        health: How it stands.
        subject: What was looked at.
        text: What was found.
        advice: What to do, if there is something to do.
    """

    health: Health
    subject: str
    text: str
    advice: str = ""


def _ok(subject: str, text: str) -> Finding:
    return Finding(Health.OK, subject, text)


def _warning(subject: str, text: str, advice: str) -> Finding:
    return Finding(Health.WARNING, subject, text, advice)


def _failure(subject: str, text: str, advice: str) -> Finding:
    return Finding(Health.FAILURE, subject, text, advice)


# --- the LaunchPad
def look_at_launchpad(open_launchpad: Callable[[], LaunchPad]) -> Iterator[Finding]:
    """Whether it opens, and whether its file system is fit for it."""
    began = time.monotonic()
    try:
        launchpad = open_launchpad()
        counts = launchpad.get_state_counts()
    except LongfuseError as error:
        yield _failure("LaunchPad", str(error), "`lpad init` makes one; `lpad config` shows which is meant")
        return
    took_ms = (time.monotonic() - began) * 1000
    about = launchpad.describe()
    launchpad.close()
    kept = f", in {about['server']}" if "server" in about else ""
    yield _ok("LaunchPad", f"opens in {took_ms:.0f} ms and holds {sum(counts.values())} Firework(s){kept}")
    if launchpad.url.startswith(SQLITE):
        yield from _look_at_file_system(Path(launchpad.url.removeprefix(SQLITE)))


def _look_at_file_system(file: Path) -> Iterator[Finding]:
    kind = network_filesystem(file.parent, read_mountinfo())
    if kind is None:
        yield _ok(
            "LaunchPad's file system", f"{file.parent} is local: several programs on this host may use it at once"
        )
    else:
        yield _warning(
            "LaunchPad's file system",
            f"{file.parent} is {kind}, a network file system",
            "use the LaunchPad from one host at a time, or keep it on a local disk of the login node",
        )
    free = shutil.disk_usage(file.parent).free
    if free < LITTLE_ROOM:
        yield _warning("LaunchPad's disk", f"{free / 2**20:.0f} MB are free in {file.parent}", "make room there")


# --- where jobs run
def look_at_launch_dir(folder: str) -> Iterator[Finding]:
    """Whether files can be replaced and created exclusively there, and how its clock stands to ours."""
    try:
        place = tempfile.mkdtemp(prefix="FW_doctor_", dir=folder)
    except OSError as error:
        yield _failure(
            "launch directory", f"cannot write into {folder}: {error.strerror}", "launch from another folder"
        )
        return
    try:
        yield from _try_files(place, folder)
    except OSError as error:
        yield _failure("launch directory", f"{folder}: {error.strerror}", "launch from another file system")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _try_files(place: str, folder: str) -> Iterator[Finding]:
    path = os.path.join(place, "file.json")
    began = time.monotonic()
    write_json(path, {"n": 1})
    write_json(path, {"n": 2})
    took_ms = (time.monotonic() - began) * 500
    try:
        write_json(path, {"n": 3}, exclusive=True)
    except FileExistsError:
        whole = read_json(path) == {"n": 2}
    else:
        whole = False
    if whole:
        yield _ok("launch directory", f"{folder}: files are replaced whole and created once, {took_ms:.1f} ms each")
    else:
        yield _failure("launch directory", f"{folder} lets two jobs create the same file", "launch elsewhere")
    skew_s = time.time() - server_time(place)
    yield _clock("clock", f"this host's clock is {skew_s:+.1f} s from that of {folder}", skew_s)


def _clock(subject: str, text: str, skew_s: float) -> Finding:
    if abs(skew_s) <= SKEW_S:
        return _ok(subject, text)
    return _warning(subject, text, "let an administrator set the clocks (NTP); times in the LaunchPad will not agree")


# --- the batch system
def look_at_queue(adapter: QueueAdapter, shell: Shell, user: str) -> Iterator[Finding]:
    """Whether its programs are there and answer."""
    name = adapter.dialect.q_type
    program = adapter.dialect.submit_argv(adapter.submit_cmd, SCRIPT_NAME)[0]
    if shutil.which(program) is None:
        yield _failure(name, f"there is no {program} on PATH", "run this on a login node of the cluster")
        return
    try:
        count = ask_count(adapter, user, shell)
    except QueueError as error:
        yield _failure(name, str(error), "wait until it answers, or ask your administrator")
        return
    yield _ok(name, f"answers; {user} has {count} job(s) in the queue")
    yield from _limits(adapter, shell)
    yield from _commands(adapter)


def _limits(adapter: QueueAdapter, shell: Shell) -> Iterator[Finding]:
    """Whether the queue that is meant takes such jobs, and what the batch system allows and remembers."""
    try:
        queues = ask_queues(adapter, shell)
    except QueueError as error:
        yield _warning("queue", str(error), "ask your administrator which queues there are")
        return
    if queues:
        yield _queue(adapter, queues)
    if elements := ask_array_limit(adapter, shell):
        yield _ok("job arrays", f"of up to {elements} launches each")
    if (memory_s := ask_memory_s(adapter, shell)) is not None:
        text = f"ended jobs are forgotten after {memory_s} s"
        yield (
            _warning("memory", text, "recover more often than that, or the cause of killed jobs is not known (LOST)")
            if memory_s < SHORT_MEMORY_S
            else _ok("memory", f"{text}; let recoveries not be further apart")
        )


def _queue(adapter: QueueAdapter, queues: Sequence[QueueLimits]) -> Finding:
    names = ", ".join(queue.name for queue in queues)
    meant = next(
        (queue for queue in queues if (queue.name == adapter.queue if adapter.queue else queue.is_usual)), None
    )
    walltime = str(adapter.parameters.get("walltime") or "")
    if meant is None and adapter.queue:
        return _failure("queue", f"there is no {adapter.queue}; there are {names}", f"change {adapter.source}")
    if meant is None:
        return _ok("queue", f"none is named; there are {names}")
    if not meant.is_open:
        return _failure(
            "queue", f"{meant.name} takes no jobs now; there are {names}", f"wait, or change {adapter.source}"
        )
    if meant.is_too_short_for(walltime):
        return _failure(
            "queue",
            f"{meant.name} lets a job run for {meant.longest} at most, but the walltime is {walltime}",
            f"change {adapter.source}: such jobs would wait for ever, or be refused",
        )
    return _ok("queue", f"{meant.name} is open" + (f"; a job may run for {meant.longest}" if meant.longest else ""))


def _commands(adapter: QueueAdapter) -> Iterator[Finding]:
    words = adapter.rocket_launch.split()
    if not words:
        yield _failure(
            adapter.source, "lacks `rocket_launch`", "for example `rocket_launch: rlaunch singleshot --offline`"
        )
    elif "--offline" not in words:
        yield _warning(
            adapter.source,
            f"rocket_launch is `{adapter.rocket_launch}`: rockets need the LaunchPad",
            "add --offline if compute nodes cannot reach it",
        )
    if not adapter.carries_token:
        yield _warning(
            adapter.source,
            "its jobs carry no token of ours, so a lost answer of the batch system cannot be looked up",
            "leave the comment of the script template to Longfuse",
        )


# --- the compute side
def probe(adapter: QueueAdapter, shell: Shell, folder: str, timeout_s: float) -> Iterator[Finding]:
    """Submit a job that reports what is true on a compute node, and wait for it.

    The job is cancelled if it does not report in time, or if we are interrupted; its directory is removed.
    """
    try:
        place = tempfile.mkdtemp(prefix="FW_doctor_", dir=folder)
    except OSError:
        return  # told before
    try:
        yield from _probe(located(adapter, shell), shell, place, timeout_s)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _probe(adapter: QueueAdapter, shell: Shell, place: str, timeout_s: float) -> Iterator[Finding]:
    try:
        command = probe_command(adapter.rocket_launch)
        asking = adapter.with_parameters({"rocket_launch": command, "job_name": "FW_doctor"}, "lpad doctor")
        with open(os.path.join(place, SCRIPT_NAME), "x", encoding="utf-8") as script:
            script.write(asking.render(place, token_hex(16)))
    except ConfigError as error:
        yield _failure("probe job", str(error), "mend my_qadapter.yaml")
        return
    answer = adapter.dialect.read_submit(shell(asking.submit_command(SCRIPT_NAME, place)))
    if answer.kind is not SubmitKind.ACCEPTED:
        yield _failure(
            "probe job", f"was not accepted: {answer.words}", "mend my_qadapter.yaml, or ask your administrator"
        )
        return
    reported = False
    try:
        facts, seen_after_s = _wait(place, timeout_s)
        reported = facts is not None
        yield from _facts(facts, seen_after_s) if facts is not None else _silence(asking, answer.job_id, shell, place)
    finally:
        if not reported:
            shell(adapter.question(adapter.dialect.cancel_argv(answer.job_id)))


def probe_command(rocket_launch: str) -> str:
    """The command that starts a rocket, made to probe instead: the same program with the same options."""
    words = rocket_launch.split()
    for mode in ("singleshot", "rapidfire", "multi"):
        if mode in words:
            return " ".join([*words[: words.index(mode)], "probe"])
    raise ConfigError(f"rocket_launch must be an rlaunch command, not `{rocket_launch}`")


def _wait(place: str, timeout_s: float) -> tuple[dict[str, Any] | None, float]:
    """The report, and how long after it was written we saw it."""
    deadline = time.monotonic() + timeout_s
    path = os.path.join(place, PROBE)
    while time.monotonic() < deadline:
        os.listdir(place)  # lets network file systems look again
        try:
            facts = read_json(path)
            if facts is not None:
                return facts, max(0.0, server_time(place) - os.stat(path).st_mtime)
        except (UnreadableError, OSError):
            pass  # not whole yet
        time.sleep(POLL_S)
    return None, 0.0


def _silence(adapter: QueueAdapter, job_id: str, shell: Shell, place: str) -> Iterator[Finding]:
    try:
        status = ask_status(adapter, [job_id], shell)[job_id]
    except QueueError as error:
        yield _failure("probe job", f"did not report, and {error}", "try again later")
        return
    if status.phase is Phase.PENDING:
        yield _warning(
            "probe job",
            f"job {job_id} is still pending ({status.reason or 'no reason given'}); it was cancelled",
            "give it more time with --timeout, or name a queue for short jobs in my_qadapter.yaml",
        )
        return
    printed = _printed(place)
    yield _failure(
        "probe job",
        f"job {job_id} ({status.word or status.phase.value}) left no report"
        + (f"; it printed: {printed}" if printed else ""),
        "see that pre_rocket puts rlaunch on PATH on the compute nodes, and that they see this folder",
    )


def _printed(place: str) -> str:
    """The last line that the job printed."""
    for name in sorted(os.listdir(place), reverse=True):
        if name.startswith("FW_doctor-") or name.endswith((".out", ".error")):
            with open(os.path.join(place, name), errors="replace") as file:
                lines = [line.strip() for line in file if line.strip()]
            if lines:
                return lines[-1]
    return ""


def _facts(facts: dict[str, Any], seen_after_s: float) -> Iterator[Finding]:
    node = facts.get("host", "?")
    yield _ok("compute node", f"{node}: Python {facts.get('python_version')}, Longfuse {facts.get('longfuse')}")
    yield _version(str(facts.get("longfuse", "")))
    if facts.get("uid") != os.getuid():
        yield _failure(
            "compute node",
            f"jobs run as user {facts.get('uid')}, you are {os.getuid()}",
            "results would be refused as foreign",
        )
    yield _clock("compute node", f"{node}'s clock is {facts['skew_s']:+.1f} s from the file system's", facts["skew_s"])
    yield _ok("file system", f"a file from {node} was seen here within {seen_after_s:.1f} s")
    if isinstance(facts.get("start_s"), float):
        yield _start(facts["start_s"])


def _version(theirs: str) -> Finding:
    from longfuse.version import VERSION

    if theirs == VERSION:
        return _ok("version", f"{VERSION} on both sides")
    return _warning("version", f"{theirs} on compute nodes, {VERSION} here", "install the same on both")


def _start(start_s: float) -> Finding:
    bare_s = _bare_start_s()
    text = f"a rocket starts in {start_s * 1000:.0f} ms there; a bare Python here in {bare_s * 1000:.0f} ms"
    if start_s <= SLOW_START * bare_s + 1:
        return _ok("start", text)
    return _warning("start", text, "put Python's environment on a faster file system: thousands of jobs start there")


def _bare_start_s() -> float:
    times = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", "pass"], check=False)
        times.append(time.monotonic() - began)
    return statistics.median(times)
