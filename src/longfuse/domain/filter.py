"""Filters: a small tree that selects documents, and what it means.

`longfuse.domain.query` reads one from what a user writes; `matches` evaluates it; `longfuse.store.filters` compiles it
to SQL, and property tests hold the two equal.

The meaning is MongoDB's: a dotted path goes through objects, through the objects in a list, and by number into a list;
a condition on a list holds if it holds for the list or for one of its elements; ``null`` also means "not there"; an
order exists between numbers, between texts and between booleans only, and a boolean is no number. Where we differ:

* two documents are equal whatever the order of their keys;
* ``$regex`` is Python's `re.search`;
* lists and documents have no order: ``$gt`` and its like on them are an error;
* dates are ISO texts, and a datetime in a query becomes one (so ``$type: "date"`` never holds);
* integers of more than 64 bits are compared as floating point numbers.

Documents are what JSON can hold.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never

from longfuse.domain.wire import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# --- values


class Bracket(StrEnum):
    """What can be compared with each other."""

    NULL = "null"
    BOOL = "bool"
    NUMBER = "number"
    STRING = "string"
    ARRAY = "array"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value that is hashable, and equals another exactly if MongoDB says so: ``1`` is ``1.0``, but not ``True``.

    Attributes:
        bracket: What it can be compared with.
        content: None, a bool, a number (an int has at most 64 bits) or a str; of an array a tuple of `Value`; of an
            object a tuple of pairs ``(key, Value)``, sorted by key.
    """

    bracket: Bracket
    content: Any


INT64: Final = range(-(2**63), 2**63)
INT32: Final = range(-(2**31), 2**31)


def value_of(found: Any) -> Value:  # noqa: PLR0911 - one for each type
    """The value that something in a document or a query is.

    Raises:
        TypeError: If JSON cannot hold it.
    """
    match found:
        case None:
            return Value(Bracket.NULL, None)
        case bool():
            return Value(Bracket.BOOL, found)
        case int() | float():
            return Value(Bracket.NUMBER, _number(found))
        case str():
            return Value(Bracket.STRING, str(found))
        case datetime():
            return Value(Bracket.STRING, iso(found))
        case date():
            return Value(Bracket.STRING, found.isoformat())
        case list() | tuple():
            return Value(Bracket.ARRAY, tuple(value_of(element) for element in found))
        case Mapping():
            return Value(Bracket.OBJECT, tuple(sorted((str(key), value_of(found[key])) for key in found)))
        case _:
            raise TypeError(f"a {type(found).__name__} is nothing that JSON can hold")


def _number(found: float) -> float:
    if isinstance(found, float):
        return float(found)
    if int(found) in INT64:
        return int(found)
    try:
        return float(found)
    except OverflowError:
        return math.inf if found > 0 else -math.inf


# --- the tree


class Order(Enum):
    """An order comparison, by its operator."""

    GT = "$gt"
    GTE = "$gte"
    LT = "$lt"
    LTE = "$lte"

    @property
    def function(self) -> Callable[[Any, Any], Any]:
        """The same from `operator`."""
        return _ORDER_FUNCTIONS[self]


_ORDER_FUNCTIONS: Final = {
    Order.GT: operator.gt,
    Order.GTE: operator.ge,
    Order.LT: operator.lt,
    Order.LTE: operator.le,
}


class JsonType(StrEnum):
    """The types of ``$type`` that a JSON document can hold, by MongoDB's names.

    An int has 32 bits, any longer integer is a long: as Python's driver for MongoDB stores them.
    """

    DOUBLE = "double"
    STRING = "string"
    OBJECT = "object"
    ARRAY = "array"
    BOOL = "bool"
    NULL = "null"
    INT = "int"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Eq:
    """Equal to a value; null also where there is nothing."""

    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """Equal to one of these values."""

    values: frozenset[Value]


@dataclass(frozen=True, slots=True)
class Compare:
    """Ordered so against a value of the same bracket, which is neither an array nor an object.

    Null is only ``$gte`` and ``$lte`` null, also where there is nothing.
    """

    order: Order
    value: Value


@dataclass(frozen=True, slots=True)
class Regex:
    """A text in which Python's `re.search` finds this pattern; flags stand in it (``(?i)``)."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Exists:
    """There at all, null included."""


@dataclass(frozen=True, slots=True)
class Type:
    """Of one of these types; without any it never holds."""

    types: frozenset[JsonType]


@dataclass(frozen=True, slots=True)
class Size:
    """A list of exactly this many elements."""

    size: int


@dataclass(frozen=True, slots=True)
class ElemMatch:
    """A list of which one element matches the filter.

    In there, a `Field` with an empty path is about the element itself. An element that is a list counts as a document
    whose keys are its positions.
    """

    filter: Filter


Predicate: TypeAlias = Eq | In | Compare | Regex | Exists | Type | Size | ElemMatch


@dataclass(frozen=True, slots=True)
class Field:
    """What is reached by this path fulfils the predicate."""

    path: tuple[str, ...]
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class And:
    """All of these; without any, everything."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of these; without any, nothing."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything that does not match (``$not``, ``$nor``, ``$ne``, ``$nin``, ``$exists: false``)."""

    filter: Filter


Filter: TypeAlias = And | Or | Not | Field

EVERYTHING: Final = And(())
NOTHING: Final = Or(())


def all_of(*filters: Filter | None) -> Filter:
    """What matches all of these; None, as everywhere, matches everything."""
    parts: list[Filter] = []
    for part in filters:
        if isinstance(part, And):
            parts.extend(part.filters)
        elif part is not None:
            parts.append(part)
    return parts[0] if len(parts) == 1 else And(tuple(parts))


# --- what a filter means


class _Missing(Enum):
    """Where a path leads to nothing."""

    MISSING = "missing"


MISSING: Final = _Missing.MISSING


def matches(filter: Filter, document: Mapping[str, Any]) -> bool:  # noqa: A002 - the tree's word
    """Whether the filter selects this document."""
    return _matches(filter, document)


def accepts_missing(predicate: Predicate) -> bool:
    """Whether the predicate holds where its path leads to nothing."""
    return holds(predicate, MISSING)


def spreads(predicate: Predicate) -> bool:
    """Whether the predicate holds for a list already when it holds for one of its elements."""
    return not isinstance(predicate, Size | ElemMatch | Exists)


def holds(predicate: Predicate, found: Any) -> bool:  # noqa: PLR0911 - one for each predicate
    """Whether one found thing by itself, or `MISSING`, fulfils the predicate."""
    match predicate:
        case Eq(value):
            return _value_or_null(found) == value
        case In(values):
            return _value_or_null(found) in values
        case Compare(order, value):
            return _compares(order, _value_or_null(found), value)
        case Regex(pattern):
            return isinstance(found, str) and re.search(pattern, found) is not None
        case Exists():
            return found is not MISSING
        case Type(types):
            return found is not MISSING and _type_of(found) in types
        case Size(size):
            return isinstance(found, list | tuple) and len(found) == size
        case ElemMatch(inner):
            return isinstance(found, list | tuple) and any(_matches(inner, element) for element in found)
        case _:
            assert_never(predicate)


def _matches(filter_: Filter, found: Any) -> bool:
    match filter_:
        case And(filters):
            return all(_matches(part, found) for part in filters)
        case Or(filters):
            return any(_matches(part, found) for part in filters)
        case Not(negated):
            return not _matches(negated, found)
        case Field((), predicate):
            return holds(predicate, found)
        case Field(path, predicate):
            return any(_holds_there(predicate, end, spread=spread) for end, spread in _reached(found, path))
        case _:
            assert_never(filter_)


def _holds_there(predicate: Predicate, end: Any, *, spread: bool) -> bool:
    if holds(predicate, end):
        return True
    return spread and spreads(predicate) and isinstance(end, list | tuple) and any(holds(predicate, e) for e in end)


def _reached(document: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, bool]]:
    """All ends of a path from a document, each with whether its elements count too."""
    key, rest = path[0], path[1:]
    if isinstance(document, Mapping):
        yield from _ends(document.get(key, MISSING), rest)
    elif isinstance(document, list | tuple):
        yield from _ends({str(index): element for index, element in enumerate(document)}.get(key, MISSING), rest)
    else:
        yield MISSING, False


def _ends(found: Any, rest: tuple[str, ...], *, by_index: bool = False) -> Iterator[tuple[Any, bool]]:
    """The ends of the rest of a path, from what it has found so far.

    What was found by its position in a list is not spread again, and if it is a scalar, leads nowhere: not to
    MISSING. So MongoDB does.
    """
    if not rest:
        yield found, not by_index
    elif isinstance(found, Mapping):
        yield from _reached(found, rest)
    elif isinstance(found, list | tuple):
        for index, element in enumerate(found):
            if isinstance(element, Mapping):
                yield from _reached(element, rest)
            if rest[0] == str(index):
                yield from _ends(element, rest[1:], by_index=True)
    elif not by_index:
        yield MISSING, False


def _value_or_null(found: Any) -> Value:
    return value_of(None if found is MISSING else found)


def _compares(order: Order, found: Value, bound: Value) -> bool:
    if found.bracket is not bound.bracket:
        return False
    if bound.bracket is Bracket.NULL:
        return order in (Order.GTE, Order.LTE)
    return bool(order.function(found.content, bound.content))


def _type_of(found: Any) -> JsonType:
    match found:
        case bool():
            return JsonType.BOOL
        case int():
            return JsonType.INT if int(found) in INT32 else JsonType.LONG
        case float():
            return JsonType.DOUBLE
        case _:
            return JsonType(value_of(found).bracket.value)
