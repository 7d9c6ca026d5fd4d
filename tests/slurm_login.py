"""A login node with a Slurm that is two small programs and does as it is told."""

from __future__ import annotations

import os
from pathlib import Path

from tests.login import Login

PROGRAMS = Path(__file__).parent / "fixtures" / "fake_slurm"
SLURM = "_fw_name: CommonAdapter\n_fw_q_type: SLURM\nrocket_launch: rlaunch singleshot --offline\n"


class SlurmLogin(Login):
    """Their commands come first on the path; what they are told, and tell, is in ``slurm``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.slurm = folder.parent / "slurm"
        self.slurm.mkdir()
        self.write("my_qadapter.yaml", SLURM)

    @property
    def environ(self) -> dict[str, str]:
        environ = super().environ
        return environ | {"PATH": f"{PROGRAMS}{os.pathsep}{environ['PATH']}", "FAKE_SLURM": str(self.slurm)}

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        (self.folder / name).write_text(text)
        return self.folder / name
