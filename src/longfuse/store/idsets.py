"""Sets of ids as one parameter, however many, and rows that replace others: statements for each database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, text
from sqlalchemy.ext.compiler import compiles

from longfuse.domain.filter import INT64
from longfuse.store.jsonsql import POSTGRESQL, Test
from longfuse.store.schema import Converted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column, Dialect, Table
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.sql.expression import Executable
    from sqlalchemy.types import TypeEngine

    from longfuse.store.schema import Convert


class IdSet(Converted):
    """Ids: an array, or in SQLite a JSON list."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's type."""
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == POSTGRESQL else Text())

    def converters(self, dialect: Dialect) -> tuple[Convert, Convert]:
        """As the driver takes them; nobody reads them."""
        return (_of_bigints if dialect.name == POSTGRESQL else _json_list), tuple


def _of_bigints(ids: list[int] | None) -> list[int] | None:
    """Others are nobody's."""
    return None if ids is None else [i for i in ids if i in INT64]


def _json_list(ids: list[int] | None) -> str | None:
    return None if ids is None else f"[{','.join(map(str, ids))}]"


class Among(Test):
    """Whether a column is one of some ids."""

    name = "among"
    inherit_cache = True


@compiles(Among)
def _listed(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({ids})))"  # noqa: S608 - compiled parts


@compiles(Among, POSTGRESQL)
def _any(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} = ANY ({ids}))"


def of_one(sql: str, number: int) -> str:
    """A statement for PostgreSQL about a set of ids, as one about a single id.

    The server plans it once; that of a set it would plan anew each time, since it takes ten ids for granted.

    Args:
        sql: The statement.
        number: Of the parameter that is the set.
    """
    return sql.replace(f"ANY (${number}::BIGINT[])", f"${number}::BIGINT")


def among(column: Column[int], name: str = "ids") -> ColumnElement[bool]:
    """Whether the column is one of the ids in the parameter of this name."""
    return Among(column, bindparam(name, type_=IdSet()))


def id_set(ids: Iterable[int]) -> dict[str, list[int]]:
    """The parameter."""
    return {"ids": list(ids)}


def replacing(table: Table) -> Executable:
    """Inserts rows, or replaces those with the same key, in words that both databases know."""
    keys = [c.name for c in table.primary_key]
    replaced = [f"{c.name} = excluded.{c.name}" for c in table.columns if c.name not in keys]
    names = [c.name for c in table.columns]
    statement = text(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(replaced)}"
    )
    return statement.bindparams(*(bindparam(c.name, type_=c.type) for c in table.columns))
