"""``lpad`` called as a function, in a folder of its own."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.login import Login

from longfuse.cli.lpad import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Desk:
    """A folder with a LaunchPad, and the command."""

    def __init__(self, login: Login, capsys: pytest.CaptureFixture[str]) -> None:
        self.login = login
        self.pad = login.pad
        self.folder = login.folder
        self._capsys = capsys

    def call(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        self._capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as end:  # argparse ends the command by itself
            code = int(end.code or 0)
        told = self._capsys.readouterr()
        return code, told.out, told.err

    def tell(self, *words: str) -> str:
        """What it prints; it has to succeed."""
        code, out, err = self.call(*words)
        assert code == 0, err
        return out

    def get(self, *words: str) -> Any:
        """What it prints as JSON."""
        return json.loads(self.tell(*words))

    def refuse(self, *words: str, code: int = 1) -> str:
        """The one line with which it fails."""
        ended, out, err = self.call(*words)
        assert (ended, out, err.count("\n")) == (code, "", 1), (ended, out, err)
        return err.strip()


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    login = Login(tmp_path / "login node")
    monkeypatch.chdir(login.folder)
    monkeypatch.setenv("HOME", str(login.home))
    logger = logging.getLogger("longfuse")
    before = logger.handlers[:], logger.propagate, logger.level
    yield Desk(login, capsys)
    login.pad.close()
    logger.handlers[:], logger.propagate = before[:2]
    logger.setLevel(before[2])
