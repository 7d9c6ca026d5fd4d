"""``lpad`` as a process: what it loads, what it says when something is not as it should be, and its questions."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.launching import shell
from tests.login import BIN, Login, fw

from longfuse.cli.lpad import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

LIST_MODULES = """
import json, sys
from longfuse.cli.lpad import build_parser
words = sys.argv[1:]
parser = build_parser(words)
parser.format_help() if not words else parser.parse_args(words)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

READY = sorted(name for name, (module, _, _) in COMMANDS.items() if module)
LATER = sorted(name for name, (module, _, _) in COMMANDS.items() if not module)


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


# --- help
def test_alone_it_prints_help(login: Login) -> None:
    printed = login.tell()
    assert "first steps:" in printed
    assert all(name in printed for name in READY)
    assert "webgui" not in printed
    assert login.tell("-h") == printed


def test_the_help_of_every_command_shows_an_example(login: Login) -> None:
    for name in READY:
        printed = login.tell(name, "-h")
        assert f"lpad {name}" in printed.partition("example:")[2], name


def test_mistyped_and_later_commands(login: Login) -> None:
    done = login.lpad("recover_ofline")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the nearest is 'recover_offline'" in done.stderr
    for name in LATER:
        assert "comes with a later release" in login.refuse(name, "-i", "3", "--any")


@pytest.mark.parametrize("words", [[], ["get_fws", "-i", "3"], ["recover_offline", "-w", ""], ["rerun_fws", "-n", "x"]])
def test_help_and_parsing_load_no_database_and_no_terminal_library(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", LIST_MODULES, *words], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"sqlalchemy", "alembic", "yaml", "rich", "rich_argparse", "argcomplete", "sqlite3"}


@pytest.mark.parametrize("command", READY)
def test_help_reads_no_settings(command: str) -> None:
    """Settings, and the outcomes of a recovery, are dataclasses; those cost as much as all the rest of a help."""
    code = LIST_MODULES.replace("parser.parse_args(words)", "None")
    done = subprocess.run([sys.executable, "-c", code, command], capture_output=True, text=True, check=True)
    assert "dataclasses" not in json.loads(done.stdout)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lpad reco", ["recover_offline"]),
        ("lpad get_fws --so", ["--sort"]),
        ("lpad get_fws -d ", ["all", "more", "less", "ids", "count", "reservations"]),
        ("lpad rerun_fws -s R", ["READY", "RESERVED", "RUNNING"]),
    ],
)
def test_the_tab_key(login: Login, tmp_path: Path, line: str, expected: list[str]) -> None:
    """As the shell asks: the words in the environment, the answer in a file."""
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_TYPE": "9"}
    answer = tmp_path / "answer"
    environ = login.environ | asked | {"_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    subprocess.run([BIN / "lpad"], env=environ, cwd=login.folder, check=True, capture_output=True)
    assert [word.strip() for word in answer.read_text().split("\n")] == expected


def test_version(login: Login) -> None:
    assert login.tell("-v").startswith("lpad v")


# --- init
def test_init_without_a_terminal_takes_the_defaults(tmp_path: Path, login: Login) -> None:
    folder = login.folder / "new"
    folder.mkdir()
    assert login.tell("-c", "new", "init") == "Configuration written to new/my_launchpad.yaml!\n"
    assert sorted(os.listdir(folder)) == ["launchpad.db", "my_launchpad.yaml"]
    login.tell("-c", "new", "add_scripts", "true")
    assert login.get("-c", "new", "get_fws", "-d", "count") == 1
    assert login.get("get_fws", "-d", "count") == 0
    assert "exists already" in login.refuse("-c", "new", "init")


@pytest.mark.parametrize(
    ("words", "answers", "prompt", "database"),
    [
        ([], "\n", "Enter database parameter. (default=launchpad.db). help: ", "launchpad.db"),
        ([], "mine.db\n", "Enter database parameter.", "mine.db"),
        (["-u"], "sqlite:///other.db\n", "Enter url parameter. (default=sqlite:///launchpad.db). help: ", "other.db"),
    ],
)
def test_init_asks_on_a_terminal(login: Login, words: list[str], answers: str, prompt: str, database: str) -> None:
    folder = login.folder / "asked"
    folder.mkdir()
    assert prompt in on_a_terminal(login, folder, answers, "init", *words)
    assert (folder / database).exists()
    assert database in (folder / "my_launchpad.yaml").read_text()


def test_init_asks_before_it_overwrites(login: Login) -> None:
    before = (login.folder / "my_launchpad.yaml").read_text()
    assert "Overwrite it?" in on_a_terminal(login, login.folder, "N\n", "init")
    assert (login.folder / "my_launchpad.yaml").read_text() == before
    on_a_terminal(login, login.folder, "Y\nnew.db\n", "init")
    assert "new.db" in (login.folder / "my_launchpad.yaml").read_text()


def test_init_without_an_answer_writes_nothing(login: Login) -> None:
    folder = login.folder / "asked"
    folder.mkdir()
    assert "nothing was written" in on_a_terminal(login, folder, "\4", "init")
    assert os.listdir(folder) == []


def on_a_terminal(login: Login, folder: Path, answers: str, *words: str) -> str:
    """The command on a terminal of its own; what is seen there."""
    ours, theirs = pty.openpty()
    argv = [str(BIN / "lpad"), *words]
    process = subprocess.Popen(argv, cwd=folder, env=login.environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, answers.encode())
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:  # EIO: the other end is closed
        pass
    process.wait(60)
    os.close(ours)
    return seen.decode()


# --- what is not as it should be: one line, exit code 1
@pytest.mark.parametrize(
    "content",
    ["fws: [", "just words", "[1, 2]", "fws: 3\nlinks: {}", "spec: {_tasks: [{_fw_name: A}", "", "\0\1\2", "{}"],
)
def test_a_file_that_is_no_workflow(login: Login, content: str) -> None:
    (login.folder / "w.yaml").write_text(content)
    assert "w.yaml" in login.refuse("add", "w.yaml")
    assert login.get("get_fws", "-d", "count") == 0


def test_one_bad_file_among_good_ones_adds_nothing(login: Login) -> None:
    (login.folder / "good.yaml").write_text("spec: {_tasks: [{_fw_name: ScriptTask, script: 'true'}]}\n")
    (login.folder / "bad.json").write_text("{")
    assert "bad.json" in login.refuse("add", "good.yaml", "bad.json")
    assert login.get("get_fws", "-d", "count") == 0
    login.tell("add", "good.yaml", "good.yaml")
    assert login.get("get_fws", "-d", "count") == 2


def test_files_that_are_not_there(login: Login) -> None:
    assert "no.yaml" in login.refuse("add", "no.yaml")
    assert "no_folder" in login.refuse("add", "-d", "no_folder")
    assert "no.yaml" in login.refuse("-l", "no.yaml", "get_fws")
    assert "no_folder" in login.refuse("-c", "no_folder", "get_fws")
    (login.folder / "words.txt").write_text("words")
    assert "words.txt" in login.refuse("add", "words.txt")
    login.add(fw(1, shell("true")))
    assert "no_folder" in login.refuse("dump_wflow", "-i", "1", "-f", "no_folder/w.yaml")


@pytest.mark.parametrize(
    "content", ["url: [", "url: 3", "host: localhost\nport: 27017\nname: fireworks", "words", "{}"]
)
def test_a_launchpad_file_that_is_none(login: Login, content: str) -> None:
    (login.folder / "my_launchpad.yaml").write_text(content)
    assert "my_launchpad.yaml" in login.refuse("get_fws")


def test_a_database_that_is_none(login: Login) -> None:
    (login.folder / "words.db").write_text("these are words, and a database they are not " * 40)
    (login.folder / "my_launchpad.yaml").write_text("url: sqlite:///words.db\n")
    assert "words.db" in login.refuse("get_fws")
    assert "words.db" in login.refuse("add_scripts", "true")


def test_a_database_of_something_else(login: Login) -> None:
    connection = sqlite3.connect(login.folder / "other.db")
    connection.execute("CREATE TABLE cats (name)")
    connection.close()
    (login.folder / "my_launchpad.yaml").write_text("url: sqlite:///other.db\n")
    assert "other.db" in login.refuse("get_fws")


def test_a_database_that_is_away(login: Login) -> None:
    (login.folder / "my_launchpad.yaml").write_text("url: sqlite:///no_folder/no.db\n")
    for words in (["get_fws"], ["recover_offline"], ["add_scripts", "true"], ["rerun_fws", "-i", "1"]):
        assert "no.db" in login.refuse(*words)
    (login.folder / "my_launchpad.yaml").write_text("url: sqlite:///no.db\n")
    assert "no.db" in login.refuse("get_fws")
    assert not (login.folder / "no.db").exists()


@pytest.mark.slow
def test_a_database_that_somebody_holds(login: Login) -> None:
    connection = sqlite3.connect(login.folder / "launchpad.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        assert login.get("get_fws", "-d", "count") == 0
        assert "launchpad.db" in login.refuse("add_scripts", "true")
    finally:
        connection.execute("ROLLBACK")
        connection.close()
    login.tell("add_scripts", "true")


def test_a_reader_that_has_seen_enough(login: Login) -> None:
    login.pad.add_documents([fw(1, shell("true")) for _ in range(400)])
    done = login.run("bash", "-o", "pipefail", "-c", "lpad get_fws -d all | head -n 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[\n", "")


def test_output_that_cannot_be_written(login: Login) -> None:
    login.add(fw(1, shell("true"), name="caf\u00e9"))
    full = login.run("bash", "-c", "lpad get_fws > /dev/full")
    assert (full.returncode, full.stderr) == (1, "lpad: No space left on device; with --debug you see where\n")
    closed = login.run("bash", "-c", "lpad get_fws >&-")
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, "", "")
    assert login.run("bash", "-c", "lpad get_fws -i 9 2>&-").returncode == 1


def test_a_name_that_the_terminal_cannot_show(login: Login) -> None:
    login.add(fw(1, shell("true"), name="caf\u00e9"))
    done = login.run("env", "PYTHONIOENCODING=ascii", "lpad", "-o", "yaml", "get_fws")
    assert (done.returncode, done.stderr) == (0, "")
    assert "name: caf\\xe9\n" in done.stdout


def test_a_current_directory_that_was_removed(login: Login) -> None:
    done = login.run("bash", "-c", "mkdir gone; cd gone; rmdir ../gone; lpad get_fws")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "current directory does not exist" in done.stderr


def test_a_place_where_no_launchpad_can_be_made(login: Login) -> None:
    """One line, and no claim to have made one."""
    done = login.run("bash", "-c", "cd /; XDG_DATA_HOME=/proc/none lpad get_fws")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "/proc/none/longfuse/launchpad.db" in done.stderr


# --- adding
def test_add_every_form(login: Login) -> None:
    (login.folder / "f").mkdir()
    (login.folder / "f" / "a.yml").write_text("spec: {_tasks: [{_fw_name: ScriptTask, script: 'true'}]}\nfw_id: 1\n")
    two = {"fws": [fw(1, shell("true")), fw(2, shell("true"))], "links": {"1": [2]}, "metadata": {"m": 1}, "name": "n"}
    (login.folder / "f" / "b.json").write_text(json.dumps(two))
    (login.folder / "f" / "notes.txt").write_text("no workflow")
    login.tell("add", "-d", "f")
    login.tell("add", "-c", "f/b.json")
    assert login.get("get_wflows", "-d", "count") == 3
    assert login.get("get_fws", "-d", "count") == 5
    assert "Added a workflow. id_map: " in login.lpad("add", "f/a.yml").stderr


def test_dump_and_append(login: Login) -> None:
    login.tell("add_scripts", "echo one", "echo two", "-n", "a", "b", "-w", "w")
    for name in ("w.yaml", "w.json"):
        login.tell("dump_wflow", "-i", "2", "-f", name)
        login.tell("add", name)
    assert login.get("get_fws", "-n", "b", "-d", "count") == 3
    (login.folder / "more.yaml").write_text("fw_id: -1\nname: c\nspec: {_tasks: [{_fw_name: ScriptTask, script: x}]}\n")
    login.tell("append_wflow", "-i", "1", "-f", "more.yaml", "-d")
    assert login.get("get_wflows", "-i", "1", "-d", "all")["links"] == {
        "a--1": ["b--2", "c--7"],
        "b--2": [],
        "c--7": ["b--2"],
    }
    assert "names" in login.refuse("add_scripts", "x", "y", "-n", "only")
