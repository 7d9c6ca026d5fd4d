"""Queries as they are typed."""

from __future__ import annotations

import pytest

from longfuse.cli.selection import mapping_of
from longfuse.errors import QueryError


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"$in": [1, null]}, "b": true}',
        "{'a': {'$in': [1, None]}, 'b': True}",
        "  {'a': {'$in': [1, None]}, 'b': True}",
    ],
)
def test_text_is_json_or_a_python_literal(text: str) -> None:
    assert mapping_of(text) == {"a": {"$in": [1, None]}, "b": True}


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "state", "{'a': open('x')}", "{a: 1}", "[" * 100_000, "{[]: 1}", "{'a': \0}"),
        *("3", "[1]", '"state"', "None"),
    ],
)
def test_other_text_is_one_clear_error(text: str) -> None:
    with pytest.raises(QueryError, match="is no mapping such as") as error:
        mapping_of(text)
    assert len(str(error.value)) < 300
