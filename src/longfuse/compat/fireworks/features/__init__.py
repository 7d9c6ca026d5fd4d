"""FireWorks' package ``fireworks.features``."""
