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
            _write((",\n" if n else "") + indent(json.dumps(item, indent=INDENT), " " * INDENT))
        _write("\n]\n")


def show_value(value: Any, output: str) -> None:
    """Print one value, such as a count."""
    _show_whole(value, output)


def _show_whole(value: Any, output: str) -> None:
    if output == JSON:
        _write(json.dumps(value, indent=INDENT) + "\n")
    else:
        _write(_yaml(value, flow=output == FLOW_YAML))


def _yaml(value: Any, *, flow: bool = False) -> str:
    from longfuse.domain import yamlio

    text = yamlio.dump(value, flow=flow)
    return text if isinstance(value, dict | list) else f"{text}...\n"  # as FireWorks ends a document that is a scalar


def _write(text: str) -> None:
    sys.stdout.write(text)
