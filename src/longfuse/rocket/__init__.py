"""Runs one launch directory: Firetasks in order, heartbeat, signals, files in and out. It knows no database."""
