"""The distribution in ``compat/``: built, installed beside nothing but Longfuse, and used by an unmodified program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.login import Login

SOURCE = Path(__file__).parents[2] / "compat"

PROGRAM = """
import fireworks
from fireworks import Firework, FWorker, LaunchPad, ScriptTask, Workflow
from fireworks.core.rocket_launcher import rapidfire
from fireworks.user_objects.firetasks.script_task import PyTask
from fw_tutorials.dynamic_wf.fibadder_task import FibonacciAdderTask

launchpad = LaunchPad.auto_load()
launchpad.reset("", require_password=False)
one = Firework(ScriptTask.from_str("echo one"), name="one")
two = Firework(PyTask(func="math.sqrt", args=[4], outputs=["root"]), name="two", parents=[one])
three = Firework([FibonacciAdderTask()], {"smaller": 0, "larger": 1, "stop_point": 4}, parents=[two])
launchpad.add_wf(Workflow([one, two, three], name="theirs"))
rapidfire(launchpad, FWorker(), strm_lvl="CRITICAL")
workflow = launchpad.get_wf_by_fw_id_lzyfw(3)
print(workflow.state, len(workflow.fws), fireworks.__file__)
print(launchpad.fireworks.find_one({"name": "two"}, {"fw_id": 1, "state": 1, "_id": 0}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the distribution, as pip installs it."""
    place = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--disable-pip-version-check", "--target", str(place), str(SOURCE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return place


def test_an_unmodified_program(installed: Path, tmp_path: Path) -> None:
    login = Login(tmp_path / "login node")
    (login.folder / "theirs.py").write_text(PROGRAM)
    program = f"import sys; sys.path.insert(0, {str(installed)!r}); import runpy; runpy.run_path('theirs.py')"
    done = login.run(sys.executable, "-W", "error", "-c", program)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-2].startswith("COMPLETED 6 ")
    assert lines[-2].endswith("longfuse/compat/fireworks/__init__.py")
    assert lines[-1] == "{'fw_id': 2, 'state': 'COMPLETED'}"


def test_it_is_names_and_nothing_else(installed: Path) -> None:
    found = {path.relative_to(installed).as_posix() for path in installed.rglob("*.py")}
    assert found == {"fireworks/__init__.py", "fw_tutorials/__init__.py"}
    assert not (installed / "bin").exists()
