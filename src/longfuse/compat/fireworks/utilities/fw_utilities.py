"""FireWorks' odds and ends that programs use: logging, names of directories, this machine.

What knows the LaunchPad is loaded when it is called: Firetasks import `explicit_serialize` from here, on compute nodes.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from longfuse.domain.launch import local_host as get_my_host
from longfuse.domain.launch import local_ip as get_my_ip
from longfuse.domain.registry import explicit_serialize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = [
    "FW_LOGGING_FORMAT",
    "create_datestamp_dir",
    "explicit_serialize",
    "get_fw_logger",
    "get_my_host",
    "get_my_ip",
    "get_slug",
    "log_exception",
    "log_fancy",
    "log_lines",
    "log_multi",
    "redirect_local",
]

FW_LOGGING_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def get_fw_logger(
    name: str,
    l_dir: str | None = None,
    file_levels: Sequence[str] = ("DEBUG", "ERROR"),
    stream_level: str | None = "DEBUG",
    formatter: str = FW_LOGGING_FORMAT,
    clear_logs: bool = False,
) -> logging.Logger:
    """A logger that writes to standard error, and to a file for each level.

    Asked for again under the same name, it is the same and gets no second set of files.

    Args:
        name: Its name.
        l_dir: Where the files ``<name>-<level>.log`` are; None makes none.
        file_levels: The lowest level of each file.
        stream_level: The lowest level on standard error; None writes nothing there.
        formatter: How a line looks.
        clear_logs: Empty the files first.
    """
    logger = logging.getLogger(name)
    if logger.handlers:
        return logger
    logger.setLevel("DEBUG")
    logger.propagate = False
    if stream_level:
        _add_handler(logger, logging.StreamHandler(sys.stderr), stream_level, formatter)
    for level in file_levels if l_dir else ():
        path = os.path.join(l_dir or "", f"{name.replace('.', '_')}-{level.lower()}.log")
        mode = "w" if clear_logs else "a"
        _add_handler(logger, logging.FileHandler(path, mode, encoding="utf-8", delay=True), level, formatter)
    return logger


def log_multi(m_logger: logging.Logger, msg: str, log_lvl: str = "info") -> None:
    """Log a message at the level of this name."""
    m_logger.log(logging.getLevelNamesMapping()[log_lvl.upper()], msg)


def log_fancy(
    m_logger: logging.Logger, msgs: str | Sequence[str], log_lvl: str = "info", add_traceback: bool = False
) -> None:
    """Log messages between two lines that catch the eye, with the exception that is being handled if wanted."""
    lines = [msgs] if isinstance(msgs, str) else list(msgs)
    if add_traceback:
        lines.append(traceback.format_exc())
    for line in ("----|vvv|----", *lines, "----|^^^|----"):
        log_multi(m_logger, line, log_lvl)


def log_exception(m_logger: logging.Logger, msgs: str | Sequence[str]) -> None:
    """Log messages with the exception that is being handled."""
    log_fancy(m_logger, msgs, "error", add_traceback=True)


@contextmanager
def log_lines(level: str | None) -> Iterator[None]:
    """Show Longfuse's own log lines on standard error meanwhile, unless the program has set them up itself.

    Args:
        level: The lowest level; None shows nothing more than is shown anyway.
    """
    logger = logging.getLogger("longfuse")
    if not level or logger.hasHandlers():
        yield
        return
    before = logger.level
    handler = _add_handler(logger, logging.StreamHandler(sys.stderr), level, FW_LOGGING_FORMAT)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def get_slug(m_str: str) -> str:
    """A name of letters, digits and ``-_.()``, with ``_`` for blanks."""
    from longfuse.launchers.submission import slug

    return slug(m_str)


def create_datestamp_dir(root_dir: str, l_logger: logging.Logger, prefix: str = "launcher_") -> str:
    """A new directory that is named by the time; returns its absolute path."""
    from longfuse.launchers.directories import create_dated_dir

    path = create_dated_dir(root_dir, prefix)
    l_logger.info("Created new dir %s", path)
    return path


def redirect_local() -> AbstractContextManager[None]:
    """Standard output and error go to ``FW_job.out`` and ``FW_job.error`` in the current directory meanwhile."""
    from longfuse.launchers.rockets import redirected

    return redirected(os.getcwd())


def _add_handler(logger: logging.Logger, handler: logging.Handler, level: str, formatter: str) -> logging.Handler:
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter(formatter))
    logger.addHandler(handler)
    return handler
