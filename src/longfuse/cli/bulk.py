"""Changes to very many in batches: each is one short transaction; an interrupt leaves the finished ones finished."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from longfuse.cli.interrupts import Interrupts
from longfuse.cli.progress import progress_of
from longfuse.errors import LongfuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from longfuse.launchpad.pad import LaunchPad

log = logging.getLogger("longfuse.lpad")

Item = TypeVar("Item")


def in_batches(
    batches: Iterable[Sequence[Item]], total: int, what: str, change: Callable[[Sequence[Item]], object]
) -> None:
    """Change one batch after the other, with progress.

    Args:
        batches: What is changed.
        total: How many items they have together.
        what: What is counted, and what is done: ``FWs: defusing``.
        change: Changes one batch wholly or not at all.

    Raises:
        KeyboardInterrupt: Somebody wishes an end; how far it came is told.
        LongfuseError: One batch cannot be changed; so it stays as it was, and how far it came is told.
    """
    progress = progress_of(what)
    done = 0
    with Interrupts() as interrupts:
        try:
            for batch in batches:
                progress(done, total)
                change(batch)
                done += len(batch)
                interrupts.check()
            progress(done, total)
        except (KeyboardInterrupt, LongfuseError):
            progress.end()
            if 0 < done < total:
                # An interrupt may come in the moment after a commit: then it is one batch more.
                log.warning("Stopped after %s of %s %s: these stay done, the rest is as it was", done, total, what)
            raise
        progress.end()


def one_by_one(launchpad: LaunchPad, items: Sequence[Item], what: str, change: Callable[[Item], object]) -> None:
    """The same for what has a transaction of its own each."""
    in_batches(([item] for item in launchpad.in_turn(items)), len(items), what, lambda batch: change(batch[0]))
