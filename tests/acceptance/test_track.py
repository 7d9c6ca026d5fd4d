"""Trackers: what a job writes is seen in the LaunchPad while it runs, and after it has ended."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.launching import shell, start, wait_for_file, wait_until
from tests.login import Login, fw

WAIT = "while [ ! -e go ]; do sleep 0.05; done"


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path / "login node")


def tracking(fw_id: int, *scripts: str, trackers: list[dict[str, object]] | None = None) -> dict[str, object]:
    default = [{"filename": "log", "nlines": 2}, {"filename": "other"}]
    return fw(fw_id, *(shell(script) for script in scripts), name="md", _trackers=trackers or default)


def test_offline_while_it_runs_and_after(login: Login) -> None:
    login.add(tracking(1, "printf '1\\n2\\n3\\n' > log", f"touch ready; {WAIT}; echo 4 >> log"), fw(2, shell("true")))
    place = login.submit(1)
    running = start(place)
    wait_for_file(place / "ready")
    login.recover()
    assert login.state(1) == "RUNNING"
    block = "# FW id: 1, FW name='md'\n## Launch id: 1\n### Filename: log\n{}\n### Filename: other\n\n"
    assert login.tell("track_fws") == block.format("2\n3")
    (place / "go").touch()
    running.communicate(timeout=60)
    login.recover()
    for path in place.iterdir():
        path.unlink()
    assert login.tell("track_fws", "-i", "1") == block.format("3\n4")


def test_online_the_same(login: Login) -> None:
    login.add(tracking(1, "echo yes > log", f"touch ready; {WAIT}; echo end >> log"))
    running = login.start("rlaunch", "singleshot")
    wait_for_file(login.folder / "ready")
    wait_until(lambda: "yes" in login.tell("track_fws"), "the LaunchPad has the line")
    (login.folder / "go").touch()
    running.communicate(timeout=60)
    assert "### Filename: log\nyes\nend\n" in login.tell("track_fws")


def test_which_fireworks_and_which_files(login: Login) -> None:
    login.add(tracking(1, "echo one > log; echo a > other"), tracking(2, "echo two > log; echo b > other"))
    for fw_id in (1, 2):
        login.job(login.submit(fw_id))
    login.recover()
    both = login.tell("track_fws", "-c", "log")
    assert both == (
        "# FW id: 1, FW name='md'\n## Launch id: 1\n### Filename: log\none\n>------<\n"
        "# FW id: 2, FW name='md'\n## Launch id: 2\n### Filename: log\ntwo\n"
    )
    assert login.tell("track_fws", "-x", "other") == both
    assert login.tell("track_fws", "-c", "none") == ""
    assert "# FW id: 1" not in login.tell("track_fws", "-q", '{"fw_id": {"$gt": 1}}')
    assert "# FW id: 2" not in login.tell("track_fws", "-lm", "-s", "COMPLETED", "-m", "1")
    document = json.loads(login.tell("-o", "json", "track_fws", "-i", "2", "-c", "other"))
    trackers = [{"filename": "other", "nlines": 25, "allow_zipped": False, "content": "b"}]
    assert document == {"fw_id": 2, "name": "md", "launches": [{"launch_id": 2, "trackers": trackers}]}
    assert "No Firework exists with id: 9" in login.refuse("track_fws", "-i", "9")


def test_python_sees_them_too(login: Login) -> None:
    login.add(tracking(1, "echo one > log"))
    login.job(login.submit(1))
    login.recover()
    data = login.pad.get_tracker_data(1)
    assert [str(tracker) for tracker in data[0]["trackers"]] == ["### Filename: log\none", "### Filename: other\n"]
    assert data[0]["launch_id"] == 1


def test_output_that_is_no_text(login: Login) -> None:
    login.add(tracking(1, "printf 'caf\\351\\n' > log"))
    login.job(login.submit(1))
    login.recover()
    assert "caf�" in login.tell("track_fws", "-c", "log")


def test_follow_reads_the_files_themselves(login: Login) -> None:
    """Long before the next heartbeat, and without any recovery."""
    login.add(tracking(1, "seq 0 1 > log", f"touch ready; {WAIT}; seq 2 9 >> log; echo x > other"))
    place = login.submit(1)
    following = login.start("lpad", "track_fws", "--follow")
    running = start(place)
    assert following.stdout is not None
    wait_for_file(place / "ready")
    assert following.stdout.readline() == "==> FW id: 1, Launch id: 1, log <==\n"
    assert following.stdout.readline() + following.stdout.readline() == "0\n1\n"
    (place / "go").touch()
    rest, _ = following.communicate(timeout=60)
    assert rest == "2\n3\n4\n5\n6\n7\n8\n9\n==> FW id: 1, Launch id: 1, other <==\nx\n"
    assert following.returncode == 0
    running.communicate(timeout=60)


def test_follow_shows_what_the_launchpad_has_where_the_directory_cannot_be_seen(login: Login) -> None:
    login.add(tracking(1, "echo 1 > log", f"touch ready; {WAIT}"))
    place = login.submit(1)
    running = start(place)
    wait_for_file(place / "ready")
    login.recover()
    login.pad.change_launch_dir(1, "/not/mounted/here")
    following = login.start("lpad", "track_fws", "-i", "1", "--follow")
    assert following.stdout is not None
    assert following.stdout.readline() == "==> FW id: 1, Launch id: 1, log <==\n"
    assert following.stdout.readline() == "1\n"
    following.send_signal(signal.SIGINT)
    _, told = following.communicate(timeout=60)
    assert (following.returncode, told) == (130, "\nlpad: interrupted\n")
    (place / "go").touch()
    running.communicate(timeout=60)


def test_follow_ends_at_once_where_all_has_ended(login: Login) -> None:
    login.add(tracking(1, "echo 1 > log"))
    login.job(login.submit(1))
    login.recover()
    assert login.tell("track_fws", "--follow", "-c", "log") == "==> FW id: 1, Launch id: 1, log <==\n1\n"
