"""What ``lpad doctor`` wants to know of a compute node: written there into ``FW_probe.json``, by ``rlaunch probe``."""

from __future__ import annotations

import os
import sys
import time

from longfuse.launchdir import process
from longfuse.launchdir.files import server_time, write_json
from longfuse.launchdir.job import job_id
from longfuse.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROBE = "FW_probe.json"


def write_probe(folder: str) -> None:
    """Write what is true here.

    Raises:
        OSError: The folder cannot be written.
    """
    write_json(os.path.join(folder, PROBE), _facts(folder))


def _facts(folder: str) -> dict[str, Any]:
    """Plain values; ``start_s``: how long this process took to get here, ``skew_s``: our clock less the disk's."""
    clock = time.time()
    umask = os.umask(0o077)
    os.umask(umask)
    return {
        "python": sys.executable,
        "python_version": ".".join(map(str, sys.version_info[:3])),
        "longfuse": VERSION,
        "host": process.host_name(),
        "job_id": job_id(os.environ),
        "uid": os.getuid(),
        "umask": umask,
        "skew_s": clock - server_time(folder),
        "start_s": _age_s(),
    }


def _age_s() -> float | None:
    """How long this process has run; None where the kernel does not tell."""
    born = process.own_birth()
    try:
        with open("/proc/uptime", "rb") as file:
            up_s = float(file.read().split()[0])
    except OSError:
        return None
    return up_s - int(born) / os.sysconf("SC_CLK_TCK") if born else None
