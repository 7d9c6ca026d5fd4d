"""ScriptTask: run shell commands, one after the other."""

from __future__ import annotations

import os

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import TaskError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

STANDARD_SHELL = "/bin/sh"


class ScriptTask(FiretaskBase):
    """Run commands in order and stop at the first that fails.

    Parameters:
        script: One command, or a list of them.
        use_shell: Whether a shell reads them (default); otherwise they are split into words and run directly.
        shell_exe: The shell, instead of ``/bin/sh``.
        stdin_file: A file that each command reads.
        stdin_key: The key of the spec whose value each command reads; not together with ``stdin_file``.
        stdout_file, stderr_file: Files to which the output is appended.
        store_stdout, store_stderr: Keep the last command's output in the launch's stored data.
        fizzle_bad_rc: Fail if a command does (default, unless ``defuse_bad_rc``).
        defuse_bad_rc: Defuse the children if a command fails.
        use_global_spec: Take all of these from the Firework's spec instead of the task.
    """

    _fw_name = "ScriptTask"
    required_params: Sequence[str] = ("script",)

    def run_task(self, fw_spec: dict[str, Any]) -> FWAction:
        """Run the commands.

        Returns:
            Stored data ``stdout`` and ``stderr`` (if kept), ``returncode`` of the last command, ``all_returncodes``.

        Raises:
            TaskError: The parameters contradict each other, or a command cannot be started.
            RuntimeError: A command failed and ``fizzle_bad_rc`` holds (FireWorks' type and words).
        """
        plan = _Plan(fw_spec if self.get("use_global_spec") else self, fw_spec)
        kept: dict[str, Any] = {}
        codes: list[int] = []
        for command in plan.commands:
            with _Streams(plan) as streams:
                codes.append(_run(command, streams))
                kept = streams.kept()
            if codes[-1] != 0:
                break
        failed = any(codes)
        if failed and plan.fizzle_bad_rc:
            raise RuntimeError(f"ScriptTask fizzled! Return code: {codes}")
        stored_data = {**kept, "returncode": codes[-1] if codes else 0, "all_returncodes": codes}
        return FWAction(stored_data=stored_data, defuse_children=failed and plan.defuse_bad_rc)

    @classmethod
    def from_str(cls, shell_cmd: str, parameters: Mapping[str, Any] | None = None) -> ScriptTask:
        """A task that runs one shell command, with further parameters."""
        return cls({**(parameters or {}), "script": [shell_cmd], "use_shell": True})


class _Plan:
    """The parameters, checked, and the commands as lists of words."""

    def __init__(self, parameters: Mapping[str, Any], fw_spec: Mapping[str, Any]) -> None:
        self.stdin_file = parameters.get("stdin_file")
        stdin_key = parameters.get("stdin_key")
        self.stdout_file = parameters.get("stdout_file")
        self.stderr_file = parameters.get("stderr_file")
        self.store_stdout = bool(parameters.get("store_stdout"))
        self.store_stderr = bool(parameters.get("store_stderr"))
        self.defuse_bad_rc = bool(parameters.get("defuse_bad_rc"))
        self.fizzle_bad_rc = bool(parameters.get("fizzle_bad_rc", not self.defuse_bad_rc))
        if self.defuse_bad_rc and self.fizzle_bad_rc:
            raise TaskError("ScriptTask: defuse_bad_rc and fizzle_bad_rc are both set; choose one")
        if self.stdin_file and stdin_key:
            raise TaskError("ScriptTask: stdin_file and stdin_key are both set; choose one")
        self.stdin = _as_bytes(fw_spec, stdin_key) if stdin_key else None
        script = parameters["script"]
        scripts = [script] if isinstance(script, str) else list(script)
        shell = (parameters.get("shell_exe") or STANDARD_SHELL) if parameters.get("use_shell", True) else None
        self.commands = [_words(text, shell) for text in scripts]


def _as_bytes(fw_spec: Mapping[str, Any], key: str) -> bytes:
    if key not in fw_spec:
        raise TaskError(f"ScriptTask: stdin_key names {key!r}, which the spec does not hold")
    value = fw_spec[key]
    return value if isinstance(value, bytes) else str(value).encode()


def _words(command: str, shell: str | None) -> list[str]:
    if shell is not None:
        return [shell, "-c", command]
    import shlex  # late: most scripts go to a shell

    return shlex.split(command)


class _Streams:
    """Where one command reads and writes: descriptors for 0, 1 and 2 where they are not inherited."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._starts: dict[str, tuple[int, int]] = {}
        self.redirected: dict[int, int] = {}

    def __enter__(self) -> _Streams:
        plan = self._plan
        if plan.stdin_file:
            self.redirected[0] = os.open(plan.stdin_file, os.O_RDONLY)
        elif plan.stdin is not None:
            self.redirected[0] = _filled(plan.stdin)
        self._open_output(1, "stdout", plan.stdout_file, plan.store_stdout)
        self._open_output(2, "stderr", plan.stderr_file, plan.store_stderr)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self.redirected.values():
            os.close(descriptor)

    def kept(self) -> dict[str, str]:
        """What the command wrote, where that is stored. Bytes that are no UTF-8 become U+FFFD."""
        return {name: _read_from(*start).decode("utf-8", "replace") for name, start in self._starts.items()}

    def _open_output(self, number: int, name: str, path: str | None, stored: bool) -> None:
        if path:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o664)
        elif stored:
            descriptor = _scratch()
        else:
            return
        self.redirected[number] = descriptor
        if stored:
            self._starts[name] = (descriptor, os.lseek(descriptor, 0, os.SEEK_END))


def _run(command: list[str], streams: _Streams) -> int:
    """Run one command to its end; its exit code, or minus the number of the signal that ended it.

    Raises:
        TaskError: It cannot be started.
    """
    import signal  # late: a rocket has it already

    redirections = [(os.POSIX_SPAWN_DUP2, source, target) for target, source in streams.redirected.items()]
    _flush_standard_streams()
    try:
        pid = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=redirections,
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),  # Python ignores them, programs expect them
        )
    except OSError as error:
        raise TaskError(f"ScriptTask cannot start {command[0]!r}: {error.strerror}") from error
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _flush_standard_streams() -> None:
    """So that what Python printed before comes before what the command prints."""
    import sys

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _scratch() -> int:
    """A file without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("longfuse")
    import tempfile  # late: Linux has the other

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _filled(content: bytes) -> int:
    descriptor = _scratch()
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _read_from(descriptor: int, start: int) -> bytes:
    size = os.fstat(descriptor).st_size - start
    pieces = []
    while size > 0 and (piece := os.pread(descriptor, size, start)):
        pieces.append(piece)
        start, size = start + len(piece), size - len(piece)
    return b"".join(pieces)
