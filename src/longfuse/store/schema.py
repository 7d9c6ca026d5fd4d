"""The LaunchPad's tables.

What is searched or sorted is a column with an index; specs, actions and the like are JSON text. Specs have a table of
their own, so that a change of state never rewrites them.

Whoever changes a table here writes a revision in ``migrations/versions`` and sets `HEAD`; a test holds the two equal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
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
from longfuse.store import jsontext

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.sql.elements import ColumnElement

HEAD = "0004"
"""The revision of these tables."""

VERSION_TABLE = "alembic_version"

STATE_OF_NAME = {str(state): state for state in State}


class Json(TypeDecorator[Any]):
    """A JSON-able value as text; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write it."""
        del dialect
        return None if value is None else jsontext.dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read it."""
        del dialect
        return None if value is None else jsontext.loads(value)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as ISO text in UTC with microseconds, so that text sorts as time does."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write it."""
        del dialect
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read it."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


class StateName(TypeDecorator[State]):
    """A `State` as its name."""

    impl = String(9)
    cache_ok = True

    def process_bind_param(self, value: State | None, dialect: Dialect) -> str | None:
        """Write it."""
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> State | None:
        """Read it."""
        del dialect
        return None if value is None else STATE_OF_NAME[value]


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _reference(name: str, target: str, **options: Any) -> Column[int]:
    return Column(name, Integer, ForeignKey(target, ondelete="CASCADE"), nullable=False, **options)


def _required(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=False)


meta = Table("meta", metadata, Column("name", String(32), primary_key=True), _required("value", Text))
"""One row: ``launchpad_id``."""

counters = Table("counters", metadata, Column("name", String(32), primary_key=True), _required("next_id", Integer))
"""The next id of each kind; a row for each of `COUNTERS`."""

FW_IDS, WF_IDS, LAUNCH_IDS = "fw_id", "wf_id", "launch_id"
COUNTERS = (FW_IDS, WF_IDS, LAUNCH_IDS)

COUNT_COLUMNS = {state: f"n_{state.lower()}" for state in State}
"""The column of ``workflows`` that counts the Fireworks in each state."""

workflows = Table(
    "workflows",
    metadata,
    _id("wf_id"),
    _required("name", Text),
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
    _required("name", Text),
    _required("state", StateName),
    _required("waiting_for", Integer),
    _required("tolerant", Boolean),
    _required("leaf", Boolean),
    _required("blocking", Boolean),
    Column("priority", Float),
    _required("created_on", Moment),
    _required("updated_on", Moment),
)
"""``priority`` repeats ``_priority`` of the spec, if that is a number."""

Index(None, fireworks.c.name)
Index(None, fireworks.c.state)
Index(None, fireworks.c.created_on)
Index(None, fireworks.c.updated_on)

IS_READY: ColumnElement[bool] = fireworks.c.state == literal_column(f"'{State.READY}'")
"""In the words of the indexes below: SQLite takes a partial index only where it sees the same condition."""

_ready: dict[str, Any] = {"sqlite_where": fireworks.c.state == State.READY}
Index("ix_fireworks_ready", fireworks.c.priority.desc(), fireworks.c.fw_id, **_ready)
Index("ix_fireworks_ready_fifo", fireworks.c.priority.desc(), fireworks.c.created_on, fireworks.c.fw_id, **_ready)
Index(
    "ix_fireworks_ready_filo",
    fireworks.c.priority.desc(),
    fireworks.c.created_on.desc(),
    fireworks.c.fw_id.desc(),
    **_ready,
)

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
    _required("launch_dir", Text),
    _required("worker", Text),
    _required("host", Text),
    _required("ip", Text),
    Column("time_start", Moment),
    Column("time_end", Moment),
    Column("reservation_id", Text),
    _required("token", String(64)),
    _required("attempt", Integer),
    Column("cause", Text),
    Column("reason", Text),
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
    _required("fw_id", Integer),
    _required("name", Text),
    _required("created_on", Moment),
    _required("updated_on", Moment),
    _required("deprecated", Boolean),
    _required("completed", Boolean),
    _required("signature", Text),
    _required("problem", Text),
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
    _required("digest", String(64)),
)
"""Digests of the specs that have a ``_dupefinder``, so that equal ones are found at once."""

Index(None, dupe_specs.c.digest)

filepad = Table(
    "filepad",
    metadata,
    Column("file_id", Integer, primary_key=True),
    _required("pad", Text),
    _required("identifier", Text),
    _required("gfs_id", String(24)),
    Column("original_file_name", Text),
    Column("original_file_path", Text),
    Column("metadata", Json),
    _required("compressed", Boolean),
    _required("size", Integer),
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
    Column("by_fw_id", Integer),
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
