import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from longfuse.domain import yamlio
from longfuse.errors import SerializationError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("-7", -7),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("1:30", "1:30"),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("20240101T10", "20240101T10"),
        ("'12'", "12"),
        ("=", "="),
        ("1.2.3", "1.2.3"),
    ],
)
def test_scalars(text, value):
    found = yamlio.load(f"key: {text}\n")["key"]
    assert found == value
    assert type(found) is type(value)


def test_nan():
    assert math.isnan(yamlio.load(".nan"))


def test_merge_keys_work():
    assert yamlio.load("base: &b {a: 1, c: 2}\nmore: {<<: *b, a: 3}\n")["more"] == {"a": 3, "c": 2}


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(
        [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "true",
            "null",
            "~",
            "012",
            "0o14",
            "0x1F",
            "1e3",
            "1_000",
            "1:30",
            ".5",
            "1.",
            ".inf",
            ".nan",
            "=",
            "<<",
            "-",
            "?",
            ":",
            "#",
            "&",
            "*",
            "2024-01-31",
        ]
    )
    | st.sampled_from(
        ["2024-01-31 10:00:00", "2024-01-31T10:00:00Z", "", " ", "\n", "a: b", "a\n", "\ta", "%a", "'", '"']
    )
)


@given(
    st.recursive(
        SCALARS,
        lambda x: st.lists(x) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])) | st.integers(), x),
    )
)
def test_what_is_written_is_read_back(value):
    assert yamlio.load(yamlio.dump(value)) == value


@given(SCALARS.filter(lambda value: isinstance(value, str)))
def test_text_is_text_for_readers_of_yaml_1_1_too(text):
    """FireWorks' older files and other tools read 1.1."""
    assert yaml.safe_load(yamlio.dump({"key": text})) == {"key": text}


def test_the_same_list_twice_has_no_anchor():
    shared = [1]
    assert "&" not in yamlio.dump({"a": shared, "b": shared})


@pytest.mark.parametrize("text", ["a: [1, 2\n", "a: 1\n b: 2\n", "a: 1\na: 2\n", "a: !!python/object:os.system {}\n"])
def test_errors_name_line_and_column(text):
    with pytest.raises(SerializationError, match=r"^my\.yaml, line \d+, column \d+: this is not YAML"):
        yamlio.load(text, "my.yaml")


def test_a_key_twice_is_named():
    with pytest.raises(SerializationError, match=r"^line 3, column 1: .*'a' stands twice"):
        yamlio.load("a: 1\nb: 1\na: 2\n")


def test_several_documents_are_refused():
    with pytest.raises(SerializationError):
        yamlio.load("a: 1\n---\nb: 1\n")


def test_what_yaml_cannot_hold():
    with pytest.raises(SerializationError):
        yamlio.dump({"a": object()})
