"""FireWorks' package ``fireworks.user_objects.dupefinders``."""
