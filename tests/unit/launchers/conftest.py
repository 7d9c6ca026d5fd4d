"""A LaunchPad, and a batch system that does as it is told: real programs, first on PATH."""

from __future__ import annotations

import logging
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from longfuse.domain.fworker import FWorker
from longfuse.launchers.shell import run
from longfuse.launchers.submission import Launcher
from longfuse.launchpad.pad import LaunchPad
from longfuse.queue.files import adapter_from_dict

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(__file__).parents[2] / "fixtures" / "fake_slurm"
FILE = {"_fw_q_type": "SLURM", "rocket_launch": "rlaunch singleshot --offline"}


@dataclass(frozen=True, slots=True)
class Slurm:
    """What the programs know."""

    folder: Path

    def order(self, *orders: str) -> None:
        """What the next submissions shall do: refuse, later, lost, taken, or anything else for the usual."""
        (self.folder / "orders").write_text("".join(f"{order}\n" for order in orders))

    def go_away(self) -> None:
        (self.folder / "away").touch()

    def come_back(self) -> None:
        (self.folder / "away").unlink()

    @property
    def jobs(self) -> dict[str, str]:
        """The comments of the jobs in the queue."""
        path = self.folder / "jobs"
        lines = path.read_text().splitlines() if path.exists() else []
        return dict(line.split("|", 1) for line in lines)

    def end_jobs(self) -> None:
        (self.folder / "jobs").unlink()

    @property
    def times_asked(self) -> int:
        path = self.folder / "asked"
        return len(path.read_text().splitlines()) if path.exists() else 0


@dataclass(frozen=True, slots=True)
class Desk:
    """A user's folder, LaunchPad and batch system."""

    folder: Path
    launchpad: LaunchPad
    slurm: Slurm

    def launcher(self, *, reserve: bool = True, fill_mode: bool = False, **keys: Any) -> Launcher:
        rocket = {} if reserve else {"rocket_launch": "rlaunch singleshot"}
        adapter = adapter_from_dict({**FILE, **rocket, **keys}, "my_qadapter.yaml", self.folder)
        return Launcher(
            launchpad=self.launchpad,
            fworker=FWorker(),
            adapter=adapter,
            shell=run,
            reserve=reserve,
            fill_mode=fill_mode,
        )

    def add(self, count: int = 1, name: str = "fw", **spec: Any) -> list[int]:
        """Fireworks that are READY; their ids."""
        return [self._add_one(name, spec) for _ in range(count)]

    def _add_one(self, name: str, spec: dict[str, Any]) -> int:
        task = {"_fw_name": "ScriptTask", "script": "true"}
        document = {"fws": [{"fw_id": -1, "name": name, "spec": {"_tasks": [task], **spec}}], "links": {}}
        [ids] = self.launchpad.add_documents([{**document, "metadata": {}}])
        return ids[-1]

    def state(self, fw_id: int) -> str:
        return str(self.launchpad.get_fw_dict_by_id(fw_id)["state"])

    def launch(self, fw_id: int) -> dict[str, Any]:
        """The Firework's last launch."""
        document = self.launchpad.get_fw_dict_by_id(fw_id)
        found: dict[str, Any] = (document["launches"] or document["archived_launches"])[-1]
        return found

    def states(self) -> dict[str, int]:
        return {str(state): count for state, count in self.launchpad.get_state_counts().items() if count}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("slurm", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("FAKE_SLURM", str(tmp_path / "slurm"))
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    with closing(LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True)) as launchpad:
        yield Desk(tmp_path / "work", launchpad, Slurm(tmp_path / "slurm"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.getLogger("longfuse").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("longfuse").setLevel(logging.NOTSET)
