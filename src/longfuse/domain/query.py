"""Mongo-style queries, read into filters: ``{"state": "READY", "spec.x": {"$gt": 3}}``.

What a `Filter` is and means stands in `longfuse.domain.filter`.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, assert_never

from longfuse.domain.filter import (
    INT64,
    NOTHING,
    And,
    Bracket,
    Compare,
    ElemMatch,
    Eq,
    Exists,
    Field,
    Filter,
    In,
    JsonType,
    Not,
    Or,
    Order,
    Regex,
    Size,
    Type,
    Value,
    all_of,
    matches,
    value_of,
)
from longfuse.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Filter", "all_of", "matches", "parse"]


def parse(query: Mapping[str, Any]) -> Filter:
    """Read a query.

    Equal queries give equal filters, which are hashable.

    Raises:
        QueryError: If it cannot be read; the message names the operator and the place.
    """
    try:
        filter_ = _conjunction(query, "")
        too_deep = _depth(filter_) > MAX_DEPTH
    except RecursionError:
        too_deep = True
    if too_deep:
        raise QueryError("The query has too many operators inside operators; write it flatter.")
    return filter_


MAX_DEPTH: Final = 30
"""How deep a filter can be: SQLite before 3.46 cannot read statements that are nested much deeper."""


def _depth(filter_: Filter) -> int:
    match filter_:
        case And(filters) | Or(filters):
            return 1 + max((_depth(part) for part in filters), default=0)
        case Not(negated):
            return 1 + _depth(negated)
        case Field(_, ElemMatch(inner)):
            return 5 + _depth(inner)  # a whole subquery
        case Field():
            return 1
        case _:
            assert_never(filter_)


def _conjunction(query: Any, place: str) -> Filter:
    if not isinstance(query, Mapping):
        _refuse(place, f'a query is a mapping like {{"state": "READY"}}, not {_kind(query)}')
    return _all([_clause(key, operand, place) for key, operand in query.items() if key != "$comment"])


def _clause(key: Any, operand: Any, place: str) -> Filter:
    if not isinstance(key, str):
        _refuse(place, f"a field's name is a text, not {_kind(key)}")
    if key in _LOGICAL_OPERATORS:
        return _LOGICAL_OPERATORS[key](_queries(operand, _inside(place, key)))
    if key in _FIELD_OPERATORS:
        _refuse(place, f'{key} belongs to a field: {{"the field": {{"{key}": ...}}}}')
    if key.startswith("$"):
        _refuse_unknown(key, place, _LOGICAL_OPERATORS)
    return _condition(_path(key, place), operand, _inside(place, key))


def _queries(operand: Any, place: str) -> tuple[Filter, ...]:
    if not isinstance(operand, list | tuple) or not operand:
        _refuse(place, f"this takes a list of at least one query, not {_kind(operand)}")
    return tuple(_conjunction(query, f"{place}[{index}]") for index, query in enumerate(operand))


_LOGICAL_OPERATORS: Final[dict[str, Callable[[tuple[Filter, ...]], Filter]]] = {
    "$and": lambda filters: _all(list(filters)),
    "$or": Or,
    "$nor": lambda filters: Not(Or(filters)),
}


def _path(key: str, place: str) -> tuple[str, ...]:
    path = tuple(key.split("."))
    if not all(path):
        _refuse(place, f'the path "{key}" has an empty part; write names with single dots between them')
    if len(path) > MAX_PATH_PARTS:
        _refuse(place, f'the path "{_short(key)}" has {len(path)} parts; {MAX_PATH_PARTS} are the most')
    _check_text(key, place)
    return path


MAX_PATH_PARTS: Final = 16
"""A path becomes that many nested subqueries; specs are not nested deeper in practice."""


def _condition(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    if isinstance(operand, re.Pattern):
        return Field(path, _regex(operand, "", place))
    if _has_operators(operand):
        return _operators(path, operand, place)
    _refuse_buried_operators(operand, place)
    return Field(path, Eq(_value(operand, place)))


def _has_operators(operand: Any) -> bool:
    return isinstance(operand, Mapping) and any(isinstance(key, str) and key.startswith("$") for key in operand)


def _refuse_buried_operators(operand: Any, place: str) -> None:
    """MongoDB compares such documents literally, so that the query silently selects nothing."""
    if not isinstance(operand, Mapping):
        return
    for key, inner in operand.items():
        if isinstance(inner, Mapping) and not _FIELD_OPERATORS.keys().isdisjoint(inner):
            _refuse(place, f'operators stand under the whole path: write "{place}.{key}" with a dot')


def _operators(path: tuple[str, ...], operators: Mapping[str, Any], place: str) -> Filter:
    filters: list[Filter] = []
    for name, operand in operators.items():
        if name not in _FIELD_OPERATORS:
            _refuse_unknown(name, place, _FIELD_OPERATORS)
        inside = _inside(place, name)
        if name == "$regex":
            filters.append(Field(path, _regex(operand, operators.get("$options", ""), inside)))
        elif name != "$options":
            filters.append(_FIELD_OPERATORS[name](path, operand, inside))
        elif "$regex" not in operators:
            _refuse(inside, "this only goes with $regex")
    return _all(filters)


def _all(filters: list[Filter]) -> Filter:
    return filters[0] if len(filters) == 1 else And(tuple(filters))


# Each reads the operand of one operator for a field.


def _eq(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    return Field(path, Eq(_value(operand, place)))


def _ne(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    return Not(_condition(path, operand, place) if isinstance(operand, re.Pattern) else _eq(path, operand, place))


def _in(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    elements = _elements(operand, place)
    if any(_has_operators(element) for element in elements):
        _refuse(place, "its list holds plain values, no operators; use $or for those")
    return Field(path, In(frozenset(_value(element, place) for element in elements)))


def _nin(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    return Not(_in(path, operand, place))


def _ordered(order: Order) -> Callable[[tuple[str, ...], Any, str], Filter]:
    def read(path: tuple[str, ...], operand: Any, place: str) -> Filter:
        value = _value(operand, place)
        if value.bracket in (Bracket.ARRAY, Bracket.OBJECT):
            _refuse(place, f"numbers, texts and booleans have an order, {_kind(operand)} has none")
        return Field(path, Compare(order, value))

    return read


def _exists(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    if not isinstance(operand, bool | int | float):
        _refuse(place, f"this takes true or false, not {_kind(operand)}")
    return Field(path, Exists()) if operand else Not(Field(path, Exists()))


def _all_operator(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    elements = _elements(operand, place)
    if not elements:
        return NOTHING
    conditions = [isinstance(element, Mapping) and set(element) == {"$elemMatch"} for element in elements]
    if all(conditions):
        return _all([_operators(path, element, place) for element in elements])
    if any(_has_operators(element) for element in elements):
        _refuse(place, "its list holds either plain values or $elemMatch conditions, and no other operator")
    return _all([_eq(path, element, place) for element in elements])


def _size(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    if isinstance(operand, bool) or not isinstance(operand, int | float) or operand != operand // 1 or operand < 0:
        _refuse(place, f"this takes a length, a whole number from 0, not {_kind(operand)}")
    size = int(operand)  # a float would be looked for one by one in a range
    return Field(path, Size(size)) if size in INT64 else NOTHING


def _elem_match(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    if not isinstance(operand, Mapping):
        _refuse(place, f"this takes a mapping of conditions, not {_kind(operand)}")
    if _FIELD_OPERATORS.keys() & operand.keys():
        return Field(path, ElemMatch(_operators((), operand, place)))
    return Field(path, ElemMatch(all_of(_IS_DOCUMENT, _conjunction(operand, place))))


_IS_DOCUMENT: Final = Field((), Type(frozenset({JsonType.OBJECT, JsonType.ARRAY})))


def _type(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    asked = operand if isinstance(operand, list | tuple) else [operand]
    return Field(path, Type(frozenset[JsonType]().union(*(_types_named(name, place) for name in asked))))


def _types_named(name: Any, place: str) -> frozenset[JsonType]:
    number = isinstance(name, int | float) and not isinstance(name, bool)
    alias = _TYPE_NUMBERS.get(name) if number else name
    if not isinstance(alias, str) or alias not in _TYPE_NAMES:
        _refuse(place, f"{_short(repr(name))} is no type; {_nearest(str(name), _TYPE_NAMES)}")
    if alias == "number":
        return frozenset({JsonType.DOUBLE, JsonType.INT, JsonType.LONG})
    return frozenset({JsonType(alias)}) if alias in set(JsonType) else frozenset()


_TYPE_NUMBERS: Final = {
    -1: "minKey",
    1: "double",
    2: "string",
    3: "object",
    4: "array",
    5: "binData",
    6: "undefined",
    7: "objectId",
    8: "bool",
    9: "date",
    10: "null",
    11: "regex",
    12: "dbPointer",
    13: "javascript",
    14: "symbol",
    15: "javascriptWithScope",
    16: "int",
    17: "timestamp",
    18: "long",
    19: "decimal",
    127: "maxKey",
}
"""BSON's types, by number; those that JSON has not never hold."""

_TYPE_NAMES: Final = frozenset(_TYPE_NUMBERS.values()) | {"number"}


def _not(path: tuple[str, ...], operand: Any, place: str) -> Filter:
    if not isinstance(operand, re.Pattern) and not (isinstance(operand, Mapping) and _has_operators(operand)):
        _refuse(place, f'this takes operators, like {{"$not": {{"$gt": 3}}}}, not {_kind(operand)}; $ne takes a value')
    return Not(_condition(path, operand, place))


def _regex(operand: Any, options: Any, place: str) -> Regex:
    flags = options
    if isinstance(operand, re.Pattern):
        flags = f"{options}{_flags_of(operand)}"
        operand = operand.pattern
    if not isinstance(operand, str):
        _refuse(place, f"a pattern is a text, not {_kind(operand)}")
    if not isinstance(flags, str) or set(flags) - set(_REGEX_FLAGS):
        _refuse(place, f"$options takes a text of the letters {', '.join(_REGEX_FLAGS)}, not {_short(repr(options))}")
    pattern = f"(?{''.join(sorted(set(flags)))}){operand}" if flags else operand
    _check_text(pattern, place)
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise QueryError(
            f"In {place}: the pattern {_short(operand)} is no regular expression of Python: {error}"
        ) from None
    return Regex(pattern)


_REGEX_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def _flags_of(pattern: re.Pattern[Any]) -> str:
    return "".join(letter for letter, flag in _REGEX_FLAGS.items() if pattern.flags & flag)


_FIELD_OPERATORS: Final[dict[str, Callable[[tuple[str, ...], Any, str], Filter]]] = {
    "$eq": _eq,
    "$ne": _ne,
    "$in": _in,
    "$nin": _nin,
    **{order.value: _ordered(order) for order in Order},
    "$exists": _exists,
    "$all": _all_operator,
    "$size": _size,
    "$elemMatch": _elem_match,
    "$type": _type,
    "$not": _not,
    "$regex": lambda path, operand, place: Field(path, _regex(operand, "", place)),
    "$options": lambda _path, _operand, place: _refuse(place, "this only goes with $regex"),
}

# --- values in a query


def _elements(operand: Any, place: str) -> list[Any]:
    if not isinstance(operand, list | tuple | set | frozenset):
        _refuse(place, f"this takes a list, not {_kind(operand)}")
    return list(operand)


def _value(operand: Any, place: str) -> Value:
    try:
        value = value_of(operand)
    except TypeError as error:
        raise QueryError(f"In {place}: {error}") from None
    _check(value, place)
    return value


def _check(value: Value, place: str) -> None:
    """Refuse what no document holds and no database takes."""
    match value:
        case Value(Bracket.NUMBER, number):
            if math.isnan(number):
                _refuse(place, "NaN is equal to nothing and cannot be searched for")
        case Value(Bracket.STRING, text):
            _check_text(text, place)
        case Value(Bracket.ARRAY, elements):
            for element in elements:
                _check(element, place)
        case Value(Bracket.OBJECT, members):
            for key, member in members:
                _check_text(key, place)
                _check(member, place)
        case _:
            pass


def _check_text(text: str, place: str) -> None:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        _refuse(place, f"the text {_short(repr(text))} holds a null or half a character and cannot be searched for")


# --- saying what is wrong


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _refuse(place: str, problem: str) -> NoReturn:
    end = "" if problem.endswith("?") else "."
    raise QueryError(f"In {place or 'the query'}: {problem}{end}")


def _refuse_unknown(name: Any, place: str, known: Mapping[str, Any]) -> NoReturn:
    if not isinstance(name, str) or not name.startswith("$"):
        _refuse(place, f"{_short(repr(name))} stands among operators; write its path with a dot, beside this field")
    _refuse(place, f"unknown operator {_short(name)}; {_nearest(name, known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"


def _kind(thing: Any) -> str:
    match thing:
        case Mapping():
            return "a mapping" if thing else "an empty mapping"
        case list() | tuple():
            return "a list" if thing else "an empty list"
        case str():
            return f"the text {_short(repr(thing))}"
        case None | bool() | int() | float():
            return _short(json.dumps(thing))
        case _:
            return f"a {type(thing).__name__}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
