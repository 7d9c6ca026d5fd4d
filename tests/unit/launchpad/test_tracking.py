"""What of a tracked file is new."""

from __future__ import annotations

import pytest

from longfuse.launchpad.tracking import new_lines


@pytest.mark.parametrize(
    ("before", "now", "new"),
    [
        ("", "", []),
        ("", "a\nb", ["a", "b"]),
        ("a\nb", "a\nb", []),
        ("a\nb", "a\nb\nc", ["c"]),
        ("a\nb\nc", "b\nc\nd", ["d"]),
        ("a\nb\nc", "x\ny\nz", ["x", "y", "z"]),
        ("a\nstep 1", "a\nstep 12\nstep 13", ["step 12", "step 13"]),
        ("a\na", "a\na\na", ["a"]),
        ("a\nb", "", []),
    ],
)
def test_new_lines(before: str, now: str, new: list[str]) -> None:
    assert new_lines(before, now) == new
