"""The indexes are used: what must be fast on a large LaunchPad is not scanned or sorted."""

from datetime import UTC, datetime

import pytest

from longfuse.domain.graph import Changes, Node, Tally
from longfuse.domain.query import parse
from longfuse.domain.states import State
from longfuse.store.open import open_store
from longfuse.store.schema import ORDERS
from longfuse.store.seam import Collection

WORKER = {"$or": [{"spec._fworker": {"$exists": False}}, {"spec._fworker": None}, {"spec._fworker": "w"}]}
CATEGORY = {"$and": [WORKER, {"spec._category": {"$in": ["a", "b"]}}, {"name": "x"}, {"fw_id": {"$gt": 3}}]}
IDS = [3, 1, 2]
ANY_SHARED_LAUNCH = "SCAN shared_launches USING COVERING INDEX ix_shared_launches_launch_id"
"""Of which only the first row is read."""


@pytest.fixture
def plans(tmp_path):
    """Runs something on an empty LaunchPad; returns the plans of its statements, a line each."""
    store = open_store(f"sqlite:///{tmp_path}/pad.db", create=True)

    def plans_of(act):
        statements = []
        with store.write() as tx:
            raw = tx._connection.connection.dbapi_connection
            raw.set_trace_callback(statements.append)
            act(tx)
            raw.set_trace_callback(None)
            rows = [row for sql in statements for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}")]
        return [row[3] for row in rows]

    yield plans_of
    store.close()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("query", [None, WORKER, CATEGORY, {"state": "READY"}])
def test_the_next_firework_is_read_off_an_index(plans, order, query):
    lines = plans(
        lambda tx: [tx._next_in("", parse(query or {}), order, {"limit": 1}), tx.take_ready(query and parse(query))]
    )
    (index, _) = ORDERS[order]
    walk, *_ = [line for line in lines if line.startswith("SEARCH fireworks")]
    assert walk.endswith(f"INDEX {index} (lane=?)"), lines
    assert not any("TEMP B-TREE FOR ORDER" in line for line in lines), lines


@pytest.mark.parametrize("lane", ["", None])
def test_a_few_that_are_named_are_looked_up(plans, lane):
    query = {"$and": [CATEGORY, {"spec.x": 1}]}
    lines = plans(lambda tx: tx._next_in(lane, parse(query), "", {"limit": 1, "ids": IDS}))
    read = [line for line in lines if line.split()[1] in ("fireworks", "specs")]
    assert sorted(read) == [f"SEARCH {name} USING INTEGER PRIMARY KEY (rowid=?)" for name in ("fireworks", "specs")]


def test_the_lanes_are_looked_up_one_after_the_other(plans):
    first, *others = plans(lambda tx: tx._open_lanes(None))
    assert "ix_fireworks_ready" in "".join([first, *others])
    assert any(line.endswith("INDEX ix_fireworks_ready (lane>?)") for line in others), others


@pytest.mark.parametrize(
    ("collection", "query", "sort"),
    [
        (Collection.FIREWORKS, {"state": "FIZZLED"}, []),
        (Collection.FIREWORKS, {"name": "x"}, []),
        (Collection.FIREWORKS, {"fw_id": {"$in": [1, 2]}}, []),
        (Collection.FIREWORKS, {}, [("created_on", -1)]),
        (Collection.FIREWORKS, {}, [("updated_on", 1)]),
        (Collection.FIREWORKS, {"spec": {"$eq": {"_dupefinder": {}, "a": 1}}, "launches": {"$ne": []}}, []),
        (Collection.LAUNCHES, {"reservation_id": "7"}, []),
        (Collection.LAUNCHES, {"state": "RUNNING"}, []),
        (Collection.LAUNCHES, {"fw_id": 7}, []),
        (Collection.WORKFLOWS, {"name": "x"}, []),
        (Collection.WORKFLOWS, {"state": "READY"}, []),
        (Collection.WORKFLOWS, {}, [("updated_on", -1)]),
    ],
)
def test_a_search_by_one_column_uses_its_index(plans, collection, query, sort):
    lines = plans(lambda tx: list(tx.find(collection, parse(query), sort=sort, limit=5)))
    assert " USING " in lines[0]
    assert "USE TEMP B-TREE FOR ORDER BY" not in lines  # only a part of it may be, after the index


def test_records_by_id_are_looked_up(plans):
    def ask(tx):
        for read in (
            *(tx.nodes, tx.children, tx.parents, tx.specs, tx.launches, tx.tallies, tx.fireworks, tx.workflows),
            *(tx.launch_records, tx.launch_records_of, tx.offline_runs, tx.documents),
        ):
            read(IDS)
        tx.members(1)
        tx.open_offline_runs("worker")

    assert scans_in(plans(ask)) == {"SCAN offline_runs USING INDEX ix_offline_runs_open", ANY_SHARED_LAUNCH}


def test_changes_are_made_by_id(plans):
    changes = Changes(
        nodes={1: Node(fw_id=1, wf_id=1, state=State.READY)},
        specs={1: {}},
        archived=[1],
        tallies={1: Tally({}, 0, 0)},
    )
    lines = plans(lambda tx: tx.apply(changes, datetime.now(UTC)))
    assert len(lines) >= 5
    assert scans_in(lines) == {ANY_SHARED_LAUNCH}


def scans_in(lines):
    """What is read from one end to the other, but for the lists of ids that are given."""
    return {line for line in lines if line.startswith("SCAN") and "VIRTUAL TABLE" not in line}


def test_equal_specs_are_looked_up(plans):
    spec = {"_dupefinder": {"_fw_name": "DupeFinderExact"}, "x": 1}
    query = {"$and": [{"launches": {"$ne": []}, "spec": {"$eq": spec}}, {"state": "COMPLETED"}]}
    lines = plans(lambda tx: list(tx.find(Collection.FIREWORKS, parse(query), limit=1)))
    assert lines[0] == "SEARCH fireworks USING INTEGER PRIMARY KEY (rowid=?)"
    assert any("ix_dupe_specs_digest" in line for line in lines)
    assert "USE TEMP B-TREE FOR ORDER BY" not in lines


def test_shared_launches_are_looked_up(plans):
    def ask(tx):
        sharing = tx._sharing
        sharing._known = True
        list(sharing.views(IDS))
        list(sharing.records(IDS))
        sharing.sharers(IDS)
        sharing.archive(IDS)
        sharing.before_deletion(IDS)

    assert scans_in(plans(ask)) == set()


def test_files_are_looked_up(plans):
    def ask(tx):
        tx.files("filepad", parse({"identifier": "x"}))
        tx.files("filepad", parse({"identifier": {"$in": ["x", "y"]}}))
        tx.files("filepad", parse({"gfs_id": "x"}))
        list(tx.file_chunks(1))
        tx.delete_files([1])

    assert scans_in(plans(ask)) == set()


@pytest.mark.parametrize("query", [{"nodes": 5}, {"nodes": {"$in": [5, 6]}}, {"nodes": {"$in": [5]}, "name": "x"}])
def test_the_workflow_of_a_firework_is_looked_up(plans, query):
    lines = plans(lambda tx: list(tx.find(Collection.WORKFLOWS, parse(query))))
    assert any(line.startswith("SEARCH workflows USING") for line in lines), lines
    assert not any(line.startswith("SCAN workflows") for line in lines), lines


@pytest.mark.parametrize(
    "query", [{"nodes": [5]}, {"nodes": {"$in": [5, [5, 6]]}}, {"nodes": {"$ne": 5}}, {"nodes": {"$in": [None, 5]}}]
)
def test_what_is_no_member_is_not_taken_for_one(plans, query):
    lines = plans(lambda tx: list(tx.find(Collection.WORKFLOWS, parse(query))))
    assert any(line.startswith("SCAN workflows") for line in lines), lines


@pytest.mark.parametrize("column", ["created_on", "updated_on"])
def test_a_few_of_very_many_are_read_off_the_index_of_their_order(tmp_path, column):
    store = open_store(f"sqlite:///{tmp_path}/pad.db", create=True)
    with store.write() as tx:
        raw = tx._connection.connection.dbapi_connection
        raw.execute("INSERT INTO workflows SELECT 1, 'w', 'READY', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, '{}'")
        raw.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100) "
            "INSERT INTO fireworks (fw_id, wf_id, name, state, waiting_for, tolerant, leaf, blocking, created_on, "
            "updated_on) SELECT i, 1, CASE WHEN i <= 10000 THEN 'many' ELSE 'few' END, 'READY', 0, 0, 0, 0, i, i FROM n"
        )
        plans = {}
        for name in ("many", "few"):
            statements = []
            raw.set_trace_callback(statements.append)
            list(tx.find(Collection.FIREWORKS, parse({"name": name}), sort=[(column, -1)], limit=5))
            raw.set_trace_callback(None)
            plans[name] = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statements[-1]}")]
    store.close()
    assert plans["many"][0] == f"SCAN fireworks USING INDEX ix_fireworks_{column}"
    assert "ix_fireworks_name" in plans["few"][0]
