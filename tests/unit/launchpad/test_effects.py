"""What a launch remembers of what it did to the LaunchPad."""

from __future__ import annotations

from longfuse.launchpad.effects import failure, noted, undone, with_added, with_done, with_noted

A, B, C = ({"method": name, "arguments": {}} for name in ("a", "b", "c"))


def test_nothing_is_none() -> None:
    assert with_added(None, []) is None
    assert with_noted(None, 1, []) is None
    assert noted(None) == (0, [])
    assert failure(None, 1) == ""


def test_additions_add_up() -> None:
    assert with_added(with_added(None, [3]), [5, 6]) == {"added": [3, 5, 6]}


def test_each_heartbeat_has_all_of_its_attempt() -> None:
    effects = with_noted(with_noted(None, 1, [A]), 1, [A, B])
    assert noted(effects) == (1, [A, B])
    assert undone(effects, 1, [A, B]) == [A, B]


def test_what_was_done_is_not_done_again() -> None:
    effects = with_done(with_noted(None, 1, [A, B]), 1, 2, {"-1000001": 7})
    assert effects == {"writes": {"attempt": 1, "done": 2}, "ids": {"-1000001": 7}}
    assert undone(effects, 1, [A, B, C]) == [C]
    assert with_noted(effects, 1, [A, B]) == effects
    later = with_done(effects, 1, 1, effects["ids"])
    assert later["writes"] == {"attempt": 1, "done": 3}


def test_another_attempt_begins_anew() -> None:
    effects = with_done(None, 1, 2, {})
    assert undone(effects, 2, [A]) == [A]
    assert with_done(effects, 2, 1, {})["writes"] == {"attempt": 2, "done": 1}


def test_nothing_is_done_after_a_failure() -> None:
    effects = with_done(None, 1, 1, {}, failed="no such Firework")
    assert failure(effects, 1) == "no such Firework"
    assert failure(effects, 2) == ""
    assert undone(effects, 1, [A, B, C]) == []
