"""``rlaunch singleshot --offline``, typed as the walk-through and the batch scripts type it."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.launching import RLAUNCH, call, environment, final_of, launch, make_launch, make_ticket, shell, wait_for_file

from longfuse.launchdir.observe import observe

FIREWORKS_DIRS = Path(__file__).parents[1] / "fixtures" / "fireworks_dirs"

LIST_MODULES = """
import json, sys
bare = set(sys.modules)
from longfuse.cli.rlaunch import main
code = main(["singleshot", "--offline"])
print(json.dumps([code, sorted(set(sys.modules) - bare)]))
"""

DEAR = set(
    """
    argparse asyncio concurrent contextlib ctypes dataclasses email hashlib http importlib inspect logging
    multiprocessing pathlib pickle random shutil socket sqlite3 ssl subprocess tempfile threading traceback typing
    unittest urllib uuid zipfile
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""What a trivial task must not pay for."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_launch(tmp_path / "launcher 1", shell("echo hello"))


def test_the_line_of_the_walk_through_and_what_qlaunch_adds(folder: Path) -> None:
    line = "-w path/to/myfworker.yaml -l path/to/my_launchpad.yaml singleshot --offline --fw_id 7"
    finished = launch(folder, *line.split())
    assert finished.code == 0
    assert finished.stdout == "hello\n"
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO"
    assert re.fullmatch(rf"{stamp} Launching Rocket\n{stamp} Rocket finished\n", finished.stderr)
    assert final_of(folder).state == "COMPLETED"


@pytest.mark.parametrize(
    "line",
    [
        "singleshot --offline",
        "singleshot --offline -f 7",
        "-c /somewhere singleshot --offline",
        "--loglvl DEBUG singleshot --fw_id 7 --offline",
        "--launchpad_file=x.yaml singleshot --offline --fw_id=7",
    ],
)
def test_every_way_to_say_it(folder: Path, line: str) -> None:
    assert launch(folder, *line.split()).code == 0
    assert final_of(folder).state == "COMPLETED"


def test_silence(folder: Path) -> None:
    assert launch(folder, "-s", "singleshot", "--offline").stderr == ""


def test_a_script_for_another_firework_runs_nothing(folder: Path) -> None:
    finished = launch(folder, "singleshot", "--offline", "--fw_id", "8")
    assert finished.code == 1
    assert "now belongs to Firework 7 (launch 1), not to 8" in finished.stderr
    assert not (folder / "FW_action.json").exists()


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    finished = launch(tmp_path)
    assert finished.code == 1
    assert "there is no FW_offline.json" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_directory_that_is_gone(folder: Path) -> None:
    program = (
        f"import os, shutil, subprocess, sys; os.chdir({str(folder)!r}); shutil.rmtree({str(folder)!r}); "
        f"sys.exit(subprocess.run([{RLAUNCH!r}, 'singleshot', '--offline']).returncode)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 2
    assert "cannot start" in finished.stderr


def test_a_second_start_after_the_end_says_so_and_succeeds(folder: Path) -> None:
    launch(folder)
    first = final_of(folder)
    finished = launch(folder)
    assert finished.code == 0
    assert "launch 1 in" in finished.stderr
    assert "has ended as COMPLETED" in finished.stderr
    assert finished.stdout == ""
    assert final_of(folder) == first


def test_a_failed_firework_is_no_failed_job(tmp_path: Path) -> None:
    assert launch(make_launch(tmp_path, shell("exit 5"))).code == 0
    assert final_of(tmp_path).reason == "RuntimeError: ScriptTask fizzled! Return code: [5]"


def test_a_directory_that_fireworks_prepared_is_run(tmp_path: Path) -> None:
    folder = tmp_path / "launcher_1"
    shutil.copytree(FIREWORKS_DIRS / "reserved", folder)
    assert launch(folder, "-c", str(folder), "singleshot", "--offline", "--fw_id", "1").code == 0
    seen = observe(str(folder), 1)
    assert seen is not None
    assert seen.final is not None
    assert (seen.final.state, seen.final.token, seen.problem) == ("COMPLETED", "", "")


def test_a_directory_that_fireworks_prepared_for_another_firework_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "launcher_1"
    shutil.copytree(FIREWORKS_DIRS / "reserved", folder)
    assert "now belongs to Firework 1" in launch(folder, "singleshot", "--offline", "--fw_id", "2").stderr
    assert not (folder / "FW_action.json").exists()


def test_what_fireworks_ended_is_not_run_again(tmp_path: Path) -> None:
    folder = tmp_path / "launcher_1"
    shutil.copytree(FIREWORKS_DIRS / "completed", folder)
    finished = launch(folder)
    assert (finished.code, finished.stdout) == (0, "")


def test_it_loads_nothing_but_a_few_modules_of_the_standard_library_and_the_cheap_part(folder: Path) -> None:
    output = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{LIST_MODULES}"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    code, modules = json.loads(output.splitlines()[-1])
    assert code == 0
    tops = {name.partition(".")[0] for name in modules} - {"longfuse"}
    assert tops <= sys.stdlib_module_names
    assert not tops & DEAR
    ours = {name for name in modules if name.startswith("longfuse")}
    assert {name.split(".")[1] for name in ours if "." in name} <= {
        "cli",
        "aliases",
        "domain",
        "errors",
        "launchdir",
        "rocket",
        "version",
    }
    assert not ours & {f"longfuse.domain.{name}" for name in ("engine", "workflow", "query", "yamlio")}


def test_what_the_task_process_loads_is_cheap_too(tmp_path: Path) -> None:
    script = "import json, sys; json.dump(sorted(sys.modules), open('modules.json', 'w'))"
    launch(make_launch(tmp_path, shell("true"), call("builtins.exec", script, {})))
    tops = {name.partition(".")[0] for name in json.loads((tmp_path / "modules.json").read_text())} - _site_loads()
    assert tops - {"longfuse"} <= sys.stdlib_module_names
    assert not tops & DEAR


def _site_loads() -> set[str]:
    """What this interpreter loads before any program, by its ``.pth`` files."""
    program = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_help_and_versions_and_wrong_words(tmp_path: Path) -> None:
    assert "singleshot" in launch(tmp_path, "-h").stdout
    assert "--offline" in launch(tmp_path, "singleshot", "-h").stdout
    assert re.fullmatch(r"rlaunch v\d+\.\d+\.\d+\n", launch(tmp_path, "-v").stdout)
    assert launch(tmp_path, "singleshot", "--online").code == 2
    assert launch(tmp_path, "rapidfire", "--nlaunches", "many").code == 2


def test_a_large_result(tmp_path: Path) -> None:
    launch(make_launch(tmp_path, call("big", 20_000_000)))
    assert len(final_of(tmp_path).fwaction["stored_data"]["big"]) == 20_000_000


def test_a_terminal_that_is_closed_costs_no_result(tmp_path: Path) -> None:
    """Standard output and error may be gone, as after a lost login."""
    folder = make_launch(tmp_path, call("builtins.exec", "import time; time.sleep(0.2)", {}), call("answer"))
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [RLAUNCH, "singleshot", "--offline"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=writing,
    )
    os.close(writing)
    os.close(reading)
    process.wait(60)
    assert final_of(folder).state == "COMPLETED"


def test_ctrl_c_at_a_terminal_ends_tasks_and_rocket(tmp_path: Path) -> None:
    make_launch(tmp_path, shell("touch ready; sleep 600"))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(RLAUNCH, [RLAUNCH, "singleshot", "--offline"], environment())
    wait_for_file(tmp_path / "ready")
    os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGINT
    assert final_of(tmp_path).state == "FIZZLED"


def test_the_debugger_opens_where_a_task_raised(tmp_path: Path) -> None:
    folder = make_launch(tmp_path, call("fail", "look at me"))
    debugged = subprocess.run(
        [RLAUNCH, "singleshot", "--offline", "--pdb"],
        cwd=folder,
        env=environment(),
        input="p message.upper()\nq\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "LOOK AT ME" in debugged.stdout
    assert final_of(folder).state == "FIZZLED"


def test_the_ticket_s_interval_is_obeyed(tmp_path: Path) -> None:
    ticket = make_ticket(ping_interval_s=0.01)
    launch(make_launch(tmp_path, shell("sleep 0.2"), ticket=ticket))
    first = json.loads((tmp_path / "FW_attempt_1.json").read_text())["started_on"]
    assert json.loads((tmp_path / "FW_ping.json").read_text())["ping_time"] > first
