"""FireWorks' package ``fireworks.user_objects.queue_adapters``."""
