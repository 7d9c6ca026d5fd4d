"""Duplicate finders: which Fireworks do the same, so that one of them needs to run only."""

from __future__ import annotations

from longfuse.domain.wire import FWSerializable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class DupeFinderBase(FWSerializable):
    """Says which Fireworks are duplicates of one that is about to run.

    A subclass defines `query`, and `verify` where the query alone cannot tell. It is asked on the login side, whenever
    a Firework with it as ``_dupefinder`` is taken from the LaunchPad.
    """

    def query(self, spec: dict[str, Any]) -> dict[str, Any]:
        """A Mongo-style query for Fireworks that may be duplicates of one with this spec."""
        raise NotImplementedError(f"{type(self).__name__} defines no query(self, spec)")

    def verify(self, spec1: dict[str, Any], spec2: dict[str, Any]) -> bool:
        """Whether Fireworks with these specs are duplicates; without this, whatever the query finds is one.

        Args:
            spec1: The spec of the Firework that is about to run.
            spec2: The spec of one that the query has found.
        """
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Only the name; a finder with parameters writes them as well."""
        return {"_fw_name": self.fw_name}

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """A finder without parameters."""
        del m_dict
        return cls()


class DupeFinderExact(DupeFinderBase):
    """Fireworks are duplicates if their specs are equal, and one of them was launched."""

    _fw_name = "DupeFinderExact"

    def query(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Launched ones with this very spec."""
        return {"launches": {"$ne": []}, "spec": {"$eq": spec}}
