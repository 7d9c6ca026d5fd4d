"""What a transaction has read, so that it writes back only the columns in which records have changed."""

from __future__ import annotations

from operator import attrgetter, is_
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    Values = dict[str, Any]

Record = TypeVar("Record")


class Remembered(Generic[Record]):
    """Records of one kind as the transaction knows them to be in the database.

    Args:
        kind: Their class, with the columns' names as its slots.
        key: The column that tells them apart.
    """

    def __init__(self, kind: type[Record], key: str) -> None:
        self._names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]
        self._key = attrgetter(key)
        self._known: dict[int, Record] = {}

    def note(self, records: Iterable[Record]) -> None:
        """They are in the database like this."""
        self._known.update((self._key(record), record) for record in records)

    def forget(self) -> None:
        """They may have changed by other ways than `note` was told."""
        self._known.clear()

    def unknown(self, records: Iterable[Record]) -> list[Record]:
        """Those of which nothing is known."""
        return [record for record in records if self._key(record) not in self._known]

    def changed(self, records: Sequence[Record]) -> tuple[list[str], list[Record]]:
        """Those that are known and are other objects now, and the columns in which any of them has changed.

        Dictionaries and lists count as changed unless they are the same object: ``1`` equals ``True``, their JSON
        differs.
        """
        pairs = ((self._known.get(self._key(record)), record) for record in records)
        others = [(known, record) for known, record in pairs if known is not None and known is not record]
        befores, afters = [known for known, _ in others], [record for _, record in others]
        columns = [name for name in self._names if _differ(attrgetter(name), befores, afters)]
        return columns, afters if columns else []


def _differ(get: Callable[[Any], Any], befores: Sequence[Any], afters: Sequence[Any]) -> bool:
    """Whether any value is another than before."""
    if all(map(is_, map(get, befores), map(get, afters))):  # most are the same objects
        return False
    return any(
        before is not after and (isinstance(after, dict | list) or before != after)
        for before, after in zip(map(get, befores), map(get, afters), strict=True)
    )


def updates(records: Sequence[Any], columns: Sequence[str], key: str) -> list[Values]:
    """The parameters of an update of these columns, one for each record; ``this`` is the key."""
    if not columns:
        return []
    names = ["this", *columns]
    return [dict(zip(names, row, strict=True)) for row in map(attrgetter(key, *columns), records)]


def alike(ids: Iterable[int], values: Iterable[Hashable]) -> dict[Any, list[int]]:
    """The ids of those that have the same values: one statement may change them all."""
    groups: dict[Any, list[int]] = {}
    for i, value in zip(ids, values, strict=True):
        groups.setdefault(value, []).append(i)
    return groups
