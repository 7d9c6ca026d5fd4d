"""The examples of Trackers and background tasks run as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.examples import run_example
from tests.launching import wait_until
from tests.login import Login

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["trackers", "background"])
def test_the_example_runs(tmp_path: Path, name: str) -> None:
    login = Login(tmp_path / "login")
    said = run_example(login, name)
    assert "fw_id 1" in said
    jobs = ("python", "-m", "longfuse.queue.local_spool", "status")
    wait_until(lambda: '"RUNNING"' not in login.run(*jobs).stdout, "the local queue to be empty")
