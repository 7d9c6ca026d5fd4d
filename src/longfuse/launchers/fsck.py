"""Compares the LaunchPad with itself, with the launch directories and with the batch system."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from longfuse.domain.states import State
from longfuse.domain.wire import now
from longfuse.launchdir.observe import observe
from longfuse.launchpad.outcomes import OutcomeKind
from longfuse.launchpad.verdict import is_overdue
from longfuse.queue.adapter import Phase
from longfuse.relay import ask_jobs, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from longfuse.launchpad.consistency import Disagreement
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import JobStatus, Shell
    from longfuse.store.records import LaunchRecord, OfflineRun

    Progress = Callable[[int], None]

OPEN = (State.RESERVED, State.RUNNING)
BRING = "`lpad recover_offline` brings it home"
RECOVER = "`lpad recover_offline` decides"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One disagreement.

    Attributes:
        subject: What it is about.
        text: What does not agree with what.
        advice: What to do about it; empty if it was mended.
        mended: Whether it agrees now.
    """

    subject: str
    text: str
    advice: str = ""
    mended: bool = False


def check(
    launchpad: LaunchPad, shell: Shell, *, repair: bool, grace_s: float, progress: Progress | None = None
) -> Iterator[Finding]:
    """List every disagreement; nothing is changed unless it shall be mended.

    What can be mended without a decision is: results that lie in files are brought home, as ``lpad recover_offline``
    does it; counters and states are made what follows from links and launches; launches that no recovery looks for are
    looked for again. No result is dropped, no directory and no job touched.

    Args:
        launchpad: What is checked.
        shell: Asks the batch systems.
        repair: Whether to mend.
        grace_s: How long after a job's end its files may still appear.
        progress: Is called with the number of Workflows and launches looked at.
    """
    count = Counted(progress)
    for line in launchpad.damage():
        yield Finding(subject="database", text=line, advice="restore a backup, or `lpad fsck --rebuild` into a new one")
    yield from _runs(launchpad, repair)
    if repair:
        yield from _brought_home(launchpad, shell, grace_s)
    yield from _workflows(launchpad, repair, count)
    yield from _launches(launchpad, shell, count)


@dataclass(slots=True)
class Counted:
    """Tells how many things were looked at."""

    progress: Progress | None
    done: int = 0

    def __call__(self) -> None:
        """One more."""
        self.done += 1
        if self.progress is not None:
            self.progress(self.done)


def _runs(launchpad: LaunchPad, repair: bool) -> Iterator[Finding]:
    unwatched = launchpad.check_runs()
    if unwatched and repair:
        launchpad.mend_runs()
    yield from (_of(each, repair) for each in unwatched)


def _brought_home(launchpad: LaunchPad, shell: Shell, grace_s: float) -> Iterator[Finding]:
    report = recover(launchpad, worker=None, shell=shell, grace_s=grace_s)
    for outcome in report.of(OutcomeKind.COMPLETED, OutcomeKind.FIZZLED, OutcomeKind.STARTED, OutcomeKind.RELEASED):
        subject = f"launch {outcome.launch_id} of Firework {outcome.fw_id}"
        why = f": {outcome.reason}" if outcome.reason else ""
        yield Finding(subject=subject, text=f"the LaunchPad did not know: {outcome.kind.value}{why}", mended=True)


def _workflows(launchpad: LaunchPad, repair: bool, count: Counted) -> Iterator[Finding]:
    wrong = []
    for wf_id, found in launchpad.check_workflows():
        count()
        if found:
            wrong.append(wf_id)
            if not repair:
                yield from (_of(each, mended=False) for each in found)
    for wf_id in wrong if repair else ():
        found = launchpad.mend_workflow(wf_id)
        left = {(each.subject, each.text) for each in launchpad.mend_workflow(wf_id)}
        yield from (_of(each, mended=(each.subject, each.text) not in left) for each in found)


def _of(each: Disagreement, mended: bool) -> Finding:
    advice = "" if mended else "`lpad fsck --repair` mends it, unless that was tried"
    return Finding(subject=each.subject, text=each.text, advice=advice, mended=mended)


# --- launches, their directories and their jobs
def _launches(launchpad: LaunchPad, shell: Shell, count: Counted) -> Iterator[Finding]:
    for page in launchpad.launch_pages():
        asked = [launch for launch, run in page if run is not None and _is_asked(launch)]
        jobs, silences = ask_jobs(asked, shell, over=True)
        for launch, run in page:
            count()
            if run is None or run.deprecated:
                continue
            files = _files(launch, run)
            yield from files
            if not files and launch.launch_id not in silences:
                yield from _job(launch, run, jobs.get(launch.launch_id))
        for why in sorted(set(silences.values())):
            yield Finding(subject="batch system", text=why, advice="nothing was concluded; try again later")


def _is_asked(launch: LaunchRecord) -> bool:
    """Whether its job should be there, or should not and might."""
    if not launch.reservation_id or not launch.queue:
        return False
    return launch.state in OPEN or (launch.state is State.FIZZLED and not launch.attempt) or launch.archived


def _files(launch: LaunchRecord, run: OfflineRun) -> list[Finding]:
    """What the directory says that the LaunchPad does not; of an ended launch it may be gone."""
    subject = f"launch {launch.launch_id} of Firework {launch.fw_id}"
    files = observe(launch.launch_dir, launch.launch_id)
    assert files is not None  # nothing was seen before
    why = files.foreign or ("" if files.final is not None else files.problem)
    waits = launch.state in OPEN and not launch.archived
    if why:
        advice = f"`lpad recover_offline --search ROOT` finds moved ones, `--lost -i {launch.fw_id}` gives it up"
        return [Finding(subject=subject, text=why, advice=advice)] if waits else []
    for document in (files.ticket, files.final):
        if document is not None and document.token != launch.token:
            text = f"{launch.launch_dir} holds files with another token: a copy, or of another LaunchPad"
            return [Finding(subject=subject, text=text, advice="put its own files back, or name where they are")]
    if files.final is None:
        return []
    if not launch.attempt and not run.completed:
        text = f"has ended {files.final.state} by its final record, which the LaunchPad does not have"
        return [Finding(subject=subject, text=text, advice=BRING)]
    if files.final.attempt == launch.attempt and _text(files.final.fwaction) != _text(launch.action):
        text = f"has another result in the LaunchPad than in {launch.launch_dir}"
        return [Finding(subject=subject, text=text, advice="compare `lpad get_fws -d all` with FW_action.json")]
    return []


def _text(action: object) -> str:
    return json.dumps(action, sort_keys=True)


def _job(launch: LaunchRecord, run: OfflineRun, job: JobStatus | None) -> Iterator[Finding]:
    """What the batch system says that the LaunchPad does not."""
    subject = f"launch {launch.launch_id} of Firework {launch.fw_id}"
    over = launch.archived or launch.state not in OPEN
    if not over and launch.queue and not launch.reservation_id and is_overdue(run, now()):
        yield Finding(subject=subject, text="is RESERVED, but no job of it is on record", advice=RECOVER)
    if job is None:
        return
    is_there = job.phase in (Phase.PENDING, Phase.RUNNING)
    if over and is_there:
        what = "replaced" if launch.archived else launch.state
        text = f"is over ({what}), but its job {job.job_id} is {job.phase.value}"
        yield Finding(
            subject=subject, text=text, advice="cancel that job in the batch system, unless you want its result"
        )
    elif not over and not is_there:
        text = f"is {launch.state}, but its job {job.job_id} is over ({job.word or job.phase.value})"
        yield Finding(subject=subject, text=text, advice=RECOVER)
