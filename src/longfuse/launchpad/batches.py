"""Many Fireworks or Workflows in batches, each for one short transaction: nobody else waits for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longfuse.launchpad.lookup import liftable, pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from longfuse.store.seam import Store

FIREWORKS = 200
"""How many Fireworks are changed in one transaction; fewer where their specs are big."""

WORKFLOWS = 100
"""How many Workflows are changed in one transaction."""

MEMBERS = 1000
"""And how many Fireworks they have together, unless one Workflow alone has more."""


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
