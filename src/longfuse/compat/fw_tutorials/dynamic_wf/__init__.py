"""Firetasks of the tutorials on dynamic workflows."""
