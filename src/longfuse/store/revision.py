"""How a LaunchPad's database is named and known, apart from its tables: who only looks at that need not load them."""

SQLITE = "sqlite:///"
"""How the URL of a LaunchPad in a file begins; the path follows."""

DRIVER = "postgresql+psycopg"
"""The kind of the URL of one on a server, with the driver for it."""

POSTGRESQL = ("postgresql", DRIVER)
"""The same, or left to us."""

HEAD = "0005"
"""The revision of the tables in `longfuse.store.schema`."""

VERSION_TABLE = "alembic_version"
"""The table with one row, the revision that the tables of a database have."""

LAUNCHPAD_ID = "launchpad_id"
"""The name of the row in ``meta`` with the LaunchPad's id; the only one, but for notes of `longfuse.store.marks`."""
