"""Rockets, as FireWorks starts them in a process that has the LaunchPad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from longfuse.compat.fireworks.core.rocket_launcher import get_fworker, launch_rocket

if TYPE_CHECKING:
    from longfuse.domain.fworker import FWorker
    from longfuse.launchpad.pad import LaunchPad

__all__ = ["Rocket", "do_ping"]


class Rocket:
    """Runs one Firework in the current directory.

    Args:
        launchpad: Where it comes from.
        fworker: Who runs it; None is the one that the settings name.
        fw_id: Which; None takes the next one that is READY.
    """

    def __init__(self, launchpad: LaunchPad, fworker: FWorker | None = None, fw_id: int | None = None) -> None:
        self.launchpad = launchpad
        self.fworker = get_fworker(fworker)
        self.fw_id = fw_id

    def run(self, pdb_on_exception: bool = False, err_file: TextIO | None = None) -> bool:
        """Run it; False if there was nothing to run.

        Args:
            pdb_on_exception: Open Python's debugger where a Firetask raises.
            err_file: Gets the reason if it fizzles.
        """
        return launch_rocket(
            self.launchpad, self.fworker, self.fw_id, pdb_on_exception=pdb_on_exception, err_file=err_file
        )

    @staticmethod
    def update_checkpoint(launchpad: LaunchPad, launch_dir: str, launch_id: int, checkpoint: dict[str, Any]) -> None:
        """Note how far a launch is."""
        del launch_dir
        launchpad.ping_launch(launch_id, checkpoint=checkpoint)


def do_ping(launchpad: LaunchPad, launch_id: int) -> None:
    """Note a sign of life of a launch."""
    launchpad.ping_launch(launch_id)
