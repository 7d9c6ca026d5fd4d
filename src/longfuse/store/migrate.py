"""Bringing an older LaunchPad's tables up to date, with Alembic. Not loaded where there is nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

if TYPE_CHECKING:
    from sqlalchemy import Connection

CONNECTION = "connection"
"""Where ``migrations/env.py`` finds the connection among the configuration's attributes."""


def is_older(version: str) -> bool:
    """Whether this is a revision that we know."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(version) is not None
    except CommandError:
        return False


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the missing revisions in the connection's transaction."""
    config = _config()
    config.attributes[CONNECTION] = connection
    command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "longfuse.store:migrations")
    return config
