"""The outermost layer of every command: errors become one line and an exit code, log lines go to stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from longfuse.errors import LongfuseError

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = 130
"""The shell's code for a command that Ctrl-C ended."""

UNEXPECTED = 70
"""EX_SOFTWARE of sysexits.h: the fault is ours."""


def run(prog: str, command: Callable[[], int]) -> int:
    """Run a command; returns its exit code and never lets an exception out."""
    try:
        code = command()
        sys.stdout.flush()
    except LongfuseError as error:
        return _told(prog, error)
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{prog}: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the top level: whatever it is becomes one line
        return _unexpected(prog, error)
    return code


def start_log(level: str, *, silent: bool = False) -> None:
    """Log lines to stderr, as FireWorks writes them.

    Raises:
        ConfigError: There is no such level.
    """
    import logging

    from longfuse.errors import ConfigError

    known = logging.getLevelNamesMapping()
    if level.upper() not in known:
        raise ConfigError(f"There is no log level {level!r}; take DEBUG, INFO, WARNING, ERROR or CRITICAL")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("longfuse")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1 if silent else known[level.upper()])


def _told(prog: str, error: LongfuseError) -> int:
    if os.environ.get("LONGFUSE_DEBUG"):
        import traceback

        traceback.print_exc()
    sys.stderr.write(f"{prog}: {error}\n")
    return error.exit_code


def _unexpected(prog: str, error: Exception) -> int:
    import traceback
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", prefix=f"{prog}-", suffix=".traceback", delete=False, encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    sys.stderr.write(
        f"{prog}: unexpected {type(error).__name__}: {error}. This is a fault of Longfuse; please report it with "
        f"{file.name}\n"
    )
    if os.environ.get("LONGFUSE_DEBUG"):
        traceback.print_exception(error)
    return UNEXPECTED
