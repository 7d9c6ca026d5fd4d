"""Documents that are no workflow are told apart before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from longfuse.errors import WorkflowError
from longfuse.launchpad.adding import draft

FW = {"fw_id": 1, "spec": {"_tasks": []}}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"fws": 3},
        {"fws": None},
        {"fws": []},
        {"fws": {"1": FW}},
        {"fws": ["words"]},
        {"fws": [3]},
        {"fws": [FW, FW]},
        {"fws": [{"fw_id": "x", "spec": {}}]},
        {"fws": [FW], "links": [1]},
        {"fws": [FW], "links": 3},
        {"fws": [FW], "links": {"x": [1]}},
        {"fws": [FW], "links": {"1": ["x"]}},
        {"fws": [FW], "links": {"1": [2]}},
        {"fws": [FW], "links": {"1": [1]}},
        {"fws": [FW], "links": {"1": {}}},
        {"fws": [FW], "metadata": "words"},
        {"fws": [FW], "metadata": [1]},
        {"spec": 3},
        {"spec": {}, "state": "ASLEEP"},
    ],
)
def test_no_workflow(document: dict[str, Any]) -> None:
    with pytest.raises(WorkflowError):
        draft(document)
