"""``rlaunch multi`` and ``mlaunch``: several processes that share a LaunchPad and directories, and nothing else."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from pathlib import Path

import pytest
from tests.launching import call, shell, wait_until
from tests.login import Login, chain, fw

from longfuse.errors import InputError
from longfuse.launchers.packing import read_nodes, split_node_lists, workers

TELL = "echo $LONGFUSE_PROCESS $LONGFUSE_NODE_LIST $LONGFUSE_SUB_NPROCS"


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login")


def bag(login: Login, count: int, script: str) -> None:
    """So many Fireworks that depend on nothing."""
    login.add(*(fw(n, shell(script)) for n in range(1, count + 1)))


def stored(login: Login) -> list[dict[str, object]]:
    found = login.get("get_fws", "-s", "COMPLETED", "-d", "more")
    found = found if isinstance(found, list) else [found]
    return [document["launches"][-1]["action"]["stored_data"] for document in found]


def states(login: Login) -> dict[str, int]:
    return {str(state): count for state, count in login.pad.get_state_counts().items() if count}


def test_each_firework_runs_once_whoever_takes_it(login: Login, tmp_path: Path) -> None:
    """Many small ones, so that the processes meet at the LaunchPad all the time."""
    count = 120
    login.add(*(fw(n, shell(f"echo {n} >> {tmp_path}/ran")) for n in range(1, count + 1)))
    done = login.run("rlaunch", "-s", "multi", "4")
    assert done.returncode == 0, done.stderr
    assert states(login) == {"COMPLETED": count}
    assert Counter((tmp_path / "ran").read_text().split()) == {str(n): 1 for n in range(1, count + 1)}
    names = {str(data["multiprocess_name"]) for data in stored(login)}
    assert names <= {"Process-1", "Process-2", "Process-3", "Process-4"}
    assert len(names) > 1


def test_processes_wait_for_one_another_s_work(login: Login) -> None:
    """One runs what the other waits for; none gives up as long as work is to be expected."""
    first, second = fw(1, shell("sleep 1")), fw(2, shell("true"))
    login.add(first, second, links=chain(first, second))
    done = login.run("rlaunch", "multi", "2", "--sleep", "0.2")
    assert done.returncode == 0, done.stderr
    assert states(login) == {"COMPLETED": 2}
    begun = re.findall(r"Process-[12] .*RUNNING fw_id: (\d+)", done.stderr)
    assert begun == ["1", "2"], done.stderr


def test_so_many_each(login: Login) -> None:
    bag(login, 5, "true")
    assert login.run("mlaunch", "-s", "2", "--nlaunches", "2").returncode == 0
    assert states(login) == {"COMPLETED": 4, "READY": 1}


def test_nodes_are_shared_out(login: Login, tmp_path: Path) -> None:
    (tmp_path / "nodes").write_text("n2\nn1\nn1\nn3\nn4\n")
    bag(login, 6, f"{TELL}; sleep 0.3")
    for task in login.pad.get_fw_ids({}):
        login.pad.update_spec([task], {"_tasks": [shell(f"{TELL}; sleep 0.3", store_stdout=True)]})
    done = login.run("rlaunch", "-s", "multi", "2", "--nodefile", str(tmp_path / "nodes"), "--ppn", "8")
    assert done.returncode == 0, done.stderr
    assert {str(data["stdout"]) for data in stored(login)} <= {"Process-1 n1,n2 16\n", "Process-2 n3,n4 16\n"}


def test_the_name_is_not_noted_if_nobody_wants_it(login: Login) -> None:
    (login.folder / "FW_config.yaml").write_text("STORE_PACKING_INFO: false\n")
    bag(login, 1, "true")
    assert login.run("rlaunch", "-s", "multi", "1").returncode == 0
    assert "multiprocess_name" not in stored(login)[0]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_of_them_in_order(login: Login, signum: int) -> None:
    bag(login, 2, "touch begun; sleep 600")
    process = login.start("rlaunch", "multi", "2")
    wait_until(lambda: len(list(login.folder.glob("launcher_*/begun"))) == 2, "both to begin")
    process.send_signal(signum)
    process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert states(login) == {"FIZZLED": 2}  # each has its final record, and it is in the LaunchPad
    for place in login.folder.glob("launcher_*"):
        assert json.loads((place / "FW_action.json").read_text())["signal"]


def test_one_that_dies_takes_nobody_along(login: Login) -> None:
    deadly = fw(1, shell("kill -9 $(awk '{print $4}' /proc/$PPID/stat)"), name="deadly", _priority=9)
    login.add(deadly)  # it shoots the process that looks after it, and completes
    bag(login, 6, "sleep 0.2")
    done = login.run("rlaunch", "multi", "2")
    assert done.returncode == 137
    assert states(login) == {"COMPLETED": 6, "RUNNING": 1}
    assert "ended with exit code -9" in done.stderr
    wait_until(lambda: len(list(login.folder.glob("launcher_*/FW_action.json"))) == 7, "the last word of the task")
    login.recover()
    assert states(login) == {"COMPLETED": 7}


def test_from_python(login: Login) -> None:
    bag(login, 3, "true")
    program = login.folder / "pack.py"
    program.write_text(
        "from longfuse import FWorker, LaunchPad\n"
        "from longfuse.compat.fireworks.features.multi_launcher import launch_multiprocess\n"
        f"pad = LaunchPad('sqlite:///{login.folder}/launchpad.db')\n"
        "raise SystemExit(launch_multiprocess(pad, FWorker(), 'ERROR', 0, 2, None))\n"
    )
    done = login.run("python", str(program))
    assert done.returncode == 0, done.stderr
    assert states(login) == {"COMPLETED": 3}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("multi", "0"), "is no number of processes"),
        (("multi", "2", "--nodefile", "nowhere"), "Cannot read the node file nowhere: No such file or directory"),
        (("-l", "nowhere.yaml", "multi", "2"), "nowhere.yaml"),
    ],
)
def test_what_cannot_be_is_told_before_anything_starts(login: Login, words: tuple[str, ...], expected: str) -> None:
    done = login.run("rlaunch", *words)
    assert done.returncode != 0
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 2


def test_a_task_that_fails_is_no_failure_of_the_pack(login: Login) -> None:
    login.add(fw(1, call("fail", "oh")))
    assert login.run("rlaunch", "-s", "multi", "2").returncode == 0
    assert states(login) == {"FIZZLED": 1}


def test_shares() -> None:
    assert split_node_lists(2, ["b", "a", "b", "c", "d"], 4) == ([["a", "b"], ["c", "d"]], [8, 8])
    with pytest.raises(InputError, match="3 nodes cannot be shared out evenly among 2"):
        workers(2, ["a", "b", "c"])
    assert workers(1)[0].environ({"A": "1"}) == {
        "A": "1",
        "LONGFUSE_PROCESS": "Process-1",
        "LONGFUSE_STORED_PROCESS": "Process-1",
    }


def test_node_files(tmp_path: Path) -> None:
    path = tmp_path / "nodes"
    path.write_text("\nlogin.cluster\n n1 \n")
    assert read_nodes(str(path), {}) == ["login.cluster", "n1"]
    assert read_nodes("PBS_NODEFILE", {"PBS_NODEFILE": str(path)}, without="login") == ["n1"]
    path.write_text("login\n")
    with pytest.raises(InputError, match="names no node but login"):
        read_nodes(str(path), os.environ, without="login.cluster")
