"""The examples of docs/howto/fireworks.md, as they stand."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.login import Login

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "fireworks.md"
PATIENCE_S = 300


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


def example(number: int) -> str:
    indented = re.findall(r"^( *)```python\n(.*?)^\1```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    indent, text = indented[number]
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


def run(login: Login, program: str) -> str:
    (login.folder / "example.py").write_text(program)
    process = login.start(sys.executable, "example.py")
    stdout, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, stderr
    return stdout


def test_one_line_switches_the_names_on(login: Login) -> None:
    program = 'launchpad = LaunchPad.auto_load()\nlaunchpad.add_wf(Firework(ScriptTask.from_str("true")))\n'
    run(login, f'{example(0)}{program}rapidfire(launchpad, strm_lvl="CRITICAL")\n')
    assert login.state(1) == "COMPLETED"


def test_looking_into_the_database(login: Login) -> None:
    login.add({"fw_id": 1, "name": "wrong", "spec": {"_tasks": [{"_fw_name": "ScriptTask", "script": "false"}]}})
    assert login.run("rlaunch", "singleshot").returncode == 0
    told = run(login, example(1))
    assert told.startswith("wrong {'launch_dir': '")
    assert "ScriptTask fizzled" in told


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_S)
def test_jobflow(login: Login) -> None:
    run(login, example(2))
    assert len(login.pad.get_wf_dict_by_fw_id(1)["fws"]) == 2
    assert (
        login.pad.get_fw_dict_by_id(1)["spec"]["_tasks"][0]["_fw_name"] == "{{jobflow.managers.fireworks.JobFiretask}}"
    )
