"""Which batch job this process runs in, as the schedulers' environment variables tell."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OVERRIDE = "LONGFUSE_JOB_ID"
"""Set by our own local queue, or by a site whose scheduler is none of those below."""

PROCESS_NAME = "LONGFUSE_PROCESS"
"""The name of one of several packed processes (``rlaunch multi``), which begins its log lines."""

STORED_NAME = "LONGFUSE_STORED_PROCESS"
"""The same, if rockets shall note it in ``stored_data``."""

NODE_LIST = "LONGFUSE_NODE_LIST"
"""The nodes that are this process's share, separated by commas."""

SUB_NPROCS = "LONGFUSE_SUB_NPROCS"
"""How many processes may run on these nodes together."""

_JOB_ID_VARIABLES = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "LOADL_STEP_ID", "COBALT_JOBID", "JOB_ID")
"""Slurm, PBS and Torque and MOAB, LSF, LoadLeveler, Cobalt, SGE; the least specific name last."""


def job_id(environ: Mapping[str, str]) -> str:
    """The scheduler's id of this job, in the form that it prints itself; empty outside any job."""
    if environ.get(OVERRIDE):
        return environ[OVERRIDE]
    array, index = environ.get("SLURM_ARRAY_JOB_ID"), environ.get("SLURM_ARRAY_TASK_ID")
    if array and index:
        return f"{array}_{index}"
    task = environ.get("SGE_TASK_ID", "")
    if task.isdigit() and environ.get("JOB_ID"):
        return f"{environ['JOB_ID']}.{task}"
    return next((environ[name] for name in _JOB_ID_VARIABLES if environ.get(name)), "")


def restart_count(environ: Mapping[str, str]) -> int | None:
    """How often the scheduler has started this job again; None where it does not tell."""
    if environ.get("SLURM_JOB_ID"):
        return _number(environ.get("SLURM_RESTART_COUNT", "0"))
    if environ.get("SGE_ROOT"):
        return _number(environ.get("RESTARTED", ""))
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
