"""Recovery that nobody has to type: pass after pass, at a pace that is polite to file systems and batch systems."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from longfuse.errors import StoreError
from longfuse.launchpad.outcomes import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.launchpad.outcomes import Outcome
    from longfuse.relay import RecoveryReport

LEAST_S = 5.0
SLOWER = 1.5
MUCH_SLOWER = 3.0

PASSING = (OutcomeKind.RUNNING, OutcomeKind.WAITING)
"""It is no news that a job still runs, or waits."""

log = logging.getLogger("longfuse.watch")


@dataclass(slots=True)
class Pace:
    """How long to rest between two passes: little while there is news, more and more while there is none.

    Attributes:
        most_s: The longest rest.
        least_s: The shortest one.
        rest_s: The next one.
    """

    most_s: float
    least_s: float = LEAST_S
    rest_s: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.least_s = min(self.least_s, self.most_s)
        self.rest_s = self.least_s

    def news(self) -> None:
        """Something happened: more may follow soon."""
        self.rest_s = self.least_s

    def quiet(self) -> None:
        """Nothing happened."""
        self.rest_s = min(self.most_s, self.rest_s * SLOWER)

    def trouble(self) -> None:
        """Somebody does not answer: they have enough to do without us."""
        self.rest_s = min(self.most_s, self.rest_s * MUCH_SLOWER)


class Watch:
    """Recovers again and again, and tells each thing once.

    An unreachable LaunchPad or batch system is told once, and told again when it is back; nothing that happens to them
    ends a watch.

    Args:
        recover: One recovery pass.
        tell: Is given what is new of a pass, if anything is.
        pace: How long to rest after each.
    """

    def __init__(
        self, recover: Callable[[], RecoveryReport], tell: Callable[[RecoveryReport], None], pace: Pace
    ) -> None:
        self._recover = recover
        self._tell = tell
        self.pace = pace
        self._told: set[tuple[int, OutcomeKind, str]] = set()
        self._silences: set[str] = set()
        self._away = False
        self._last = -float("inf")

    @property
    def is_due(self) -> bool:
        """Whether the rest since the last pass is over."""
        return time.monotonic() - self._last >= self.pace.rest_s

    def look(self) -> bool:
        """One pass; returns whether it brought news."""
        try:
            report = self._recover()
        except StoreError as error:
            self._note_away(error)
            return False
        finally:
            self._last = time.monotonic()
        self._note_back()
        news = self._news(report)
        if news.outcomes or news.silences:
            self._tell(news)
        self._set_pace(news, report)
        return bool(news.outcomes)

    def forever(self, check: Callable[[], None]) -> None:
        """Pass after pass; ends with KeyboardInterrupt only, which ``check`` may raise between them."""
        while True:
            check()
            self.look()
            check()
            time.sleep(self.pace.rest_s)

    def _set_pace(self, news: RecoveryReport, report: RecoveryReport) -> None:
        if report.silences:
            self.pace.trouble()
        elif news.outcomes:
            self.pace.news()
        else:
            self.pace.quiet()

    def _news(self, report: RecoveryReport) -> RecoveryReport:
        """What was not told after the pass before."""
        outcomes = [outcome for outcome in report.outcomes if outcome.kind not in PASSING]
        fresh = [outcome for outcome in outcomes if _key(outcome) not in self._told]
        silences = [silence for silence in report.silences if silence not in self._silences]
        self._told = {_key(outcome) for outcome in outcomes}
        self._silences = set(report.silences)
        return replace(report, outcomes=fresh, silences=silences)

    def _note_away(self, error: StoreError) -> None:
        self.pace.trouble()
        if not self._away:
            log.warning("%s. Nothing is lost meanwhile; trying again until it is back", error)
        self._away = True

    def _note_back(self) -> None:
        if self._away:
            log.info("The LaunchPad is back")
        self._away = False


def _key(outcome: Outcome) -> tuple[int, OutcomeKind, str]:
    return outcome.launch_id, outcome.kind, outcome.reason
