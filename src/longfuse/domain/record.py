"""Values with named fields that are made and changed very often.

Python's frozen dataclasses are set up field by field through `object.__setattr__`, and `dataclasses.replace` looks at
each field's definition first. For a record of twenty fields, of which a recovery makes and changes tens of thousands,
that costs two to four times what the descriptors of the slots cost.
"""

from __future__ import annotations

from collections import deque
from itertools import repeat
from operator import attrgetter, call
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Self

Kind = TypeVar("Kind")


class Record:
    """The base of a ``dataclass(frozen=True, slots=True)`` that has no ``__post_init__``."""

    __slots__ = ()

    @classmethod
    def of(cls, values: Iterable[Any]) -> Self:
        """The record with these values in its fields, in their order.

        Raises:
            ValueError: There are more or fewer values than fields.
        """
        values = list(values)
        slots = _slots(cls)
        if len(values) != len(slots.puts):
            raise ValueError(f"{cls.__name__} has {len(slots.puts)} fields, not {len(values)}")
        return _filled(cls, slots, values)

    @classmethod
    def several(cls, columns: Sequence[Iterable[Any]], count: int) -> list[Self]:
        """So many records at once, which costs half: a column for each field, in their order.

        Raises:
            ValueError: There are more or fewer columns than fields.
        """
        puts = _slots(cls).puts
        if len(columns) != len(puts):
            raise ValueError(f"{cls.__name__} has {len(puts)} fields, not {len(columns)}")
        records = list(map(object.__new__, repeat(cls, count)))
        for put, values in zip(puts, columns, strict=True):
            deque(map(put, records, values), maxlen=0)
        return records

    def but(self, **changes: Any) -> Self:
        """The same with other values in some fields.

        Raises:
            TypeError: There is no such field.
        """
        kind = type(self)
        slots = _slots(kind)
        values = list(slots.all(self))
        for name, value in changes.items():
            if name not in slots.places:
                raise TypeError(f"{kind.__name__} has no field {name}")
            values[slots.places[name]] = value
        return _filled(kind, slots, values)


class _Slots(NamedTuple):
    """The fields of a class of records: what sets each, what gets all as a tuple, the place of each."""

    puts: tuple[Callable[[Any, Any], None], ...]
    all: Callable[[Any], tuple[Any, ...]]
    places: dict[str, int]


_KNOWN: dict[type, _Slots] = {}


def _slots(kind: type) -> _Slots:
    slots = _KNOWN.get(kind)
    if slots is None:
        names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]
        puts = tuple(getattr(kind, name).__set__ for name in names)
        places = {name: place for place, name in enumerate(names)}
        slots = _KNOWN[kind] = _Slots(puts, _all_of(names), places)
    return slots


def _all_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Gets the values of these attributes; of a single one, too, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _filled(kind: type[Kind], slots: _Slots, values: list[Any]) -> Kind:
    """A new record; the loop over its fields runs in C."""
    record = object.__new__(kind)
    deque(map(call, slots.puts, repeat(record), values), maxlen=0)
    return record
