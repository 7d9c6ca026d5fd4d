"""What failures have in common, and what completed has not (FireWorks' ``features.introspect``)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from longfuse.domain.states import State
from longfuse.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from longfuse.launchpad.pad import LaunchPad

    Row = tuple[str, str, int, int, float]

separator_str = ":%%:"
"""Between a path and its value."""

TRUNCATED = "<TRUNCATED_OBJECT>"
"""Stands for what is nested deeper than was looked at."""

LONGEST = 1000
"""So many characters of a value are compared and told as they are."""

TOLD = 200
"""Of a longer one so many are told."""

STACKTRACE = "actions.stored_data._exception._stacktrace"

TITLES = {
    "launches": f"launches.{STACKTRACE}",
    "tasks": "fireworks.spec._tasks",
    "fireworks": "fireworks.spec",
    "workflows": "workflows.metadata",
}
"""What can be looked at, and its name in a report."""

NAMES = {"fws": "fireworks", "wflows": "workflows"}
"""Other names of the same."""

HEADERS = ("key", "value", "#C", "#F", "%C - %F")


def flatten_to_keys(curr_doc: Mapping[str, Any], curr_recurs: int = 1, max_recurs: int = 2) -> list[str]:
    """Each value of a document with the path to it, as ``path:%%:value``; lists count as their items.

    Of a value longer than `LONGEST` characters the beginning stands there, and its digest.

    Args:
        curr_doc: The document.
        curr_recurs: At which level it stands.
        max_recurs: How many levels are looked at; what is deeper is told as `TRUNCATED`.
    """
    found: list[str] = []
    for key, value in curr_doc.items():
        for item in value if isinstance(value, list | tuple) else [value]:
            if not isinstance(item, dict):
                found.append(f"{key}{separator_str}{_told(item)}")
            elif curr_recurs >= max_recurs:
                found.append(f"{key}{separator_str}{TRUNCATED}")
            else:
                found += [f"{key}.{below}" for below in flatten_to_keys(item, curr_recurs + 1, max_recurs)]
    return found


def collect_stats(list_keys: Iterable[str], filter_truncated: bool = True) -> dict[str, int]:
    """How often each occurs.

    Args:
        list_keys: As `flatten_to_keys` gives them.
        filter_truncated: Leave out what was nested too deep.
    """
    return dict(Counter(key for key in list_keys if not (filter_truncated and key.endswith(TRUNCATED))))


def compare_stats(
    statsdict1: Mapping[str, int],
    numsamples1: int,
    statsdict2: Mapping[str, int],
    numsamples2: int,
    threshold: float = 5,
) -> list[Row]:
    """What occurs more often in one of two samples than in the other.

    Args:
        statsdict1: How often each occurs in the first sample, that of COMPLETED ones.
        numsamples1: How large that is.
        statsdict2: The same of FIZZLED ones.
        numsamples2: How large that is.
        threshold: Differences below so many percent are left out.

    Returns:
        Path, value, number in the first, number in the second, percent of the first minus percent of the second; what
        speaks most for FIZZLED first.
    """
    rows: list[Row] = []
    for key in {**statsdict1, **statsdict2}:
        first, second = statsdict1.get(key, 0), statsdict2.get(key, 0)
        difference = _percent(first, numsamples1) - _percent(second, numsamples2)
        if abs(difference) >= threshold:
            path, _, value = key.partition(separator_str)
            rows.append((path, value, first, second, difference))
    return sorted(rows, key=lambda row: (row[-1], row[:2]))


class Introspector:
    """Looks for what failures have in common.

    Args:
        lpad: The LaunchPad.
    """

    def __init__(self, lpad: LaunchPad) -> None:
        self._lpad = lpad

    def introspect_fizzled(
        self, coll: str = "fws", rsort: bool = True, threshold: float = 10, limit: int = 100
    ) -> list[Any]:
        """Compare those that fizzled with those that completed.

        Args:
            coll: ``fws``, ``tasks``, ``wflows`` or ``launches``.
            rsort: Look at the newest; else at the oldest.
            threshold: Differences below so many percent are left out.
            limit: How many of each are looked at.

        Returns:
            Rows as `compare_stats` gives them. Of ``launches``: how many failed with each stack trace (or, without one,
            for each cause and reason), and that; the most frequent first.

        Raises:
            InputError: There is no such collection.
        """
        name = NAMES.get(coll, coll)
        if name not in TITLES:
            raise InputError(f"There is no collection {coll!r} to look at; take {', '.join(TITLES)}")
        order = -1 if rsort else 1
        if name == "launches":
            return self._stacktraces(order, limit)
        completed, fizzled = (self._samples(name, state, order, limit) for state in (State.COMPLETED, State.FIZZLED))
        return compare_stats(_totals(completed), len(completed), _totals(fizzled), len(fizzled), threshold)

    @staticmethod
    def print_report(table: Sequence[Any], coll: str) -> None:
        """Print what `introspect_fizzled` found, as ``lpad introspect`` does."""
        name = NAMES.get(coll, coll)
        title = f"Introspection report for {TITLES[name]}"
        print("-" * len(title), title, "-" * len(title), sep="\n")  # noqa: T201 - it is what FireWorks' method does
        if name == "launches":
            for count, trace in table:
                print(f"----{count} Failures have the following stack trace--------------\n{trace}")  # noqa: T201
        else:
            print(_tabulated(table))  # noqa: T201

    def _samples(self, name: str, state: State, order: int, limit: int) -> list[list[str]]:
        """The flat keys of each document."""
        collection = self._lpad.workflows if name == "workflows" else self._lpad.fireworks
        part = "metadata" if name == "workflows" else "spec"
        found = collection.find({"state": str(state)}, [part], limit=limit, sort=[("updated_on", order)])
        return [flatten_to_keys(_looked_at(document[part], tasks=name == "tasks")) for document in found]

    def _stacktraces(self, order: int, limit: int) -> list[tuple[int, str]]:
        wanted = ["action", "cause", "reason"]
        found = self._lpad.launches.find({"state": "FIZZLED"}, wanted, limit=limit, sort=[("time_end", order)])
        counts = Counter(map(_trace, found)).most_common()
        return [(count, trace) for trace, count in counts]


def _looked_at(part: Mapping[str, Any], *, tasks: bool) -> dict[str, Any]:
    """Of a spec its tasks, or all the rest."""
    return {"_tasks": part.get("_tasks") or []} if tasks else {key: part[key] for key in part if key != "_tasks"}


def _told(value: Any) -> str:
    """A value as text; of a long one the beginning, and what tells it from others."""
    text = str(value)
    if len(text) <= LONGEST:
        return text
    from hashlib import sha256

    digest = sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"{text[:TOLD]}... ({len(text)} characters, SHA-256 {digest[:12]})"


def _trace(launch: Mapping[str, Any]) -> str:
    """The stack trace of a launch that failed; one that was killed left none."""
    stored = (launch.get("action") or {}).get("stored_data") or {}
    exception = stored.get("_exception") if isinstance(stored, dict) else None
    if isinstance(exception, dict) and exception.get("_stacktrace"):
        return str(exception["_stacktrace"])
    return ": ".join(str(launch[key]) for key in ("cause", "reason") if launch.get(key)) or "no stack trace"


def _totals(samples: Iterable[Iterable[str]]) -> dict[str, int]:
    """In how many samples each occurs; twice in one counts once."""
    return collect_stats(key for sample in samples for key in dict.fromkeys(sample))


def _percent(number: int, samples: int) -> float:
    return 100 * number / samples if samples else 0.0


def _tabulated(rows: Sequence[Row]) -> str:
    """Columns below each other, numbers to the right."""
    cells = [(path, value, str(first), str(second), f"{share:g}") for path, value, first, second, share in rows]
    widths = [max(map(len, column)) for column in zip(HEADERS, *cells, strict=True)]
    lines = [_aligned(HEADERS, widths), "  ".join("-" * width for width in widths)]
    return "\n".join([*lines, *(_aligned(row, widths) for row in cells)])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    left = [f"{cell:{width}}" for cell, width in zip(row[:2], widths[:2], strict=True)]
    right = [f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*left, *right]).rstrip()
