"""YAML with the scalars of YAML 1.2: ``yes`` and ``on`` are text, ``012`` is twelve, dates are text.

Reading is by PyYAML's C loader with the resolvers of the core schema, and ``<<`` merges. What is written is read back
the same by readers of YAML 1.1, too: text that either version takes for something else is quoted.
"""

from __future__ import annotations

import re
from typing import IO, Any

import yaml

from longfuse.errors import SerializationError

_TAG = "tag:yaml.org,2002:"

_CORE_SCHEMA = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", r"<<", ["<"]),
)
"""Tag, pattern and possible first letters of every plain scalar that is not text."""

_BASES = {"0o": 8, "0x": 16}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads the core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's way

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice: one of the two would silently be lost."""
        if isinstance(node, yaml.MappingNode):
            self._refuse_doubles(node)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping

    def _refuse_doubles(self, node: yaml.MappingNode) -> None:
        seen = set()
        for key, _ in node.value:
            spelled = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else None
            if spelled in seen and key.tag != f"{_TAG}merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            if spelled:
                seen.add(spelled)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes what YAML 1.1 (its base) or the core schema would not take for text; writes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that is referred to twice out twice."""
        del data
        return True


def load(stream: str | bytes | IO[str], source: str = "") -> Any:
    """The value of the one YAML document.

    Args:
        stream: Its text, or an open file.
        source: What to call it in an error, in front of the line and column.

    Raises:
        SerializationError: It is not YAML; the message names the line and column.
    """
    try:
        return yaml.load(stream, Loader=_Loader)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        raise SerializationError(f"{_place(source, error)}: {_words(error)}; correct it there") from error
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        raise SerializationError(f"{source or 'this'} is not YAML: {' '.join(str(error).split())}") from error


def dump(obj: Any, *, flow: bool = False) -> str:
    """The value in block style, or in flow style; keys sorted, text as it is.

    Raises:
        SerializationError: YAML cannot hold it.
    """
    try:
        text: str = yaml.dump(obj, Dumper=_Dumper, default_flow_style=flow, allow_unicode=True, sort_keys=True)
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise SerializationError(f"This cannot be written as YAML: {' '.join(str(error).split())}") from error
    return text


def _place(source: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    spot = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return ", ".join(filter(None, [source, spot])) or "text"


def _words(error: yaml.MarkedYAMLError) -> str:
    said = " ".join(filter(None, [error.context, error.problem]))
    return f"this is not YAML ({said})" if said else "this is not YAML"


def _construct_int(loader: Any, node: Any) -> int:
    text = loader.construct_scalar(node)
    return int(text, _BASES.get(text[:2], 10))


def _construct_float(loader: Any, node: Any) -> float:
    text = loader.construct_scalar(node).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


for _name, _pattern, _first in _CORE_SCHEMA:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor(_TAG + "int", _construct_int)
_Loader.add_constructor(_TAG + "float", _construct_float)
