"""FireWorks' package ``fireworks.scripts``."""

from longfuse.compat.submodules import loaded_when_used

__getattr__ = loaded_when_used(__name__)
