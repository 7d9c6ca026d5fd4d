"""Job arrays: many launches that are one job for the batch system.

The tokens of launches that may be one array have the same beginning, their *stem*, and end with their place among them,
which is their index in the array (`element_token`). The array carries the stem; so each element can be looked for by
its launch's own token, as if it were a job of its own.

The array's script is the usual one, but for a table in it: by its index an element finds its launch directory and its
Firework. What the batch system writes goes there through a link of the index's name beside the script.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INDEX_DIGITS = 6
"""So many hexadecimal digits at the end of a launch's token are its index."""

LAUNCH_DIR, FW_ID = "LONGFUSE_LAUNCH_DIR", "LONGFUSE_FW_ID"
"""The variables of an array's script that hold what the table says of the element."""

SHELLS = re.compile(r"#!\s*(?:\S*/env\s+)?\S*\b(?:sh|bash|dash|ksh|zsh)\b")


def element_token(stem: str, index: int) -> str:
    """The token of the launch with this index."""
    return f"{stem}{index:0{INDEX_DIGITS}x}"


def stem_of(token: str) -> str:
    """What the tokens of its neighbours begin with, too."""
    return token[:-INDEX_DIGITS]


def index_of(token: str) -> int:
    """The index that a token ends with."""
    return int(token[-INDEX_DIGITS:], 16)


def carries(carried: str, index: str, token: str) -> bool:
    """Whether an array that carries something has, as its element of this index, the launch with this token."""
    return bool(carried) and carried == stem_of(token) and index == str(index_of(token))


@dataclass(frozen=True, slots=True)
class Element:
    """One launch of an array."""

    index: int
    launch_dir: str
    fw_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayWords:
    """How a batch system speaks of job arrays.

    Attributes:
        directive: What a line with an option begins with.
        wish: The option that makes a job an array, with ``{indices}``.
        variable: The environment variable that tells an element its index.
        place: What stands for the index in the name of an output file.
        outputs: A pattern of the options that name output files, up to the name.
        usual_output: An option for scripts that name none.
        own: A pattern of the options by which a user makes arrays of their own.
        element: How an element is called, from ``{job_id}`` and ``{index}``.
        lists: Whether the indices may have gaps.
    """

    directive: str
    wish: str
    variable: str
    place: str
    outputs: str
    usual_output: str
    own: str
    element: str
    lists: bool = True

    def fits(self, text: str) -> bool:
        """Whether this script can be that of an array.

        Not if a directive needs the launch directory, if its user makes arrays, or if it is for a shell that is none.
        """
        directives = [line for line in text.splitlines() if line.startswith(self.directive)]
        taken = re.compile(rf"{re.escape(self.directive)}\s+(?:.*\s)?{self.own}")
        return bool(SHELLS.match(text)) and not any(LAUNCH_DIR in x or FW_ID in x or taken.match(x) for x in directives)

    def job_id(self, array_id: str, index: int) -> str:
        """How an element of the array is called."""
        return self.element.format(job_id=array_id, index=index)

    def script(self, text: str, elements: Sequence[Element]) -> str:
        """The script of an array: the usual one with the array's directives and its table of elements.

        Args:
            text: What `QueueAdapter.render_array` gives.
            elements: The launches, each of which has a link of its index's name in the folder of the script.
        """
        lines = text.splitlines()
        begin = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
        indices = ranges(element.index for element in elements)
        added = [f"{self.directive} {self.wish.format(indices=indices)}"]
        head, outputs = self._placed(lines[:begin])
        if not outputs:
            added.append(f"{self.directive} {self.usual_output}")
        return "\n".join([*head[:1], *added, *head[1:], *self._table(elements), *lines[begin:]]) + "\n"

    def _placed(self, lines: Sequence[str]) -> tuple[list[str], int]:
        """The lines with output files in the folder of the element, and how many name one."""
        option = re.compile(rf"^({re.escape(self.directive)}\s+{self.outputs})(?=(\S))")
        named = [option.match(line) for line in lines]
        placed = [
            f"{found[1]}{self.place}/{line[found.end(1) :]}" if found and found[2] not in "/~\"'$" else line
            for line, found in zip(lines, named, strict=True)
        ]
        return placed, sum(found is not None for found in named)

    def _table(self, elements: Sequence[Element]) -> list[str]:
        rows = [
            f"{element.index}) {LAUNCH_DIR}={shlex.quote(element.launch_dir)} {FW_ID}={element.fw_id} ;;"
            for element in elements
        ]
        return [f'case "${self.variable}" in', *rows, "*) exit 1 ;;", "esac", f'cd "${LAUNCH_DIR}" || exit 1', ""]


def ranges(indices: Iterable[int]) -> str:
    """``1-4,7``, as all batch systems write it."""
    runs = consecutive(indices)
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def consecutive(indices: Iterable[int]) -> list[list[int]]:
    """The same in runs without gaps."""
    runs: list[list[int]] = []
    for index in sorted(indices):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def spelled_out(text: str) -> list[int]:
    """The indices that ``[4-9:2,11%3]`` means; none if it is no such list."""
    plain = text.strip("[]").partition("%")[0]
    found: list[int] = []
    for part in plain.split(","):
        run = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", part)
        if run is None:
            return []
        found += range(int(run[1]), int(run[2] or run[1]) + 1, int(run[3] or 1))
    return found
