"""No signal gets lost, wherever the program is when it comes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

HEAD = """
import os, signal, sys
from pathlib import Path
from benchmarks.interrupts import Interrupted, check, held, listening, quiet_when_interrupted

def interrupt(number=signal.SIGTERM):
    os.kill(os.getpid(), number)
"""

TAIL = """
except Interrupted as reason:
    print(reason, file=sys.stderr)
    sys.exit(reason.exit_code)
"""


def end_of(body: str, *words: str, before: str = "") -> tuple[int, str]:
    """The exit code of a program with this in its ``try``, and what it said."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    program = f"{HEAD}{before}\ntry:\n    with listening():\n{lines}{TAIL}"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stderr


INTERRUPTED = (143, "interrupted by SIGTERM\n")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("interrupt()\nprint('on', file=sys.stderr)", "it ends at once"),
        ("with held():\n    interrupt()\n    print('held')\nprint('on', file=sys.stderr)", "or when it can be ended"),
        ("with held():\n    interrupt()\n    raise OSError('half started')", "even if something failed meanwhile"),
        ("try:\n    interrupt()\nfinally:\n    raise OSError('a folder in use')", "or because of it"),
        ("try:\n    interrupt()\nexcept BaseException:\n    pass", "even if something swallowed it"),
        ("try:\n    interrupt()\nexcept BaseException:\n    check()\n    print('on', file=sys.stderr)", "which shows"),
        (
            "try:\n    interrupt()\nfinally:\n    interrupt(signal.SIGINT)\n    print('cleaned up')",
            "only the first counts",
        ),
        (
            "with quiet_when_interrupted():\n    print('a rocket', file=sys.stderr)\n    interrupt()",
            "rockets are quiet",
        ),
    ],
)
def test_the_program_ends_in_one_line(body: str, why: str) -> None:
    assert end_of(body) == INTERRUPTED, why


def test_without_a_signal_rockets_are_heard() -> None:
    assert end_of("with quiet_when_interrupted():\n    print('a rocket', file=sys.stderr)") == (0, "a rocket\n")


def test_what_is_ignored_stays_ignored() -> None:
    assert end_of("interrupt(signal.SIGHUP)", before="signal.signal(signal.SIGHUP, signal.SIG_IGN)") == (0, "")


def test_a_signal_that_a_rocket_takes_is_for_the_program(tmp_path: Path) -> None:
    """The grandparent of the task's shell is the program."""
    script = "kill -TERM $(awk '{print $4}' /proc/$PPID/stat); sleep 1000"
    before = "from benchmarks.launchpad import opened\nfrom benchmarks.running import fly\nfrom longfuse import *"
    body = (
        "with opened(Path(sys.argv[1])) as launchpad:\n"
        "    launchpad.bulk_add_wfs([Firework(ScriptTask.from_str(sys.argv[2])) for _ in range(2)])\n"
        "    fly(launchpad, Path(sys.argv[1], 'rockets'), 2)"
    )
    assert end_of(body, str(tmp_path), script, before=before) == INTERRUPTED
    assert signal.SIGTERM.name in (next(tmp_path.glob("rockets/*/FW_action.json"))).read_text()
