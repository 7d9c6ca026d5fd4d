"""What Alembic runs, on import as is its way, for every command: the revisions, in a transaction that we are given."""

from __future__ import annotations

from alembic import context

from longfuse.store.migrate import CONNECTION, TOLD
from longfuse.store.revision import VERSION_TABLE
from longfuse.store.schema import metadata

context.configure(
    connection=context.config.attributes[CONNECTION],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    on_version_apply=context.config.attributes[TOLD].applied,
)
context.run_migrations()
