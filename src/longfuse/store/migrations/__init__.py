"""Revisions of the LaunchPad's tables, for Alembic."""
