"""Of records that a transaction has read only what has changed is written back, in as few statements."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, event

from longfuse.domain.graph import Changes, Node, Tally
from longfuse.domain.states import State
from longfuse.store.changed import Remembered
from longfuse.store.driver import Driver
from longfuse.store.records import UNREAD, FireworkRecord, LaunchRecord, OfflineRun, WorkflowRecord
from longfuse.store.schema import metadata
from longfuse.store.sql import SqlTransaction

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)


def launch(launch_id: int, **values: object) -> LaunchRecord:
    record = LaunchRecord(
        launch_id=launch_id,
        fw_id=1,
        state=State.RUNNING,
        launch_dir=f"/runs/{launch_id}",
        fworker={"name": "w"},
        host="login",
        ip="127.0.0.1",
    )
    return replace(record, **values)  # type: ignore[arg-type]


def run(launch_id: int) -> OfflineRun:
    return OfflineRun(launch_id=launch_id, fw_id=1, name="fw", created_on=NOW, updated_on=NOW)


@pytest.fixture
def statements():
    """What the database was told, as it is told."""
    return []


@pytest.fixture
def tx(statements):
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    event.listen(engine, "begin", lambda opened: opened.connection.set_trace_callback(statements.append))
    with engine.begin() as connection:
        transaction = SqlTransaction(Driver(connection))
        transaction.reset()
        node = Node(fw_id=1, wf_id=1, state=State.RUNNING)
        transaction.insert_workflows(
            [
                WorkflowRecord(
                    wf_id=1,
                    name="wf",
                    metadata={},
                    state=State.RUNNING,
                    tally=Tally({State.RUNNING: 1}, 1, 0),
                    created_on=NOW,
                    updated_on=NOW,
                )
            ],
            [FireworkRecord(node=node, name="fw", spec={}, created_on=NOW, updated_on=NOW)],
            [],
        )
        transaction.insert_launches([launch(i) for i in (1, 2, 3)])
        transaction.put_offline_runs([run(i) for i in (1, 2, 3)])
        yield SqlTransaction(Driver(connection))
    engine.dispose()


def test_only_changed_columns_are_written(tx, statements) -> None:
    read = tx.launch_records([1, 2])
    runs = tx.offline_runs([1, 2])
    statements.clear()
    tx.update_launches([replace(read[1], host="node", time_end=LATER), read[2]])
    tx.put_offline_runs([replace(runs[1], signature="s"), runs[2]])
    assert len(statements) == 2
    assert statements[0].startswith("UPDATE launches SET host=")
    assert "state_history" not in statements[0]
    assert "time_end" in statements[0]
    assert statements[1].startswith("UPDATE offline_runs SET signature=")
    assert tx.launch_records([1, 2, 3]) == {1: replace(read[1], host="node", time_end=LATER), 2: read[2], 3: launch(3)}
    assert tx.offline_runs([1, 2]) == {1: replace(runs[1], signature="s"), 2: runs[2]}


def test_what_differs_in_different_columns_is_all_written(tx) -> None:
    read = tx.launch_records([1, 2, 3])
    after = [replace(read[1], host="a"), replace(read[2], state=State.FIZZLED, reason="why"), replace(read[3], ip="b")]
    tx.update_launches(after)
    assert list(tx.launch_records([1, 2, 3]).values()) == after
    tx.update_launches([read[1]])
    assert tx.launch_records([1])[1] == read[1]


def test_values_that_are_equal_but_not_the_same_json_are_written(tx) -> None:
    tx.update_launches([launch(1, action={"stored_data": {"x": 1}})])
    read = tx.launch_records([1])[1]
    tx.update_launches([replace(read, action={"stored_data": {"x": True}})])
    assert tx.launch_records([1])[1].action["stored_data"]["x"] is True


def test_records_read_before_something_else_changed_them_replace_all(tx) -> None:
    read = tx.launch_records([1])[1]
    tx.apply(Changes(archived=[1]), NOW)
    assert tx.launch_records([1])[1].archived
    tx.apply(Changes(archived=[1]), NOW)
    tx.update_launches([replace(read, host="node")])
    assert tx.launch_records([1])[1] == replace(read, host="node")


def test_an_action_that_was_not_read_stays(tx) -> None:
    tx.update_launches([launch(1, action={"exit": True})])
    read = tx.launch_records([1, 2])
    after = [replace(read[1], action=UNREAD, host="a"), replace(read[2], action={"exit": False})]
    tx.update_launches(after)
    assert tx.launch_records([1, 2]) == {1: replace(read[1], host="a"), 2: after[1]}


def test_another_worker_is_found_by_its_name(tx) -> None:
    read = tx.launch_records([1])[1]
    tx.update_launches([replace(read, fworker={"name": "other"})])
    assert [x.launch_id for x in tx.open_offline_runs("other")] == [1]


def test_what_was_never_read_is_unknown() -> None:
    known = Remembered(OfflineRun, "launch_id")
    known.note([run(1)])
    assert known.unknown([run(1), run(2)]) == [run(2)]
    assert known.changed([run(1), run(2)]) == ([], [])
    known.forget()
    assert known.unknown([run(1)]) == [run(1)]


def test_what_becomes_alike_is_one_statement(tx, statements) -> None:
    runs = tx.offline_runs([1, 2, 3])
    statements.clear()
    after = [replace(runs[1], completed=True), replace(runs[2], completed=True), replace(runs[3], problem="torn")]
    tx.put_offline_runs(after)
    assert len(statements) == 2
    assert tx.offline_runs([1, 2, 3]) == {run.launch_id: run for run in after}


def test_nodes_and_workflows_that_become_alike_are_one_statement_each(tx, statements) -> None:
    node = Node(fw_id=2, wf_id=1, state=State.RUNNING)
    record = FireworkRecord(node=node, name="fw", spec={}, created_on=NOW, updated_on=NOW)
    tx.insert_workflows([], [record, replace(record, node=node.but(fw_id=3))], [])
    done = {i: Node(fw_id=i, wf_id=1, state=State.COMPLETED) for i in (1, 2)}
    other = {3: Node(fw_id=3, wf_id=1, state=State.FIZZLED, leaf=False, blocking=True)}
    tally = Tally({State.COMPLETED: 2, State.FIZZLED: 1}, 1, 1)
    statements.clear()
    tx.apply(Changes(nodes=done | other, tallies={1: tally}), LATER)
    assert [statement.split()[1] for statement in statements] == ["fireworks", "fireworks", "workflows"]
    assert tx.nodes([1, 2, 3]) == SqlTransaction(Driver(tx._connection)).nodes([1, 2, 3]) == done | other
    assert tx.tallies([1]) == {1: tally}
