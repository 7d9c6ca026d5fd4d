"""A launch's effects on the LaunchPad beyond its FWAction's data, as pure functions on one JSON object.

::

    {"added": [5, 6],                 Fireworks that it has added: by its FWAction, or because a task asked for it
     "noted": {"attempt": 1, "writes": [...]},    what its last heartbeat carried, in order; to be done when it ends
     "writes": {"attempt": 1, "done": 2, "failed": "..."},   how many of them were done, and why the next was not
     "ids": {"-1000001": 5}}          what the provisional ids of its tasks became

Each key is there only if there is something to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Effects = dict[str, Any]
Writes = list[dict[str, Any]]


def with_added(effects: Effects | None, fw_ids: Sequence[int]) -> Effects | None:
    """The effects after the launch added these Fireworks."""
    if not fw_ids:
        return effects
    known = effects or {}
    return {**known, "added": [*known.get("added", []), *fw_ids]}


def with_noted(effects: Effects | None, attempt: int, writes: Writes) -> Effects | None:
    """The effects after a heartbeat of this attempt carried these writes: all of them since its start."""
    if not undone(effects, attempt, writes):
        return effects
    return {**(effects or {}), "noted": {"attempt": attempt, "writes": writes}}


def noted(effects: Effects | None) -> tuple[int, Writes]:
    """The attempt of the last heartbeat that carried writes, and those."""
    found = (effects or {}).get("noted") or {"attempt": 0, "writes": []}
    return found["attempt"], found["writes"]


def undone(effects: Effects | None, attempt: int, writes: Writes) -> Writes:
    """What of an attempt's writes is still to be done; nothing after one that failed."""
    if failure(effects, attempt):
        return []
    before = (effects or {}).get("writes") or {}
    return writes[before["done"] :] if before.get("attempt") == attempt else writes


def failure(effects: Effects | None, attempt: int) -> str:
    """Why one of this attempt's writes could not be done; empty if none was tried in vain."""
    before = (effects or {}).get("writes") or {}
    return str(before.get("failed", "")) if before.get("attempt") == attempt else ""


def with_done(effects: Effects | None, attempt: int, done: int, ids: Mapping[str, int], failed: str = "") -> Effects:
    """The effects after some more of an attempt's writes were done.

    Args:
        effects: The effects before.
        attempt: The attempt.
        done: How many more.
        ids: What its provisional ids became, all of them.
        failed: Why the next one could not be done, or empty.
    """
    after = {**(effects or {}), "ids": dict(ids)}
    after.pop("noted", None)
    before = after.get("writes") or {}
    earlier = before["done"] if before.get("attempt") == attempt else 0
    after["writes"] = {"attempt": attempt, "done": earlier + done, **({"failed": failed} if failed else {})}
    return after
