"""Every folder of ``examples/`` runs as its README tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.examples import EXAMPLES, run_example
from tests.launching import wait_until
from tests.login import Login

if TYPE_CHECKING:
    from pathlib import Path

JOBS = ("python", "-m", "longfuse.queue.local_spool", "status")


@pytest.mark.parametrize("name", sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
def test_the_example_runs(tmp_path: Path, name: str) -> None:
    login = Login(tmp_path / "login")
    try:
        run_example(login, name)
    finally:
        wait_until(lambda: '"RUNNING"' not in login.run(*JOBS).stdout, "the local queue to be empty")
