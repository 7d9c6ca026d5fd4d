"""Statements as SQLite has them: sets of ids as one parameter, however many, and rows that replace others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column, Table
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.sql.expression import Executable


def among(column: Column[int]) -> ColumnElement[bool]:
    """Whether the column is one of the ids in the parameter ``ids``, a JSON list."""
    listed = func.json_each(bindparam("ids", type_=Text)).table_valued("value")
    return column.in_(select(listed.c.value))


def id_set(ids: Iterable[int]) -> dict[str, str]:
    """The parameter."""
    return {"ids": f"[{','.join(map(str, ids))}]"}


def replacing(table: Table) -> Executable:
    """Inserts rows, or replaces those with the same key."""
    statement = sqlite_insert(table)
    replaced = {c.name: c for c in statement.excluded if not table.c[c.name].primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced)
