"""What goes to PostgreSQL straight on libpq: in few round trips, and nothing is lost or mixed up in them."""

import signal
import threading
import time
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import bindparam, insert, select, text, update
from tests.contract.conftest import Maker

from longfuse.domain.fworker import FWorker
from longfuse.domain.graph import Changes, Tally
from longfuse.domain.states import State
from longfuse.errors import SerializationError, StoreBusyError, StoreError, StoreUnavailableError
from longfuse.launchpad.pad import LaunchPad
from longfuse.store import postgres, wire
from longfuse.store.open import open_store
from longfuse.store.schema import ORDERS, fireworks, specs, workflows

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
RENAME = update(workflows).where(workflows.c.wf_id == bindparam("this"))
NAME = select(workflows.c.name).where(workflows.c.wf_id == bindparam("wf_id"))
NO_SUCH_THING = text("SELECT 1 / :zero")


@pytest.fixture
def store(postgres_url):
    opened = open_store(postgres_url, busy_timeout_s=60)
    maker = Maker()
    for wf_id in (1, 2):
        maker.add(opened, [maker.firework(wf_id, wf_id)], wf_id=wf_id)
    yield opened
    opened.close()


@contextmanager
def changing(store):
    """The wire of a transaction."""
    with store._database.change() as one:
        yield one


def say(store, *steps):
    """A transaction of these steps."""
    with changing(store) as one:
        for step in steps:
            step(one)


def rename(wf_id, name):
    return lambda one: one.run(RENAME, {"this": wf_id, "name": name})


def ask(one):
    one.rows(NAME, {"wf_id": 1})


def fail(one):
    one.run(NO_SUCH_THING, {"zero": 0})


def name_of(store, wf_id=1):
    with store._database.view() as one:
        return one.rows(NAME, {"wf_id": wf_id})[0][0]


@pytest.fixture
def exchanges(monkeypatch):
    """The statements of each exchange from now on."""
    told = []
    real = wire.Session.exchange

    def counted(session, requests):
        told.append([request.sql for request in requests])
        real(session, requests)

    monkeypatch.setattr(wire.Session, "exchange", counted)
    return told


class Word(str):
    """As parsers of YAML make them."""

    __slots__ = ()


# --- values
def test_values_are_converted_both_ways(store):
    statement = select(workflows.c.state, workflows.c.created_on, workflows.c.metadata, fireworks.c.leaf).where(
        workflows.c.wf_id == bindparam("this"), fireworks.c.wf_id == workflows.c.wf_id
    )
    with changing(store) as one:
        one.run(RENAME, {"this": 1, "created_on": NOW, "metadata": {"ü": [1, None, "\x00"]}, "state": State.RUNNING})
        [row] = one.rows(statement, {"this": 1})
        assert list(row) == [State.RUNNING, NOW, {"ü": [1, None, "\x00"]}, True]
        assert [list(row)] == [list(row) for row in one.connection.execute(statement, {"this": 1})]


def test_numbers_texts_and_nothing(store):
    priority = update(fireworks).where(fireworks.c.fw_id == bindparam("this"))
    read = select(fireworks.c.priority, fireworks.c.name).where(fireworks.c.fw_id == bindparam("this"))
    with changing(store) as one:
        for value in (None, 0.1, -1e300, float("inf"), 3):
            one.run(priority, {"this": 1, "priority": value, "name": Word("per cent % and $1")})
            assert one.rows(read, {"this": 1}) == [(value, "per cent % and $1")]
    with pytest.raises(SerializationError, match="NUL"), changing(store) as one:
        one.run(RENAME, {"this": 1, "name": "a\x00b"})


def test_copied_rows_are_as_others(store, exchanges):
    nasty = ["a\tb\nc\rd\\e\\.", "\\N", "", "%s $1 ü", {"\x00": None}]
    many = [{"fw_id": 100 + n, "spec": {"n": n, "nasty": nasty}} for n in range(wire.COPIED)]
    row = {"name": "x\t\\N\n", "state": State.WAITING, "waiting_for": 1, "tolerant": False, "leaf": True}
    row |= {"wf_id": 1, "blocking": False, "priority": None, "created_on": NOW, "updated_on": NOW, "lane": ""}
    with changing(store) as one:
        one.run_all(insert(fireworks), [{"fw_id": x["fw_id"], **row} for x in many])
        one.run_all(insert(specs), many)
    assert not any("INSERT" in sql for said in exchanges for sql in said)
    with store.read() as reader:
        assert reader.specs([x["fw_id"] for x in many]) == {x["fw_id"]: x["spec"] for x in many}
        record = reader.fireworks([100])[100]
    assert (record.name, record.node.leaf, record.created_on) == ("x\t\\N\n", True, NOW)


# --- what is sent when
def test_what_needs_no_answer_is_sent_with_what_does(store, exchanges):
    with changing(store) as one:
        one.run(RENAME, {"this": 1, "name": "one"})
        one.run(RENAME, {"this": 2, "name": "two"})
        assert exchanges == []
        assert one.rows(NAME, {"wf_id": 2}) == [("two",)]
        one.run(RENAME, {"this": 2, "name": "three"})
    assert [len(said) for said in exchanges] == [5, 2]
    assert (name_of(store), name_of(store, 2)) == ("one", "three")


def test_a_transaction_in_which_nothing_is_said_is_none(store, exchanges):
    with changing(store):
        pass
    assert exchanges == []


def test_a_question_that_was_foreseen_takes_no_way_of_its_own(store, exchanges):
    with changing(store) as one:
        one.foresee(NAME, {"wf_id": 2})
        one.foresee(NAME, {"wf_id": 2})
        first, second = one.rows(NAME, {"wf_id": 1}), one.rows(NAME, {"wf_id": 2})
        assert len(exchanges) == 1
        assert (first, second) == ([("wf",)], [("wf",)])


@pytest.mark.parametrize("when", ["before it is sent", "after"])
def test_what_was_foreseen_is_forgotten_when_something_changes(store, when):
    with changing(store) as one:
        one.foresee(NAME, {"wf_id": 2})
        if when == "after":
            one.rows(NAME, {"wf_id": 1})
        one.run(RENAME, {"this": 2, "name": "new"})
        assert one.rows(NAME, {"wf_id": 2}) == [("new",)]
    with changing(store) as one:
        one.foresee(NAME, {"wf_id": 2})
        one.rows(NAME, {"wf_id": 1})
        one.connection.execute(RENAME, {"this": 2, "name": "newer"})
        assert one.rows(NAME, {"wf_id": 2}) == [("newer",)]


def test_what_was_foreseen_is_asked_anew_after_another_question(store, postgres_url):
    """Somebody else may have changed it meanwhile."""
    with changing(store) as one:
        one.foresee(NAME, {"wf_id": 2})
        one.rows(NAME, {"wf_id": 1})
        other = open_store(postgres_url)
        with changing(other) as elsewhere:
            elsewhere.run(RENAME, {"this": 2, "name": "theirs"})
        other.close()
        one.rows(NAME, {"wf_id": 1})
        assert one.rows(NAME, {"wf_id": 2}) == [("theirs",)]


def test_more_than_the_buffers_of_both_sides_hold(store):
    big = "x" * 100_000
    with changing(store) as one:
        for n in range(200):
            one.run(RENAME, {"this": 1, "name": f"{big}{n}"})
            one.foresee(NAME, {"wf_id": 1})
            one.foresee(NAME, {"wf_id": 1})
        assert one.rows(NAME, {"wf_id": 1}) == [(f"{big}199",)]
    with changing(store) as one:
        one.run_all(RENAME, [{"this": 1, "name": str(n)} for n in range(wire.TOGETHER * 2 + 1)])
    assert name_of(store) == str(wire.TOGETHER * 2)


@pytest.fixture
def launchpad(postgres_url):
    opened = LaunchPad(postgres_url)
    chain = {"fws": [{"fw_id": n, "spec": {"_tasks": []}} for n in (1, 2)], "links": {"1": [2]}}
    opened.add_documents([chain] * 5)
    opened.reserve(FWorker("w"), "/somewhere")  # which lanes are open is known from now on
    yield opened
    opened.close()


def test_a_checkout_takes_three_round_trips(launchpad, exchanges):
    """The best that is free, all about it, and all that is written, with the commit."""
    launchpad.reserve(FWorker("w"), "/somewhere")
    assert len(exchanges) == 3
    assert exchanges[-1][-1] == "COMMIT"


@pytest.mark.parametrize("order", ORDERS)
def test_a_checkout_sees_lanes_that_were_not_open_before(store, postgres_url, order):
    maker, other = Maker(), open_store(postgres_url)
    with store.write() as tx:
        assert sorted(tx.take_ready(None, order=order, limit=2)) == [1, 2]
    for fw_id, spec in ((3, {"_priority": 5, "_category": "a"}), (4, {"_priority": 4})):
        maker.add(other, [maker.firework(fw_id, fw_id, spec=spec)], wf_id=fw_id)
    with store.write() as tx:  # which looked into the one lane it knows first
        assert tx.take_ready(None, order=order, limit=2) == [3, 4]
    with store.write() as tx, other.write() as elsewhere:
        assert tx.take_ready(None, order=order, limit=2) == [3, 4]
        assert sorted(elsewhere.take_ready(None, order=order, limit=3)) == [1, 2]
    with other.write() as tx:
        tx.delete_workflows([1, 2, 4])
    with store.write() as tx:
        assert tx.take_ready(None, order=order) == [3]
    other.close()


def test_an_end_takes_few_round_trips(launchpad, exchanges):
    """The launch, its run, its Firework and children, the launches of these, and the commit."""
    launchpad.complete_launch(1)
    assert len(exchanges) == 5
    assert launchpad.get_fw_ids({"state": "READY"}, count_only=True) == 5


# --- what fails
@pytest.mark.parametrize("more", [(), (ask,), (rename(2, "lost"), ask)])
def test_what_failed_is_told_and_nothing_stays(store, more):
    for _ in range(2):  # the second time most of it is prepared
        with pytest.raises(StoreError, match="division by zero"):
            say(store, rename(1, "lost"), fail, *more)
        assert (name_of(store), name_of(store, 2)) == ("wf", "wf")
    with changing(store) as one:
        assert one.rows(NO_SUCH_THING, {"zero": 1}) == [(1,)]


def test_who_goes_on_after_a_failure_keeps_nothing(store):
    def ignore(one):
        with pytest.raises(psycopg.Error):
            one.rows(NO_SUCH_THING, {"zero": 0})

    with pytest.raises(StoreError):
        say(store, rename(1, "lost"), ignore)
    assert name_of(store) == "wf"


def test_a_lock_that_is_waited_for_too_long_is_told(store, postgres_url):
    impatient = open_store(postgres_url, busy_timeout_s=0.2)
    with store.write() as tx:
        tx.nodes([1])
        with pytest.raises(StoreBusyError), impatient.write() as other:
            other.apply(Changes(tallies={1: Tally({State.RUNNING: 1}, 1, 0)}), NOW)
    impatient.close()


class StoppedError(Exception):
    """By a signal."""


def test_a_signal_in_a_wait_ends_it_and_nothing_stays(store, postgres_url):
    def stop(*_):
        raise StoppedError

    def press():
        until_somebody_waits(postgres_url)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    impatient = open_store(postgres_url, busy_timeout_s=60)
    before = signal.signal(signal.SIGUSR1, stop)
    presser = threading.Thread(target=press)
    try:
        with store.write() as tx:
            tx.nodes([1])
            presser.start()
            with pytest.raises(StoppedError):
                say(impatient, rename(2, "lost"), rename(1, "lost"), ask)
            say(impatient, rename(2, "found"))
    finally:
        presser.join()
        signal.signal(signal.SIGUSR1, before)
        impatient.close()
    assert (name_of(store), name_of(store, 2)) == ("wf", "found")


def until_somebody_waits(url):
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for _ in range(3000):
            if connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() != (0,):
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")


# --- a connection that is lost
def kill(one):
    """End its session, as an administrator does; from another one."""
    pid = one.rows(text("SELECT pg_backend_pid()"))[0][0]
    with psycopg.connect(one.connection.engine.url.set(drivername="postgresql").render_as_string(False)) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def copy(one):
    one.run_all(insert(specs), [{"fw_id": 100 + n, "spec": {}} for n in range(wire.COPIED)])


@pytest.mark.parametrize("last", [rename(2, "lost"), ask, copy])
def test_a_lost_connection_is_told_and_nothing_stays(store, last, monkeypatch):
    monkeypatch.setattr(postgres, "_FATE_PAUSES_S", (0.0,))
    with pytest.raises(StoreUnavailableError, match="nothing was changed"):
        say(store, rename(1, "lost"), kill, last)
    assert (name_of(store), name_of(store, 2)) == ("wf", "wf")


@pytest.mark.parametrize("kept", [True, False])
def test_an_answer_to_the_commit_that_is_lost(store, kept, monkeypatch):
    monkeypatch.setattr(postgres, "_FATE_PAUSES_S", (0.0,))
    real = wire.Session.exchange

    def losing(session, requests):
        if requests[-1].sql != "COMMIT":
            return real(session, requests)
        if kept:
            real(session, requests)
        session.connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(wire.Session, "exchange", losing)
    told = nullcontext() if kept else pytest.raises(StoreUnavailableError, match="nothing was changed")
    with told:
        say(store, rename(1, "kept"))
    monkeypatch.undo()
    assert name_of(store) == ("kept" if kept else "wf")
    say(store, rename(1, "next"))
    assert name_of(store) == "next"


@pytest.mark.parametrize("rested_s", [0.0, 100.0])
def test_a_connection_that_died_at_rest_is_replaced(store, rested_s, monkeypatch):
    with store._database.view() as one:
        pid = one.rows(text("SELECT pg_backend_pid()"))[0][0]
        url = one.connection.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    monkeypatch.setattr(postgres, "ASKED_AFTER_S", postgres.ASKED_AFTER_S - rested_s)
    with store._database.view() as one:
        assert one.rows(text("SELECT pg_backend_pid()"))[0][0] != pid
