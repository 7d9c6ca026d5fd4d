"""Runs the Firetasks of one Firework, in order, and puts together what they answer."""

from __future__ import annotations

import os

from longfuse.domain import wire
from longfuse.domain.action import ActionTotal, FWAction
from longfuse.domain.states import State
from longfuse.launchdir.job import STORED_NAME
from longfuse.rocket import actionfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from longfuse.domain.firework import Firework
    from longfuse.domain.fworker import FWorker
    from longfuse.rocket.background import Backgrounds

    class Audience(Protocol):
        """Who wants to know how far it is."""

        def about_to_run(self, task_n: int, task: Any, checkpoint: dict[str, Any]) -> None:
            """Told before each Firetask."""

        def has_run(self, task: Any) -> None:
            """Told after each Firetask that did not raise."""


class Ending:
    """How the Firetasks ended.

    Attributes:
        state: COMPLETED or FIZZLED.
        action: The FWAction of the launch.
        reason: What went wrong, in a line; empty if nothing did.
    """

    __slots__ = ("action", "reason", "state")

    def __init__(self, state: State, action: FWAction, reason: str = "") -> None:
        self.state = state
        self.action = action
        self.reason = reason


class Performance:
    """One run of a Firework's Firetasks in its launch directory.

    Args:
        firework: The Firework.
        launch_dir: Absolute path; the current directory when `run` is called.
        fworker: The FWorker that reserved it.
        open_launchpad: Opens what tasks that ask for it see as ``launchpad``; called once at most.
        audience: Told before each task.
        on_exception: Called while an exception of a task is being handled, for a debugger.
    """

    def __init__(
        self,
        firework: Firework,
        launch_dir: str,
        fworker: FWorker,
        *,
        open_launchpad: Callable[[], Any],
        audience: Audience,
        on_exception: Callable[[], None] | None = None,
    ) -> None:
        self._firework = firework
        self._launch_dir = launch_dir
        self._fworker = fworker
        self._open_launchpad = open_launchpad
        self._launchpad: Any = None
        self._audience = audience
        self._on_exception = on_exception
        self._spec: dict[str, Any] = {**firework.spec, "_fw_env": fworker.env}
        self._total = ActionTotal()
        self._current: Any = None

    def run(self) -> Ending:
        """Run them. Whatever a task raises, `SystemExit` and `KeyboardInterrupt` too, makes the Firework FIZZLED."""
        try:
            ending = Ending(State.COMPLETED, self._perform())
        except BaseException as error:  # noqa: BLE001 - the top level of a rocket
            if self._on_exception:
                self._on_exception()
            ending = Ending(State.FIZZLED, failed_action(self._current, error), _one_line(error))
        self._decorate(ending.action)
        return ending

    def _perform(self) -> FWAction:
        first = self._begin()
        actionfile.set_stale_aside(self._launch_dir)
        backgrounds = self._start_backgrounds()
        finished = False
        try:
            self._run_tasks(first)
            finished = True
        finally:
            if backgrounds:
                backgrounds.stop(finished=finished)
        return self._total.result()

    def _run_tasks(self, first: int) -> None:
        for task_n, task in list(enumerate(self._firework.tasks))[first:]:
            self._current = task
            self._audience.about_to_run(task_n, task, self._total.checkpoint(task_n))
            action = self._run_task(task_n, task)
            self._audience.has_run(task)
            self._total.add(action)
            self._change_spec(action.update_spec, action.mod_spec)
            if action.skip_remaining_tasks:
                break

    def _start_backgrounds(self) -> Backgrounds | None:
        tasks = self._firework.spec.get("_background_tasks")
        if not tasks:
            return None
        from longfuse.domain.background import BackgroundTask  # late: few Fireworks have one
        from longfuse.rocket.background import Backgrounds

        loaded = [task if isinstance(task, BackgroundTask) else BackgroundTask.from_dict(task) for task in tasks]
        backgrounds = Backgrounds(loaded, self._firework.spec)
        backgrounds.start()
        return backgrounds

    def _begin(self) -> int:
        """Get the directory ready; the number of the first task to run."""
        recovery = self._spec.get("_recovery")
        if recovery:
            return self._resume(recovery)
        files_in = self._spec.get("_files_in")
        if files_in:
            from longfuse.rocket.transfer import fetch  # late: few Fireworks pass files on

            fetch(files_in, self._spec.get("_files_prev") or {}, self._launch_dir)
        return 0

    def _resume(self, recovery: dict[str, Any]) -> int:
        """Go on where an earlier launch stopped: with its data, in a copy of its directory if that is wanted."""
        if recovery.get("_mode") == "cp" and recovery.get("_prev_dir"):
            from longfuse.rocket.transfer import copy_earlier_run  # late: only such a rerun needs it

            copy_earlier_run(recovery["_prev_dir"], self._launch_dir)
        total = ActionTotal(*(recovery.get(f"_all_{field}") for field in ("stored_data", "update_spec", "mod_spec")))
        self._total = total
        self._change_spec(total.update_spec, total.mod_spec)
        return int(recovery["_task_n"])

    def _run_task(self, task_n: int, task: Any) -> FWAction:
        if self._spec.get("_add_launchpad_and_fw_id") or getattr(task, "needs_launchpad", False):
            task.fw_id = self._firework.fw_id
            task.launchpad = self._launchpad = self._launchpad or self._open_launchpad()
        if self._spec.get("_add_fworker"):
            task.fworker = self._fworker
        returned = task.run_task(self._spec)
        return actionfile.take(self._launch_dir, task_n) or returned or FWAction()

    def _change_spec(self, update_spec: dict[str, Any], mod_spec: list[dict[str, Any]]) -> None:
        """Let the next task see what the children will."""
        self._spec.update(update_spec)
        if not mod_spec:
            return
        from longfuse.domain.specmods import apply_mod  # late: few tasks modify specs

        for modification in mod_spec:
            apply_mod(modification, self._spec)

    def _decorate(self, action: FWAction) -> None:
        """Add what the spec asks to pass on to the children, and who ran it if several processes are packed."""
        spec = self._firework.spec
        process = os.environ.get(STORED_NAME)
        if process:
            action.stored_data["multiprocess_name"] = process
        if spec.get("_pass_job_info"):
            history = [*(spec.get("_job_info") or []), self._job_info()]
            action.mod_spec.append({"_push_all": {"_job_info": history}})
        if spec.get("_preserve_fworker"):
            action.update_spec["_fworker"] = self._fworker.name
        files_out = spec.get("_files_out")
        if files_out:
            from longfuse.rocket.transfer import offered  # late: as above

            action.mod_spec.extend(offered(files_out, self._launch_dir))

    def _job_info(self) -> dict[str, Any]:
        return {
            "fw_id": self._firework.fw_id,
            "name": self._firework.name,
            "launch_dir": self._launch_dir,
            "state": str(State.RUNNING),
        }


def failed_action(task: Any, error: BaseException) -> FWAction:
    """FireWorks' FWAction for a launch in which a task raised."""
    import traceback  # late: only what goes wrong needs it

    details = getattr(error, "to_dict", None)
    return unfinished_action(
        None if task is None else task_document(task),
        "".join(traceback.format_exception(error)),
        details() if callable(details) else None,
    )


def unfinished_action(task: dict[str, Any] | None, stacktrace: str, details: Any = None) -> FWAction:
    """FireWorks' FWAction for a launch that did not come to its end.

    Args:
        task: The task that was running, in wire form.
        stacktrace: Python's traceback, or what is known instead.
        details: What the exception itself tells, if it has a ``to_dict``.
    """
    exception = {"_stacktrace": stacktrace, "_details": details}
    return FWAction(
        stored_data={"_message": "runtime error during task", "_task": task, "_exception": exception}, exit=True
    )


def task_document(task: Any) -> dict[str, Any]:
    """A Firetask in wire form; what JSON cannot hold becomes its repr."""
    document: dict[str, Any] = wire.to_json_able(task.to_dict(), [])
    return document


def _one_line(error: BaseException) -> str:
    """``ValueError: the first line of what it says``."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
