"""Every folder of ``examples/`` runs as its README tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.examples import EXAMPLES, run_example
from tests.launching import wait_until
from tests.login import Login

if TYPE_CHECKING:
    from pathlib import Path

NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())
JOBS = ("python", "-m", "longfuse.queue.local_spool", "status")


@pytest.mark.parametrize("name", NAMES)
def test_the_example_runs(tmp_path: Path, name: str) -> None:
    login = Login(tmp_path / "login")
    try:
        run_example(login, name)
    finally:
        wait_until(lambda: '"RUNNING"' not in login.run(*JOBS).stdout, "the local queue to be empty")


def test_the_list_of_examples_is_whole() -> None:
    listed = re.findall(r"^- \[(\w+)\]\(\1/README\.md\)", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = EXAMPLES / name / "README.md"
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        assert (page.parent / target).is_file(), target
