"""Where a LaunchPad is: ``my_launchpad.yaml``, and the default where there is none."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError
from longfuse.store.revision import SQLITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE_NAME = "my_launchpad.yaml"
FILEPAD_KEYS = frozenset({"filepad", "filepad_gridfs", "text_mode"})
"""What the FilePad reads from a LaunchPad file."""

KEYS = frozenset({"url", "logdir", "strm_lvl", "user_indices", "wf_user_indices"}) | FILEPAD_KEYS
MONGO_KEYS = frozenset(
    {"host", "port", "name", "username", "password", "authsource", "uri_mode", "mongoclient_kwargs", "ssl_ca_file"}
)
LEVEL = "INFO"
"""FireWorks' level of log lines where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """What a LaunchPad file says.

    Attributes:
        url: The database, as SQLAlchemy writes it.
        logdir: Folder for log files as the file names it, or None.
        strm_lvl: Level of the log on the terminal.
        logs: The same folder as an absolute path; a relative one is below the file's own.
    """

    url: str
    logdir: str | None = None
    strm_lvl: str = LEVEL
    logs: str | None = None


def default_url(environ: Mapping[str, str]) -> str:
    """The per-user LaunchPad: ``$XDG_DATA_HOME/longfuse/launchpad.db``."""
    home = environ.get("HOME") or str(Path("~").expanduser())
    data = environ.get("XDG_DATA_HOME") or str(Path(home, ".local", "share"))
    return SQLITE + str(Path(data, "longfuse", "launchpad.db"))


def find_launchpad_file(folders: Iterable[str | Path]) -> Path | None:
    """The first ``my_launchpad.yaml`` in these folders."""
    candidates = (Path(folder, FILE_NAME).expanduser() for folder in folders)
    return next((path.absolute() for path in candidates if path.is_file()), None)


def standard_folders(environ: Mapping[str, str], cwd: str | Path) -> list[Path]:
    """Where settings files are looked for: here, then the user's own folders."""
    home = Path(environ.get("HOME") or "~").expanduser()
    return [Path(cwd), home / ".longfuse", home / ".fireworks"]


def read_location(path: str | Path) -> Location:
    """Read a LaunchPad file. A relative SQLite path is relative to the file's folder.

    Raises:
        ConfigError: The file cannot be read, is FireWorks' own for MongoDB, or has an unknown key.
    """
    from longfuse.domain import yamlio
    from longfuse.errors import SerializationError

    path = Path(path).expanduser().absolute()
    try:
        content = yamlio.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the LaunchPad file {path}: {error.strerror}; `lpad init` makes one") from None
    except (SerializationError, UnicodeDecodeError) as error:
        raise ConfigError(f"The LaunchPad file {path} is not good YAML: {error}") from None
    return location_of(content, str(path), path.parent)


def location_of(content: Any, source: str, folder: Path) -> Location:
    """Check the content of a LaunchPad file.

    Args:
        content: What the YAML holds.
        source: The file, for messages.
        folder: What a relative SQLite path is relative to.

    Raises:
        ConfigError: See `read_location`.
    """
    if not isinstance(content, dict):
        raise ConfigError(
            f"{source} must hold `url: sqlite:///...`, not a {type(content).__name__}; `lpad init` makes one"
        )
    if "url" not in content and MONGO_KEYS & content.keys():
        raise ConfigError(
            f"{source} names a MongoDB server ({', '.join(sorted(MONGO_KEYS & content.keys()))}). Longfuse keeps its "
            "LaunchPad in SQLite or PostgreSQL and cannot open FireWorks' MongoDB yet; a MongoDB store behind the same "
            "seam is planned. For now run `lpad init` in another folder, or write `url: sqlite:///launchpad.db` into "
            "the file"
        )
    unknown = sorted(content.keys() - KEYS, key=str)
    if unknown:
        raise ConfigError(
            f"{source} has an unknown key `{unknown[0]}`{_nearest(str(unknown[0]))}; known: {', '.join(sorted(KEYS))}"
        )
    if not isinstance(content.get("url"), str):
        raise ConfigError(
            f"{source} has no `url: sqlite:///...` (or postgresql+psycopg://...); `lpad init` writes a good one"
        )
    logdir = content.get("logdir")
    if logdir is not None and not isinstance(logdir, str):
        raise ConfigError(f"{source} has `logdir: {logdir!r}`; it names a folder, as text")
    return Location(
        url=absolute_url(content["url"], folder),
        logdir=logdir,
        strm_lvl=str(content.get("strm_lvl") or LEVEL).upper(),
        logs=os.path.join(os.path.abspath(folder), os.path.expanduser(logdir)) if logdir else None,
    )


def absolute_url(url: str, folder: str | Path) -> str:
    """A SQLite URL with ``~`` and a relative path resolved; any other URL as it is."""
    if not url.startswith(SQLITE):
        return url
    path = os.path.expanduser(os.path.expandvars(url.removeprefix(SQLITE)))
    return SQLITE + os.path.normpath(os.path.join(os.path.abspath(folder), path))


def shown(url: str) -> str:
    """A URL for people to see: without password."""
    if url.startswith(SQLITE):
        return url
    head, at, tail = url.rpartition("@")
    scheme, _, user = head.partition("://")
    plain = f"{scheme}://{user.partition(':')[0]}@{tail}" if at else url
    return re.sub(r"\b((?:ssl)?password)=[^&]*", r"\1=***", plain)


def database_name(url: str) -> str:
    """What the database at a URL is called: of a file its name without suffix."""
    if not url.startswith(SQLITE):
        url = url.partition("?")[0]
    return os.path.splitext(os.path.basename(url))[0]


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, KEYS, n=1)
    return f" (did you mean `{near[0]}`?)" if near else ""
