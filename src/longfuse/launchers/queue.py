"""Launching through a batch system (``qlaunch``): one job, or job after job."""

from __future__ import annotations

import getpass
import logging
import os
import time
from dataclasses import dataclass, field
from shutil import rmtree
from typing import TYPE_CHECKING

from longfuse.errors import (
    ConfigError,
    LaunchDirError,
    QueueError,
    SchedulerError,
    StoreError,
    SubmitError,
    SubmitUnclearError,
)
from longfuse.launchers.batch import AT_ONCE, Batch, Place
from longfuse.launchers.directories import block_dir, check_block_name, create_launcher_dir, launchers_in
from longfuse.launchers.submission import Refused, Submitted
from longfuse.queue.adapter import ask_array_limit, ask_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.errors import LongfuseError
    from longfuse.launchers.submission import Launcher
    from longfuse.launchers.watch import Watch

SLEEP_S = 60.0
"""How long rapidfire waits for new work (FireWorks' RAPIDFIRE_SLEEP_SECS)."""

RETRY_S = (2.0, 5.0, 15.0, 30.0, 60.0)
"""Pauses before a batch system that cannot take jobs now is asked again."""

COUNT_EVERY = 50
"""After how many submissions the jobs in the queue are counted again (FireWorks' QSTAT_FREQUENCY)."""

REFUSALS_ALIKE = 3
"""So many refusals one after the other, in the same words and of Fireworks without wishes, are no Firework's fault."""

ENDLESS = -1
"""As a number of launches: go on for ever, whatever goes wrong meanwhile."""

log = logging.getLogger("longfuse.queue")


@dataclass(slots=True)
class Report:
    """What a round of launching did.

    Attributes:
        submitted: Jobs in the queue.
        refused: Fireworks whose jobs cannot be submitted.
        stopped: Why it ended early, or empty.
    """

    submitted: list[Submitted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    stopped: str = ""

    @property
    def ok(self) -> bool:
        """Whether all went well."""
        return not self.refused and not self.stopped

    @property
    def handled(self) -> int:
        """How many Fireworks or jobs were dealt with."""
        return len(self.submitted) + len(self.refused)

    def add(self, done: Submitted | Refused) -> None:
        """Note one job."""
        if isinstance(done, Submitted):
            self.submitted.append(done)
        else:
            self.refused.append(done)


def singleshot(launcher: Launcher, launch_dir: str, fw_id: int | None = None) -> Report:
    """Submit one job.

    Raises:
        ConfigError: Settings that cannot work.
        LongfuseError: The LaunchPad or the launch directory cannot be used.
    """
    launcher.check(fw_id)
    report = Report()
    try:
        done = launcher.located().submit_next(launch_dir, fw_id)
    except QueueError as error:
        report.stopped = str(error)
        return report
    if done is None:
        log.info("No jobs exist in the LaunchPad for submission to queue!")
    else:
        report.add(done)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far rapidfire goes.

    Attributes:
        nlaunches: Stop after so many submissions; 0 until nothing is READY, `ENDLESS` never.
        njobs_queue: Submit only while fewer jobs than this are in the queue; 0 does not ask.
        njobs_block: How many launcher directories a block holds.
        sleep_s: Seconds between looks for new work.
        timeout_s: Submit nothing after so many seconds; None without end.
        block: The block directory to use, or None.
        always_new_block: Never use a block that exists.
        retry_s: Pauses before a batch system that cannot take jobs now, or does not answer, is asked again.
        pause_s: Seconds between two submissions.
        count_every: After so many submissions the jobs in the queue are counted again.
        array: So many launches of one shape are one job array at most; 0 or 1 never.
    """

    nlaunches: int = 0
    njobs_queue: int = 0
    njobs_block: int = 500
    sleep_s: float = SLEEP_S
    timeout_s: float | None = None
    block: str | None = None
    always_new_block: bool = False
    retry_s: tuple[float, ...] = RETRY_S
    pause_s: float = 0.0
    count_every: int = COUNT_EVERY
    array: int = 0


def retry_pauses(attempts: int) -> tuple[float, ...]:
    """Growing pauses for so many attempts."""
    return tuple(RETRY_S[min(n, len(RETRY_S) - 1)] for n in range(attempts))


def rapidfire(
    launcher: Launcher,
    launch_dir: str,
    limits: Limits,
    watch: Watch | None = None,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Submit job after job, each in a launcher directory of its own.

    A job that is refused is set aside and the next one is submitted. Only if the same words refuse one after the other
    it ends: for an account that has run out, all that is READY would be FIZZLED. A batch system that cannot take jobs
    now is asked again a few times, with growing pauses. Without ``nlaunches`` it ends when nothing is READY: what waits
    for running jobs becomes READY when their results are recovered. ENDLESS ends by its ``timeout_s`` only: a
    LaunchPad, a disk or a batch system that is away is told and waited for.

    Args:
        launcher: Submits a job.
        launch_dir: Where blocks of launcher directories are made.
        limits: How far to go.
        watch: Recovers what ran, between submissions and instead of sleeping, so that what it makes READY goes on.
        check: Is called between submissions, and may raise KeyboardInterrupt.
        progress: Is called with how many Fireworks were reserved and dealt with, and with these and what is left.

    Raises:
        ConfigError: Settings that cannot work.
        StoreError: The LaunchPad cannot be reached; what was submitted is on record.
    """
    launcher.check()
    if limits.block is not None:
        check_block_name(limits.block)
    if launcher.fill_mode and not limits.nlaunches and not limits.njobs_queue:
        raise ConfigError("Fill mode (-fm) never ends by itself: give it --nlaunches or --maxjobs_queue")
    return _Rapidfire(launcher.located(), launch_dir, limits, watch, check, progress).run()


class _Rapidfire:
    """One rapidfire under way."""

    def __init__(
        self,
        launcher: Launcher,
        launch_dir: str,
        limits: Limits,
        watch: Watch | None,
        check: Callable[[], None],
        progress: Callable[[int, int], None],
    ) -> None:
        self._progress = progress
        self._launcher = launcher
        self._base = launch_dir
        self._limits = limits
        self._watch = watch
        self._check = check
        self._deadline = None if not limits.timeout_s else time.monotonic() + limits.timeout_s
        self._block = ""
        self._room: int | None = None
        self._owed: int | None = None
        self._failures = 0
        self._trouble = ""
        self._alike: list[str] = []
        self._idle = False
        self._halted = False
        self._report = Report()
        self._array: int | None = None
        self._counted_at = 0
        self._expected = 0

    def run(self) -> Report:
        log.info("getting queue adapter")
        going_on = True
        while going_on and not self._enough():
            self._check()
            try:
                going_on = self._step()
            except (StoreError, LaunchDirError) as error:
                if not self._endless:
                    raise
                self._wait_out(error)
        return self._report

    @property
    def _endless(self) -> bool:
        return self._limits.nlaunches == ENDLESS

    def _step(self) -> bool:
        """One look, and one job if there is work and room; returns whether there may be more to do."""
        if self._watch is not None and self._watch.is_due:
            self._watch.look()
        if self._has_work():
            self._idle = False
            if self._queue_has_room():
                self._launch()
            return True
        if self._limits.nlaunches == 0:
            return False
        self._rest()
        return True

    def _rest(self) -> None:
        """Nothing is READY. With a watch, what it brings home may change that at any time, and it keeps the pace."""
        pause_s = self._watch.pace.rest_s if self._watch is not None else self._limits.sleep_s
        if self._watch is None or not self._idle:
            log.info("Finished a round of launches, sleeping for %s secs", f"{pause_s:g}")
        self._idle = True
        self._failures = 0
        self._sleep(pause_s)
        self._owed = None
        if self._watch is None:
            log.info("Checking for Rockets to run...")

    def _has_work(self) -> bool:
        """Whether something is left to submit. Unreserved jobs choose when they start: one for each READY Firework."""
        if self._halted:
            return False
        if self._launcher.reserve or self._launcher.fill_mode:
            return self._launcher.has_work()
        if self._owed is None:
            self._owed = self._launcher.ready_count()
        return self._owed > 0

    def _enough(self) -> bool:
        if self._report.stopped:
            return True
        if 0 < self._limits.nlaunches <= len(self._report.submitted):
            log.info("Launched allowed number of jobs: %s", len(self._report.submitted))
            return True
        if self._deadline is not None and time.monotonic() >= self._deadline:
            log.info("Timeout reached.")
            if self._failures:
                self._report.stopped = f"{self._trouble}; the time given has passed, run qlaunch again later"
            return True
        return False

    def _launch(self) -> None:
        """Submit one job, or in reservation mode a batch of them."""
        log.info("Launching a rocket!")
        try:
            if self._launcher.reserve:
                self._batch()
            else:
                self._one()
        except (SubmitError, SubmitUnclearError) as error:
            self._stop_or_wait(error)
        except SchedulerError as error:
            if self._array is not None:
                self._array //= 2  # a limit may leave room for a smaller one
            self._wait_for_scheduler(error)

    def _batch(self) -> None:
        before, ready = self._report.handled, self._launcher.ready_count()
        self._expected = before + ready
        batch = Batch(
            launcher=self._launcher,
            places=self._places(self._wanted(ready)),
            told=self._count,
            go_on=self._goes_on,
            arrays=self._array_size() > 1,
        )
        batch.run()
        self._failures = 0
        if not batch.arrays:
            self._array = 0
        if self._report.handled > before + 1:
            log.info("%s jobs are submitted, %s to go", len(self._report.submitted), ready - len(batch.places))
        if self._limits.pause_s and self._report.handled > before:
            self._sleep(self._limits.pause_s)

    def _goes_on(self) -> bool:
        """Whether another job of a batch may be submitted."""
        self._check()
        return not (self._enough() or self._halted)

    def _wanted(self, ready: int) -> int:
        """How many jobs may be submitted before the next look at anything else, if so many are READY."""
        limits, done = self._limits, len(self._report.submitted)
        arrays = self._array_size() > 1
        most = [self._array_size() if arrays else AT_ONCE, ready]
        if limits.pause_s:
            most.append(1)
        if limits.nlaunches > 0:
            most.append(limits.nlaunches - done)
        if limits.njobs_queue:
            most.append(self._room or 0)
            if not arrays:
                most.append(limits.count_every - (done - self._counted_at))
        return max(1, min(most))

    def _array_size(self) -> int:
        """How many launches an array may have, as the user and the batch system allow."""
        if self._array is None:
            wished = self._limits.array
            limit = ask_array_limit(self._launcher.adapter, self._launcher.shell) if wished > 1 else 0
            self._array = min(wished, limit)
        return self._array

    def _places(self, wanted: int) -> list[Place]:
        """New launcher directories."""
        places: list[Place] = []
        while len(places) < wanted:
            block = self._current_block()
            room = self._limits.njobs_block - launchers_in(block)
            count = max(1, min(room, wanted - len(places)))
            places += [Place(create_launcher_dir(block, self._launcher.layout.stamp), block) for _ in range(count)]
        if len(places) == 1:
            log.info("Created new dir %s", places[0].folder)
        return places

    def _one(self) -> None:
        """A job that chooses its Firework when it starts."""
        folder = create_launcher_dir(self._current_block(), self._launcher.layout.stamp)
        log.info("Created new dir %s", folder)
        try:
            done = self._launcher.submit_next(folder, base=self._block)
        except (SubmitError, SubmitUnclearError):
            raise
        except (SchedulerError, ConfigError):
            _remove_unused(folder)
            raise
        except (StoreError, LaunchDirError):
            self._launcher.layout.remove_if_empty(folder)  # else its job may be in the queue
            raise
        self._failures = 0
        if done is None:  # somebody else was faster
            self._launcher.layout.remove_if_empty(folder)
            self._owed = None
            return
        self._count(done)
        if isinstance(done, Submitted) and self._limits.pause_s:
            self._sleep(self._limits.pause_s)

    def _count(self, done: Submitted | Refused) -> None:
        self._report.add(done)
        self._progress(self._report.handled, max(self._expected, self._report.handled))
        self._look_at_refusals(done)
        if self._owed is not None:
            self._owed -= 1
        if self._room is not None and isinstance(done, Submitted):
            self._room -= 1

    def _look_at_refusals(self, done: Submitted | Refused) -> None:
        if isinstance(done, Submitted):
            self._failures, self._alike = 0, []
        elif not done.wished:
            self._alike = [words for words in self._alike if words == done.words] + [done.words]
        if len(self._alike) >= REFUSALS_ALIKE:
            self._halt(
                f"{REFUSALS_ALIKE} jobs in a row were refused in the same words: this is hardly the Fireworks' fault, "
                "so the others stay READY; mend it and run qlaunch again"
            )

    def _halt(self, why: str) -> None:
        """Submit nothing more; what was submitted is still recovered, if we do that."""
        if self._endless and self._watch is not None:
            log.error("%s. Only recovering from now on", why)
            self._halted = True
        else:
            self._report.stopped = why

    def _stop_or_wait(self, error: QueueError) -> None:
        if self._endless and isinstance(error, SubmitUnclearError):
            self._wait_out(error)  # the next recovery adopts the job, or gives the Firework back
        else:
            self._report.stopped = str(error)

    def _wait_out(self, error: LongfuseError) -> None:
        """Endless launching: tell what is wrong, and try again later."""
        pause_s = self._pause()
        log.warning("%s; trying again in %s secs", str(error).rstrip("."), f"{pause_s:g}")
        self._sleep(pause_s)

    def _pause(self) -> float:
        """The next of the growing pauses."""
        pauses = self._limits.retry_s or RETRY_S
        pause_s = pauses[min(self._failures, len(pauses) - 1)]
        self._failures += 1
        return pause_s

    def _wait_for_scheduler(self, error: QueueError) -> None:
        if self._failures >= len(self._limits.retry_s) and not self._endless:
            self._report.stopped = f"{error}; gave up after {self._failures + 1} attempts, run qlaunch again later"
            return
        self._trouble = str(error)
        self._wait_out(error)

    def _queue_has_room(self) -> bool:
        """Whether fewer jobs are in the queue than the user allows; asked now and then, waited for if not."""
        allowed = self._limits.njobs_queue
        if not allowed:
            return True
        submitted = len(self._report.submitted)
        if self._room is None or self._room <= 0 or submitted - self._counted_at >= self._limits.count_every:
            try:
                found = ask_count(self._launcher.adapter, _user(), self._launcher.shell)
            except SchedulerError as error:
                self._wait_for_scheduler(error)
                return False
            log.info("The number of jobs currently in the queue is: %s", found)
            self._counted_at = submitted
            self._room = allowed - found
        if self._room > 0:
            return True
        self._failures = 0
        log.info("%s jobs in queue. Maximum allowed by user: %s", allowed - self._room, allowed)
        self._sleep(self._limits.sleep_s)
        return False

    def _current_block(self) -> str:
        limits = self._limits
        if not self._block:
            self._block = block_dir(
                self._base, limits.block, always_new=limits.always_new_block, stamp=self._launcher.layout.stamp
            )
        if launchers_in(self._block) >= limits.njobs_block:
            self._block = block_dir(self._base, None, always_new=True, stamp=self._launcher.layout.stamp)
            log.info("Created new dir %s", self._block)
        return self._block

    def _sleep(self, pause_s: float) -> None:
        if self._deadline is not None:
            pause_s = min(pause_s, max(0.0, self._deadline - time.monotonic()))
        time.sleep(pause_s)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user here; the number is as good
        return str(os.getuid())


def _remove_unused(folder: str) -> None:
    """A launcher directory in which nothing was submitted; only our own files are in it."""
    rmtree(folder, ignore_errors=True)
