"""JSON in SQL, spelled as each database has it: what filters and searches need of it.

A value is told by its *type*, by SQLite's names (``null true false integer real text array object``), and its *value*:
in SQLite that is a number or a text as it happens to be, in PostgreSQL always a text, from which `JsonNumber` makes a
number. PostgreSQL's ``json`` keeps a number as it is written, so that ``1.0`` is no integer there either; its texts are
compared byte by byte, as SQLite compares them (``COLLATE "C"``).

PostgreSQL knows no NUL and no half characters in texts: `portable` spells them with characters of a private area, both
in what is kept and in what is looked for.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, Integer, Numeric, String, Text, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from longfuse.store.regexes import translated

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.operators import OperatorType
    from sqlalchemy.types import TypeEngine

POSTGRESQL: Final = "postgresql"

# --- texts that PostgreSQL cannot hold

_NUL, _HALVES, _ESCAPE = "\U0010f7ff", 0x10F800, "\U0010f7fe"
_FIRST_HALF = 0xD800
_UNPORTABLE = re.compile("[\x00\ud800-\udfff\U0010f7fe-\U0010ffff]")
_SPELLED = re.compile("\U0010f7fe(.)|([\U0010f7ff-\U0010ffff])", re.DOTALL)
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def portable(text: str) -> str:
    """The text without NUL and half characters; `restored` undoes it."""
    return text if text.isascii() and "\x00" not in text else _UNPORTABLE.sub(_spelled, text)


def restored(text: str) -> str:
    """What `portable` was given."""
    return text if text.isascii() else _SPELLED.sub(_unspelled, text)


def portable_json(text: str) -> str:
    """JSON text (not escaped, where that can be avoided) whose texts are `portable`."""
    if "\\u0000" in text:
        return _ESCAPED_NUL.sub(rf"\g<1>{_NUL}", _UNPORTABLE.sub(_spelled, text))
    return portable(text)


def _spelled(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\x00":
        return _NUL
    if character < "\ue000":
        return chr(ord(character) - _FIRST_HALF + _HALVES)
    return _ESCAPE + character


def _unspelled(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    character = found[2]
    return "\x00" if character == _NUL else chr(ord(character) - _HALVES + _FIRST_HALF)


# --- parameters


class PortableText(TypeDecorator[str]):
    """A text that is looked for."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As the database holds it."""
        return portable(value) if value is not None and dialect.name == POSTGRESQL else value


class PortableJson(TypeDecorator[str]):
    """JSON text that is looked for."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As the database holds it."""
        if value is None or dialect.name != POSTGRESQL:
            return value
        return portable_json(json.dumps(json.loads(value), ensure_ascii=False))


class ExactNumber(TypeDecorator[Any]):
    """An int or a float that is compared with any other number exactly."""

    impl = Integer  # which SQLAlchemy hands to SQLite as it is
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL's exact type; SQLite compares as it is."""
        return dialect.type_descriptor(Numeric() if dialect.name == POSTGRESQL else Integer())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """A float is what its digits say; where it is a whole number of less than 64 bits, exactly that."""
        if dialect.name != POSTGRESQL or value is None:
            return value
        whole = isinstance(value, int) or _WHOLE <= abs(value) < 2.0**63
        return Decimal(int(value)) if whole else Decimal(repr(value))


_WHOLE: Final = 2.0**53
"""From here on floats are whole numbers."""


class Position(TypeDecorator[int]):
    """A position in a list; a key like all others in PostgreSQL."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        """As the database numbers elements."""
        return str(value) if dialect.name == POSTGRESQL else value


class JsonPath(TypeDecorator[str]):
    """Names that are identifiers, one in the other, as SQLite writes a path: ``$.a.b``."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As the database writes it."""
        if value is None or dialect.name != POSTGRESQL:
            return value
        return f"{{{value[2:].replace('.', ',')}}}"


class Pattern(TypeDecorator[str]):
    """A regular expression of Python's that can be said in the database's words."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """In PostgreSQL's words; NULL, which finds nothing, if it has none (`longfuse.store.regexes.is_portable`)."""
        if value is None or dialect.name != POSTGRESQL:
            return value
        words = translated(value)
        return None if words is None else portable(words)


# --- functions; the names are SQLite's


class Test(FunctionElement[bool]):
    """A condition in words of its own, in parentheses.

    No ``= 1`` is put behind it, with which SQLite would not see that an index serves it.
    """

    type = Boolean()

    def self_group(self, against: OperatorType | None = None) -> Any:
        """It needs nothing around it."""
        del against
        return self


class JsonMembers(FunctionElement[Any]):
    """The rows ``key type value`` of an object's members or an array's elements; none of NULL."""

    name = "json_each"
    inherit_cache = True


@compiles(JsonMembers, POSTGRESQL)
def _members(element: JsonMembers, compiler: SQLCompiler, **options: Any) -> str:
    (container,) = element.clauses
    made = compiler.process(container, **options)
    return (
        f"LATERAL (SELECT m.key, {_type_of('m.value')} AS type, {_value_of('m.value')} AS value"  # noqa: S608 - our own words around compiled parts
        f" FROM (SELECT ({made})::json AS j OFFSET 0) AS c, LATERAL ("
        "SELECT o.key, o.value FROM json_each(CASE WHEN json_typeof(c.j) = 'object' THEN c.j END) AS o"
        " UNION ALL SELECT (a.n - 1)::text, a.value"
        " FROM json_array_elements(CASE WHEN json_typeof(c.j) = 'array' THEN c.j END) WITH ORDINALITY AS a(value, n)"
        ") AS m)"
    )


def _type_of(value: str) -> str:
    """SQLite's word for the type of a ``json``."""
    return (
        f"CASE json_typeof({value}) WHEN 'string' THEN 'text' WHEN 'boolean' THEN {value}::text"
        f" WHEN 'number' THEN CASE WHEN {value}::text ~ '[.eE]' THEN 'real' ELSE 'integer' END"
        f" ELSE json_typeof({value}) END"
    )


def _value_of(value: str) -> str:
    return f"({value} #>> '{{}}') COLLATE \"C\""


class JsonTypeAt(FunctionElement[str]):
    """The type of what a document has at a path of names; NULL if there is nothing."""

    name = "json_type"
    type = String()
    inherit_cache = True


@compiles(JsonTypeAt, POSTGRESQL)
def _type_at(element: JsonTypeAt, compiler: SQLCompiler, **options: Any) -> str:
    document, path = (compiler.process(part, **options) for part in element.clauses)
    return f"(SELECT {_type_of('t.j')} FROM (SELECT ({document})::json #> ({path})::text[] AS j OFFSET 0) AS t)"  # noqa: S608 - the same


class JsonValueAt(FunctionElement[Any]):
    """Its value."""

    name = "json_extract"
    inherit_cache = True


@compiles(JsonValueAt, POSTGRESQL)
def _value_at(element: JsonValueAt, compiler: SQLCompiler, **options: Any) -> str:
    document, path = (compiler.process(part, **options) for part in element.clauses)
    return f'((({document})::json #>> ({path})::text[]) COLLATE "C")'


class PlainType(FunctionElement[str]):
    """The type of what a plain column holds."""

    name = "typeof"
    type = String()
    inherit_cache = True


@compiles(PlainType, POSTGRESQL)
def _plain_type(element: PlainType, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = element.clauses
    word = "integer" if isinstance(column.type, Integer) else "real" if isinstance(column.type, Numeric) else "text"
    return f"CASE WHEN {compiler.process(column, **options)} IS NULL THEN 'null' ELSE '{word}' END"


class PlainValue(FunctionElement[Any]):
    """What a plain column holds, as a JSON value."""

    name = "plain_value"
    inherit_cache = True


@compiles(PlainValue)
def _plain_value(element: PlainValue, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(PlainValue, POSTGRESQL)
def _plain_value_as_text(element: PlainValue, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})::text"


class JsonNumber(FunctionElement[Any]):
    """The number that a value is, given its type and value; NULL or anything if it is none."""

    name = "json_number"
    type = ExactNumber()
    inherit_cache = True


@compiles(JsonNumber)
def _number(element: JsonNumber, compiler: SQLCompiler, **options: Any) -> str:
    _, value = element.clauses
    return compiler.process(value, **options)


_INTEGER: Final = (
    "CASE WHEN n.v::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN n.v::numeric"
    " WHEN abs(n.v::numeric) > 1.7976931348623157e308 THEN CASE WHEN n.v::numeric > 0 THEN 'Infinity'::numeric"
    " ELSE '-Infinity'::numeric END ELSE n.v::numeric::float8::text::numeric END"
)
"""Of more than 64 bits it is a float."""

_REAL: Final = (
    "CASE WHEN abs(n.v::float8) >= 9007199254740992 AND abs(n.v::float8) < 9223372036854775808"
    " THEN n.v::float8::int8::numeric ELSE n.v::float8::text::numeric END"
)


@compiles(JsonNumber, POSTGRESQL)
def _exact_number(element: JsonNumber, compiler: SQLCompiler, **options: Any) -> str:
    kind, value = (compiler.process(part, **options) for part in element.clauses)
    return (
        f"(SELECT CASE n.t WHEN 'integer' THEN {_INTEGER} WHEN 'real' THEN {_REAL} END"  # noqa: S608 - the same
        f" FROM (SELECT {kind} AS t, {value} AS v OFFSET 0) AS n)"
    )


class JsonWrapped(FunctionElement[str]):
    """An array of which a document, null if it is NULL, is the only element."""

    name = "json_wrapped"
    type = Text()
    inherit_cache = True


@compiles(JsonWrapped)
def _wrapped(element: JsonWrapped, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array(json({compiler.process(element.clauses, **options)}))"


@compiles(JsonWrapped, POSTGRESQL)
def _wrapped_text(element: JsonWrapped, compiler: SQLCompiler, **options: Any) -> str:
    return f"('[' || coalesce({compiler.process(element.clauses, **options)}, 'null') || ']')"


class JsonLength(FunctionElement[int]):
    """How many elements an array has; NULL of NULL."""

    name = "json_array_length"
    type = Integer()
    inherit_cache = True


@compiles(JsonLength, POSTGRESQL)
def _length(element: JsonLength, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_length(({compiler.process(element.clauses, **options)})::json)"


class JsonEquals(Test):
    """Whether an array or object is equal to one whose canonical text is given; NULL of NULL."""

    name = "json_equals"
    inherit_cache = True


@compiles(JsonEquals)
def _equals(element: JsonEquals, compiler: SQLCompiler, **options: Any) -> str:
    document, other = (compiler.process(part, **options) for part in element.clauses)
    return f"(longfuse_canonical({document}) = {other})"


@compiles(JsonEquals, POSTGRESQL)
def _equals_binary(element: JsonEquals, compiler: SQLCompiler, **options: Any) -> str:
    document, other = (compiler.process(part, **options) for part in element.clauses)
    return f"(({document})::jsonb = ({other})::jsonb)"


class Finds(Test):
    """Whether Python's `re.search` finds a pattern in a text; false or NULL in what is none.

    SQLite gets the text as bytes: a document may hold half characters, which are no valid UTF-8.
    """

    name = "longfuse_finds"
    inherit_cache = True


@compiles(Finds)
def _finds(element: Finds, compiler: SQLCompiler, **options: Any) -> str:
    expression, text = (compiler.process(part, **options) for part in element.clauses)
    return f"(longfuse_finds({expression}, CAST({text} AS BLOB)))"


@compiles(Finds, POSTGRESQL)
def _matches(element: Finds, compiler: SQLCompiler, **options: Any) -> str:
    expression, text = (compiler.process(part, **options) for part in element.clauses)
    return f'(({text}) COLLATE "C" ~ {expression})'


class JsonList(FunctionElement[str]):
    """An aggregate: the array of the values, in the rows' order."""

    name = "json_group_array"
    type = Text()
    inherit_cache = True


@compiles(JsonList, POSTGRESQL)
def _list(element: JsonList, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(json_agg({compiler.process(element.clauses, **options)})::text, '[]')"


class JsonMap(FunctionElement[str]):
    """An aggregate: the object from the first to the second."""

    name = "json_group_object"
    type = Text()
    inherit_cache = True


@compiles(JsonMap, POSTGRESQL)
def _map(element: JsonMap, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(json_object_agg({compiler.process(element.clauses, **options)})::text, '{{}}')"


class AsJson(FunctionElement[Any]):
    """JSON text that goes into a document as what it says."""

    name = "json"
    inherit_cache = True


@compiles(AsJson, POSTGRESQL)
def _as_json(element: AsJson, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})::json"


def _call(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    """What SQLite has as a function of that name."""
    return f"{element.name}({compiler.process(element.clauses, **options)})"


for _function in (JsonMembers, JsonTypeAt, JsonValueAt, PlainType, JsonLength, JsonList, JsonMap, AsJson):
    compiles(_function)(_call)
