"""The login side: make a directory ready for one launch."""

from __future__ import annotations

import os

from longfuse.launchdir.aside import set_aside_others
from longfuse.launchdir.files import write_first_json, write_json
from longfuse.launchdir.names import FIREWORK, TICKET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from longfuse.launchdir.ticket import Ticket


def prepare(
    launch_dir: str, firework: dict[str, Any], ticket: Ticket, *, synced: bool = True, is_new: bool = False
) -> None:
    """Write the Firework and the ticket; files of an earlier launch go to ``FW_launch_<id>/``.

    The ticket comes last: where it stands, the Firework is complete. Doing it again for the same launch is harmless.

    Args:
        launch_dir: Absolute path; made if it is not there.
        firework: The Firework in FireWorks' own shape (`Firework.to_dict`), with its one RESERVED launch.
        ticket: Whose launch it is.
        synced: See `write_json`.
        is_new: Whether the caller has just made the directory: then there is nothing of others in it.

    Raises:
        OSError: The file system refused.
        TypeError: JSON cannot hold the Firework.
    """
    if not is_new:
        os.makedirs(launch_dir, exist_ok=True)
        set_aside_others(launch_dir, ticket.launch_id, ticket.token)
    write_firework = write_first_json if is_new else write_json
    write_firework(os.path.join(launch_dir, FIREWORK), firework, synced=synced)
    write_json(os.path.join(launch_dir, TICKET), ticket.to_dict(), synced=synced)
