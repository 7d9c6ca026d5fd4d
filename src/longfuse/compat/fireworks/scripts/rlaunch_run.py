"""The command ``rlaunch``."""

from longfuse.cli.rlaunch import main as rlaunch

__all__ = ["rlaunch"]
