"""Compares the LaunchPad with itself, with the launch directories and with the batch system."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.domain.states import State
from longfuse.domain.wire import now
from longfuse.errors import ConfigError, QueueError
from longfuse.launchdir.observe import observe
from longfuse.launchpad.outcomes import OutcomeKind
from longfuse.launchpad.verdict import is_overdue
from longfuse.queue.adapter import Phase, adapter_from_identity, ask_tokens, identity_of
from longfuse.relay import ask_jobs, recover
from longfuse.store.records import UNREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from longfuse.launchdir.final import FinalRecord
    from longfuse.launchpad.consistency import Disagreement
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import JobStatus, Shell
    from longfuse.store.records import LaunchRecord, OfflineRun, OpenRun

    Progress = Callable[[int], None]

OPEN = (State.RESERVED, State.RUNNING)
BRING = "`lpad recover_offline` brings it home"
RECOVER = "`lpad recover_offline` decides"
COMPARE = "compare `lpad get_fws -d all` with FW_action.json there"
REPAIR = "`lpad fsck --repair` mends it"


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

    What can be mended without a decision is: launches that no recovery looks for are looked for again, results that lie
    in files are brought home and jobs that never came are given back, as ``lpad recover_offline`` does it; counters and
    states are made what follows from links and launches. A Workflow with a launch that its files or the batch system
    contradict is left alone. No result is dropped and no job touched.

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
    disputed: set[int] = set()
    for fw_id, finding in _launches(launchpad, shell, count):
        disputed.add(fw_id)
        yield finding
    yield from _workflows(launchpad, repair, disputed, count)


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
    found = launchpad.check_runs()
    if found and repair:
        launchpad.mend_runs()
    for each in found:
        yield Finding(subject=each.subject, text=each.text, advice="" if repair else REPAIR, mended=repair)


def _brought_home(launchpad: LaunchPad, shell: Shell, grace_s: float) -> Iterator[Finding]:
    lacking = {run.launch_id for run in launchpad.open_offline_runs() if _lacks_job(run, run.created_on)}
    report = recover(launchpad, worker=None, shell=shell, grace_s=grace_s)
    for outcome in report.of(OutcomeKind.COMPLETED, OutcomeKind.FIZZLED, OutcomeKind.STARTED, OutcomeKind.RELEASED):
        subject = f"launch {outcome.launch_id} of Firework {outcome.fw_id}"
        why = f": {outcome.reason}" if outcome.reason else ""
        yield Finding(subject=subject, text=f"the LaunchPad did not know: {outcome.kind.value}{why}", mended=True)
    if lacking:
        yield from _adopted(launchpad, lacking)


def _adopted(launchpad: LaunchPad, lacking: set[int]) -> Iterator[Finding]:
    """Of launches that had no job on record: those that have one since the recovery, and are not over."""
    for run in launchpad.open_offline_runs():
        if run.launch_id in lacking and run.reservation_id:
            subject = f"launch {run.launch_id} of Firework {run.fw_id}"
            text = f"no job of it was on record; its job {run.reservation_id} was found and put there"
            yield Finding(subject=subject, text=text, mended=True)


def _workflows(launchpad: LaunchPad, repair: bool, disputed: set[int], count: Counted) -> Iterator[Finding]:
    for wf_id, found in launchpad.check_workflows():
        count()
        if not found:
            continue
        settled = not disputed.intersection(launchpad.get_fw_ids_of(wf_id))
        mend = repair and settled and not any(each.undecided for each in found)
        if mend:
            launchpad.mend_workflow(wf_id)
        yield from (_told(each, mended=mend, settled=settled) for each in found)


def _told(each: Disagreement, *, mended: bool, settled: bool) -> Finding:
    if mended:
        return Finding(subject=each.subject, text=each.text, mended=True)
    if each.undecided:
        advice = each.advice or "see that no job of it is in the queue, then `lpad rerun_fws`"
    elif settled:
        advice = REPAIR
    else:
        advice = "settle first what is told of launches of this Workflow"
    return Finding(subject=each.subject, text=each.text, advice=advice)


# --- launches, their directories and their jobs
def _launches(launchpad: LaunchPad, shell: Shell, count: Counted) -> Iterator[tuple[int, Finding]]:
    """What contradicts a launch, with its Firework; 0 stands for none."""
    for page in launchpad.launch_pages():
        asked = [launch for launch, run in page if run is not None and _is_asked(launch)]
        jobs, silences = ask_jobs(asked, shell, over=True)
        lacking = [launch for launch, run in page if run is not None and _lacks_job(launch, run.created_on)]
        unknown = _by_token(lacking, shell)
        for launch, run in page:
            count()
            if run is None or run.deprecated:
                continue
            files = _files(launchpad, launch, run)
            yield from ((launch.fw_id, each) for each in files)
            if not files and launch.launch_id not in silences:
                job = jobs.get(launch.launch_id)
                yield from ((launch.fw_id, each) for each in _job(launch, run, job, unknown.get(launch.launch_id)))
        for why in sorted(set(silences.values())):
            yield 0, Finding(subject="batch system", text=why, advice="nothing was concluded; try again later")


def _lacks_job(launch: LaunchRecord | OpenRun, since: datetime) -> bool:
    """Whether a job of a launch that was handed over then should be on record and is not."""
    waits = launch.state in OPEN and not launch.archived
    return waits and bool(launch.queue) and not launch.reservation_id and is_overdue(since, now())


def _by_token(launches: Sequence[LaunchRecord], shell: Shell) -> dict[int, str]:
    """Jobs that carry the tokens of these launches, by launch id; those of batch systems that answer."""
    asked: dict[str, list[LaunchRecord]] = {}
    for launch in launches:
        asked.setdefault(json.dumps(identity_of(launch.queue or {}), sort_keys=True), []).append(launch)
    found: dict[int, str] = {}
    for identity, those in asked.items():
        with suppress(QueueError, ConfigError):
            jobs = ask_tokens(adapter_from_identity(json.loads(identity)), [x.token for x in those], shell)
            found.update({x.launch_id: jobs[x.token] for x in those if x.token in jobs})
    return found


def _is_asked(launch: LaunchRecord) -> bool:
    """Whether its job should be there, or should not and might: not if its rocket has said its last word."""
    return bool(launch.reservation_id and launch.queue) and (not launch.attempt or launch.archived)


def _files(launchpad: LaunchPad, launch: LaunchRecord, run: OfflineRun) -> list[Finding]:
    """What the directory says that the LaunchPad does not; of an ended launch it may be gone."""
    subject = f"launch {launch.launch_id} of Firework {launch.fw_id}"
    files = observe(launch.launch_dir, launch.launch_id)
    assert files is not None  # nothing was seen before
    why = files.foreign or ("" if files.final is not None else files.problem)
    waits = launch.state in OPEN and not launch.archived
    if why:
        advice = f"`lpad recover_offline --search ROOT` finds moved ones, `--lost -i {launch.fw_id}` gives it up"
        return [Finding(subject=subject, text=why, advice=advice)] if waits else []
    if any(x is not None and x.token != launch.token for x in (files.ticket, files.final)):
        text = f"{launch.launch_dir} holds files with another token: a copy, or of another LaunchPad"
        return [Finding(subject=subject, text=text, advice="put its own files back, or name where they are")]
    text, advice = _contradiction(launchpad, launch, run, files.final) if files.final is not None else ("", "")
    return [Finding(subject=subject, text=text, advice=advice)] if text else []


def _contradiction(launchpad: LaunchPad, launch: LaunchRecord, run: OfflineRun, final: FinalRecord) -> tuple[str, str]:
    """What a final record says that the LaunchPad does not, and what to do; empty if they agree."""
    if not launch.attempt and not run.completed:
        return f"has ended {final.state} by its final record, which the LaunchPad does not have", BRING
    # One with a reason is FIZZLED because what it left behind could not be applied.
    if final.state != launch.state and not launch.archived and not launch.reason:
        return f"is {launch.state} in the LaunchPad, and {final.state} in {launch.launch_dir}", COMPARE
    if final.attempt == launch.attempt and not _agree(final.fwaction, _action(launchpad, launch)):
        return f"has another result in the LaunchPad than in {launch.launch_dir}", COMPARE
    return "", ""


def _action(launchpad: LaunchPad, launch: LaunchRecord) -> dict[str, Any] | None:
    return launchpad.action_of(launch.launch_id) if launch.action is UNREAD else launch.action


def _agree(one: object, other: object) -> bool:
    """As values, or else (NaN is not equal to itself) as text."""
    return one == other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _job(launch: LaunchRecord, run: OfflineRun, job: JobStatus | None, found: str | None) -> Iterator[Finding]:
    """What the batch system says that the LaunchPad does not."""
    subject = f"launch {launch.launch_id} of Firework {launch.fw_id}"
    over = launch.archived or launch.state not in OPEN
    if _lacks_job(launch, run.created_on):
        text = f"is {launch.state}, but no job of it is on record" + (
            f"; job {found} carries its token" if found else ""
        )
        yield Finding(subject=subject, text=text, advice=RECOVER)
    if job is None:
        return
    is_there = job.phase in (Phase.PENDING, Phase.RUNNING)
    if over and is_there:
        what = "replaced" if launch.archived else launch.state
        text = f"is over ({what}), but its job {job.job_id} is {job.phase.value}"
        yield Finding(subject=subject, text=text, advice="cancel that job, unless you want its result")
    elif not over and not is_there:
        text = f"is {launch.state}, but its job {job.job_id} is over ({job.word or job.phase.value})"
        yield Finding(subject=subject, text=text, advice=RECOVER)
