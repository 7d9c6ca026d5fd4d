"""Script templates: ``$${name}`` stands for a value; a line of the template whose value is missing is left out.

Values are put in as they are and not looked at again, so a user's ``$$`` (the shell's process id) stays.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACE = re.compile(r"\$\$\{([A-Za-z_][\w-]*)\}|\$\$([A-Za-z_]\w*)")


def names(text: str) -> set[str]:
    """The names a template asks for, with ``_`` for ``-``."""
    return {_name(match) for match in _PLACE.finditer(text)}


def fill(text: str, values: Mapping[str, object]) -> str:
    """The script: each place filled; lines of the template with a place that has no value are left out."""
    lines = []
    for line in text.splitlines():
        wanted = [_name(match) for match in _PLACE.finditer(line)]
        if all(values.get(name) not in (None, "") for name in wanted):
            lines.append(_PLACE.sub(lambda match: str(values[_name(match)]), line))
    return "\n".join(lines) + "\n"


def quoted(path: str) -> str:
    """A path for a shell command."""
    return shlex.quote(path)


def plain_name(name: str) -> str:
    """A job name that needs no quotes in a directive or a file name."""
    return re.sub(r"[^\w.()+=@:-]", "_", name)


def _name(match: re.Match[str]) -> str:
    return str(match[1] or match[2]).replace("-", "_")
