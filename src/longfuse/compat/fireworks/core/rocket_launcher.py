"""Launching rockets from Python, with FireWorks' signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from longfuse.compat.fireworks.utilities.fw_utilities import log_lines
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.launchers import rockets

if TYPE_CHECKING:
    from longfuse.launchpad.pad import LaunchPad

__all__ = ["get_fworker", "launch_rocket", "rapidfire"]


def get_fworker(fworker: FWorker | None) -> FWorker:
    """The worker given, else the one that the settings name, else FireWorks' automatically generated one."""
    return FWorker.auto_load() if fworker is None else fworker


def launch_rocket(
    launchpad: LaunchPad,
    fworker: FWorker | None = None,
    fw_id: int | None = None,
    strm_lvl: str | None = "INFO",
    pdb_on_exception: bool = False,
    err_file: TextIO | None = None,
) -> bool:
    """Run one Firework in the current directory.

    Args:
        launchpad: Where it comes from.
        fworker: Who runs it; None is the one that the settings name.
        fw_id: Which; None takes the next one that is READY.
        strm_lvl: The lowest level of the log lines on standard error.
        pdb_on_exception: Open Python's debugger where a Firetask raises.
        err_file: Gets the reason if it fizzles.

    Returns:
        False only if there was nothing to run.
    """
    with log_lines(strm_lvl):
        flight = rockets.launch_rocket(launchpad, get_fworker(fworker), fw_id, pdb=pdb_on_exception)
    if flight is not None and err_file is not None and flight.outcome.state is not State.COMPLETED:
        err_file.write(f"{flight.outcome.reason}\n")
    return flight is not None


def rapidfire(
    launchpad: LaunchPad,
    fworker: FWorker | None = None,
    m_dir: str | None = None,
    nlaunches: int | str = 0,
    max_loops: int = -1,
    sleep_time: float | None = None,
    strm_lvl: str | None = "INFO",
    timeout: float | None = None,
    local_redirect: bool = False,
    pdb_on_exception: bool = False,
) -> None:
    """Run one Firework after another, each in a launcher directory of its own.

    Args:
        launchpad: Where they come from.
        fworker: Who runs them; None is the one that the settings name.
        m_dir: Where the launcher directories are made; None is the current directory.
        nlaunches: Stop after so many; 0 until nothing is left to do, "infinite" or -1 never.
        max_loops: How often to wait for new work; -1 without end.
        sleep_time: Seconds between looks for new work.
        strm_lvl: The lowest level of the log lines on standard error.
        timeout: Start nothing more after so many seconds.
        local_redirect: Whether output goes to ``FW_job.out`` and ``FW_job.error`` in each launcher directory.
        pdb_on_exception: Open Python's debugger where a Firetask raises.
    """
    with log_lines(strm_lvl):
        rockets.rapidfire(
            launchpad,
            get_fworker(fworker),
            m_dir,
            -1 if nlaunches == "infinite" else int(nlaunches),
            max_loops,
            sleep_time,
            timeout=timeout,
            local_redirect=local_redirect,
            pdb=pdb_on_exception,
        )
