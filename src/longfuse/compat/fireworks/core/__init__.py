"""FireWorks' package ``fireworks.core``."""
