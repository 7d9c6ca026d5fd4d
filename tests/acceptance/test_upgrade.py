"""The commands on a LaunchPad of an older release."""

import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from longfuse.store.revision import HEAD

DATA = Path(__file__).parents[1] / "data" / "launchpads" / "sqlite"
COMMANDS = ("get_fws -d count", "get_wflows -i 1 -d less", "status", "add_scripts true", "recover_offline")


@pytest.fixture(params=sorted(path.name for path in DATA.glob("0*")))
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(tmp_path: Path, revision: str) -> Path:
    """A folder with a LaunchPad of that revision."""
    shutil.copytree(DATA / revision / "jobs", tmp_path / "jobs")
    with closing(sqlite3.connect(tmp_path / "launchpad.db")) as connection:
        connection.executescript(here((DATA / revision / "launchpad.sql").read_text(), tmp_path))
    (tmp_path / "my_launchpad.yaml").write_text(f"url: sqlite:///{tmp_path}/launchpad.db\n")
    return tmp_path


def here(kept: str, site: Path) -> str:
    return kept.replace("@SITE@", str(site)).replace("@BIG@", "big")


def lpad(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lpad")
    return subprocess.run([program, *words], cwd=site, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_first_command_brings_it_up_to_date_and_says_so(site: Path, revision: str, command: str) -> None:
    done = lpad(site, *command.split())
    assert done.returncode == (command == "recover_offline"), "of which one launch has no directory"
    assert "Traceback" not in done.stderr
    assert done.stderr.count(f"from revision {revision} to {HEAD}") == (revision != HEAD)
    with closing(sqlite3.connect(site / "launchpad.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        ((count,),) = connection.execute("SELECT count(*) FROM fireworks").fetchall()
    assert count == 47 + command.startswith("add")
    assert "revision" not in lpad(site, *command.split()).stderr


def test_results_are_intact(site: Path, revision: str) -> None:
    kept = json.loads(here((DATA / revision / "expected.json").read_text(), site))
    done = lpad(site, "get_fws", "-d", "all")
    assert done.returncode == 0, done.stderr
    told = {fw["fw_id"]: fw for fw in json.loads(done.stdout)}
    assert len(told) == 47
    for fw in (fw for workflow in kept["workflows"] for fw in workflow["fws"]):
        now = told.pop(fw["fw_id"])
        assert as_text({key: now[key] for key in fw}) == as_text(fw)
    assert told == {}


def as_text(document: object) -> str:
    """What can be compared although it holds NaN."""
    return json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("revision", ["0001"], indirect=True)
def test_on_a_terminal_what_takes_long_is_said(site: Path, revision: str) -> None:
    ours, theirs = pty.openpty()
    with closing(sqlite3.connect(site / "launchpad.db")) as another:
        another.execute("BEGIN IMMEDIATE")
        argv = [Path(sys.executable).with_name("lpad"), "get_fws", "-d", "count"]
        process = subprocess.Popen(argv, cwd=site, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        said = b""
        while b"opening the LaunchPad: " not in said:
            said += os.read(ours, 4096)  # an error, were it never said: the command gives up at last
    counted, _ = process.communicate(timeout=150)
    os.close(ours)
    assert (process.returncode, counted.strip()) == (0, b"47")


AT_ONCE = """
import sys
from longfuse.cli import progress
progress.PROGRESS_AFTER_S = progress.AGAIN_AFTER_S = 1e-3
from longfuse.cli.lpad import main
sys.exit(main(["get_fws", "-d", "count"]))
"""


@pytest.mark.parametrize("revision", ["0001"], indirect=True)
def test_on_a_terminal_it_is_said_how_far_it_is(site: Path, revision: str) -> None:
    del revision
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", AT_ONCE], cwd=site, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    said = b""
    with suppress(OSError):  # how a terminal ends
        while piece := os.read(ours, 4096):
            said += piece
    counted, _ = process.communicate(timeout=150)
    os.close(ours)
    assert (process.returncode, counted.strip()) == (0, b"47")
    assert f"opening the LaunchPad: revision 1 of {int(HEAD) - 1}" in said.decode()
