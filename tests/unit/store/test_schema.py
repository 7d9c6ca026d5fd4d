"""The tables, where they are made from the schema itself."""

from __future__ import annotations

import subprocess
import sys

from sqlalchemy import create_mock_engine

from longfuse.store.schema import metadata


def test_indexes_of_some_rows_are_so_on_postgresql() -> None:
    statements: list[str] = []
    engine = create_mock_engine(
        "postgresql+psycopg://", lambda ddl, *_: statements.append(str(ddl.compile(dialect=engine.dialect)))
    )
    metadata.create_all(engine, checkfirst=False)
    [ready] = [text for text in statements if "ix_fireworks_ready " in text]
    assert ready.endswith("WHERE state = 'READY'")


def test_sqlite_imports_no_other_dialect() -> None:
    program = (
        "import sys, longfuse.store.schema; print([name for name in sys.modules if 'dialects.postgresql' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
