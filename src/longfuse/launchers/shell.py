"""Runs the commands that queue adapters name."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

from longfuse.queue.adapter import NOT_FOUND, Answer

if TYPE_CHECKING:
    from longfuse.queue.adapter import Command

LAST_WORDS_S = 5.0
"""How long a command may go on after a Ctrl-C: a submission that breaks off in the middle may have been accepted."""

PIPES_S = 1.0
"""How long to wait for the last words of a command that was killed."""


def run(command: Command) -> Answer:
    """Run a command; it cannot fail, only answer.

    Its standard input is empty unless the command gives one. A program that is not there answers 127, one that does not
    end in time is killed and answers None. Ctrl-C does not reach it: it ends by itself, as a rule at once, and then we
    are interrupted.
    """
    try:
        process = _start(command)
    except OSError as error:
        return _cannot_start(command, error)
    with process:
        try:
            stdout, stderr = process.communicate(command.stdin or "", timeout=command.timeout_s)
        except subprocess.TimeoutExpired:
            return _killed(process)
        except KeyboardInterrupt:
            _let_end(process)
            raise
    return Answer(process.returncode, stdout, stderr)


def _start(command: Command) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - the adapters' own commands, without a shell
        command.argv,
        cwd=command.cwd,
        env={name: value for name, value in os.environ.items() if name not in command.hidden},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _killed(process: subprocess.Popen[str]) -> Answer:
    """The answer of a command that did not end in time: what it has said so far."""
    _kill(process)
    try:
        stdout, stderr = process.communicate(timeout=PIPES_S)
    except subprocess.TimeoutExpired:  # a process that escaped holds the pipes open
        return Answer(None)
    return Answer(None, stdout, stderr)


def _let_end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(LAST_WORDS_S)
    except subprocess.TimeoutExpired:
        _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    """With what it has started: a wrapper may be waiting for the real command."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _cannot_start(command: Command, error: OSError) -> Answer:
    program = command.argv[0]
    if command.cwd is not None and error.filename == command.cwd:
        return Answer(1, stderr=f"cannot go to {command.cwd}: {error.strerror}")
    if isinstance(error, FileNotFoundError):
        return Answer(NOT_FOUND, stderr=f"{program} is not on PATH here; is this the login node?")
    return Answer(NOT_FOUND, stderr=f"{program} cannot be run: {error.strerror}")
