"""What ``lpad recover_offline`` prints of a pass."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from longfuse.launchpad.outcomes import OutcomeKind

if TYPE_CHECKING:
    from longfuse.launchpad.outcomes import Outcome
    from longfuse.relay import RecoveryReport

TOLD_ONE_BY_ONE = (
    OutcomeKind.STARTED,
    OutcomeKind.COMPLETED,
    OutcomeKind.FIZZLED,
    OutcomeKind.RELEASED,
    OutcomeKind.KEPT_ASIDE,
    OutcomeKind.UNKNOWN,
    OutcomeKind.REFUSED,
)
"""What is news, or needs a person; the others are counted."""


def tell(report: RecoveryReport, with_places: bool) -> None:
    """Print it.

    Args:
        report: The pass.
        with_places: Name every launch directory, not only those that need a person.
    """
    for outcome in report.of(*TOLD_ONE_BY_ONE):
        print(_line(outcome, with_places or outcome.kind.needs_person))
    counts = Counter(outcome.kind for outcome in report.outcomes)
    print(f"{counts[OutcomeKind.RUNNING]} still running, {counts[OutcomeKind.WAITING]} waiting in the queue")
    for silence in report.silences:
        print(_not_asked(silence))
    for worker, number in sorted(report.others.items()):
        print(f"left alone: {number} of the worker {worker!r} (-w '' takes all)")
    recovered = [outcome.fw_id for outcome in report.of(OutcomeKind.COMPLETED, OutcomeKind.FIZZLED)]
    print(f"FINISHED recovering offline runs. {len(recovered)} job(s) recovered: {recovered}")
    failed = [outcome.fw_id for outcome in report.outcomes if outcome.kind.needs_person]
    if failed:
        print(f"FAILED to recover offline fw_ids: {failed}")


def news_lines(report: RecoveryReport) -> list[str]:
    """What a watch tells of a pass: what happened, and what was not to be had."""
    lines = [_line(outcome, outcome.kind.needs_person) for outcome in report.outcomes]
    return lines + [_not_asked(silence) for silence in report.silences]


def _not_asked(silence: str) -> str:
    return f"not asked: {silence}. Nothing was concluded from that"


def _line(outcome: Outcome, with_place: bool) -> str:
    parts = [outcome.kind.value + (f" ({outcome.cause})" if outcome.cause else "")]
    if outcome.reason:
        parts.append(outcome.reason)
    if with_place and outcome.launch_dir not in outcome.reason:
        parts.append(outcome.launch_dir)
    return f"fw_id {outcome.fw_id} ({outcome.name}): " + ": ".join(parts)
