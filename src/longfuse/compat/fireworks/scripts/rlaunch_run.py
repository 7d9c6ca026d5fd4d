"""The command ``rlaunch``."""

from longfuse.cli.rlaunch import main as rlaunch
from longfuse.launchers.packing import launch_multiprocess

__all__ = ["launch_multiprocess", "rlaunch"]
