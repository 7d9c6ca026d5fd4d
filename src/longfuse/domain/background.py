"""Background tasks: Firetasks that run again and again beside the Firework's own."""

from __future__ import annotations

from longfuse.domain.wire import FWSerializable, in_plain_containers, recursive_load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from longfuse.domain.firetask import FiretaskBase

DEFAULT_SLEEP_S = 60


class BackgroundTask(FWSerializable):
    """What runs beside the Firework's tasks; ``_background_tasks`` in a spec lists some.

    Args:
        tasks: One Firetask or several.
        num_launches: How often to run them; 0 means until the Firework ends.
        sleep_time: Seconds between two runs.
        run_on_finish: Run them once more after the Firework's last task.
    """

    _fw_name = "BackgroundTask"

    def __init__(
        self,
        tasks: FiretaskBase | Sequence[FiretaskBase],
        num_launches: int = 0,
        sleep_time: float = DEFAULT_SLEEP_S,
        run_on_finish: bool = False,
    ) -> None:
        self.tasks: list[FiretaskBase] = [tasks] if isinstance(tasks, dict) else list(tasks)
        self.num_launches = num_launches
        self.sleep_time = sleep_time
        self.run_on_finish = run_on_finish

    def to_dict(self) -> dict[str, Any]:
        """FireWorks' shape."""
        return {
            "tasks": in_plain_containers(self.tasks),
            "num_launches": self.num_launches,
            "sleep_time": self.sleep_time,
            "run_on_finish": self.run_on_finish,
            "_fw_name": self.fw_name,
        }

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The background task; what is missing but ``tasks`` has its default."""
        return cls(
            recursive_load(m_dict["tasks"]),
            m_dict.get("num_launches", 0),
            m_dict.get("sleep_time", DEFAULT_SLEEP_S),
            m_dict.get("run_on_finish", False),
        )
