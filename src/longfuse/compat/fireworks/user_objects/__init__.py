"""FireWorks' package ``fireworks.user_objects``."""

from longfuse.compat.submodules import loaded_when_used

__getattr__ = loaded_when_used(__name__)
