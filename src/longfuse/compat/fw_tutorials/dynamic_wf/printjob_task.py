"""Telling of the job before."""

from __future__ import annotations

from typing import Any

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FiretaskBase

__all__ = ["PrintJobTask"]


class PrintJobTask(FiretaskBase):
    """Tells what ``_pass_job_info`` handed on from the last parent."""

    _fw_name = "Print Job Task"

    def run_task(self, fw_spec: dict[str, Any]) -> FWAction:
        """Tell."""
        before = fw_spec["_job_info"][-1]
        for what, key in (("name", "name"), ("id", "fw_id"), ("location", "launch_dir")):
            print(f"The {what} of the previous job was: {before[key]}")  # noqa: T201 - the tutorial shows it
        return FWAction()
