"""What a transaction has read, so that it writes back only the columns in which records have changed."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        self._all = attrgetter(*self._names)
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
        columns: set[str] = set()
        others = []
        for record in records:
            known = self._known.get(self._key(record))
            if known is None or known is record:
                continue
            others.append(record)
            columns.update(
                name
                for name, before, after in zip(self._names, self._all(known), self._all(record), strict=True)
                if before is not after and (isinstance(after, dict | list) or before != after)
            )
        return [name for name in self._names if name in columns], others if columns else []


def updates(records: Sequence[Any], columns: Sequence[str], key: str) -> list[Values]:
    """The parameters of an update of these columns; ``this`` is the key."""
    return [{"this": getattr(record, key), **{name: getattr(record, name) for name in columns}} for record in records]
