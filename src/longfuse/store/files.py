"""The FilePad's files in SQL. Contents are read and written piece by piece, and never whole in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, case, delete, func, insert, literal_column, select, type_coerce, update

from longfuse.store.filters import Fields, where_clause
from longfuse.store.records import FileRecord
from longfuse.store.schema import filepad, filepad_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Select
    from sqlalchemy.sql.elements import ColumnElement

    from longfuse.domain.query import Filter
    from longfuse.store.driver import Driver

_TEXTS = ("identifier", "gfs_id", "original_file_name", "original_file_path", "created_on")
_AS_JSON = case((filepad.c.compressed.is_(True), literal_column("'true'")), else_=literal_column("'false'"))

SCALARS: dict[str, ColumnElement[Any]] = {
    "size": filepad.c.size,
    **{name: type_coerce(filepad.c[name], String()) for name in _TEXTS},
}
FIELDS = Fields(scalars=SCALARS, documents={"metadata": filepad.c.metadata, "compressed": _AS_JSON})
"""What filters of files can be about."""

_COLUMNS = [filepad.c[name] for name in FileRecord.__slots__]
_CHUNK_NUMBERS = (
    select(filepad_chunks.c.n).where(filepad_chunks.c.file_id == bindparam("file")).order_by(filepad_chunks.c.n)
)
_CHUNK = select(filepad_chunks.c.data).where(
    filepad_chunks.c.file_id == bindparam("file"), filepad_chunks.c.n == bindparam("number")
)
_INSERT_FILE, _INSERT_CHUNK = insert(filepad).returning(filepad.c.file_id), insert(filepad_chunks)
_UPDATE_FILE = update(filepad).where(filepad.c.file_id == bindparam("this"))
_DELETE_CHUNKS = delete(filepad_chunks).where(filepad_chunks.c.file_id == bindparam("this"))
_DELETE_FILE = delete(filepad).where(filepad.c.file_id == bindparam("this"))


class SqlFileReader:
    """The files, as `longfuse.store.seam.Reader` tells them."""

    _driver: Driver

    @property
    def _connection(self) -> Connection:
        """For statements that are made for one question."""
        return self._driver.connection

    def files(self, pad: str, where: Filter | None = None) -> list[FileRecord]:
        """The files of one pad that match, in the order in which they were added."""
        found = _matching(select(*_COLUMNS), pad, where).order_by(filepad.c.file_id)
        return [FileRecord(**row._mapping) for row in self._connection.execute(found)]

    def count_files(self, pad: str, where: Filter | None = None) -> int:
        """How many files of one pad match."""
        counting = _matching(select(func.count()).select_from(filepad), pad, where)
        return int(self._connection.execute(counting).scalar_one())

    def file_chunks(self, file_id: int) -> Iterator[bytes]:
        """What a file holds, piece by piece."""
        for number in self._connection.execute(_CHUNK_NUMBERS, {"file": file_id}).scalars().all():
            yield self._connection.execute(_CHUNK, {"file": file_id, "number": number}).scalar_one()


class SqlFileWriter(SqlFileReader):
    """The files, as `longfuse.store.seam.Transaction` changes them."""

    def put_file(self, record: FileRecord, chunks: Iterable[bytes]) -> None:
        """Add a file, or replace the one with this ``file_id``."""
        values = {name: getattr(record, name) for name in FileRecord.__slots__ if name != "file_id"}
        file_id = record.file_id
        if file_id:
            self._connection.execute(_UPDATE_FILE, {**values, "this": file_id})
            self._connection.execute(_DELETE_CHUNKS, {"this": file_id})
        else:
            file_id = self._connection.execute(_INSERT_FILE, values).scalar_one()
        for number, data in enumerate(chunks):
            self._connection.execute(_INSERT_CHUNK, {"file_id": file_id, "n": number, "data": data})

    def delete_files(self, file_ids: Sequence[int]) -> None:
        """Remove files; their pieces go by the reference's ``ON DELETE CASCADE``."""
        if file_ids:
            self._connection.execute(_DELETE_FILE, [{"this": file_id} for file_id in file_ids])


def _matching(statement: Select[Any], pad: str, where: Filter | None) -> Select[Any]:
    statement = statement.where(filepad.c.pad == pad)
    return statement if where is None else statement.where(where_clause(where, FIELDS))
