"""Commands end with who runs them, and take along what they have started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.launching import wait_until

ROOT = Path(__file__).parents[3]

PROGRAM = """
import os, sys
from pathlib import Path
from benchmarks import children
from benchmarks.interrupts import Interrupted, listening

children.END_S = float(sys.argv[3])
try:
    with listening():
        children.ran(["sh", "-c", sys.argv[1]], Path(sys.argv[2]), os.environ)
except Interrupted as reason:
    sys.exit(reason.exit_code)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("script", "patience_s"),
    [
        ("sleep 1000 & echo $! > pid; wait", 600),
        ("trap '' TERM; sleep 1000 & echo $! > pid; while true; do wait; done", 0.1),
    ],
    ids=["obedient", "stubborn"],
)
def test_an_interrupt_ends_the_command_and_what_it_has_started(script: str, patience_s: float, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PROGRAM, script, str(tmp_path), str(patience_s)]
    process = subprocess.Popen(argv, cwd=ROOT)
    pid = tmp_path / "pid"
    wait_until(lambda: pid.exists() and pid.read_text().endswith("\n"), "the command runs")
    grandchild = int(pid.read_text())
    assert is_running(grandchild)
    try:
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 143
        assert not is_running(grandchild)
    finally:
        if is_running(grandchild):
            os.kill(grandchild, signal.SIGKILL)
