"""A workflow that grows by itself."""

from __future__ import annotations

from typing import Any

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FiretaskBase
from longfuse.domain.firework import Firework

__all__ = ["FibonacciAdderTask"]


class FibonacciAdderTask(FiretaskBase):
    """Adds ``spec.smaller`` and ``spec.larger``; below ``spec.stop_point`` it adds a Firework for the next number."""

    _fw_name = "Fibonacci Adder Task"

    def run_task(self, fw_spec: dict[str, Any]) -> FWAction:
        """Add, tell, and go on."""
        smaller, larger, stop_point = fw_spec["smaller"], fw_spec["larger"], fw_spec["stop_point"]
        found = smaller + larger
        if found >= stop_point:
            print(f"We have now exceeded our limit; (the next Fibonacci number would have been: {found})")  # noqa: T201
            return FWAction()
        print(f"The next Fibonacci number is: {found}")  # noqa: T201 - the tutorial shows it
        following = Firework(FibonacciAdderTask(), {"smaller": larger, "larger": found, "stop_point": stop_point})
        return FWAction(stored_data={"next_fibnum": found}, additions=following)
