"""The reference evaluator and the SQL compiler select the same documents."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    literal_column,
    select,
)
from sqlalchemy import insert as insert_into
from sqlalchemy.types import NullType
from tests.postgres import Server

from longfuse.domain.query import matches, parse
from longfuse.store.filters import Fields, install_functions, where_clause
from longfuse.store.regexes import is_portable
from longfuse.store.schema import Json

EXAMPLES = int(os.environ.get("LONGFUSE_EXAMPLES", "200"))

RECORDS = Table(
    "records",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("count", BigInteger),
    Column("name", String().with_variant(String(collation="C"), "postgresql")),
    Column("spec", Json),
    Column("nodes", Json),
)
FIELDS = Fields(
    scalars={"count": RECORDS.c.count, "name": RECORDS.c.name},
    documents={
        "spec": RECORDS.c.spec,
        "nodes": RECORDS.c.nodes,
        # the same as an expression, not a column: such documents are walked without being looked up first
        "computed": literal_column("records.spec", String()).concat(literal_column("''", String())),
    },
)
FIELDS_OF_ANY_TYPE = Fields(
    scalars={**FIELDS.scalars, "either": literal_column("coalesce(name, count)", NullType())},
    documents=FIELDS.documents,
)
"""As only SQLite knows them."""

NAMES = ["a", "b", "_c", "0", "1", "2", "01", "a b", "é", 'q"q', "x->y", "$d", "1a", "it's", "\\", "[0]", "🜂"]
TEXTS = [
    "",
    "a",
    "b",
    "B",
    "ab",
    "0",
    "1",
    "é",
    "null",
    "true",
    "[1]",
    '{"a": 1}',
    "x'y",
    'x"y',
    "🜂",
    "%",
    "2024-01-01",
]
NUMBERS = [
    0,
    1,
    2,
    -1,
    3,
    1.0,
    0.0,
    -0.0,
    0.1,
    1.5,
    2**31,
    -(2**31) - 1,
    2**53,
    2**53 + 1,
    float(2**53),
    2**63,
    2**70,
    1e300,
]

scalars = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS))
names = st.one_of(st.sampled_from(["a", "b", "0"]), st.sampled_from(NAMES))


def nested_values(leaves: st.SearchStrategy[Any], keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
        max_leaves=8,
    )


stored_values = nested_values(
    st.one_of(scalars, st.just("b\udcff")), names
)  # half a character, as in output that is no UTF-8
values = nested_values(scalars, names.filter(lambda name: name != "$d"))  # an operator, in a query
objects = st.dictionaries(names, stored_values, max_size=4)
lists = st.lists(stored_values, max_size=4)
records = st.fixed_dictionaries(
    {
        "count": st.one_of(st.none(), st.integers(-2, 3), st.just(2**31)),
        "name": st.one_of(st.none(), st.sampled_from(TEXTS)),
        "spec": st.one_of(objects, objects, st.none()),
        "nodes": st.one_of(lists, objects, st.none()),
    }
)

PATTERNS = ["a", "^a", "b$", "^$", ".", "[01]", "A", "(?i)B", "\\.", "é", "^.$"]
TYPES = [
    "double",
    "string",
    "object",
    "array",
    "bool",
    "null",
    "int",
    "long",
    "number",
    "date",
    1,
    2,
    3,
    4,
    8,
    10,
    16,
    18,
]

regexes = st.one_of(
    st.builds(lambda p: {"$regex": p}, st.sampled_from(PATTERNS)),
    st.builds(lambda p, o: {"$regex": p, "$options": o}, st.sampled_from(PATTERNS), st.sampled_from(["i", "im", "sx"])),
)
plain_conditions = st.one_of(
    st.builds(lambda v: {"$eq": v}, values),
    st.builds(lambda v: {"$ne": v}, values),
    st.builds(lambda o, v: {o: v}, st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), scalars),
    st.builds(lambda o, low, high: {"$gte": low, o: high}, st.sampled_from(["$lt", "$lte"]), scalars, scalars),
    st.builds(lambda o, v: {o: v}, st.sampled_from(["$in", "$nin", "$all"]), st.lists(values, max_size=3)),
    st.builds(lambda v: {"$exists": v}, st.booleans()),
    st.builds(lambda v: {"$size": v}, st.integers(0, 3)),
    st.builds(lambda v: {"$type": v}, st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), max_size=3))),
    regexes,
)
inner_paths = st.lists(names, min_size=1, max_size=3).map(".".join).filter(lambda path: path[0] != "$")


def nested(conditions: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    queries = st.dictionaries(inner_paths, st.one_of(values, conditions), max_size=2)
    return st.one_of(
        st.builds(lambda c: {"$not": c}, conditions),
        st.builds(lambda c: {"$elemMatch": c}, conditions),
        st.builds(lambda q: {"$elemMatch": q}, queries),
        st.builds(
            lambda o, q: {"$elemMatch": {o: q}},
            st.sampled_from(["$or", "$nor"]),
            st.lists(queries, min_size=1, max_size=2),
        ),
        st.builds(lambda q: {"$all": [{"$elemMatch": c} for c in q]}, st.lists(queries, min_size=1, max_size=2)),
    )


conditions = st.recursive(plain_conditions, nested, max_leaves=4)
tops = st.sampled_from(["spec", "spec", "nodes", "computed", "count", "name", "either", "nowhere"])
paths = st.builds(lambda top, rest: ".".join([top, *rest]), tops, st.lists(names, max_size=3))
clauses = st.dictionaries(paths, st.one_of(values, conditions, conditions), max_size=2)
queries = st.recursive(
    clauses,
    lambda inner: st.builds(
        lambda o, parts: {o: parts}, st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=3,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda dbapi_connection, _: install_functions(dbapi_connection))
    with engine.connect() as connection:
        RECORDS.metadata.create_all(connection)
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def postgres_connection(postgres_server: Server) -> Iterator[Connection]:
    url = postgres_server.new_database()
    engine = create_engine(url)
    with engine.connect() as connection:
        RECORDS.metadata.create_all(connection)
        yield connection
    engine.dispose()
    postgres_server.drop(url)


def document(record: dict[str, Any]) -> dict[str, Any]:
    """The document that the row stands for."""
    either = record["count"] if record["name"] is None else record["name"]
    return {**record, "either": either, "computed": record["spec"]}


def check(connection: Connection, records: list[dict[str, Any]], query: Any, fields: Fields) -> None:
    """The condition is true for what the reference matches and false for the rest, never NULL."""
    filter_ = parse(query)
    with connection.begin_nested() as savepoint:
        connection.execute(insert_into(RECORDS), [{"id": i, **r} for i, r in enumerate(records)])
        clause = where_clause(filter_, fields)
        found = connection.execute(select(RECORDS.c.id, clause.label("truth")).order_by(RECORDS.c.id)).all()
        selected = set(connection.scalars(select(RECORDS.c.id).where(clause)))
        savepoint.rollback()
    expected = [(i, int(matches(filter_, document(record)))) for i, record in enumerate(records)]
    assert [(row.id, row.truth) for row in found] == expected
    assert selected == {i for i, truth in expected if truth}


patient = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@patient
@given(records=st.lists(records, min_size=1, max_size=6), query=queries)
@example(records=[{"count": 1, "name": None, "spec": None, "nodes": None}], query={"$nor": [{"name": "a"}]})
def test_sql_selects_what_the_reference_selects(
    connection: Connection, records: list[dict[str, Any]], query: Any
) -> None:
    check(connection, records, query, FIELDS_OF_ANY_TYPE)


@pytest.mark.timeout(900)
@settings(patient, max_examples=max(1, EXAMPLES // 4))  # each is a round trip, or some
@given(records=st.lists(records, min_size=1, max_size=6), query=queries)
@example(records=[{"count": 1, "name": None, "spec": None, "nodes": None}], query={"$nor": [{"name": "a"}]})
@example(records=[{"count": 1, "name": "a", "spec": {"a": "\x00"}, "nodes": None}], query={"spec.a": {"$ne": "x"}})
def test_postgresql_selects_what_the_reference_selects(
    postgres_connection: Connection, records: list[dict[str, Any]], query: Any
) -> None:
    assume(is_portable(parse(query)))
    check(postgres_connection, records, query, FIELDS)
