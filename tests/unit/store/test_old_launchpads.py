"""LaunchPads as each revision of the tables left them (``tests/data/launchpads``) are brought up to date."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect, text
from tests.unit.store.test_schema import schema_of

from longfuse import FWorker, LaunchPad
from longfuse.domain.query import parse
from longfuse.errors import ConfigError, SchemaError, StoreError
from longfuse.store import jsontext
from longfuse.store.copying import undo
from longfuse.store.filters import digest_of
from longfuse.store.lanes import lane_of
from longfuse.store.marks import MOVED_TO, guard, refusal, set_mark
from longfuse.store.migrations.versions import r0002_duplicates_and_files
from longfuse.store.open import open_store
from longfuse.store.revision import HEAD
from longfuse.store.upgrading import told_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.postgres import Server

DATA = Path(__file__).parents[2] / "data" / "launchpads"
VERSIONS = DATA.parents[2] / "src/longfuse/store/migrations/versions"
OLD = sorted((path.parent.name, path.name) for path in DATA.glob("*/0*"))

_spec = importlib.util.spec_from_file_location("make_old_launchpads", DATA / "make.py")
assert _spec is not None
assert _spec.loader is not None
make: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)

KILLED = """
import os, sys
from sqlalchemy import Engine, event
from longfuse.store.open import open_store

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)

open_store(sys.argv[1]).close()
"""
"""Opens a LaunchPad, and is killed before that many statements have been run."""


def here(text_: str, site: Path) -> str:
    """What was kept, as if it had been made in this folder."""
    return text_.replace(make.SITE, str(site)).replace(make.BIG, "x" * 200_000)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The folder with the launch directories."""
    return tmp_path.resolve()


@pytest.fixture
def restore(site: Path, request: pytest.FixtureRequest) -> Callable[[str, str], str]:
    """Makes an old LaunchPad anew, with its launch directories; returns its URL."""

    def restored(kind: str, revision: str) -> str:
        folder = DATA / kind / revision
        shutil.rmtree(site / "jobs", ignore_errors=True)
        for path in folder.glob("jobs/*/*"):
            copy = site / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(here(path.read_text(), site))
        dump = here((folder / "launchpad.sql").read_text(), site)
        if kind == "sqlite":
            (site / "launchpad.db").unlink(missing_ok=True)
            with closing(sqlite3.connect(site / "launchpad.db")) as connection:
                connection.executescript(dump)
            return f"sqlite:///{site}/launchpad.db"
        server: Server = request.getfixturevalue("postgres_server")
        url = server.new_database()
        request.addfinalizer(lambda: server.drop(url))
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(dump.replace("%", "%%"))
        engine.dispose()
        return url

    return restored


def expected(kind: str, revision: str, site: Path) -> str:
    return here((DATA / kind / revision / "expected.json").read_text(), site)


def told(url: str) -> str:
    with closing(LaunchPad(url)) as pad:
        document = make.told(pad)
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def revision_of(url: str) -> str:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    engine.dispose()
    return str(found)


def tables_of(url: str) -> dict[str, Any]:
    """Columns and indexes, whoever made them."""
    engine = create_engine(url)
    looked = inspect(engine)
    tables = {
        name: (
            sorted((c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in looked.get_columns(name)),
            sorted(str({k: v for k, v in index.items() if k != "comment"}) for index in looked.get_indexes(name)),
            sorted(str(key) for key in looked.get_foreign_keys(name)),
        )
        for name in looked.get_table_names()
    }
    engine.dispose()
    return tables


def test_there_is_one_of_each_revision() -> None:
    revisions = [path.stem[1:5] for path in VERSIONS.glob("r*.py")]
    assert [revision for kind, revision in OLD if kind == "sqlite"] == sorted(revisions)
    assert [revision for kind, revision in OLD if kind == "postgresql"] == sorted(r for r in revisions if r >= "0004")


@pytest.mark.parametrize(("kind", "revision"), OLD)
def test_what_it_told_it_tells_still(restore: Any, site: Path, kind: str, revision: str) -> None:
    url = restore(kind, revision)
    assert revision_of(url) == revision
    assert told(url) == expected(kind, revision, site)
    assert revision_of(url) == HEAD


@pytest.mark.parametrize(("kind", "revision"), OLD)
def test_who_waits_is_told_how_far_it_is(restore: Any, kind: str, revision: str) -> None:
    url, said = restore(kind, revision), list[str]()
    with told_to(said.append):
        open_store(url).close()
    missing = int(HEAD) - int(revision)
    assert [one for one in said if "," not in one] == [f"revision {n + 1} of {missing}" for n in range(missing)]
    if missing:
        assert f"revision {missing} of {missing}, 0 of 47 Fireworks" in said
        assert said[-1] == f"revision {missing} of {missing}, 2 of 3 indexes"
    again = len(said)
    with told_to(said.append):
        open_store(url).close()
    assert len(said) == again


@pytest.mark.parametrize(("kind", "revision"), OLD)
def test_what_is_kept_of_specs_follows_from_them(
    restore: Any, kind: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("r0002_duplicates_and_files", "r0005_lanes"):  # some pages, instead of one
        monkeypatch.setattr(f"longfuse.store.migrations.versions.{name}.IDS", 7)
    url = restore(kind, revision)
    open_store(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        specs = {fw_id: jsontext.loads(kept) for fw_id, kept in connection.execute(text("SELECT * FROM specs"))}
        lanes = dict(connection.execute(text("SELECT fw_id, lane FROM fireworks")).all())
        digests = dict(connection.execute(text("SELECT fw_id, digest FROM dupe_specs")).all())
    engine.dispose()
    assert lanes == {fw_id: lane_of(spec) for fw_id, spec in specs.items()}
    assert len(set(lanes.values())) > 1
    assert digests == {fw_id: digest_of(spec) for fw_id, spec in specs.items() if "_dupefinder" in spec}
    assert digests


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("r*.py")), ids=lambda path: path.stem)
def test_a_revision_stands_for_itself(path: Path) -> None:
    assert "longfuse" not in re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE)


NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([2**63, -(2**63) - 1, 10**400, -0.0, 1e300]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(spec=st.dictionaries(st.text(), JSON, max_size=3))
def test_the_digests_of_revision_0002_are_those_of_today(spec: dict[str, Any]) -> None:
    read = json.loads(jsontext.dumps(spec), object_hook=r0002_duplicates_and_files._read_number)
    assert r0002_duplicates_and_files._digest_of(read) == digest_of(jsontext.loads(jsontext.dumps(spec)))


@pytest.mark.parametrize(("kind", "revision"), OLD)
def test_its_tables_are_those_of_a_new_one(restore: Any, site: Path, kind: str, revision: str, request: Any) -> None:
    url = restore(kind, revision)
    open_store(url).close()
    if kind == "sqlite":
        open_store(f"sqlite:///{site}/new.db", create=True).close()
        assert schema_of(site / "launchpad.db") == schema_of(site / "new.db")
    else:
        new = request.getfixturevalue("postgres_server").new_database()
        open_store(new, create=True).close()
        assert tables_of(url) == tables_of(new)
        request.getfixturevalue("postgres_server").drop(new)


@pytest.mark.parametrize(("kind", "revision"), OLD)
def test_its_jobs_run_and_come_home(restore: Any, site: Path, kind: str, revision: str) -> None:
    url = restore(kind, revision)
    (site / "my_launchpad.yaml").write_text(f"url: {url}\n")
    make.start("longfuse.cli.rlaunch", site / "jobs" / "queued", "singleshot", "--offline")
    make.start("longfuse.cli.lpad", site, "recover_offline")
    with closing(LaunchPad(url)) as pad:
        for name in ("queued", "done"):
            (fw_id,) = pad.get_fw_ids({"name": name})
            (launch,) = pad.get_fw_dict_by_id(fw_id)["launches"]
            assert launch["state"] == "COMPLETED"
            assert launch["launch_dir"] == f"{site}/jobs/{name}"
        after = pad.get_fw_ids({"name": "done"})
        assert pad.get_tracker_data(after[0])[0]["trackers"][0].content == "done"


@pytest.mark.parametrize(("kind", "revision"), OLD)
def test_nothing_is_wrong_with_it(restore: Any, site: Path, kind: str, revision: str) -> None:
    url = restore(kind, revision)
    with closing(LaunchPad(url)) as pad:
        assert pad._store.damage() == []
        assert [wrong for _, found in pad.check_workflows() for wrong in found] == []
        assert pad.check_runs() == []


@pytest.mark.parametrize(("kind", "revision"), [one for one in OLD if one[1] in ("0001", "0004")])
def test_an_upgrade_that_is_killed_leaves_the_old_or_the_new(
    restore: Any, site: Path, kind: str, revision: str
) -> None:
    before, count, killed = expected(kind, revision, site), 1, 0
    while True:
        url = restore(kind, revision)
        done = subprocess.run([sys.executable, "-c", KILLED, url, str(count)], capture_output=True, check=False)
        assert revision_of(url) in (revision, HEAD)
        assert told(url) == before
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        killed += 1
        count = count * 3 // 2 + 1
    assert killed >= 5
    assert revision_of(url) == HEAD


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_upgrade_it_at_once(restore: Any, site: Path, kind: str) -> None:
    url = restore(kind, "0004")
    program = "import sys; from longfuse.store.open import open_store; open_store(sys.argv[1]).close()"
    both = [subprocess.Popen([sys.executable, "-c", program, url], stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert "".join(said).count(f"from revision 0004 to {HEAD}") == 1
    assert told(url) == expected(kind, "0004", site)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_of_a_newer_version_is_left_alone(restore: Any, kind: str) -> None:
    url = restore(kind, HEAD)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SchemaError, match="newer"):
        open_store(url)
    assert revision_of(url) == "9999"


@pytest.mark.parametrize(("kind", "revision"), [one for one in OLD if one[1] >= "0004"])
def test_one_that_was_moved_away_stays_so_until_that_is_undone(
    restore: Any, site: Path, kind: str, revision: str
) -> None:
    url = restore(kind, revision)
    engine = create_engine(url)
    with engine.begin() as connection:  # as `lpad migrate` left it
        set_mark(connection, MOVED_TO, "postgresql://elsewhere")
        guard(connection, refusal("postgresql://elsewhere"))
    engine.dispose()
    with pytest.raises(ConfigError, match="was moved to postgresql://elsewhere"):
        open_store(url)
    assert revision_of(url) == revision
    store: Any = open_store(url, moving=True)
    with closing(store):
        assert revision_of(url) == HEAD
        with pytest.raises(StoreError, match="was moved to postgresql://elsewhere"), store.write() as tx:
            tx.delete_workflows([1])
        undo(store)
    assert told(url) == expected(kind, revision, site)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_who_still_runs_the_older_version_adds_fireworks_that_are_found(restore: Any, site: Path, kind: str) -> None:
    url = restore(kind, "0004")
    open_store(url).close()
    spec = '{"_category": "huge", "_tasks": []}'
    engine = create_engine(url)
    with engine.begin() as connection:  # what revision 0004 knows of the columns
        fields = "wf_id, name, state, waiting_for, tolerant, leaf, blocking, priority, created_on, updated_on"
        (last,) = connection.execute(text("SELECT max(fw_id) FROM fireworks")).one()
        copied = f"INSERT INTO fireworks (fw_id, {fields}) SELECT {last + 1}, {fields} FROM fireworks WHERE fw_id = 1"
        connection.execute(text(copied))
        connection.execute(text("INSERT INTO specs VALUES (:fw_id, :spec)"), {"fw_id": last + 1, "spec": spec})
    engine.dispose()
    with closing(open_store(url)) as store, store.write() as tx:
        assert tx.take_ready(parse(FWorker("w", category="huge").query), limit=9) == [last + 1]
        assert last + 1 not in tx.take_ready(parse(FWorker("w", category="small").query), limit=1000)
