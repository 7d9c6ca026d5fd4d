"""Results on stdout, in FireWorks' JSON or as YAML: a list of one element is printed as that element."""

from __future__ import annotations

import json
import sys
from itertools import chain, islice
from textwrap import indent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

INDENT = 4
FORMATS = ("json", "yaml")


def show(results: Iterable[Any], output: str) -> None:
    """Print results as they come; one alone stands bare."""
    items = iter(results)
    first = list(islice(items, 2))
    if len(first) < 2:
        _show_whole(first[0] if first else [], output)
    elif output == "yaml":
        for item in chain(first, items):
            _write(_yaml([item]))
    else:
        _write("[\n")
        for n, item in enumerate(chain(first, items)):
            _write((",\n" if n else "") + indent(json.dumps(item, indent=INDENT), " " * INDENT))
        _write("\n]\n")


def show_value(value: Any, output: str) -> None:
    """Print one value, such as a count."""
    _show_whole(value, output)


def _show_whole(value: Any, output: str) -> None:
    _write(_yaml(value) if output == "yaml" else json.dumps(value, indent=INDENT) + "\n")


def _yaml(value: Any) -> str:
    from longfuse.domain import yamlio

    text = yamlio.dump(value)
    return text if isinstance(value, dict | list) else f"{text}...\n"  # as FireWorks ends a document that is a scalar


def _write(text: str) -> None:
    sys.stdout.write(text)
