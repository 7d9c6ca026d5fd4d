"""A login node in a folder, a batch system that does as it is told, and what must be true after any fault."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.victims import PROGRAMS, Server, serving
from tests.launching import call, environment
from tests.login import BIN, fw, let_time_pass

from longfuse.launchdir import names
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.faults.victims import Victim

FAKE_SLURM = Path(__file__).parents[1] / "fixtures" / "fake_slurm"

QADAPTER = """\
_fw_name: CommonAdapter
_fw_q_type: SLURM
rocket_launch: rlaunch singleshot --offline
"""
CONFIG = """\
OFFLINE_GRACE_SECS: 0
QUEUE_RETRY_ATTEMPTS: 0
"""
ADD = ("lpad", "-s", "add", "workflow.json")
LAUNCH = ("qlaunch", "-s", "-r", "rapidfire")
LAUNCH_HERE = ("qlaunch", "-s", "-r", "singleshot")
RECOVER = ("lpad", "-s", "recover_offline", "-w", "")
JOB = ("rlaunch", "singleshot", "--offline")

PATIENCE = 12
"""After so many rounds of ordinary commands everything has come to its end."""


class Site:
    """Its folder holds the settings, the LaunchPad, the launch directories, the batch system's queue and a *ledger*.

    Args:
        folder: Made if it is not there.
        server: Runs the commands.
    """

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.slurm = folder / "slurm"
        self.slurm.mkdir(parents=True, exist_ok=True)
        self.database = folder / "database" / "launchpad.db"
        self.ledger = folder / "ledger"
        for name, content in (
            ("my_launchpad.yaml", "url: sqlite:///database/launchpad.db\n"),
            ("my_qadapter.yaml", QADAPTER),
            ("FW_config.yaml", CONFIG),
        ):
            (folder / name).write_text(content)
        LaunchPad(self.url, create=True).close()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    @property
    def environ(self) -> dict[str, str]:
        return environ(self.folder) | {"FAKE_SLURM": str(self.slurm), "HOME": str(self.folder)}

    def copy(self, folder: Path) -> Site:
        """Another one that is as this one is now; nothing may be running here."""
        self.checkpoint()
        shutil.copytree(self.folder, folder)
        for path in (folder / "workflow.json", *folder.rglob("FW*")):
            if path.is_file():
                path.write_text(path.read_text().replace(str(self.folder), str(folder)))
        with closing(sqlite3.connect(folder / "database" / "launchpad.db")) as connection, connection:
            for table, column in (("launches", "launch_dir"), ("specs", "spec")):
                connection.execute(
                    f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (str(self.folder), str(folder))
                )
        return Site(folder, self.server)

    def checkpoint(self) -> None:
        """Empty the write-ahead log, so that the file is all there is."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    # --- how far it is
    def added(self) -> Site:
        """With the workflow in the LaunchPad."""
        self.write_workflow()
        assert self.run(*ADD).end() == 0
        return self

    def launched(self) -> Site:
        """With two jobs in the queue."""
        self.added()
        assert self.run(*LAUNCH).end() == 0
        return self

    def worked(self) -> Site:
        """With two jobs that have ended, of which the LaunchPad knows nothing."""
        self.launched().work()
        return self

    def write_workflow(self, *, detour: bool = True) -> None:
        """Two parents that their child counts, one of them with a detour before the child."""
        parents = [fw(n, self.task(n, detour=detour and n == 1), name=f"parent {n}") for n in (1, 2)]
        child = fw(3, self.task(3), name="child", count=0, of=[])
        document = {"fws": [*parents, child], "links": {"1": [3], "2": [3]}, "metadata": {}, "name": "w"}
        (self.folder / "workflow.json").write_text(json.dumps(document))

    def task(self, number: int, *, detour: bool = False) -> dict[str, Any]:
        return call("fault_tasks.work", number, str(self.ledger), detour)

    # --- commands
    def start(self, *argv: str, stop: tuple[str, int] = ("main", 0), cwd: Path | None = None, job: str = "") -> Victim:
        environ = self.environ | ({"SLURM_JOB_ID": job} if job else {})
        return self.server.start(cwd or self.folder, environ, argv, stop)

    def run(self, *argv: str, cwd: Path | None = None, job: str = "") -> Victim:
        """A command to its end, however that is; a traceback is never its answer."""
        victim = self.start(*argv, cwd=cwd, job=job)
        victim.end()
        if argv != JOB:  # which prints that of a task
            assert "Traceback (most" not in victim.printed(), victim.printed()
        return victim

    # --- the batch system
    def order(self, *words: str) -> None:
        """What the next submissions do, see ``fixtures/fake_slurm/sbatch``."""
        (self.slurm / "orders").write_text("".join(f"{word}\n" for word in words))

    def jobs(self) -> dict[str, str]:
        """The tokens of the jobs in the queue, by job id."""
        path = self.slurm / "jobs"
        lines = path.read_text().splitlines() if path.exists() else []
        pairs = (line.split("|", 1) for line in lines)
        return {job_id: comment.rpartition(":")[2] for job_id, comment in pairs}

    def forget(self, job_id: str) -> None:
        """The job has left the queue."""
        path = self.slurm / "jobs"
        lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{job_id}|")]
        path.write_text("".join(f"{line}\n" for line in lines))

    def end_hanging(self) -> None:
        """End the ``sbatch`` that was ordered to hang, which outlives who called it."""
        with suppress(ProcessLookupError):
            os.kill(int((self.slurm / "begun").read_text()), signal.SIGKILL)

    def work(self) -> None:
        """Run every job in the queue to its end."""
        for job_id, token in self.jobs().items():
            place = self.place_of(token)
            if place is not None:
                self.run(*JOB, cwd=place, job=job_id)
            self.forget(job_id)

    def place_of(self, token: str) -> Path | None:
        """The launch directory with this token."""
        return next((place for place in self.places() if _token(place) == token), None)

    @property
    def first_place(self) -> Path:
        """The launch directory of parent 1."""
        return next(place for place in self.places() if '"parent 1"' in (place / names.FIREWORK).read_text())

    def places(self) -> list[Path]:
        """Every launch directory."""
        return sorted(
            path.parent for path in self.folder.rglob(names.TICKET) if not names.is_launch_file(path.parent.name)
        )

    # --- time
    def let_time_pass(self) -> None:
        """For reservations without a job."""
        let_time_pass(self.database)

    # --- to the end
    def settle(self, story: str) -> None:
        """The ordinary commands, again and again, until nothing is left to do."""
        told = ""
        for _ in range(PATIENCE):
            self.let_time_pass()
            told = self.run(*LAUNCH).printed()
            self.work()
            told += self.run(*RECOVER).printed()
            if not {"READY", "RESERVED", "RUNNING"} & self.states().keys():
                return
        raise AssertionError(f"something is left to do: {self.states()}; {story}\n{told}")

    def states(self) -> Counter[str]:
        """How many Fireworks are in each state."""
        return Counter(document["state"] for document in self.fireworks().values())

    def fireworks(self) -> dict[int, dict[str, Any]]:
        with closing(LaunchPad(self.url)) as pad:
            documents = pad.get_fw_dicts(pad.get_fw_ids())
        return {document["fw_id"]: {"state": "WAITING", **document} for document in documents}

    # --- what must be true
    def check_results(self, story: str) -> None:
        """Every result that is on the disk is in the LaunchPad, or will be; none is there that is not on the disk."""
        on_disk = self.results()
        known = self.launches()
        for key, state in on_disk.items():
            assert key in known, f"a result of a launch that nobody knows: {key}; {story}"
            assert known[key]["state"] in {state, "RESERVED", "RUNNING"}, f"{known[key]}; {story}"
        for key, launch in known.items():
            if launch["state"] == "COMPLETED":
                assert on_disk.get(key) == "COMPLETED", f"{launch}; {story}"
        self.check_counts(story)

    def check_counts(self, story: str) -> None:
        """Whatever moment it is: who is COMPLETED has been counted by its children, once."""
        fireworks = self.fireworks()
        for document in fireworks.values():
            spec = document["spec"]
            assert spec.get("count", 0) == len(spec.get("of", [])) == len(set(spec.get("of", []))), (
                f"{document}; {story}"
            )
        child = next((document for document in fireworks.values() if document["name"] == "child"), None)
        if child is not None:
            done = {document["name"] for document in fireworks.values() if document["state"] == "COMPLETED"}
            counted = {name for name, number in (("parent 1", 1), ("parent 2", 2)) if number in child["spec"]["of"]}
            assert counted == done & {"parent 1", "parent 2"}, f"{child}; {story}"

    def check_end(self, story: str, *, runs: int = 1) -> None:
        """All is COMPLETED: each Firework ran, counted and was brought home once."""
        self.check_results(story)
        fireworks = self.fireworks()
        present = sorted(document["name"] for document in fireworks.values())
        assert present == ["child", "detour", "parent 1", "parent 2"], f"{present}; {story}"
        assert self.states() == {"COMPLETED": 4}, f"{self.states()}; {story}"
        child = next(document for document in fireworks.values() if document["name"] == "child")
        assert sorted(child["spec"]["of"]) == [1, 2, 101], f"{child}; {story}"
        assert set(self.launches()) >= set(self.results()), story
        ran = Counter(line.split()[0] for line in self.ledger.read_text().splitlines())
        assert set(ran) == {"1", "2", "3", "101"}, f"{ran}; {story}"
        assert max(ran.values()) <= runs, f"{ran}; {story}"

    def results(self) -> dict[tuple[int, str], str]:
        """The final records on the disk: how each launch ended."""
        found = {}
        for place in self.folder.rglob(names.FINAL):
            record = json.loads(place.read_text())
            found[record["launch_id"], record["token"]] = record["state"]
        return found

    def launches(self) -> dict[tuple[int, str], dict[str, Any]]:
        """The launches in the LaunchPad, by id and token."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT launch_id, token, fw_id, state, cause, reason, archived FROM launches")
            return {(row["launch_id"], row["token"]): dict(row) for row in rows}


def environ(home: Path) -> dict[str, str]:
    """What commands and jobs get: a home without settings, the batch system and the tasks of these tests."""
    path = os.pathsep.join((str(FAKE_SLURM), str(BIN), os.environ["PATH"]))
    ours = environment({"HOME": str(home), "PATH": path, "COLUMNS": "120"})
    return ours | {"PYTHONPATH": os.pathsep.join((str(PROGRAMS), ours["PYTHONPATH"]))}


def served(folder: Path, *prefix: str) -> Iterator[Server]:
    """A server for sites."""
    with serving(folder, environ(folder), *prefix) as server:
        yield server


def _token(place: Path) -> str:
    try:
        ticket: Mapping[str, Any] = json.loads((place / names.TICKET).read_text())
    except (OSError, ValueError):
        return ""
    return str(ticket.get("token", ""))
