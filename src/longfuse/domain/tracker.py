"""Trackers: the last lines of a file that a job writes, kept where its user can read them."""

from __future__ import annotations

import os

from longfuse.domain.wire import FWSerializable
from longfuse.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import BufferedIOBase
    from typing import Any, Self

DEFAULT_LINES = 25
MAX_LINES = 1000

_BLOCK = 8192
_MOST_BYTES = 1 << 20
"""How much of a file's end is looked at: a progress bar without newlines may be huge."""

_COMPRESSED = (".gz", ".GZ", ".bz2", ".BZ2", ".xz", ".XZ")


class Tracker(FWSerializable):
    """Follows one file.

    Args:
        filename: Its name; a relative one is in the launch directory.
        nlines: How many of its last lines to keep, up to 1000.
        content: What was seen last.
        allow_zipped: Whether ``filename.gz`` (or ``.bz2``, ``.xz``) will do where there is no such file.

    Raises:
        InputError: More than 1000 lines.
    """

    def __init__(
        self, filename: str, nlines: int = DEFAULT_LINES, content: str = "", allow_zipped: bool = False
    ) -> None:
        if nlines > MAX_LINES:
            raise InputError(f"A Tracker keeps up to {MAX_LINES} lines, not {nlines} ({filename})")
        self.filename = filename
        self.nlines = nlines
        self.content = content
        self.allow_zipped = allow_zipped

    def track_file(self, launch_dir: str | os.PathLike[str] | None = None) -> str:
        """Read the last lines of the file now; where there is none, what was seen before stays.

        Args:
            launch_dir: Where a relative name is; the current directory if not given.

        Raises:
            OSError: The file is there and cannot be read.
        """
        path = self._path(os.path.join(launch_dir or "", self.filename))
        if path is not None:
            lines = _last_lines(path, self.nlines)
            self.content = "\n".join(line.decode("utf-8", "surrogateescape") for line in lines)
        return self.content

    def _path(self, path: str) -> str | None:
        variants = [path, *(path + ending for ending in _COMPRESSED)] if self.allow_zipped else [path]
        return next((variant for variant in variants if os.path.isfile(variant)), None)

    def to_dict(self) -> dict[str, Any]:
        """FireWorks' shape: the content only if there is any."""
        document = {"filename": self.filename, "nlines": self.nlines, "allow_zipped": self.allow_zipped}
        return {**document, "content": self.content} if self.content else document

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The Tracker; what is missing has its default."""
        return cls(
            m_dict["filename"],
            m_dict.get("nlines", DEFAULT_LINES),
            m_dict.get("content", ""),
            m_dict.get("allow_zipped", False),
        )

    def __str__(self) -> str:
        return f"### Filename: {self.filename}\n{self.content}"


def _last_lines(path: str, number: int) -> list[bytes]:
    """The last lines of a file, compressed or not."""
    opened = _opened_compressed(path)
    if opened is None:
        with open(path, "rb") as file:
            return _split(_tail(file, number), number)
    from collections import deque

    with opened as file:  # it can only be read forwards
        return _split(b"".join(deque(file, maxlen=number)), number)


def _opened_compressed(path: str) -> BufferedIOBase | None:
    """The file, opened, if its name says that it is compressed."""
    ending = path.rpartition(".")[2].lower()
    if ending == "gz":
        import gzip

        return gzip.open(path)
    if ending == "bz2":
        import bz2

        return bz2.open(path)
    if ending == "xz":
        import lzma

        return lzma.open(path)
    return None


def _tail(file: BufferedIOBase, number: int) -> bytes:
    """The end of a file, as far back as so many lines need, but no more than `_MOST_BYTES`."""
    blocks: list[bytes] = []
    position = file.seek(0, os.SEEK_END)
    lowest, newlines = max(0, position - _MOST_BYTES), 0
    while position > lowest and newlines <= number:
        start = max(lowest, position - _BLOCK)
        file.seek(start)
        block = file.read(position - start)
        blocks.append(block)
        newlines += block.count(b"\n")
        position = start
    return b"".join(reversed(blocks))


def _split(text: bytes, number: int) -> list[bytes]:
    lines = text.removesuffix(b"\n").split(b"\n") if text else []
    return lines[-number:] if number > 0 else []
