"""Duplicates share launches, and the FilePad keeps files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from longfuse.store import jsontext
from longfuse.store.filters import digest_of

revision = "0002"
down_revision = "0001"

_PAGE = 500


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
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT fw_id, spec FROM specs WHERE instr(spec, '\"_dupefinder\"')"))
    add = sa.text("INSERT INTO dupe_specs VALUES (:fw_id, :digest)")
    for page in found.partitions(_PAGE):
        specs = {fw_id: jsontext.loads(text) for fw_id, text in page}
        rows = [{"fw_id": i, "digest": digest_of(spec)} for i, spec in specs.items() if "_dupefinder" in spec]
        if rows:
            connection.execute(add, rows)


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
