"""A user's folder on the cluster: the three settings files of the walk-through, and the commands typed there."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cluster.standing import PATIENCE_S
from tests.cluster.throwaway.processes import wait_until

from longfuse.launchdir import names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import Popen

    from tests.cluster.standing import Done, SlurmCluster

_LAUNCHPAD = "url: sqlite:///{database}/launchpad.db\n"

_FWORKER = """\
name: firewalled
category: ''
query: '{}'
"""

_QADAPTER = """\
_fw_name: CommonAdapter
_fw_q_type: SLURM
rocket_launch: rlaunch -w {folder}/my_fworker.yaml -l {folder}/my_launchpad.yaml singleshot --offline
ntasks: 1
walltime: '00:10:00'
queue: batch
job_name: null
pre_rocket: export PATH={commands}:$PATH
"""


@dataclass(frozen=True, slots=True)
class Site:
    """One user's corner.

    Attributes:
        slurm: The cluster.
        folder: Where the commands are typed, on the shared file system.
        database: The folder of the LaunchPad's file, which no node can see.
    """

    slurm: SlurmCluster
    folder: Path
    database: Path

    # --- commands
    def call(self, *argv: str) -> Done:
        """A command, whatever comes of it."""
        return self.slurm.login(*argv, cwd=self.folder, env=self.slurm.environment(self.folder))

    def start(self, *argv: str) -> Popen[str]:
        """A command that runs beside others."""
        return self.slurm.start(*argv, cwd=self.folder, env=self.slurm.environment(self.folder))

    def lpad(self, *words: str) -> str:
        """``lpad``, which has to succeed; what it prints."""
        return self.call("lpad", *words).check().stdout

    def add(self, *fireworks: dict[str, Any], links: dict[int, list[int]] | None = None) -> None:
        """Write a workflow as a user would, and ``lpad add`` it."""
        workflow = {"name": "walk-through", "fws": list(fireworks), "links": links or {}, "metadata": {}}
        path = self.folder / "workflow.json"
        path.write_text(json.dumps(workflow))
        self.lpad("add", str(path))

    def launch(self) -> Done:
        """``qlaunch -r rapidfire``: all that is READY."""
        return self.call("qlaunch", "-r", "rapidfire").check()

    def recover(self) -> Done:
        """``lpad recover_offline``; its exit code is the caller's to look at."""
        return self.call("lpad", "recover_offline")

    def recover_until(self, fw_id: int, state: str, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """Recover again and again until a Firework is in a state; its last launch."""
        told = [self.recover().told]

        def recovered() -> bool:
            told.append(self.recover().told)
            return self.state(fw_id) == state

        try:
            wait_until(f"Firework {fw_id} to be {state}", recovered, timeout_s, 1)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {json.dumps(self.firework(fw_id), indent=1)}\n{told[-1]}") from error
        return self.last_launch(fw_id)

    # --- what the LaunchPad says
    def firework(self, fw_id: int) -> dict[str, Any]:
        """``lpad get_fws -i N -d all``."""
        return json.loads(self.lpad("get_fws", "-i", str(fw_id), "-d", "all"))

    def state(self, fw_id: int) -> str:
        """The Firework's state."""
        return self.firework(fw_id)["state"]

    def states(self) -> dict[int, str]:
        """Every Firework's state; of two at least."""
        return {firework["fw_id"]: firework["state"] for firework in json.loads(self.lpad("get_fws"))}

    def last_launch(self, fw_id: int) -> dict[str, Any]:
        """Its last launch."""
        return self.firework(fw_id)["launches"][-1]

    def job_id(self, fw_id: int) -> str:
        """Slurm's id of its last launch."""
        history = self.last_launch(fw_id)["state_history"]
        return next(entry["reservation_id"] for entry in history if "reservation_id" in entry)

    def launch_dir(self, fw_id: int) -> Path:
        """``lpad get_launchdir N``."""
        return Path(self.lpad("get_launchdir", str(fw_id)).strip())

    # --- what is on disk
    def launch_dirs(self) -> list[Path]:
        """Every launch directory, oldest first; needs no database."""
        return sorted(self.folder.glob("block_*/launcher_*"))

    def wait_for_final_record(self, launch_dir: Path) -> dict[str, Any]:
        """Wait until a job has reported its end; what it reported."""
        path = launch_dir / names.FINAL
        try:
            wait_until(str(path), path.exists, PATIENCE_S, 0.05)
        except TimeoutError as error:
            raise AssertionError(f"{error}; the job printed:\n{self.printed(launch_dir)}") from error
        return json.loads(path.read_text())

    def wait_for_begin(self, launch_dir: Path) -> None:
        """Wait until the job's script has made the file ``begun``."""
        try:
            wait_until(f"the job in {launch_dir}", lambda: self._has_begun(launch_dir), PATIENCE_S, 0.2)
        except TimeoutError as error:
            raise AssertionError(f"{error}; it printed:\n{self.printed(launch_dir)}") from error

    def _has_begun(self, launch_dir: Path) -> bool:
        self.slurm.let_go()
        return (launch_dir / "begun").exists()

    def resubmit(self, launch_dir: Path) -> str:
        """``sbatch`` the same script again; the new job's id."""
        argv = ("sbatch", "--parsable", "FW_submit.script")
        done = self.slurm.login(*argv, cwd=launch_dir, env=self.slurm.environment(self.folder))
        return done.check().stdout.strip()

    def printed(self, launch_dir: Path) -> str:
        """What the jobs of a launch directory printed, and what Slurm makes of its jobs."""
        paths = sorted(launch_dir.glob("*.out")) + sorted(launch_dir.glob("*.error"))
        return "".join(path.read_text() for path in paths) + self.slurm.last_words()

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """The database is down: its folder is not where it was."""
        away = self.database.with_name(f"{self.database.name}.away")
        self.database.rename(away)
        try:
            yield
        finally:
            assert not self.database.exists(), "somebody made a new database"
            away.rename(self.database)

    def knock(self, *doors: str, into: str = "knock.json") -> str:
        """A shell command for a Firetask, which knocks on doors and keeps what it met in its launch directory."""
        argv = (sys.executable, str(self.slurm.share / "knock.py"), *doors)
        return f"{shlex.join(argv)} > {into}"


def make_site(slurm: SlurmCluster, name: str, qadapter: str = _QADAPTER) -> Site:
    """A fresh folder with the settings files, and an empty LaunchPad (``lpad reset``)."""
    site = Site(slurm, slurm.share / name, slurm.hidden / name)
    site.folder.mkdir()
    site.database.mkdir()
    commands = Path(sys.executable).parent
    (site.folder / "my_launchpad.yaml").write_text(_LAUNCHPAD.format(database=site.database))
    (site.folder / "my_fworker.yaml").write_text(_FWORKER)
    (site.folder / "my_qadapter.yaml").write_text(qadapter.format(folder=site.folder, commands=commands))
    site.lpad("reset", "--password", date.today().isoformat())  # noqa: DTZ011 - FireWorks' password is the local date
    return site


def script(name: str, *commands: str, **spec: Any) -> dict[str, Any]:
    """A Firework that runs shell commands, in FireWorks' own shape, without its id."""
    return {"name": name, "spec": {"_tasks": [{"_fw_name": "ScriptTask", "script": list(commands)}], **spec}}


def numbered(*fireworks: dict[str, Any]) -> list[dict[str, Any]]:
    """The same with the ids 1, 2, ..., for links."""
    return [{**firework, "fw_id": number} for number, firework in enumerate(fireworks, 1)]
