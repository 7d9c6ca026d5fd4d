"""Lanes: READY Fireworks, sorted by what nearly every worker asks of their specs.

Each FWorker asks for ``_fworker`` and many for ``_category`` (`longfuse.domain.fworker.FWorker.query`). Fireworks whose
specs say the same of both are in one lane, whose text is a column with an index: a worker walks along the lanes that
are open to it, and never along a million Fireworks that are none of its business. Mostly nothing is left to be asked of
the specs then, and they are not looked at.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from longfuse.domain.filter import And, Field, Not, Or, matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from longfuse.domain.query import Filter

KEYS: Final = ("_category", "_fworker")
"""What of a spec decides its lane."""

PLAIN: Final = ""
"""The lane of specs that have none of these."""

UNSORTED: Final = "?"
"""The lane of specs of which a short text does not tell what they have."""

LONGEST: Final = 100
"""Characters of a name that is told by its lane."""

MOST: Final = 1000
"""With more lanes than these they are no help."""

ALWAYS: Final[Filter] = And(())
NEVER: Final[Filter] = Or(())


def lane_of(spec: Mapping[str, Any]) -> str:
    """The lane of a Firework with this spec."""
    told = {key: spec[key] for key in KEYS if key in spec}
    if not told:
        return PLAIN
    return json.dumps(told, ensure_ascii=False) if all(map(_is_short, told.values())) else UNSORTED


def _is_short(value: Any) -> bool:
    """Whether it is null, or a text that each database keeps as it is."""
    return value is None or (isinstance(value, str) and len(value) <= LONGEST and value.isprintable())


@lru_cache(maxsize=8192)
def left_to_ask(where: Filter | None, lane: str) -> Filter:
    """What a filter on Fireworks still asks of one in that lane: `ALWAYS` nothing, `NEVER` if none matches."""
    if where is None:
        return ALWAYS
    if lane == UNSORTED:
        return where
    return _left(where, {"spec": {} if lane == PLAIN else json.loads(lane)})


def _left(where: Filter, told: Mapping[str, Any]) -> Filter:
    match where:
        case And(filters):
            return _joined(And, [_left(part, told) for part in filters], nothing=ALWAYS, decisive=NEVER)
        case Or(filters):
            return _joined(Or, [_left(part, told) for part in filters], nothing=NEVER, decisive=ALWAYS)
        case Not(negated):
            left = _left(negated, told)
            return {ALWAYS: NEVER, NEVER: ALWAYS}.get(left, Not(left))
        case Field(path, _) if path[:1] == ("spec",) and path[1:2] and path[1] in KEYS:
            return ALWAYS if matches(where, told) else NEVER
        case _:
            return where


def _joined(kind: type[And | Or], parts: list[Filter], *, nothing: Filter, decisive: Filter) -> Filter:
    if decisive in parts:
        return decisive
    left = [part for part in parts if part != nothing]
    return left[0] if len(left) == 1 else kind(tuple(left))
