"""Names of directories, and what a layout leaves in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longfuse.launchers.directories import Layout, block_dir, create_dated_dir, create_launcher_dir
from longfuse.launchers.queue import RETRY_S, retry_pauses

if TYPE_CHECKING:
    from pathlib import Path


def test_a_coarse_stamp_is_followed_by_a_number(tmp_path: Path) -> None:
    made = [create_dated_dir(tmp_path, "x_", "fixed") for _ in range(3)]
    assert made == [str(tmp_path / name) for name in ("x_fixed", "x_fixed-1", "x_fixed-2")]


def test_fine_stamps_differ(tmp_path: Path) -> None:
    made = {create_launcher_dir(tmp_path) for _ in range(20)}
    assert len(made) == 20
    assert not any(name.endswith("-1") and name.count("-") > 6 for name in made)


def test_the_last_block_is_used_again(tmp_path: Path) -> None:
    first = block_dir(tmp_path, None, stamp="%Y")
    assert block_dir(tmp_path, None, stamp="%Y") == first
    assert block_dir(tmp_path, None, stamp="%Y", always_new=True) == f"{first}-1"


def test_what_is_removed(tmp_path: Path) -> None:
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "file").touch()
    Layout(remove_unused=False).remove_if_empty(str(tmp_path / "empty"))
    assert (tmp_path / "empty").exists()
    for name in ("empty", "full", "none"):
        Layout().remove_if_empty(str(tmp_path / name))
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_firework_for_people(tmp_path: Path) -> None:
    Layout().write_yaml(str(tmp_path), {"name": "a"})
    assert list(tmp_path.iterdir()) == []
    Layout(with_yaml=True).write_yaml(str(tmp_path), {"name": "a"})
    assert (tmp_path / "FW.yaml").read_text() == "name: a\n"


def test_pauses_grow_up_to_the_last(tmp_path: Path) -> None:
    assert retry_pauses(5) == RETRY_S
    assert retry_pauses(7) == (*RETRY_S, RETRY_S[-1], RETRY_S[-1])
    assert retry_pauses(0) == ()
