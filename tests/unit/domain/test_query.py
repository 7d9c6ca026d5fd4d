"""Reading queries and what they mean: MongoDB's answers, written down one by one."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from longfuse.domain.query import (
    EVERYTHING,
    MAX_PATH_PARTS,
    NOTHING,
    And,
    Bracket,
    Compare,
    Eq,
    Exists,
    Field,
    Not,
    Or,
    Order,
    Value,
    all_of,
    matches,
    parse,
    parse_text,
)
from longfuse.domain.states import State
from longfuse.errors import QueryError


def found(query: dict[str, Any], document: dict[str, Any]) -> bool:
    return matches(parse(query), document)


# --- meaning

YES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # nothing asked, everything found
    ({}, {}),
    ({"$comment": "why"}, {"a": 1}),
    # equality, with the whole or an element
    ({"a": 1}, {"a": 1}),
    ({"a": 1}, {"a": 1.0}),
    ({"a": 0}, {"a": -0.0}),
    ({"a": 1}, {"a": [0, 1]}),
    ({"a": [0, 1]}, {"a": [0, 1]}),
    ({"a": [0, 1]}, {"a": [[0, 1], 5]}),
    ({"a": []}, {"a": []}),
    ({"a": {"x": 1, "y": [2]}}, {"a": {"y": [2.0], "x": 1}}),
    ({"a": {"$eq": {"x": 1}}}, {"a": [{"x": 1}]}),
    ({"a": {}}, {"a": {}}),
    ({"a": 2**70}, {"a": 2**70 + 1}),
    ({"a": State.READY}, {"a": "READY"}),
    # null is also what is not there
    ({"a": None}, {"a": None}),
    ({"a": None}, {}),
    ({"a": None}, {"a": [1, None]}),
    ({"a.b": None}, {"a": 1}),
    ({"a.b": None}, {"a": [{"b": 1}, {"c": 2}]}),
    ({"a": {"$in": [None, 3]}}, {}),
    ({"a": {"$gte": None}}, {}),
    ({"a": {"$lte": None}}, {"a": None}),
    # order
    ({"a": {"$gt": 1, "$lt": 3}}, {"a": 2}),
    ({"a": {"$gt": 1, "$lt": 3}}, {"a": [0, 5]}),  # each by another element, as in MongoDB
    ({"a": {"$gte": "b"}}, {"a": "b"}),
    ({"a": {"$gt": "B"}}, {"a": "a"}),
    ({"a": {"$gt": False}}, {"a": True}),
    ({"a": {"$lt": 2.5}}, {"a": 2}),
    ({"a": {"$gt": float(2**53)}}, {"a": 2**53 + 1}),
    # paths
    ({"a.b.c": 1}, {"a": {"b": {"c": 1}}}),
    ({"a.b": 1}, {"a": [{"b": 0}, {"b": 1}]}),
    ({"a.b.c": 1}, {"a": [{"b": [{"c": [0, 1]}]}]}),
    ({"a.1": "y"}, {"a": ["x", "y"]}),
    ({"a.1": "y"}, {"a": {"1": "y"}}),
    ({"a.1": "y"}, {"a": [{"1": "y"}]}),
    ({"a.0.b": 1}, {"a": [{"b": 1}]}),
    ({"a.0.0": 1}, {"a": [[1]]}),
    ({"a.0.b": 1}, {"a": [[{"b": 1}]]}),
    ({"a.0": [1]}, {"a": [[1]]}),
    ({'x->y.a b.q"q': 1}, {"x->y": {"a b": {'q"q': 1}}}),
    ({"a.$d": 1}, {"a": {"$d": 1}}),
    # complements
    ({"a": {"$ne": 1}}, {"a": 2}),
    ({"a": {"$ne": 1}}, {}),
    ({"a": {"$nin": [1, 2]}}, {}),
    ({"a": {"$not": {"$gt": 1}}}, {}),
    ({"a": {"$not": {"$gt": 1, "$lt": 9}}}, {"a": 0}),
    ({"a": {"$exists": False}}, {}),
    ({"a": {"$exists": 0}}, {}),
    ({"a.b": {"$exists": False}}, {"a": [1]}),
    ({"$nor": [{"a": 1}, {"b": 2}]}, {"a": 2}),
    # the rest
    ({"a": {"$exists": True}}, {"a": None}),
    ({"a": {"$in": [1, [2]]}}, {"a": [2]}),
    ({"a": {"$regex": "b$"}}, {"a": "ab"}),
    ({"a": {"$regex": "^B", "$options": "i"}}, {"a": ["x", "bb"]}),
    ({"a": {"$options": "i", "$regex": "^B"}}, {"a": "b"}),
    ({"a": re.compile("^B", re.IGNORECASE)}, {"a": "b"}),
    ({"a": {"$regex": re.compile("^B"), "$options": "i"}}, {"a": "b"}),
    ({"a": {"$not": {"$regex": "x"}}}, {"a": 1}),
    ({"a": {"$not": re.compile("x")}}, {"a": "y"}),
    ({"a": {"$ne": re.compile("x")}}, {"a": "y"}),
    ({"a": {"$all": [1, 2]}}, {"a": [2, 3, 1]}),
    ({"a": {"$all": [1]}}, {"a": 1}),
    ({"a": {"$all": [{"$elemMatch": {"x": 1}}, {"$elemMatch": {"x": 2}}]}}, {"a": [{"x": 2}, {"x": 1}]}),
    ({"a": {"$size": 0}}, {"a": []}),
    ({"a": {"$size": 2.0}}, {"a": [1, 2]}),
    ({"a.0": {"$size": 1}}, {"a": [[1]]}),
    ({"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}}, {"a": [0, 2]}),
    ({"a": {"$elemMatch": {"$not": {"$gt": 1}}}}, {"a": ["x"]}),
    ({"a": {"$elemMatch": {"x": 1, "y": 2}}}, {"a": [{"x": 1}, {"x": 1, "y": 2}]}),
    ({"a": {"$elemMatch": {"$or": [{"x": 1}, {"y": 1}]}}}, {"a": [{"y": 1}]}),
    ({"a": {"$elemMatch": {"0": 5}}}, {"a": [[5]]}),
    ({"a": {"$elemMatch": {"x": None}}}, {"a": [{}]}),
    ({"a": {"$elemMatch": {"$elemMatch": {"$eq": 1}}}}, {"a": [[1]]}),
    ({"a": {"$type": "string"}}, {"a": "x"}),
    ({"a": {"$type": 2}}, {"a": [1, "x"]}),
    ({"a": {"$type": "array"}}, {"a": []}),
    ({"a": {"$type": ["bool", "object"]}}, {"a": {}}),
    ({"a": {"$type": "int"}}, {"a": 2**31 - 1}),
    ({"a": {"$type": "long"}}, {"a": 2**31}),
    ({"a": {"$type": "double"}}, {"a": 1.0}),
    ({"a": {"$type": "number"}}, {"a": 1}),
    ({"a": {"$type": "null"}}, {"a": None}),
    ({"$or": [{"a": 1}, {"b": 1}]}, {"b": 1}),
    ({"$and": [{"a": 1}, {"a": 2}]}, {"a": [1, 2]}),
    # dates are texts
    ({"a": datetime(2024, 1, 2, 3, tzinfo=UTC)}, {"a": "2024-01-02T03:00:00.000000+00:00"}),
    ({"a": datetime(2024, 1, 2, 3)}, {"a": "2024-01-02T03:00:00.000000+00:00"}),  # noqa: DTZ001
    ({"a": datetime(2024, 1, 2, 4, tzinfo=timezone(timedelta(hours=1)))}, {"a": "2024-01-02T03:00:00.000000+00:00"}),
    ({"a": {"$gt": date(2024, 1, 2)}}, {"a": "2024-01-02T03:00:00.000000+00:00"}),
]

NO: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"a": 1}, {"a": True}),
    ({"a": True}, {"a": 1}),
    ({"a": 1}, {"a": "1"}),
    ({"a": 1}, {}),
    ({"a": [1]}, {"a": 1}),
    ({"a": []}, {"a": {}}),
    ({"a": {"x": 1}}, {"a": {"x": 1, "y": 2}}),
    ({"a": 2**53}, {"a": 2**53 + 1}),
    ({"a": None}, {"a": 0}),
    ({"a": None}, {"a": []}),
    ({"a.b": None}, {"a": [1, 2]}),
    ({"a.b": None}, {"a": []}),
    ({"a.0.b": None}, {"a": [1]}),
    ({"a": {"$gt": None}}, {}),
    ({"a": {"$gt": 1}}, {"a": "2"}),
    ({"a": {"$gt": 0}}, {"a": True}),
    ({"a": {"$gt": "1"}}, {"a": 2}),
    ({"a": {"$lt": 5}}, {"a": None}),
    ({"a.b": 1}, {"a": [[{"b": 1}]]}),
    ({"a.01": 1}, {"a": [0, 1]}),
    ({"a.0": 1}, {"a": [[1]]}),
    ({"a.0": 1}, {"a": []}),
    ({"a": {"$ne": 1}}, {"a": [1, 2]}),
    ({"a": {"$nin": [None]}}, {}),
    ({"a": {"$exists": True}}, {}),
    ({"a": {"$in": []}}, {"a": None}),
    ({"a": {"$regex": "1"}}, {"a": 1}),
    ({"a": {"$all": []}}, {"a": []}),
    ({"a": {"$all": [1, 2]}}, {"a": [1]}),
    ({"a": {"$size": 1}}, {"a": [[1], [2]]}),
    ({"a": {"$size": 1}}, {"a": {"x": 1}}),
    ({"a": {"$size": 2**70}}, {"a": []}),
    ({"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}}, {"a": [0, 5]}),
    ({"a": {"$elemMatch": {"$gt": 1}}}, {"a": 2}),
    ({"a": {"$elemMatch": {"$gt": 1}}}, {"a": [[2]]}),
    ({"a": {"$elemMatch": {"x": None}}}, {"a": [1]}),
    ({"a": {"$elemMatch": {"x": 1, "y": 2}}}, {"a": [{"x": 1}, {"y": 2}]}),
    ({"a": {"$type": "null"}}, {}),
    ({"a": {"$type": "number"}}, {"a": True}),
    ({"a": {"$type": "date"}}, {"a": "2024-01-02"}),
    ({"a": {"$type": []}}, {"a": 1}),
    ({"$nor": [{"a": 1}]}, {"a": 1}),
]


@pytest.mark.parametrize(("query", "document"), YES)
def test_matches(query: dict[str, Any], document: dict[str, Any]) -> None:
    assert found(query, document)
    assert not found({"$nor": [query]}, document)


@pytest.mark.parametrize(("query", "document"), NO)
def test_does_not_match(query: dict[str, Any], document: dict[str, Any]) -> None:
    assert not found(query, document)
    assert found({"$nor": [query]}, document)


# --- the tree


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


def test_all_of_joins_and_forgets_none() -> None:
    a, b = parse({"a": 1}), parse({"b": 1, "c": 1})
    assert all_of() == EVERYTHING
    assert all_of(None, a) == a
    joined = all_of(a, None, b)
    assert matches(joined, {"a": 1, "b": 1, "c": 1})
    assert not matches(joined, {"a": 1, "b": 1})
    assert not matches(all_of(a, NOTHING), {"a": 1})


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


# --- text from a command line


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"$in": [1, null]}, "b": true}',
        "{'a': {'$in': [1, None]}, 'b': True}",
        "  {'a': {'$in': (1, None)}, 'b': True}",
    ],
)
def test_text_is_json_or_a_python_literal(text: str) -> None:
    assert parse_text(text) == parse({"a": {"$in": [1, None]}, "b": True})


@pytest.mark.parametrize(
    "text", ["", "{", "state", "{'a': open('x')}", "{a: 1}", "[" * 100_000, "{[]: 1}", "{'a': \0}"]
)
def test_other_text_is_one_clear_error(text: str) -> None:
    with pytest.raises(QueryError, match="neither JSON nor a Python literal"):
        parse_text(text)


@pytest.mark.parametrize("text", ["3", "[1]", '"state"', "None"])
def test_a_literal_that_is_no_mapping_is_an_error(text: str) -> None:
    with pytest.raises(QueryError, match="mapping"):
        parse_text(text)
