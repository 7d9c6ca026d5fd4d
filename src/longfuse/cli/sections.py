"""Titles with rows below them: tables on a terminal, aligned text elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = "  "


@dataclass(frozen=True, slots=True)
class Section:
    """A title, the names of the columns, and the rows; ``empty`` is what is said without any."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str = "none"


def show_sections(sections: Sequence[Section]) -> None:
    """Print them."""
    if sys.stdout.isatty():
        _show_tables(sections)
    else:
        print("\n\n".join(_text(section) for section in sections))


def _text(section: Section) -> str:
    """Columns below each other, without anything that a terminal would have to understand."""
    if not section.rows:
        return f"{section.title}: {section.empty}"
    widths = [max(map(len, cells)) for cells in zip(section.columns, *section.rows, strict=True)]
    rows = [section.columns, *section.rows] if any(section.columns) else section.rows
    lines = [GAP + GAP.join(f"{cell:{n}}" for cell, n in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{section.title}:", *lines])


def _show_tables(sections: Sequence[Section]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console()
    for section in sections:
        console.print(Text(section.title, style="bold"), Text("" if section.rows else section.empty, style="dim"))
        if section.rows:
            columns = (Column(Text(name), overflow="fold") for name in section.columns)
            table = Table(*columns, box=SIMPLE_HEAD, show_header=any(section.columns), pad_edge=True)
            for row in section.rows:
                table.add_row(*map(Text, row))
            console.print(table)
