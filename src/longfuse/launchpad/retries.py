"""Fireworks whose jobs did not end well and that shall be tried again by themselves (``when_killed``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from longfuse.domain.events import Rerun, SpecChanged
from longfuse.domain.states import State
from longfuse.launchpad.control import recovery_of
from longfuse.launchpad.launches import apply
from longfuse.launchpad.outcomes import OutcomeKind
from longfuse.queue.adapter import POLICY
from longfuse.queue.policy import retry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from longfuse.launchpad.verdict import Verdict
    from longfuse.store.records import LaunchRecord
    from longfuse.store.seam import Reader, Transaction


def plan(reader: Reader, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, with what shall be tried again; its launch says so."""
    return [_planned(reader, verdict) if _has_policy(verdict) else verdict for verdict in verdicts]


def carry_out(tx: Transaction, verdicts: Sequence[Verdict], now: datetime) -> None:
    """Make READY again what shall be tried again, with what it needs the next time."""
    for verdict in verdicts:
        if verdict.retry is None or tx.nodes([verdict.launch.fw_id])[verdict.launch.fw_id].state is not State.FIZZLED:
            continue
        fw_id = verdict.launch.fw_id
        apply(tx, [Rerun(fw_id, duplicates=False)], now)
        spec = tx.specs([fw_id])[fw_id]
        if verdict.retry.wishes:
            spec["_queueadapter"] = {**(spec.get("_queueadapter") or {}), **verdict.retry.wishes}
        recovery = recovery_of(verdict.launch) if verdict.retry.from_checkpoint else None
        if recovery is not None:
            spec["_recovery"] = {**recovery, "_mode": verdict.retry.recover_mode}
            if verdict.retry.recover_mode == "prev_dir":
                spec["_launch_dir"] = verdict.launch.launch_dir
        apply(tx, [SpecChanged(fw_id, spec)], now)


def _has_policy(verdict: Verdict) -> bool:
    launch = verdict.launch
    return verdict.kind is OutcomeKind.FIZZLED and not launch.archived and bool((launch.queue or {}).get(POLICY))


def _planned(reader: Reader, verdict: Verdict) -> Verdict:
    launch = verdict.launch
    cause = launch.cause or ""
    again = retry((launch.queue or {})[POLICY], cause, _ended_before(reader, launch, cause))
    if again is None:
        return verdict
    reason = f"{verdict.reason}; {again}"
    return replace(verdict, retry=again, reason=reason, launch=replace(launch, reason=reason))


def _ended_before(reader: Reader, launch: LaunchRecord, cause: str) -> int:
    """How many earlier launches of the Firework ended for the same cause."""
    launches = reader.launch_records_of([launch.fw_id])[launch.fw_id]
    return sum(x.launch_id != launch.launch_id and x.state is State.FIZZLED and x.cause == cause for x in launches)
