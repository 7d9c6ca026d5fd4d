"""Making a directory ready, also when it was used before or somebody died half-way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.launching import TOKEN, document, make_firework, make_ticket

from longfuse.launchdir.aside import folder_of
from longfuse.launchdir.files import write_json
from longfuse.launchdir.observe import observe
from longfuse.launchdir.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path


def test_it_writes_firework_and_ticket(tmp_path: Path) -> None:
    prepare(str(tmp_path / "a" / "b"), make_firework(x=1), make_ticket())
    assert document(tmp_path / "a" / "b", "FW.json")["spec"]["x"] == 1
    assert document(tmp_path / "a" / "b", "FW_offline.json")["token"] == TOKEN


def test_twice_for_the_same_launch_is_harmless(tmp_path: Path) -> None:
    prepare(str(tmp_path), make_firework(), make_ticket())
    write_json(str(tmp_path / "FW_ping.json"), {"launch_id": 1, "token": TOKEN})
    prepare(str(tmp_path), make_firework(), make_ticket())
    assert sorted(os.listdir(tmp_path)) == ["FW.json", "FW_offline.json", "FW_ping.json"]


def test_what_cannot_be_written_is_no_ticket(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        prepare(str(tmp_path), make_firework(x=object()), make_ticket())
    assert os.listdir(tmp_path) == []


def test_a_torn_file_goes_with_the_ticket_it_lay_beside(tmp_path: Path) -> None:
    prepare(str(tmp_path), make_firework(), make_ticket())
    (tmp_path / "FW_action.json").write_text("{")
    prepare(str(tmp_path), make_firework(), make_ticket(2))
    assert sorted(os.listdir(tmp_path / "FW_launch_1")) == ["FW.json", "FW_action.json", "FW_offline.json"]


def test_half_moved_files_are_found_and_then_moved(tmp_path: Path) -> None:
    prepare(str(tmp_path), make_firework(), make_ticket())
    final = {"protocol": 1, "launch_id": 1, "token": TOKEN, "state": "COMPLETED", "fwaction": {}}
    write_json(str(tmp_path / "FW_action.json"), final)
    (tmp_path / "FW_launch_1").mkdir()
    os.rename(tmp_path / "FW_offline.json", tmp_path / "FW_launch_1" / "FW_offline.json")  # then somebody died
    half = observe(str(tmp_path), 1)
    assert half is not None
    assert half.final is not None
    prepare(str(tmp_path), make_firework(), make_ticket(2))
    whole = observe(str(tmp_path), 1, half.signature)
    assert whole is not None
    assert whole.final == half.final
    assert "FW_action.json" not in os.listdir(tmp_path)


def test_launches_of_one_number_from_two_launchpads_do_not_mix(tmp_path: Path) -> None:
    for token in ("a", "b", "c"):
        prepare(str(tmp_path), make_firework(), make_ticket(1, token=token))
    assert document(tmp_path, "FW_offline.json")["token"] == "c"
    assert document(tmp_path / "FW_launch_1", "FW_offline.json")["token"] == "b"
    assert document(tmp_path / "FW_launch_1.1", "FW_offline.json")["token"] == "a"


def test_a_launch_that_lost_its_directory_writes_beside_the_new_one(tmp_path: Path) -> None:
    prepare(str(tmp_path), make_firework(), make_ticket())
    assert folder_of(str(tmp_path), 1, TOKEN) == str(tmp_path)
    prepare(str(tmp_path), make_firework(), make_ticket(2))
    assert folder_of(str(tmp_path), 1, TOKEN) == str(tmp_path / "FW_launch_1")
    (tmp_path / "FW_offline.json").unlink()
    assert folder_of(str(tmp_path), 1, TOKEN) == str(tmp_path)
