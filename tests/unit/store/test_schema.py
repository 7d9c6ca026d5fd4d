"""The tables, made at once and made by revisions."""

import json
import re
import sqlite3
import subprocess
import sys

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_mock_engine, text

from longfuse.domain.query import parse
from longfuse.store import migrate
from longfuse.store.open import _make_current, open_store
from longfuse.store.revision import HEAD
from longfuse.store.schema import metadata
from longfuse.store.seam import Collection
from longfuse.store.sqlite import SqliteFile


def schema_of(path):
    """Every table and index, by name, with equal spacing and in any order of what a table holds."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
    found = {name: sorted(filter(None, map(_evened, re.split("[\n,]", sql)))) for name, sql in rows}
    connection.close()
    return found


def _evened(part):
    return re.sub(r"\s+", " ", part).strip()


@pytest.fixture
def migrated(tmp_path):
    path = tmp_path / "migrated.db"
    path.touch()
    file = SqliteFile(path, busy_timeout_s=1)
    with file.schema_change() as connection:
        migrate.upgrade(connection)
    yield file
    file.close()


def test_revisions_make_the_same_tables(tmp_path, migrated):
    open_store(f"sqlite:///{tmp_path}/made.db", create=True).close()
    made = schema_of(tmp_path / "made.db")
    assert made == schema_of(migrated.path)
    assert {"fireworks", "workflows", "links", "launches", "specs", "offline_runs", "ix_fireworks_ready"} <= made.keys()


def test_head_is_the_last_revision(migrated):
    config = Config()
    config.set_main_option("script_location", "longfuse.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    with migrated.transaction("BEGIN") as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD


def test_only_known_revisions_are_older():
    assert migrate.is_older(HEAD)
    assert not migrate.is_older("9999")


def test_a_failed_upgrade_changes_nothing(tmp_path):
    path = tmp_path / "old.db"
    path.touch()
    file = SqliteFile(path, busy_timeout_s=1)
    with pytest.raises(ZeroDivisionError):
        _upgrade_and_stop(file)
    assert schema_of(path) == {}
    file.close()


def _upgrade_and_stop(file):
    with file.schema_change() as connection:
        migrate.upgrade(connection)
        raise ZeroDivisionError


def test_a_current_file_is_left_as_it_is(migrated):
    before = migrated.path.read_bytes()
    _make_current(migrated)
    assert migrated.path.read_bytes() == before


SPECS = {
    1: {"_tasks": [], "_dupefinder": {"_fw_name": "DupeFinderExact"}, "x": [1, 2.0]},
    2: {"_tasks": [], "text": 'the words "_dupefinder" and "_category" alone', "_fworker": "w"},
    3: {"_tasks": [], "x": [1.0, 2], "_dupefinder": {"_fw_name": "DupeFinderExact"}},
}


@pytest.fixture
def old(tmp_path):
    """A LaunchPad of the first release, with a workflow in it."""
    path = tmp_path / "old.db"
    path.touch()
    file = SqliteFile(path, busy_timeout_s=1)
    with file.schema_change() as connection:
        migrate.upgrade(connection, "0001")
        for statement in old_rows():
            connection.execute(text(statement.replace(":", "\\:")))
    file.close()
    return path


def old_rows():
    time = "'2026-01-02T03:04:05.000006+00:00'"
    yield "INSERT INTO meta VALUES ('launchpad_id', 'old')"
    yield "INSERT INTO counters VALUES ('fw_id', 4), ('wf_id', 2), ('launch_id', 2)"
    yield f"INSERT INTO workflows VALUES (1, 'wf', 'RUNNING', 0, 0, 0, 0, 0, 2, 0, 0, 1, 2, 0, {time}, {time}, '{{}}')"
    for fw_id, spec in SPECS.items():
        state = "COMPLETED" if fw_id == 1 else "READY"
        yield f"INSERT INTO fireworks VALUES ({fw_id}, 1, 'fw', '{state}', 0, 0, 1, 0, NULL, {time}, {time})"
        yield f"INSERT INTO specs VALUES ({fw_id}, '{json.dumps(spec)}')"
    yield (
        "INSERT INTO launches VALUES (1, 1, 0, 'COMPLETED', '/runs/1', 'w', 'h', 'ip', NULL, NULL, NULL, 't', 1, NULL, "
        "NULL, NULL, '{\"name\": \"w\"}', '[]', '[]', NULL)"
    )


def test_an_old_launchpad_keeps_its_records_and_gains_tables(tmp_path, old):
    open_store(f"sqlite:///{tmp_path}/made.db", create=True).close()
    store = open_store(f"sqlite:///{old}")
    assert schema_of(tmp_path / "made.db") == schema_of(old)
    with store.read() as reader:
        assert reader.launchpad_id() == "old"
        assert reader.specs([1, 2, 3]) == SPECS
        assert [launch.state for launch in reader.launches([1])[1]] == ["COMPLETED"]
        assert reader.files("filepad") == []
        assert reader.ready(parse({"spec._fworker": "w"}), limit=9) == [2]
        assert reader.ready(parse({"spec._fworker": {"$exists": False}}), limit=9) == [3]
    store.close()


def test_old_specs_are_found_as_duplicates(old):
    store = open_store(f"sqlite:///{old}")
    with store.read() as reader:
        assert list(reader.find(Collection.FIREWORKS, parse({"spec": {"$eq": SPECS[1]}}))) == [1, 3]
        assert list(reader.find(Collection.FIREWORKS, parse({"spec": {"$eq": SPECS[2]}}))) == [2]
    store.close()


def test_indexes_of_some_rows_are_so_on_postgresql():
    statements = []
    engine = create_mock_engine(
        "postgresql+psycopg://", lambda ddl, *_: statements.append(str(ddl.compile(dialect=engine.dialect)))
    )
    metadata.create_all(engine, checkfirst=False)
    [ready] = [text for text in statements if "ix_fireworks_ready " in text]
    assert ready.endswith("WHERE state = 'READY'")


def test_sqlite_imports_no_other_dialect():
    program = (
        "import sys, longfuse.store.schema; print([name for name in sys.modules if 'dialects.postgresql' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
