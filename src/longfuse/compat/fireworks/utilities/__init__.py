"""FireWorks' package ``fireworks.utilities``."""
