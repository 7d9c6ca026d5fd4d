"""JSON as the database keeps it: compact text that SQLite's own JSON functions can read.

Two things that Python's ``json`` would write and a database cannot take are kept all the same: NaN and infinities
become ``{"$number": "nan"}``, and text with lone surrogates (output that is no UTF-8) is written with escapes.
"""

from __future__ import annotations

import json
import math
from json.encoder import JSONEncoder, c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any

from longfuse.errors import SerializationError

_KEY = "$number"
_pieces = c_make_encoder(None, JSONEncoder().default, encode_basestring, None, ":", ",", False, False, False)
"""What ``JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))`` would make anew for each value."""

_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_encode_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def dumps(value: Any, *, escaped: bool = True) -> str:
    """The value as JSON text.

    Args:
        value: The value.
        escaped: Text with lone surrogates is written with escapes; else they are left as they are.

    Raises:
        SerializationError: It holds something that JSON cannot, or itself.
    """
    try:
        text = _finite_text(value)
        if escaped and not text.isascii() and not _is_unicode(text):
            return _encode_ascii(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise SerializationError(f"This cannot be kept in the LaunchPad: {error}. Make it JSON first.") from error
    return text


def loads(text: str) -> Any:
    """The value that `dumps` was given; keys of dictionaries are strings now, tuples are lists."""
    if _KEY in text:
        return json.loads(text, object_hook=_as_number)
    try:
        value, end = _scan(text, 0)  # in C; what `json.loads` does around it, nothing that `dumps` wrote needs
    except StopIteration:
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


def _finite_text(value: Any) -> str:
    try:
        return "".join(_pieces(value, 0))
    except ValueError:
        return "".join(_pieces(_spell_numbers(value), 0))


def _spell_numbers(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_KEY: str(value)}
    if isinstance(value, dict):
        return {key: _spell_numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spell_numbers(item) for item in value]
    return value


def _as_number(document: dict[str, Any]) -> Any:
    spelled = document.get(_KEY)
    return float(spelled) if len(document) == 1 and spelled in ("nan", "inf", "-inf") else document


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
