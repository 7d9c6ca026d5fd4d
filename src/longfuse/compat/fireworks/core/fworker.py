"""FireWorkers."""

from longfuse.domain.fworker import FWorker

__all__ = ["FWorker"]
