"""Firetasks that run commands and Python functions."""

from longfuse.firetasks.pytask import PyTask
from longfuse.firetasks.script import ScriptTask

__all__ = ["PyTask", "ScriptTask"]
