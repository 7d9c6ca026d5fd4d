"""The wire format: objects to dictionaries and back, dictionaries to JSON or YAML and back.

Written are ``as_dict()`` and ``to_dict()`` objects, dictionaries, lists, tuples, numpy arrays and scalars (found by
their ``tolist``), dates (as ISO text), paths, and what JSON knows itself. Read are dictionaries with an ``_fw_name``,
or with ``@module`` and ``@class``. Text is never taken for a date: dates are parsed in known fields only.

A ``to_dict`` leaves what JSON cannot hold as it is, and whoever writes it decides: `recursive_dict` refuses it and
names the place, `to_json_able` replaces and reports it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache, wraps

from longfuse.domain import registry
from longfuse.errors import FormatError, SerializationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from typing import Any, Self

    Path = tuple["Path", object] | None  # the keys that lead to a value, the last one first
    Refusal = Callable[[Any, Path, Exception | None], Any]  # what to do with a value, and what its class said

FORMATS = {"json": "json", "yaml": "yaml", "yml": "yaml"}
"""File name extensions and the formats they stand for."""

_PLAIN = frozenset({str, int, float, bool, type(None)})

_SUBCLASSED: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (str, str.__str__),  # an Enum of text
    (int, int.__int__),
    (float, float.__float__),  # numpy's float64
    (datetime, datetime.isoformat),
    (date, date.isoformat),
)
"""What a subclass of these is in plain form."""


# --- times
def now() -> datetime:
    """This moment, aware and UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """A time as text: UTC, microseconds, ``+00:00``. A naive one is taken for UTC."""
    return _text_of(_aware(moment))


@lru_cache(maxsize=2048)
def _text_of(moment: datetime) -> str:
    """A time in UTC as text; kept for a while, because most are written more than once, into histories and columns."""
    return moment.isoformat(timespec="microseconds")


def parse_iso(text: str | datetime) -> datetime:
    """A time from ISO text, aware and UTC; text without an offset is taken for UTC, a datetime for text.

    Raises:
        SerializationError: It is no time.
    """
    try:
        return _aware(text if isinstance(text, datetime) else datetime.fromisoformat(text))
    except (TypeError, ValueError) as error:
        raise SerializationError(f"{text!r} is no time; write it as 2024-01-31T12:00:00.000000+00:00") from error


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


# --- objects to what JSON holds
def recursive_dict(obj: Any, preserve_unicode: bool = True) -> Any:  # noqa: ARG001, RUF100 - FireWorks' signature
    """The value in nothing but dictionaries, lists, text, numbers, booleans and None.

    Raises:
        SerializationError: It holds something that JSON cannot; the message names the place.
    """
    return _written(obj, _refuse)


def to_json_able(obj: Any, problems: list[str]) -> Any:
    """As `recursive_dict`, but what JSON cannot hold becomes its ``repr``.

    Args:
        obj: The value.
        problems: Gets a line ``key.path: TypeName cannot be written as JSON`` for each.
    """

    def note(value: Any, path: Path, _: Exception | None) -> str:
        problems.append(f"{_spelled(path)}: {type(value).__name__} cannot be written as JSON")
        return _repr_of(value)

    return _written(obj, note)


def in_plain_containers(obj: Any) -> Any:
    """As `recursive_dict`, but what JSON cannot hold stays as it is: whoever writes it decides."""
    return _written(obj, _keep)


def _written(obj: Any, refusal: Refusal) -> Any:
    try:
        return _plain(obj, None, refusal)
    except RecursionError as error:
        raise SerializationError(f"{type(obj).__name__} holds itself, or is nested too deeply to be written") from error


def _plain(obj: Any, path: Path, refusal: Refusal) -> Any:
    kind = type(obj)
    if kind in _PLAIN:
        return obj
    if kind is dict:  # no comprehension here: it would halve the depth that Python's stack allows
        document = {}
        for key, value in obj.items():
            written = key if type(key) is str else _plain_key(key, path, refusal)
            document[written] = value if type(value) in _PLAIN else _plain(value, (path, key), refusal)
        return document
    if kind is list or kind is tuple:
        items = []
        for n, item in enumerate(obj):
            items.append(item if type(item) in _PLAIN else _plain(item, (path, n), refusal))
        return items
    if not isinstance(obj, type):
        for name in ("as_dict", "to_dict"):
            method = getattr(obj, name, None)
            if callable(method):
                return _plain_form(obj, method, path, refusal)
    return _plain_other(obj, path, refusal)


def _plain_form(obj: Any, method: Callable[[], Any], path: Path, refusal: Refusal) -> Any:
    """What the object's own method says it is."""
    try:
        form = method()
    except RecursionError:
        raise
    except Exception as error:  # noqa: BLE001 - a user's class may raise anything; refusal says what then
        return refusal(obj, path, error)
    return refusal(obj, path, None) if form is obj else _plain(form, path, refusal)


def _plain_other(obj: Any, path: Path, refusal: Refusal) -> Any:
    """The less usual types."""
    for base, plain in _SUBCLASSED:
        if isinstance(obj, base):
            return plain(obj)
    if isinstance(obj, dict):
        return _plain_dict(obj, path, refusal)
    if isinstance(obj, list | tuple):
        return [_plain(item, (path, n), refusal) for n, item in enumerate(obj)]
    if not isinstance(obj, type):
        for name in ("tolist", "__fspath__"):
            method = getattr(obj, name, None)
            if callable(method):
                return _plain_form(obj, method, path, refusal)
    return refusal(obj, path, None)


def _plain_dict(obj: dict[Any, Any], path: Path, refusal: Refusal) -> dict[Any, Any]:
    return {
        key if type(key) is str else _plain_key(key, path, refusal): _plain(value, (path, key), refusal)
        for key, value in obj.items()
    }


def _plain_key(key: Any, path: Path, refusal: Refusal) -> Any:
    """A dictionary's key; JSON has text there, and spells numbers, booleans and None as text."""
    plain = key if isinstance(key, tuple) else _plain(key, (path, key), refusal)
    return plain if type(plain) in _PLAIN else refusal(key, (path, key), None)


def _refuse(value: Any, path: Path, error: Exception | None) -> Any:
    kind = type(value).__name__
    if error is not None:
        raise SerializationError(f"{_spelled(path)}: {kind} cannot be written as JSON: {error}") from error
    raise SerializationError(
        f"{_spelled(path)}: {kind} cannot be written as JSON ({_repr_of(value):.60}); "
        "turn it into text, a number, a list or a dict, or give its class an as_dict()"
    )


def _keep(value: Any, _: Path, __: Exception | None) -> Any:
    return value


def _repr_of(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - a user's class, and we only describe it
        return f"<{type(value).__name__} whose repr fails: {error}>"


def _spelled(path: Path) -> str:
    """``spec._tasks[0].script``."""
    keys = []
    while path is not None:
        path, key = path
        keys.append(f"[{key}]" if isinstance(key, int) else f".{key}")
    return "".join(reversed(keys)).removeprefix(".") or "value"


# --- what JSON holds to objects
def recursive_load(obj: Any) -> Any:
    """The value with every dictionary that names a class (``_fw_name``, or ``@module`` and ``@class``) loaded.

    An ``@module`` that cannot be imported here stays a dictionary.

    Raises:
        SerializationError: An ``_fw_name`` means no class, or the class cannot be loaded from it.
    """
    kind = type(obj)
    if kind in _PLAIN:
        return obj
    if isinstance(obj, list | tuple):
        return [recursive_load(item) for item in obj]
    if not isinstance(obj, dict) or hasattr(obj, "to_dict") or hasattr(obj, "as_dict"):
        return obj
    if isinstance(obj.get(registry.KEY), str):
        return load_object(obj)
    if "@module" in obj and "@class" in obj:
        return _load_mson(obj)
    document = {}
    for key, value in obj.items():  # no comprehension: it would halve the depth that Python's stack allows
        document[key] = recursive_load(value)
    return document


def load_object(obj_dict: dict[str, Any]) -> Any:
    """The object that a dictionary with an ``_fw_name`` describes.

    Raises:
        SerializationError: The name means no class.
    """
    if registry.KEY not in obj_dict:
        raise SerializationError(f"A dict without {registry.KEY} does not say what it is: {obj_dict!r:.80}")
    name = registry.current_name(obj_dict[registry.KEY])
    return registry.resolve(name).from_dict({**obj_dict, registry.KEY: name})


def load_object_from_file(filename: str | PathLike[str], f_format: str | None = None) -> Any:
    """The object that a JSON or YAML file with an ``_fw_name`` describes.

    Raises:
        SerializationError: The file cannot be read, or its name means no class.
        FormatError: It is neither json nor yaml.
    """
    return load_object(read_file(filename, f_format))


def _load_mson(obj: dict[str, Any]) -> Any:
    """The object of a dictionary in monty's format; the dictionary itself where its class is not at hand."""
    arguments = {key: value for key, value in obj.items() if not key.startswith("@")}
    try:
        cls = registry.import_class(obj["@module"], obj["@class"])
    except (ImportError, AttributeError, TypeError, ValueError):
        return {key: recursive_load(value) for key, value in obj.items()}
    if hasattr(cls, "from_dict"):
        return cls.from_dict(arguments)
    if cls is datetime:
        return parse_iso(arguments.get("string", ""))
    if "value" in arguments and hasattr(cls, "__members__"):
        return cls(arguments["value"])
    return {key: recursive_load(value) for key, value in obj.items()}


# --- decorators of to_dict and from_dict, as FireWorks has them
def recursive_serialize(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a ``to_dict``: what it returns is turned into plain containers all the way down."""

    @wraps(func)
    def to_dict(self: Any, *args: Any, **kwargs: Any) -> Any:
        return in_plain_containers(func(self, *args, **kwargs))

    return to_dict


def serialize_fw(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a ``to_dict``: what it returns gets the ``_fw_name`` of the object's class."""

    @wraps(func)
    def to_dict(self: Any, *args: Any, **kwargs: Any) -> Any:
        document = func(self, *args, **kwargs)
        document[registry.KEY] = self.fw_name
        return document

    return to_dict


def recursive_deserialize(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a ``from_dict``: it gets the dictionary with all its values loaded, not the dictionary itself."""

    @wraps(func)
    def from_dict(cls: Any, m_dict: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        return func(cls, {key: recursive_load(value) for key, value in m_dict.items()}, *args, **kwargs)

    return from_dict


# --- text and files
def format_of(filename: str | PathLike[str], f_format: str | None = None) -> str:
    """``json`` or ``yaml``, as said or by the file name's extension.

    Raises:
        FormatError: It is another one.
    """
    said = f_format if f_format is not None else str(filename).rpartition(".")[2]
    found = FORMATS.get(said.lower())
    if found is None:
        raise FormatError(f"Unsupported format {said} ({filename}); use a name that ends in .json, .yaml or .yml")
    return found


def write_text(document: Any, f_format: str = "json", **kwargs: Any) -> str:
    """A document as text; ``kwargs`` are for `json.dumps`.

    Raises:
        SerializationError: JSON cannot hold it.
        FormatError: There is no such format.
    """
    plain = recursive_dict(document)
    if format_of("text", f_format) == "yaml":
        from longfuse.domain import yamlio

        return yamlio.dump(plain)
    import json

    return json.dumps(plain, **kwargs)


def read_text(text: str, f_format: str = "json", source: str = "text") -> dict[str, Any]:
    """The dictionary that a text holds.

    Args:
        text: The text.
        f_format: ``json`` or ``yaml``.
        source: What to call it in an error.

    Raises:
        SerializationError: It cannot be read (the message names the line and column), or holds no dictionary.
        FormatError: There is no such format.
    """
    if format_of(source, f_format) == "yaml":
        from longfuse.domain import yamlio

        document = yamlio.load(text, source)
    else:
        document = _read_json(text, source)
    if not isinstance(document, dict):
        raise SerializationError(
            f"{source}: Serialized object must be a dict but is {type(document).__name__}; write key: value pairs"
        )
    return document


def read_file(filename: str | PathLike[str], f_format: str | None = None) -> dict[str, Any]:
    """The dictionary that a JSON or YAML file holds.

    Raises:
        SerializationError: It cannot be read, or holds no dictionary.
        FormatError: It is neither json nor yaml.
    """
    found = format_of(filename, f_format)
    try:
        with open(filename, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise SerializationError(f"{filename} cannot be read: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise SerializationError(f"{filename} is not UTF-8 text ({error.reason} at byte {error.start})") from error
    return read_text(text, found, str(filename))


def _read_json(text: str, source: str) -> Any:
    import json

    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SerializationError(
            f"{source}, line {error.lineno}, column {error.colno}: this is not JSON ({error.msg}); correct it there"
        ) from error
    except RecursionError as error:
        raise SerializationError(f"{source} is nested too deeply to be read") from error


class FWSerializable:
    """What can be written to a dictionary, to text and to a file, and read back.

    A subclass defines `to_dict` and `from_dict`; its name on the wire is its ``_fw_name``.
    """

    @property
    def fw_name(self) -> str:
        """The name of its class on the wire."""
        return registry.fw_name_of(type(self))

    def to_dict(self) -> dict[str, Any]:
        """The object as a dictionary."""
        raise NotImplementedError(f"{type(self).__name__} defines no to_dict()")

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The object that `to_dict` described."""
        raise NotImplementedError(f"{cls.__name__} defines no from_dict()")

    def to_db_dict(self) -> dict[str, Any]:
        """The object as FireWorks' database holds it."""
        return self.to_dict()

    def as_dict(self) -> dict[str, Any]:
        """The same as `to_dict`, under monty's name."""
        return self.to_dict()

    def to_format(self, f_format: str = "json", **kwargs: Any) -> str:
        """The object as text in ``json`` or ``yaml``; ``kwargs`` are for `json.dumps`.

        Raises:
            SerializationError: It holds something that JSON cannot.
            FormatError: There is no such format.
        """
        return write_text(self.to_dict(), f_format, **kwargs)

    @classmethod
    def from_format(cls, f_str: str, f_format: str = "json") -> Self:
        """The object that a text in ``json`` or ``yaml`` describes.

        Raises:
            SerializationError: It cannot be read, or holds no dictionary.
            FormatError: There is no such format.
        """
        return cls.from_dict(read_text(f_str, f_format))

    def to_file(self, filename: str | PathLike[str], f_format: str | None = None, **kwargs: Any) -> None:
        """Write the object to a file, in the format of its extension.

        Raises:
            SerializationError: It holds something that JSON cannot; no file was touched.
            FormatError: It is neither json nor yaml.
        """
        text = self.to_format(format_of(filename, f_format), **kwargs)
        with open(filename, "w", encoding="utf-8") as file:
            file.write(text)

    @classmethod
    def from_file(cls, filename: str | PathLike[str], f_format: str | None = None) -> Self:
        """Read the object from a file, in the format of its extension.

        Raises:
            SerializationError: It cannot be read, or holds no dictionary.
            FormatError: It is neither json nor yaml.
        """
        return cls.from_dict(read_file(filename, f_format))
