"""What filters mean: MongoDB's answers, written down one by one."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from longfuse.domain.filter import EVERYTHING, NOTHING, all_of, matches
from longfuse.domain.query import parse
from longfuse.domain.states import State


def found(query: dict[str, Any], document: dict[str, Any]) -> bool:
    return matches(parse(query), document)


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


def test_all_of_joins_and_forgets_none() -> None:
    a, b = parse({"a": 1}), parse({"b": 1, "c": 1})
    assert all_of() == EVERYTHING
    assert all_of(None, a) == a
    joined = all_of(a, None, b)
    assert matches(joined, {"a": 1, "b": 1, "c": 1})
    assert not matches(joined, {"a": 1, "b": 1})
    assert not matches(all_of(a, NOTHING), {"a": 1})
