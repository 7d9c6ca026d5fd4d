"""What is done about jobs that did not end well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from longfuse.errors import ConfigError
from longfuse.queue.policy import read_policy, retry, scaled

PARAMETERS = {"walltime": "00:10:00", "mem": "4G", "ntasks": 1, "queue": "short"}


@pytest.mark.parametrize(
    ("value", "factor", "expected"),
    [
        ("00:10:00", 1.5, "00:15:00"),
        ("1-12:00:00", 2, "72:00:00"),
        ("1-12", 2, "72:00:00"),
        ("10:30", 2, "00:21:00"),
        ("30", 1.5, "45"),
        (30, 1.5, 45),
        ("4G", 1.5, "6G"),
        ("3.5 gb", 2, "7gb"),
        (1001, 1.1, 1102),
    ],
)
def test_so_many_times_as_much(value: Any, factor: float, expected: Any) -> None:
    assert scaled(value, factor) == expected


@pytest.mark.parametrize("value", ["soon", "", "1:2:3:4", None, [4]])
def test_what_cannot_be_multiplied(value: Any) -> None:
    with pytest.raises(ValueError, match="is no number, amount or time"):
        scaled(value, 2)


def test_each_cause_has_its_own_tries() -> None:
    content = {"TIMEOUT": {"rerun": 2, "walltime": 1.5, "checkpoint": True}, "NODE_FAIL": {"rerun": 5}}
    policy = json.loads(json.dumps(read_policy(content, PARAMETERS, "f")))  # as the launch's record has it
    first = retry(policy, "TIMEOUT", 0)
    assert first is not None
    assert (first.wishes, first.from_checkpoint, first.recover_mode) == ({"walltime": "00:15:00"}, True, None)
    assert str(first) == "rerun 1 of 2 from its last checkpoint with walltime 00:15:00"
    assert retry(policy, "TIMEOUT", 2) is None
    assert str(retry(policy, "NODE_FAIL", 4)) == "rerun 5 of 5"
    assert retry(policy, "OUT_OF_MEMORY", 0) is None


def test_the_old_directory() -> None:
    policy = read_policy({"TIMEOUT": {"rerun": 1, "checkpoint": "prev_dir"}}, {}, "f")
    found = retry(policy, "TIMEOUT", 0)
    assert found is not None
    assert (found.from_checkpoint, found.recover_mode) == (True, "prev_dir")
    assert "checkpoint" not in read_policy({"TIMEOUT": {"rerun": 1, "checkpoint": False}}, {}, "f")["TIMEOUT"]


def test_what_nobody_asked_for_is_not_multiplied() -> None:
    found = retry(read_policy({"TIMEOUT": {"rerun": 1, "walltime": 2}}, {}, "f"), "TIMEOUT", 0)
    assert found is not None
    assert found.wishes == {}


def test_the_default_is_to_stop() -> None:
    assert read_policy(None, PARAMETERS, "f") == {}
    assert retry({}, "TIMEOUT", 0) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (["TIMEOUT"], "must name causes and what to do"),
        ({"TIME_OUT": {"rerun": 1}}, "is no cause; there are CANCELLED, EXCEPTION"),
        ({"TIMEOUT": 3}, "needs `rerun`"),
        ({"TIMEOUT": {"rerun": 0}}, "1 at least"),
        ({"TIMEOUT": {"rerun": 1, "walltime": "double"}}, "by how much to multiply, not 'double'"),
        ({"TIMEOUT": {"rerun": 1, "queue": 2}}, "'short' is no number, amount or time"),
        ({"TIMEOUT": {"rerun": 1, "checkpoint": "maybe"}}, "must be true, false, cp or prev_dir"),
    ],
)
def test_what_cannot_be_understood(content: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_policy(content, PARAMETERS, "my_qadapter.yaml")
