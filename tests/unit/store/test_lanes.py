"""What is left to ask in a lane means the same as the whole filter, for every Firework of that lane."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longfuse.domain.filter import matches
from longfuse.domain.fworker import FWorker
from longfuse.domain.query import parse
from longfuse.store.lanes import ALWAYS, LONGEST, NEVER, PLAIN, UNSORTED, lane_of, left_to_ask

NAMES = st.sampled_from(["a", "b", "ä", "", "x" * (LONGEST + 1), "\ue000"])
VALUES = st.one_of(NAMES, st.none(), st.integers(0, 2), st.booleans(), st.lists(NAMES, max_size=2))
SPECS = st.fixed_dictionaries({}, optional={"_category": VALUES, "_fworker": VALUES, "x": st.integers(0, 2)})
PREDICATES = st.one_of(
    VALUES,
    st.builds(lambda word, value: {word: value}, st.sampled_from(["$eq", "$ne"]), VALUES),
    st.builds(lambda flag: {"$exists": flag}, st.booleans()),
    st.builds(lambda values: {"$in": values}, st.lists(VALUES, max_size=3)),
    st.builds(lambda values: {"$not": {"$in": values}}, st.lists(VALUES, max_size=3)),
)
PATHS = st.sampled_from(["spec._category", "spec._fworker", "spec._category.x", "spec._fworker.0", "spec.x", "name"])
CONDITIONS = st.dictionaries(PATHS, PREDICATES, max_size=3)
QUERIES = st.recursive(
    CONDITIONS,
    lambda inner: st.builds(
        lambda word, parts: {word: parts},
        st.sampled_from(["$and", "$or", "$nor"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@given(query=QUERIES, spec=SPECS, name=NAMES)
def test_what_is_left_to_ask_means_the_same(query: dict[str, Any], spec: dict[str, Any], name: str) -> None:
    document, where = {"spec": spec, "name": name}, parse(query)
    assert matches(left_to_ask(where, lane_of(spec)), document) == matches(where, document)


@pytest.mark.parametrize(
    ("spec", "lane"),
    [
        ({"x": 1}, PLAIN),
        ({"_category": "big", "x": 1}, '{"_category": "big"}'),
        ({"_fworker": None, "_category": "größe"}, '{"_category": "größe", "_fworker": null}'),
        ({"_category": ["big"]}, UNSORTED),
        ({"_category": 1}, UNSORTED),
        ({"_fworker": "x" * LONGEST}, f'{{"_fworker": "{"x" * LONGEST}"}}'),
        ({"_fworker": "x" * (LONGEST + 1)}, UNSORTED),
        ({"_category": "\x00"}, UNSORTED),
        ({"_category": "\ue000"}, UNSORTED),
    ],
)
def test_the_lane_of_a_spec(spec: dict[str, Any], lane: str) -> None:
    assert lane_of(spec) == lane


def asked(worker: FWorker, spec: dict[str, Any]) -> object:
    return left_to_ask(parse(worker.query), lane_of(spec))


def test_nothing_is_left_to_ask_by_an_ordinary_worker() -> None:
    assert asked(FWorker("w"), {}) == ALWAYS
    assert asked(FWorker("w"), {"_fworker": "w"}) == ALWAYS
    assert asked(FWorker("w"), {"_fworker": "v"}) == NEVER
    assert asked(FWorker("w", category="big"), {}) == NEVER
    assert asked(FWorker("w", category=["big", "small"]), {"_category": "small"}) == ALWAYS
    assert asked(FWorker("w", category="__none__"), {"_category": "small"}) == NEVER
    assert asked(FWorker("w", category="__none__"), {}) == ALWAYS


def test_of_a_query_of_its_own_the_rest_is_left() -> None:
    worker = FWorker("w", category="big", query={"spec.x": {"$gt": 3}})
    assert asked(worker, {"_category": "big"}) == parse({"spec.x": {"$gt": 3}})
    assert asked(worker, {"_category": ["big"]}) == parse(worker.query)


def test_without_a_filter_nothing_is_asked() -> None:
    assert left_to_ask(None, UNSORTED) == ALWAYS
