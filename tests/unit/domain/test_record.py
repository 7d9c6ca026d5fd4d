"""Records are made and changed as dataclasses are, only faster."""

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from longfuse.domain.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Point(Record):
    x: int
    y: int = 0
    name: str = ""


def test_of_takes_the_fields_in_their_order():
    assert Point.of([1, 2, "a"]) == Point(x=1, y=2, name="a")
    assert Point.of(iter((1, 2, "a"))) == Point(x=1, y=2, name="a")


@pytest.mark.parametrize("values", [[1, 2], [1, 2, "a", 3]])
def test_of_takes_all_fields_and_no_more(values):
    with pytest.raises(ValueError, match="Point has 3 fields, not"):
        Point.of(values)


def test_several_are_made_of_columns():
    assert Point.several([[1, 2], iter((3, 4)), ("a", "b")], 2) == [
        Point(x=1, y=3, name="a"),
        Point(x=2, y=4, name="b"),
    ]
    assert Point.several([[], [], []], 0) == []


def test_several_need_a_column_for_each_field():
    with pytest.raises(ValueError, match="Point has 3 fields, not 2"):
        Point.several([[1], [2]], 1)


def test_but_changes_some_and_keeps_the_original():
    point = Point(x=1, name="a")
    assert point.but(y=5) == replace(point, y=5) == Point(x=1, y=5, name="a")
    assert point.but() == point
    assert point.but() is not point
    assert point == Point(x=1, name="a")


def test_an_unknown_field_is_refused():
    with pytest.raises(TypeError, match="Point has no field z"):
        Point(x=1).but(z=2)


def test_what_was_made_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Point.of([1, 2, "a"]).x = 3


def test_a_record_may_have_one_field_only():
    @dataclass(frozen=True, slots=True)
    class Single(Record):
        value: object

    assert Single.of([(1, 2)]).but().value == (1, 2)
    assert Single.of([1]).but(value=[2]).value == [2]
