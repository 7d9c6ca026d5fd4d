"""``lpad detect_*``, ``admin``, ``check_wflow`` and ``get_fws_in_wflows`` as processes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from tests.login import BIN, Login, chain, fw

HOLD = "2026-01-01T00:00:00.000000+00:00"


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


def past_the_launchpad(login: Login, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(login.folder / "launchpad.db")) as database:
        database.execute(statement, values)
        database.commit()


def age(login: Login, state: str) -> None:
    """Nothing was heard of any launch since January."""
    entry = {"state": state, "created_on": HOLD, "updated_on": HOLD}
    past_the_launchpad(login, "UPDATE launches SET state_history = ?", json.dumps([entry]))


def add_chain(login: Login, name: str = "w") -> None:
    fws = [fw(-1, name="first"), fw(-2, name="second")]
    login.add(*fws, links=chain(*fws), name=name)


def silent_run(login: Login) -> None:
    """A rocket that has begun, and of which nothing is heard."""
    from longfuse import FWorker

    login.add(fw(-1))
    login.pad.checkout_fw(FWorker(), str(login.folder / "gone"), fw_id=1)
    age(login, "RUNNING")


# --- detect_unreserved
def test_detect_unreserved(login: Login) -> None:
    login.add(fw(-1))
    login.submit(1)
    assert login.tell("detect_unreserved") == "[]\n"
    age(login, "RESERVED")
    assert login.tell("detect_unreserved") == "[1]\n"
    assert login.tell("detect_unreserved", "--time", "1e10") == "[]\n"
    shown, _, found = login.tell("detect_unreserved", "-d", "less").rpartition("}\n")
    assert (json.loads(shown + "}")["fw_id"], found) == (1, "[1]\n")
    assert login.tell("-o", "yaml", "detect_unreserved", "-d", "none") == "- 1\n"
    assert login.state(1) == "RESERVED"
    assert login.tell("detect_unreserved", "--rerun") == "[1]\n"
    assert login.state(1) == "READY"


def test_detect_unreserved_reads_the_files_first(login: Login) -> None:
    login.add(fw(-1))
    login.job(login.submit(1))
    age(login, "RESERVED")
    assert login.tell("detect_unreserved", "--rerun") == "[]\n"
    assert login.state(1) == "COMPLETED"


# --- detect_lostruns
def test_detect_lostruns(login: Login) -> None:
    silent_run(login)
    done = login.lpad("detect_lostruns")
    assert done.stdout == (
        "\nDetection completed:\n  Lost launches: 1\n  Lost FireWorks: 1\n  Inconsistent FireWorks: 0\n"
    )
    assert "Detected 1 lost FWs: [1]" in done.stderr
    assert "--fizzle" in done.stderr
    assert login.state(1) == "RUNNING"
    for narrowed in (["--time", "1e10"], ["--min_runtime", "1e9"], ["-q", '{"name": "x"}'], ["-lq", '{"fw_id": 9}']):
        assert "Lost launches: 0" in login.tell("detect_lostruns", *narrowed, "--fizzle"), narrowed
    assert login.tell("detect_lostruns", "--fizzle", "-d", "ids").startswith("1\n\nDetection completed:")
    assert login.state(1) == "FIZZLED"
    assert "Lost launches: 0" in login.tell("detect_lostruns")


def test_detect_lostruns_reruns(login: Login) -> None:
    silent_run(login)
    login.tell("detect_lostruns", "--rerun")
    assert login.state(1) == "READY"


def test_detect_lostruns_refreshes_what_does_not_add_up(login: Login) -> None:
    add_chain(login)
    login.job(login.submit(2))
    login.recover()
    past_the_launchpad(login, "UPDATE fireworks SET state = 'RUNNING' WHERE fw_id = 2")
    assert "Inconsistent FireWorks: 1" in login.tell("detect_lostruns")
    assert "`lpad admin refresh -i 2` sets them right" in login.refuse("check_wflow", "-i", "2")
    login.tell("detect_lostruns", "--refresh")
    assert (login.state(2), login.state(1)) == ("COMPLETED", "READY")


# --- admin
def test_admin_alone_prints_its_help_and_each_command_has_an_example(login: Login) -> None:
    assert "maintain" in login.tell("admin")
    for name in ("maintain", "orphaned", "tuneup", "refresh", "unlock"):
        assert f"lpad admin {name}" in login.tell("admin", name, "-h").partition("example:")[2]
    assert login.lpad("admin", "mantain").returncode == 2


def test_admin_maintain(login: Login) -> None:
    silent_run(login)
    done = login.lpad("admin", "maintain", "--maintain_interval", "1")
    assert (done.returncode, done.stdout) == (0, "")
    assert "LaunchPad was MAINTAINED." in done.stderr
    assert login.state(1) == "FIZZLED"


def test_admin_maintain_goes_on_until_ctrl_c(login: Login) -> None:
    import signal

    process = login.start("lpad", "admin", "maintain", "--infinite", "--maintain_interval", "0")
    assert process.stderr is not None
    seen = 0
    for line in process.stderr:
        seen += "MAINTAINED" in line
        if seen == 2:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (0, 130)


def test_admin_refresh(login: Login) -> None:
    add_chain(login)
    past_the_launchpad(login, "UPDATE fireworks SET state = 'WAITING' WHERE fw_id = 2")
    past_the_launchpad(login, "UPDATE fireworks SET waiting_for = 3 WHERE fw_id = 1")
    done = login.lpad("admin", "refresh", "-i", "1")
    assert "corrected [1, 2]" in done.stderr
    assert "Finished refreshing 1 Workflows" in done.stderr
    assert login.tell("check_wflow", "-i", "1") == ""
    assert "corrected" not in login.lpad("admin", "refresh").stderr


def test_admin_unlock_says_that_there_is_no_lock(login: Login) -> None:
    add_chain(login)
    done = login.lpad("admin", "unlock", "-i", "1")
    assert "There is no lock to break" in done.stderr
    assert "Finished unlocking 1 Workflows" in done.stderr
    assert "No Firework exists with id: 9" in login.refuse("admin", "unlock", "-i", "9")


def test_admin_orphaned(login: Login) -> None:
    add_chain(login), add_chain(login)
    assert login.tell("admin", "orphaned", "-d", "ids", "--remove") == "[]\n"
    assert login.tell("admin", "orphaned", "-d", "count") == "0\n"
    place = login.submit(2)
    past_the_launchpad(login, "DELETE FROM workflows WHERE wf_id = 1")
    assert login.get("admin", "orphaned", "-d", "ids") == [1, 2]
    assert login.get("admin", "orphaned", "-d", "ids", "-m", "1") == 1
    assert login.get("admin", "orphaned", "-d", "ids", "-s", "RESERVED") == 2
    assert login.get("admin", "orphaned", "-d", "ids", "--qid", "job-1") == 2
    assert login.get("admin", "orphaned", "-d", "ids", "--remove", "--ldirs") == [1, 2]
    assert login.get("get_fws", "-d", "ids") == [3, 4]
    assert not place.exists()


@pytest.mark.parametrize("words", [[], ["--full"]])
def test_admin_tuneup(login: Login, words: list[str]) -> None:
    add_chain(login)
    done = login.lpad("admin", "tuneup", *words)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Performing db tune-up" in done.stderr
    assert login.get("get_fws", "-d", "count") == 2


# --- log files
def test_log_lines_also_go_to_a_folder(login: Login) -> None:
    for _ in range(2):
        done = login.lpad("--logdir", "my logs", "add_scripts", "true")
        assert "Added a workflow" in done.stderr
    written = (login.folder / "my logs" / "longfuse.log").read_text()
    assert written.count("INFO Added a workflow") == 2
    assert "my_launchpad.yaml" in login.refuse("--logdir", "my_launchpad.yaml", "get_fws")


def test_the_launchpad_file_names_folder_and_level(login: Login) -> None:
    file = login.folder / "my_launchpad.yaml"
    file.write_text(file.read_text() + "logdir: my logs\nstrm_lvl: warning\n")
    assert "Added" not in login.lpad("add_scripts", "true").stderr
    assert "Added" in login.lpad("--loglvl", "info", "add_scripts", "true").stderr
    assert (login.folder / "my logs" / "longfuse.log").read_text().count("INFO Added a workflow") == 1
    file.write_text(file.read_text().replace("my logs", "[1]"))
    assert "it names a folder" in login.refuse("get_fws")
    assert "it names a folder" in login.lpad("doctor").stdout


# --- looking
@pytest.mark.parametrize("command", ["get_fws_in_wflows", "get_fws_in_wfs"])
def test_get_fws_in_wflows(login: Login, command: str) -> None:
    add_chain(login, "A"), add_chain(login, "B")
    ids = [command, "-d", "ids"]
    assert login.get(*ids) == [1, 2, 3, 4]
    assert login.get(*ids, "-wfn", "A") == [1, 2]
    assert login.get(*ids, "--wf_fw_id", "3", "--fw_name", "second") == 3
    assert login.get(*ids, "-wfq", '{"name": "B"}', "-fws", "ready") == 4
    assert login.get(*ids, "-wfs", "COMPLETED") == []
    assert login.get(*ids, "-fwi", "1,4", "--rsort", "created_on", "-m", "1") in (1, 4)
    assert login.get(command, "-d", "count", "-fwq", '{"spec.x": 1}') == 0
    login.submit(2)
    assert login.get(*ids, "-wfn", "A", "-fws", "RESERVED", "-lm") == 2
    assert login.get(*ids, "--qid", "job-1") == 2
    assert login.get(command, "-wfn", "A", "-fwn", "first")["name"] == "first"
    assert "No Firework exists" in login.refuse(*ids, "-wfi", "99")


def test_check_wflow_is_silent_if_all_is_well(login: Login) -> None:
    add_chain(login)
    assert login.tell("check_wflow", "-i", "2") == ""
    assert "fw_id=9" in login.refuse("check_wflow", "-i", "9")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lpad admin re", ["refresh"]),
        ("lpad admin tuneup --f", ["--full"]),
        ("lpad admin refresh -s ARCH", ["ARCHIVED"]),
        ("lpad detect_l", ["detect_lostruns"]),
    ],
)
def test_the_tab_key_reaches_nested_commands(login: Login, tmp_path: Path, line: str, expected: list[str]) -> None:
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_TYPE": "9"}
    answer = tmp_path / "answer"
    environ = login.environ | asked | {"_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    subprocess.run([BIN / "lpad"], env=environ, cwd=login.folder, check=True, capture_output=True)
    assert [word.strip() for word in answer.read_text().split("\n")] == expected
