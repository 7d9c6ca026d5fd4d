"""Values with named fields that are made and changed very often.

Python's frozen dataclasses are set up field by field through `object.__setattr__`, and `dataclasses.replace` looks at
each field's definition first. For a record of twenty fields, of which a recovery makes and changes tens of thousands,
that costs three to six times what is done here.
"""

from __future__ import annotations

from collections import deque
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Self


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
        made: Self = slots.make(values)
        return made

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
        made: Self = slots.make(values)
        return made


class _Slots(NamedTuple):
    """A class of records: what sets each field, what gets all as a tuple, each one's place, what makes a record."""

    puts: tuple[Callable[[Any, Any], None], ...]
    all: Callable[[Any], tuple[Any, ...]]
    places: dict[str, int]
    make: Callable[[list[Any]], Any]


_KNOWN: dict[type, _Slots] = {}


def _slots(kind: type) -> _Slots:
    slots = _KNOWN.get(kind)
    if slots is None:
        names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]
        puts = tuple(getattr(kind, name).__set__ for name in names)
        places = {name: place for place, name in enumerate(names)}
        slots = _KNOWN[kind] = _Slots(puts, _all_of(names), places, _maker(kind, names))
    return slots


def _all_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Gets the values of these attributes; of a single one, too, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _maker(kind: type, names: tuple[str, ...]) -> Callable[[list[Any]], Any]:
    """Makes a record of its values.

    It is filled as an object of a class with the same slots that is not frozen, by one statement that Python knows to
    run fast; then it becomes one of its own class.
    """
    thawed = type(kind.__name__, (Record,), {"__slots__": names})
    source = f"""
def make(values):
    record = new(thawed)
    ({"".join(f"record.{name}, " for name in names)}) = values
    record.__class__ = kind
    return record
"""
    space: dict[str, Any] = {"new": object.__new__, "thawed": thawed, "kind": kind}
    exec(source, space)  # noqa: S102 - as dataclasses do; of nothing but the names of fields
    make: Callable[[list[Any]], Any] = space["make"]
    return make
