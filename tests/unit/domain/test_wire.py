import json
import math
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, IntEnum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longfuse.domain import wire
from longfuse.domain.states import State
from longfuse.domain.wire import FWSerializable
from longfuse.errors import FormatError, SerializationError
from longfuse.firetasks.script import ScriptTask


class Color(Enum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


class Point(FWSerializable):
    """A thing of a user's, with a name on the wire."""

    _fw_name = f"{{{{{__name__}.Point}}}}"

    def __init__(self, x):
        self.x = x

    def to_dict(self):
        return {"x": self.x, "_fw_name": self.fw_name}

    @classmethod
    @wire.recursive_deserialize
    def from_dict(cls, m_dict):
        return cls(m_dict["x"])


class Mson:
    """What monty's MSONable objects look like from outside."""

    def __init__(self, x):
        self.x = x

    def as_dict(self):
        return {"@module": __name__, "@class": "Mson", "@version": "1", "x": self.x}

    @classmethod
    def from_dict(cls, m_dict):
        assert not any(key.startswith("@") for key in m_dict)
        return cls(**m_dict)


class Failing:
    def as_dict(self):
        raise OSError("the disk is away")


class Selfish:
    def to_dict(self):
        return self


class ReprFails:
    def __repr__(self):
        raise ValueError("no")


class TestTimes:
    def test_iso(self):
        assert wire.iso(datetime(2024, 1, 31, 12, tzinfo=UTC)) == "2024-01-31T12:00:00.000000+00:00"
        assert wire.iso(datetime(2024, 1, 31, 12)) == "2024-01-31T12:00:00.000000+00:00"  # noqa: DTZ001
        east = timezone(timedelta(hours=2))
        assert wire.iso(datetime(2024, 1, 31, 12, tzinfo=east)) == "2024-01-31T10:00:00.000000+00:00"

    @pytest.mark.parametrize(
        "text",
        [
            "2024-01-31T12:00:00.000000+00:00",
            "2024-01-31T12:00:00",
            "2024-01-31 12:00:00",
            "2024-01-31T12:00:00Z",
            "2024-01-31T14:00:00+02:00",
            datetime(2024, 1, 31, 12),  # noqa: DTZ001
        ],
    )
    def test_parse(self, text):
        found = wire.parse_iso(text)
        assert found == datetime(2024, 1, 31, 12, tzinfo=UTC)
        assert found.tzinfo is UTC

    @pytest.mark.parametrize("text", ["yesterday", "", None, 3])
    def test_no_time(self, text):
        with pytest.raises(SerializationError, match="is no time"):
            wire.parse_iso(text)

    @given(st.datetimes(timezones=st.just(UTC)))
    def test_round_trip(self, moment):
        assert wire.parse_iso(wire.iso(moment)) == moment

    def test_now_is_aware(self):
        assert wire.now().tzinfo is UTC


class TestWriting:
    @pytest.mark.parametrize(
        ("value", "plain"),
        [
            (None, None),
            (True, True),
            ((1, (2,)), [1, [2]]),
            ({1: 2}, {1: 2}),
            (np.float64(1.5), 1.5),
            (np.float32(1.5), 1.5),
            (np.int64(3), 3),
            (np.bool_(True), True),
            (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
            (np.str_("a"), "a"),
            ({np.int64(3): 1}, {3: 1}),
            (State.READY, "READY"),
            ({State.READY: 1}, {"READY": 1}),
            (Number.ONE, 1),
            (datetime(2024, 1, 31, 12, tzinfo=UTC), "2024-01-31T12:00:00+00:00"),
            (date(2024, 1, 31), "2024-01-31"),
            (Path("/a/b"), "/a/b"),
            (Mson((1, 2)), {"@module": __name__, "@class": "Mson", "@version": "1", "x": [1, 2]}),
            ([Point(Point(1))], [{"x": {"x": 1, "_fw_name": Point._fw_name}, "_fw_name": Point._fw_name}]),
        ],
    )
    def test_plain_forms(self, value, plain):
        found = wire.recursive_dict(value)
        assert found == plain
        assert type(found) is type(plain)
        json.dumps(found)

    def test_numbers_are_numbers_of_python(self):
        assert type(wire.recursive_dict(np.float64(1))) is float
        assert type(wire.recursive_dict(Number.ONE)) is int
        assert type(wire.recursive_dict(State.READY)) is str
        assert math.isnan(wire.recursive_dict(np.float64("nan")))

    @pytest.mark.parametrize(
        "value", [{1, 2}, b"x", 1j, object(), print, int, Color.RED, Failing(), Selfish(), ReprFails()]
    )
    def test_what_json_cannot_hold_is_named(self, value):
        with pytest.raises(SerializationError, match=r"^spec\.list\[1\]\.deep: \w+ cannot be written as JSON"):
            wire.recursive_dict({"spec": {"list": [0, {"deep": value}]}})

    def test_why_a_class_failed_is_told(self):
        with pytest.raises(SerializationError, match="the disk is away"):
            wire.recursive_dict(Failing())

    def test_keys_that_json_cannot_hold(self):
        with pytest.raises(SerializationError, match=r"^a\.\(1, 2\): tuple"):
            wire.recursive_dict({"a": {(1, 2): 3}})

    def test_what_holds_itself(self):
        value = []
        value.append(value)
        with pytest.raises(SerializationError, match="holds itself"):
            wire.recursive_dict({"a": value})

    def test_lossy(self):
        problems = []
        found = wire.to_json_able({"a": [1, {2}], "b": {"c": Failing(), (1,): 2}, "d": (3,)}, problems)
        assert problems == [
            "a[1]: set cannot be written as JSON",
            "b.c: Failing cannot be written as JSON",
            "b.(1,): tuple cannot be written as JSON",
        ]
        assert found["a"] == [1, "{2}"]
        assert found["b"]["(1,)"] == 2
        assert found["d"] == [3]
        json.dumps(found)

    def test_lossy_survives_a_repr_that_fails(self):
        problems = []
        assert "ReprFails" in wire.to_json_able([ReprFails()], problems)[0]
        assert problems == ["[0]: ReprFails cannot be written as JSON"]

    def test_undecided(self):
        held = {1}
        assert wire.in_plain_containers({"a": (held, Mson(held))})["a"][0] is held

    def test_the_value_itself_is_left_alone(self):
        value = {"a": (1, [2])}
        plain = wire.recursive_dict(value)
        plain["a"][1].append(3)
        assert value == {"a": (1, [2])}


class TestReading:
    def test_objects_are_loaded_wherever_they_are(self):
        document = wire.recursive_dict({"a": [Point(1), {"b": Mson(2)}], "t": ScriptTask(script="x")})
        loaded = wire.recursive_load(json.loads(json.dumps(document)))
        assert loaded["a"][0].x == 1
        assert loaded["a"][1]["b"].x == 2
        assert isinstance(loaded["t"], ScriptTask)

    def test_objects_stay_objects(self):
        point, task = Point(1), ScriptTask(script="x")
        assert wire.recursive_load([point, task])[0] is point
        assert wire.recursive_load([point, task])[1] is task

    @pytest.mark.parametrize(
        "text", ["20240101T10", "2024-01-31T12:00:00", "2024-01-31T12:00:00.000000+00:00", "2024-W01-1T00:00"]
    )
    def test_text_is_never_a_date(self, text):
        assert wire.recursive_load({"a": [text]}) == {"a": [text]}

    @pytest.mark.parametrize(
        "document",
        [
            {"@module": "no_such_module", "@class": "X", "x": 1},
            {"@module": "json", "@class": "NoSuch", "x": 1},
            {"@module": "json", "@class": "dumps", "x": 1},
            {"@module": None, "@class": 3},
            {"@module": "builtins", "x": 1},
        ],
    )
    def test_foreign_mson_stays_a_dictionary(self, document):
        assert wire.recursive_load(document) == document

    def test_enums_and_dates_of_monty(self):
        assert wire.recursive_load({"@module": __name__, "@class": "Color", "value": "red"}) is Color.RED
        document = {"@module": "datetime", "@class": "datetime", "string": "2024-01-31 12:00:00"}
        assert wire.recursive_load(document) == datetime(2024, 1, 31, 12, tzinfo=UTC)

    def test_an_unknown_name_is_an_error(self):
        with pytest.raises(SerializationError, match="Nobody"):
            wire.recursive_load({"a": {"_fw_name": "Nobody"}})

    def test_load_object_needs_a_name(self):
        with pytest.raises(SerializationError, match="without _fw_name"):
            wire.load_object({"a": 1})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda x: st.lists(x) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), x),
)
SCALARS_OF_YAML = st.sampled_from(
    [
        "yes",
        "on",
        "No",
        "012",
        "1e3",
        "0o14",
        "null",
        "~",
        "2024-01-31",
        "2024-01-31T10:00:00",
        "20240101T10",
        "1_0",
        "=",
        "<<",
    ]
)


class TestFiles:
    @given(st.dictionaries(st.text("abc") | SCALARS_OF_YAML, JSON | SCALARS_OF_YAML), st.sampled_from(["json", "yaml"]))
    def test_round_trip(self, value, f_format):
        document = {"x": value}
        assert wire.read_text(wire.write_text(document, f_format), f_format) == document

    @pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.yml", "a b\n'\".JSON", "a.b.yaml"])
    def test_formats_by_name(self, tmp_path, name):
        path = tmp_path / name
        Point([1, "ü"]).to_file(path)
        assert Point.from_file(path).x == [1, "ü"]
        assert wire.load_object_from_file(str(path)).x == [1, "ü"]
        assert path.read_text().startswith("{") is name.lower().endswith("json")

    def test_format_said(self, tmp_path):
        Point(1).to_file(tmp_path / "a.txt", "json", indent=4)
        assert (tmp_path / "a.txt").read_text().startswith('{\n    "x"')
        assert Point.from_file(tmp_path / "a.txt", "json").x == 1

    def test_json_is_ascii(self):
        assert Point("ü").to_format() == '{"x": "\\u00fc", "_fw_name": ' + json.dumps(Point._fw_name) + "}"

    def test_yaml_keeps_letters(self):
        assert "ü" in Point("ü").to_format("yaml")

    @pytest.mark.parametrize("name", ["a.txt", "a", "a.toml"])
    def test_other_formats(self, tmp_path, name):
        with pytest.raises(FormatError, match="Unsupported format"):
            Point(1).to_file(tmp_path / name)
        assert not (tmp_path / name).exists()

    def test_nothing_is_written_if_it_cannot_be(self, tmp_path):
        with pytest.raises(SerializationError, match=r"^x: set"):
            Point({1}).to_file(tmp_path / "a.json")
        assert not (tmp_path / "a.json").exists()

    @pytest.mark.parametrize(
        ("name", "text", "words"),
        [
            ("a.json", b'{"a": 1,\n "b": }', r"a\.json, line 2, column 7: this is not JSON"),
            ("a.json", b"", r"a\.json, line 1, column 1"),
            ("a.yaml", b"a: 1\nb: [\n", r"a\.yaml, line 3, column 1: this is not YAML"),
            ("a.yaml", b"- 1\n", "must be a dict but is list"),
            ("a.yaml", b"", "must be a dict but is NoneType"),
            ("a.json", b'{"a": "\xff"}', "not UTF-8"),
        ],
    )
    def test_bad_files_say_where(self, tmp_path, name, text, words):
        (tmp_path / name).write_bytes(text)
        with pytest.raises(SerializationError, match=words) as caught:
            wire.read_file(tmp_path / name)
        assert str(tmp_path) in str(caught.value)

    def test_no_file(self, tmp_path):
        with pytest.raises(SerializationError, match=r"a\.json cannot be read: No such file"):
            wire.read_file(tmp_path / "a.json")


def test_the_compute_side_is_cheap():
    """What a rocket imports of the domain loads none of the expensive modules."""
    ours = "firework action firetask launch tracker background fworker workflow registry specmods".split()  # noqa: SIM905
    dear = {
        "typing",
        "pathlib",
        "subprocess",
        "logging",
        "dataclasses",
        "importlib.metadata",
        "inspect",
        "yaml",
        "socket",
    }
    program = "; ".join(["import sys", *(f"import longfuse.domain.{name}" for name in ours), "print(*sys.modules)"])
    environment = {"PYTHONPATH": str(Path(wire.__file__).parents[2])}
    python = [sys.executable, "-S", "-c", program]
    answer = subprocess.run(python, capture_output=True, text=True, env=environment, check=True)
    assert not dear & set(answer.stdout.split())
    assert "longfuse.domain.workflow" in answer.stdout.split()
