"""Values with named fields that are made and changed very often.

Python's frozen dataclasses are set up field by field through `object.__setattr__`, and `dataclasses.replace` looks at
each field's definition first. For a record of twenty fields, of which a recovery makes and changes tens of thousands,
that costs two to four times what the descriptors of the slots cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self


class Record:
    """The base of a ``dataclass(frozen=True, slots=True)`` that has no ``__post_init__``."""

    __slots__ = ()

    @classmethod
    def of(cls, values: Iterable[Any]) -> Self:
        """The record with these values in its fields, in their order."""
        record = object.__new__(cls)
        for (_, put, _), value in zip(_slots(cls), values, strict=True):
            put(record, value)
        return record

    def but(self, **changes: Any) -> Self:
        """The same with other values in some fields.

        Raises:
            TypeError: There is no such field.
        """
        kind = type(self)
        record = object.__new__(kind)
        for name, put, get in _slots(kind):
            put(record, changes.pop(name) if name in changes else get(self))
        if changes:
            raise TypeError(f"{kind.__name__} has no field {', '.join(changes)}")
        return record


_Slots = tuple[tuple[str, "Callable[[Any, Any], None]", "Callable[[Any], Any]"], ...]
_KNOWN: dict[type, _Slots] = {}


def _slots(kind: type) -> _Slots:
    """The fields of a class of records: name, what sets it, what gets it."""
    if kind not in _KNOWN:
        descriptors = [(name, getattr(kind, name)) for name in kind.__slots__]  # type: ignore[attr-defined]
        _KNOWN[kind] = tuple((name, each.__set__, each.__get__) for name, each in descriptors)
    return _KNOWN[kind]
