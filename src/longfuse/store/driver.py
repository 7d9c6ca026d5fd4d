"""Statements that are run again and again, straight on the driver's cursor.

SQLAlchemy writes each statement once for each dialect, with the conversions of its parameters and columns; after that
a run costs what the driver costs, a fifth of what it costs through SQLAlchemy's execution. Transactions, connections
and statements that are made for one question stay with SQLAlchemy.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Float, Select

from longfuse.domain.record import Record
from longfuse.store.schema import Converted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ClauseElement, Connection, Dialect
    from sqlalchemy.sql.expression import Executable
    from sqlalchemy.types import TypeEngine

    Convert = Callable[[Any], Any] | None
    Values = Mapping[str, Any]

Kind = TypeVar("Kind", bound=Record)


class Form:
    """A statement as one driver takes it.

    Args:
        statement: The statement.
        dialect: The dialect of the driver.
        names: The parameters that are given with each run.
    """

    __slots__ = ("_columns", "_constants", "_parameters", "_positional", "names", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, names: Sequence[str]) -> None:
        compiled: Any = cast("ClauseElement", statement).compile(dialect=dialect, column_keys=list(names) or None)
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError(f"This statement is not the same in each run: {compiled}")
        self.sql = str(compiled)
        self._positional = bool(compiled.positional)
        known = compiled.construct_params(dict.fromkeys(names))
        wanted = compiled.positiontup if self._positional else list(known)
        converts = {name: _converted_in(compiled.binds[name].type, dialect) for name in wanted if name in names}
        self.names = wanted
        self._parameters: list[tuple[str, Convert]] = [(name, converts.get(name)) for name in wanted]
        self._constants = {name: _constant(compiled, name, known[name], dialect) for name in {*wanted} - {*names}}
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        converted = [_converted_out(column.type, dialect) for column in columns]
        self._columns = [(place, convert) for place, convert in enumerate(converted) if convert is not None]

    def parameters(self, values: Values) -> Any:
        """What the driver is given for one run."""
        if self._constants:
            values = {**self._constants, **values}
        if self._positional:
            return [values[name] if convert is None else convert(values[name]) for name, convert in self._parameters]
        return {name: values[name] if convert is None else convert(values[name]) for name, convert in self._parameters}

    def all_parameters(self, several: Sequence[Values]) -> Any:
        """The same for many runs; column by column, so that the loops run in C."""
        rows = zip(*(self._column(name, convert, several) for name, convert in self._parameters), strict=True)
        if self._positional:
            return rows
        names = [name for name, _ in self._parameters]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _column(self, name: str, convert: Convert, several: Sequence[Values]) -> Iterable[Any]:
        if name in self._constants:
            return repeat(self._constants[name], len(several))
        values = map(itemgetter(name), several)
        return values if convert is None else map(convert, values)

    def records(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Rows of the driver with their values converted."""
        return list(zip(*self.columns(rows), strict=True)) if self._columns else rows

    def columns(self, rows: Sequence[Any]) -> list[Iterable[Any]]:
        """The same as columns, each to be walked once; none of no rows. NULL is None in each kind of column."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for place, convert in self._columns if columns else ():
            columns[place] = map(convert, columns[place])
        return columns


class Driver:
    """The driver's cursor of one transaction.

    Args:
        connection: In its transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        dialect = connection.dialect
        self._dialect = _DIALECTS.setdefault((dialect.name, dialect.statement_compiler), dialect)
        self._cursor = connection.connection.cursor()

    @property
    def connection(self) -> Connection:
        """For statements that are made for one question."""
        return self._connection

    def foresee(self, statement: Executable, values: Values = {}) -> None:  # noqa: B006 - it is only read
        """This will be asked next: a driver for which questions are expensive may ask it with another one."""

    def rows(self, statement: Executable, values: Values = {}) -> Sequence[Any]:  # noqa: B006 - it is only read
        """Run a query; returns its rows."""
        form, rows = self._asked(statement, values)
        return form.records(rows)

    def several(self, kind: type[Kind], statement: Executable, values: Values) -> list[Kind]:
        """Run a query whose columns are the fields of this kind of records; returns these."""
        form, rows = self._asked(statement, values)
        return kind.several(form.columns(rows), len(rows)) if rows else []

    def _asked(self, statement: Executable, values: Values) -> tuple[Form, Sequence[Any]]:
        """Run a query; returns its rows as the driver gives them."""
        form = self._form(statement, values)
        self._cursor.execute(form.sql, form.parameters(values))
        return form, self._cursor.fetchall()

    def run(self, statement: Executable, values: Values) -> None:
        """Run a statement that changes something."""
        form = self._form(statement, values)
        self._cursor.execute(form.sql, form.parameters(values))

    def run_all(self, statement: Executable, several: Iterable[Values]) -> None:
        """Run it for each of these; all have the same parameters."""
        several = list(several)
        if len(several) == 1:
            self.run(statement, several[0])
        elif several:
            form = self._form(statement, several[0])
            self._cursor.executemany(form.sql, form.all_parameters(several))

    def _form(self, statement: Executable, values: Values) -> Form:
        return _form(statement, self._dialect, tuple(values))


_DIALECTS: dict[tuple[str, Any], Dialect] = {}
"""Engines have each their own; statements are written for one of each name and compiler, which may write hints."""


@lru_cache(maxsize=1024)
def _form(statement: Executable, dialect: Dialect, names: tuple[str, ...]) -> Form:
    return Form(statement, dialect, names)


def _constant(compiled: Any, name: str, value: Any, dialect: Dialect) -> Any:
    """A parameter whose value is part of the statement, converted."""
    convert = _converted_in(compiled.binds[name].type, dialect)
    return value if convert is None else convert(value)


def _converted_in(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    if isinstance(kind, Converted):
        return kind.converters(dialect)[0]
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _converted_out(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    if isinstance(kind, Converted):
        return kind.converters(dialect)[1]
    if isinstance(kind, Float):
        return None  # each driver gives floats
    return kind.dialect_impl(dialect).result_processor(dialect, None)
