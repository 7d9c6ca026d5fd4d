"""What the files of the protocol have in common: named fields, a version, and reading that trusts nothing."""

from __future__ import annotations

from longfuse.errors import UnreadableError
from longfuse.launchdir.names import PROTOCOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar


class Document:
    """A value with the fields named in ``__slots__``; equal if all its fields are."""

    __slots__: ClassVar[tuple[str, ...]] = ()  # each document names its own

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that its file holds."""
        return {"protocol": PROTOCOL, **self._fields()}

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._fields() == other._fields()

    __hash__ = None  # type: ignore[assignment]  # it holds dictionaries

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._fields().items())})"


class Fields:
    """The fields of a JSON object, checked while they are taken out.

    Args:
        document: The object.
        source: What to call it in an error, usually the path of its file.

    Raises:
        UnreadableError: It was written by a later version of the protocol.
    """

    __slots__ = ("_document", "_source")

    def __init__(self, document: dict[str, Any], source: str) -> None:
        self._document = document
        self._source = source
        version = self.integer("protocol", PROTOCOL)
        if version > PROTOCOL:
            raise UnreadableError(
                f"{source} speaks protocol {version}, this Longfuse knows {PROTOCOL}; read it with a newer Longfuse"
            )

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        value = self._document.get(name)
        if type(value) is int:
            return value
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "a whole number", value)
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A number."""
        value = self._take(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong(name, "a number", value)
        return float(value)

    def text(self, name: str, default: str | None = None) -> str:
        """A string."""
        value = self._document.get(name)
        if type(value) is str:
            return value
        value = self._take(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, "a string", value)
        return value

    def mapping(self, name: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
        """An object."""
        value = self._document.get(name)
        if type(value) is dict:
            return value
        value = self._take(name, default)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object", value)
        return value

    def sequence(self, name: str, default: list[Any] | None = None) -> list[Any]:
        """An array."""
        value = self._document.get(name)
        if type(value) is list:
            return value
        value = self._take(name, default)
        if not isinstance(value, list):
            raise self._wrong(name, "an array", value)
        return value

    def _take(self, name: str, default: Any) -> Any:
        """The field, or ``default`` where it is absent or null."""
        value = self._document.get(name)
        if value is not None:
            return value
        if default is None:
            raise UnreadableError(f"{self._source} lacks {name!r}")
        return default

    def _wrong(self, name: str, wanted: str, value: Any) -> UnreadableError:
        return UnreadableError(f"{self._source}: {name!r} should be {wanted}, not {value!r:.60}")
