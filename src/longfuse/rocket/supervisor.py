"""Watches over the task process: writes what it reports, keeps the heartbeat, and answers for it when it is ended."""

from __future__ import annotations

import select
import signal
import time

from longfuse.domain.states import State
from longfuse.rocket.child import CHECKPOINT, FIRST_CHECKPOINT, LASTS, LAUNCHPAD_WRITE
from longfuse.rocket.log import tell
from longfuse.rocket.outcome import EXIT_CRASHED, EXIT_SUPERSEDED, SIGNAL_BASE, Outcome
from longfuse.rocket.performance import unfinished_action
from longfuse.rocket.recorder import NotRecordedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from longfuse.launchdir.final import FinalRecord
    from longfuse.rocket.recorder import Recorder
    from longfuse.rocket.signals import Signals
    from longfuse.rocket.taskprocess import TaskProcess

GRACE_S = 8.0
"""Between SIGTERM and SIGKILL for the tasks. Schedulers kill the whole job 10 to 30 s after their own SIGTERM."""

_LAST_WORD_S = 1.0
"""How long to wait for the rest of a message that has begun to arrive when the job is told to end."""

_WRITES_WITHIN_S = 1.0
"""How soon a heartbeat carries what tasks ask of the LaunchPad: should everything be killed, that much is not lost."""

_PING_SHARE = 10
"""Large heartbeats come later: writing them takes at most one part in so many of the time."""

_LOOK_S = 0.02
"""How often to look whether killed tasks are gone."""


class Supervisor:
    """From the first heartbeat to the final record.

    Args:
        process: The task process, started.
        recorder: Writes the launch files.
        signals: Entered.
        ping_interval_s: How often to write a heartbeat.
        is_known: Whether those who wait for a sign of life know that it runs: then the first heartbeat comes after the
            interval.
        grace_s: How long tasks have to end after SIGTERM.

    Attributes:
        lasts: Whether the task process waits for another rocket.
    """

    def __init__(
        self,
        process: TaskProcess,
        recorder: Recorder,
        signals: Signals,
        *,
        ping_interval_s: float,
        is_known: bool = False,
        grace_s: float = GRACE_S,
    ) -> None:
        self._process = process
        self._recorder = recorder
        self._signals = signals
        self._ping_interval_s = ping_interval_s
        self._grace_s = grace_s
        self._checkpoint = FIRST_CHECKPOINT
        self._task: dict[str, Any] | None = None
        self._final: FinalRecord | None = None
        self.lasts = False
        self._poll = select.poll()
        self._poll.register(signals.descriptor, select.POLLIN)
        self._poll.register(process.receiver.descriptor, select.POLLIN)
        self._is_known = is_known
        self._next_ping = time.monotonic() + ping_interval_s
        self._ping_took_s = 0.0

    def run(self) -> Outcome:
        """Watch until the task process has ended, or must."""
        try:
            return self._watch()
        except NotRecordedError as error:
            self._end_tasks()
            return self._outcome(EXIT_CRASHED, str(error))

    def _watch(self) -> Outcome:
        if not self._is_known:
            self._ping()
        while True:
            ended = self._process.has_ended()  # looked at first: then all it said can be heard below
            self._listen()
            if self._final is None and self._recorder.superseded():
                return self._give_way()
            if self._signals.received:
                return self._end_by_signal()
            if self.lasts:
                return self._outcome()
            if ended:
                return self._outcome() if self._final else self._answer_for_crash()
            if self._seconds_to_ping() <= 0:
                self._ping()
            self._signals.wait(self._poll, self._seconds_to_ping())

    def _seconds_to_ping(self) -> float:
        """Until the next heartbeat; after the final record nobody needs one."""
        return self._ping_interval_s if self._final else self._next_ping - time.monotonic()

    def _ping(self) -> None:
        began = time.monotonic()
        self._recorder.ping(self._checkpoint)
        ended = time.monotonic()
        self._ping_took_s = ended - began
        self._next_ping = ended + self._ping_interval_s

    def _listen(self) -> None:
        """Write down what the task process has said, unless a later attempt does that now."""
        receiver = self._process.receiver
        if receiver.at_end:
            return
        messages = receiver.receive()
        if messages and not self._recorder.superseded():
            for message in messages:
                self._take(message)
        if receiver.at_end:
            self._poll.unregister(receiver.descriptor)

    def _take(self, message: dict[str, Any]) -> None:
        if message["kind"] == CHECKPOINT:
            self._take_checkpoint(message)
        elif message["kind"] == LASTS:
            self.lasts = True
        elif message["kind"] == LAUNCHPAD_WRITE:
            self._recorder.launchpad_writes.append(message["write"])
            pause_s = max(_WRITES_WITHIN_S, _PING_SHARE * self._ping_took_s)
            self._next_ping = min(self._next_ping, time.monotonic() + pause_s)
        else:
            state = State(message["state"])
            self._final = self._recorder.finish(
                state, message["reason"], message["fwaction"], checkpoint=message["checkpoint"]
            )
            self._process.acknowledge()

    def _take_checkpoint(self, message: dict[str, Any]) -> None:
        is_new = message["checkpoint"] != self._checkpoint or message["trackers"]
        self._task, self._checkpoint = message["task"], message["checkpoint"]
        self._recorder.trackers = self._recorder.trackers or message["trackers"]
        if is_new:
            self._ping()

    def _give_way(self) -> Outcome:
        """Another attempt has taken over: end the tasks and leave the files to it."""
        reason = f"attempt {self._recorder.claim.attempt + 1} has taken this launch over; this attempt ends"
        tell(reason, "WARNING")
        self._end_tasks()
        return self._outcome(EXIT_SUPERSEDED, reason)

    def _end_by_signal(self) -> Outcome:
        """The job must end: say so in the final record first, there may be little time, then end the tasks."""
        number = self._signals.received[0]
        if self._process.receiver.in_the_middle:
            self._signals.wait(self._poll, _LAST_WORD_S)
            self._listen()
        if self._final is None:
            reason = f"the batch system or a person sent {number.name}; {self._what_ran()}"
            self._fizzle(reason, number.name)
            tell(reason, "ERROR")
        self._end_tasks()
        return self._outcome(SIGNAL_BASE + number)

    def _answer_for_crash(self) -> Outcome:
        """The task process is gone without a word, unless it wrote the final record by itself."""
        self._final = self._recorder.standing()
        if self._final is not None:
            return self._outcome()
        status = self._process.exit_status or 0
        if status < 0:
            name = signal.Signals(-status).name
            hint = " (the out-of-memory killer does that)" if name == "SIGKILL" else ""
            reason = f"{name}{hint} ended the task process; {self._what_ran()}"
        else:
            name = ""
            reason = f"the task process ended itself with exit code {status}, without a result; {self._what_ran()}"
        tell(reason, "ERROR")
        self._fizzle(reason, name)
        return self._outcome(EXIT_CRASHED)

    def _fizzle(self, reason: str, signal_name: str) -> None:
        action = unfinished_action(self._task, reason).to_dict()
        self._final = self._recorder.finish(
            State.FIZZLED, reason, action, signal=signal_name, checkpoint=self._checkpoint
        )

    def _what_ran(self) -> str:
        if self._task is None:
            return "no task had begun"
        return f"task {self._checkpoint['_task_n'] + 1} ({self._task.get('_fw_name', 'without a name')}) was running"

    def _end_tasks(self) -> None:
        """End the tasks and all they started, gently first."""
        deadline = time.monotonic() + self._grace_s
        left = self._process.signal(signal.SIGTERM)
        while left and time.monotonic() < deadline:
            time.sleep(_LOOK_S)
            self._process.has_ended()
            left = self._process.signal(0)
        if left:
            self._process.signal(signal.SIGKILL)
        deadline = time.monotonic() + self._grace_s
        while not self._process.has_ended() and time.monotonic() < deadline:
            time.sleep(_LOOK_S)

    def _outcome(self, exit_code: int = 0, reason: str = "") -> Outcome:
        final = self._final
        return Outcome(
            state=State(final.state) if final else None,
            reason=reason or (final.reason if final else ""),
            exit_code=exit_code,
            signal=self._signals.received[0].name if self._signals.received else "",
        )
