"""FireWorks' package ``fireworks.core``."""

from longfuse.compat.submodules import loaded_when_used

__getattr__ = loaded_when_used(__name__)
