"""How a LaunchPad's database is known, apart from its tables: who only looks at that need not load them."""

HEAD = "0005"
"""The revision of the tables in `longfuse.store.schema`."""

VERSION_TABLE = "alembic_version"
"""The table with one row, the revision that the tables of a database have."""

LAUNCHPAD_ID = "launchpad_id"
"""The name of the row in ``meta`` with the LaunchPad's id; the only one, but for notes of `longfuse.store.marks`."""
