"""JSON as the database keeps it."""

import math
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longfuse.errors import SerializationError
from longfuse.store.jsontext import dumps, loads

UNDECODED = st.binary(max_size=4).map(lambda data: data.decode(errors="surrogateescape"))
TEXTS = st.text() | UNDECODED
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_comes_back_and_sqlite_can_read_and_keep_it(value):
    text = dumps(value)
    connection = sqlite3.connect(":memory:")
    assert connection.execute("SELECT json_valid(?1), ?1", (text,)).fetchone() == (1, text)
    connection.close()
    assert loads(text) == value


def test_nan():
    assert math.isnan(loads(dumps({"a": (math.nan,)}))["a"][0])
    assert "NaN" not in dumps(math.nan)


def test_a_users_key_like_ours_stays():
    assert loads(dumps({"$number": "seven"})) == {"$number": "seven"}
    assert loads(dumps({"$number": "nan", "x": 1})) == {"$number": "nan", "x": 1}


def test_compact_and_readable():
    assert dumps({"ä": [1, 2.5, None]}) == '{"ä":[1,2.5,null]}'


def test_keys_become_text_and_tuples_lists():
    assert loads(dumps({1: (2, 3)})) == {"1": [2, 3]}


@pytest.mark.parametrize("wrong", [object(), {1, 2}, b"bytes", {(1, 2): 3}, [math.nan, object()]])
def test_what_json_cannot_hold(wrong):
    with pytest.raises(SerializationError, match="JSON"):
        dumps({"x": wrong})


def test_what_holds_itself():
    ring = []
    ring.append(ring)
    with pytest.raises(SerializationError):
        dumps(ring)
