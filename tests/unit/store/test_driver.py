"""Statements that go straight to the driver say and give the same as through SQLAlchemy."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, create_engine, insert, select, update

from longfuse.domain.states import State
from longfuse.store.driver import Driver
from longfuse.store.open import open_store
from longfuse.store.schema import launches, metadata, workflows
from longfuse.store.sql import LANES

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def workflow(wf_id: int) -> dict[str, object]:
    counts = {column.name: 0 for column in workflows.c if column.name.startswith("n_")}
    times = {"created_on": NOW, "updated_on": NOW}
    return {"wf_id": wf_id, "name": f"w{wf_id}", "state": State.READY, **counts, "open_leaves": 1, "blocking": 0} | {
        **times,
        "metadata": {"ü": [wf_id, None]},
    }


def test_values_are_converted_both_ways(connection) -> None:
    driver = Driver(connection)
    driver.run_all(insert(workflows), [workflow(1), workflow(2)])
    statement = select(workflows.c.state, workflows.c.created_on, workflows.c.metadata).order_by(workflows.c.wf_id)
    rows = [tuple(row) for row in driver.rows(statement)]
    assert rows == [(State.READY, NOW, {"ü": [1, None]}), (State.READY, NOW, {"ü": [2, None]})]
    assert rows == [tuple(row) for row in connection.execute(statement)]


def test_values_in_the_statement_stay_beside_those_that_are_given(connection) -> None:
    driver = Driver(connection)
    driver.run_all(insert(workflows), [workflow(1), workflow(2)])
    statement = update(workflows).where(workflows.c.wf_id == bindparam("this")).values(state=State.RUNNING)
    driver.run(statement, {"this": 2})
    assert [row[0] for row in driver.rows(select(workflows.c.state))] == [State.READY, State.RUNNING]


def test_other_names_make_another_statement(connection) -> None:
    driver = Driver(connection)
    driver.run(insert(workflows), workflow(1))
    change = update(workflows).where(workflows.c.wf_id == bindparam("this"))
    driver.run(change, {"this": 1, "name": "x"})
    driver.run(change, {"this": 1, "open_leaves": 7})
    assert [tuple(row) for row in driver.rows(select(workflows.c.name, workflows.c.open_leaves))] == [("x", 7)]


def test_none_is_null_and_nothing_is_run_for_no_rows(connection) -> None:
    driver = Driver(connection)
    driver.run_all(insert(launches), [])
    assert list(driver.rows(select(launches.c.action))) == []


def test_a_statement_that_differs_from_run_to_run_is_refused(connection) -> None:
    several = select(workflows.c.name).where(workflows.c.wf_id.in_([1, 2]))
    with pytest.raises(TypeError, match="not the same in each run"):
        Driver(connection).rows(several)


def test_hints_are_written_although_another_engine_came_first(connection, tmp_path) -> None:
    plain = Driver(connection)._form(LANES, {})
    store = open_store(f"sqlite:///{tmp_path}/pad.db", create=True)
    with store.read() as reader:
        ours = reader._driver._form(LANES, {})
    store.close()
    assert ("INDEXED BY" in plain.sql, "INDEXED BY" in ours.sql) == (False, True)
