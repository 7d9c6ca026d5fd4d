"""Progress: a line on a terminal once it takes long, log lines elsewhere, nothing where it is quick."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from longfuse.cli.progress import CLEAR, announced, awaited, counted

SLOW = """
import time
from longfuse.cli import progress
for item in progress.counted(range(3), "things done"):
    time.sleep(0.6)
with progress.announced("thinking"):
    time.sleep(1.5)
"""


def said(program: str, *, terminal: bool) -> str:
    """What the program writes to its standard error."""
    if not terminal:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
        assert done.stdout == ""
        return done.stderr
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", program], stderr=theirs) as process:
        os.close(theirs)
        heard = read_all(ours)
    assert process.returncode == 0
    return heard


def read_all(terminal: int) -> str:
    heard = b""
    try:
        while piece := os.read(terminal, 1024):
            heard += piece
    except OSError:  # how a terminal ends
        pass
    os.close(terminal)
    return heard.decode()


def test_a_terminal_shows_what_is_counted_and_that_something_goes_on() -> None:
    heard = said(SLOW, terminal=True)
    assert "3 of 3 things done\r\n" in heard
    assert "thinking: 1 s" in heard
    assert heard.endswith("\r\n")


DETAILED = """
import time
from longfuse.cli import progress
progress.AGAIN_AFTER_S = 0.0
with progress.announced("thinking") as say:
    time.sleep(1.1)
    say("a long way from the end")
    say("there")
"""


def test_a_terminal_shows_how_far_something_is() -> None:
    heard = said(DETAILED, terminal=True)
    assert f"{CLEAR}thinking: a long way from the end, " in heard
    assert f"{CLEAR}thinking: there, " in heard
    assert heard.endswith("\r\n")
    assert said(DETAILED, terminal=False) == ""


WAITING = """
import time
from longfuse.cli import progress
def slow():
    for item in "abc":
        time.sleep(1.5 if item == "b" else 0)
        yield item
for item in progress.awaited(slow(), "searching"):
    print(item, flush=True)
    time.sleep(0 if item == "a" else 1.5)
"""


def test_a_terminal_shows_that_the_next_one_takes_long_and_forgets_it_when_it_is_there() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        heard = read_all(ours)
    assert process.returncode == 0
    first, told, rest = heard.partition("searching: 1 s")
    assert (first, told) == ("a\r\n\r", "searching: 1 s")
    assert rest.replace("\rsearching: 2 s", "").startswith(f"{CLEAR}b\r\n")
    assert "searching" not in rest.partition("b\r\n")[2].partition("c\r\n")[0]


def test_elsewhere_there_is_silence() -> None:
    assert said(SLOW, terminal=False) == ""


def test_elsewhere_what_takes_very_long_is_logged() -> None:
    program = "import logging\nlogging.basicConfig(level='INFO')\nfrom longfuse.cli import progress\n"
    program += "progress.LOG_AFTER_S = 0.0\nlist(progress.counted(range(2), 'things done'))\n"
    assert "1 of 2 things done" in said(program, terminal=False)


def test_what_is_quick_is_not_told() -> None:
    assert said("from longfuse.cli import progress\nlist(progress.counted([1], 'things'))\n", terminal=True) == ""


def test_items_come_in_order_and_errors_pass() -> None:
    assert list(counted("abc", "letters")) == ["a", "b", "c"]
    assert list(awaited("abc", "letters")) == ["a", "b", "c"]
    with pytest.raises(KeyboardInterrupt), announced("work"):
        raise KeyboardInterrupt
