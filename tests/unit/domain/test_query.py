"""Reading queries: the trees they become, and the errors that name the operator and the place."""

import re
from typing import Any

import pytest

from longfuse.domain.filter import And, Bracket, Compare, Eq, Exists, Field, Not, Or, Order, Value
from longfuse.domain.query import MAX_PATH_PARTS, parse
from longfuse.errors import QueryError


def test_several_conditions_are_all_asked() -> None:
    one, three = Value(Bracket.NUMBER, 1), Value(Bracket.NUMBER, 3)
    assert parse({"a": 1, "b.c": {"$gt": 1, "$lte": 3}}) == And(
        (
            Field(("a",), Eq(one)),
            And((Field(("b", "c"), Compare(Order.GT, one)), Field(("b", "c"), Compare(Order.LTE, three)))),
        )
    )


def test_a_complement_is_a_not() -> None:
    assert parse({"a": {"$exists": False}}) == Not(Field(("a",), Exists()))
    assert parse({"$nor": [{"a": None}]}) == Not(Or((Field(("a",), Eq(Value(Bracket.NULL, None))),)))


def test_equal_queries_are_equal_filters_with_equal_hashes() -> None:
    first = parse({"a": {"$in": [1, 2, {"x": [1], "y": None}]}})
    second = parse({"a": {"$in": [{"y": None, "x": [1.0]}, 2, 1]}})
    assert first == second
    assert hash(first) == hash(second)


def test_true_is_another_filter_than_one() -> None:
    assert parse({"a": True}) != parse({"a": 1})
    assert parse({"a": []}) != parse({"a": {}})


# --- errors


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ([], ["mapping", "an empty list"]),
        ("state", ["mapping", "'state'"]),
        ({"$and": {"a": 1}}, ["$and", "list"]),
        ({"$or": []}, ["$or", "an empty list"]),
        ({"$or": [{"a": 1}, 3]}, ["$or[1]", "mapping"]),
        ({"$xor": [{"a": 1}]}, ["$xor", "$or"]),
        ({"$where": "1"}, ["$where"]),
        ({"$gt": 3}, ["$gt", "field"]),
        ({"a": {"$gtt": 3}}, ["In a:", "$gtt", "did you mean $gt?"]),
        ({"a": {"$jsonSchema": 3}}, ["In a:", "$jsonSchema", "$elemMatch, $eq"]),
        ({"$or": [{"a": {"$not": {"$greater": 3}}}]}, ["In $or[0].a.$not:", "$greater"]),
        ({"a": {"$elemMatch": {"b": {"$regx": "x"}}}}, ["a.$elemMatch.b", "$regex"]),
        ({"a": {"$gt": 1, "b": 2}}, ["In a:", "'b'"]),
        ({"a": {"b": {"$gt": 1}}}, ['"a.b"']),
        ({3: 1}, ["name", "3"]),
        ({"a..b": 1}, ["a..b", "empty"]),
        ({"": 1}, ["empty"]),
        ({".".join("a" * (MAX_PATH_PARTS + 1)): 1}, ["parts", str(MAX_PATH_PARTS)]),
        ({"a": {"$in": 3}}, ["a.$in", "list"]),
        ({"a": {"$nin": "abc"}}, ["a.$nin", "list"]),
        ({"a": {"$in": [{"$gt": 3}]}}, ["a.$in", "plain values"]),
        ({"a": {"$all": 3}}, ["a.$all", "list"]),
        ({"a": {"$all": [1, {"$elemMatch": {"x": 1}}]}}, ["a.$all", "$elemMatch"]),
        ({"a": {"$all": [{"$gt": 1}]}}, ["a.$all", "$elemMatch"]),
        ({"a": {"$size": "3"}}, ["a.$size", "'3'"]),
        ({"a": {"$size": -1}}, ["a.$size", "-1"]),
        ({"a": {"$size": 1.5}}, ["a.$size", "1.5"]),
        ({"a": {"$size": True}}, ["a.$size", "true"]),
        ({"a": {"$size": float("nan")}}, ["a.$size"]),
        ({"a": {"$size": float("inf")}}, ["a.$size"]),
        ({"a": {"$exists": "yes"}}, ["a.$exists", "'yes'"]),
        ({"a": {"$elemMatch": 3}}, ["a.$elemMatch", "3"]),
        ({"a": {"$elemMatch": {"$gt": 1, "x": 2}}}, ["a.$elemMatch", "'x'"]),
        ({"a": {"$not": 3}}, ["a.$not", "$ne"]),
        ({"a": {"$not": {}}}, ["a.$not", "an empty mapping"]),
        ({"a": {"$type": "strng"}}, ["a.$type", "strng", "string"]),
        ({"a": {"$type": 99}}, ["a.$type", "99"]),
        ({"a": {"$type": [2, True]}}, ["a.$type", "True"]),
        ({"a": {"$regex": "("}}, ["a.$regex", "("]),
        ({"a": {"$regex": 3}}, ["a.$regex", "3"]),
        ({"a": {"$regex": re.compile(b"x")}}, ["a.$regex", "bytes"]),
        ({"a": {"$regex": "x", "$options": "g"}}, ["$options", "'g'"]),
        ({"a": {"$regex": "x", "$options": 3}}, ["$options", "3"]),
        ({"a": {"$options": "i"}}, ["a.$options", "$regex"]),
        ({"a": {"$gt": [1]}}, ["a.$gt", "a list has none"]),
        ({"a": {"$lte": {"x": 1}}}, ["a.$lte", "a mapping has none"]),
        ({"a": float("nan")}, ["In a:", "NaN"]),
        ({"a": [{"b": float("nan")}]}, ["In a:", "NaN"]),
        ({"a": {1, 2}}, ["In a:", "set"]),
        ({"a": {"$in": [object()]}}, ["a.$in", "object"]),
        ({"a": "x\0"}, ["In a:", "null"]),
        ({"a": {"x\ud800": 1}}, ["In a:", "half"]),
        ({"a\udcff": 1}, ["half"]),
    ],
)
def test_an_error_names_the_operator_and_the_place(query: Any, words: list[str]) -> None:
    with pytest.raises(QueryError) as error:
        parse(query)
    message = str(error.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_query_nested_too_deeply_is_an_error() -> None:
    for levels in (40, 100_000):
        query: Any = {"a": 1}
        for _ in range(levels):
            query = {"$nor": [query]}
        with pytest.raises(QueryError, match="flatter"):
            parse(query)
