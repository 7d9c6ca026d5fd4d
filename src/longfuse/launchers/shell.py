"""Runs the commands that queue adapters name."""

from __future__ import annotations

import os
import subprocess

from longfuse.queue.adapter import NOT_FOUND, Answer, Command


def run(command: Command) -> Answer:
    """Run a command; it cannot fail, only answer.

    Its standard input is empty unless the command gives one. A program that is not there answers 127, one that does not
    end in time is killed and answers None.
    """
    environ = {name: value for name, value in os.environ.items() if name not in command.hidden}
    try:
        done = subprocess.run(  # noqa: S603 - the adapters' own commands, without a shell
            command.argv,
            cwd=command.cwd,
            input=command.stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=command.timeout_s,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        return Answer(None, _decoded(expired.stdout), _decoded(expired.stderr))
    except OSError as error:
        if command.cwd is not None and error.filename == command.cwd:
            return Answer(1, stderr=f"cannot go to {command.cwd}: {error.strerror}")
        if isinstance(error, FileNotFoundError):
            return Answer(NOT_FOUND, stderr=f"{command.argv[0]} is not on PATH here; is this the login node?")
        return Answer(NOT_FOUND, stderr=f"{command.argv[0]} cannot be run: {error.strerror}")
    return Answer(done.returncode, done.stdout, done.stderr)


def _decoded(output: bytes | str | None) -> str:
    """What a command said before its time was over; bytes, whatever was asked for."""
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""
