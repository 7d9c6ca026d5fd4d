"""Control: the firewall that the other tests rely on is one. The login side gets through, a job does not."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.cluster.standing import standing

if TYPE_CHECKING:
    from tests.cluster.standing import SlurmCluster

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-firewall"), pytest.mark.timeout(300)]


def test_the_login_side_reaches_the_database_server_and_a_job_does_not(slurm: SlurmCluster):
    with slurm.database_server() as doors:
        assert slurm.plan.address("login") in str(doors)
        assert set(slurm.knock(*doors, on_login=True).values()) == {"connected"}
        assert set(slurm.knock(*doors).values()) <= {"Connection refused", "Network is unreachable"}


def test_not_even_a_job_that_makes_itself_a_route(slurm: SlurmCluster):
    with slurm.database_server() as doors:
        route = f"ip route add default via {slurm.plan.address('ctl')} 2>/dev/null"
        knock = " ".join((sys.executable, f"{slurm.share}/knock.py", *doors))
        try:
            assert "connected" not in slurm.run(f"{route}\n{knock}", "-w", "node3")
        finally:
            slurm.order("node", "crash", "node3")
            slurm.order("node", "boot", "node3")


def test_the_databases_file_does_not_exist_for_a_job_and_cannot_be_made(slurm: SlurmCluster):
    path = slurm.hidden / "control.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table control (number)")
    doors = (f"file:{path}", f"sqlite:{path}", f"write:{slurm.hidden}")
    assert slurm.knock(*doors, on_login=True) == dict(zip(doors, ("exists", "opened", "written"), strict=True))
    met = slurm.knock(*doors)
    assert met[doors[0]] == "No such file or directory"
    assert met[doors[1]] == "unable to open database file"
    assert met[doors[2]] == "Read-only file system"


@pytest.mark.usefixtures("slurm")
def test_a_firewall_that_drops_lets_a_connection_hang():
    with standing("--nodes", "1", "--firewall", "drop") as dropping, dropping.database_server() as doors:
        assert set(dropping.knock(*doors, on_login=True).values()) == {"connected"}
        met = dropping.knock(*doors)
        loopback = {door for door in doors if door.startswith("tcp:127.")}
        assert {met[door] for door in loopback} == {"Connection refused"}
        assert {met[door] for door in set(doors) - loopback} == {"timed out"}
