"""The tables, made at once and made by revisions."""

import re
import sqlite3

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from longfuse.store import migrate
from longfuse.store.open import _make_current, open_store
from longfuse.store.schema import HEAD
from longfuse.store.sqlite import SqliteFile


def schema_of(path):
    """Every table and index, by name, with equal spacing and in any order of what a table holds."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
    found = {name: sorted(re.sub(r"\s+", " ", part).strip(" ,") for part in sql.split("\n")) for name, sql in rows}
    connection.close()
    return found


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
