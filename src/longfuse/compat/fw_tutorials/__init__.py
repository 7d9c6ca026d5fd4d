"""The Firetasks of FireWorks' tutorials, which its users' stored workflows may name."""

from longfuse.compat.submodules import loaded_when_used

__getattr__ = loaded_when_used(__name__)
