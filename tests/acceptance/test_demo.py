"""`make demo` does what it shows: every job ran without the database, and the results came home."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environ(home: Path) -> dict[str, str]:
    return {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8", "COLUMNS": "200"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it runs; an earlier run has left something there."""
    folder = tmp_path_factory.mktemp("a demo") / "run"
    folder.mkdir()
    (folder / "mine").write_text("a user's own file")
    return folder


@pytest.fixture(scope="module")
def shown(folder: Path, environ: dict[str, str]) -> str:
    """What the demonstration printed."""
    argv = [sys.executable, str(ROOT / "demo" / "demo.py"), str(folder)]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def call(folder: Path, environ: dict[str, str], *argv: str) -> str:
    """A command, which has to succeed; what it prints."""
    done = subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fireworks(folder: Path, environ: dict[str, str]) -> dict[str, dict]:
    return {
        firework["name"]: firework for firework in json.loads(call(folder, environ, "lpad", "get_fws", "-d", "all"))
    }


def entered(launch: dict, state: str) -> str:
    """When a launch came into a state."""
    return next(entry["created_on"] for entry in launch["state_history"] if entry["state"] == state)


def test_all_complete_and_d_sums_up_what_b_and_c_computed(shown: str, folder: Path, environ: dict[str, str]):
    found = fireworks(folder, environ)
    assert {name: firework["state"] for name, firework in found.items()} == dict.fromkeys("ABCD", "COMPLETED")
    stored = {name: firework["launches"][-1]["action"]["stored_data"] for name, firework in found.items()}
    assert stored["A"]["numbers"] == [3, 5, 8]
    assert stored["B"]["total"] == 16
    assert stored["C"]["product"] == 120
    assert stored["D"]["total_and_product"] == 136
    assert found["D"]["spec"]["total"] == 16
    assert {data["stdout"] for data in stored.values()} == {"no database in sight\n"}


def test_jobs_ran_in_waves_each_from_its_own_directory(shown: str, folder: Path, environ: dict[str, str]):
    launches = {name: firework["launches"][-1] for name, firework in fireworks(folder, environ).items()}
    assert len({launch["launch_dir"] for launch in launches.values()}) == 4
    assert all(Path(launch["launch_dir"], "FW_action.json").is_file() for launch in launches.values())
    start = {name: entered(launch, "RUNNING") for name, launch in launches.items()}
    end = {name: entered(launch, "COMPLETED") for name, launch in launches.items()}
    assert end["A"] < min(start["B"], start["C"])
    assert max(end["B"], end["C"]) < start["D"]


def test_it_echoes_the_commands_and_shows_the_table(shown: str):
    for command in (
        "$ lpad reset",
        "$ lpad add workflow.yaml",
        "$ qlaunch -r rapidfire",
        "$ mv database database.away",
        "$ lpad get_fws",
        "$ mv database.away database",
        "$ lpad recover_offline",
    ):
        assert command in shown
    table = shown[shown.index("What the LaunchPad knows now") :]
    assert "total_and_product: 136" in table
    assert table.count("COMPLETED") == 4


def test_the_folder_can_be_played_with(shown: str, folder: Path, environ: dict[str, str], tmp_path: Path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    call(copy, environ, "lpad", "add_scripts", "hostname")
    call(copy, environ, "lpad", "rerun_fws", "-n", "B")
    states = {name: firework["state"] for name, firework in fireworks(copy, environ).items() if name in "ABCD"}
    assert states == {"A": "COMPLETED", "B": "READY", "C": "COMPLETED", "D": "WAITING"}


def test_nothing_is_left_elsewhere(shown: str, home: Path):
    assert list(home.iterdir()) == []


def test_a_folder_that_was_there_is_moved_aside(shown: str, folder: Path):
    assert (folder.with_name("run-1") / "mine").read_text() == "a user's own file"
    assert not (folder / "mine").exists()
