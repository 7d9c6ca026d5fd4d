"""How much was done when: Fireworks, Workflows or launches by state in each minute, hour, day, month or year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from longfuse.domain.states import STATE_RANKS, State
from longfuse.domain.wire import iso
from longfuse.domain.wire import now as time_now
from longfuse.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from longfuse.launchpad.pad import LaunchPad

    Stats = list[dict[str, Any]]

DATE_KEYS = {"years": 4, "months": 7, "days": 10, "hours": 13, "minutes": 16}
"""Each interval, and how many characters of an ISO time say which one it was."""

COLLECTIONS = {
    "fws": ("fireworks", "updated_on"),
    "fireworks": ("fireworks", "updated_on"),
    "wflows": ("workflows", "updated_on"),
    "workflows": ("workflows", "updated_on"),
    "launches": ("launches", "time_end"),
}
"""What can be counted, and by which time."""

state_to_color = {
    "RUNNING": "#F4B90B",
    "WAITING": "#1F62A2",
    "FIZZLED": "#DB0051",
    "READY": "#2E92F2",
    "COMPLETED": "#24C75A",
    "RESERVED": "#BB8BC1",
    "ARCHIVED": "#7F8287",
    "DEFUSED": "#B7BCC3",
    "PAUSED": "#FFCFCA",
}
"""FireWorks' colours."""

_SECONDS = {"days": 86_400, "hours": 3600, "minutes": 60}


class FWReport:
    """Statistics of a LaunchPad (FireWorks' ``features.fw_report``). Times are UTC; only the present states count.

    Args:
        lpad: The LaunchPad.
    """

    def __init__(self, lpad: LaunchPad) -> None:
        self._lpad = lpad

    def get_stats(
        self,
        coll: str = "fireworks",
        interval: str = "days",
        num_intervals: int = 5,
        additional_query: Mapping[str, Any] | None = None,
        *,
        now: datetime | None = None,
    ) -> Stats:
        """Count by interval, newest first; intervals in which nothing happened are left out.

        Args:
            coll: ``fws``, ``wflows`` or ``launches``.
            interval: ``minutes``, ``hours``, ``days``, ``months`` or ``years``.
            num_intervals: How many of them, the present one included.
            additional_query: Only what matches this Mongo-style query.
            now: The time; None is now.

        Returns:
            For each: ``date_key``, ``states`` (how many are in each), ``count`` (in all) and ``completed_score`` (of
            those that are COMPLETED or FIZZLED, the part that is COMPLETED).

        Raises:
            InputError: There is no such collection or interval.
        """
        if coll not in COLLECTIONS:
            raise InputError(f"There is no collection {coll!r} to report on; take fws, wflows or launches")
        if interval not in DATE_KEYS:
            raise InputError(f"There is no interval {interval!r}; take {', '.join(DATE_KEYS)}")
        collection, time_field = COLLECTIONS[coll]
        first = _first_key(now or time_now(), interval, num_intervals)
        query: dict[str, Any] = {time_field: {"$gte": first}}
        query = {"$and": [query, additional_query]} if additional_query else query
        fields = [(time_field, DATE_KEYS[interval]), ("state", 0)]
        numbers = self._lpad.count_by(collection, fields, query)
        by_key: dict[str, dict[str, int]] = {}
        for (key, state), number in numbers.items():
            by_key.setdefault(key, {})[str(state)] = number
        return [_period(key, by_key[key]) for key in sorted(by_key, reverse=True)]

    @staticmethod
    def get_stats_str(decorated_stat_list: Stats) -> str:
        """What `get_stats` found, as ``lpad report`` prints it."""
        if not decorated_stat_list:
            return "There are no stats to display for the chosen time period."
        return "".join(map(_period_text, decorated_stat_list))

    def plot_stats(
        self,
        coll: str = "fireworks",
        interval: str = "days",
        num_intervals: int = 5,
        states: Sequence[str] | None = None,
        style: str = "bar",
    ) -> Any:
        """The same as a figure of matplotlib, oldest first.

        Args:
            coll: As in `get_stats`.
            interval: As in `get_stats`.
            num_intervals: As in `get_stats`.
            states: Which states; None are all that occur.
            style: ``bar`` or ``fill``.

        Raises:
            InputError: There is no such style.
            ConfigError: matplotlib is not installed.
        """
        if style not in ("bar", "fill"):
            raise InputError(f"There is no style {style!r} of a plot; take bar or fill")
        stats = self.get_stats(coll, interval, num_intervals)[::-1]
        shown = list(states or [state for state in _ORDER if any(stat["states"][state] for stat in stats)])
        figure, axes = _new_figure()
        places, bottom = range(len(stats)), [0] * len(stats)
        for state in shown:
            heights = [stat["states"][state] for stat in stats]
            top = [low + height for low, height in zip(bottom, heights, strict=True)]
            if style == "bar":
                axes.bar(places, heights, bottom=bottom, color=state_to_color[state], label=state)
            else:
                axes.fill_between(places, bottom, top, color=state_to_color[state], label=state)
            bottom = top
        axes.set_xticks(list(places), [stat["date_key"] for stat in stats], rotation=30)
        axes.set_ylabel(f"number of {coll}")
        if shown:
            axes.legend()
        return figure


_ORDER = [str(state) for state in STATE_RANKS]


def _first_key(now: datetime, interval: str, num_intervals: int) -> str:
    """The earliest of so many intervals, as its first characters of an ISO time."""
    if num_intervals < 1:
        raise InputError(f"A report needs at least one interval, not {num_intervals}")
    if interval in _SECONDS:
        from datetime import UTC, datetime, timedelta

        try:
            first = now - timedelta(seconds=_SECONDS[interval] * (num_intervals - 1))
        except OverflowError:
            first = datetime.min.replace(tzinfo=UTC)
        return iso(first)[: DATE_KEYS[interval]]
    months = now.year * 12 + now.month - 1 - (num_intervals - 1) * (12 if interval == "years" else 1)
    return f"{max(0, months) // 12:04d}-{max(0, months) % 12 + 1:02d}"[: DATE_KEYS[interval]]


def _period(key: str, states: Mapping[str, int]) -> dict[str, Any]:
    completed, fizzled = states.get(State.COMPLETED, 0), states.get(State.FIZZLED, 0)
    return {
        "date_key": key,
        "states": {state: states.get(state, 0) for state in _ORDER},
        "count": sum(states.values()),
        "completed_score": completed / (completed + fizzled) if completed else 0,
    }


def _period_text(stat: Mapping[str, Any]) -> str:
    header = f"Stats for time-period {stat['date_key']}"
    states = "".join(f"{state} : {number}\n" for state, number in stat["states"].items())
    score = f"C/(C+F) : {100 * stat['completed_score']:.1f}%"
    return f"{header}\n{'=' * (len(header) + 1)}\n{states}\ntotal : {stat['count']}\n{score}\n\n"


def _new_figure() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("A plot needs matplotlib; `pip install 'longfuse[plot]'` installs it") from None
    figure = Figure(layout="constrained")
    return figure, figure.subplots()
