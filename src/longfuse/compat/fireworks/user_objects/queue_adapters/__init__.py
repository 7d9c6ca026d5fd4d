"""FireWorks' package ``fireworks.user_objects.queue_adapters``."""

from longfuse.compat.submodules import loaded_when_used

__getattr__ = loaded_when_used(__name__)
