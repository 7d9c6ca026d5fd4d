"""Putting it together: rockets (rlaunch) and queue (qlaunch)."""
