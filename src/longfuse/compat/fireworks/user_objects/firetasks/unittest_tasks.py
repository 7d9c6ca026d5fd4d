"""Objects that are written and read: FireWorks' own tests, and those of its extensions, store them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from longfuse.domain.wire import FWSerializable

__all__ = ["ExportTestSerializer", "UnitTestSerializer"]


class UnitTestSerializer(FWSerializable):
    """Holds a value and a time.

    Args:
        a: The value.
        m_date: The time.
    """

    _fw_name = "TestSerializer Name"

    def __init__(self, a: Any, m_date: datetime) -> None:
        self.a = a
        self.m_date = m_date

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnitTestSerializer) and (self.a, self.m_date) == (other.a, other.m_date)

    __hash__ = None  # type: ignore[assignment]  # the value may be a list

    def to_dict(self) -> dict[str, Any]:
        """The value, and the time as ISO text."""
        return {"a": self.a, "m_date": self.m_date.isoformat(), "_fw_name": self._fw_name}

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The object with this value and time."""
        return cls(m_dict["a"], datetime.fromisoformat(m_dict["m_date"]))


class ExportTestSerializer(FWSerializable):
    """Holds a value.

    Args:
        a: The value.
    """

    _fw_name = "TestSerializer Export Name"

    def __init__(self, a: Any) -> None:
        self.a = a

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExportTestSerializer) and self.a == other.a

    __hash__ = None  # type: ignore[assignment]  # as above

    def to_dict(self) -> dict[str, Any]:
        """The value."""
        return {"a": self.a, "_fw_name": self._fw_name}

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The object with this value."""
        return cls(m_dict["a"])
