"""The records of Longfuse 0.1: workflows, Fireworks, specs, links, launches and offline runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

STATES = ("archived", "fizzled", "defused", "paused", "waiting", "ready", "reserved", "running", "completed")


def upgrade() -> None:
    """Make all tables."""
    _meta()
    _workflows()
    _fireworks()
    _links()
    _launches()
    _offline_runs()


def _id(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _state() -> sa.Column[str]:
    return sa.Column("state", sa.String(9), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete="CASCADE")


def _meta() -> None:
    name = sa.Column("name", sa.String(32), nullable=False)
    op.create_table("meta", name, _text("value"), sa.PrimaryKeyConstraint("name", name="pk_meta"))
    name = sa.Column("name", sa.String(32), nullable=False)
    op.create_table("counters", name, _id("next_id"), sa.PrimaryKeyConstraint("name", name="pk_counters"))


def _workflows() -> None:
    op.create_table(
        "workflows",
        _id("wf_id"),
        _text("name"),
        _state(),
        *(_id(f"n_{state}") for state in STATES),
        _id("open_leaves"),
        _id("blocking"),
        _moment("created_on"),
        _moment("updated_on"),
        _text("metadata"),
        sa.PrimaryKeyConstraint("wf_id", name="pk_workflows"),
    )
    for column in ("name", "state", "created_on", "updated_on"):
        op.create_index(f"ix_workflows_{column}", "workflows", [column])


def _fireworks() -> None:
    op.create_table(
        "fireworks",
        _id("fw_id"),
        _id("wf_id"),
        _text("name"),
        _state(),
        _id("waiting_for"),
        _flag("tolerant"),
        _flag("leaf"),
        _flag("blocking"),
        sa.Column("priority", sa.Float),
        _moment("created_on"),
        _moment("updated_on"),
        sa.PrimaryKeyConstraint("fw_id", name="pk_fireworks"),
        _reference("fireworks", "wf_id", "workflows.wf_id"),
    )
    for column in ("wf_id", "name", "state", "created_on", "updated_on"):
        op.create_index(f"ix_fireworks_{column}", "fireworks", [column])
    _ready_index("ix_fireworks_ready", "priority DESC", "fw_id")
    _ready_index("ix_fireworks_ready_fifo", "priority DESC", "created_on", "fw_id")
    _ready_index("ix_fireworks_ready_filo", "priority DESC", "created_on DESC", "fw_id DESC")
    op.create_table(
        "specs",
        _id("fw_id"),
        _text("spec"),
        sa.PrimaryKeyConstraint("fw_id", name="pk_specs"),
        _reference("specs", "fw_id", "fireworks.fw_id"),
    )


def _ready_index(name: str, *columns: str) -> None:
    ready = sa.text("state = 'READY'")
    keys = [sa.text(column) for column in columns]
    op.create_index(name, "fireworks", keys, sqlite_where=ready, postgresql_where=ready)


def _links() -> None:
    op.create_table(
        "links",
        _id("parent"),
        _id("child"),
        sa.PrimaryKeyConstraint("parent", "child", name="pk_links"),
        _reference("links", "parent", "fireworks.fw_id"),
        _reference("links", "child", "fireworks.fw_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_links_child_parent", "links", ["child", "parent"])


def _launches() -> None:
    op.create_table(
        "launches",
        _id("launch_id"),
        _id("fw_id"),
        _flag("archived"),
        _state(),
        _text("launch_dir"),
        _text("worker"),
        _text("host"),
        _text("ip"),
        _moment("time_start", nullable=True),
        _moment("time_end", nullable=True),
        _text("reservation_id", nullable=True),
        sa.Column("token", sa.String(64), nullable=False),
        _id("attempt"),
        _text("cause", nullable=True),
        _text("reason", nullable=True),
        _text("queue", nullable=True),
        _text("fworker"),
        _text("trackers"),
        _text("state_history"),
        _text("action", nullable=True),
        sa.PrimaryKeyConstraint("launch_id", name="pk_launches"),
        _reference("launches", "fw_id", "fireworks.fw_id"),
    )
    for column in ("fw_id", "state", "time_end", "reservation_id"):
        op.create_index(f"ix_launches_{column}", "launches", [column])


def _offline_runs() -> None:
    op.create_table(
        "offline_runs",
        _id("launch_id"),
        _id("fw_id"),
        _text("name"),
        _moment("created_on"),
        _moment("updated_on"),
        _flag("deprecated"),
        _flag("completed"),
        _text("signature"),
        _text("problem"),
        sa.PrimaryKeyConstraint("launch_id", name="pk_offline_runs"),
        _reference("offline_runs", "launch_id", "launches.launch_id"),
    )
    is_open = sa.text("deprecated = 0 AND completed = 0")
    op.create_index(
        "ix_offline_runs_open", "offline_runs", ["launch_id"], sqlite_where=is_open, postgresql_where=is_open
    )
