"""Adding numbers up, and handing the sum on."""

from __future__ import annotations

from longfuse.compat.fw_tutorials.firetask.addition_task import AdditionTask

__all__ = ["AddModifyTask"]


class AddModifyTask(AdditionTask):
    """`AdditionTask` under the name that the tutorial on passing data uses."""

    _fw_name = "Add and Modify Task"
