"""ScriptTask, with every parameter."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from longfuse import FWAction, ScriptTask
from longfuse.errors import TaskError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(script: Any, spec: dict[str, Any] | None = None, **parameters: Any) -> FWAction:
    return ScriptTask(script=script, **parameters).run_task(spec or {})


def test_output_goes_where_the_job_s_goes(capfd: pytest.CaptureFixture[str]) -> None:
    action = run("echo out; echo err >&2")
    assert capfd.readouterr() == ("out\n", "err\n")
    assert action.stored_data == {"returncode": 0, "all_returncodes": [0]}


def test_commands_run_in_order_and_stop_at_the_first_that_fails() -> None:
    action = run(["echo a >> log", "exit 3", "echo b >> log"], fizzle_bad_rc=False)
    assert action.stored_data == {"returncode": 3, "all_returncodes": [0, 3]}
    with open("log") as log:
        assert log.read() == "a\n"


def test_a_failure_fizzles_in_fireworks_words() -> None:
    with pytest.raises(RuntimeError, match=r"ScriptTask fizzled! Return code: \[0, 1\]"):
        run(["true", "false"])


def test_a_failure_may_defuse_the_children() -> None:
    action = run("false", defuse_bad_rc=True)
    assert action.defuse_children is True
    assert action.stored_data["returncode"] == 1
    assert run("true", defuse_bad_rc=True).defuse_children is False


def test_a_signal_is_a_negative_code() -> None:
    action = run("kill -9 $$", fizzle_bad_rc=False)
    assert action.stored_data["all_returncodes"] == [-signal.SIGKILL]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"defuse_bad_rc": True, "fizzle_bad_rc": True}, "both set"),
        ({"stdin_file": "a", "stdin_key": "b"}, "both set"),
        ({"stdin_key": "missing"}, "'missing'"),
        ({"shell_exe": "/no/such/shell"}, "/no/such/shell"),
    ],
)
def test_what_cannot_be_is_told(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        run("true", **parameters)


def test_kept_output_is_the_last_command_s() -> None:
    action = run(["echo a", "echo bä; echo c >&2"], store_stdout=True, store_stderr=True)
    assert action.stored_data == {"stdout": "bä\n", "stderr": "c\n", "returncode": 0, "all_returncodes": [0, 0]}


def test_large_output_and_input_do_not_block() -> None:
    text = "x" * 3_000_000
    action = run("tee /dev/stderr", {"text": text}, stdin_key="text", store_stdout=True, store_stderr=True)
    assert action.stored_data["stdout"] == action.stored_data["stderr"] == text


def test_bytes_that_are_no_text_are_marked() -> None:
    assert run(r"printf 'a\377b'", store_stdout=True).stored_data["stdout"] == "a\ufffdb"


def test_output_files_are_appended_to_and_may_be_kept_as_well() -> None:
    with open("log", "w") as log:
        log.write("before\n")
    action = run(["echo a", "echo b; echo c >&2"], stdout_file="log", stderr_file="log", store_stdout=True)
    with open("log") as log:
        assert log.read() == "before\na\nb\nc\n"
    assert action.stored_data["stdout"].startswith("b\n")


def test_input_from_a_file_and_from_the_spec() -> None:
    with open("input", "w") as file:
        file.write("from a file")
    assert run("cat", stdin_file="input", store_stdout=True).stored_data["stdout"] == "from a file"
    for value in ("from the spec", b"from the spec"):
        action = run("cat", {"key": value}, stdin_key="key", store_stdout=True)
        assert action.stored_data["stdout"] == "from the spec"


def test_without_a_shell_words_are_split_and_nothing_is_expanded() -> None:
    action = run("echo '$HOME' \"a  b\" *", use_shell=False, store_stdout=True)
    assert action.stored_data["stdout"] == "$HOME a  b *\n"
    with pytest.raises(TaskError, match="cannot start 'no-such-program'"):
        run("no-such-program now", use_shell=False)


def test_another_shell() -> None:
    assert run("echo ${BASH_VERSION:+bash}", shell_exe="/bin/bash", store_stdout=True).stored_data["stdout"] == "bash\n"


def test_parameters_from_the_spec() -> None:
    spec = {"script": "echo spec", "store_stdout": True}
    assert run("false", spec, use_global_spec=True).stored_data["stdout"] == "spec\n"


def test_from_str() -> None:
    task = ScriptTask.from_str("echo hi", {"store_stdout": True, "use_shell": False})
    assert task.to_dict() == {
        "script": ["echo hi"],
        "use_shell": True,
        "store_stdout": True,
        "_fw_name": "ScriptTask",
    }


def test_no_descriptor_is_left_open() -> None:
    before = os.listdir("/proc/self/fd")
    run("cat", {"key": "x"}, stdin_key="key", store_stdout=True, store_stderr=True)
    with pytest.raises(TaskError):
        run("true", shell_exe="/no/such/shell", store_stdout=True)
    assert os.listdir("/proc/self/fd") == before


def test_programs_die_of_a_broken_pipe_as_they_expect() -> None:
    assert (
        run("yes | head -1 > /dev/null; echo ${PIPESTATUS[0]}", shell_exe="/bin/bash", store_stdout=True).stored_data[
            "stdout"
        ]
        == f"{128 + signal.SIGPIPE}\n"
    )
