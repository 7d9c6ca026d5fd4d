"""FireWorks' package ``fireworks.user_objects``."""
