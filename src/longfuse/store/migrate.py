"""Bringing an older LaunchPad's tables up to date, with Alembic. Not loaded where there is nothing to do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from longfuse.store.marks import unguarded
from longfuse.store.revision import HEAD
from longfuse.store.upgrading import tell

if TYPE_CHECKING:
    from sqlalchemy import Connection

CONNECTION = "connection"
"""Where ``migrations/env.py`` finds the connection among the configuration's attributes."""

TOLD = "told"
"""Where revisions find whom to tell how far they are: so many of so many things."""

log = logging.getLogger("longfuse.store")


def is_older(version: str) -> bool:
    """Whether this is a revision that we know."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(version) is not None
    except CommandError:
        return False


def bring_up_to_date(connection: Connection, name: str, version: str) -> None:
    """Run the revisions that a LaunchPad misses, in the connection's transaction, also in one that was moved away."""
    log.warning(
        "The LaunchPad %s is of an older version of Longfuse: its tables are brought from revision %s to %s. That "
        "version cannot open it any more; what runs with it now should be started again.",
        *(name, version, HEAD),
    )
    with unguarded(connection):
        upgrade(connection, version=version)


def upgrade(connection: Connection, revision: str = "head", version: str | None = None) -> None:
    """Run the missing revisions in the connection's transaction.

    Args:
        connection: To the database.
        revision: The last one to be run.
        version: The one that the tables have now; None if there are none.
    """
    config = _config()
    missing = list(ScriptDirectory.from_config(config).iterate_revisions(revision, version or "base"))
    config.attributes[CONNECTION] = connection
    config.attributes[TOLD] = Steps(len(missing))
    command.upgrade(config, revision)


class Steps:
    """Tells how far an upgrade is.

    Args:
        total: How many revisions are to be run.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._number = 1
        self._tell("")

    def applied(self, **_: object) -> None:
        """One revision was run; what Alembic says of it is of no interest."""
        self._number += 1
        if self._number <= self._total:
            self._tell("")

    def __call__(self, done: int, total: int, what: str) -> None:
        """The revision that runs has done so many of so many things."""
        self._tell(f", {done} of {total} {what}")

    def _tell(self, detail: str) -> None:
        tell(f"revision {self._number} of {self._total}{detail}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "longfuse.store:migrations")
    return config
