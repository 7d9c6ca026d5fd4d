"""Pass after pass: the pace, and that each thing is told once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from longfuse.errors import StoreUnavailableError
from longfuse.launchers.watch import Pace, Watch
from longfuse.launchpad.outcomes import Outcome, OutcomeKind
from longfuse.relay import RecoveryReport


def outcome(kind: OutcomeKind, fw_id: int = 1, reason: str = "") -> Outcome:
    return Outcome(launch_id=fw_id, fw_id=fw_id, name="f", launch_dir="/scratch", kind=kind, reason=reason)


@dataclass
class Passes:
    """What the next passes see, and what was told of them."""

    coming: list[RecoveryReport | StoreUnavailableError] = field(default_factory=list)
    told: list[RecoveryReport] = field(default_factory=list)

    def __call__(self) -> RecoveryReport:
        this = self.coming.pop(0)
        if isinstance(this, StoreUnavailableError):
            raise this
        return this

    def see(self, *outcomes: Outcome, silences: tuple[str, ...] = ()) -> None:
        self.coming.append(RecoveryReport(list(outcomes), silences=list(silences)))


def test_it_rests_longer_while_nothing_happens() -> None:
    passes = Passes()
    watch = Watch(passes, passes.told.append, Pace(most_s=60))
    rests = []
    for _ in range(10):
        passes.see(outcome(OutcomeKind.RUNNING))
        assert not watch.look()
        rests.append(watch.pace.rest_s)
    assert rests == sorted(rests)
    assert rests[-1] == 60
    assert passes.told == []
    passes.see(outcome(OutcomeKind.COMPLETED))
    assert watch.look()
    assert watch.pace.rest_s == 5


def test_a_short_interval_is_short_from_the_start() -> None:
    assert Pace(most_s=0.5).rest_s == 0.5


def test_news_is_told_once() -> None:
    passes = Passes()
    watch = Watch(passes, passes.told.append, Pace(most_s=60))
    unknown = outcome(OutcomeKind.UNKNOWN, 2, "its directory is not there")
    for _ in range(3):
        passes.see(outcome(OutcomeKind.RUNNING), unknown)
        watch.look()
    passes.see(outcome(OutcomeKind.UNKNOWN, 2, "a file cannot be read"))
    watch.look()
    assert [[one.reason for one in report.outcomes] for report in passes.told] == [
        ["its directory is not there"],
        ["a file cannot be read"],
    ]


def test_a_batch_system_that_is_away_is_told_once_and_asked_less_often() -> None:
    passes = Passes()
    watch = Watch(passes, passes.told.append, Pace(most_s=600))
    for _ in range(3):
        passes.see(outcome(OutcomeKind.COMPLETED), silences=("squeue does not answer",))
        watch.look()
    assert [report.silences for report in passes.told] == [["squeue does not answer"]]
    assert watch.pace.rest_s == 5 * 3**3
    passes.see()
    watch.look()
    passes.see(silences=("squeue does not answer",))
    watch.look()
    assert len(passes.told) == 2


def test_a_launchpad_that_is_away_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    passes = Passes()
    watch = Watch(passes, passes.told.append, Pace(most_s=600))
    for _ in range(3):
        passes.coming.append(StoreUnavailableError("The LaunchPad is away"))
        assert not watch.look()
    passes.see(outcome(OutcomeKind.COMPLETED))
    with caplog.at_level("INFO", "longfuse.watch"):
        assert watch.look()
    assert [record.getMessage() for record in caplog.records] == ["The LaunchPad is back"]


def test_what_is_no_matter_of_the_launchpad_ends_it() -> None:
    def broken() -> RecoveryReport:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Watch(broken, lambda _: None, Pace(most_s=60)).look()
