"""The commands on a LaunchPad in PostgreSQL: the walk-through, many workers, a server that restarts meanwhile."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests import postgres
from tests.launching import shell, wait_until
from tests.login import Login, fw

from longfuse.domain.states import State
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORKERS = 16


class PostgresLogin(Login):
    """A login node whose LaunchPad is in a database."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.pad.close()
        (folder / "my_launchpad.yaml").write_text(f"url: {url}\n")
        self.pad = LaunchPad(url, create=True)


@pytest.fixture
def login(tmp_path: Path, postgres_server: postgres.Server) -> Iterator[PostgresLogin]:
    url = postgres_server.new_database()
    made = PostgresLogin(tmp_path / "login node", url)
    with closing(made.pad):
        yield made
    postgres_server.drop(url)


def test_the_walk_through(login: PostgresLogin) -> None:
    login.tell("reset", "--password", login.run("date", "+%F").stdout.strip())
    (login.folder / "fw.yaml").write_text("spec:\n  _tasks:\n  - {_fw_name: ScriptTask, script: echo hello}\n")
    login.tell("add", "fw.yaml")
    login.tell("add", "fw.yaml")
    assert login.run("rlaunch", "-s", "singleshot").returncode == 0
    assert login.state(1) == "COMPLETED"
    (login.folder / "my_qadapter.yaml").write_text(
        "_fw_name: CommonAdapter\n_fw_q_type: LOCAL\nrocket_launch: rlaunch singleshot --offline\n"
    )
    done = login.run("qlaunch", "-r", "rapidfire")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: login.tell("recover_offline") is not None and login.state(2) == "COMPLETED", "it ran")
    assert login.tell("get_fws", "-s", "COMPLETED", "-d", "count").strip() == "2"
    for words in (("doctor",), ("status",), ("admin", "tuneup"), ("fsck",), ("version",)):
        login.lpad(*words)


def test_many_workers_get_each_firework_once_although_the_server_restarts(tmp_path: Path) -> None:
    with postgres.running(durable=True) as server:
        login = PostgresLogin(tmp_path / "login node", server.new_database())
        with closing(login.pad):
            for n in range(40):
                login.add(fw(1, shell(f"echo {n} >> ../ran")), fw(2, shell(f"echo {n}b >> ../ran")), links={"1": [2]})
            login.pad.close()
            workers = [login.start("rlaunch", "-s", "rapidfire", "--sleep", "1") for _ in range(WORKERS)]
            try:
                wait_until((login.folder / "ran").exists, "a rocket flies")
                server.stop("immediate")
                server.start()
                for worker in workers:
                    _, said = worker.communicate(timeout=250)
                    assert "Traceback" not in said, said
            finally:
                for worker in workers:
                    worker.kill()
                    worker.wait()
            login.lpad("recover_offline")
            counts = login.pad.get_state_counts()
    ran = Counter((login.folder / "ran").read_text().split())
    assert ran == dict.fromkeys([f"{n}{part}" for n in range(40) for part in ("", "b")], 1)
    assert counts == {State.COMPLETED: 80}


@pytest.mark.parametrize("command", ["get_fws", "get_wflows", "status", "recover_offline", "doctor"])
def test_a_server_that_is_down_is_one_clear_error(tmp_path: Path, command: str) -> None:
    login = Login(tmp_path / "login node")
    (login.folder / "my_launchpad.yaml").write_text("url: postgresql://me:secret@127.0.0.1:1/pad\n")
    done = login.lpad(command)
    assert done.returncode != 0
    assert "cannot be reached now" in done.stderr + done.stdout
    assert "secret" not in done.stderr + done.stdout
