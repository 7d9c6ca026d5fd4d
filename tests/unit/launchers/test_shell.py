"""Commands run as real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.launching import wait_for_file, wait_until

from longfuse.launchdir.process import birth
from longfuse.launchers.shell import run
from longfuse.queue.adapter import NOT_FOUND, Answer, Command

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def python(program: str, **options: object) -> Answer:
    return run(Command(argv=(sys.executable, "-c", program), **options))  # type: ignore[arg-type]


def test_an_answer_is_code_and_words() -> None:
    answer = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert answer == Answer(3, "out\n", "err\n")
    assert answer.words == "err"


def test_its_input_is_what_the_command_gives_or_nothing() -> None:
    echo = "import sys; print(sys.stdin.read())"
    assert python(echo, stdin="words").stdout == "words\n"
    assert python(echo).stdout == "\n"


def test_it_runs_where_the_command_says(tmp_path: Path) -> None:
    assert python("import os; print(os.getcwd())", cwd=str(tmp_path)).stdout == f"{tmp_path}\n"


def test_words_that_are_no_text_do_no_harm() -> None:
    assert python("import os; os.write(1, b'a\\xffb')").stdout == "a\N{REPLACEMENT CHARACTER}b"


def test_a_command_that_does_not_end_is_killed_and_its_last_words_kept() -> None:
    answer = python("import sys, time; print('sleeping', flush=True); time.sleep(1000)", timeout_s=1.5)
    assert answer == Answer(None, "sleeping\n")


def test_a_wrapper_is_killed_with_what_it_waits_for(tmp_path: Path) -> None:
    wrapper = f"sleep 1000 & echo $! > {tmp_path}/pid; echo waiting; wait"
    assert run(Command(argv=("sh", "-c", wrapper), timeout_s=1)) == Answer(None, "waiting\n")
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not birth(pid), "the process to be gone")


def test_a_process_that_escapes_is_not_waited_for(tmp_path: Path) -> None:
    wrapper = f"setsid sleep 1000 & echo $! > {tmp_path}/pid; wait"
    assert run(Command(argv=("sh", "-c", wrapper), timeout_s=1)) == Answer(None)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_ctrl_c_does_not_break_a_submission_off(tmp_path: Path) -> None:
    """The terminal sends SIGINT to the whole process group."""
    command = f"touch {tmp_path}/begun; while [ ! -e {tmp_path}/gate ]; do sleep 0.02; done; touch {tmp_path}/accepted"
    program = "import sys; from longfuse.launchers.shell import run; from longfuse.queue.adapter import Command\n"
    program += "try: run(Command(argv=('sh', '-c', sys.argv[1])))\nexcept KeyboardInterrupt: print('interrupted')"
    argv = [sys.executable, "-c", program, command]
    with subprocess.Popen(argv, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
        wait_for_file(tmp_path / "begun")
        os.killpg(process.pid, signal.SIGINT)
        (tmp_path / "gate").touch()
        assert process.communicate()[0] == "interrupted\n"
    assert (tmp_path / "accepted").exists()


def test_a_program_that_is_not_there() -> None:
    answer = run(Command(argv=("no-such-program", "x")))
    assert answer.returncode == NOT_FOUND
    assert "no-such-program is not on PATH" in answer.words


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("x")
    answer = run(Command(argv=(str(tmp_path / "notes"),)))
    assert (answer.returncode, answer.words) == (NOT_FOUND, f"{tmp_path}/notes cannot be run: Permission denied")


def test_a_directory_that_is_gone_is_no_missing_program(tmp_path: Path) -> None:
    answer = run(Command(argv=("true",), cwd=str(tmp_path / "gone")))
    assert (answer.returncode, answer.words) == (1, f"cannot go to {tmp_path}/gone: No such file or directory")


def test_what_is_hidden_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUEUE_PARTITION", "debug")
    monkeypatch.setenv("KEPT", "yes")
    program = "import os; print(os.environ.get('SQUEUE_PARTITION'), os.environ.get('KEPT'))"
    assert python(program, hidden=frozenset({"SQUEUE_PARTITION"})).stdout == "None yes\n"
