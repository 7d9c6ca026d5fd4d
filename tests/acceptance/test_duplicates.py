"""Duplicates as commands meet them: offline, and with several workers at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.launching import shell
from tests.login import Login, chain, fw

if TYPE_CHECKING:
    from collections.abc import Iterator

EXACT = {"_dupefinder": {"_fw_name": "DupeFinderExact"}}


@pytest.fixture
def login(tmp_path: Path) -> Iterator[Login]:
    login = Login(tmp_path / "login")
    yield login
    login.pad.close()


def add_twins(login: Login, number: int) -> None:
    for _ in range(number):
        fws = [fw(-2, shell("echo x >> ran"), **EXACT), fw(-1, shell("true"), name="child")]
        login.add(*fws, links=chain(*fws))


def test_offline_they_wait_for_one_result(login: Login) -> None:
    add_twins(login, 3)
    place = login.submit(1)
    assert login.pad.run_exists() is False
    assert [login.state(i) for i in (1, 3, 5)] == ["RESERVED"] * 3
    assert login.get("get_fws", "-i", "3", "-d", "more")["state"] == "RESERVED"
    assert "it is a duplicate and shares launch 1 of Firework 1" in login.tell("why", "3")
    login.job(place)
    login.recover()
    assert [login.state(i) for i in range(1, 7)] == ["COMPLETED", "READY"] * 3
    assert (place / "ran").read_text() == "x\n"
    login.pad.close()
    assert login.tell("get_launchdir", "5").strip() == str(place)


def test_workers_at_once_run_it_once(login: Login) -> None:
    add_twins(login, 6)
    login.pad.close()
    workers = [login.start("rlaunch", "rapidfire", "--sleep", "1", stdin=None) for _ in range(3)]
    for worker in workers:
        _, stderr = worker.communicate(timeout=300)
        assert worker.returncode == 0, stderr
    assert [login.state(i) for i in range(1, 13)] == ["COMPLETED"] * 12
    ran = list(Path(login.folder).glob("launcher_*/ran"))
    assert len(ran) == 1
    assert os.path.getsize(ran[0]) == 2
    assert len(login.pad.get_launch_ids()) == 7


def test_a_finder_that_only_the_login_node_has(login: Login) -> None:
    (login.folder / "finders.py").write_text(
        "from longfuse import explicit_serialize\n"
        "from longfuse.domain.dupefinder import DupeFinderBase\n"
        "@explicit_serialize\n"
        "class All(DupeFinderBase):\n"
        "    def query(self, spec):\n"
        "        return {'spec.x': spec['x']}\n"
    )
    for n in range(2):
        login.add(fw(-1, shell("true"), x=1, n=n, _dupefinder={"_fw_name": "{{finders.All}}"}))
    place = login.submit(1)
    login.job(place)
    login.recover()
    done = login.run("bash", "-c", "PYTHONPATH=$PWD:$PYTHONPATH rlaunch singleshot")
    assert "Duplicate found! fwids 2 and 1" in done.stderr
    assert [login.state(1), login.state(2)] == ["COMPLETED", "COMPLETED"]
