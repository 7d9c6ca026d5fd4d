"""What a launch has done to the LaunchPad beyond its FWAction's data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; of earlier launches nobody knows it."""
    op.add_column("launches", sa.Column("effects", sa.Text))
