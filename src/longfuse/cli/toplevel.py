"""The outermost layer of every command: errors become one line and an exit code, log lines go to stderr."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from longfuse.errors import LongfuseError
from longfuse.launchdir.job import PROCESS_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INTERRUPTED = 130
"""The shell's code for a command that Ctrl-C ended."""

UNEXPECTED = 70
"""EX_SOFTWARE of sysexits.h: the fault is ours."""

DEBUG = "--debug"
"""The option that shows tracebacks; it counts before any parsing, and stands for LONGFUSE_DEBUG in the environment."""


def run(prog: str, command: Callable[[], int], words: Sequence[str] = ()) -> int:
    """Run a command; returns its exit code and never lets an exception out.

    Args:
        prog: The command's name.
        command: What it does; returns the exit code.
        words: The command line, where `DEBUG` may stand.
    """
    debug = DEBUG in words or bool(os.environ.get("LONGFUSE_DEBUG"))
    _prepare_streams()
    try:
        code = command()
        sys.stdout.flush()
    except LongfuseError as error:
        return _told(prog, str(error), error, debug)
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{prog}: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has seen enough
        _drop_output()
        return 0
    except OSError as error:  # a full disk, a closed door: the machine's word, and nothing is known of what to do next
        _drop_output()
        return _told(prog, _sentence(error), error, debug)
    except Exception as error:  # noqa: BLE001 - the top level: whatever it is becomes one line
        return _unexpected(prog, error, debug)
    return code


LINE_FORMAT = "%(asctime)s %(levelname)s %(message)s"
"""FireWorks' log line."""

ROCKETS = "longfuse.rockets"
"""The logger of rockets that run beside their launcher."""


def start_log(level: str, *, silent: bool = False, line_format: str = LINE_FORMAT, rockets: str | None = None) -> None:
    """Log lines to stderr, as FireWorks writes them.

    Args:
        level: The lowest level that is told.
        silent: Tell nothing at all.
        line_format: How a line looks.
        rockets: The lowest level of what rockets tell, if that is another one.

    Raises:
        ConfigError: There is no such level, or the format is none.
    """
    import logging

    from longfuse.errors import ConfigError

    known = logging.getLevelNamesMapping()
    if level.upper() not in known:
        raise ConfigError(f"There is no log level {level!r}; take DEBUG, INFO, WARNING, ERROR or CRITICAL")
    handler = logging.StreamHandler(sys.stderr)
    try:
        handler.setFormatter(logging.Formatter(_of_process(line_format)))
    except ValueError as error:
        raise ConfigError(f"FW_LOGGING_FORMAT {line_format!r} is no format of log lines: {error}") from None
    logger = logging.getLogger("longfuse")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1 if silent else known[level.upper()])
    logging.getLogger(ROCKETS).setLevel(known[rockets] if rockets and not silent else logging.NOTSET)
    # Else a Ctrl-C in the middle of a rollback prints SQLAlchemy's own traceback, of which the error tells all.
    logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())


def _of_process(line_format: str) -> str:
    """The format of one of several packed processes, whose lines begin with its name."""
    name = os.environ.get(PROCESS_NAME, "")
    return f"{name.replace('%', '%%')} {line_format}" if name else line_format


LOG_FILE = "longfuse.log"
"""The file in the folder that ``--logdir``, or the LaunchPad file, names."""


def also_log_to(folder: str, line_format: str = LINE_FORMAT) -> None:
    """From now on log lines are also appended to a file in this folder.

    Raises:
        ConfigError: The folder cannot be made, or the file not be written.
    """
    import logging

    from longfuse.errors import ConfigError

    path = os.path.join(folder, LOG_FILE)
    try:
        os.makedirs(folder, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot write the log file {path}: {error.strerror}; name another folder") from None
    handler.setFormatter(logging.Formatter(line_format))
    logging.getLogger("longfuse").addHandler(handler)


def _prepare_streams() -> None:
    """A name that the terminal cannot show, or a stream that the caller has closed, ends no command."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """What is still in the buffer cannot be written: else Python tries again at its end, and complains."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # stdout is no file
        return


def _sentence(error: OSError) -> str:
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{place}; with {DEBUG} you see where"


def _told(prog: str, line: str, error: Exception, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exception(error)
    sys.stderr.write(f"{prog}: {line}\n")
    return error.exit_code if isinstance(error, LongfuseError) else 1


def _unexpected(prog: str, error: Exception, debug: bool) -> int:
    import traceback

    if debug:
        traceback.print_exception(error)
    sys.stderr.write(
        f"{prog}: unexpected {type(error).__name__}: {error}. This is a fault of Longfuse; please report it with "
        f"{_kept_traceback(prog, error)}\n"
    )
    return UNEXPECTED


def _kept_traceback(prog: str, error: Exception) -> str:
    """The file that now holds the traceback; or, where none can be written, how to see it."""
    import traceback
    from tempfile import NamedTemporaryFile

    try:
        with NamedTemporaryFile("w", prefix=f"{prog}-", suffix=".traceback", delete=False, encoding="utf-8") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return f"what {DEBUG} shows"
    return file.name
