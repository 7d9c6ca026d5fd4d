"""Filters compiled to SQL.

A condition on a column becomes a plain comparison, so that indexes serve it. A path into a JSON document is first
looked up as a whole; only where a list lies on the way, or a name is no identifier, it is walked step by step, as
MongoDB walks it (`longfuse.domain.filter` is the reference).

How each database says what is in `Json` is in `longfuse.store.jsonsql`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, assert_never

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnClause,
    ColumnElement,
    Integer,
    Numeric,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.sql.elements import Grouping

from longfuse.domain.filter import (
    INT32,
    And,
    Bracket,
    Compare,
    ElemMatch,
    Eq,
    Exists,
    Field,
    In,
    JsonType,
    Not,
    Or,
    Order,
    Regex,
    Size,
    Type,
    accepts_missing,
    spreads,
    value_of,
)
from longfuse.store.jsonsql import (
    ExactNumber,
    Finds,
    JsonEquals,
    JsonLength,
    JsonMembers,
    JsonNumber,
    JsonPath,
    JsonTypeAt,
    JsonValueAt,
    JsonWrapped,
    Pattern,
    PlainType,
    PlainValue,
    PortableJson,
    PortableText,
    Position,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sqlalchemy import FromClause

    from longfuse.domain.filter import Filter, Predicate, Value

Condition = ColumnElement[bool]

_ZERO: Final[ColumnElement[Any]] = literal_column("0")
_ONE: Final[ColumnElement[Any]] = literal_column("1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fields:
    """Where the fields of a document are kept; to be made once, because conditions are remembered for each.

    A field in neither mapping never exists.

    Attributes:
        scalars: SQL expressions of numbers or texts, by path: a top-level field (``state``), or a path into a document
            (``spec._category``) that has a column of its own. NULL is null: the field is there.
        documents: SQL expressions of JSON texts (an object or a list), by top-level field. NULL is null.
        row_id: The number of the record.
    """

    scalars: Mapping[str, ColumnElement[Any]]
    documents: Mapping[str, ColumnElement[Any]]
    row_id: ColumnElement[int] | None = None


ROW_ID: Final = "\x00id"
"""The path of ``row_id``, which no user can write."""


@lru_cache(maxsize=128)
def where_clause(filter: Filter, fields: Fields) -> Condition:  # noqa: A002 - the tree's word
    """The condition that selects what the filter matches; true or false for every row, never NULL.

    The connection needs `install_functions`.
    """
    return _Record(fields).condition(filter)


# --- SQLite's JSON


@dataclass(frozen=True, slots=True)
class _Node:
    """A JSON value in SQL: its type by SQLite's name (NULL where there is nothing), and its value.

    ``value`` of an array or object is its JSON text; what it is for a boolean does not matter.
    """

    type: ColumnElement[Any]
    value: ColumnElement[Any]

    @property
    def number(self) -> ColumnElement[Any]:
        """Its value as a number, if it has such a type."""
        return JsonNumber(self.type, self.value)

    def comparable(self, bracket: Bracket) -> ColumnElement[Any]:
        """Its value as what can be compared within a bracket."""
        return self.number if bracket is Bracket.NUMBER else self.value

    def is_a(self, *types: str) -> Condition:
        """Whether it has one of these types."""
        names = [_word(name) for name in types]
        return self.type == names[0] if len(names) == 1 else self.type.in_(names)

    def text_if(self, *types: str) -> ColumnElement[Any]:
        """Its JSON text if it has one of these types, else NULL: functions of JSON fail on what is none."""
        return case((self.is_a(*types), self.value))


class Json:
    """The JSON functions of a database, as far as filters need them; each is spelled in `longfuse.store.jsonsql`."""

    TYPES: Final = {
        JsonType.DOUBLE: "real",
        JsonType.STRING: "text",
        JsonType.OBJECT: "object",
        JsonType.ARRAY: "array",
        JsonType.NULL: "null",
    }
    """Those of JsonType that are one of SQLite's types; a bool is two, and two are both SQLite's integer."""

    @staticmethod
    def members(container: ColumnElement[Any]) -> FromClause:
        """The rows ``key, type, value`` of an object's members or an array's elements; none of NULL."""
        return JsonMembers(container).table_valued("key", "type", "value").alias()

    @staticmethod
    def wrapped(document: ColumnElement[Any]) -> ColumnElement[Any]:
        """An array of which the document, null if it is NULL, is the only element."""
        return JsonWrapped(document)

    @staticmethod
    def array_length(array: ColumnElement[Any]) -> ColumnElement[Any]:
        """How many elements it has; NULL of NULL."""
        return JsonLength(array)

    @staticmethod
    def equals(text: ColumnElement[Any], value: Value) -> Condition:
        """Whether the text of an array or object has this value; NULL of NULL."""
        return JsonEquals(text, literal(canonical(value), PortableJson()))

    @staticmethod
    def finds(pattern: str, text: ColumnElement[Any]) -> Condition:
        """Whether Python's `re.search` finds the pattern in a text; not true in what is none, NULL included."""
        return Finds(literal(pattern, Pattern()), text)

    @staticmethod
    def node_at(document: ColumnElement[Any], path: tuple[str, ...]) -> _Node:
        """What the document has at a path of identifiers, going through objects only."""
        where = literal("$" + "".join(f".{key}" for key in path), JsonPath())
        return _Node(JsonTypeAt(document, where), JsonValueAt(document, where))

    @staticmethod
    def node_of(column: ColumnElement[Any]) -> _Node:
        """A plain column as a JSON value."""
        return _Node(PlainType(column), PlainValue(column))


def install_functions(connection: Any) -> None:
    """Give a connection of `sqlite3` the functions that filters call; to be done once on each connect."""
    connection.create_function("longfuse_finds", 2, _finds, deterministic=True)
    connection.create_function("longfuse_canonical", 1, _canonical_of, deterministic=True)


def _finds(pattern: str, text: bytes | None) -> bool:
    return text is not None and _compiled(pattern).search(text.decode(errors="surrogatepass")) is not None


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _canonical_of(text: str | None) -> str | None:
    return None if text is None else canonical(value_of(json.loads(text)))


def canonical(value: Value) -> str:
    """One text for all JSON texts of equal values."""
    return json.dumps(_plain(value))


def digest_of(document: Mapping[str, Any]) -> str:
    """A short text, the same for documents that filters hold equal."""
    return digest(value_of(document))


def digest(value: Value) -> str:
    """The same of a value that was read already."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _plain(value: Value) -> Any:
    match value.bracket:
        case Bracket.ARRAY:
            return [_plain(element) for element in value.content]
        case Bracket.OBJECT:
            return {key: _plain(member) for key, member in value.content}
        case Bracket.NUMBER if value.content == value.content // 1:
            return int(value.content)
        case _:
            return value.content


def _word(constant: str) -> ColumnElement[Any]:
    """One of our own constants, written into the statement."""
    return literal_column(f"'{constant}'", String())


# --- filters


class _Scope:
    """What the paths of a filter start from."""

    def field(self, path: tuple[str, ...], predicate: Predicate) -> Condition:
        """Whether something that the path reaches fulfils the predicate."""
        raise NotImplementedError

    def condition(self, filter_: Filter) -> Condition:
        """The filter, about this."""
        match filter_:
            case And(filters):
                return _balanced(and_, [self.condition(part) for part in filters])
            case Or(filters):
                return _balanced(or_, [self.condition(part) for part in filters])
            case Not(negated):
                return not_(self.condition(negated))
            case Field(path, predicate):
                return self.field(path, predicate)
            case _:
                assert_never(filter_)


@dataclass(frozen=True, slots=True)
class _Record(_Scope):
    """A row, whose fields are columns."""

    fields: Fields

    def field(self, path: tuple[str, ...], predicate: Predicate) -> Condition:
        column = self.fields.row_id if path == (ROW_ID,) else self.fields.scalars.get(".".join(path))
        if column is not None:
            return _column_holds(column, predicate)
        document = self.fields.documents.get(path[0])
        if document is None:
            return _constant(accepts_missing(predicate))
        rest = path[1:]
        if rest and isinstance(document, ColumnClause) and all(_IDENTIFIER.fullmatch(key) for key in rest):
            return _looked_up(document, rest, predicate)
        return _walked(document, rest, predicate)


_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
"""Names that a path of SQLite takes without quotes and that JSON writes without escapes."""


@dataclass(frozen=True, slots=True)
class _Element(_Scope):
    """An element of a list, in ``$elemMatch``."""

    node: _Node

    def field(self, path: tuple[str, ...], predicate: Predicate) -> Condition:
        if not path:
            return _holds(self.node, predicate)
        container = _wrapped(self.node.text_if("object", "array"))
        first = _Walk(_Node(_word("array"), container), missing=accepts_missing(predicate))
        return first.step(path[0], ("object", "array")).steps(path[1:]).ends(predicate)


# --- paths


def _looked_up(document: ColumnElement[Any], path: tuple[str, ...], predicate: Predicate) -> Condition:
    """A path of identifiers: at once, if no list lies on the way."""
    through_list = or_(*(Json.node_at(document, path[:length]).is_a("array") for length in range(len(path))))
    at_once = _ends(Json.node_at(document, path), predicate)
    found = case((through_list, _walked(document, path, predicate)), else_=at_once)
    return func.coalesce(found, false(), type_=Boolean())


def _walked(document: ColumnElement[Any], path: tuple[str, ...], predicate: Predicate) -> Condition:
    """Any path, step by step."""
    root = Json.members(Json.wrapped(document))
    walk = _Walk(_node(root), missing=accepts_missing(predicate), rows=root, tables=(root,))
    return walk.steps(path).ends(predicate)


_POSITION: Final = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
"""Parts of a path that can be a position in a list."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """A path on its way, as a join in which each part adds what it finds.

    It is flat, not subqueries in subqueries, because SQLite's parser takes only a few of those.

    Attributes:
        node: What the parts so far have found.
        missing: Whether it matters that there is nothing.
        by_index: 1 in SQL if that was found by its position in a list, else 0.
        rows: The join.
        tables: What is joined.
        conditions: What rows of the join count.
    """

    node: _Node
    missing: bool
    by_index: ColumnElement[Any] = _ZERO
    rows: FromClause | None = None
    tables: tuple[FromClause, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def steps(self, path: tuple[str, ...]) -> _Walk:
        """The walk after some more parts of the path."""
        walk = self
        for key in path:
            walk = walk._positioned(key) if _POSITION.fullmatch(key) else walk.step(key)
        return walk

    def step(self, key: str, types: tuple[str, ...] = ("object",)) -> _Walk:
        """The member of that name: of an object, of the objects in a list, or nothing."""
        container = Json.members(self._containers())
        member = Json.members(_node(container).text_if(*types))
        name = member.c.key if types == ("object",) else cast(member.c.key, String())
        return replace(
            self._joined(container, member, name == _bound(key)),
            conditions=(*self.conditions, _node(container).is_a(*types)),
            by_index=_ZERO,
        )

    def _positioned(self, key: str) -> _Walk:
        """The same, and the element at that position if there is a list: all is done in two ways."""
        way = Json.members(_word("[0, 1]"))
        by_index = _node(way).number
        lists = case((self.node.is_a("array"), _wrapped(self.node.value)))
        container = Json.members(case((by_index == _ONE, lists), else_=self._containers()))
        kind = case((by_index == _ONE, _word("array")), else_=_word("object"))
        member = Json.members(case((container.c.type == kind, container.c.value)))
        name = case((by_index == _ONE, literal(int(key), Position())), else_=_bound(key))
        walk = replace(self, rows=way if self.rows is None else self.rows.join(way, true()), tables=(*self.tables, way))
        return replace(
            walk._joined(container, member, member.c.key == name),
            conditions=(*self.conditions, container.c.type == kind, or_(by_index == _ZERO, member.c.type.is_not(None))),
            by_index=by_index,
        )

    def _containers(self) -> ColumnElement[Any]:
        """An array of the objects in which the next part is looked for: an empty object, if nothing will be found.

        What was found by its position and is a scalar leads nowhere, not to nothing. So MongoDB does.
        """
        whens = [(self.node.is_a("array"), self.node.value), (self.node.is_a("object"), _wrapped(self.node.value))]
        if not self.missing:
            return case(*whens)
        return case(*whens, (self.by_index == _ZERO, _word("[{}]")))

    def _joined(self, container: FromClause, member: FromClause, name: Condition) -> _Walk:
        rows = container if self.rows is None else self.rows.join(container, true())
        return replace(
            self,
            node=_node(member),
            rows=rows.join(member, name, isouter=self.missing),
            tables=(*self.tables, container, member),
        )

    def ends(self, predicate: Predicate) -> Condition:
        """Whether something that was found fulfils the predicate."""
        assert self.rows is not None
        rows, tables = self.rows, self.tables
        if isinstance(predicate, ElemMatch):
            element = Json.members(self.node.text_if("array"))
            rows, tables = rows.join(element, true()), (*tables, element)
            end = _Element(_node(element)).condition(predicate.filter)
        else:
            end = _ends(self.node, predicate, self.by_index)
        return select(_ONE).select_from(rows).where(*self.conditions, end).correlate_except(*tables).exists()


def _node(row: FromClause) -> _Node:
    return _Node(row.c.type, row.c.value)


def _wrapped(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return _word("[").concat(text).concat(_word("]"))


def _ends(node: _Node, predicate: Predicate, by_index: ColumnElement[Any] = _ZERO) -> Condition:
    """Whether the end of a path, or one of its elements if that is a list, fulfils the predicate.

    Elements do not count of a list that was found by its own position in a list. So MongoDB does.
    """
    whole = _holds(node, predicate)
    if not spreads(predicate):
        return whole
    elements = node.text_if("array") if by_index is _ZERO else case((by_index == _ZERO, node.text_if("array")))
    return or_(whole, _some(elements, lambda element: _holds(element, predicate)))


def _some(array: ColumnElement[Any], condition: Callable[[_Node], Condition]) -> Condition:
    """Whether the condition holds for one element."""
    element = Json.members(array)
    return select(_ONE).select_from(element).where(condition(_node(element))).correlate_except(element).exists()


# --- predicates


def _holds(node: _Node, predicate: Predicate) -> Condition:  # noqa: PLR0911 - one for each predicate
    """Whether one JSON value by itself fulfils the predicate; NULL only if there is none."""
    match predicate:
        case Eq(value):
            return _equals(node, value)
        case In(values):
            return _is_one_of(node, values)
        case Compare(order, value):
            return _compares(node, order, value)
        case Regex(pattern):
            return and_(node.is_a("text"), Json.finds(pattern, node.value))
        case Exists():
            return node.type.is_not(None)
        case Type(types):
            return or_(false(), *(_is_of_type(node, each) for each in sorted(types)))
        case Size(size):
            return and_(node.is_a("array"), Json.array_length(node.text_if("array")) == _bound(size))
        case ElemMatch(inner):
            return _some(node.text_if("array"), lambda element: _Element(element).condition(inner))
        case _:
            assert_never(predicate)


def _equals(node: _Node, value: Value) -> Condition:
    match value.bracket:
        case Bracket.NULL:
            return func.coalesce(node.type, _word("null")) == _word("null")
        case Bracket.BOOL:
            return node.is_a("true" if value.content else "false")
        case Bracket.NUMBER | Bracket.STRING:
            return and_(node.is_a(*_SQL_TYPES[value.bracket]), node.comparable(value.bracket) == _bound(value.content))
        case Bracket.ARRAY | Bracket.OBJECT:
            return and_(node.is_a(value.bracket), Json.equals(node.text_if(value.bracket), value))
        case _:
            assert_never(value.bracket)


_SQL_TYPES: Final = {Bracket.NUMBER: ("integer", "real"), Bracket.STRING: ("text",)}


def _is_one_of(node: _Node, values: Collection[Value]) -> Condition:
    ways = [
        and_(node.is_a(*_SQL_TYPES[bracket]), _is_in(node.comparable(bracket), plain))
        for bracket, plain in _plain_by_bracket(values).items()
    ]
    others = [value for value in values if value.bracket not in _SQL_TYPES]
    ways.extend(_equals(node, value) for value in sorted(others, key=canonical))
    return _balanced(or_, ways)


def _compares(node: _Node, order: Order, value: Value) -> Condition:
    match value.bracket:
        case Bracket.NULL:
            return _equals(node, value) if order in (Order.GTE, Order.LTE) else false()
        case Bracket.BOOL:
            allowed = [name for name, known in _BOOLS.items() if order.function(known, value.content)]
            return node.is_a(*allowed) if allowed else false()
        case _:
            compared = order.function(node.comparable(value.bracket), _bound(value.content))
            return and_(node.is_a(*_SQL_TYPES[value.bracket]), compared)


_BOOLS: Final = {"false": False, "true": True}


def _is_of_type(node: _Node, type_: JsonType) -> Condition:
    match type_:
        case JsonType.BOOL:
            return node.is_a(*_BOOLS)
        case JsonType.INT:
            return and_(node.is_a("integer"), _is_int32(node))
        case JsonType.LONG:
            return and_(node.is_a("integer"), not_(_is_int32(node)))
        case _:
            return node.is_a(Json.TYPES[type_])


def _is_int32(node: _Node) -> Condition:
    return node.number.between(_bound(INT32.start), _bound(INT32.stop - 1))


# --- columns


def _column_holds(column: ColumnElement[Any], predicate: Predicate) -> Condition:  # noqa: PLR0911 - one for each kind
    """The predicate about a column: comparisons that an index serves."""
    match predicate:
        case Eq(value):
            return _column_is_one_of(column, [value])
        case In(values):
            return _column_is_one_of(column, values)
        case Compare(order, value) if value.bracket in _SQL_TYPES:
            return _comparable(column, value.bracket, lambda: order.function(column, _fitting(column, value.content)))
        case Regex(pattern):
            return _comparable(column, Bracket.STRING, lambda: Json.finds(pattern, column))
        case Exists():
            return true()
        case Compare() | Type():
            return _holds(Json.node_of(column), predicate)
        case Size() | ElemMatch():
            return false()
        case _:
            assert_never(predicate)


def _column_is_one_of(column: ColumnElement[Any], values: Collection[Value]) -> Condition:
    ways = [
        _comparable(column, bracket, partial(_is_in, column, plain))
        for bracket, plain in _plain_by_bracket(values).items()
    ]
    if any(value.bracket is Bracket.NULL for value in values):
        ways.append(column.is_(None))
    return _balanced(or_, ways)


def _comparable(column: ColumnElement[Any], bracket: Bracket, condition: Callable[[], Condition]) -> Condition:
    """The condition, but false where the column is NULL or holds something of another bracket."""
    known = _bracket_of(column)
    if known is None:
        return and_(Json.node_of(column).is_a(*_SQL_TYPES[bracket]), condition())
    return and_(condition(), column.is_not(None)) if known is bracket else false()


def _bracket_of(column: ColumnElement[Any]) -> Bracket | None:
    """What a column can hold, by its declared type; None if any scalar."""
    if isinstance(column.type, String):
        return Bracket.STRING
    return Bracket.NUMBER if isinstance(column.type, Integer | Numeric) else None


# --- values


def _plain_by_bracket(values: Collection[Value]) -> dict[Bracket, list[Any]]:
    """The numbers and the texts among some values, sorted."""
    plain: dict[Bracket, list[Any]] = {}
    for bracket in _SQL_TYPES:
        contents = sorted(value.content for value in values if value.bracket is bracket)
        if contents:
            plain[bracket] = contents
    return plain


def _is_in(expression: ColumnElement[Any], values: list[Any]) -> Condition:
    """One of these, all numbers or all texts; NULL if the expression is."""
    if len(values) == 1:
        return expression == _fitting(expression, values[0])
    if len(values) > MAX_LISTED and not any(isinstance(value, float) for value in values):
        listed = Json.members(literal(json.dumps(values), PortableJson()))
        value = listed.c.value if isinstance(values[0], str) else _node(listed).number
        return expression.in_(select(value).correlate_except(listed))
    return expression.in_([_fitting(expression, value) for value in values])


MAX_LISTED: Final = 500
"""A longer list is passed as one parameter: a statement cannot have any number of them."""


def _bound(value: Any) -> ColumnElement[Any]:
    """A text or a number as a parameter."""
    return literal(value, PortableText() if isinstance(value, str) else ExactNumber())


def _fitting(expression: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    """The same as a parameter that an index of the expression serves: whole numbers for a column of such."""
    if isinstance(expression.type, Integer) and isinstance(value, int):
        return literal(value, BigInteger())
    return _bound(value)


def _constant(truth: bool) -> Condition:
    return true() if truth else false()


def _balanced(join: Callable[..., Condition], conditions: list[Condition]) -> Condition:
    """Many conditions joined in a tree that is not deep: a database bounds the depth of expressions.

    A coerced grouping is what SQLAlchemy does not flatten.
    """
    while len(conditions) > GROUPED:
        groups = [conditions[start : start + GROUPED] for start in range(0, len(conditions), GROUPED)]
        conditions = [type_coerce(Grouping(join(*group)), Boolean()) for group in groups]
    return join(false() if join is or_ else true(), *conditions)


GROUPED: Final = 100
"""So many conditions stand side by side."""
