"""``lpad migrate``: a LaunchPad moves to another database with all it holds, or nothing has changed hands."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.login import Login

from longfuse import Firework, FWAction, LaunchPad, ScriptTask, Workflow
from longfuse.domain.fworker import FWorker
from longfuse.errors import ConfigError, StoreError
from longfuse.launchdir.prepare import prepare
from longfuse.launchpad.filepad import FilePad

NOTHING = ScriptTask.from_str("true")
CONTENT = b"content \x00" * 300_000


@pytest.fixture
def login(tmp_path: Path) -> Any:
    made = Login(tmp_path / "login node")
    yield made
    made.pad.close()


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Makes URLs of new databases of a kind."""
    made: list[str] = []

    def new(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{len(made)}_{time.monotonic_ns()}.db"
        server = request.getfixturevalue("postgres_server")
        made.append(server.new_database())
        return made[-1]

    yield new
    for url in made:
        request.getfixturevalue("postgres_server").drop(url)


def fill(pad: LaunchPad, folder: Path) -> None:
    """Something of all that a LaunchPad can hold."""
    for number in range(30):
        first = Firework(NOTHING, {"ü": [number, None, 1.5, "\x00"], "_priority": number % 3}, name=f"first {number}")
        second = Firework(NOTHING, {"text": "x" * 3000}, name="second", parents=[first])
        pad.add_wf(Workflow([first, second], name=f"w{number}", metadata={"n": number}))
    for state in ("COMPLETED", "FIZZLED"):
        for _ in range(3):
            _, launch_id = pad.checkout_fw(FWorker(), str(folder))
            pad.complete_launch(launch_id, FWAction(stored_data={"energy": float("nan")}), state)
    pad.defuse_fw(1)
    pad.pause_fw(3)
    pad.rerun_fw(pad.get_fw_ids({"state": "COMPLETED"})[0])
    same = {"_dupefinder": {"_fw_name": "DupeFinderExact"}}
    pad.add_wf(Firework(NOTHING, dict(same), name="one"))
    pad.add_wf(Firework(NOTHING, dict(same), name="other"))
    with closing(FilePad(pad.url)) as files:
        files.add_contents(CONTENT, identifier="kept")


def told(pad: LaunchPad) -> list[Any]:
    wf_ids = pad.get_wf_ids()
    return [pad.launchpad_id(), [repr(pad.get_wf_by_fw_id(i).to_dict()) for i in wf_ids], pad.get_state_counts()]


KINDS = [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite"), ("postgresql", "postgresql")]


@pytest.mark.parametrize(("here", "there"), KINDS)
def test_all_is_there_and_goes_on_there(here: str, there: str, login: Login, place: Any, tmp_path: Path) -> None:
    source, target = place(here), place(there)
    with closing(LaunchPad(source, create=True)) as pad:
        fill(pad, tmp_path)
        taken = pad.reserve(FWorker(), tmp_path / "running")
        assert taken is not None
        prepare(str(tmp_path / "running"), taken.document, taken.ticket)
        before = told(pad)
    printed = login.tell("migrate", source, target)
    assert "same" in printed
    assert "DIFFERS" not in printed
    with closing(LaunchPad(target)) as pad:
        assert told(pad) == before
    with closing(FilePad(target)) as files:
        assert files.get_file("kept")[0] == CONTENT
    with closing(LaunchPad(target)) as pad:
        new = pad.add_wf(Firework(NOTHING))
        assert min(new.values()) > max(fw for fw in pad.get_fw_ids() if fw not in new.values())
        assert pad.check_runs() == []
        assert [found for _, found in pad.check_workflows() if found] == []
    login.job(tmp_path / "running")
    (login.folder / "my_launchpad.yaml").write_text(f"url: {target}\n")
    assert "1 job(s) recovered" in login.recover()
    with pytest.raises(ConfigError, match=r"was moved to .*lpad migrate --undo"):
        LaunchPad(source)


def test_who_has_the_old_one_open_cannot_change_it_any_more(login: Login, place: Any, tmp_path: Path) -> None:
    login.pad.add_wf(Firework(NOTHING))
    login.tell("migrate", "my_launchpad.yaml", place("sqlite"))
    with pytest.raises(StoreError, match="was moved to"):
        login.pad.add_wf(Firework(NOTHING))
    assert "was moved to" in login.refuse("get_fws")
    login.tell("migrate", "--undo", "my_launchpad.yaml")
    login.pad.add_wf(Firework(NOTHING))
    assert "nothing to undo" in login.refuse("migrate", "--undo", "my_launchpad.yaml")


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
def test_killed_at_any_moment_at_most_one_can_be_used_and_the_same_command_completes_it(
    there: str, login: Login, place: Any, tmp_path: Path
) -> None:
    documents = [{"fws": [{"spec": {"_tasks": [], "x": "y" * 500}, "fw_id": 1}], "links": {}} for _ in range(4000)]
    login.pad.add_documents(documents)
    before = login.pad.get_state_counts()
    login.pad.close()
    target, killed = place(there), 0
    for delay_s in (0.5, 0.7, 0.9, 1.2, 1.6, 2.1):
        process = login.start("lpad", "migrate", ".", target)
        time.sleep(delay_s)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
        assert sum(_usable(url) for url in (f"sqlite:///{login.folder}/launchpad.db", target)) <= 1
    assert killed
    done = login.lpad("migrate", ".", target)
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(LaunchPad(target)) as pad:
        assert pad.get_state_counts() == before


def _usable(url: str) -> bool:
    try:
        with closing(LaunchPad(url)) as pad:
            return bool(pad.get_state_counts())
    except (ConfigError, StoreError):
        return False


def test_what_changed_between_two_attempts_is_copied_again(login: Login, place: Any, tmp_path: Path) -> None:
    login.pad.add_documents([{"fws": [{"spec": {"_tasks": []}, "fw_id": 1}], "links": {}} for _ in range(3000)])
    target = f"sqlite:///{tmp_path}/target.db"
    process = login.start("lpad", "migrate", ".", target)
    while process.poll() is None and not _rows(tmp_path / "target.db", "specs"):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    if _usable(target):
        pytest.skip("this machine was too quick")
    login.pad.defuse_fw(1)
    login.pad.delete_wf(2)
    login.tell("migrate", ".", target)
    with closing(LaunchPad(target)) as pad:
        assert pad.get_fw_by_id(1).state == "DEFUSED"
        assert pad.get_fw_ids(count_only=True) == 2999


def _rows(path: Path, table: str) -> int:
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(path)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_refusals_say_what_to_do(login: Login, place: Any, tmp_path: Path) -> None:
    login.pad.add_wf(Firework(NOTHING))
    used = place("sqlite")
    with closing(LaunchPad(used, create=True)) as pad:
        pad.add_wf(Firework(NOTHING))
    assert "is in use: it has 1 workflows" in login.refuse("migrate", ".", used)
    assert "the LaunchPad itself" in login.refuse("migrate", ".", "launchpad.db")
    assert "There is no LaunchPad at" in login.refuse("migrate", "nowhere.db", "there.db")
    assert not (login.folder / "nowhere.db").exists()
    assert "Where to?" in login.refuse("migrate", ".")
    (login.folder / "text.db").write_text("no database, but quite a long text " * 10)
    assert "text.db" in login.refuse("migrate", ".", "text.db")
    assert login.state(1) == "READY"


def test_a_dry_run_changes_nothing(login: Login) -> None:
    login.pad.add_wf(Firework(NOTHING))
    printed = login.tell("migrate", "--dry-run", ".", "there.db")
    assert "there.db is not there yet" in printed
    assert "1 fireworks" in printed
    assert not os.path.exists(login.folder / "there.db")
    assert login.state(1) == "READY"


def test_help_teaches(login: Login) -> None:
    assert "postgresql+psycopg://" in login.tell("migrate", "-h")
