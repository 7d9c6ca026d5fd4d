"""The commands: parsing and printing."""
