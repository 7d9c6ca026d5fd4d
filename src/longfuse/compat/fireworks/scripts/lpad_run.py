"""The command ``lpad``."""

from longfuse.cli.lpad import main as lpad

__all__ = ["lpad"]
