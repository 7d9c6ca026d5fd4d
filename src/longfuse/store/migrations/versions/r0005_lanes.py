"""What specs say of ``_category`` and ``_fworker``, as a column, by which READY Fireworks are found."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEYS = ("_category", "_fworker")
UNSORTED = "?"
BATCH = 1000
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
    for name, columns in INDEXES.items():
        keys = [sa.text(column) for column in ("lane", priority, *columns)]
        op.create_index(name, "fireworks", keys, sqlite_where=ready, postgresql_where=ready)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _add_column() -> None:
    """Every row is in the plain lane; the default is for programs of an older version that run on, and add more."""
    if _is_postgresql():
        op.add_column("fireworks", sa.Column("lane", sa.Text(collation="C"), nullable=False, server_default=""))
        op.alter_column("fireworks", "lane", server_default=UNSORTED)  # touches no row
    else:
        op.add_column("fireworks", sa.Column("lane", sa.Text(), nullable=False, server_default=UNSORTED))
        op.execute("UPDATE fireworks SET lane = ''")


def _fill() -> None:
    connection = op.get_bind()
    asked = " OR ".join(rf"""spec LIKE '%"\{key}"%' ESCAPE '\'""" for key in KEYS)
    found = sa.text(
        f"SELECT fw_id, spec FROM specs WHERE fw_id > :last AND ({asked}) ORDER BY fw_id LIMIT :batch"  # noqa: S608
    )
    last = 0
    while True:
        rows = connection.execute(found, {"last": last, "batch": BATCH}).all()
        if not rows:
            return
        last = rows[-1][0]
        lanes = [{"fw_id": fw_id, "lane": _lane_of(json.loads(spec))} for fw_id, spec in rows]
        connection.execute(sa.text("UPDATE fireworks SET lane = :lane WHERE fw_id = :fw_id"), lanes)


def _lane_of(spec: dict[str, Any]) -> str:
    told = {key: spec[key] for key in KEYS if key in spec}
    if not told:
        return ""
    return json.dumps(told, ensure_ascii=False) if all(map(_is_short, told.values())) else UNSORTED


def _is_short(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= 100 and value.isprintable())
