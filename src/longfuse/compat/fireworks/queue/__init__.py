"""FireWorks' package ``fireworks.queue``."""
