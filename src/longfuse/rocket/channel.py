"""The pipe between the process that runs the Firetasks and the one that watches it: JSON objects with their lengths."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LENGTH_BYTES = 8
_PIECE = 1 << 16


class Sender:
    """The writing end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, message: dict[str, Any]) -> None:
        """Send one message, whole.

        Raises:
            OSError: Nobody reads any more, or the descriptor was closed behind our back.
        """
        content = json.dumps(message).encode()
        self._write(len(content).to_bytes(_LENGTH_BYTES, "big") + content[:_PIECE])
        self._write(memoryview(content)[_PIECE:])  # a result may have 50 MB: no copy of it with its length before it

    def _write(self, content: bytes | memoryview) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def receive_one(descriptor: int) -> dict[str, Any] | None:
    """Wait for one message; None if the other end is closed instead."""
    header = _read_exactly(descriptor, _LENGTH_BYTES)
    content = _read_exactly(descriptor, int.from_bytes(header, "big"))
    return json.loads(content) if content else None


def _read_exactly(descriptor: int, size: int) -> bytes:
    """So many bytes, or none if they do not come."""
    content = b""
    while len(content) < size:
        piece = os.read(descriptor, size - len(content))
        if not piece:
            return b""
        content += piece
    return content


class Receiver:
    """The reading end; never waits."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.at_end = False
        self._buffer = bytearray()

    @property
    def in_the_middle(self) -> bool:
        """Whether a message has begun to arrive but is not complete."""
        return len(self._buffer) > 0

    def receive(self) -> list[dict[str, Any]]:
        """The messages that are complete by now."""
        self._fill()
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _fill(self) -> None:
        while not self.at_end:
            try:
                piece = os.read(self.descriptor, _PIECE)
            except BlockingIOError:
                return
            self.at_end = not piece
            self._buffer += piece

    def _next(self) -> dict[str, Any] | None:
        end = _LENGTH_BYTES + int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
        if len(self._buffer) < _LENGTH_BYTES or len(self._buffer) < end:
            return None
        with memoryview(self._buffer) as arrived:
            text = str(arrived[_LENGTH_BYTES:end], "utf-8")
        del self._buffer[:end]
        message: dict[str, Any] = json.loads(text)
        return message
