"""One command that is left running: it submits, recovers and submits again, whatever happens to it or its database."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.launching import shell, wait_until
from tests.login import Login, fw, let_time_pass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QADAPTER = """\
_fw_name: CommonAdapter
_fw_q_type: local
rocket_launch: rlaunch singleshot --offline
"""

CAMPAIGN = ("qlaunch", "-r", "rapidfire", "--nlaunches", "infinite", "--sleep", "0.3")
WATCH = ("lpad", "recover_offline", "-w", "", "--watch", "--interval", "0.3")


class Site(Login):
    """With the local queue, and commands that are ended with the test."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "my_qadapter.yaml").write_text(QADAPTER)
        self.running: list[subprocess.Popen[str]] = []

    def leave(self, *argv: str) -> subprocess.Popen[str]:
        """Start a command and leave it running; what it prints goes to a file."""
        with (self.folder.parent / f"left-{len(self.running)}.log").open("w") as told:
            self.running.append(self.start(*argv, stdout=told, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL))
        return self.running[-1]

    def told(self, number: int = -1) -> str:
        """What a command that was left running has printed."""
        number %= len(self.running)
        return (self.folder.parent / f"left-{number}.log").read_text()

    def diamonds(self, count: int) -> None:
        """Workflows in which 2 and 3 wait for 1, and 4 for both; each Firework notes that it ran."""
        note = shell(f"echo ran >> {self.folder.parent}/ran")
        for _ in range(count):
            self.add(*(fw(n, note) for n in (1, 2, 3, 4)), links={"1": [2, 3], "2": [4], "3": [4]})

    @property
    def runs(self) -> int:
        """How often a Firework ran."""
        path = self.folder.parent / "ran"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def states(self) -> dict[str, int]:
        return {str(state): count for state, count in self.pad.get_state_counts().items() if count}

    def wait_for(self, **states: int) -> None:
        try:
            wait_until(lambda: self.states() == states, f"the states {states}", 200)
        except AssertionError as error:
            raise AssertionError(f"{error}; they are {self.states()}; {self.told()}") from None


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "login")
    yield site
    for process in site.running:
        if process.poll() is None:
            process.kill()
        process.wait(60)


def test_one_command_runs_a_whole_workflow(site: Site) -> None:
    site.diamonds(1)
    process = site.leave(*CAMPAIGN)
    site.wait_for(COMPLETED=4)
    assert site.runs == 4
    site.diamonds(1)  # and what is added meanwhile
    site.wait_for(COMPLETED=8)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) != 0
    assert "Traceback" not in site.told()


@pytest.mark.timeout(300)
def test_killed_and_started_again_it_goes_on(site: Site) -> None:
    site.diamonds(2)
    deaths = 0
    while site.states() != {"COMPLETED": 8} and deaths < 12:
        process = site.leave(*CAMPAIGN)
        time.sleep(1.5 + deaths % 4)
        process.kill()
        process.wait(60)
        deaths += 1
    assert deaths
    site.pad.close()
    let_time_pass(site.folder / "launchpad.db")  # one may have died before it submitted what it had reserved
    site.leave(*CAMPAIGN)
    site.wait_for(COMPLETED=8)
    assert site.runs == 8


def test_two_at_once_do_no_harm(site: Site) -> None:
    site.diamonds(3)
    site.leave(*CAMPAIGN)
    site.leave(*CAMPAIGN)
    site.leave(*WATCH)
    site.wait_for(COMPLETED=12)
    assert site.runs == 12


def test_a_database_that_goes_away_and_comes_back(site: Site) -> None:
    site.diamonds(1)
    database, away = site.folder / "launchpad.db", site.folder / "launchpad.db.away"
    site.leave(*CAMPAIGN)
    wait_until(lambda: site.runs >= 1, "the first job")
    site.pad.close()
    os.rename(database, away)
    wait_until(lambda: "trying again" in site.told(), "the campaign to notice")
    assert site.running[-1].poll() is None
    os.rename(away, database)
    site.wait_for(COMPLETED=4)
    assert site.runs == 4


def test_the_watch_tells_what_happens_and_ends_with_ctrl_c(site: Site) -> None:
    site.diamonds(1)
    process = site.leave(*WATCH)
    assert site.run("qlaunch", "-r", "rapidfire").returncode == 0
    wait_until(lambda: "completed" in site.told(), "the first completion")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    lines = [line for line in site.told().splitlines() if "completed" in line]
    assert len(lines) == 1
    assert "fw_id 1 (f): completed" in lines[0]
    assert site.states() == {"COMPLETED": 1, "READY": 2, "WAITING": 1}
