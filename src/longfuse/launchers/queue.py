"""Launching rockets through a batch system (``qlaunch``).

In reservation mode (``-r``) a Firework is reserved, written into its launch directory, and its job submitted with the
launch's token as a comment. Whatever happens in between, the Firework is either RESERVED with a job, or it can be taken
again, or it is FIZZLED with the batch system's own words.
"""

from __future__ import annotations

import getpass
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.errors import (
    ConfigError,
    LaunchDirError,
    QueueError,
    SchedulerError,
    SubmitError,
    SubmitUnclearError,
)
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.directories import block_dir, create_launcher_dir, launchers_in
from longfuse.queue.adapter import Shell, Submission, SubmitKind, ask_count, ask_token
from longfuse.queue.template import plain_name

if TYPE_CHECKING:
    from longfuse.domain.fworker import FWorker
    from longfuse.launchpad.launches import Reservation
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import QueueAdapter

SCRIPT_NAME = "FW_submit.script"
JOB_NAME_LENGTH = 20
SLEEP_S = 60.0
"""How long rapidfire waits for new work (FireWorks' RAPIDFIRE_SLEEP_SECS)."""

RETRY_S = (2.0, 5.0, 15.0, 30.0, 60.0)
"""Pauses before a batch system that cannot take jobs now is asked again."""

COUNT_EVERY = 50
"""After how many submissions the jobs in the queue are counted again (FireWorks' QSTAT_FREQUENCY)."""

log = logging.getLogger("longfuse.queue")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job in the queue. ``fw_id`` is None outside reservation mode."""

    job_id: str
    launch_dir: str
    fw_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A launch that the batch system refused for good, in its own words."""

    fw_id: int | None
    launch_dir: str
    words: str


@dataclass(slots=True)
class Report:
    """What a round of launching did.

    Attributes:
        submitted: Jobs in the queue.
        refused: Launches set aside.
        stopped: Why it ended early, or empty.
    """

    submitted: list[Submitted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    stopped: str = ""

    @property
    def ok(self) -> bool:
        """Whether all went well."""
        return not self.refused and not self.stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """Who launches what, and how.

    Attributes:
        launchpad: Where Fireworks come from.
        fworker: For which worker.
        adapter: The batch system.
        shell: Runs its commands.
        reserve: Whether each job is for one Firework, chosen now; else its rocket chooses when it starts.
        fill_mode: Submit also when nothing is READY.
    """

    launchpad: LaunchPad
    fworker: FWorker
    adapter: QueueAdapter
    shell: Shell
    reserve: bool = False
    fill_mode: bool = False

    def check(self, fw_id: int | None = None) -> None:
        """Refuse settings that cannot work.

        Raises:
            ConfigError: Which, and why.
        """
        rocket = self.adapter.rocket_launch
        source = self.adapter.source
        if not rocket:
            raise ConfigError(f"{source} lacks `rocket_launch`, for example `rlaunch singleshot --offline`")
        if "--offline" in rocket.split() and not self.reserve:
            raise ConfigError(f"{source}: rockets that fly --offline need reservation mode; add -r to qlaunch")
        if self.reserve and "singleshot" not in rocket.split():
            raise ConfigError(f"{source}: reservation mode needs `singleshot` in rocket_launch, this is: {rocket}")
        if self.fill_mode and self.reserve:
            raise ConfigError("Fill mode (-fm) and reservation mode (-r) exclude each other")
        if fw_id is not None and not self.reserve:
            raise ConfigError("--fw_id needs reservation mode; add -r to qlaunch")

    def has_work(self) -> bool:
        """Whether there is something to submit."""
        return self.fill_mode or self.launchpad.run_exists(self.fworker)

    def ready_count(self) -> int:
        """How many Fireworks are READY for this worker."""
        found: int = self.launchpad.get_fw_ids({"$and": [self.fworker.query, {"state": "READY"}]}, count_only=True)
        return found

    def submit_next(self, launch_dir: str, fw_id: int | None = None) -> Submitted | None:
        """Submit one job that runs in this directory, or in the one its Firework names.

        Returns:
            None if nothing is READY.

        Raises:
            SubmitError: The batch system refused it for good; the Firework is FIZZLED with its words.
            SchedulerError: It cannot be submitted now; the Firework is READY again.
            SubmitUnclearError: Its job may be in the queue; the Firework stays RESERVED.
            LaunchDirError: The launch directory cannot be written; the Firework is READY again.
        """
        if not self.reserve:
            return self._submit_unreserved(launch_dir) if self.has_work() else None
        taken = self.launchpad.reserve(self.fworker, launch_dir, fw_id=fw_id)
        if taken is None:
            return None
        log.info("reserved FW with fw_id: %s", taken.fw_id)
        try:
            return self._submit_reserved(taken, launch_dir)
        except (LaunchDirError, SchedulerError):
            self._give_back(taken)
            raise
        except KeyboardInterrupt:
            self._settle_interrupted(taken)
            raise
        except (SubmitError, ConfigError) as error:
            self.launchpad.fail_submission(taken.launch_id, str(error))
            raise

    def _give_back(self, taken: Reservation) -> None:
        log.info("Un-reserving FW with fw_id, launch_id: %s, %s", taken.fw_id, taken.launch_id)
        self.launchpad.cancel_reservation(taken.launch_id)

    def _settle_interrupted(self, taken: Reservation) -> None:
        """A Ctrl-C in the middle: if the job is in the queue put it on record, else give the Firework back."""
        try:
            job_id = ask_token(self.adapter, taken.token, self.shell)
        except SchedulerError:
            return  # it may be there: the reservation stands
        if job_id is None:
            self._give_back(taken)
        else:
            self.launchpad.record_submission(taken.launch_id, job_id, self.adapter.identity())

    def _submit_unreserved(self, launch_dir: str) -> Submitted:
        return Submitted(self._hand_in(self.adapter, os.path.abspath(launch_dir), ""), launch_dir)

    def _submit_reserved(self, taken: Reservation, launch_dir: str) -> Submitted:
        spec = taken.document["spec"]
        folder = os.path.abspath(launch_dir)
        if spec.get("_launch_dir"):
            folder = os.path.join(folder, os.path.expanduser(os.path.expandvars(spec["_launch_dir"])))
            self.launchpad.change_launch_dir(taken.launch_id, folder)
        adapter = self._adapter_for(taken)
        _write_launch(folder, taken)
        job_id = self._hand_in(adapter, folder, taken.token)
        self.launchpad.record_submission(taken.launch_id, job_id, adapter.identity())
        return Submitted(job_id, folder, taken.fw_id)

    def _adapter_for(self, taken: Reservation) -> QueueAdapter:
        """The adapter with the Firework's own wishes."""
        wishes: dict[str, Any] = dict(taken.document["spec"].get("_queueadapter") or {})
        source = f"spec._queueadapter of Firework {taken.fw_id}"
        wishes.setdefault("job_name", slug(taken.document["name"])[:JOB_NAME_LENGTH])
        rocket = wishes.get("rocket_launch") or self.adapter.rocket_launch
        wishes["rocket_launch"] = f"{rocket} --fw_id {taken.fw_id}"
        return self.adapter.with_parameters(wishes, source)

    def _hand_in(self, adapter: QueueAdapter, folder: str, token: str) -> str:
        log.info("moving to launch_dir %s", folder)
        _write_script(folder, adapter.render(folder, token))
        log.info("submitting queue script")
        answer = adapter.dialect.read_submit(self.shell(adapter.submit_command(SCRIPT_NAME, folder)))
        job_id = self._judge(adapter, answer, token)
        log.info("Job submission was successful and job_id is %s", job_id)
        return job_id

    def _judge(self, adapter: QueueAdapter, answer: Submission, token: str) -> str:
        """The job's id, or the error that the answer means."""
        if answer.kind is SubmitKind.ACCEPTED:
            return answer.job_id
        if answer.kind is SubmitKind.UNCLEAR and token:
            found = self._look_for(adapter, answer, token)
            if found is not None:
                log.info("%s; the job is in the queue all the same", answer.words)
                return found
        if answer.kind is SubmitKind.REFUSED:
            raise SubmitError(f"{adapter.dialect.q_type} refused the job: {answer.words}")
        raise SchedulerError(f"{adapter.dialect.q_type} cannot take the job now: {answer.words}")

    def _look_for(self, adapter: QueueAdapter, answer: Submission, token: str) -> str | None:
        try:
            return ask_token(adapter, token, self.shell)
        except SchedulerError as error:
            raise SubmitUnclearError(
                f"The job may be in the queue or not ({answer.words}; {error}); the Firework stays RESERVED. When the "
                "batch system answers again, look for the job; if it is not there, `lpad rerun_fws` makes it READY"
            ) from None


def singleshot(launcher: Launcher, launch_dir: str, fw_id: int | None = None) -> Report:
    """Submit one job.

    Raises:
        ConfigError: Settings that cannot work.
        LongfuseError: The LaunchPad or the launch directory cannot be used.
    """
    launcher.check(fw_id)
    report = Report()
    try:
        done = launcher.submit_next(launch_dir, fw_id)
    except SubmitError as error:
        report.refused.append(Refused(fw_id, launch_dir, str(error)))
        return report
    except (SchedulerError, SubmitUnclearError) as error:
        report.stopped = str(error)
        return report
    if done is None:
        log.info("No jobs exist in the LaunchPad for submission to queue!")
    else:
        report.submitted.append(done)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far rapidfire goes.

    Attributes:
        nlaunches: Stop after so many submissions; 0 until nothing is READY, -1 never.
        njobs_queue: Submit only while fewer jobs than this are in the queue; 0 does not ask.
        njobs_block: How many launcher directories a block holds.
        sleep_s: Seconds between looks for new work.
        timeout_s: Submit nothing after so many seconds; None without end.
        block: The block directory to use, or None.
        always_new_block: Never use a block that exists.
    """

    nlaunches: int = 0
    njobs_queue: int = 0
    njobs_block: int = 500
    sleep_s: float = SLEEP_S
    timeout_s: float | None = None
    block: str | None = None
    always_new_block: bool = False


def rapidfire(launcher: Launcher, launch_dir: str, limits: Limits) -> Report:
    """Submit job after job, each in a launcher directory of its own.

    A job that is refused is set aside and the next one is submitted. A batch system that cannot take jobs now is asked
    again a few times, with growing pauses. Without ``nlaunches`` it ends when nothing is READY: what waits for running
    jobs becomes READY when their results are recovered.

    Raises:
        ConfigError: Settings that cannot work.
        StoreError: The LaunchPad cannot be reached; what was submitted is on record.
    """
    launcher.check()
    if launcher.fill_mode and not limits.nlaunches and not limits.njobs_queue:
        raise ConfigError("Fill mode (-fm) never ends by itself: give it --nlaunches or --maxjobs_queue")
    return _Rapidfire(launcher, launch_dir, limits).run()


class _Rapidfire:
    """One rapidfire under way."""

    def __init__(self, launcher: Launcher, launch_dir: str, limits: Limits) -> None:
        self._launcher = launcher
        self._base = launch_dir
        self._limits = limits
        self._deadline = None if not limits.timeout_s else time.monotonic() + limits.timeout_s
        self._block = ""
        self._room: int | None = None
        self._owed: int | None = None
        self._failures = 0
        self._report = Report()

    def run(self) -> Report:
        log.info("getting queue adapter")
        while not self._enough():
            if not self._has_work():
                if self._limits.nlaunches == 0:
                    break
                log.info("Finished a round of launches, sleeping for %s secs", self._limits.sleep_s)
                self._sleep(self._limits.sleep_s)
                self._owed = None
                log.info("Checking for Rockets to run...")
            elif self._queue_has_room():
                self._one()
        return self._report

    def _has_work(self) -> bool:
        """Whether something is left to submit. Unreserved jobs choose when they start: one for each READY Firework."""
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
            return True
        return False

    def _one(self) -> None:
        log.info("Launching a rocket!")
        folder = create_launcher_dir(self._current_block())
        log.info("Created new dir %s", folder)
        try:
            done = self._launcher.submit_next(folder)
        except (SubmitError, ConfigError) as error:  # the latter: a Firework's own _queueadapter is wrong
            log.error("%s", error)  # noqa: TRY400 - the words say it all
            self._report.refused.append(Refused(None, folder, str(error)))
            self._count_down()
            return
        except SubmitUnclearError as error:
            self._report.stopped = str(error)
            return
        except SchedulerError as error:
            _remove_unused(folder)
            self._wait_for_scheduler(error)
            return
        self._failures = 0
        if done is None:  # somebody else was faster
            _remove_unused(folder)
            return
        self._report.submitted.append(done)
        self._count_down()
        if self._room is not None:
            self._room -= 1

    def _count_down(self) -> None:
        if self._owed is not None:
            self._owed -= 1

    def _wait_for_scheduler(self, error: QueueError) -> None:
        if self._failures >= len(RETRY_S):
            self._report.stopped = f"{error}; gave up after {self._failures + 1} attempts, run qlaunch again later"
            return
        pause_s = RETRY_S[self._failures]
        self._failures += 1
        log.warning("%s; trying again in %s secs", error, pause_s)
        self._sleep(pause_s)

    def _queue_has_room(self) -> bool:
        """Whether fewer jobs are in the queue than the user allows; asked now and then, waited for if not."""
        allowed = self._limits.njobs_queue
        if not allowed:
            return True
        if self._room is None or self._room <= 0 or len(self._report.submitted) % COUNT_EVERY == 0:
            try:
                found = ask_count(self._launcher.adapter, getpass.getuser(), self._launcher.shell)
            except SchedulerError as error:
                self._wait_for_scheduler(error)
                return False
            log.info("The number of jobs currently in the queue is: %s", found)
            self._room = allowed - found
        if self._room > 0:
            return True
        log.info("%s jobs in queue. Maximum allowed by user: %s", allowed - self._room, allowed)
        self._sleep(self._limits.sleep_s)
        return False

    def _current_block(self) -> str:
        limits = self._limits
        if not self._block:
            self._block = block_dir(self._base, limits.block, always_new=limits.always_new_block)
        if launchers_in(self._block) >= limits.njobs_block:
            self._block = block_dir(self._base, None, always_new=True)
            log.info("Created new dir %s", self._block)
        return self._block

    def _sleep(self, pause_s: float) -> None:
        if self._deadline is not None:
            pause_s = min(pause_s, max(0.0, self._deadline - time.monotonic()))
        time.sleep(pause_s)


def slug(name: str) -> str:
    """A name of letters, digits and ``-_.()``, with ``_`` for blanks (FireWorks' ``get_slug``)."""
    kept = "".join(letter for letter in name.replace(" ", "_") if letter.isalnum() or letter in "-_.()")
    return plain_name(kept) or "FW_job"


def _write_launch(folder: str, taken: Reservation) -> None:
    try:
        prepare(folder, taken.document, taken.ticket)
    except OSError as error:
        raise LaunchDirError(f"Cannot write the launch directory {folder}: {error.strerror}") from None


def _write_script(folder: str, text: str) -> None:
    path = Path(folder, SCRIPT_NAME)
    draft = path.with_name(SCRIPT_NAME + ".new")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        raise LaunchDirError(f"Cannot write {path}: {error.strerror}") from None


def _remove_unused(folder: str) -> None:
    """A launcher directory in which nothing was submitted; only our own files are in it."""
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)
