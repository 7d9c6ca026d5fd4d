"""The machine's own limits: the least that such work needs, without Longfuse."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from benchmarks.databases import PAYLOAD_BYTES, document
from benchmarks.measure import timed

if TYPE_CHECKING:
    from pathlib import Path


def bare_files(
    folder: Path, names: tuple[str, ...], size: int, payload_bytes: int = PAYLOAD_BYTES, *, synced: bool = True
) -> None:
    """So many directories with files, each renamed into place, and brought to the disk before if they are synced."""
    for index in range(size):
        launch_dir = folder / str(index)
        launch_dir.mkdir(parents=True)
        for name in names:
            _write(launch_dir / name, json.dumps(document(index, payload_bytes)).encode(), synced=synced)


def bare_copy(source: Path, target: Path) -> float:
    """Seconds to make the files below a folder once more, with the same contents, each synced and renamed."""
    folders = [path.relative_to(source) for path in source.rglob("*") if path.is_dir()]
    files = [path for path in source.rglob("*") if path.is_file() and not path.is_symlink()]
    contents = [(target / path.relative_to(source), path.read_bytes()) for path in files]
    target.mkdir()

    def make() -> None:
        for folder in folders:
            (target / folder).mkdir(parents=True, exist_ok=True)
        for path, content in contents:
            _write(path, content, synced=True)

    return timed(make)


def bare_forks(count: int) -> None:
    """So many processes that end at once, one after the other."""
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)


def bare_shells(count: int) -> None:
    """So many shells that do nothing, one after the other."""
    for _ in range(count):
        os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", "true"], os.environ), 0)


def read_all(files: list[str]) -> None:
    """Read and parse files of JSON."""
    for path in files:
        with open(path, "rb") as stream:
            json.loads(stream.read())


def stat_all(files: list[str]) -> None:
    """Look whether files have changed, without opening them."""
    for path in files:
        os.stat(path)


def _write(path: Path, content: bytes, *, synced: bool) -> None:
    draft = path.with_name(path.name + ".draft")
    with draft.open("wb") as stream:
        stream.write(content)
        if synced:
            stream.flush()
            os.fsync(stream.fileno())
    draft.rename(path)
