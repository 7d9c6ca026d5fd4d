"""A rocket: runs the Firework of one launch directory, and knows nothing else in the world."""

from __future__ import annotations

import os

from longfuse.domain import wire
from longfuse.errors import ForeignFileError
from longfuse.launchdir import process
from longfuse.launchdir.aside import ticket_stamp
from longfuse.launchdir.attempt import begin, begin_first, read_ticket
from longfuse.launchdir.claim import UNKNOWN_RESTART, Claim
from longfuse.launchdir.files import read_json
from longfuse.launchdir.job import job_id, restart_count
from longfuse.launchdir.names import FIREWORK
from longfuse.rocket.child import TaskOptions
from longfuse.rocket.recorder import Recorder
from longfuse.rocket.supervisor import GRACE_S, Supervisor
from longfuse.rocket.taskprocess import Forks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from longfuse.launchdir.ticket import Ticket
    from longfuse.rocket.outcome import Outcome
    from longfuse.rocket.taskprocess import TaskProcess


def run(
    launch_dir: str,
    *,
    fw_id: int | None = None,
    on_report: Callable[[], None] | None = None,
    log: Callable[[str], None] | None = None,
    open_launchpad: Callable[[], Any] | None = None,
    pdb: bool = False,
    grace_s: float = GRACE_S,
    is_known: bool = False,
    ticket: Ticket | None = None,
    processes: Forks | None = None,
) -> Outcome:
    """Run the Firework of a launch directory, offline and online alike.

    The Firetasks run in a forked process; this one writes the launch files. Call it from the main thread of a process
    without other threads.

    Args:
        launch_dir: The directory, with ``FW.json`` and ``FW_offline.json``.
        fw_id: The Firework that is expected there, if the caller knows.
        on_report: Called in this process after each heartbeat and final record.
        log: Called in the task process with what begins and ends, in FireWorks' words.
        open_launchpad: Opens what Firetasks that ask for it see as ``launchpad``. It is called in the task process, so
            no connection may be open here. Where it is None or raises `StoreError` they see an `OfflineLaunchPad`.
        pdb: Open Python's debugger where a task raises.
        grace_s: How long tasks have to end after SIGTERM.
        is_known: Whether the LaunchPad knows already that it runs, and will take its result at once: then there is no
            first heartbeat, and files are not brought to the disk one by one.
        ticket: The launch's, if the caller has just made the directory for it: then nothing else can be in there.
        processes: Where the task process comes from; None makes one.

    Raises:
        AlreadyEndedError: A final record stands; nothing was run.
        AttemptAliveError: Another attempt is running; nothing was run.
        ForeignFileError: The directory belongs to another Firework; nothing was run.
        UnreadableError: A launch file is missing or cannot be read; nothing was run.
        OSError: The launch directory cannot be written, or no process made; nothing was run.
    """
    launch_dir = os.path.abspath(launch_dir)
    start = begin if ticket is None else begin_first
    stamp = _stamp(launch_dir)  # first: should another ticket come meanwhile, the recorder sees that
    ticket = ticket or read_ticket(launch_dir)
    _check_firework(launch_dir, ticket, fw_id)
    options = TaskOptions(open_launchpad=open_launchpad, pdb=pdb, log=log)
    processes = processes or Forks()
    with processes.signals as signals:
        tasks = processes.take(signals, options)
        try:
            claim = start(launch_dir, ticket, _claim(ticket, tasks), synced=not is_known)
        except BaseException:
            tasks.dismiss()
            raise
        tasks.start(launch_dir, ticket, claim)
        recorder = Recorder(
            launch_dir, claim, on_report=on_report, synced=not is_known, sleep=signals.sleep, ticket_stamp=stamp
        )
        interval_s = ticket.ping_interval_s
        supervisor = Supervisor(
            tasks, recorder, signals, ping_interval_s=interval_s, is_known=is_known, grace_s=grace_s
        )
        try:
            outcome = supervisor.run()
            signals.heeded = bool(outcome.signal)
            return outcome
        finally:
            processes.give_back(tasks, lasts=supervisor.lasts)


def _stamp(launch_dir: str) -> tuple[int, int] | None:
    """That of the ticket; None where it is a compressed one, as FireWorks makes them, or none."""
    try:
        return ticket_stamp(launch_dir)
    except OSError:
        return None


def _check_firework(launch_dir: str, ticket: Ticket, fw_id: int | None) -> None:
    """A script that was submitted for one Firework must not run another that took its directory."""
    if fw_id is None:
        return
    present = ticket.fw_id or _fw_id_of(launch_dir)
    if present not in {None, fw_id}:
        raise ForeignFileError(
            f"{launch_dir} now belongs to Firework {present} (launch {ticket.launch_id}), not to {fw_id}; "
            f"this start does nothing. Look at Firework {fw_id} with: lpad get_fws -i {fw_id}"
        )


def _fw_id_of(launch_dir: str) -> int | None:
    """The Firework's id, where FireWorks' own ticket does not tell it."""
    return (read_json(os.path.join(launch_dir, FIREWORK)) or {}).get("fw_id")


def _claim(ticket: Ticket, tasks: TaskProcess) -> Claim:
    """Who we are, as the next process to start this launch must know it."""
    restart = restart_count(os.environ)
    return Claim(
        launch_id=ticket.launch_id,
        token=ticket.token,
        attempt=0,
        host=process.host_name(),
        machine=process.machine_id(),
        pid=os.getpid(),
        born=process.own_birth(),
        task_pid=tasks.pid,
        task_born=tasks.born,
        job_id=job_id(os.environ),
        restart=UNKNOWN_RESTART if restart is None else restart,
        started_on=wire.iso(wire.now()),
        ping_interval_s=ticket.ping_interval_s,
    )
