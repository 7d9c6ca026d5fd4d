"""Each test of a Firetask has a folder of its own to run in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory; its name holds what shells and programs stumble over."""
    folder = tmp_path / 'a "launch" [1] $x\'s'
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
