"""Lines for the person who reads the job's error output, in FireWorks' format."""

from __future__ import annotations

import sys
import time


def tell(message: str, level: str = "INFO") -> None:
    """Write ``2026-11-23 04:01:02,345 INFO message``. Where nobody can read it, it is not said."""
    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
    write_line(f"{stamp},{int(now * 1000) % 1000:03d} {level} {message}")


def flush() -> None:
    """Bring out what was printed, as far as somebody is there to read it: a closed terminal ends nothing."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            continue


def write_line(line: str) -> None:
    """Write a bare line to standard error, if that is still open and its disk not full."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return
