"""Runs an example of ``examples/`` as its README tells, and compares what is shown there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.login import Login

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run_example(login: Login, name: str) -> str:
    """Type every command of the README in a copy of its folder; each has to succeed.

    Returns:
        All that the commands said.
    """
    login.pad.close()
    shutil.copytree(EXAMPLES / name, login.folder, dirs_exist_ok=True)
    for made in ("my_launchpad.yaml", "launchpad.db"):
        (login.folder / made).unlink()
    said = ""
    for block in re.findall(r"```console\n(.*?)```", (EXAMPLES / name / "README.md").read_text(), re.DOTALL):
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            done = login.run("bash", "-c", command)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            said += done.stdout + done.stderr
            assert not shown or done.stdout == shown, command
    return said
