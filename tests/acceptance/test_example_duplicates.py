"""The example of duplicates runs as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.examples import run_example
from tests.login import Login

if TYPE_CHECKING:
    from pathlib import Path


def test_the_example_runs(tmp_path: Path) -> None:
    said = run_example(Login(tmp_path / "login"), "duplicates")
    assert "Duplicate found! fwids 3 and 1" in said
    assert "Also rerunning duplicate fw_id: 3" in said
