"""Firetasks of the tutorials on dynamic workflows."""

from longfuse.compat.submodules import loaded_when_used

__getattr__ = loaded_when_used(__name__)
