"""``lpad doctor``: each finding in one line, with what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.login import Login

from longfuse.errors import ConfigError
from longfuse.launchers.doctor import probe_command

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = "_fw_name: CommonAdapter\n_fw_q_type: local\nrocket_launch: {}\n"


@pytest.fixture
def login(tmp_path: Path) -> Login:
    login = Login(tmp_path / "login")
    (login.folder / "my_qadapter.yaml").write_text(LOCAL.format("rlaunch -w my_fworker.yaml singleshot --offline"))
    return login


def findings(login: Login, *words: str, code: int = 0) -> dict[str, list[str]]:
    """What was found, by subject: health and text of each."""
    done = login.lpad("doctor", "-o", "json", *words)
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, list[str]] = {}
    for each in json.loads(done.stdout):
        found.setdefault(each["subject"], []).append(f"{each['health']} {each['text']} {each['advice']}")
    return found


def test_a_site_that_is_fit(login: Login) -> None:
    told = login.tell("doctor")
    assert {line.split()[0] for line in told.splitlines()} == {"ok"}
    assert "compute node: " in told
    assert "a rocket starts in" in told
    assert [path.name for path in login.folder.glob("FW_doctor*")] == []


def test_a_queue_adapter_that_cannot_be_read(login: Login) -> None:
    (login.folder / "my_qadapter.yaml").write_text("_fw_q_type: SLURM\n_fw_q_type: PBS\n")
    [told] = findings(login, code=1)["batch system"]
    assert told.startswith("failure")
    assert "stands twice" in told
    assert "correct it" in told


def test_without_a_probe(login: Login) -> None:
    found = findings(login, "--no-probe")
    assert "compute node" not in found
    assert found["local"][0].startswith("ok answers")


def test_rlaunch_is_not_on_the_compute_nodes(login: Login) -> None:
    (login.folder / "my_qadapter.yaml").write_text(LOCAL.format("/opt/lost/rlaunch singleshot --offline"))
    [told] = findings(login, "--timeout", "3", code=1)["probe job"]
    assert told.startswith("failure")
    assert "/opt/lost/rlaunch" in told
    assert "see that pre_rocket puts rlaunch on PATH" in told


def test_a_job_that_does_not_come_is_cancelled(login: Login) -> None:
    qadapter = LOCAL.format("rlaunch singleshot --offline") + "pre_rocket: sleep 600\n"
    (login.folder / "my_qadapter.yaml").write_text(qadapter)
    [told] = findings(login, "--timeout", "1", code=1)["probe job"]
    assert "left no report" in told
    assert [path.name for path in login.folder.glob("FW_doctor*")] == []


def test_a_launchpad_and_a_folder_that_cannot_be_used(login: Login) -> None:
    (login.folder / "launchpad.db").rename(login.folder / "away")
    found = findings(login, "--no-probe", "--launch_dir", "/proc/nowhere", code=1)
    assert found["LaunchPad"][0].startswith("failure")
    assert "cannot write into /proc/nowhere" in found["launch directory"][0]


def test_no_batch_system(login: Login) -> None:
    (login.folder / "my_qadapter.yaml").unlink()
    [told] = findings(login)["batch system"]
    assert told.startswith("warning")
    (login.folder / "my_qadapter.yaml").write_text(
        LOCAL.format("rlaunch singleshot --offline").replace("local", "LoadLeveler")
    )
    [told] = findings(login, code=1)["LoadLeveler"]
    assert "there is no llsubmit on PATH" in told


def test_rockets_that_need_the_launchpad(login: Login) -> None:
    (login.folder / "my_qadapter.yaml").write_text(LOCAL.format("rlaunch singleshot"))
    told = " ".join(" ".join(texts) for texts in findings(login, "--no-probe").values())
    assert "add --offline if compute nodes cannot reach it" in told


def test_the_probe_is_the_rocket_s_own_program() -> None:
    assert probe_command("srun rlaunch -w w.yaml singleshot --offline") == "srun rlaunch -w w.yaml probe"
    with pytest.raises(ConfigError, match="must be an rlaunch command"):
        probe_command("python job.py")
