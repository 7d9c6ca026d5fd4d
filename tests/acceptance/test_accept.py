"""``lpad accept_result``: a result that came after its Firework was rerun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.launching import call, shell
from tests.login import Login, fw

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def login(tmp_path: Path) -> Login:
    login = Login(tmp_path / "login")
    login.add(fw(1, shell("echo early", store_stdout=True)), fw(2, shell("true")), links={"1": [2]})
    return login


def kept_aside(login: Login) -> None:
    """Firework 1 was rerun while its job waited; the job ran all the same."""
    place = login.submit(1, login.folder / "first")
    login.tell("rerun_fws", "-i", "1")
    login.job(place)
    told = login.recover()
    assert "kept aside" in told
    assert "`lpad accept_result 1` lets it count" in told
    assert login.state(1) == "READY"


def stored(login: Login) -> str:
    [launch] = login.get("get_fws", "-i", "1", "-d", "more")["launches"]
    return str(launch["action"]["stored_data"]["stdout"])


def test_it_counts_and_the_children_go_on(login: Login) -> None:
    kept_aside(login)
    assert "is kept aside" in login.tell("why", "1")
    assert login.tell("accept_result", "1") == "Firework 1 has the result of launch 1\n"
    assert (login.state(1), login.state(2)) == ("COMPLETED", "READY")
    assert stored(login) == "early\n"
    assert login.lpad("accept_result", "1").returncode == 1


def test_the_job_that_was_to_replace_it_runs_for_nothing(login: Login) -> None:
    kept_aside(login)
    second = login.submit(1, login.folder / "second")
    done = login.lpad("accept_result", "1", "-lid", "1")
    assert done.returncode == 0
    assert "cancel job job-2" in done.stderr
    login.job(second)
    assert "kept aside" in login.recover()
    assert (login.state(1), stored(login)) == ("COMPLETED", "early\n")


def test_a_firework_that_has_a_result_or_is_held_takes_no_other(login: Login) -> None:
    kept_aside(login)
    login.tell("defuse_fws", "-i", "1")
    assert "Firework 1 is DEFUSED, so it takes no other result" in login.refuse("accept_result", "1")
    login.tell("reignite_fws", "-i", "1")
    login.job(login.submit(1, login.folder / "second"))
    login.recover()
    assert "Firework 1 is COMPLETED" in login.refuse("accept_result", "1")
    assert login.state(1) == "COMPLETED"


def test_there_is_none(login: Login) -> None:
    assert "no earlier launch of it has a result" in login.refuse("accept_result", "1")
    assert "no launch 7 of it has a result" in login.refuse("accept_result", "1", "-lid", "7")
    assert "No Firework exists with id: 9" in login.refuse("accept_result", "9")


def test_one_that_fizzled_is_no_result(login: Login) -> None:
    login.add(fw(3, call("fail", "oh")))
    [fw_id] = login.pad.get_fw_ids({"name": "f", "state": "READY", "fw_id": {"$gt": 2}})
    place = login.submit(fw_id, login.folder / "bad")
    login.tell("rerun_fws", "-i", str(fw_id))
    login.job(place)
    login.recover()
    assert "has a result that was kept aside" in login.refuse("accept_result", str(fw_id))
