"""FireWorks' package ``fireworks.scripts``."""
