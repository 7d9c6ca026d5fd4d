"""Notes in a database that say why nobody may use it as a LaunchPad now."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, text

from longfuse.errors import ConfigError
from longfuse.store.schema import filepad, fireworks, launches, meta, offline_runs, workflows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

COPY_OF = "copy_of"
"""It is to become the place of the LaunchPad with this id, but not all is there yet."""

MOVED_TO = "moved_to"
"""The LaunchPad is in this other database now."""

GUARDED = (workflows, fireworks, launches, offline_runs, filepad)
"""Who changes anything changes one of these."""

_TRIGGER = "moved"
_MARKS = select(meta.c.name, meta.c.value).where(meta.c.name.in_((COPY_OF, MOVED_TO)))


def marks(connection: Connection) -> dict[str, str]:
    """The notes, by kind."""
    return {str(name): str(value) for name, value in connection.execute(_MARKS)}


def set_mark(connection: Connection, kind: str, value: str | None) -> None:
    """Make a note; None takes it away."""
    connection.execute(delete(meta).where(meta.c.name == kind))
    if value is not None:
        connection.execute(insert(meta).values(name=kind, value=value))


def check(connection: Connection, name: str) -> None:
    """See that nothing is noted.

    Raises:
        ConfigError: It was moved away, or is not all there yet; the message says what to do.
    """
    found = marks(connection)
    if MOVED_TO in found:
        raise ConfigError(
            f"The LaunchPad {name} was moved to {found[MOVED_TO]}. Put that as `url` into my_launchpad.yaml. To use "
            f"the old one again all the same: lpad migrate --undo {name}"
        )
    if COPY_OF in found:
        raise ConfigError(
            f"The LaunchPad {name} is being copied and is not all there yet. Let `lpad migrate` come to its end, or "
            "give the same command again"
        )


def refusal(target: str) -> str:
    """The words with which a LaunchPad that is at this URL now refuses every change."""
    return f"This LaunchPad was moved to {target}"


def guard(connection: Connection, refusal: str | None) -> None:
    """From the end of this transaction refuse every change with these words; None lets changes through again.

    It holds for those, too, who have the database open: they look at the notes no more.
    """
    postgresql = connection.dialect.name == "postgresql"
    for table in GUARDED:
        for event in ("INSERT", "UPDATE", "DELETE"):
            trigger = f"{_TRIGGER}_{table.name}_{event.lower()}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}" + (f" ON {table.name}" if postgresql else "")))
    if postgresql:
        connection.execute(text(f"DROP FUNCTION IF EXISTS {_TRIGGER}()"))
    if refusal is None:
        return
    words = refusal.replace("'", "''")
    if postgresql:
        body = f"BEGIN RAISE EXCEPTION '{words.replace('%', '%%')}'; END"
        connection.exec_driver_sql(
            f"CREATE FUNCTION {_TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $guard$ {body} $guard$"
        )
    for table in GUARDED:
        for event in ("INSERT", "UPDATE", "DELETE"):
            trigger = f"{_TRIGGER}_{table.name}_{event.lower()}"
            action = (
                f"FOR EACH STATEMENT EXECUTE FUNCTION {_TRIGGER}()"
                if postgresql
                else f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
            connection.exec_driver_sql(f"CREATE TRIGGER {trigger} BEFORE {event} ON {table.name} {action}")


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Inside the block changes of one that was moved away are let through; after it they are refused as before."""
    moved = marks(connection).get(MOVED_TO)
    if moved is not None:
        guard(connection, None)
    yield
    if moved is not None:
        guard(connection, refusal(moved))
