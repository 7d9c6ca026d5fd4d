"""Launch directories that were moved, copied or purged."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.launching import shell
from tests.login import Login, fw

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login")


def submitted(login: Login, count: int = 1) -> list[Path]:
    """Launch directories of READY Fireworks, the jobs of which have not begun."""
    for number in range(count):
        login.add(fw(1, shell("echo hello"), name=f"f{number}"))
    ids = sorted(login.pad.get_fw_ids({"state": "READY"}))
    return [login.submit(fw_id) for fw_id in ids]


def test_moved_before_and_after_it_ran(login: Login, tmp_path: Path) -> None:
    before, after = submitted(login, 2)
    archive = tmp_path / "archive"
    login.job(after)
    shutil.move(before, archive / "deep" / "before")
    shutil.move(after, archive / "after")
    assert "the launch directory" in login.recover(1)
    told = login.tell("recover_offline", "--search", str(archive))
    assert f"fw_id 1: found in {archive}/deep/before (was {before})" in told
    assert f"fw_id 2: found in {archive}/after (was {after})" in told
    assert "2 launch(es) found, 2 moved" in told
    assert (login.state(1), login.state(2)) == ("RESERVED", "COMPLETED")
    login.job(archive / "deep" / "before")
    login.recover()
    assert login.state(1) == "COMPLETED"
    assert login.tell("get_launchdir", "1").strip() == f"{archive}/deep/before"


def test_a_copy_moves_nothing(login: Login, tmp_path: Path) -> None:
    [place] = submitted(login)
    shutil.copytree(place, tmp_path / "backup" / "copy")
    assert "1 launch(es) found, 0 moved" in login.tell("recover_offline", "--search", str(tmp_path / "backup"))
    assert login.tell("get_launchdir", "1").strip() == str(place)


def test_of_two_copies_the_one_that_ran_counts(login: Login, tmp_path: Path) -> None:
    [place] = submitted(login)
    shutil.copytree(place, tmp_path / "a" / "ran")
    login.job(tmp_path / "a" / "ran")
    shutil.move(place, tmp_path / "a" / "younger")
    (tmp_path / "a" / "younger" / "FW_offline.json").touch()
    login.tell("recover_offline", "--search", str(tmp_path / "a"))
    assert login.state(1) == "COMPLETED"
    assert login.tell("get_launchdir", "1").strip() == str(tmp_path / "a" / "ran")


def test_what_is_of_another_launchpad_is_left_alone(login: Login, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    other = Login(tmp_path / "there" / "login")
    submitted(other)
    [place] = submitted(login)
    ticket = json.loads((place / "FW_offline.json").read_text())
    forged = tmp_path / "there" / "forged"
    forged.mkdir()
    (forged / "FW_offline.json").write_text(json.dumps({**ticket, "token": "0" * 32}))
    shutil.move(place, tmp_path / "gone")
    told = login.lpad("recover_offline", "--search", str(tmp_path / "there")).stdout
    assert "0 launch(es) found, 2 of other LaunchPads, 0 moved" in told


def test_roots_and_files_that_cannot_be_read(login: Login, tmp_path: Path) -> None:
    assert "There is no folder nowhere to search in" in login.refuse("recover_offline", "--search", "nowhere")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "FW_offline.json").write_text("{")
    done = login.lpad("recover_offline", "--search", str(tmp_path / "torn"))
    assert done.returncode == 0
    assert "torn/FW_offline.json" in done.stderr


def test_purged_ones_are_declared_lost_and_a_late_result_counts(login: Login, tmp_path: Path) -> None:
    places = submitted(login, 3)
    login.job(places[0])
    shutil.move(places[0], tmp_path / "away")
    shutil.rmtree(places[1])
    assert login.tell("recover_offline", "--lost", "-i", "1,2") == "2 job(s) declared lost: [1, 2]\n"
    assert [login.state(n) for n in (1, 2, 3)] == ["FIZZLED", "FIZZLED", "RESERVED"]
    launch = login.get("get_fws", "-i", "2", "-d", "more")["launches"][-1]
    assert (launch["cause"], launch["reason"]) == ("LOST", "declared lost by hand: its launch directory is gone")
    shutil.move(tmp_path / "away", places[0])
    login.recover(1)
    assert login.state(1) == "COMPLETED"


def test_what_cannot_be_declared_lost(login: Login) -> None:
    [place] = submitted(login)
    login.job(place)
    login.recover()
    assert "--lost needs the Fireworks" in login.refuse("recover_offline", "--lost")
    assert "No Firework exists with id: 9; nothing was changed" in login.refuse("recover_offline", "--lost", "-i", "9")
    done = login.lpad("recover_offline", "--lost", "-i", "1")
    assert (done.returncode, login.state(1)) == (1, "COMPLETED")


def test_only_some(login: Login) -> None:
    for place in submitted(login, 2):
        login.job(place)
    assert "1 job(s) recovered: [2]" in login.tell("recover_offline", "-i", "2")
    assert (login.state(1), login.state(2)) == ("RESERVED", "COMPLETED")
    assert "1 job(s) recovered: [1]" in login.tell("recover_offline", "-i")
