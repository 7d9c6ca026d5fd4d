"""Tasks that run beside a Firework's own."""

from longfuse.domain.background import BackgroundTask

__all__ = ["BackgroundTask"]
