"""The LaunchPad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from longfuse.domain.firework import Firework as LazyFirework  # one is fast enough to be whole
from longfuse.errors import StoreBusyError as LockedWorkflowError
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["LaunchPad", "LazyFirework", "LockedWorkflowError", "WFLock", "get_action_from_gridfs"]


class WFLock:
    """Marks where FireWorks locks a workflow. Nothing is locked here: each change is a transaction of its own.

    Args:
        lp: The LaunchPad.
        fw_id: A Firework of the workflow.
        expire_secs: Without effect.
        kill: Without effect.

    Raises:
        NotFoundError: On entering, there is no such Firework.
    """

    def __init__(self, lp: LaunchPad, fw_id: int, expire_secs: float = 0, kill: bool = False) -> None:
        del expire_secs, kill
        self.lp = lp
        self.fw_id = fw_id

    def __enter__(self) -> Self:
        self.lp.get_fw_ids_of_wf(self.fw_id)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is held."""


def get_action_from_gridfs(action_dict: Any, fallback_fs: Any = None) -> Any:
    """The action itself: none is ever kept elsewhere than with its launch, whatever its size."""
    del fallback_fs
    return action_dict
