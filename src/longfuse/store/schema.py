"""The LaunchPad's tables.

What is searched or sorted is a column with an index; specs, actions and the like are JSON text. Specs have a table of
their own, so that a change of state never rewrites them.

Whoever changes a table here writes a revision in ``migrations/versions`` and sets `HEAD` in `longfuse.store.revision`;
a test holds the two equal.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    event,
    false,
    literal_column,
)

from longfuse.domain.states import State
from longfuse.domain.wire import iso
from longfuse.store import jsontext
from longfuse.store.jsonsql import POSTGRESQL, portable_json, restored
from longfuse.store.lanes import UNSORTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect
    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.types import TypeEngine

    Convert = Callable[[Any], Any]

STATE_OF_NAME = {str(state): state for state in State}
NAME_OF_STATE = {state: name for name, state in STATE_OF_NAME.items()}


Id = BigInteger().with_variant(Integer(), "sqlite")
"""An integer of 64 bits, as all of SQLite's are."""


def _bytewise(dialect: Dialect, kind: type[String], length: int | None = None) -> TypeEngine[str]:
    collation = "C" if dialect.name == POSTGRESQL else None
    return dialect.type_descriptor(kind(length, collation=collation))


def _words(length: int | None = None) -> String:
    """Text that is compared and sorted byte by byte on each database."""
    kind = Text if length is None else String
    return kind(length).with_variant(kind(length, collation="C"), POSTGRESQL)


class Converted(TypeDecorator[Any]):
    """Text that stands for something else, compared byte by byte as SQLite does; None is NULL."""

    impl: Any = Text
    cache_ok = True
    length: ClassVar[int | None] = None

    def converters(self, dialect: Dialect) -> tuple[Convert, Convert]:
        """From Python to the database, and back; both leave None as it is."""
        raise NotImplementedError

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Compared byte by byte."""
        return _bytewise(dialect, Text if self.length is None else String, self.length)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write it."""
        return self.converters(dialect)[0](value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read it."""
        return self.converters(dialect)[1](value)


class Json(Converted):
    """A JSON-able value as text."""

    cache_ok = True

    def converters(self, dialect: Dialect) -> tuple[Convert, Convert]:
        """Those of `jsontext`; PostgreSQL's text cannot hold all that JSON can."""
        return (_portable_text, _from_portable) if dialect.name == POSTGRESQL else (_json_text, _from_json)


class Moment(Converted):
    """An aware datetime as ISO text in UTC with microseconds, so that text sorts as time does."""

    impl = String(32)
    cache_ok = True
    length = 32

    def converters(self, dialect: Dialect) -> tuple[Convert, Convert]:
        """The same for every database."""
        del dialect
        return _moment_text, _moment


class StateName(Converted):
    """A `State` as its name."""

    impl = String(9)
    cache_ok = True
    length = 9

    def converters(self, dialect: Dialect) -> tuple[Convert, Convert]:
        """The same for every database."""
        del dialect
        return NAME_OF_STATE.get, STATE_OF_NAME.get


def _json_text(value: Any) -> str | None:
    return None if value is None else jsontext.dumps(value)


def _from_json(text: str | None) -> Any:
    return None if text is None else jsontext.loads(text)


def _portable_text(value: Any) -> str | None:
    return None if value is None else portable_json(jsontext.dumps(value, escaped=False))


def _from_portable(text: str | None) -> Any:
    return None if text is None else jsontext.loads(_restored_json(text))


def _moment_text(value: datetime | None) -> str | None:
    return None if value is None else iso(value)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _restored_json(text: str) -> str:
    """The same with what PostgreSQL cannot hold; NUL is escaped, as JSON wants it."""
    return text if text.isascii() else restored(text).replace("\x00", "\\u0000")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id(name: str) -> Column[int]:
    return Column(name, Id, primary_key=True, autoincrement=False)


def _reference(name: str, target: str, **options: Any) -> Column[int]:
    return Column(name, Id, ForeignKey(target, ondelete="CASCADE"), nullable=False, **options)


def _required(name: str, kind: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **options)


meta = Table("meta", metadata, Column("name", _words(32), primary_key=True), _required("value", _words()))
"""One row: ``launchpad_id``."""

counters = Table("counters", metadata, Column("name", _words(32), primary_key=True), _required("next_id", Id))
"""The next id of each kind; a row for each of `COUNTERS`."""

FW_IDS, WF_IDS, LAUNCH_IDS = "fw_id", "wf_id", "launch_id"
COUNTERS = (FW_IDS, WF_IDS, LAUNCH_IDS)

COUNT_COLUMNS = {state: f"n_{state.lower()}" for state in State}
"""The column of ``workflows`` that counts the Fireworks in each state."""

workflows = Table(
    "workflows",
    metadata,
    _id("wf_id"),
    _required("name", _words()),
    _required("state", StateName),
    *(_required(column, Integer) for column in COUNT_COLUMNS.values()),
    _required("open_leaves", Integer),
    _required("blocking", Integer),
    _required("created_on", Moment),
    _required("updated_on", Moment),
    _required("metadata", Json),
)
Index(None, workflows.c.name)
Index(None, workflows.c.state)
Index(None, workflows.c.created_on)
Index(None, workflows.c.updated_on)

fireworks = Table(
    "fireworks",
    metadata,
    _id("fw_id"),
    _reference("wf_id", "workflows.wf_id", index=True),
    _required("name", _words()),
    _required("state", StateName),
    _required("waiting_for", Integer),
    _required("tolerant", Boolean),
    _required("leaf", Boolean),
    _required("blocking", Boolean),
    Column("priority", Float),
    _required("created_on", Moment),
    _required("updated_on", Moment),
    _required("lane", _words(), server_default=UNSORTED),
)
"""``priority`` repeats ``_priority`` of the spec, if that is a number; for ``lane`` see `longfuse.store.lanes`.

The default is for programs of revision 0004 that run on after an upgrade: what they add is asked for its spec.
"""

Index(None, fireworks.c.name)
Index(None, fireworks.c.state)
Index(None, fireworks.c.created_on)
Index(None, fireworks.c.updated_on)

IS_READY: ColumnElement[bool] = fireworks.c.state == literal_column(f"'{State.READY}'")
"""In the words of the indexes below: SQLite takes a partial index only where it sees the same condition."""

ORDERS: dict[str, tuple[str, tuple[ColumnElement[Any], ...]]] = {
    "": ("ix_fireworks_ready", (fireworks.c.fw_id,)),
    "FIFO": ("ix_fireworks_ready_fifo", (fireworks.c.created_on, fireworks.c.fw_id)),
    "FILO": ("ix_fireworks_ready_filo", (fireworks.c.created_on.desc(), fireworks.c.fw_id.desc())),
}
"""How READY Fireworks of equal priority are taken, and the index along which each lane is walked."""

BEST_FIRST = fireworks.c.priority.desc().nulls_last()
"""No priority is the lowest."""

for _name, _following in ORDERS.values():
    # NULL is the smallest in SQLite, whose indexes cannot say so, and the largest in PostgreSQL, whose must.
    _ready = fireworks.c.state == State.READY
    for _dialect, _first in (("sqlite", fireworks.c.priority.desc()), (POSTGRESQL, BEST_FIRST)):
        Index(_name, fireworks.c.lane, _first, *_following, sqlite_where=_ready).ddl_if(dialect=_dialect)

specs = Table(
    "specs",
    metadata,
    _reference("fw_id", "fireworks.fw_id", primary_key=True, autoincrement=False),
    _required("spec", Json),
)

links = Table(
    "links",
    metadata,
    _reference("parent", "fireworks.fw_id", primary_key=True, autoincrement=False),
    _reference("child", "fireworks.fw_id", primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index(None, links.c.child, links.c.parent)

launches = Table(
    "launches",
    metadata,
    _id("launch_id"),
    _reference("fw_id", "fireworks.fw_id", index=True),
    _required("archived", Boolean),
    _required("state", StateName),
    _required("launch_dir", _words()),
    _required("worker", _words()),
    _required("host", _words()),
    _required("ip", _words()),
    Column("time_start", Moment),
    Column("time_end", Moment),
    Column("reservation_id", _words()),
    _required("token", _words(64)),
    _required("attempt", Integer),
    Column("cause", _words()),
    Column("reason", _words()),
    Column("queue", Json),
    _required("fworker", Json),
    _required("trackers", Json),
    _required("state_history", Json),
    Column("action", Json),
    Column("effects", Json),
)
"""``worker`` repeats the name in ``fworker``."""

Index(None, launches.c.state)
Index(None, launches.c.time_end)
Index(None, launches.c.reservation_id)

offline_runs = Table(
    "offline_runs",
    metadata,
    _reference("launch_id", "launches.launch_id", primary_key=True, autoincrement=False),
    _required("fw_id", Id),
    _required("name", _words()),
    _required("created_on", Moment),
    _required("updated_on", Moment),
    _required("deprecated", Boolean),
    _required("completed", Boolean),
    _required("signature", _words()),
    _required("problem", _words()),
)

IS_OPEN: ColumnElement[bool] = and_(offline_runs.c.deprecated == false(), offline_runs.c.completed == false())
"""The relay still looks at it."""

Index("ix_offline_runs_open", offline_runs.c.launch_id, sqlite_where=IS_OPEN)

shared_launches = Table(
    "shared_launches",
    metadata,
    _reference("fw_id", "fireworks.fw_id", primary_key=True, autoincrement=False),
    _reference("launch_id", "launches.launch_id", primary_key=True, autoincrement=False),
    _required("archived", Boolean),
    sqlite_with_rowid=False,
)
"""Fireworks that have a launch of another Firework, because they are duplicates of it; ``archived`` is for them."""

Index(None, shared_launches.c.launch_id)

dupe_specs = Table(
    "dupe_specs",
    metadata,
    _reference("fw_id", "fireworks.fw_id", primary_key=True, autoincrement=False),
    _required("digest", _words(64)),
)
"""Digests of the specs that have a ``_dupefinder``, so that equal ones are found at once."""

Index(None, dupe_specs.c.digest)

filepad = Table(
    "filepad",
    metadata,
    Column("file_id", Id, primary_key=True),
    _required("pad", _words()),
    _required("identifier", _words()),
    _required("gfs_id", _words(24)),
    Column("original_file_name", _words()),
    Column("original_file_path", _words()),
    Column("metadata", Json),
    _required("compressed", Boolean),
    _required("size", Id),
    _required("created_on", Moment),
    UniqueConstraint("pad", "identifier"),
    UniqueConstraint("gfs_id"),
)
"""Files of the FilePad, without their contents; ``pad`` is FireWorks' name of a collection."""

filepad_chunks = Table(
    "filepad_chunks",
    metadata,
    _reference("file_id", "filepad.file_id", primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    _required("data", LargeBinary),
)
"""What the files hold, in pieces."""

holds = Table(
    "holds",
    metadata,
    _reference("fw_id", "fireworks.fw_id", primary_key=True, autoincrement=False),
    _required("since", Moment),
    Column("by_fw_id", Id),
)
"""Who held a Firework last: the Firework of that FWAction, or NULL for a person; tells something while it is held."""


@event.listens_for(metadata, "before_create")
def _partial_everywhere(*_: Any, **__: Any) -> None:
    """Partial indexes are so on PostgreSQL, too; to say it above would import that dialect at each start."""
    for index in (index for table in metadata.tables.values() for index in table.indexes):
        where = index.dialect_options["sqlite"].get("where")
        if where is not None:
            index.dialect_kwargs["postgresql_where"] = where


RECORD_TABLES = (holds, shared_launches, dupe_specs, offline_runs, launches, links, specs, fireworks, workflows)
"""What a reset empties, referring tables first; the FilePad stays."""
