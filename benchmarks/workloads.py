"""Workflows as data: shapes, sizes and payloads, in the form that ``lpad add`` reads.

A shape is a function from a number of Fireworks to links ``(parent, child)`` between 1 and that number. All that is
random follows from a seed, so two runs, and two versions, are measured on the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Links = Iterator[tuple[int, int]]

SCRIPT = {"_fw_name": "ScriptTask", "script": "true"}
"""A task that does nothing, in a shell of its own."""

FUNCTION = {"_fw_name": "PyTask", "func": "builtins.len", "args": [[]]}
"""The same without a shell: what is left is Longfuse's own."""

WIDTH = 10
"""How many Fireworks a layer of `layered` has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A workflow to be made.

    Attributes:
        shape: A name in `SHAPES`.
        size: How many Fireworks.
        payload_bytes: How much each spec carries.
        seed: Of what is random.
    """

    shape: str
    size: int
    payload_bytes: int = 100
    seed: int = 1

    def document(self, task: Mapping[str, Any] = SCRIPT) -> dict[str, Any]:
        """The workflow in FireWorks' form; each Firework has this task."""
        links: dict[str, list[int]] = {}
        for parent, child in SHAPES[self.shape](self.size, self.seed):
            links.setdefault(str(parent), []).append(child)
        name = f"{self.shape} of {self.size}"
        fws = [firework(number, self.payload_bytes, task) for number in range(1, self.size + 1)]
        return {"fws": fws, "links": links, "name": name, "metadata": {"shape": self.shape}}


def firework(fw_id: int, payload_bytes: int = 100, task: Mapping[str, Any] = SCRIPT) -> dict[str, Any]:
    """One small Firework."""
    spec = {"_tasks": [dict(task)], "index": fw_id, "payload": "x" * payload_bytes}
    return {"fw_id": fw_id, "name": f"firework {fw_id}", "spec": spec}


def bag(size: int, seed: int = 0) -> Links:
    """Nothing depends on anything."""
    del size, seed
    yield from ()


def chain(size: int, seed: int = 0) -> Links:
    """Each after the one before."""
    del seed
    yield from ((number, number + 1) for number in range(1, size))


def star(size: int, seed: int = 0) -> Links:
    """One, and all others after it."""
    del seed
    yield from ((1, number) for number in range(2, size + 1))


def diamond(size: int, seed: int = 0) -> Links:
    """One, then all others but one side by side, then one after them all."""
    del seed
    for number in range(2, size):
        yield 1, number
        yield number, size
    if size == 2:
        yield 1, 2


def layered(size: int, seed: int = 0) -> Links:
    """Layers of `WIDTH`; each Firework has one to three parents in the layer above, drawn by the seed."""
    draw = random.Random(seed)
    for number in range(WIDTH + 1, size + 1):
        start = (number - 1) // WIDTH * WIDTH - WIDTH + 1
        for parent in draw.sample(range(start, start + WIDTH), draw.randint(1, 3)):
            yield parent, number


SHAPES: dict[str, Callable[[int, int], Links]] = {
    "bag": bag,
    "chain": chain,
    "diamond": diamond,
    "layered": layered,
    "star": star,
}
