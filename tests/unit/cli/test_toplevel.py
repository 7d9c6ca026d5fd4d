"""The outermost layer: how each way to end becomes a line and an exit code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import pytest

from longfuse.cli.toplevel import run
from longfuse.errors import AlreadyEndedError, AttemptAliveError, ConfigError, LongfuseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LONGFUSE_DEBUG", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def raising(error: BaseException) -> Callable[[], int]:
    def command() -> NoReturn:
        raise error

    return command


def test_the_commands_own_code() -> None:
    assert run("lpad", lambda: 5) == 5


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("no such file"), 1),
        (LongfuseError("no such file"), 1),
        (AttemptAliveError("no such file"), 3),
        (AlreadyEndedError("no such file"), 0),
    ],
)
def test_our_errors_are_one_line(error: LongfuseError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lpad", raising(error)) == code
    assert capsys.readouterr().err == "lpad: no such file\n"


@pytest.mark.parametrize("by", ["word", "environment"])
def test_with_a_traceback(by: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if by == "environment":
        monkeypatch.setenv("LONGFUSE_DEBUG", "1")
    assert run("lpad", raising(ConfigError("oh")), ["--debug"] if by == "word" else []) == 1
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert told.endswith("\nlpad: oh\n")


def test_an_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lpad", raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "\nlpad: interrupted\n"


def test_what_the_machine_refuses_is_told_in_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lpad", raising(PermissionError(13, "Permission denied", "/root/x"))) == 1
    assert capsys.readouterr().err == "lpad: Permission denied: /root/x; with --debug you see where\n"


def test_a_fault_of_ours_leaves_its_traceback_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lpad", raising(ZeroDivisionError("by zero"))) == 70
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    (file,) = tmp_path.iterdir()
    assert told.startswith("lpad: unexpected ZeroDivisionError: by zero.")
    assert str(file) in told
    assert "in raising" in file.read_text() or "raise error" in file.read_text()


def test_a_fault_of_ours_where_no_file_can_be_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", os.devnull)
    assert run("lpad", raising(ZeroDivisionError("by zero"))) == 70
    assert capsys.readouterr().err.endswith("please report it with what --debug shows\n")
