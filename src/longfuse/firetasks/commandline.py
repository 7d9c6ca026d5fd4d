"""CommandLineTask: run a command whose arguments, input and output are data of the workflow."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from longfuse.domain.action import FWAction
from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import TaskError
from longfuse.firetasks.fileio import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO, Any

    Spec = dict[str, Any]
    Part = dict[str, Any]

COMMAND = "command"
KEPT_ERROR_LETTERS = 2000
STREAMS = ("stdout", "stderr")


class CommandLineTask(FiretaskBase):
    """Run a command, without a shell.

    Parameters:
        command_spec: ``command``, a list of words, and for each label that ``inputs`` and ``outputs`` name what stands
            behind it: ``{"binding": {"prefix", "separator"}, "source": {"type", "value"}, "target": {"type",
            "value"}}``. A label that is text is a key of the spec, which holds one such dictionary or source, or a
            list of them; a ``binding``, ``source`` or ``target`` that is text is a key of the spec, too.
        inputs: Labels. Each adds an argument, made of prefix, separator and the source's value (type ``data`` or
            ``path``); with the target type ``stdin`` the command reads it instead.
        outputs: Labels. A target of the type ``path`` is where the command's ``stdout`` or ``stderr`` goes (the type
            of the source), or where a file that the command leaves (a source of type ``path``) is copied to, else an
            argument. A target of the type ``data`` is what the command writes to ``stdout`` (or the source's
            ``stderr``) itself. A target that is a folder gets a new name in it.
        chunk_number: If set, each output is pushed onto a list in the children's spec; see ForeachTask.

    Children get each output's target under its label in their spec, where it may be the source of another command.
    """

    _fw_name = "CommandLineTask"
    required_params: Sequence[str] = ("command_spec",)
    optional_params: Sequence[str] = ("inputs", "outputs", "chunk_number")

    def run_task(self, fw_spec: Spec) -> FWAction:
        """Run it.

        Raises:
            TaskError: A label cannot be understood, or the command cannot be started or fails.
        """
        call = _Call(_command(self["command_spec"]))
        for label in self._labels("inputs"):
            for part in _parts(self["command_spec"], label, fw_spec):
                call.add_input(label, part)
        outputs = [
            (label, call.add_output(label, part))
            for label in self._labels("outputs")
            for part in _parts(self["command_spec"], label, fw_spec)
        ]
        call.run()
        targets = [(label, output.target()) for label, output in outputs]
        if self.get("chunk_number") is not None:
            return FWAction(mod_spec=[{"_push": {label: target}} for label, target in targets])
        return FWAction(update_spec=dict(targets))

    def _labels(self, name: str) -> list[str]:
        labels = self.get(name) or []
        listed = [labels] if isinstance(labels, str) else list(labels)
        unknown = [label for label in listed if not isinstance(label, str) or label not in self["command_spec"]]
        if unknown:
            raise TaskError(f"CommandLineTask: {name}: command_spec says nothing of {', '.join(map(str, unknown))}")
        return listed


class _Output:
    """Where one output of the command goes.

    Args:
        label: Its label.
        kind: ``path`` or ``data``.
        path: The file it is in when the command has ended; None until there is one.
        copied_from: The file that the command itself leaves, if it is to be copied to ``path``.
    """

    def __init__(self, label: str, kind: str, path: str | None, copied_from: str | None = None) -> None:
        self.label = label
        self.kind = kind
        self.path = path
        self.copied_from = copied_from
        self.captured = ""

    def target(self) -> Part:
        """What the children get; only when the command has ended."""
        if self.copied_from is not None:
            import shutil  # late: few outputs are copied

            try:
                shutil.copy(self.copied_from, str(self.path))
            except (OSError, shutil.SameFileError) as error:
                raise TaskError(f"CommandLineTask: outputs: {self.label} cannot be copied: {error}") from error
        value = self.captured.strip() if self.kind == "data" else self.path
        return {"type": self.kind, "value": value}


class _Call:
    """A command line that grows, and what it is connected to."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._stdin: Part | None = None
        self._streams: dict[str, _Output] = {}

    def add_input(self, label: str, part: Part) -> None:
        """Add an argument, or what the command reads."""
        source = _checked(label, part, "source", ("path", "data"))
        if (part.get("target") or {}).get("type") != "stdin":
            self._add_argument(part, _value(label, source, "source"))
        elif self._stdin is not None:
            raise TaskError(f"CommandLineTask: inputs: {label} is the second one that goes to stdin")
        else:
            self._stdin = {**source, "value": _value(label, source, "source")}

    def add_output(self, label: str, part: Part) -> _Output:
        """Note where an output goes, which may be an argument."""
        target = _checked(label, part, "target", ("path", "data"))
        source = part.get("source") or {}
        kind = source.get("type")
        if target["type"] == "data":
            return self._connect(_Output(label, "data", None), kind or "stdout")
        path = _file_in(_value(label, target, "target"))
        if kind in STREAMS:
            return self._connect(_Output(label, "path", path), kind)
        if kind == "path":
            return _Output(label, "path", path, copied_from=_value(label, source, "source"))
        if kind is not None:
            raise TaskError(f"CommandLineTask: {label}: source: type {kind!r} is none of stdout, stderr, path")
        self._add_argument(part, path)
        return _Output(label, "path", path)

    def run(self) -> None:
        """Run the command to its end.

        Raises:
            TaskError: It cannot be started, or fails.
        """
        with ExitStack() as stack:
            try:
                stdout, stderr = self._opened("stdout", stack), self._opened("stderr", stack)
                stdin = self._opened_input(stack)
                _flush()
                command = self._words
                code = subprocess.run(command, stdin=stdin, stdout=stdout, stderr=stderr, check=False).returncode  # noqa: S603 - the user's
            except OSError as error:
                raise TaskError(f"CommandLineTask: command: {self._words[0]} cannot run: {error}") from error
            said = _read(stderr)
            if "stderr" not in self._streams:
                sys.stderr.write(said)
            if code:
                words = said.strip()[-KEPT_ERROR_LETTERS:]
                raise TaskError(f"CommandLineTask: {' '.join(self._words)} ended with exit code {code}: {words}")
            self._keep("stdout", stdout)
            self._keep("stderr", stderr)

    def _opened(self, name: str, stack: ExitStack) -> IO[bytes] | None:
        """The file that one of the command's streams goes to; None leaves it where the task's own goes."""
        output = self._streams.get(name)
        if output is not None and output.path is not None:
            return stack.enter_context(open(output.path, "w+b"))
        if output is None and name == "stdout":
            return None
        return stack.enter_context(tempfile.TemporaryFile())

    def _keep(self, name: str, file: IO[bytes] | None) -> None:
        output = self._streams.get(name)
        if output is not None and output.kind == "data":
            output.captured = _read(file)

    def _opened_input(self, stack: ExitStack) -> IO[bytes] | None:
        if self._stdin is None:
            return None
        if self._stdin["type"] == "path":
            return stack.enter_context(open(absolute(self._stdin["value"]), "rb"))
        file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        file.write(self._stdin["value"].encode())
        file.seek(0)
        return file

    def _add_argument(self, part: Part, value: str) -> None:
        """Prefix and value are one word, unless what separates them is space."""
        binding = part.get("binding") or {}
        prefix, separator = str(binding.get("prefix") or ""), str(binding.get("separator") or "")
        if prefix and separator.isspace():
            self._words += [prefix, value]
        else:
            self._words.append(f"{prefix}{separator}{value}")

    def _connect(self, output: _Output, stream: str) -> _Output:
        if stream not in STREAMS:
            raise TaskError(f"CommandLineTask: {output.label}: source: type {stream!r} is neither stdout nor stderr")
        if stream in self._streams:
            other = self._streams[stream].label
            raise TaskError(f"CommandLineTask: outputs: {other} and {output.label} both want {stream}")
        self._streams[stream] = output
        return output


# --- reading the specification
def _command(command_spec: Any) -> list[str]:
    words = command_spec.get(COMMAND) if isinstance(command_spec, dict) else None
    listed = [words] if isinstance(words, str) else words
    if not isinstance(listed, list) or not listed:
        raise TaskError("CommandLineTask: command_spec needs a command, which is a list of words")
    return [str(word) for word in listed]


def _parts(command_spec: Part, label: str, fw_spec: Spec) -> Iterator[Part]:
    """The dictionaries behind a label."""
    described = command_spec[label]
    if isinstance(described, str):
        described = _looked_up(label, described, fw_spec)
    for item in described if isinstance(described, list) else [described]:
        if not isinstance(item, dict):
            raise TaskError(f"CommandLineTask: {label} must be described by a dictionary; it is {item!r}")
        part = item if item.keys() & {"source", "target", "binding"} else {"source": item}
        yield {
            key: _looked_up(label, value, fw_spec) if isinstance(value, str) else value for key, value in part.items()
        }


def _looked_up(label: str, key: str, fw_spec: Spec) -> Any:
    if key not in fw_spec:
        raise TaskError(f"CommandLineTask: {label} is described by {key!r}, which the spec does not hold")
    return fw_spec[key]


def _checked(label: str, part: Part, name: str, kinds: Sequence[str]) -> Part:
    found = part.get(name)
    if not isinstance(found, dict) or found.get("type") not in kinds:
        raise TaskError(f"CommandLineTask: {label}: {name} needs a type, {' or '.join(kinds)}; it is {found!r}")
    return found


def _value(label: str, end: Part, name: str) -> str:
    if end.get("value") is None:
        raise TaskError(f"CommandLineTask: {label}: {name} has no value")
    return str(end["value"])


def _file_in(path: str) -> str:
    """An absolute path, in a folder a new one."""
    path = absolute(path)
    if not os.path.isdir(path):
        return path
    from uuid import uuid4  # late: few outputs are named by us

    return os.path.join(path, str(uuid4()))


# --- streams
def _flush() -> None:
    """So that what Python printed before comes before what the command prints."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _read(file: IO[bytes] | None) -> str:
    if file is None:
        return ""
    file.seek(0)
    return file.read().decode("utf-8", "replace")
