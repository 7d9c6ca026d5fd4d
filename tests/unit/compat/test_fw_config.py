"""FireWorks' configuration as names of a module: read when the first is asked for."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from longfuse.compat.fireworks import fw_config
from longfuse.compat.fireworks.fw_config import FWData

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current directory, where the module has read nothing yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FW_CONFIG_FILE", raising=False)
    fw_config.override_user_settings()
    yield tmp_path
    fw_config.override_user_settings()


def test_defaults(folder: Path) -> None:
    assert (fw_config.SORT_FWS, fw_config.TRACKER_LINES, fw_config.WFLOCK_EXPIRATION_SECS) == ("", 25, 300)
    assert (fw_config.LAUNCHPAD_LOC, fw_config.CONFIG_FILE_DIR, fw_config.JSON_SCHEMA_VALIDATE) == (None, ".", False)
    assert set(fw_config.USER_PACKAGES) == {"fireworks.user_objects", "fw_tutorials", "fireworks.features"}
    assert {"QSTAT_FREQUENCY", "FW_LOGGING_FORMAT"} < set(dir(fw_config))
    with pytest.raises(AttributeError, match="NONSENSE"):
        fw_config.NONSENSE  # noqa: B018


def test_a_file_counts_and_is_read_once(folder: Path) -> None:
    (folder / "FW_config.yaml").write_text("SORT_FWS: FIFO\nADD_USER_PACKAGES: [mine]\n")
    (folder / "my_launchpad.yaml").write_text("url: sqlite:///x.db\n")
    assert fw_config.SORT_FWS == "FIFO"
    assert Path(fw_config.LAUNCHPAD_LOC) == folder / "my_launchpad.yaml"
    assert fw_config.USER_PACKAGES[-1] == "mine"
    (folder / "FW_config.yaml").write_text("SORT_FWS: FILO\n")
    assert fw_config.SORT_FWS == "FIFO"
    fw_config.override_user_settings()
    assert fw_config.SORT_FWS == "FILO"


def test_all_as_a_dictionary_and_what_differs_as_a_file(folder: Path) -> None:
    (folder / "FW_config.yaml").write_text("SORT_FWS: FIFO\n")
    found: dict[str, Any] = fw_config.config_to_dict()
    assert (found["SORT_FWS"], found["WEBSERVER_PORT"]) == ("FIFO", 5000)
    assert "NEGATIVE_FWID_CTR" not in found
    fw_config.write_config(folder / "new" / "FW_config.yaml")
    assert (folder / "new" / "FW_config.yaml").read_text() == "SORT_FWS: FIFO\n"


def test_nothing_is_read_on_import(folder: Path) -> None:
    (folder / "FW_config.yaml").write_text("nonsense: 1\n")
    importlib.reload(fw_config)


def test_the_data_that_processes_share() -> None:
    data = FWData()
    assert data is FWData()
    assert (data.MULTIPROCESSING, data.NODE_LIST, data.SUB_NPROCS, data.Running_IDs) == (False, None, None, {})
