"""Adding numbers up."""

from __future__ import annotations

from typing import Any

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FiretaskBase

__all__ = ["AdditionTask"]


class AdditionTask(FiretaskBase):
    """Adds up ``spec.input_array``; the sum is stored, and is what the next Firework's list ends with."""

    _fw_name = "Addition Task"

    def run_task(self, fw_spec: dict[str, Any]) -> FWAction:
        """Add and tell."""
        numbers = fw_spec["input_array"]
        found = sum(numbers)
        print(f"The sum of {numbers} is: {found}")  # noqa: T201 - the tutorial shows it
        return FWAction(stored_data={"sum": found}, mod_spec=[{"_push": {"input_array": found}}])
