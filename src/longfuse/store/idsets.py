"""Sets of ids in SQL: one parameter, however many, so that a statement is prepared once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, func, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column
    from sqlalchemy.sql.elements import ColumnElement


def among(column: Column[int]) -> ColumnElement[bool]:
    """Whether the column is one of the ids in the parameter ``ids``, a JSON list."""
    listed = func.json_each(bindparam("ids", type_=Text)).table_valued("value")
    return column.in_(select(listed.c.value))


def id_set(ids: Iterable[int]) -> dict[str, str]:
    """The parameter."""
    return {"ids": f"[{','.join(map(str, ids))}]"}
