"""Signals that are kept from one rocket to the next."""

import os
import signal
import subprocess
import sys

import pytest

from longfuse.rocket.signals import ENDING, KeptSignals

BETWEEN = """
import os, signal, sys
from longfuse.rocket.signals import KeptSignals
signals = KeptSignals()
with signals:
    pass
os.kill(os.getpid(), getattr(signal, sys.argv[1]))
print("goes on")
"""


@pytest.fixture
def heard():
    """What a handler from before has heard."""
    heard = []
    before = {number: signal.signal(number, lambda number, _frame: heard.append(number)) for number in ENDING}
    yield heard
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def signals():
    kept = KeptSignals()
    yield kept
    kept.close()


def send(number):
    os.kill(os.getpid(), number)


def test_while_a_rocket_flies_they_are_remembered(signals, heard):
    with signals:
        send(signal.SIGTERM)
        assert signals.sleep(60)
        signals.heeded = True
    assert (signals.received, heard) == ([signal.SIGTERM], [])


def test_between_rockets_they_do_what_they_did_before(signals, heard):
    with signals:
        pass
    send(signal.SIGHUP)
    assert heard == [signal.SIGHUP]
    with signals:
        assert signals.received == []


def test_one_that_nobody_has_heeded_is_passed_on(signals, heard):
    with signals:
        send(signal.SIGUSR1)
        assert heard == []
    assert heard == [signal.SIGUSR1]


def test_in_the_end_all_is_as_it_was(heard):
    handlers = [signal.getsignal(number) for number in (*ENDING, signal.SIGCHLD)]
    descriptors = os.listdir("/proc/self/fd")
    signals = KeptSignals()
    for _ in range(2):
        with signals:
            assert signal.getsignal(signal.SIGTERM) is not handlers[0]
    signals.close()
    signals.close()
    assert [signal.getsignal(number) for number in (*ENDING, signal.SIGCHLD)] == handlers
    assert os.listdir("/proc/self/fd") == descriptors
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGXCPU", "SIGHUP"])
def test_between_rockets_a_process_is_ended_by_them(name):
    done = subprocess.run([sys.executable, "-c", BETWEEN, name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.Signals[name], "")


def test_between_rockets_ctrl_c_interrupts():
    done = subprocess.run([sys.executable, "-c", BETWEEN, "SIGINT"], capture_output=True, text=True, check=False)
    assert "KeyboardInterrupt" in done.stderr
    assert done.stdout == ""


def test_what_nohup_ignores_stays_ignored():
    ignoring = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {BETWEEN.lstrip()}"
    done = subprocess.run([sys.executable, "-c", ignoring, "SIGHUP"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "goes on\n")
