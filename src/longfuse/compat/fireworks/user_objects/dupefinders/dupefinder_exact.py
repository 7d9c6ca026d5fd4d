"""Duplicates by equal specs."""

from longfuse.domain.dupefinder import DupeFinderExact

__all__ = ["DupeFinderExact"]
