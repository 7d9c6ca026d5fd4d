"""What specs say of ``_category`` and ``_fworker``, as a column, by which READY Fireworks are found."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0005"
down_revision = "0004"

KEYS = ("_category", "_fworker")
UNSORTED = "?"
IDS = 1000
INDEXES = {
    "ix_fireworks_ready": ("fw_id",),
    "ix_fireworks_ready_fifo": ("created_on", "fw_id"),
    "ix_fireworks_ready_filo": ("created_on DESC", "fw_id DESC"),
}


def upgrade() -> None:
    """Add the column, fill it, and make the indexes of what is READY anew."""
    for name in INDEXES:
        op.drop_index(name, "fireworks")
    _add_column()
    _fill()
    priority = "priority DESC NULLS LAST" if _is_postgresql() else "priority DESC"
    ready = sa.text("state = 'READY'")
    for number, (name, columns) in enumerate(INDEXES.items()):
        _tell(number, len(INDEXES), "indexes")
        keys = [sa.text(column) for column in ("lane", priority, *columns)]
        op.create_index(name, "fireworks", keys, sqlite_where=ready, postgresql_where=ready)


def _tell(done: int, total: int, what: str) -> None:
    context.config.attributes["told"](done, total, what)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _add_column() -> None:
    """The default is for programs of an older version that run on, and add more rows."""
    if _is_postgresql():
        op.add_column("fireworks", sa.Column("lane", sa.Text(collation="C"), nullable=False, server_default=""))
        op.alter_column("fireworks", "lane", server_default=UNSORTED)  # touches no row
    else:
        op.add_column("fireworks", sa.Column("lane", sa.Text(), nullable=False, server_default=UNSORTED))


def _fill() -> None:
    """Lanes of all rows, which on PostgreSQL are in the plain one already; some ids at once, to tell how far it is."""
    connection = op.get_bind()
    fill = sa.text("UPDATE fireworks SET lane = '' WHERE fw_id > :after AND fw_id <= :last")
    change = sa.text("UPDATE fireworks SET lane = :lane WHERE fw_id = :fw_id")
    asked = " OR ".join(rf"""spec LIKE '%"\{key}"%' ESCAPE '\'""" for key in KEYS)
    found = sa.text(f"SELECT fw_id, spec FROM specs WHERE fw_id > :after AND fw_id <= :last AND ({asked})")  # noqa: S608
    top = connection.execute(sa.text("SELECT max(fw_id) FROM fireworks")).scalar() or 0
    for after in range(0, top, IDS):
        _tell(after, top, "Fireworks")
        ids = {"after": after, "last": after + IDS}
        if not _is_postgresql():
            connection.execute(fill, ids)
        rows = connection.execute(found, ids).all()
        if rows:
            connection.execute(change, [{"fw_id": i, "lane": _lane_of(json.loads(spec))} for i, spec in rows])


def _lane_of(spec: dict[str, Any]) -> str:
    told = {key: spec[key] for key in KEYS if key in spec}
    if not told:
        return ""
    return json.dumps(told, ensure_ascii=False) if all(map(_is_short, told.values())) else UNSORTED


def _is_short(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= 100 and value.isprintable())
