"""Which faults are tried: all of them in the long form, else a sample that a seed chooses; and how many were."""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

SEED_VARIABLE = "LONGFUSE_FAULT_SEED"
LONG_VARIABLE = "LONGFUSE_FAULTS"
PROPERTY = "faults"

T = TypeVar("T")


def is_long() -> bool:
    """Whether every fault is tried, as ``make faults`` wants it."""
    return os.environ.get(LONG_VARIABLE) == "all"


def seed() -> int:
    """This run's seed; `set_seed` has seen to it that there is one."""
    return int(os.environ[SEED_VARIABLE])


def set_seed() -> None:
    """A fresh one unless there is one; workers of pytest-xdist inherit it."""
    os.environ.setdefault(SEED_VARIABLE, str(random.randrange(10**9)))


class Plan:
    """One test's share.

    Args:
        name: The test; it has a chance of its own.
        tried: How many faults were tried, by kind.
    """

    def __init__(self, name: str, tried: dict[str, int]) -> None:
        self.chance = random.Random(f"{seed()} {name}")
        self._tried = tried

    def choose(self, every: Sequence[T], sample: int) -> list[T]:
        """All of them, or so many."""
        if is_long() or len(every) <= sample:
            return list(every)
        return [every[n] for n in sorted(self.chance.sample(range(len(every)), sample))]

    def size(self, *, sample: int, long: int) -> int:
        """How many, where there is no end."""
        return long if is_long() else sample

    def tried(self, kind: str, number: int = 1) -> None:
        """Count faults."""
        self._tried[kind] = self._tried.get(kind, 0) + number

    @property
    def story(self) -> str:
        """How to see it again."""
        return f"{SEED_VARIABLE}={seed()}"


# --- for pytest
def header() -> str:
    """What a run begins with."""
    form = f"every one ({LONG_VARIABLE}=all)" if is_long() else "a sample"
    return f"faults: {form}, {SEED_VARIABLE}={seed()}"


def totals(reports: Sequence[pytest.TestReport]) -> Counter[str]:
    """How many faults these tests have tried, by kind."""
    found: Counter[str] = Counter()
    for report in reports:
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, dict):
                found.update(value)
    return found
