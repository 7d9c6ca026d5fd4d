"""Duplicate finders: which Fireworks need not run twice."""

from longfuse.domain.dupefinder import DupeFinderBase

__all__ = ["DupeFinderBase"]
