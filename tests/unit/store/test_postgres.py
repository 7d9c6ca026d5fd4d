"""What only the PostgreSQL store does: its locks, its errors, a server that restarts, forks."""

import os
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text
from tests import postgres
from tests.contract.conftest import Maker

from longfuse.domain.graph import Changes, Node
from longfuse.domain.query import matches, parse
from longfuse.domain.states import State
from longfuse.errors import (
    ConfigError,
    SchemaError,
    SerializationError,
    StoreBusyError,
    StoreError,
    StoreUnavailableError,
)
from longfuse.store import pgtransaction
from longfuse.store.counts import count
from longfuse.store.documents import firework_db_document
from longfuse.store.open import open_store
from longfuse.store.revision import HEAD
from longfuse.store.seam import Collection

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def make():
    return Maker()


@pytest.fixture
def store(postgres_url):
    opened = open_store(postgres_url, busy_timeout_s=60)
    yield opened
    opened.close()


@pytest.fixture
def other(postgres_url):
    """Another program's."""
    opened = open_store(postgres_url, busy_timeout_s=0.3)
    yield opened
    opened.close()


@pytest.fixture
def own_server():
    """A server that a test may stop."""
    with postgres.running(durable=True) as server:
        yield server


def two_workflows(store, make):
    make.add(store, [make.firework(1, 1)], wf_id=1)
    make.add(store, [make.firework(2, 2)], wf_id=2)


# --- locks
def test_a_held_workflow_does_not_block_a_checkout_from_another(store, other, make):
    two_workflows(store, make)
    with store.write() as tx:
        assert tx.nodes([1])
        with other.write() as elsewhere:
            assert elsewhere.take_ready(None) == [2]


def test_many_ready_ones_of_a_held_workflow_do_not_hide_another(store, other, make):
    make.add(store, [make.firework(i, 1) for i in range(1, 251)], wf_id=1)
    make.add(store, [make.firework(251, 2)], wf_id=2)
    with store.write() as tx:
        assert tx.nodes([1])
        with other.write() as elsewhere:
            assert elsewhere.take_ready(None) == [251]


def test_the_best_of_those_that_nobody_holds_is_taken_of_whatever_kind(store, other, make):
    make.add(store, [make.firework(i, 1, spec={"_priority": 9}) for i in range(1, 251)], wf_id=1)
    make.add(store, [make.firework(251, 2, spec={"_priority": 1})], wf_id=2)
    make.add(store, [make.firework(252, 3, spec={"_priority": 5, "_category": "a"})], wf_id=3)
    with store.write() as tx:
        assert tx.nodes([1])
        with other.write() as elsewhere:
            assert elsewhere.take_ready(None) == [252]
            assert elsewhere.take_ready(None, few=[7, 251]) == [251]
            assert elsewhere.take_ready(None, few=[7, 8], waits=False) == []


def test_of_a_few_that_are_held_one_is_waited_for(store, other, make):
    two_workflows(store, make)
    with store.write() as tx:
        assert tx.nodes([1])
        with pytest.raises(StoreBusyError, match="held by somebody else"), other.write() as elsewhere:
            elsewhere.take_ready(None, few=[1])


def test_two_checkouts_take_different_fireworks(store, other, make):
    two_workflows(store, make)
    with store.write() as tx, other.write() as elsewhere:
        assert tx.take_ready(None) == [1]
        assert elsewhere.take_ready(None) == [2]


def test_where_all_is_held_a_checkout_waits_and_says_so(store, other, make):
    make.add(store, [make.firework(1, 1), make.firework(2, 1)], wf_id=1)
    with store.write() as tx:
        assert tx.take_ready(None) == [1]
        with pytest.raises(StoreBusyError, match="held by somebody else"), other.write() as elsewhere:
            elsewhere.take_ready(None)


def test_who_must_not_wait_takes_nothing_where_all_is_held(store, other, make):
    make.add(store, [make.firework(1, 1), make.firework(2, 1)], wf_id=1)
    with store.write() as tx:
        assert tx.take_ready(None) == [1]
        with other.write() as elsewhere:
            assert elsewhere.take_ready(None, waits=False) == []
    with other.write() as elsewhere:
        assert elsewhere.take_ready(None, waits=False) == [1]


def test_of_two_that_wait_for_one_another_one_gives_way(store, postgres_url, make):
    two_workflows(store, make)
    another = open_store(postgres_url, busy_timeout_s=60)
    both_hold_one, ended = threading.Barrier(2), []

    def take(whose, first, second):
        try:
            with whose.write() as tx:
                assert tx.nodes([first])
                both_hold_one.wait(60)
                assert tx.nodes([second])
                tx.apply(Changes(nodes={second: Node(fw_id=second, wf_id=second, state=State.DEFUSED)}), NOW)
        except StoreBusyError as error:
            ended.append(str(error))
        else:
            ended.append(second)

    threads = [threading.Thread(target=take, args=args) for args in ((store, 1, 2), (another, 2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    told, changed = sorted(ended, key=lambda one: isinstance(one, int))
    assert "nothing was changed" in told
    with store.read() as reader:
        assert {i for i, node in reader.nodes([1, 2]).items() if node.state is State.DEFUSED} == {changed}
    another.close()


def test_after_a_wait_the_state_is_looked_at_again(store, postgres_url, make):
    make.add(store, [make.firework(1, 1), make.firework(2, 1)], wf_id=1)
    patient = open_store(postgres_url, busy_timeout_s=60)
    taken = []

    def take():
        with patient.write() as elsewhere:
            taken.extend(elsewhere.take_ready(None))

    with store.write() as tx:
        assert tx.take_ready(None) == [1]
        waiting = threading.Thread(target=take)
        waiting.start()
        until_somebody_waits(store)
        tx.apply(Changes(nodes={1: Node(fw_id=1, wf_id=1, state=State.RUNNING)}), NOW)
    waiting.join(60)
    patient.close()
    assert taken == [2]


def test_what_was_read_is_not_changed_by_others(store, other, make):
    two_workflows(store, make)
    with store.write() as tx:
        assert list(tx.find(Collection.FIREWORKS, parse({"state": "READY"}), limit=1)) == [1]
        with pytest.raises(StoreBusyError), other.write() as elsewhere:
            elsewhere.tallies([1])
        with other.write() as elsewhere:
            assert elsewhere.tallies([2])


def test_ids_are_given_while_others_hold_theirs(store, other):
    with store.write() as tx:
        assert tx.new_launch_ids(3) == 1
        with other.write() as elsewhere:
            assert elsewhere.new_launch_ids(2) == 4
        assert tx.new_launch_ids(1) == 6


def until_somebody_waits(store):
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(3000):
        with store._database._engine.connect() as connection:
            if connection.execute(waiting).scalar():
                return
            connection.execute(text("SELECT pg_sleep(0.02)"))
    raise AssertionError("nobody waits")


# --- values
def test_nul_and_half_characters_in_documents_come_back(store, make):
    spec = {"text": "a\x00b\\u0000", "half": "x\udc80", "kept": "\U0010f7ff\U0010f7fe\U0010ffff", "\x00": [1]}
    make.add(store, [make.firework(1, spec=spec)])
    with store.read() as reader:
        assert reader.specs([1]) == {1: spec}
        assert list(reader.find(Collection.FIREWORKS, parse({"spec.text": {"$regex": "^a.b"}}))) == [1]


@pytest.mark.parametrize(("name", "says"), [("a\x00b", "NUL"), ("\udc80", "Unicode")])
def test_a_name_that_cannot_be_kept_is_refused(store, make, name, says):
    with pytest.raises(SerializationError, match=says):
        make.add(store, [make.firework(1, name=name)])
    with store.read() as reader:
        assert reader.fireworks([1]) == {}


def test_numbers_of_more_than_32_bits(store, make):
    make.add(store, [make.firework(2**40, 2**41, spec={"big": 2**70})], wf_id=2**41)
    with store.write() as tx:
        assert tx.new_fw_ids(1) == 2**40 + 1
        assert tx.specs([2**40]) == {2**40: {"big": 2**70}}


def test_texts_are_sorted_byte_by_byte(store, make):
    for fw_id, name in enumerate(["b", "a", "B", "é", "_", "Z"], 1):
        make.add(store, [make.firework(fw_id, fw_id, name=name)], wf_id=fw_id)
    with store.read() as reader:
        found = reader.find(Collection.FIREWORKS, sort=[("name", 1)])
        names = [reader.fireworks([i])[i].name for i in list(found)]
    assert names == ["B", "Z", "_", "a", "b", "é"]


@pytest.mark.parametrize(
    "query",
    [
        {"name": {"$regex": r"^\w+$"}},
        {"name": {"$not": {"$regex": r"\d"}}},
        {"spec.a.b": {"$regex": r"(x)\1"}},
        {"spec.list": {"$elemMatch": {"$regex": r"\bq"}}, "state": "READY"},
        {"$or": [{"spec.a.b": {"$regex": r"(?im)^X"}}, {"name": "two"}]},
        {"nowhere.at.all": {"$regex": r"\w"}},
    ],
)
def test_regular_expressions_that_only_python_knows(store, make, query):
    specs = [{"a": {"b": "xx"}}, {"list": ["a q", "b"]}, {"a": {"b": "y\nx"}}, {}]
    fireworks = [
        make.firework(i, i, name=name, spec=spec)
        for i, (name, spec) in enumerate(zip(["ä", "two", "[1", "a b"], specs, strict=True), 1)
    ]
    for firework in fireworks:
        make.add(store, [firework], wf_id=firework.node.wf_id)
    filter_ = parse(query)
    expected = [x.node.fw_id for x in fireworks if matches(filter_, firework_db_document(x))]
    with store.write() as tx:
        assert list(tx.find(Collection.FIREWORKS, filter_)) == expected
        assert tx.count(Collection.FIREWORKS, filter_) == len(expected)
        assert tx.take_ready(filter_, limit=9) == expected


# --- errors
def test_no_server_no_database_no_launchpad(postgres_server):
    with pytest.raises(StoreUnavailableError, match=r"cannot be reached now.*nothing was changed"):
        open_store("postgresql://nobody:secret@127.0.0.1:1/x")
    with pytest.raises(ConfigError, match="createdb nowhere"):
        open_store(postgres_server.url("nowhere"))
    with pytest.raises(ConfigError, match="does not let us in"):
        open_store(postgres_server.url("postgres", user="stranger"))
    empty = postgres_server.new_database()
    with pytest.raises(SchemaError, match="lpad reset"):
        open_store(empty)
    postgres_server.drop(empty)


def test_an_old_client_library_is_told(postgres_url, monkeypatch):
    monkeypatch.setattr(psycopg.Pipeline, "is_supported", lambda: False)
    with pytest.raises(ConfigError, match=r"libpq 14.*psycopg\[binary\]"):
        open_store(postgres_url)


@pytest.mark.parametrize(
    "wrong", ["postgresql+psycopg2://host/db", "postgresql://host:port/db", "postgresql+asyncpg://u:secret@h/db"]
)
def test_other_urls_are_refused(wrong):
    with pytest.raises(ConfigError, match=r"postgresql\+psycopg://") as caught:
        open_store(wrong)
    assert "secret" not in str(caught.value)


def test_a_password_is_not_told(postgres_server):
    for url in ("postgresql://keeper:secret@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x?password=secret"):
        with pytest.raises(StoreUnavailableError) as caught:
            open_store(url)
        assert "secret" not in str(caught.value)


def test_a_newer_schema_is_refused(postgres_url, store):
    with store._database.change() as wire:
        wire.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match=f"newer.*9999.*{HEAD}"):
        open_store(postgres_url)


def test_only_unicode_databases(postgres_server):
    postgres_server.run_sql("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
    with pytest.raises(SchemaError, match="UTF8"):
        open_store(postgres_server.url("latin"), create=True)
    postgres_server.run_sql("DROP DATABASE latin")


def test_a_password_from_a_file_of_ones_own(tmp_path, monkeypatch):
    with postgres.running(auth="scram-sha-256") as server:
        server.run_sql("CREATE DATABASE pad")
        url = server.url("pad")
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
        with pytest.raises(ConfigError, match=r"\.pgpass"):
            open_store(url)
        (tmp_path / "pgpass").write_text(f"127.0.0.1:{server.port}:*:*:secret word\n")
        (tmp_path / "pgpass").chmod(0o600)
        open_store(url, create=True).close()
        (tmp_path / "service.conf").write_text(f"[mine]\nhost=127.0.0.1\nport={server.port}\ndbname=pad\nuser=keeper\n")
        monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "service.conf"))
        opened = open_store("postgresql:///?service=mine")
        with opened.read() as reader:
            assert reader.count(Collection.FIREWORKS) == 0
        opened.close()
        (tmp_path / "pgpass").write_text(f"127.0.0.1:{server.port}:*:*:another\n")
        with pytest.raises(ConfigError, match="password authentication failed"):
            open_store(url)


def test_tls_is_as_libpq_does_it(tmp_path):
    with postgres.running() as server:
        server.run_sql("CREATE DATABASE pad")
        certificate = server.use_tls()
        trusted = f"{server.url('pad')}?sslmode=verify-full&sslrootcert={certificate}"
        with closing(open_store(trusted, create=True)) as opened, opened._database.change() as wire:
            assert wire.connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar()
        assert count(trusted, Collection.FIREWORKS) == 0
        postgres.make_certificate(tmp_path / "other.crt", tmp_path / "other.key")
        for url, said in (
            (trusted.replace("@127.0.0.1", "@localhost"), "does not match host name"),
            (f"{server.url('pad')}?sslmode=verify-full&sslrootcert={tmp_path}/other.crt", "certificate verify failed"),
            (f"{server.url('pad')}?sslmode=verify-full&sslrootcert={tmp_path}/none.crt", "does not exist"),
            (f"{server.url('pad')}?sslmode=disable", "no encryption"),
        ):
            with pytest.raises(ConfigError, match=said):
                open_store(url)
            assert count(url, Collection.FIREWORKS) is None


def test_a_server_without_tls_is_told(postgres_server):
    with pytest.raises(ConfigError, match=r"does not support SSL.*`sslmode`"):
        open_store(postgres_server.url("postgres") + "?sslmode=require")


# --- a server that goes and comes
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_connections_survive_a_restart(own_server, make, mode):
    store = open_store(own_server.new_database(), create=True)
    make.add(store, [make.firework(1)])
    with store.read() as reader:
        assert reader.nodes([1])
    own_server.stop(mode)
    own_server.start()
    with store.read() as reader:
        assert reader.nodes([1])
    with pytest.raises(StoreUnavailableError, match="nothing was changed"):
        change_while_it_stops(store, own_server, mode)
    with pytest.raises(StoreUnavailableError), store.read():
        pass
    own_server.start()
    with store.read() as reader:
        assert reader.nodes([1])[1].state is State.READY
    store.close()


def change_while_it_stops(store, server, mode):
    with store.write() as tx:
        tx.apply(Changes(nodes={1: Node(fw_id=1, wf_id=1, state=State.RUNNING)}), NOW)
        server.stop(mode)
        tx.members(1)


def test_what_a_lost_commit_did_is_found_out(store, make):
    """As if the connection had been lost after the server committed, and before."""
    database = store._database
    with database.change() as wire:
        number = wire.connection.execute(text("SELECT pg_current_xact_id()::text")).scalar()
    assert database._was_kept(number) is True
    numbers = []
    with pytest.raises(ZeroDivisionError):
        change_and_stop(database, numbers)
    (number,) = numbers
    assert database._was_kept(number) is False
    assert database._was_kept(str(int(number) + 10**6)) is False


def change_and_stop(database, numbers):
    with database.change() as wire:
        numbers.append(wire.connection.execute(text("SELECT pg_current_xact_id()::text")).scalar())
        raise ZeroDivisionError


# --- the rest of the seam
def test_a_child_opens_connections_of_its_own(store, make):
    make.add(store, [make.firework(1)])
    with store.read() as reader:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with store.read() as mine:
                    code = 0 if mine.nodes([1]) else 2
                store.close()
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert reader.nodes([1])
    with store.write() as tx:
        assert tx.nodes([1])


def test_damage_is_found(store, postgres_url, postgres_server, make):
    make.add(store, [make.firework(1)])
    assert store.damage() == []
    store.tune(full=False)
    store.tune(full=True)
    with store._database.change() as wire:
        wire.connection.execute(text("SET LOCAL session_replication_role = replica"))
        wire.connection.execute(text("INSERT INTO links VALUES (1, 77)"))
    assert store.damage() == ["links: child 77 refers to a row of fireworks that is not there"]


def test_making_it_twice_at_once_makes_it_once(postgres_server):
    url = postgres_server.new_database()
    failures = []

    def found():
        try:
            open_store(url, create=True).close()
        except StoreError as error:
            failures.append(error)

    makers = [threading.Thread(target=found) for _ in range(4)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(60)
    assert failures == []
    postgres_server.drop(url)


def test_it_tells_where_it_is(store, postgres_url):
    about = store.describe()
    assert about["url"] == postgres_url
    assert (about["backend"], about["schema"]) == ("postgresql", HEAD)
    assert about["server"].startswith("PostgreSQL 1")


def test_after_very_much_was_added_the_server_knows_how_much(store, make, monkeypatch):
    monkeypatch.setattr(pgtransaction, "MANY", 100)
    assert _known_rows(store) == -1, "it has never looked"
    make.add(store, [make.firework(i) for i in range(1, 100)])
    assert _known_rows(store) == -1
    make.add(store, [make.firework(i, 2) for i in range(100, 300)], wf_id=2)
    assert _known_rows(store) == 299


def test_after_very_many_changed_their_state_the_server_knows_that(store, make, monkeypatch):
    monkeypatch.setattr(pgtransaction, "MANY", 100)
    fireworks = [make.firework(i, state=State.WAITING, waiting_for=1) for i in range(1, 201)]
    make.add(store, fireworks)
    assert _common_states(store) == "{WAITING}"
    for last, known in ((99, "{WAITING}"), (200, "{READY}")):
        nodes = {one.node.fw_id: replace(one.node, state=State.READY) for one in fireworks[:last]}
        with store.write() as tx:
            tx.apply(Changes(nodes=nodes), make.time())
        assert _common_states(store) == known


def _common_states(store):
    common = "SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'fireworks' AND attname = 'state'"
    with store.read() as reader:
        return reader._connection.execute(text(common)).scalar()


def _known_rows(store):
    with store.read() as reader:
        return reader._connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'fireworks'")).scalar()
