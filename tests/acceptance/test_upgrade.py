"""The commands on a LaunchPad of an older release."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from longfuse.store.revision import HEAD

DATA = Path(__file__).parents[1] / "data" / "launchpads" / "sqlite"
COMMANDS = ("get_fws -d count", "get_wflows -i 1 -d less", "status", "add_scripts true", "recover_offline")


@pytest.mark.parametrize("revision", sorted(path.name for path in DATA.glob("0*")))
@pytest.mark.parametrize("command", COMMANDS)
def test_the_first_command_brings_it_up_to_date(tmp_path: Path, revision: str, command: str) -> None:
    shutil.copytree(DATA / revision / "jobs", tmp_path / "jobs")
    with closing(sqlite3.connect(tmp_path / "launchpad.db")) as connection:
        connection.executescript((DATA / revision / "launchpad.sql").read_text().replace("@SITE@", str(tmp_path)))
    (tmp_path / "my_launchpad.yaml").write_text(f"url: sqlite:///{tmp_path}/launchpad.db\n")
    lpad = Path(sys.executable).with_name("lpad")
    done = subprocess.run([lpad, *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or command == "recover_offline", "of which one launch has no directory"
    with closing(sqlite3.connect(tmp_path / "launchpad.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        ((count,),) = connection.execute("SELECT count(*) FROM fireworks").fetchall()
    assert count == 47 + command.startswith("add")
