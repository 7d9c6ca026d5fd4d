"""The built-in Firetasks."""
