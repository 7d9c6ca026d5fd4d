"""Reading ``my_qadapter.yaml`` and script templates."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError, SerializationError
from longfuse.queue.adapter import FW_NAME, STATUS_TIMEOUT_S, QueueAdapter, check_parameters
from longfuse.queue.dialects import SPOKEN, dialect_of, spelled
from longfuse.queue.policy import KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).parent / "templates"
COURIER = "courier"
"""The key with the parameters of the courier's job (``qlaunch --courier``)."""

STEERING = frozenset(
    {
        "_fw_name",
        "_fw_q_type",
        "_fw_q_name",
        "_fw_template_file",
        "_fw_timeout",
        "_q_commands_override",
        "_fw_spool",
        KEY,
        COURIER,
    }
)
"""Keys that are no template parameters."""

LOCAL = "local"


def read_adapter(path: str | Path) -> QueueAdapter:
    """The adapter that a queue adapter file describes.

    Raises:
        ConfigError: The file or its template cannot be read or understood.
    """
    from longfuse.domain import yamlio

    path = Path(path).expanduser().absolute()
    try:
        content = yamlio.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the queue adapter file {path}: {error.strerror}") from None
    except (SerializationError, UnicodeDecodeError) as error:
        raise ConfigError(f"The queue adapter file {path} is not good YAML: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold `_fw_name: {FW_NAME}`, `_fw_q_type: ...` and parameters")
    return adapter_from_dict(content, str(path), path.parent)


def adapter_from_dict(
    content: Mapping[str, Any], source: str, folder: Path, environ: Mapping[str, str] = os.environ
) -> QueueAdapter:
    """The adapter that the content of a queue adapter file describes.

    Args:
        content: What the file holds.
        source: The file, for messages.
        folder: What relative paths are relative to.
        environ: The environment, which may name the local queue's folder.

    Raises:
        ConfigError: A key is missing or unknown.
    """
    name = content.get("_fw_name", FW_NAME)
    if name != FW_NAME:
        raise ConfigError(f"{source}: _fw_name must be {FW_NAME}, not {name!r}")
    if "_fw_q_type" not in content:
        raise ConfigError(f"{source} lacks `_fw_q_type`; it is one of {', '.join(SPOKEN)}")
    unknown = [key for key in content if str(key).startswith("_") and key not in STEERING]
    if unknown:
        raise ConfigError(f"{source}: unknown key `{unknown[0]}`; known are {', '.join(sorted(STEERING))}")
    q_type = str(content["_fw_q_type"])
    extras = _local_extras(content, folder, environ) if spelled(q_type) == LOCAL else {}
    dialect = dialect_of(q_type, extras)
    text = _template(content.get("_fw_template_file"), dialect.q_type, source, folder)
    given = {str(key): value for key, value in content.items() if key not in STEERING}
    commands = content.get("_q_commands_override") or {}
    if not isinstance(commands, dict) or not commands.keys() <= {"submit_cmd", "status_cmd"}:
        raise ConfigError(f"{source}: _q_commands_override must hold `submit_cmd` or `status_cmd`, not {commands!r}")
    adapter = QueueAdapter(
        dialect=dialect,
        script_template=text,
        parameters=check_parameters(given, dialect, text, source),
        submit_cmd=str(commands.get("submit_cmd") or ""),
        status_cmd=str(commands.get("status_cmd") or ""),
        timeout_s=_seconds(content.get("_fw_timeout"), source),
        source=source,
        extras=extras,
        when_killed=content.get(KEY),
        courier=content.get(COURIER),
    )
    adapter.policy()  # what cannot be understood is told now
    return adapter


def _local_extras(content: Mapping[str, Any], folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The local queue's folder, settled now: who asks for its jobs later may have another environment."""
    from longfuse.queue.local_spool import usual_folder

    given = content.get("_fw_spool")
    spool = folder / Path(str(given)).expanduser() if given else usual_folder(environ).absolute()
    return {"spool": str(spool)}


def _seconds(given: Any, source: str) -> float:
    if given is None:
        return STATUS_TIMEOUT_S
    if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
        raise ConfigError(f"{source}: _fw_timeout must be a number of seconds, not {given!r}")
    return float(given)


def _template(given: str | None, q_type: str, source: str, folder: Path) -> str:
    """The user's own template, looked for beside the file that names it and here; else the built-in one."""
    named = Path(str(given)).expanduser()
    candidates = [folder / named, named] if given else [TEMPLATES / f"{q_type}.txt"]
    path = next((path for path in candidates if path.exists()), None)
    if path is None:
        raise ConfigError(f"{source}: _fw_template_file names {candidates[0]}, which does not exist")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{source}: cannot read the template {path}: {error}") from None
