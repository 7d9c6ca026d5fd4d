"""Launch directories are removed with all that is in them, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from longfuse.launchdir.names import TICKET
from longfuse.launchpad.folders import remove_launch_dirs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def launch(tmp_path: Path) -> Path:
    folder = tmp_path / "launcher one"
    (folder / "scratch").mkdir(parents=True)
    for name in (TICKET, "scratch/out"):
        (folder / name).write_text("{}")
    return folder


def test_goes_with_all_that_is_in_it(launch: Path, tmp_path: Path) -> None:
    assert remove_launch_dirs([str(launch), str(tmp_path / "gone")], [str(tmp_path / "launcher one.db")]) == {}
    assert not launch.exists()


@pytest.mark.parametrize("precious", ["pad.db", "scratch/deep/pad.db", ""])
def test_stays_for_what_is_precious(launch: Path, precious: str) -> None:
    assert list(remove_launch_dirs([str(launch)], [str(launch / precious)])) == [str(launch)]
    assert (launch / "scratch" / "out").exists()


def test_stays_for_what_is_precious_behind_a_link(launch: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(launch)
    assert remove_launch_dirs([str(tmp_path / "link")], [str(launch / "pad.db")])
    assert remove_launch_dirs([str(launch)], [str(tmp_path / "link" / "pad.db")])
    assert launch.exists()


def test_stays_for_another_launch_below_it(launch: Path, tmp_path: Path) -> None:
    (tmp_path / TICKET).write_text("{}")
    assert remove_launch_dirs([str(tmp_path)], []) == {str(tmp_path): f"another launch is in {launch}"}
    assert remove_launch_dirs([str(tmp_path), str(launch)], []) == {}
    assert not tmp_path.exists()
    tmp_path.mkdir()  # pytest's own
