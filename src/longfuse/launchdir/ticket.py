"""The ticket, ``FW_offline.json``: which launch of which LaunchPad a directory belongs to."""

from __future__ import annotations

from longfuse.launchdir.document import Document, Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

DEFAULT_PING_INTERVAL_S = 300.0
"""How often a rocket writes its heartbeat where the ticket does not say."""


class Ticket(Document):
    """Written by the login side at reservation, and never again.

    Args:
        launchpad_id: The random id of the LaunchPad; empty in directories that FireWorks prepared.
        launch_id: The launch.
        fw_id: Its Firework; 0 in directories that FireWorks prepared.
        token: 128 random bits in hexadecimal that every file of this launch carries; empty if FireWorks prepared it.
        fworker: The FWorker that reserved it, in wire form.
        reserved_on: When, as an ISO time.
        ping_interval_s: How often its rocket writes a heartbeat.
        user_packages: Where the compute side looks for Firetasks of the user's own.
        workflow: What a LaunchPad that is made anew from launch directories needs to know of its Workflow: ``wf_id``,
            ``name``, ``metadata`` and the Firework's ``parents``; empty in tickets that do not tell.
    """

    __slots__ = (
        "fw_id",
        "fworker",
        "launch_id",
        "launchpad_id",
        "ping_interval_s",
        "reserved_on",
        "token",
        "user_packages",
        "workflow",
    )

    def __init__(
        self,
        *,
        launchpad_id: str,
        launch_id: int,
        fw_id: int,
        token: str,
        fworker: dict[str, Any],
        reserved_on: str,
        ping_interval_s: float = DEFAULT_PING_INTERVAL_S,
        user_packages: Sequence[str] = (),
        workflow: dict[str, Any] | None = None,
    ) -> None:
        self.launchpad_id = launchpad_id
        self.launch_id = launch_id
        self.fw_id = fw_id
        self.token = token
        self.fworker = fworker
        self.reserved_on = reserved_on
        self.ping_interval_s = ping_interval_s
        self.user_packages = list(user_packages)
        self.workflow = workflow or {}

    @classmethod
    def from_dict(cls, document: dict[str, Any], source: str = "FW_offline.json") -> Ticket:
        """Read it; FireWorks' own, which holds a launch id only, too.

        Raises:
            UnreadableError: A field is missing or of the wrong kind.
        """
        fields = Fields(document, source)
        return cls(
            launchpad_id=fields.text("launchpad_id", ""),
            launch_id=fields.integer("launch_id"),
            fw_id=fields.integer("fw_id", 0),
            token=fields.text("token", ""),
            fworker=fields.mapping("fworker", {}),
            reserved_on=fields.text("reserved_on", ""),
            ping_interval_s=fields.number("ping_interval_s", DEFAULT_PING_INTERVAL_S),
            user_packages=[str(name) for name in fields.sequence("user_packages", [])],
            workflow=fields.mapping("workflow", {}),
        )
