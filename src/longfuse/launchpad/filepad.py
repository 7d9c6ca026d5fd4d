"""The `FilePad`: FireWorks' Python API for files that are kept in the LaunchPad's database.

Contents are read, compressed and written in pieces; only `get_file` and its like, which answer with bytes, hold a whole
content in memory. Every method that changes something is one transaction.
"""

from __future__ import annotations

import io
import logging
import os
import re
import stat
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from longfuse.domain import query as queries
from longfuse.domain import registry
from longfuse.domain.filter import Bracket, value_of
from longfuse.domain.wire import FWSerializable, now, read_file, recursive_dict
from longfuse.errors import InputError, NotFoundError, UnreadableError
from longfuse.launchdir.files import ROOT, owner
from longfuse.launchdir.names import FILEPAD, TICKET
from longfuse.launchpad import location
from longfuse.store.documents import file_document
from longfuse.store.open import open_store
from longfuse.store.records import FileRecord

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from os import PathLike

    from longfuse.domain.filter import Value
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.store.seam import Reader, Store, Transaction

    AnyPath = str | PathLike[str]
    Document = dict[str, Any]

log = logging.getLogger("longfuse.filepad")

DEFAULT_PAD = "filepad"
"""FireWorks' name of the collection, where nobody gives another."""

PIECE = 1 << 20
"""Bytes of content in a row of the database."""

_COPY_NAME = re.compile(r"[0-9a-f]{24}")

_IN_MEMORY = 8 << 20
"""A compressed content of more bytes waits in a temporary file."""

_FILEPAD_KEYS = {"filepad": "filepad_coll_name", "filepad_gridfs": "gridfs_coll_name", "text_mode": "text_mode"}
"""Keys of a LaunchPad file that only a FilePad reads, and the arguments that they are."""


class FilePad(FWSerializable):
    """Files in a LaunchPad's database, each with an identifier of its own and metadata to find it by.

    A file's document is FireWorks' ``{"identifier", "original_file_name", "original_file_path", "metadata",
    "compressed", "gfs_id"}``, with ``size`` in bytes and ``created_on``.

    Args:
        url: The database, as for `LaunchPad`; None takes the per-user one.
        filepad_coll_name: Which of several FilePads in it; they do not know each other.
        gridfs_coll_name: Kept for FireWorks' sake: contents are kept with their files.
        logdir: Kept for FireWorks' sake.
        strm_lvl: Level of the ``longfuse.filepad`` logger, or None to leave it as it is.
        text_mode: Read files that are added as UTF-8 text, with line ends as Unix writes them.
        create: Make the database if it does not exist.
        mongo: FireWorks' arguments for MongoDB; any of them is an error that says what to do instead.

    Raises:
        ConfigError: Arguments for MongoDB.
        StoreUnavailableError: There is no database, or it cannot be opened.
        SchemaError: It is no LaunchPad, or of another version.
    """

    _fw_name = "FilePad"

    def __init__(
        self,
        url: str | None = None,
        *,
        filepad_coll_name: str = DEFAULT_PAD,
        gridfs_coll_name: str = "filepad_gfs",
        logdir: str | None = None,
        strm_lvl: str | None = None,
        text_mode: bool = False,
        create: bool = False,
        **mongo: Any,
    ) -> None:
        if mongo or (url is not None and "://" not in url):
            location.location_of({**mongo, **({"host": url} if url else {})}, "FilePad(...)", Path.cwd())
        self.url = location.absolute_url(url or location.default_url(os.environ), Path.cwd())
        self.filepad_coll_name = filepad_coll_name
        self.gridfs_coll_name = gridfs_coll_name
        self.logdir = logdir
        self.strm_lvl = strm_lvl
        self.text_mode = text_mode
        self.logger = log
        if strm_lvl:
            self.logger.setLevel(strm_lvl)
        self._store: Store = open_store(self.url, create=create)

    # --- where it is
    @classmethod
    def auto_load(cls) -> FilePad:
        """The FilePad of the LaunchPad that the commands use; a per-user one is not made here.

        Raises:
            ConfigError: A settings file cannot be understood.
            StoreError: The database cannot be opened.
        """
        settings = registry.import_class("longfuse.settings", "resolve")()  # by name: it stands above this layer
        return cls.from_db_file(settings.launchpad_file) if settings.launchpad_file else cls()

    @classmethod
    def from_db_file(cls, db_file: AnyPath, admin: bool = True) -> FilePad:
        """The FilePad of a ``my_launchpad.yaml``, which may also hold ``filepad`` (its name) and ``text_mode``.

        Args:
            db_file: The file; JSON or YAML.
            admin: Kept for FireWorks' sake: SQLite has no users.

        Raises:
            SerializationError: The file cannot be read.
            ConfigError: It cannot be understood.
        """
        del admin
        path = Path(db_file).expanduser().absolute()
        content = read_file(path)
        place = location.location_of(content, str(path), path.parent)
        options = {name: content[key] for key, name in _FILEPAD_KEYS.items() if content.get(key) is not None}
        return cls(place.url, logdir=place.logdir, strm_lvl=place.strm_lvl, **options)

    @classmethod
    def from_launchpad(cls, launchpad: LaunchPad) -> FilePad:
        """The FilePad in a LaunchPad's database."""
        return cls(launchpad.url, logdir=launchpad.logdir, strm_lvl=launchpad.strm_lvl)

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` needs."""
        return {
            "url": self.url,
            "filepad_coll_name": self.filepad_coll_name,
            "gridfs_coll_name": self.gridfs_coll_name,
            "logdir": self.logdir,
            "strm_lvl": self.strm_lvl,
            "text_mode": self.text_mode,
            "_fw_name": self.fw_name,
        }

    @classmethod
    def from_dict(cls, m_dict: Mapping[str, Any]) -> FilePad:
        """The FilePad that `to_dict` described."""
        return cls(**{key: value for key, value in m_dict.items() if key[0] not in "_@"})

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def reset(self) -> None:
        """Remove all files."""
        with self._store.write() as tx:
            tx.delete_files([record.file_id for record in tx.files(self.filepad_coll_name)])
        self.logger.info("FilePad was RESET.")

    def build_indexes(self, indexes: Sequence[str] | None = None, background: bool = True) -> None:
        """FireWorks' call; the indexes are there from the beginning, metadata need none."""

    # --- adding
    def add_file(
        self,
        path: AnyPath,
        identifier: str | None = None,
        compress: bool = True,
        metadata: Mapping[str, Any] | None = None,
    ) -> tuple[str, str]:
        """Add a file.

        Args:
            path: The file.
            identifier: What it shall be called; None calls it by its gfs_id.
            compress: Whether to keep it compressed.
            metadata: What to say of it; what JSON can hold.

        Returns:
            Its gfs_id and its identifier. If there is a file of that identifier, it is left as it is and those are its.

        Raises:
            InputError: The file cannot be read, or changes meanwhile.
        """
        path = os.path.abspath(os.path.expanduser(path))
        about = {"original_file_name": os.path.basename(path), "original_file_path": path}
        return self._add(self._source(path), identifier, compress, metadata, about)

    def add_contents(
        self,
        contents: bytes | str,
        identifier: str | None = None,
        compress: bool = True,
        metadata: Mapping[str, Any] | None = None,
    ) -> tuple[str, str]:
        """The same with a content, bytes or text, in place of a file."""
        data = contents.encode() if isinstance(contents, str) else contents
        return self._add(_Source(_slices(data), len(data)), identifier, compress, metadata, {})

    # --- reading
    def get_file(self, identifier: str) -> tuple[bytes, Document] | tuple[None, None]:
        """The content and the document of a file, (None, None) if there is none of this identifier."""
        return self._get({"identifier": str(identifier)})

    def get_file_by_id(self, gfs_id: str) -> tuple[bytes, Document] | tuple[None, None]:
        """The same by gfs_id."""
        return self._get({"gfs_id": str(gfs_id)})

    def get_file_by_query(
        self, query: Mapping[str, Any], sort_key: str | None = None, sort_direction: int = -1
    ) -> list[tuple[bytes, Document]]:
        """Content and document of each file whose document matches.

        Args:
            query: A Mongo-style query of documents, e.g. ``{"metadata.step": {"$gt": 3}}``.
            sort_key: A path in documents; None sorts as they were added.
            sort_direction: 1 for ascending, -1 for descending.
        """
        with self._store.read() as reader:
            records = _sorted(reader.files(self.filepad_coll_name, queries.parse(query)), sort_key, sort_direction)
            return [(_content(reader, record), file_document(record)) for record in records]

    def get_documents(
        self,
        query: Mapping[str, Any] | None = None,
        sort_key: str | None = None,
        sort_direction: int = -1,
        limit: int = 0,
    ) -> list[Document]:
        """The documents alone, as `get_file_by_query` sorts them; at most ``limit``, all if that is 0."""
        with self._store.read() as reader:
            where = queries.parse(query) if query else None
            records = _sorted(reader.files(self.filepad_coll_name, where), sort_key, sort_direction)
        return [file_document(record) for record in (records[:limit] if limit else records)]

    def write_file(self, gfs_id: str, path: AnyPath) -> Document:
        """Write a file's content to ``path``, piece by piece; there is a whole file in the end, or none.

        Raises:
            NotFoundError: There is no such file in the FilePad.
            InputError: It cannot be written there.
        """
        with self._store.read() as reader:
            record = self._record(reader, {"gfs_id": str(gfs_id)})
            if record is None:
                raise NotFoundError(f"The FilePad has no file with gfs_id {gfs_id}")
            _write_whole(os.path.abspath(path), _inflated(reader, record))
        return file_document(record)

    def count(self, filter: Mapping[str, Any] | None = None) -> int:  # noqa: A002 - FireWorks' name
        """How many files there are, or match a query."""
        with self._store.read() as reader:
            return reader.count_files(self.filepad_coll_name, queries.parse(filter) if filter else None)

    # --- changing
    def delete_file(self, identifier: str) -> int:
        """Remove a file; returns how many were, so 0 if there is none of this identifier."""
        return self.delete_file_by_query({"identifier": str(identifier)})

    def delete_file_by_id(self, gfs_id: str) -> int:
        """The same by gfs_id."""
        return self.delete_file_by_query({"gfs_id": str(gfs_id)})

    def delete_file_by_query(self, query: Mapping[str, Any]) -> int:
        """Remove every file whose document matches; returns how many."""
        with self._store.write() as tx:
            return remove(tx, self.filepad_coll_name, query)

    def update_file(self, identifier: str, path: AnyPath, compress: bool = True) -> tuple[str, str] | tuple[None, None]:
        """Give a file another content, and leave what is said of it.

        Returns:
            Its old and its new gfs_id; (None, None) if there is none of this identifier.

        Raises:
            InputError: The file at ``path`` cannot be read, or changes meanwhile.
        """
        return self._update({"identifier": str(identifier)}, path, compress)

    def update_file_by_id(
        self, gfs_id: str, path: AnyPath, compress: bool = True
    ) -> tuple[str, str] | tuple[None, None]:
        """The same by gfs_id."""
        return self._update({"gfs_id": str(gfs_id)}, path, compress)

    # --- how
    def _add(
        self,
        source: _Source,
        identifier: str | None,
        compress: bool,
        metadata: Mapping[str, Any] | None,
        about: dict[str, str],
    ) -> tuple[str, str]:
        gfs_id = token_hex(12)
        identifier = gfs_id if identifier is None else str(identifier)
        named = {"identifier": identifier}
        with self._store.read() as reader:
            known = self._record(reader, named)
        if known is not None:
            return self._known(known)
        with _kept(source, compress) as (size, chunks), self._store.write() as tx:
            known = self._record(tx, named)
            if known is not None:
                return self._known(known)
            record = FileRecord(
                pad=self.filepad_coll_name,
                identifier=identifier,
                gfs_id=gfs_id,
                metadata=recursive_dict(metadata),
                compressed=compress,
                size=size,
                created_on=now(),
                **about,  # type: ignore[arg-type]
            )
            tx.put_file(record, chunks)
        return gfs_id, identifier

    def _known(self, record: FileRecord) -> tuple[str, str]:
        self.logger.warning("identifier: %s already exists; that file was left as it is", record.identifier)
        return record.gfs_id, record.identifier

    def _get(self, query: Document) -> tuple[bytes, Document] | tuple[None, None]:
        with self._store.read() as reader:
            record = self._record(reader, query)
            return (None, None) if record is None else (_content(reader, record), file_document(record))

    def _update(self, query: Document, path: AnyPath, compress: bool) -> tuple[str, str] | tuple[None, None]:
        with self._store.read() as reader:
            if self._record(reader, query) is None:
                return None, None
        source = self._source(os.path.abspath(os.path.expanduser(path)))
        with _kept(source, compress) as (size, chunks), self._store.write() as tx:
            record = self._record(tx, query)
            if record is None:
                return None, None
            new = replace(record, gfs_id=token_hex(12), compressed=compress, size=size, created_on=now())
            tx.put_file(new, chunks)
        return record.gfs_id, new.gfs_id

    def _record(self, reader: Reader | Transaction, query: Document) -> FileRecord | None:
        return next(iter(reader.files(self.filepad_coll_name, queries.parse(query))), None)

    def _source(self, path: str) -> _Source:
        try:
            size = os.stat(path).st_size
        except OSError as error:
            raise _unreadable(path, error) from error
        return _Source(_text_of(path), None) if self.text_mode else _Source(_bytes_of(path), size)


@dataclass(frozen=True, slots=True)
class _Source:
    """A content to be read once; ``size`` is None where only reading tells."""

    pieces: Iterator[bytes]
    size: int | None


# --- in a transaction
def remove(tx: Transaction, pad: str, query: Mapping[str, Any]) -> int:
    """Remove every file of a pad whose document matches; returns how many."""
    found = [record.file_id for record in tx.files(pad, queries.parse(query))]
    tx.delete_files(found)
    return len(found)


def take_in(tx: Transaction, launch_dir: str, noted: Mapping[str, Any], when: datetime) -> None:
    """Add a file that a task kept beside its launch files, unless there is one of its identifier.

    Args:
        tx: The transaction.
        launch_dir: The launch directory.
        noted: What `OfflineLaunchPad.note_file` noted.
        when: The time.

    Raises:
        UnreadableError: The copy is not there, or not whole, or not yet.
        InputError: This is no such note.
    """
    identifier, name = str(noted["identifier"]), str(noted["name"])
    if not _COPY_NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a copy for the FilePad")
    if tx.files(DEFAULT_PAD, queries.parse({"identifier": identifier})):
        log.warning("identifier: %s already exists; that file was left as it is", identifier)
        return
    record = FileRecord(
        pad=DEFAULT_PAD,
        identifier=identifier,
        gfs_id=name,
        original_file_name=os.path.basename(noted["path"]),
        original_file_path=noted["path"],
        metadata=noted["metadata"],
        compressed=bool(noted["compress"]),
        size=int(noted["size"]),
        created_on=when,
    )
    believed = (owner(os.path.join(launch_dir, TICKET)), ROOT)
    copy = os.path.join(launch_dir, FILEPAD, name)
    tx.put_file(record, _bytes_of_copy(copy, int(noted["kept"]), believed))


def _bytes_of_copy(path: str, size: int, believed: Sequence[int | None]) -> Iterator[bytes]:
    """What the launch's owner has kept: another's file, a link or a pipe is no copy of ours."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_uid not in believed:
            raise UnreadableError(f"{path}, kept for the FilePad, is no file of the user who reserved the launch")
        yield from _checked(_bytes_of(path), size)
    except (OSError, InputError) as error:
        raise UnreadableError(f"{path}, kept for the FilePad, is not there or not whole yet: {error}") from error


# --- contents on their way in
def _slices(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PIECE] for start in range(0, len(data), PIECE))


def _bytes_of(path: str) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise _unreadable(path, error) from error


def _text_of(path: str) -> Iterator[bytes]:
    try:
        with open(path, encoding="utf-8") as file:
            while piece := file.read(PIECE):
                yield piece.encode()
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text; add it without text_mode") from error


def _unreadable(path: str, error: OSError) -> InputError:
    return InputError(f"{path} cannot be added to the FilePad: {error.strerror}. Give the path of a file")


@contextmanager
def _kept(source: _Source, compress: bool) -> Iterator[tuple[int, Iterable[bytes]]]:
    """The size of a content, and the pieces that are to be kept; what takes long is done before they are asked for."""
    if source.size is not None and not compress:
        yield source.size, _checked(source.pieces, source.size)
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        size = 0
        squeeze = zlib.compressobj() if compress else None
        for piece in source.pieces:
            size += len(piece)
            spool.write(squeeze.compress(piece) if squeeze else piece)
        if squeeze:
            spool.write(squeeze.flush())
        spool.seek(0)
        yield size, iter(lambda: spool.read(PIECE), b"")


def _checked(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    found = 0
    for piece in pieces:
        found += len(piece)
        yield piece
    if found != size:
        raise InputError(f"A file changed from {size} to {found} bytes while it was added to the FilePad; add it again")


# --- contents on their way out
def _inflated(reader: Reader, record: FileRecord) -> Generator[bytes, None, None]:
    """The content itself, in pieces."""
    if not record.compressed:
        yield from reader.file_chunks(record.file_id)
        return
    inflate = zlib.decompressobj()
    for chunk in reader.file_chunks(record.file_id):
        rest = chunk
        while rest:
            yield inflate.decompress(rest, PIECE)
            rest = inflate.unconsumed_tail
    yield inflate.flush()


def _content(reader: Reader, record: FileRecord) -> bytes:
    buffer = io.BytesIO()
    for piece in _inflated(reader, record):
        buffer.write(piece)
    return buffer.getvalue()


def _write_whole(path: str, pieces: Iterable[bytes]) -> None:
    draft = f"{path}.{token_hex(4)}.part"
    try:
        with open(draft, "xb") as file:
            file.writelines(pieces)
        os.replace(draft, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        Path(draft).unlink(missing_ok=True)


# --- sorting
def _sorted(records: list[FileRecord], sort_key: str | None, direction: int) -> list[FileRecord]:
    """As MongoDB sorts: by kind of value, then by value; what is equal stays in the order of adding."""
    if not sort_key:
        return records
    path = sort_key.split(".")
    return sorted(records, key=lambda record: _rank(value_of(_at(file_document(record), path))), reverse=direction < 0)


_BRACKETS = (Bracket.NULL, Bracket.NUMBER, Bracket.STRING, Bracket.OBJECT, Bracket.ARRAY, Bracket.BOOL)


def _rank(value: Value) -> Any:
    content = value.content
    if value.bracket is Bracket.ARRAY:
        content = tuple(_rank(element) for element in content)
    elif value.bracket is Bracket.OBJECT:
        content = tuple((key, _rank(member)) for key, member in content)
    return _BRACKETS.index(value.bracket), 0 if content is None else content


def _at(document: Any, path: Sequence[str]) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document
