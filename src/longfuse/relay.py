"""The one road from launch files to the LaunchPad.

`recover` walks it for all open launches, as ``lpad recover_offline`` does: it asks the scheduler once, looks at each
launch directory, and ingests what changed in batches. It is safe to kill at any moment and to run at once with others:
what was ingested is remembered in the same transaction.
"""

from __future__ import annotations

import gc
import json
import logging
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from longfuse.domain.states import State
from longfuse.domain.wire import now
from longfuse.errors import ConfigError, QueueError
from longfuse.launchdir.claim import claimed_job, withdraw
from longfuse.launchdir.observe import observe
from longfuse.launchpad.outcomes import Outcome, OutcomeKind
from longfuse.launchpad.pad import GRACE_S
from longfuse.launchpad.verdict import Sighting, is_overdue, may_release
from longfuse.queue.adapter import JobStatus, Phase, adapter_from_identity, ask_status, ask_tokens, identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from longfuse.launchdir.observe import Observation
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.queue.adapter import Shell
    from longfuse.store.records import LaunchRecord, OpenRun

    Progress = Callable[[int, int], None]

MOST_BYTES = 16_000_000
"""A transaction with so much to read in its files takes no more launches: results may have 50 MB each."""

BATCH = 250
"""How many launches of which there may be news share one transaction."""

MOST_SIGHTINGS = 1000
"""After so many launches what was seen is ingested, however little it is: not all that is seen waits for the last."""

_ALLOCATIONS = 50_000
"""After how many new objects Python looks for cycles among them during a pass: records have none, and are many."""

log = logging.getLogger("longfuse.relay")


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What one pass saw.

    Attributes:
        outcomes: One for each launch of which there is something to tell, by launch id.
        others: How many open launches belong to other workers and were left alone, by worker name.
        silences: Why a scheduler could not be asked, one sentence each; nothing was concluded from that.
    """

    outcomes: list[Outcome]
    others: dict[str, int] = field(default_factory=dict)
    silences: list[str] = field(default_factory=list)

    def of(self, *kinds: OutcomeKind) -> list[Outcome]:
        """The outcomes of these kinds."""
        return [outcome for outcome in self.outcomes if outcome.kind in kinds]

    @property
    def needs_person(self) -> bool:
        """Whether time alone may not mend something."""
        return bool(self.silences) or any(outcome.kind.needs_person for outcome in self.outcomes)


def recover(
    launchpad: LaunchPad,
    *,
    worker: str | None,
    shell: Shell,
    fw_ids: Collection[int] | None = None,
    grace_s: float = GRACE_S,
    progress: Progress | None = None,
) -> RecoveryReport:
    """Read back what launches have reported in files, and what the scheduler says of their jobs.

    Args:
        launchpad: Where it goes.
        worker: Only launches that the FWorker of this name took; None means all.
        shell: Runs the scheduler's commands.
        fw_ids: Only these Fireworks; None means all.
        grace_s: How long after a job's end its files may still appear.
        progress: Called with (done, total) after each batch.

    Raises:
        StoreError: The LaunchPad cannot be reached. What was ingested before that stays.
    """
    with _seldom_collecting():
        return _recover(launchpad, worker, shell, fw_ids, grace_s, progress)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Python's search for cycles, which would walk over all records again and again, runs less often meanwhile."""
    thresholds = gc.get_threshold()
    if 0 < thresholds[0] < _ALLOCATIONS:
        gc.set_threshold(_ALLOCATIONS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _recover(
    launchpad: LaunchPad,
    worker: str | None,
    shell: Shell,
    fw_ids: Collection[int] | None,
    grace_s: float,
    progress: Progress | None,
) -> RecoveryReport:
    everything = launchpad.open_offline_runs()
    mine = [run for run in everything if worker in (None, run.worker) and (fw_ids is None or run.fw_id in fw_ids)]
    others = _workers(everything) - _workers(mine)
    mine, orphans = _adopt(launchpad, mine, shell)
    jobs, silences = _ask_schedulers(mine, shell)
    jobs.update(orphans)
    outcomes: list[Outcome] = []
    done = 0
    for sightings in _batches(mine, jobs):
        outcomes += launchpad.ingest(sightings, grace_s)
        done += len(sightings)
        sightings.clear()  # before the next ones are read
        if progress is not None:
            progress(done, len(mine))
    return RecoveryReport(
        sorted(outcomes, key=lambda outcome: outcome.launch_id),
        dict(others) if worker is not None and fw_ids is None else {},
        list(silences.values()),
    )


def ask_jobs(
    launches: Sequence[LaunchRecord], shell: Shell, *, over: bool = False
) -> tuple[dict[int, JobStatus], dict[int, str]]:
    """Ask the schedulers about the jobs of these launches, each scheduler once; nothing is recorded.

    Args:
        launches: The launches; those without a job are passed over.
        shell: Runs the schedulers' commands.
        over: Ask for launches that have ended, too.

    Returns:
        By launch id what is said of its job; and, where its scheduler does not answer, why.
    """
    jobs, silences = _ask_schedulers(launches, shell, over=over)
    keys = {launch.launch_id: (_identity(launch), launch.reservation_id or "") for launch in launches}
    return (
        {launch_id: jobs[key] for launch_id, key in keys.items() if key in jobs},
        {launch_id: silences[key[0]] for launch_id, key in keys.items() if key[1] and key[0] in silences},
    )


def _ask_schedulers(
    launches: Iterable[LaunchRecord | OpenRun], shell: Shell, *, over: bool = False
) -> tuple[dict[tuple[str, str], JobStatus], dict[str, str]]:
    """One batched question to each scheduler; what does not answer is told, by identity, and concludes nothing."""
    asked: dict[str, list[str]] = {}
    for launch in launches:
        if launch.queue and launch.reservation_id and (over or launch.state in (State.RESERVED, State.RUNNING)):
            asked.setdefault(_identity(launch), []).append(launch.reservation_id)
    answers: dict[tuple[str, str], JobStatus] = {}
    silences: dict[str, str] = {}
    for identity, job_ids in asked.items():
        try:
            found = ask_status(adapter_from_identity(json.loads(identity)), job_ids, shell)
        except (QueueError, ConfigError) as error:
            silences[identity] = str(error)
            continue
        answers.update({(identity, job_id): status for job_id, status in found.items()})
    return answers, silences


def _adopt(
    launchpad: LaunchPad, runs: list[OpenRun], shell: Shell
) -> tuple[list[OpenRun], dict[tuple[str, str], JobStatus]]:
    """Put jobs on record whose launchers died before they could: what has started tells its job, else the token does.

    Returns:
        The runs as they are now, and for each reservation without a job the batch system's word that there is none.
    """
    asked: dict[str, list[OpenRun]] = {}
    adopted: dict[int, OpenRun] = {}
    for launch in runs:
        if launch.reservation_id or not launch.queue or not is_overdue(launch.created_on, now()):
            continue
        if claimed := claimed_job(launch.launch_dir, launch.launch_id, launch.token):
            adopted[launch.launch_id] = _adopted(launchpad, launch, claimed)
        elif launch.state is State.RESERVED:
            asked.setdefault(_identity(launch), []).append(launch)
    orphans: dict[tuple[str, str], JobStatus] = {}
    for identity, launches in asked.items():
        adapter = adapter_from_identity(json.loads(identity))
        with suppress(QueueError):  # it does not answer: nothing is known
            found = ask_tokens(adapter, [launch.token for launch in launches], shell)
            for launch in launches:
                if job_id := found.get(launch.token):
                    adopted[launch.launch_id] = _adopted(launchpad, launch, job_id)
            orphans[identity, ""] = JobStatus(job_id="", phase=Phase.UNKNOWN)
    return [adopted.get(run.launch_id, run) for run in runs] if adopted else runs, orphans


def _adopted(launchpad: LaunchPad, launch: OpenRun, job_id: str) -> OpenRun:
    assert launch.queue is not None
    log.info("Firework %s: its launcher died, its job %s is found and put on record", launch.fw_id, job_id)
    launchpad.record_submission(launch.launch_id, job_id, launch.queue)
    return launch.but(reservation_id=job_id)


def _identity(launch: LaunchRecord | OpenRun) -> str:
    return json.dumps(identity_of(launch.queue or {}), sort_keys=True)


def _sight(launch: OpenRun, jobs: dict[tuple[str, str], JobStatus]) -> Sighting:
    files = observe(launch.launch_dir, launch.launch_id, launch.signature, launch.token)
    job = jobs.get((_identity(launch), launch.reservation_id or "")) if jobs else None
    seen = Sighting(launch_id=launch.launch_id, files=files, job=job, known=launch)
    if (
        job is None
        or not may_release(launch, launch.created_on, job, now())
        or (files is not None and _tells(files, launch))
    ):
        return seen
    try:
        withdrawn = withdraw(launch.launch_dir, launch.launch_id, launch.token)
    except OSError as error:  # it may start yet for all we know
        log.warning("Cannot take launch %s in %s back: %s", launch.launch_id, launch.launch_dir, error.strerror)
        return replace(seen, job=None)
    return replace(seen, withdrawn=withdrawn)


def _tells(files: Observation, launch: OpenRun) -> bool:
    """Whether the launch has begun, or nothing can be said of it.

    Files that are not there say something only of a launch without a job: that its launcher did not come so far.
    """
    problem = "" if files.absent and launch.reservation_id is None else files.problem
    return bool(files.ping or files.final or problem or files.foreign)


def _batches(runs: Iterable[OpenRun], jobs: dict[tuple[str, str], JobStatus]) -> Iterator[list[Sighting]]:
    """So many launches as make a transaction, looked at."""
    batch: list[Sighting] = []
    size = news = 0
    for run in runs:
        seen = _sight(run, jobs)
        batch.append(seen)
        if not _is_quiet(seen):
            news += 1
            size += seen.files.size if seen.files is not None else 0
        if news == BATCH or len(batch) == MOST_SIGHTINGS or size >= MOST_BYTES:
            yield batch
            batch, size, news = [], 0, 0
    if batch:
        yield batch


def _is_quiet(seen: Sighting) -> bool:
    """Whether such a sighting changes nothing, whatever is on record of the launch."""
    if seen.files is not None or seen.withdrawn:
        return False
    return seen.job is None or seen.job.phase in (Phase.RUNNING, Phase.PENDING)


def _workers(runs: Iterable[OpenRun]) -> Counter[str]:
    return Counter(run.worker for run in runs)
