"""One job, from the LaunchPad into the queue.

In reservation mode (``-r``) a Firework is reserved, written into its launch directory, and its job submitted with the
launch's token as a comment. Whatever happens in between, the Firework is either RESERVED with a job, or it can be taken
again, or it is FIZZLED with the batch system's own words.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError, LaunchDirError, SchedulerError, SubmitError, SubmitUnclearError
from longfuse.launchdir import names
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.directories import Layout
from longfuse.queue.adapter import Shell, Submission, SubmitKind, ask_token, located
from longfuse.queue.template import plain_name

if TYPE_CHECKING:
    from longfuse.domain.fworker import FWorker
    from longfuse.launchpad.launches import Reservation
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import QueueAdapter

JOB_NAME_LENGTH = 20

log = logging.getLogger("longfuse.queue")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job in the queue. ``fw_id`` is None outside reservation mode."""

    job_id: str
    launch_dir: str
    fw_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A Firework that is FIZZLED now, because its job cannot be submitted; ``words`` say why.

    Attributes:
        fw_id: The Firework.
        launch_dir: Where it would have run.
        words: Why, as a rule in the batch system's own words.
        wished: Whether it has wishes of its own (``_queueadapter``, ``_launch_dir``), which may be the reason.
    """

    fw_id: int
    launch_dir: str
    words: str
    wished: bool = False


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
        layout: How launch directories look.
        job_name_length: How many characters of a Firework's name its job's name has.
    """

    launchpad: LaunchPad
    fworker: FWorker
    adapter: QueueAdapter
    shell: Shell
    reserve: bool = False
    fill_mode: bool = False
    layout: Layout = field(default_factory=Layout)
    job_name_length: int = JOB_NAME_LENGTH

    def check(self, fw_id: int | None = None) -> None:
        """Refuse settings that cannot work.

        Raises:
            ConfigError: Which, and why.
        """
        source = self.adapter.source
        if self.fill_mode and self.reserve:
            raise ConfigError("Fill mode (-fm) and reservation mode (-r) exclude each other")
        if fw_id is not None and not self.reserve:
            raise ConfigError("--fw_id needs reservation mode; add -r to qlaunch")
        if not self.adapter.rocket_launch:
            raise ConfigError(f"{source} lacks `rocket_launch`, for example `rlaunch singleshot --offline`")
        if "--offline" in self.adapter.rocket_launch.split() and not self.reserve:
            raise ConfigError(f"{source}: rockets that fly --offline need reservation mode; add -r to qlaunch")
        if self.reserve:
            _check_singleshot(self.adapter, source)

    def located(self) -> Launcher:
        """The same, knowing which of a site's batch systems takes its jobs."""
        return replace(self, adapter=located(self.adapter, self.shell)) if self.reserve else self

    def has_work(self) -> bool:
        """Whether there is something to submit."""
        return self.fill_mode or self.launchpad.run_exists(self.fworker)

    def ready_count(self) -> int:
        """How many Fireworks are READY for this worker."""
        return self.launchpad.ready_count(self.fworker)

    def submit_next(
        self, launch_dir: str, fw_id: int | None = None, *, base: str | None = None
    ) -> Submitted | Refused | None:
        """Submit one job that runs in this directory, or in the one its Firework names.

        Args:
            launch_dir: Where.
            fw_id: For this Firework (reservation mode).
            base: What a Firework's own ``_launch_dir`` is relative to, if not ``launch_dir``.

        Returns:
            None if nothing is READY.

        Raises:
            SubmitError: The batch system refused a job that was for no certain Firework.
            SchedulerError: It cannot be submitted now; the Firework is READY again.
            ConfigError: There is no batch system here; the Firework is READY again.
            LaunchDirError: The launch directory cannot be written; the Firework is READY again.
            SubmitUnclearError: Its job may be in the queue; the Firework stays RESERVED.
        """
        if not self.reserve:
            return self._submit_unreserved(launch_dir) if self.has_work() else None
        taken = self.launchpad.reserve(self.fworker, launch_dir, fw_id=fw_id, queue=self.adapter.identity())
        if taken is None:
            return None
        log.info("reserved FW with fw_id: %s", taken.fw_id)
        try:
            return self._submit_reserved(taken, launch_dir, base or launch_dir)
        except SubmitUnclearError:
            raise
        except (LaunchDirError, SchedulerError, ConfigError):
            self._give_back(taken)
            raise
        except BaseException:  # Ctrl-C for one
            self.settle(taken, place_of(taken, launch_dir, base or launch_dir))
            raise

    # --- one job
    def _submit_unreserved(self, launch_dir: str) -> Submitted:
        folder = os.path.abspath(launch_dir)
        return Submitted(self.hand_in(self.adapter, folder, token_hex(16)).job_id, folder)

    def _submit_reserved(self, taken: Reservation, launch_dir: str, base: str) -> Submitted | Refused:
        folder = self._folder(taken, launch_dir, base)
        try:
            adapter = self.adapter_for(taken)
            write_launch(folder, taken, self.layout)
            job = self.hand_in(adapter, folder, taken.token)
        except SubmitError as error:
            return self.refuse(taken, folder, str(error))
        self._record(taken, job.job_id, adapter.identity(job.cluster))
        return Submitted(job.job_id, folder, taken.fw_id)

    def _record(self, taken: Reservation, job_id: str, identity: dict[str, Any]) -> None:
        """Put the job on record; take it back if the submission took so long that the Firework was given to another."""
        if not self.launchpad.record_submission(taken.launch_id, job_id, identity):
            raise SchedulerError(self.cancel_late(taken, job_id))

    def cancel_late(self, taken: Reservation, job_id: str) -> str:
        """Cancel a job whose Firework was given back before it was on record; returns what is to be told."""
        self.shell(self.adapter.question(self.adapter.dialect.cancel_argv(job_id)))
        told = (
            f"Submitting job {job_id} took so long that the reservation of Firework {taken.fw_id} was given back; "
            "the job was cancelled"
        )
        log.warning("%s", told)
        return told

    def refuse(self, taken: Reservation, folder: str, words: str) -> Refused:
        """The Firework is FIZZLED, cause SUBMIT."""
        log.error("Firework %s: %s", taken.fw_id, words)
        self.launchpad.fail_submission(taken.launch_id, words)
        wishes = taken.document["spec"].keys() & {"_queueadapter", "_launch_dir"}
        return Refused(taken.fw_id, folder, words, bool(wishes))

    def _folder(self, taken: Reservation, launch_dir: str, base: str) -> str:
        """Where this Firework shall run, put on record."""
        folder = place_of(taken, launch_dir, base)
        if folder != os.path.abspath(launch_dir):
            self.launchpad.change_launch_dir(taken.launch_id, folder)
        return folder

    def adapter_for(self, taken: Reservation) -> QueueAdapter:
        """The adapter with the Firework's own wishes, for its rocket.

        Raises:
            SubmitError: The wishes cannot be understood.
        """
        adapter = self.wished_adapter(taken)
        launch = f"{adapter.rocket_launch} --fw_id {taken.fw_id}"
        return adapter.with_parameters({"rocket_launch": launch}, adapter.source)

    def wished_adapter(self, taken: Reservation, job_name: str | None = None) -> QueueAdapter:
        """The same, for any rocket.

        Args:
            taken: The Firework.
            job_name: What its job is called unless it wishes something else, if not by its own name.
        """
        source = f"spec._queueadapter of Firework {taken.fw_id}"
        wishes: Any = taken.document["spec"].get("_queueadapter") or {}
        if not isinstance(wishes, dict):
            raise SubmitError(f"{source} must hold parameters and their values, not {wishes!r}")
        if job_name is None:
            job_name = self.job_name_of(taken)
        try:
            adapter = self.adapter.with_parameters({"job_name": job_name, **wishes}, source)
            _check_singleshot(adapter, source)
        except ConfigError as error:
            raise SubmitError(str(error)) from None
        return adapter

    def job_name_of(self, taken: Reservation) -> str:
        """What a Firework's job is called: as the Firework."""
        return slug(taken.document["name"])[: self.job_name_length]

    def hand_in(self, adapter: QueueAdapter, folder: str, token: str) -> Submission:
        """Write the script into a launch directory and submit it; see `submit_next` for what it raises."""
        log.info("moving to launch_dir %s", folder)
        job = self.hand_in_script(adapter, folder, adapter.render(folder, token), token, folder)
        log.info("Job submission was successful and job_id is %s", job.job_id)
        return job

    def hand_in_script(self, adapter: QueueAdapter, folder: str, text: str, token: str, runs_in: str) -> Submission:
        """The same with this script; the job, or one element of it, carries the token and runs in its directory."""
        write_script(folder, self.layout.script_name, text)
        log.info("submitting queue script")
        answer = adapter.dialect.read_submit(self.shell(adapter.submit_command(self.layout.script_name, folder)))
        return self._judge(adapter, answer, token, runs_in)

    def _judge(self, adapter: QueueAdapter, answer: Submission, token: str, folder: str) -> Submission:
        """The accepted job, or the error that the answer means."""
        q_type = adapter.dialect.q_type
        if answer.kind is SubmitKind.ACCEPTED:
            return answer
        if answer.kind is SubmitKind.REFUSED:
            raise SubmitError(f"{q_type} refused the job: {answer.words}")
        if answer.kind is SubmitKind.ABSENT:
            raise ConfigError(f"Cannot submit to {q_type}: {answer.words}")
        found = self._look_for(adapter, answer, token, folder) if answer.kind is SubmitKind.UNCLEAR else None
        if found is None:
            raise SchedulerError(f"{q_type} cannot take the job now: {answer.words}")
        log.info("%s; the job is in the queue all the same", answer.words)
        return Submission(SubmitKind.ACCEPTED, job_id=found)

    # --- a job that may be in the queue or not
    def _look_for(self, adapter: QueueAdapter, answer: Submission, token: str, folder: str) -> str | None:
        try:
            return find(adapter, token, folder, self.shell)
        except SchedulerError as error:
            raise SubmitUnclearError(
                f"The job may be in the queue or not ({answer.words}; {error}); its Firework stays RESERVED. When the "
                "batch system answers again, look for the job; if it is not there, `lpad rerun_fws` makes it READY"
            ) from None

    def settle(self, taken: Reservation, folder: str) -> None:
        """We end in the middle: if the job is in the queue put it on record, else give the Firework back."""
        with suppress(SchedulerError):  # it may be there: the reservation stands
            job_id = find(self.adapter, taken.token, folder, self.shell)
            if job_id is None:
                self._give_back(taken)
            else:
                self._record(taken, job_id, self.adapter.identity())

    def _give_back(self, taken: Reservation) -> None:
        log.info("Un-reserving FW with fw_id, launch_id: %s, %s", taken.fw_id, taken.launch_id)
        self.launchpad.cancel_reservation(taken.launch_id)


def slug(name: str) -> str:
    """A name of letters, digits and ``-_.()``, with ``_`` for blanks (FireWorks' ``get_slug``)."""
    kept = "".join(letter for letter in name.replace(" ", "_") if letter.isalnum() or letter in "-_.()")
    return plain_name(kept) or "FW_job"


def _check_singleshot(adapter: QueueAdapter, source: str) -> None:
    if "singleshot" not in adapter.rocket_launch.split():
        raise ConfigError(
            f"{source}: reservation mode needs `singleshot` in rocket_launch, this is: {adapter.rocket_launch}"
        )


def place_of(taken: Reservation, launch_dir: str, base: str) -> str:
    """Where a Firework shall run; it may name a directory of its own."""
    named = taken.document["spec"].get("_launch_dir")
    if not named:
        return os.path.abspath(launch_dir)
    return os.path.join(os.path.abspath(base), os.path.expanduser(os.path.expandvars(str(named))))


def find(adapter: QueueAdapter, token: str, folder: str, shell: Shell) -> str | None:
    """The job with this token, or None if there is none and never was.

    Raises:
        SchedulerError: It cannot be known; or a rocket has begun in the launch directory, so it was there: some batch
            systems forget a job as soon as it is over.
    """
    if not adapter.carries_token:
        raise SchedulerError("its script carries nothing of ours by which it could be found")
    found = ask_token(adapter, token, shell)
    if found is None and any(os.path.exists(os.path.join(folder, name)) for name in (names.PING, names.FINAL)):
        raise SchedulerError(
            "it is not in the queue any more, but it has begun: `lpad recover_offline` tells what came of it"
        )
    return found


def write_launch(folder: str, taken: Reservation, layout: Layout) -> None:
    """Write the launch's files.

    Raises:
        SubmitError: The Firework itself named a directory that cannot be.
        LaunchDirError: The launcher's own directory cannot be written.
    """
    try:
        prepare(folder, taken.document, taken.ticket)
        layout.write_yaml(folder, taken.document)
    except OSError as error:
        words = f"Cannot write the launch directory {folder}: {error.strerror}"
        if taken.document["spec"].get("_launch_dir"):
            raise SubmitError(f"{words}; it is the Firework's own `_launch_dir`") from None
        raise LaunchDirError(words) from None


def write_script(folder: str, name: str, text: str) -> None:
    """Write a job's script, whole or not at all.

    Raises:
        LaunchDirError: It cannot be written.
    """
    path = Path(folder, name)
    draft = path.with_name(f"{name}.new")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        raise LaunchDirError(f"Cannot write {path}: {error.strerror}") from None
