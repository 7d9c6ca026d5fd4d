"""The command ``mlaunch``."""

from longfuse.cli.rlaunch_parsed import run_mlaunch as mlaunch

__all__ = ["mlaunch"]
