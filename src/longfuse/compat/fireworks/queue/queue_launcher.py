"""Launching through a batch system from Python, with FireWorks' signatures."""

from __future__ import annotations

import logging
import os
from getpass import getuser
from typing import TYPE_CHECKING

from longfuse.compat.fireworks.utilities.fw_utilities import log_lines
from longfuse.launchers import queue
from longfuse.launchers.directories import create_launcher_dir, launchers_in
from longfuse.launchers.shell import run
from longfuse.launchers.submission import Launcher
from longfuse.queue.adapter import QueueAdapter, ask_count

if TYPE_CHECKING:
    from longfuse.compat.fireworks.queue.queue_adapter import QueueAdapterBase
    from longfuse.domain.fworker import FWorker
    from longfuse.launchpad.pad import LaunchPad

__all__ = ["launch_rocket_to_queue", "rapidfire"]

log = logging.getLogger("longfuse.queue")


def launch_rocket_to_queue(
    launchpad: LaunchPad,
    fworker: FWorker,
    qadapter: QueueAdapterBase | QueueAdapter,
    launcher_dir: str = ".",
    reserve: bool = False,
    strm_lvl: str | None = "INFO",
    create_launcher_dir: bool = False,
    fill_mode: bool = False,
    fw_id: int | None = None,
) -> str | bool | None:
    """Submit one job.

    Args:
        launchpad: Where Fireworks come from.
        fworker: For which worker.
        qadapter: The batch system.
        launcher_dir: Where the job runs, or with ``create_launcher_dir`` where its directory is made.
        reserve: Whether the job is for one Firework, chosen now.
        strm_lvl: The lowest level of the log lines on standard error.
        create_launcher_dir: Make a launcher directory of its own.
        fill_mode: Submit also when nothing is READY.
        fw_id: Which Firework (with ``reserve``).

    Returns:
        The job's id; None if nothing is READY; False if the job could not be submitted, which is logged.

    Raises:
        ConfigError: Settings that cannot work.
        LongfuseError: The LaunchPad or the launch directory cannot be used.
    """
    launcher = _launcher(launchpad, fworker, qadapter, reserve, fill_mode)
    folder = _new_dir(launcher_dir) if create_launcher_dir else launcher_dir
    with log_lines(strm_lvl):
        report = queue.singleshot(launcher, folder, fw_id)
        _log(report)
    if report.submitted:
        return report.submitted[0].job_id
    return None if report.ok else False


def rapidfire(
    launchpad: LaunchPad,
    fworker: FWorker,
    qadapter: QueueAdapterBase | QueueAdapter,
    launch_dir: str = ".",
    block_dir: str | None = None,
    nlaunches: int = 0,
    njobs_queue: int = 0,
    njobs_block: int = 500,
    sleep_time: float | None = None,
    reserve: bool = False,
    strm_lvl: str | None = "INFO",
    timeout: float | None = None,
    fill_mode: bool = False,
) -> None:
    """Submit job after job, each in a launcher directory of its own; what goes wrong with one is logged.

    Args:
        launchpad: Where Fireworks come from.
        fworker: For which worker.
        qadapter: The batch system.
        launch_dir: Where the block directory is.
        block_dir: The block directory to use; None takes the last one, or a new one.
        nlaunches: Stop after so many submissions; 0 until nothing is READY, -1 never.
        njobs_queue: Submit only while fewer jobs than this are in the queue; 0 does not ask.
        njobs_block: How many launcher directories a block holds.
        sleep_time: Seconds between looks for new work.
        reserve: Whether each job is for one Firework, chosen now.
        strm_lvl: The lowest level of the log lines on standard error.
        timeout: Submit nothing more after so many seconds.
        fill_mode: Submit also when nothing is READY.

    Raises:
        ConfigError: Settings that cannot work.
        StoreError: The LaunchPad cannot be reached.
    """
    limits = queue.Limits(
        nlaunches=nlaunches,
        njobs_queue=njobs_queue,
        njobs_block=njobs_block,
        sleep_s=queue.SLEEP_S if sleep_time is None else sleep_time,
        timeout_s=timeout,
        block=block_dir,
    )
    with log_lines(strm_lvl):
        _log(queue.rapidfire(_launcher(launchpad, fworker, qadapter, reserve, fill_mode), launch_dir, limits))


def _launcher(
    launchpad: LaunchPad,
    fworker: FWorker,
    qadapter: QueueAdapterBase | QueueAdapter,
    reserve: bool,
    fill_mode: bool,
) -> Launcher:
    return Launcher(
        launchpad=launchpad,
        fworker=fworker,
        adapter=_adapter(qadapter),
        shell=run,
        reserve=reserve,
        fill_mode=fill_mode,
    )


def _log(report: queue.Report) -> None:
    for refused in report.refused:
        log.error("Firework %s is FIZZLED: %s", refused.fw_id, refused.words)
    if report.stopped:
        log.error("%s", report.stopped)


_new_dir = create_launcher_dir  # the name is a flag of `launch_rocket_to_queue`


def _get_number_of_jobs_in_queue(
    qadapter: QueueAdapterBase | QueueAdapter, njobs_queue: int, l_logger: logging.Logger
) -> int:
    """How many jobs this user has in the queue; not asked if ``njobs_queue`` is 0, which means no limit.

    Raises:
        SchedulerError: The batch system does not answer.
    """
    if not njobs_queue:
        return 0
    found = ask_count(_adapter(qadapter), getuser(), run)
    l_logger.info("The number of jobs currently in the queue is: %s", found)
    return found


def _adapter(qadapter: QueueAdapterBase | QueueAdapter) -> QueueAdapter:
    return qadapter if isinstance(qadapter, QueueAdapter) else qadapter.adapter()


def _njobs_in_dir(block_dir: str) -> int:
    """How many launcher directories a block has."""
    return launchers_in(os.path.abspath(block_dir))
