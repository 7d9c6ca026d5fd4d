"""The command ``rlaunch``: run Fireworks here.

``rlaunch singleshot --offline`` is what starts on every compute node, thousands of times and maybe from a slow network
file system: its few words are recognised by hand, and nothing is imported that it does not need. Everything else goes
through argparse.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_WITH_VALUE = {
    **dict.fromkeys(
        ("-l", "--launchpad_file", "-w", "--fworker_file", "-c", "--config_dir", "--loglvl", "--logdir"), ""
    ),
    **dict.fromkeys(("-f", "--fw_id"), "fw_id"),
}
"""The words before a value on an offline command line; a name where the value matters. The files are never opened."""

_WITHOUT_VALUE = {"-s": "silencer", "--silencer": "silencer", "--offline": "offline", "--pdb": "pdb"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    0 also where a Firework fizzled or had ended before, 1 for an error, 2 for a wrong command line, 3 where another
    attempt is running, 4 where a later attempt took over, 128 and the number of the signal that ended it.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    offline = recognise_offline(words)
    if offline is not None:
        code = run_offline(offline.fw_id, silent=offline.silencer, pdb=offline.pdb)
        return code if argv is not None else _leave(code)
    if words[-1:] == [PROBE_WORD]:
        return run_probe()
    from longfuse.cli.rlaunch_parsed import run_parsed  # late: argparse is expensive

    return run_parsed(words)


PROBE_WORD = "probe"
"""What ``lpad doctor`` puts in the place of ``singleshot --offline``; nobody else types it."""


def run_probe() -> int:
    """Write what is true on this compute node into the current directory."""
    import os

    from longfuse.launchdir.probe import write_probe

    try:
        write_probe(os.getcwd())
    except OSError as error:
        sys.stderr.write(f"rlaunch: the probe cannot be written: {error}\n")
        return 1
    return 0


class OfflineCall:
    """The words of ``rlaunch singleshot --offline`` that matter."""

    __slots__ = ("fw_id", "offline", "pdb", "silencer", "singleshot")

    def __init__(self) -> None:
        self.fw_id: int | None = None
        self.offline = False
        self.pdb = False
        self.silencer = False
        self.singleshot = False


def recognise_offline(words: Sequence[str]) -> OfflineCall | None:
    """The call, if this is a plain ``singleshot --offline``; None if argparse should look at it."""
    call = OfflineCall()
    rest = iter(words)
    for word in rest:
        if word in _WITHOUT_VALUE:
            setattr(call, _WITHOUT_VALUE[word], True)
        elif word == "singleshot" and not call.singleshot:
            call.singleshot = True
        elif word in _WITH_VALUE:
            value = next(rest, None)
            if value is None or (_WITH_VALUE[word] and not value.isdecimal()):
                return None
            if _WITH_VALUE[word]:
                call.fw_id = int(value)
        else:
            return None
    return call if call.singleshot and call.offline else None


def run_offline(fw_id: int | None = None, *, silent: bool = False, pdb: bool = False) -> int:
    """Run the launch directory that is the current directory."""
    import os

    from longfuse.errors import LongfuseError
    from longfuse.rocket.log import tell, write_line
    from longfuse.rocket.rocket import run

    say = _silence if silent else tell
    say("Launching Rocket")
    try:
        outcome = run(os.getcwd(), fw_id=fw_id, pdb=pdb)
    except LongfuseError as error:
        write_line(f"rlaunch: {error}")
        return error.exit_code
    except OSError as error:
        write_line(f"rlaunch: the rocket cannot start: {error}")
        return 1
    say("Rocket finished")
    return outcome.exit_code


def _leave(code: int) -> NoReturn:
    """End the process at once: nothing is left to do, and Python's tear-down costs a third of its start."""
    import os

    from longfuse.rocket.log import flush

    flush()
    os._exit(code)


def _silence(_message: str) -> None:
    """``--silencer``."""
