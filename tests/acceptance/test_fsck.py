"""``lpad fsck``: disagreements that were made for real are found, mended where that is safe, and gone then."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import shell
from tests.login import Login, chain, fw
from tests.slurm_login import SlurmLogin

from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def login(tmp_path: Path) -> Iterator[Login]:
    login = Login(tmp_path / "login")
    yield login
    login.pad.close()


def fsck(login: Login, *words: str, code: int) -> list[dict[str, Any]]:
    done = login.lpad("fsck", "-o", "json", *words)
    assert done.returncode == code, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def change(login: Login, statement: str) -> None:
    login.pad.close()
    with closing(sqlite3.connect(login.folder / "launchpad.db")) as connection:
        connection.execute(statement)
        connection.commit()


def three(login: Login) -> None:
    """A chain of three, of which the first is COMPLETED."""
    fws = [fw(-3, shell("echo one > one")), fw(-2, shell("true")), fw(-1, shell("true"))]
    login.add(*fws, links=chain(*fws))
    login.job(login.submit(1))
    login.recover()


def test_a_launchpad_that_is_sound(login: Login) -> None:
    three(login)
    assert login.lpad("fsck").stdout == "Everything agrees\n"
    assert fsck(login, code=0) == []


@pytest.mark.parametrize(
    ("statement", "subject", "text"),
    [
        ("UPDATE fireworks SET waiting_for = 7 WHERE fw_id = 3", "Firework 3", "waits for 7 parents"),
        ("UPDATE fireworks SET state = 'WAITING' WHERE fw_id = 2", "Firework 2", "is WAITING, but"),
        ("UPDATE fireworks SET state = 'FIZZLED' WHERE fw_id = 1", "Firework 1", "it is COMPLETED"),
        ("UPDATE workflows SET n_ready = 5", "Workflow 1", "does not count"),
        ("UPDATE workflows SET state = 'PAUSED'", "Workflow 1", "is PAUSED, but its counters say"),
    ],
)
def test_states_and_counters(login: Login, statement: str, subject: str, text: str) -> None:
    three(login)
    before = login.tell("get_fws", "-d", "all")
    change(login, statement)
    found = fsck(login, code=1)
    assert [one["subject"] for one in found] == [subject]
    assert text in found[0]["text"]
    [mended] = fsck(login, "--repair", code=0)
    assert mended["mended"]
    assert fsck(login, code=0) == []
    now, then = json.loads(login.tell("get_fws", "-d", "all")), json.loads(before)
    assert [one["state"] for one in now] == [one["state"] for one in then]


def test_a_launch_that_no_recovery_looks_for(login: Login) -> None:
    login.add(fw(-1, shell("true")))
    login.job(login.submit(1))
    change(login, "DELETE FROM offline_runs")
    [found] = fsck(login, code=1)
    assert "no recovery looks for its files" in found["text"]
    fsck(login, "--repair", code=0)
    login.recover()
    assert login.state(1) == "COMPLETED"


def test_a_result_that_nobody_brought_home(login: Login) -> None:
    login.add(fw(-1, shell("true")))
    login.job(login.submit(1))
    [found] = fsck(login, code=1)
    assert "has ended COMPLETED by its final record" in found["text"]
    assert "recover_offline" in found["advice"]
    assert login.state(1) == "RESERVED", "nothing is changed unasked"
    fsck(login, "--repair", code=0)
    assert login.state(1) == "COMPLETED"


def test_directories(login: Login) -> None:
    login.add(fw(-1, shell("true")))
    place = login.submit(1)
    shutil.move(place, login.folder / "elsewhere")
    [found] = fsck(login, code=1)
    assert "is not there" in found["text"]
    assert "--search" in found["advice"]
    fsck(login, "--repair", code=1)
    login.lpad("recover_offline", "--search", ".")
    assert fsck(login, code=0) == []


def test_a_result_that_was_changed(login: Login) -> None:
    three(login)
    [path] = login.folder.rglob("FW_action.json")
    record = json.loads(path.read_text())
    record["fwaction"]["stored_data"]["changed"] = True
    path.write_text(json.dumps(record))
    [found] = fsck(login, code=1)
    assert "another result in the LaunchPad" in found["text"]


def test_a_purged_directory_of_what_has_ended_is_no_disagreement(login: Login) -> None:
    three(login)
    [path] = login.folder.rglob("FW_action.json")
    shutil.rmtree(path.parent)
    assert fsck(login, code=0) == []


def test_a_damaged_file(login: Login) -> None:
    three(login)
    login.pad.close()
    with closing(sqlite3.connect(login.folder / "launchpad.db")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO links (parent, child) VALUES (99, 1)")
        connection.commit()
    assert any(one["subject"] == "database" and "fireworks" in one["text"] for one in fsck(login, code=1))


def test_a_final_record_is_not_overruled(login: Login) -> None:
    three(login)
    change(login, "UPDATE launches SET state = 'FIZZLED'")
    before = login.tell("get_fws")
    found = fsck(login, "--repair", code=1)
    assert any("is FIZZLED in the LaunchPad, and COMPLETED in" in one["text"] for one in found)
    assert not any(one["mended"] for one in found)
    assert login.tell("get_fws") == before


def test_a_firework_that_runs_without_a_launch_is_left_to_a_person(login: Login) -> None:
    three(login)
    change(login, "UPDATE fireworks SET state = 'RUNNING' WHERE fw_id = 2")
    [found] = fsck(login, "--repair", code=1)
    assert (found["subject"], found["text"]) == ("Firework 2", "is RUNNING, but it has no launch")
    assert "rerun_fws" in found["advice"]
    assert login.state(2) == "RUNNING"


def test_a_run_that_is_over_is_looked_for_no_more(login: Login) -> None:
    three(login)
    change(login, "UPDATE offline_runs SET completed = 0")
    [found] = fsck(login, code=1)
    assert "each recovery looks for it" in found["text"]
    fsck(login, "--repair", code=0)
    assert fsck(login, code=0) == []


# --- jobs
@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlurmLogin]:
    desk = SlurmLogin(tmp_path / "login")
    yield desk
    desk.pad.close()


def test_a_job_of_a_launch_that_was_replaced(desk: SlurmLogin) -> None:
    desk.add(fw(-1, shell("true")))
    assert desk.run("qlaunch", "-r", "singleshot").returncode == 0
    assert fsck(desk, code=0) == []
    desk.pad.rerun_fw(1)
    [found] = fsck(desk, code=1)
    assert re.fullmatch(r"is over \(replaced\), but its job \d+ is pending", found["text"])
    assert "cancel that job" in found["advice"]


def test_a_job_that_is_over(desk: SlurmLogin) -> None:
    desk.add(fw(-1, shell("true")))
    assert desk.run("qlaunch", "-r", "singleshot").returncode == 0
    (desk.slurm / "jobs").unlink()
    [found] = fsck(desk, code=1)
    assert re.fullmatch(r"is RESERVED, but its job \d+ is over \(unknown\)", found["text"])
    assert "recover_offline" in found["advice"]


def test_a_job_that_a_record_contradicts(desk: SlurmLogin) -> None:
    fws = [fw(-2, shell("true")), fw(-1, shell("true"))]
    desk.add(*fws, links=chain(*fws))
    assert desk.run("qlaunch", "-r", "singleshot").returncode == 0
    change(desk, "UPDATE launches SET state = 'COMPLETED'")
    found = fsck(desk, "--repair", code=1)
    assert any("is over (COMPLETED), but its job" in one["text"] for one in found)
    assert not any(one["mended"] for one in found)
    assert (desk.state(1), desk.state(2)) == ("RESERVED", "WAITING")


# --- made anew
def campaign(login: Login) -> None:
    """Firework 1 is done, 2 failed, 3 waits for it, 4 was run again in the same directory."""
    fws = [
        fw(1, shell("echo 4 > n"), name="first"),
        fw(2, shell("exit 3"), name="fails"),
        fw(3, shell("true"), name="after it"),
        fw(4, shell("true"), name="again", x=[1, 2]),
    ]
    login.add(*fws, links={"1": [2, 4], "2": [3]}, name="campaign")
    for fw_id in (1, 2, 4):
        login.job(login.submit(fw_id))
        login.recover()
    login.tell("rerun_fws", "-i", "4")
    login.job(login.submit(4))
    login.recover()


def lose_database(login: Login) -> None:
    """The file is gone; a new, empty LaunchPad is in its place."""
    login.pad.close()
    for path in login.folder.glob("launchpad.db*"):
        path.unlink()
    login.pad = LaunchPad(f"sqlite:///{login.folder}/launchpad.db", create=True)


def told(login: Login, fw_id: int) -> dict[str, Any]:
    """What ``lpad`` tells of a Firework, without times of notes."""
    document: dict[str, Any] = json.loads(login.tell("get_fws", "-i", str(fw_id), "-d", "all"))
    document.pop("updated_on")
    for launch in [*document["launches"], *document.get("archived_launches", [])]:
        for name in ("state_history", "reservation_id"):  # the batch system's words are not in the files
            launch.pop(name, None)
    return document


def test_a_launchpad_is_made_anew(login: Login) -> None:
    campaign(login)
    assert [login.state(n) for n in (1, 2, 3, 4)] == ["COMPLETED", "FIZZLED", "WAITING", "COMPLETED"]
    before, identity = {n: told(login, n) for n in (1, 2, 4)}, login.pad.launchpad_id()
    lose_database(login)
    done = login.lpad("fsck", "--rebuild", ".")
    assert done.returncode == 0, done.stderr
    assert "has 3 Firework(s) in 1 Workflow(s) again, from 4 launch(es)" in done.stdout
    assert login.pad.launchpad_id() == identity
    assert {n: told(login, n) for n in (1, 2, 4)} == before
    [workflow] = json.loads(f"[{login.tell('get_wflows', '-d', 'all')}]")
    assert workflow["name"].startswith("campaign")
    assert fsck(login, code=0) == []
    assert "fills an empty LaunchPad only" in login.refuse("fsck", "--rebuild", ".")
    login.add(fw(-1, shell("true")))
    assert login.state(5) == "READY"


def test_jobs_under_way_report_to_the_new_one(login: Login) -> None:
    fws = [fw(1, shell("true")), fw(2, shell("true"))]
    login.add(*fws, links=chain(*fws))
    place = login.submit(1)
    lose_database(login)
    login.tell("fsck", "--rebuild", ".")
    assert login.state(1) == "RESERVED"
    login.job(place)
    login.recover()
    assert login.state(1) == "COMPLETED"


def test_what_cannot_be_made_of_nothing(login: Login) -> None:
    assert "No launch directory of a LaunchPad" in login.refuse("fsck", "--rebuild", ".")
    assert "There is no folder nowhere" in login.refuse("fsck", "--rebuild", "nowhere")
    login.add(fw(-1, shell("true")))
    login.submit(1)
    other = Login(login.folder / "other")
    other.add(fw(-1, shell("true")))
    other.submit(1, other.folder / "place")
    other.pad.close()
    lose_database(login)
    assert "several LaunchPads" in login.refuse("fsck", "--rebuild", ".")
