"""The process that runs the Firetasks: a fork of the rocket, so that nothing a task does can take the rocket with it.

It reports through a pipe. If the rocket is gone (``kill -9``, the out-of-memory killer) it takes over and writes the
launch files itself, so that the result of hours is not lost with the watcher.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys

from longfuse.domain import wire
from longfuse.domain.states import State
from longfuse.errors import StoreError, TaskError
from longfuse.launchdir.claim import Claim
from longfuse.launchdir.files import read_json
from longfuse.launchdir.names import FIREWORK, TICKET
from longfuse.launchdir.ticket import Ticket
from longfuse.rocket.channel import Sender, receive_one
from longfuse.rocket.log import flush, tell, write_line
from longfuse.rocket.outcome import EXIT_CRASHED, EXIT_SUPERSEDED
from longfuse.rocket.performance import Ending, Performance, failed_action, task_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from longfuse.domain.firework import Firework
    from longfuse.domain.fworker import FWorker
    from longfuse.rocket.recorder import Recorder
    from longfuse.rocket.signals import Signals

CHECKPOINT = "checkpoint"
LAUNCHPAD_WRITE = "launchpad_write"
FINAL = "final"
LASTS = "lasts"
"""The kinds of message, in the field ``kind``."""

FIRST_CHECKPOINT: dict[str, Any] = {"_task_n": 0, "_all_stored_data": {}, "_all_update_spec": {}, "_all_mod_spec": []}
"""What an ordinary run has before its first task."""

UNSERIALISABLE = "_unserialisable"
"""The key of the stored data that lists values which JSON could not hold; their repr stands in their place."""


class TaskOptions:
    """What the launcher wants of the task process.

    Attributes:
        open_launchpad: Opens what tasks see as ``launchpad``, here in the task process; None offline.
        pdb: Open Python's debugger where a task raises.
        log: Told what begins and ends, in FireWorks' words; None for silence.
    """

    __slots__ = ("log", "open_launchpad", "pdb")

    def __init__(
        self,
        *,
        open_launchpad: Callable[[], Any] | None = None,
        pdb: bool = False,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.open_launchpad = open_launchpad
        self.pdb = pdb
        self.log = log


def child_main(
    signals: Signals, options: TaskOptions, *, report: int, answer: int, own_group: bool, lasting: bool
) -> NoReturn:
    """Everything that the forked process does. It never returns, nor touches what else it inherited.

    Args:
        signals: Those of the process it was forked from.
        options: What the launcher wants.
        report: The pipe to the rocket.
        answer: The pipe from the rocket, which says what to run.
        own_group: Whether it leads a process group of its own.
        lasting: Whether it runs one rocket after another, as long as tasks leave it as they found it.
    """
    status = EXIT_CRASHED
    try:
        atexit._clear()  # what others registered is for the other process
        if own_group:
            os.setpgid(0, 0)
        signals.leave_to_tasks()
        restored = _restoring(signals) if lasting else _not_at_all
        signals.expect_nothing()
        while (document := receive_one(answer)) is not None:
            signals.expect_tasks()
            if not _run_one(document, options, report, answer, restored):
                break
        _leave_as_python_does()
        status = 0
    except BaseException as error:  # noqa: BLE001 - the top level of this process
        tell(f"the task process broke: {type(error).__name__}: {error}", "ERROR")
    finally:
        os._exit(status)


def _run_one(
    document: dict[str, Any], options: TaskOptions, report: int, answer: int, restored: Callable[[str], bool]
) -> bool:
    """Run one rocket; whether this process may run another one."""
    launch_dir = document["launch_dir"]
    ticket, claim = Ticket.from_dict(document["ticket"], TICKET), Claim.from_dict(document["claim"], "the claim")
    way = Report(launch_dir, claim, report, answer, lasts=lambda: restored(launch_dir))
    _run(launch_dir, ticket, options, way)
    return way.lasts and way.is_heard


def _not_at_all(_launch_dir: str) -> bool:
    return False


def _restoring(signals: Signals) -> Callable[[str], bool]:
    """What puts this process back when the tasks of a directory have run; it tells whether all is as it was before."""
    from longfuse.rocket.surroundings import Surroundings  # late: one that runs a single rocket has no need

    home, before = os.getcwd(), Surroundings()

    def restored(launch_dir: str) -> bool:
        try:
            flush()
            os.chdir(home)
            lasts = before.restored(launch_dir)
        except OSError:  # no descriptor is left, or no home
            return False
        if lasts:
            signals.expect_nothing()
        return lasts

    return restored


class Report:
    """The way from the Firetasks to the launch files: through the rocket, or straight if that is gone.

    Args:
        launch_dir: Absolute path.
        claim: The attempt.
        descriptor: The pipe to the rocket.
        answer: The pipe from the rocket; it ends when the rocket does.
        lasts: Asked when the tasks have run: whether this process may run another rocket.

    Attributes:
        lasts: What it answered; False before.
    """

    def __init__(
        self, launch_dir: str, claim: Claim, descriptor: int, answer: int, *, lasts: Callable[[], bool]
    ) -> None:
        self._launch_dir = launch_dir
        self._claim = claim
        self._sender = Sender(descriptor)
        self._answer = answer
        self._recorder: Recorder | None = None
        self._process = os.getpid()
        self._launchpad_writes: list[dict[str, Any]] = []
        self._turn = _thread.RLock()
        self._ask_whether_it_lasts = lasts
        self.lasts = False

    @property
    def is_heard(self) -> bool:
        """Whether the rocket still listens."""
        return self._recorder is None

    def checkpoint(self, document: dict[str, Any], task: dict[str, Any], trackers: list[dict[str, Any]]) -> None:
        """Tell that a task is about to run."""
        message = {"kind": CHECKPOINT, "checkpoint": document, "task": task, "trackers": trackers}
        if not self._send(message):
            recorder = self._take_over()
            recorder.trackers = recorder.trackers or trackers
            recorder.ping(document)

    def launchpad_write(self, write: dict[str, Any]) -> None:
        """Tell what a task, maybe in a thread of its own, asks of the LaunchPad."""
        with self._turn:
            self._launchpad_writes.append(write)
            if self._recorder is not None:
                self._recorder.launchpad_writes = self._launchpad_writes
            else:
                self._send({"kind": LAUNCHPAD_WRITE, "write": write})

    def final(self, state: State, reason: str, fwaction: dict[str, Any], checkpoint: dict[str, Any]) -> None:
        """Tell how it ended, and wait until that is on the disk.

        Meanwhile it is seen to it that another rocket can be run here.
        """
        told = {"state": state, "reason": reason, "fwaction": fwaction, "checkpoint": checkpoint}
        is_told = self._send({"kind": FINAL, **told})
        self.lasts = is_told and self._ask_whether_it_lasts() and self._send({"kind": LASTS})
        if not (is_told and self._is_written()):
            self._take_over().finish(state, reason, fwaction, checkpoint=checkpoint)

    def _send(self, message: dict[str, Any]) -> bool:
        """Send it to the rocket; False if that does not listen any more."""
        if os.getpid() != self._process:
            os._exit(EXIT_CRASHED)  # a task forked, and its child ran out of the task: there is one voice only
        if self._recorder is not None:
            return False
        with self._turn:
            try:
                self._sender.send(message)
            except OSError:
                return False
        return True

    def _is_written(self) -> bool:
        """Wait for the rocket's word that it wrote the result; False if it died before."""
        try:
            return receive_one(self._answer) is not None
        except OSError:
            return False

    def _take_over(self) -> Recorder:
        """Write the launch files from here; if a later attempt does already, this process ends."""
        if self._recorder is None:
            from longfuse.rocket.recorder import Recorder  # late: only after the rocket is gone

            tell("the rocket process is gone; its task process goes on and reports by itself", "WARNING")
            self._recorder = Recorder(self._launch_dir, self._claim)
            self._recorder.launchpad_writes = self._launchpad_writes
        if self._recorder.superseded():
            tell(f"attempt {self._claim.attempt + 1} has taken over; this one ends", "WARNING")
            os._exit(EXIT_SUPERSEDED)
        return self._recorder


class _Audience:
    """Hears from the performance what runs, and passes it on."""

    def __init__(self, report: Report, firework: Firework, log: Callable[[str], None] | None) -> None:
        self.checkpoint: dict[str, Any] = {}
        self._report = report
        self._trackers = wire.to_json_able(firework.spec.get("_trackers") or [], [])
        self._log = log or _silence

    def about_to_run(self, task_n: int, task: Any, checkpoint: dict[str, Any]) -> None:
        """Tell the rocket, which writes the checkpoint to the disk."""
        self.checkpoint = wire.to_json_able(checkpoint, [])
        self._report.checkpoint(self.checkpoint, task_document(task), self._trackers)
        self._log(f"Task started: {task.fw_name}.")

    def has_run(self, task: Any) -> None:
        """Tell the log."""
        self._log(f"Task completed: {task.fw_name}")


def _run(launch_dir: str, ticket: Ticket, options: TaskOptions, report: Report) -> None:
    """Load the Firework, run it, report how it ended."""
    checkpoint: dict[str, Any] = {}
    os.chdir(launch_dir)
    try:
        firework, fworker = _load(launch_dir, ticket)
    except Exception as error:  # noqa: BLE001 - a user's class may raise anything while it is made
        ending = Ending(State.FIZZLED, failed_action(None, error), f"the Firework cannot be loaded: {error}")
        write_line(f"{type(error).__name__}: {error}")
    else:
        audience = _Audience(report, firework, options.log)
        on_exception = _debug if options.pdb else None
        performance = Performance(
            firework,
            launch_dir,
            fworker,
            open_launchpad=lambda: _launchpad(options, firework, ticket, report, launch_dir),
            audience=audience,
            on_exception=on_exception,
        )
        ending = performance.run()
        if ending.state is State.FIZZLED:
            write_line(ending.action.stored_data["_exception"]["_stacktrace"])
        checkpoint = audience.checkpoint
    _tell_ending(report, ending, checkpoint)


def _load(launch_dir: str, ticket: Ticket) -> tuple[Firework, FWorker]:
    """The Firework of this directory, and the FWorker that reserved it."""
    from longfuse.domain.firework import Firework
    from longfuse.domain.fworker import FWorker

    document = read_json(os.path.join(launch_dir, FIREWORK))
    if document is None:
        raise TaskError(f"there is no {FIREWORK} in {launch_dir}")
    if ticket.user_packages:
        from longfuse.domain import registry

        registry.set_user_packages(ticket.user_packages)
    worker = ticket.fworker or _reserving_worker(document)
    return Firework.from_dict(document), FWorker.from_dict(worker) if worker else FWorker()


def _launchpad(options: TaskOptions, firework: Firework, ticket: Ticket, report: Report, launch_dir: str) -> Any:
    """What tasks see as ``launchpad``: the real one where it is in reach, else what notes their wishes."""
    if options.open_launchpad is not None:
        try:
            return options.open_launchpad()
        except StoreError as error:
            tell(f"{error} What tasks ask of it is noted, and done when the result comes home.", "WARNING")
    from longfuse.rocket.offlinepad import OfflineLaunchPad  # late: few Fireworks ask for it

    return OfflineLaunchPad(firework, ticket, report.launchpad_write, launch_dir)


def _reserving_worker(firework: dict[str, Any]) -> dict[str, Any]:
    """The FWorker in the Firework's last launch, which is where FireWorks' own directories have it."""
    launches = firework.get("launches") or [{}]
    return dict(launches[-1].get("fworker") or {})


def _tell_ending(report: Report, ending: Ending, checkpoint: dict[str, Any]) -> None:
    """Report it in what JSON can hold. A value that it cannot does not cost the result: it is named, the rest kept."""
    problems: list[str] = []
    try:
        fwaction = wire.to_json_able(ending.action.to_dict(), problems)
    except Exception as error:  # noqa: BLE001 - a user's class may raise anything while it is written
        reason = f"the result cannot be written: {error}"
        write_line(f"{type(error).__name__}: {reason}")
        ending = Ending(State.FIZZLED, failed_action(None, error), reason)
        fwaction = ending.action.to_dict()
    if problems:
        fwaction["stored_data"][UNSERIALISABLE] = problems
    reason = "; ".join(filter(None, [ending.reason, *problems]))
    report.final(ending.state, reason, fwaction, checkpoint if ending.state is State.FIZZLED else {})


def _debug() -> None:
    """Open the debugger where the exception was raised."""
    import pdb  # late: `rlaunch --pdb` asked for it
    import traceback

    traceback.print_exc()
    pdb.post_mortem()


def _leave_as_python_does() -> None:
    """Wait for threads, run what tasks registered for the exit, flush; then `os._exit` loses nothing."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit._run_exitfuncs()
    flush()


def _silence(_message: str) -> None:
    """Where nobody wants a log."""
