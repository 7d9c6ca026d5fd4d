"""Firetasks of the tutorials on Firetasks."""
