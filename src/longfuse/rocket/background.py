"""Background tasks: Firetasks that run again and again beside the Firework's own, in threads of the task process."""

from __future__ import annotations

import threading

from longfuse.rocket.log import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from longfuse.domain.background import BackgroundTask


class Backgrounds:
    """The background tasks of one Firework.

    What they return counts for nothing; one that raises is told on standard error and goes on.

    Args:
        tasks: Which.
        spec: The Firework's spec as it was at the start; each run gets a copy.
    """

    def __init__(self, tasks: Sequence[BackgroundTask], spec: dict[str, Any]) -> None:
        self._tasks = tasks
        self._spec = spec
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=(task,), daemon=True) for task in tasks]

    def start(self) -> None:
        """Let them run."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, finished: bool) -> None:
        """Let each end the round it is in; then, if the Firework's own tasks ``finished``, the last ones run."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        if finished:
            for task in self._tasks:
                if task.run_on_finish:
                    self._run_once(task)

    def _repeat(self, task: BackgroundTask) -> None:
        rounds = 0
        while not self._over.is_set():
            self._run_once(task)
            rounds += 1
            if rounds == task.num_launches or self._over.wait(task.sleep_time):
                return

    def _run_once(self, task: BackgroundTask) -> None:
        for firetask in task.tasks:
            try:
                firetask.run_task(dict(self._spec))
            except Exception as error:  # noqa: BLE001 - what runs in the background must not end the Firework
                tell(f"background task {firetask.fw_name}: {type(error).__name__}: {error}", "ERROR")
