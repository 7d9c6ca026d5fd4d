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

if TYPE_CHECKING:
    from sqlalchemy import Connection

CONNECTION = "connection"
"""Where ``migrations/env.py`` finds the connection among the configuration's attributes."""

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
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the missing revisions in the connection's transaction."""
    config = _config()
    config.attributes[CONNECTION] = connection
    command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "longfuse.store:migrations")
    return config
