"""`make demo`: a workflow in offline mode, end to end, with the database out of reach while its jobs run.

Every command is echoed and run as a user would type it. The folder stays, to go on playing with.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"
DATABASE, AWAY = "database", "database.away"
JOB_TIMEOUT_S = 60.0
WAVES = 3
"""A; then B and C; then D."""

console = Console(highlight=False)


class DemoError(Exception):
    """The demonstration did not go as it should."""


def main() -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(description="A workflow in offline mode, end to end.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "run", help="made anew (default: demo/run)")
    folder = parser.parse_args().folder.absolute()
    try:
        fireworks = Demo(fresh(folder)).run()
    except DemoError as error:
        console.print(f"\n[bold red]The demonstration stopped:[/] {escape(str(error))}")
        return 1
    console.print(table_of(fireworks, folder))
    console.print(what_next(folder), soft_wrap=True)
    return 0


def fresh(folder: Path) -> Path:
    """Make the folder with the four files; one of an earlier run is moved aside."""
    if folder.exists():
        number = 1
        while (earlier := folder.with_name(f"{folder.name}-{number}")).exists():
            number += 1
        folder.rename(earlier)
        console.print(f"The folder of an earlier run is now {escape(str(earlier))}", style="dim")
    shutil.copytree(FILES, folder)
    return folder


class Demo:
    """One run in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ended: set[Path] = set()

    def run(self) -> list[dict[str, Any]]:
        """All of it; returns the Fireworks as the LaunchPad has them at the end."""
        say("A LaunchPad is a SQLite file. my_launchpad.yaml says where; this makes it:")
        console.print(f"[bold]$ cd {escape(shlex.quote(str(self._folder)))}[/]", soft_wrap=True)
        self._type("lpad", "reset", "--password", str(date.today()))  # noqa: DTZ011 - FireWorks' password is local
        say("A diamond: B and C wait for A, D waits for both.")
        self._type("lpad", "add", "workflow.yaml")
        self._type("lpad", "get_wflows")
        for wave in range(1, WAVES + 1):
            self._wave(wave)
        fireworks = self._fireworks()
        states = {firework["name"]: firework["state"] for firework in fireworks}
        if set(states.values()) != {"COMPLETED"}:
            raise DemoError(f"the Fireworks should all be COMPLETED by now, but are {states}; look into {self._folder}")
        return fireworks

    def _wave(self, wave: int) -> None:
        say(f"Wave {wave} of {WAVES}. Reserve what is READY, write launch directories, submit jobs:")
        self._type("qlaunch", "-r", "rapidfire")
        say("The jobs run. Take the database away from them, and from us:")
        self._type("mv", DATABASE, AWAY)
        if wave == 1:
            say("Whoever asks the LaunchPad now is told so, and nothing is changed:")
            self._type("lpad", "get_fws", fails=True)
        self._wait_for_jobs()
        self._type("mv", AWAY, DATABASE)
        say("The database is back. Read what the jobs have left in their launch directories:")
        self._type("lpad", "recover_offline")

    def _type(self, *argv: str, fails: bool = False) -> None:
        """Echo a command, run it, show what it prints."""
        console.print(f"[bold]$ {escape(shlex.join(argv))}[/]", soft_wrap=True)
        code = subprocess.run(argv, cwd=self._folder, check=False).returncode  # noqa: S603 - our own words
        if (code != 0) != fails:
            raise DemoError(f"`{shlex.join(argv)}` ended with exit code {code}")

    def _wait_for_jobs(self) -> None:
        """Wait until every launch directory has a final record."""
        deadline = time.monotonic() + JOB_TIMEOUT_S
        with console.status("the jobs run; nobody can reach the database"):
            while waiting := [launch for launch in self._launch_dirs() if not (launch / "FW_action.json").exists()]:
                if time.monotonic() > deadline:
                    raise DemoError(f"{waiting[0]} has no final record after {JOB_TIMEOUT_S:.0f} s")
                time.sleep(0.05)
        for launch in [launch for launch in self._launch_dirs() if launch not in self._ended]:
            names = sorted(path.name for path in launch.glob("FW*.json"))
            console.print(f"{launch.relative_to(self._folder)}/\n  {' '.join(names)}", style="dim", soft_wrap=True)
            self._ended.add(launch)

    def _launch_dirs(self) -> list[Path]:
        return sorted(self._folder.glob("block_*/launcher_*"))

    def _fireworks(self) -> list[dict[str, Any]]:
        argv = ["lpad", "get_fws", "-d", "all"]
        done = subprocess.run(argv, cwd=self._folder, check=False, capture_output=True, text=True)  # noqa: S603
        if done.returncode != 0:
            raise DemoError(f"`{shlex.join(argv)}` says: {done.stderr.strip()}")
        fireworks: list[dict[str, Any]] = json.loads(done.stdout)
        return fireworks


def say(text: str) -> None:
    """Tell what comes next."""
    console.print(f"\n{escape(text)}", style="cyan")


def table_of(fireworks: list[dict[str, Any]], folder: Path) -> Table:
    """Fireworks, states, launch directories, and what each stored."""
    table = Table(title="\nWhat the LaunchPad knows now", title_justify="left")
    for heading in ("fw_id", "name", "state", "launch directory", "stored"):
        table.add_column(heading, overflow="fold")
    for firework in sorted(fireworks, key=lambda firework: firework["name"]):
        launch = firework["launches"][-1]
        table.add_row(
            str(firework["fw_id"]),
            firework["name"],
            firework["state"],
            str(Path(launch["launch_dir"]).relative_to(folder)),
            stored(launch["action"]["stored_data"]),
        )
    return table


def stored(data: dict[str, Any]) -> str:
    """Stored data on short lines, without the exit codes."""
    told = {key: value for key, value in data.items() if not key.endswith(("returncode", "returncodes"))}
    return "\n".join(f"{key}: {str(value).strip()}" for key, value in told.items())


def what_next(folder: Path) -> str:
    """Hints."""
    relative = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    return f"""
Go on playing, in a shell where lpad is found (PATH={Path(sys.executable).parent}:$PATH):
  [bold]cd {escape(shlex.quote(str(relative)))}[/]
  [bold]lpad get_fws -d all[/]                        all that is known
  [bold]lpad add_scripts 'sleep 5; hostname'[/]       a job of your own
  [bold]qlaunch -r rapidfire; lpad recover_offline[/]
  [bold]lpad rerun_fws -n B[/]                        B again, and D after it
docs/tutorial.md explains each step; docs/howto/slurm.md says what is different on a cluster."""


if __name__ == "__main__":
    sys.exit(main())
