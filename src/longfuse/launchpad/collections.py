"""FireWorks' collections to read: ``find``, ``find_one``, ``count_documents`` and ``distinct`` on its documents.

They are for programs that look into FireWorks' database with pymongo. What changes something is refused with the name
of the LaunchPad's method that does it: states follow from launches and parents; nobody may set them past the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn, Self

from longfuse.domain import query as queries
from longfuse.domain.filter import And, Field, Not, Or, matches, value_of
from longfuse.domain.wire import now
from longfuse.errors import InputError, NotFoundError, QueryError
from longfuse.launchpad.lookup import PAGE, liftable
from longfuse.launchpad.projection import ID, Projection, ends, ordered
from longfuse.store.documents import firework_db_document, launch_db_document, workflow_db_document
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from longfuse.domain.filter import Filter
    from longfuse.store.seam import Reader, Store

    Document = dict[str, Any]
    Sort = Sequence[tuple[str, int]]
    Wanted = Mapping[str, Any] | Iterable[str] | None

COMPUTED = frozenset({"runtime_secs", "reservedtime_secs"})
"""Fields that are in no record: they follow from others, so a filter on them looks at every document."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is particular to one collection.

    Attributes:
        collection: The store's name of it.
        id_name: Its records' id, as a sort knows it.
        id_path: The same, as a filter knows it; it stands for ``_id``.
        sortable: What the store sorts by; anything else is sorted here, in memory.
        documents: Makes the documents of these records, with what may be big in them or without.
        big: The key of what may be big; empty if nothing is.
        weights: Which of these records are big, see `Reader.weights`.
        changed_by: The LaunchPad's methods that change it.
    """

    collection: Collection
    id_name: str
    id_path: str
    sortable: tuple[str, ...]
    documents: Callable[[Reader, Sequence[int], bool], Iterator[Document]]
    big: str
    weights: Callable[[Reader, Sequence[int]], Mapping[int, int]]
    changed_by: str


class DocumentCollection:
    """One of FireWorks' collections, to read only. Documents have FireWorks' keys; times are ISO text.

    ``_id`` is the number of the Firework or launch; of a workflow it is its first Firework's.

    Args:
        store: The records.
        name: ``fireworks``, ``launches`` or ``workflows``.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self._store = store
        self._kind = KINDS[name]

    def find(
        self,
        filter: Any = None,  # noqa: A002 - pymongo's name
        projection: Wanted = None,
        skip: int = 0,
        limit: int = 0,
        sort: Sort | None = None,
    ) -> Cursor:
        """The documents that match a Mongo-style query, read when they are iterated over.

        Args:
            filter: The query; None matches all, what is no dictionary is an ``_id``.
            projection: Which fields are wanted: names, or a mapping from names to 1 or 0.
            skip: Leave so many out at the beginning.
            limit: At most so many; 0 means all.
            sort: Pairs of a field and 1 or -1.

        Raises:
            QueryError: The query, projection or sort cannot be read.
        """
        where = self._where(filter)
        cursor = Cursor(self._store, self._kind, where, Projection(projection)).skip(skip).limit(limit)
        return cursor.sort(list(sort)) if sort else cursor

    def find_one(self, filter: Any = None, *args: Any, **kwargs: Any) -> Document | None:  # noqa: A002 - as above
        """The first document that `find` finds; None if there is none."""
        return next(self.find(filter, *args, **kwargs).limit(1), None)

    def count_documents(self, filter: Mapping[str, Any] | None = None, skip: int = 0, limit: int = 0) -> int:  # noqa: A002
        """How many documents match."""
        return self.find(filter, skip=skip, limit=limit).count()

    def estimated_document_count(self) -> int:
        """How many documents there are."""
        return self.count_documents()

    def distinct(self, key: str, filter: Mapping[str, Any] | None = None) -> list[Any]:  # noqa: A002 - as above
        """The different values of a field, those in lists one by one."""
        return self.find(filter).distinct(key)

    def _where(self, query: Any) -> Filter | None:
        if query is None:
            return None
        query = query if hasattr(query, "items") else {ID: query}
        return queries.parse(_with_own_id(query, self._kind.id_path)) if query else None

    def __getattr__(self, name: str) -> NoReturn:
        """What pymongo's collections have and this one has not.

        Raises:
            InputError: It would change something, or needs MongoDB.
        """
        if name in WRITING:
            raise InputError(
                f"lp.{self.name} is to read only, so there is no {name}(): it would go past the rules that keep states "
                f"true. The LaunchPad's own methods change it: {self._kind.changed_by}"
            )
        if name in MONGO_ONLY:
            raise InputError(
                f"lp.{self.name}.{name}() needs MongoDB; here are find, find_one, count_documents, distinct"
            )
        raise AttributeError(f"A collection of a LaunchPad has no attribute {name!r}")

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{self.name} of {self._store.describe()['url']}>"


class Cursor:
    """Documents that match, one after the other; nothing is read before the first is asked for."""

    def __init__(self, store: Store, kind: _Kind, where: Filter | None, projection: Projection) -> None:
        self._store = store
        self._kind = kind
        self._where = where
        self._projection = projection
        self._sort: list[tuple[str, int]] = []
        self._skip = 0
        self._limit = 0
        self._running: Iterator[Document] | None = None

    def sort(self, key_or_list: str | Sort, direction: int = 1) -> Self:
        """Sort by one field, or by pairs of a field and 1 or -1; without: by ``_id``."""
        pairs = [(key_or_list, direction)] if isinstance(key_or_list, str) else key_or_list
        own = self._kind.id_name
        self._sort = [(own if name == ID else name, way) for name, way in pairs]
        return self._unread("sort")

    def limit(self, limit: int) -> Self:
        """At most so many; 0 means all."""
        self._limit = abs(limit)
        return self._unread("limit")

    def skip(self, skip: int) -> Self:
        """Leave so many out at the beginning."""
        if skip < 0:
            raise QueryError(f"skip must be 0 or more, not {skip}")
        self._skip = skip
        return self._unread("skip")

    def batch_size(self, batch_size: int) -> Self:
        """Kept for pymongo's sake; documents are read in pages anyway."""
        del batch_size
        return self

    def rewind(self) -> Self:
        """Begin again."""
        self._running = None
        return self

    def close(self) -> None:
        """Read no more."""
        self._running = iter(())

    def count(self) -> int:
        """How many there are, with skip and limit."""
        if _is_computed(self._where):
            return sum(1 for _ in self._found())
        with self._store.read() as reader:
            all_of_them = reader.count(self._kind.collection, self._where)
        rest = max(0, all_of_them - self._skip)
        return min(rest, self._limit) if self._limit else rest

    def distinct(self, key: str) -> list[Any]:
        """The different values of a field, those in lists one by one."""
        found: dict[Any, Any] = {}
        for document in self._found():
            for end in ends(document, key.split(".")):
                for value in end if isinstance(end, list) else [end]:
                    found.setdefault(value_of(value), value)
        return list(found.values())

    def to_list(self, length: int | None = None) -> list[Document]:
        """The next documents, all or so many."""
        return list(islice(self, length))

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        if self._running is None:
            self._running = map(self._projection, self._found())
        return next(self._running)

    next = __next__

    def __getitem__(self, index: int | slice) -> Any:
        """The document of this number, or a list of those of these numbers."""
        if isinstance(index, slice):
            return list(map(self._projection, self._found()))[index]
        found = next(islice(self._found(), index, None), None)
        if found is None:
            raise IndexError(f"the cursor has no document number {index}")
        return self._projection(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _unread(self, what: str) -> Self:
        if self._running is not None:
            raise InputError(f"{what}() comes too late: documents have been read from this cursor; rewind() it first")
        return self

    def _found(self) -> Iterator[Document]:
        """The documents, whole."""
        where, end = self._where, self._skip + self._limit if self._limit else None
        if not _is_computed(where) and all(name in self._kind.sortable for name, _ in self._sort):
            whole = self._projection.wants(self._kind.big)
            return self._pages(self._ids(where, self._sort, end or 0)[self._skip :], whole=whole)
        if where is None or not _is_computed(where):
            documents = self._pages(self._ids(where))
        else:
            documents = (document for document in self._pages(self._ids(None)) if matches(where, document))
        return islice(ordered(documents, self._sort), self._skip, end)

    def _ids(self, where: Filter | None, sort: Sort = (), limit: int = 0) -> list[int]:
        with self._store.read() as reader:
            return list(reader.find(self._kind.collection, where, sort=sort, limit=limit))

    def _pages(self, ids: Sequence[int], *, whole: bool = True) -> Iterator[Document]:
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            with self._store.read() as reader:
                weights = self._kind.weights(reader, page) if whole else {}
            for part in liftable(page, weights):
                with self._store.read() as reader:
                    documents = list(self._kind.documents(reader, part, whole))
                while documents:
                    yield documents.pop(0)  # who has seen a big one need not keep it


class Database:
    """FireWorks' ``lp.db``: its collections by their names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, name: str) -> DocumentCollection:
        """A collection.

        Raises:
            NotFoundError: There is none of that name.
        """
        if name not in KINDS:
            raise NotFoundError(f"A LaunchPad has the collections {', '.join(KINDS)}, not {name!r}")
        return DocumentCollection(self._store, name)

    def __getattr__(self, name: str) -> DocumentCollection:
        """The same with a dot."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def list_collection_names(self) -> list[str]:
        """Their names."""
        return list(KINDS)


# --- documents
def _fireworks(reader: Reader, ids: Sequence[int], whole: bool) -> Iterator[Document]:
    records, launches = reader.fireworks(ids, specs=whole), reader.launch_records_of(ids, actions=False)
    for fw_id in ids:
        if fw_id in records:
            yield {**firework_db_document(records[fw_id], launches[fw_id]), ID: fw_id}


def _launches(reader: Reader, ids: Sequence[int], whole: bool) -> Iterator[Document]:
    records, moment = reader.launch_records(ids, actions=whole), now()
    for launch_id in ids:
        if launch_id in records:
            yield {**launch_db_document(records[launch_id], moment), ID: launch_id}


def _launch_weights(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    """As big as their Fireworks."""
    fw_ids = {i: launch.fw_id for i, launch in reader.launch_records(ids, actions=False).items()}
    weights = reader.weights(list(dict.fromkeys(fw_ids.values())))
    return {i: weights[fw_id] for i, fw_id in fw_ids.items() if fw_id in weights}


def _no_weights(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    del reader, ids
    return {}


def _workflows(reader: Reader, ids: Sequence[int], whole: bool) -> Iterator[Document]:
    del whole
    records = reader.workflows(ids)
    for wf_id in ids:
        if wf_id in records:
            members = reader.members(wf_id)
            states = {fw_id: node.state for fw_id, node in reader.nodes(members).items()}
            document = workflow_db_document(records[wf_id], reader.children(members), states)
            yield {**document, ID: members[0]}


KINDS = {
    "fireworks": _Kind(
        Collection.FIREWORKS,
        "fw_id",
        "fw_id",
        ("fw_id", "name", "state", "created_on", "updated_on"),
        _fireworks,
        "spec",
        lambda reader, ids: reader.weights(ids),
        "add_wf, update_spec, set_priority, rerun_fw, pause_fw, resume_fw, defuse_fw, reignite_fw, delete_wf",
    ),
    "launches": _Kind(
        Collection.LAUNCHES,
        "launch_id",
        "launch_id",
        ("launch_id", "fw_id", "state", "launch_dir", "host", "ip", "time_start", "time_end"),
        _launches,
        "action",
        _launch_weights,
        "reserve_fw, checkout_fw, change_launch_dir, set_reservation_id, complete_launch, mark_fizzled, ping_launch",
    ),
    "workflows": _Kind(
        Collection.WORKFLOWS,
        "wf_id",
        "nodes.0",
        ("wf_id", "name", "state", "created_on", "updated_on"),
        _workflows,
        "",
        _no_weights,
        "add_wf, append_wf, pause_wf, defuse_wf, reignite_wf, archive_wf, delete_wf, reset",
    ),
}

WRITING = frozenset(
    {
        *("insert", "insert_one", "insert_many", "save", "bulk_write"),
        *("update", "update_one", "update_many", "replace_one"),
        *("remove", "delete_one", "delete_many", "drop", "rename"),
        *("find_and_modify", "find_one_and_update", "find_one_and_replace", "find_one_and_delete"),
        *("create_index", "create_indexes", "ensure_index", "drop_index", "drop_indexes"),
    }
)
"""pymongo's methods that change a collection."""

MONGO_ONLY = frozenset({"aggregate", "map_reduce", "watch", "group", "find_raw_batches", "with_options"})
"""pymongo's methods that read, for which there is nothing here."""


def _with_own_id(query: Mapping[str, Any], id_path: str) -> Document:
    """The query about our id instead of ``_id``."""
    return {
        id_path if key == ID else key: [_with_own_id(part, id_path) for part in value]
        if key in ("$and", "$or", "$nor") and isinstance(value, list | tuple)
        else value
        for key, value in query.items()
    }


def _is_computed(where: Filter | None) -> bool:
    """Whether a filter is about a field that is in no record."""
    match where:
        case And(filters) | Or(filters):
            return any(_is_computed(part) for part in filters)
        case Not(negated):
            return _is_computed(negated)
        case Field(path, _):
            return path[0] in COMPUTED
        case _:
            return False
