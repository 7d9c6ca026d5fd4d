"""Who held a Firework, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table; of what is held already nobody knows who did it."""
    op.create_table(
        "holds",
        sa.Column("fw_id", sa.Integer, nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("by_fw_id", sa.Integer),
        sa.PrimaryKeyConstraint("fw_id", name="pk_holds"),
        sa.ForeignKeyConstraint(["fw_id"], ["fireworks.fw_id"], name="fk_holds_fw_id", ondelete="CASCADE"),
    )
