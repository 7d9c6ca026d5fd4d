"""Many Fireworks or Workflows in batches, each for one short transaction: nobody else waits for all of them."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar

from longfuse.launchpad.lookup import liftable, pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from longfuse.store.seam import Store

Item = TypeVar("Item")

FIREWORKS = 200
"""How many Fireworks are changed in one transaction; fewer where their specs are big."""

WORKFLOWS = 100
"""How many Workflows are changed in one transaction."""

MEMBERS = 1000
"""And how many Fireworks they have together, unless one Workflow alone has more."""


WORK_S, REST_S = 0.5, 0.12
"""Whoever waits for SQLite's write lock looks for it every 100 ms at last, not when it gets free: one transaction right
after the other would keep it away for as long as there are some. So there is a rest of more than that now and then."""


def with_rests(store: Store, batches: Iterable[Item]) -> Iterator[Item]:
    """The batches, with rests for others, where the database hands its write lock to whoever asks next."""
    resting = store.describe()["backend"] == "sqlite"
    began = monotonic()
    for batch in batches:
        if resting and monotonic() - began >= WORK_S:
            sleep(REST_S)
            began = monotonic()
        yield batch


def of_fireworks(store: Store, fw_ids: Iterable[int]) -> Iterator[list[int]]:
    """These Fireworks, in their order."""
    for part in pages(fw_ids, FIREWORKS):
        with store.read() as reader:
            weights = reader.weights(part)
        yield from liftable(part, weights)


def of_workflows(store: Store, fw_ids: Iterable[int]) -> Iterator[list[int]]:
    """The Workflows of these Fireworks, each by the Firework given, in their order."""
    for part in pages(fw_ids, WORKFLOWS):
        with store.read() as reader:
            nodes = reader.nodes(part)
            tallies = reader.tallies(sorted({node.wf_id for node in nodes.values()}))
        sizes = {i: sum(tallies[node.wf_id].states.values()) for i, node in nodes.items()}
        yield from liftable(part, sizes, MEMBERS)
