"""The example of duplicates runs as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.login import Login

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "duplicates"


def test_the_example_runs(tmp_path: Path) -> None:
    login = Login(tmp_path / "login")
    login.pad.close()
    shutil.copytree(EXAMPLE, login.folder, dirs_exist_ok=True)
    for line in ("my_launchpad.yaml", "launchpad.db"):
        (login.folder / line).unlink()
    said = ""
    for block in re.findall(r"```console\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL):
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            done = login.run("bash", "-c", command)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            said += done.stdout + done.stderr
            assert not shown or done.stdout == shown, command
    assert "Duplicate found! fwids 3 and 1" in said
    assert "Also rerunning duplicate fw_id: 3" in said
