"""Firetasks that lead data through a workflow."""

from longfuse.firetasks.commandline import CommandLineTask
from longfuse.firetasks.dataflow import ForeachTask, ImportDataTask, JoinDictTask, JoinListTask

__all__ = ["CommandLineTask", "ForeachTask", "ImportDataTask", "JoinDictTask", "JoinListTask"]
