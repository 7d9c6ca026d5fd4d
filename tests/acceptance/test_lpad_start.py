"""What ``lpad`` loads before it does anything: its start is most of what a short command takes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.login import Login, fw

if TYPE_CHECKING:
    from pathlib import Path

LIST_MODULES = """
import json, sys
from longfuse.cli.lpad import main
code = main(sys.argv[1:])
sys.stderr.write("MODULES " + json.dumps(sorted(sys.modules)))
sys.exit(code)
"""


@pytest.fixture
def login(tmp_path: Path) -> Login:
    login = Login(tmp_path / "login node")
    login.add(fw(1))
    return login


def loaded(login: Login, *words: str) -> tuple[str, set[str]]:
    """What the command prints, and the modules it loads."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *words],
        cwd=login.folder,
        env=login.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, set(json.loads(done.stderr.rpartition("MODULES ")[2]))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["get_fws", "-d", "count"], 1),
        (["get_fws", "-d", "count", "-s", "fizzled"], 0),
        (["get_wflows", "-d", "count", "-m", "5"], 1),
    ],
)
def test_counting_loads_no_sqlalchemy(login: Login, words: list[str], count: int) -> None:
    printed, modules = loaded(login, *words)
    assert int(printed) == count
    assert not modules & {"sqlalchemy", "alembic", "rich", "jinja2", "psycopg", "longfuse.launchpad.pad"}
    assert len([name for name in modules if name.startswith("longfuse.")]) < 40


@pytest.mark.parametrize("words", [["get_fws", "-d", "less"], ["get_wflows", "-d", "ids"], ["get_launchdir", "1"]])
def test_reading_loads_what_it_uses(login: Login, words: list[str]) -> None:
    _, modules = loaded(login, *words)
    assert not modules & {"sqlalchemy.orm", "alembic", "rich", "jinja2", "psycopg", "longfuse.store.postgres"}
    assert not modules & {
        f"longfuse.launchpad.{name}"
        for name in ("adding", "consistency", "evidence", "ingest", "replay", "restoring", "status", "verdict", "why")
    }
    assert not any(name.startswith("sqlalchemy.dialects.postgresql") for name in modules)


def test_a_query_is_counted_by_the_store(login: Login) -> None:
    printed, modules = loaded(login, "get_fws", "-d", "count", "-q", '{"spec._tasks": {"$exists": true}}')
    assert int(printed) == 1
    assert "sqlalchemy" in modules
