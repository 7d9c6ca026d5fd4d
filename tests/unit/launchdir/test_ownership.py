"""Files of other users: their tasks are not run, and their reports do not count."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from tests.launching import TOKEN, make_launch, start

from longfuse.errors import ForeignFileError
from longfuse.launchdir.attempt import is_private_group, read_ticket
from longfuse.launchdir.files import write_json
from longfuse.launchdir.observe import observe
from longfuse.launchdir.ping import Ping

if TYPE_CHECKING:
    from pathlib import Path

SOMEBODY = 54321

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away: run this as root")


@pytest.mark.parametrize("name", ["FW.json", "FW_offline.json"])
@pytest.mark.parametrize("mode", [0o666, 0o646])
def test_what_everybody_can_write_is_not_run(tmp_path: Path, name: str, mode: int) -> None:
    folder = make_launch(tmp_path / "here")
    (folder / name).chmod(mode)
    with pytest.raises(ForeignFileError, match="chmod go-w"):
        read_ticket(str(folder))


@needs_root
@pytest.mark.parametrize("name", ["FW.json", "FW_offline.json"])
def test_what_another_user_owns_is_not_run(tmp_path: Path, name: str) -> None:
    folder = make_launch(tmp_path / "here")
    os.chown(folder / name, SOMEBODY, -1)
    with pytest.raises(ForeignFileError, match=f"belongs to user {SOMEBODY}"):
        read_ticket(str(folder))


@needs_root
def test_a_group_of_several_is_no_private_group(tmp_path: Path) -> None:
    folder = make_launch(tmp_path / "here")
    os.chown(folder / "FW.json", -1, SOMEBODY)
    (folder / "FW.json").chmod(0o664)
    with pytest.raises(ForeignFileError, match="can be written by others"):
        read_ticket(str(folder))


def test_the_umask_of_private_groups_is_no_obstacle(tmp_path: Path) -> None:
    """Where each user has a group of the same name the umask is 002, and files are writable for that group."""
    folder = make_launch(tmp_path / "here")
    (folder / "FW.json").chmod(0o664)
    if is_private_group((folder / "FW.json").stat().st_gid):
        assert read_ticket(str(folder)).token == TOKEN
    else:
        with pytest.raises(ForeignFileError):
            read_ticket(str(folder))


def test_rlaunch_says_so_and_runs_nothing(tmp_path: Path) -> None:
    folder = make_launch(tmp_path / "here")
    (folder / "FW.json").chmod(0o666)
    process = start(folder)
    _, told = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "FW.json can be written by others" in told
    assert "Traceback" not in told
    assert sorted(path.name for path in folder.iterdir()) == ["FW.json", "FW_offline.json"]


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_launch_files_go_by_the_umask_and_nobody_elses_pen(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = make_launch(tmp_path / "here")
    finally:
        os.umask(before)
    for name in ("FW.json", "FW_offline.json"):
        mode = stat.S_IMODE((folder / name).stat().st_mode)
        assert mode == 0o664 & ~umask
        assert not mode & stat.S_IWOTH


@needs_root
@pytest.mark.parametrize("owner", [SOMEBODY, 0])
def test_a_report_that_another_user_wrote(tmp_path: Path, owner: int) -> None:
    folder = make_launch(tmp_path / "here")
    os.chown(folder / "FW_offline.json", SOMEBODY + 1, -1)
    ping = Ping(launch_id=1, token=TOKEN, attempt=1, ping_time="p", started_on="s", host="n", pid=1, job_id="")
    write_json(str(folder / "FW_ping.json"), ping.to_dict())
    os.chown(folder / "FW_ping.json", owner, -1)
    seen = observe(str(folder), 1)
    assert seen is not None
    assert bool(seen.foreign) is (owner == SOMEBODY)  # what an administrator brought back is believed
