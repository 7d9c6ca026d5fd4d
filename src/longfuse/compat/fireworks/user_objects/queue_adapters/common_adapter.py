"""The adapter for all batch systems."""

from __future__ import annotations

from longfuse.compat.fireworks.queue.queue_adapter import QueueAdapterBase

__all__ = ["CommonAdapter"]


class CommonAdapter(QueueAdapterBase):
    """A batch system and how a user wants to use it; see `QueueAdapterBase`."""
