"""Results on stdout, in FireWorks' JSON or as YAML: a list of one element is printed as that element."""

from __future__ import annotations

import json
import sys
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

INDENT = 4
PIECE = 1 << 16
"""About how many characters are gathered before they are written."""

MOST_WRITTEN = 1 << 20
"""Of a longer text so many characters are written at once."""

JSON, YAML = "json", "yaml"
FORMATS = (JSON, YAML)
FLOW_YAML = "yaml in flow style"
"""What ``-o yaml`` means where ``FW_config.yaml`` says YAML_STYLE."""


def show(results: Iterable[Any], output: str) -> None:
    """Print results as they come; one alone stands bare."""
    items = iter(results)
    first = list(islice(items, 2))
    if len(first) < 2:
        _show_whole(first[0] if first else [], output)
    elif output == FLOW_YAML:
        _show_whole([*first, *items], output)
    elif output == YAML:
        for item in chain(first, items):
            _write(_yaml([item]))
    else:
        _write("[\n")
        for n, item in enumerate(chain(first, items)):
            _write((",\n" if n else "") + " " * INDENT)
            _write_json(item, " " * INDENT)
        _write("\n]\n")


def show_value(value: Any, output: str) -> None:
    """Print one value, such as a count."""
    _show_whole(value, output)


def _show_whole(value: Any, output: str) -> None:
    if output == JSON:
        _write_json(value)
        _write("\n")
    else:
        _write(_yaml(value, flow=output == FLOW_YAML))


def _yaml(value: Any, *, flow: bool = False) -> str:
    from longfuse.domain import yamlio

    text = yamlio.dump(value, flow=flow)
    return text if isinstance(value, dict | list) else f"{text}...\n"  # as FireWorks ends a document that is a scalar


def _write_json(value: Any, margin: str = "") -> None:
    """In pieces: the text of 50 MB is never whole in memory.

    Args:
        value: What is written.
        margin: Put before each line but the first.
    """
    if not isinstance(value, dict | list | tuple):  # a million ids are written one by one
        _write(json.dumps(value))
        return
    gathered: list[str] = []
    size = 0
    for piece in json.JSONEncoder(indent=INDENT).iterencode(value):
        if len(piece) >= PIECE:
            _write("".join(gathered), margin)
            _write(piece, margin)
            gathered, size = [], 0
            continue
        gathered.append(piece)
        size += len(piece)
        if size >= PIECE:
            _write("".join(gathered), margin)
            gathered, size = [], 0
    _write("".join(gathered), margin)


def _write(text: str, margin: str = "") -> None:
    for start in range(0, len(text), MOST_WRITTEN):  # the stream makes bytes of what it is given
        piece = text[start : start + MOST_WRITTEN]
        sys.stdout.write(piece.replace("\n", f"\n{margin}") if margin else piece)
