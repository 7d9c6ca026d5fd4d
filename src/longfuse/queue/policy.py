"""What shall be done about a job that did not end well, by its cause: ``when_killed`` in a queue adapter file.

::

    when_killed:
      TIMEOUT: {rerun: 2, walltime: 1.5, checkpoint: true}
      OUT_OF_MEMORY: {rerun: 1, mem: 2}
      NODE_FAIL: {rerun: 5}

Each cause is rerun so many times at most. Other keys are parameters of the queue adapter, and by how much to multiply
them for the next try. Without an entry for its cause a Firework stays FIZZLED.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY = "when_killed"
CAUSES = frozenset({"TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED", "CANCELLED", "LOST", "EXCEPTION", "SUBMIT"})
"""See docs/glossary.md."""

CHECKPOINTS: dict[Any, str | None] = {True: None, "cp": "cp", "prev_dir": "prev_dir"}
"""How to go on from a checkpoint: in a new launch directory, with a copy of the old one, or in the old one."""

_DURATION = re.compile(r"(?:(\d+)-)?(\d+(?::\d+){0,2})")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How a Firework is tried again.

    Attributes:
        number: Which try after the first this is.
        of: How many there may be for this cause.
        wishes: What goes into its ``_queueadapter``.
        from_checkpoint: Whether it goes on from the last checkpoint.
        recover_mode: As ``rerun_fw`` takes it.
    """

    number: int
    of: int
    wishes: dict[str, Any]
    from_checkpoint: bool
    recover_mode: str | None

    def __str__(self) -> str:
        with_what = ", ".join(f"{key} {value}" for key, value in self.wishes.items())
        where = " from its last checkpoint" if self.from_checkpoint else ""
        return f"rerun {self.number} of {self.of}{where}" + (f" with {with_what}" if with_what else "")


def read_policy(
    content: Any, parameters: Mapping[str, Any], source: str, name_of: Callable[[str], str] = str
) -> dict[str, Any]:
    """Check a ``when_killed``, and note the values that it will multiply.

    Args:
        content: What the file has under that key.
        parameters: The adapter's parameters; what has no value there is not multiplied.
        source: The file, for messages.
        name_of: A parameter's proper name.

    Returns:
        What a launch remembers of it (plain values); empty if there is no policy.

    Raises:
        ConfigError: It cannot be understood.
    """
    if not content:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{source}: `{KEY}` must name causes and what to do, for example `TIMEOUT: {{rerun: 1}}`")
    return {str(cause): _read_rule(str(cause), rule, parameters, source, name_of) for cause, rule in content.items()}


def retry(policy: Mapping[str, Any], cause: str, earlier: int) -> Retry | None:
    """What to do about a launch that ended for this cause.

    Args:
        policy: From `read_policy`.
        cause: Why it ended.
        earlier: How many launches of the Firework ended for the same cause before.
    """
    rule = policy.get(cause)
    if rule is None or earlier >= rule["rerun"]:
        return None
    return Retry(
        number=earlier + 1,
        of=rule["rerun"],
        wishes={key: scaled(value, factor) for key, (value, factor) in rule["scale"].items()},
        from_checkpoint="checkpoint" in rule,
        recover_mode=CHECKPOINTS[rule["checkpoint"]] if "checkpoint" in rule else None,
    )


def scaled(value: Any, factor: float) -> Any:
    """A number, an amount such as ``4G``, or a time such as ``1-12:00:00``, so many times as much; rounded up.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return math.ceil(value * factor)
    text = str(value).strip()
    if amount := _AMOUNT.fullmatch(text):
        return f"{math.ceil(float(amount[1]) * factor)}{amount[2]}"
    duration = _DURATION.fullmatch(text)
    if duration is None:
        raise ValueError(f"{text!r} is no number, amount or time")
    return _clock(math.ceil(_seconds(duration[1], duration[2]) * factor))


def _read_rule(
    cause: str, rule: Any, parameters: Mapping[str, Any], source: str, name_of: Callable[[str], str]
) -> dict[str, Any]:
    where = f"{source}: `{KEY}`, `{cause}`"
    if cause not in CAUSES:
        raise ConfigError(f"{where} is no cause; there are {', '.join(sorted(CAUSES))}")
    if not isinstance(rule, dict) or not isinstance(rule.get("rerun"), int) or rule["rerun"] < 1:
        raise ConfigError(f"{where} needs `rerun`: how often it may be rerun, 1 at least")
    read: dict[str, Any] = {"rerun": rule["rerun"], "scale": {}}
    for key, factor in rule.items():
        if key == "checkpoint":
            if factor not in (*CHECKPOINTS, False):
                raise ConfigError(f"{where}: `checkpoint` must be true, false, cp or prev_dir")
            read |= {"checkpoint": factor} if factor else {}
        elif key != "rerun":
            name = name_of(str(key))
            value = parameters.get(name)
            _check_factor(key, factor, 1 if value is None else value, where)
            read["scale"] |= {} if value is None else {name: (value, float(factor))}
    return read


def _check_factor(key: str, factor: Any, value: Any, where: str) -> None:
    if not isinstance(factor, int | float) or isinstance(factor, bool) or factor <= 0:
        raise ConfigError(f"{where}: `{key}` must be by how much to multiply, not {factor!r}")
    try:
        scaled(value, factor)
    except ValueError as error:
        raise ConfigError(f"{where}: `{key}`: {error}") from None


def wall_seconds(text: str) -> int | None:
    """The seconds of a time such as ``1-12:00:00``; None if it is none."""
    duration = _DURATION.fullmatch(text.strip())
    return _seconds(duration[1], duration[2]) if duration else None


def _seconds(days: str | None, clock: str) -> int:
    """As Slurm reads times: ``MM``, ``MM:SS``, ``HH:MM:SS``, ``D-HH``, ``D-HH:MM``, ``D-HH:MM:SS``."""
    parts = [int(part) for part in clock.split(":")]
    if days is not None:
        hours, minutes, seconds = (*parts, 0, 0)[:3]
    elif len(parts) == 3:
        hours, minutes, seconds = parts
    else:
        hours, (minutes, seconds) = 0, (*parts, 0)[:2]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
