"""Duplicates share launches, and the FilePad keeps files."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"

IDS = 1000
INT64 = range(-(2**63), 2**63)


def upgrade() -> None:
    """Add the tables; specs that are there already are told from each other like new ones."""
    _shared_launches()
    _dupe_specs()
    _filepad()


def _shared_launches() -> None:
    op.create_table(
        "shared_launches",
        sa.Column("fw_id", sa.Integer, nullable=False),
        sa.Column("launch_id", sa.Integer, nullable=False),
        sa.Column("archived", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("fw_id", "launch_id", name="pk_shared_launches"),
        _reference("shared_launches", "fw_id", "fireworks.fw_id"),
        _reference("shared_launches", "launch_id", "launches.launch_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shared_launches_launch_id", "shared_launches", ["launch_id"])


def _dupe_specs() -> None:
    op.create_table(
        "dupe_specs",
        sa.Column("fw_id", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("fw_id", name="pk_dupe_specs"),
        _reference("dupe_specs", "fw_id", "fireworks.fw_id"),
    )
    op.create_index("ix_dupe_specs_digest", "dupe_specs", ["digest"])
    _fill_dupe_specs()


def _fill_dupe_specs() -> None:
    """Digests of the specs that have a duplicate finder; some ids at once, to tell how far it is."""
    connection = op.get_bind()
    found = sa.text(
        "SELECT fw_id, spec FROM specs WHERE fw_id > :after AND fw_id <= :last AND instr(spec, '\"_dupefinder\"')"
    )
    add = sa.text("INSERT INTO dupe_specs VALUES (:fw_id, :digest)")
    top = connection.execute(sa.text("SELECT max(fw_id) FROM specs")).scalar() or 0
    for after in range(0, top, IDS):
        context.config.attributes["told"](after, top, "Fireworks")
        texts = connection.execute(found, {"after": after, "last": after + IDS}).all()
        specs = {fw_id: json.loads(text, object_hook=_read_number) for fw_id, text in texts}
        rows = [{"fw_id": i, "digest": _digest_of(spec)} for i, spec in specs.items() if "_dupefinder" in spec]
        if rows:
            connection.execute(add, rows)


def _read_number(document: dict[str, Any]) -> Any:
    """NaN and infinities are kept as objects."""
    spelled = document.get("$number")
    return float(spelled) if len(document) == 1 and spelled in ("nan", "inf", "-inf") else document


def _digest_of(spec: dict[str, Any]) -> str:
    """The same for specs that MongoDB holds equal: sorted keys, and ``1.0`` like ``1``."""
    return hashlib.sha256(json.dumps(_canonical(spec)).encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_canonical(element) for element in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    number = _bounded(value)
    return int(number) if number == number // 1 else number


def _bounded(number: float) -> float:
    """An int has at most 64 bits."""
    if isinstance(number, float) or number in INT64:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _filepad() -> None:
    op.create_table(
        "filepad",
        sa.Column("file_id", sa.Integer, nullable=False),
        sa.Column("pad", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("gfs_id", sa.String(24), nullable=False),
        sa.Column("original_file_name", sa.Text),
        sa.Column("original_file_path", sa.Text),
        sa.Column("metadata", sa.Text),
        sa.Column("compressed", sa.Boolean, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("created_on", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name="pk_filepad"),
        sa.UniqueConstraint("pad", "identifier", name="uq_filepad_pad_identifier"),
        sa.UniqueConstraint("gfs_id", name="uq_filepad_gfs_id"),
    )
    op.create_table(
        "filepad_chunks",
        sa.Column("file_id", sa.Integer, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "n", name="pk_filepad_chunks"),
        _reference("filepad_chunks", "file_id", "filepad.file_id"),
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete="CASCADE")
