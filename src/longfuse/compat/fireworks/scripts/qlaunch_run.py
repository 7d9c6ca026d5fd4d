"""The command ``qlaunch``."""

from longfuse.cli.qlaunch import main as qlaunch

__all__ = ["qlaunch"]
