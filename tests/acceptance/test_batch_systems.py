"""``qlaunch`` and ``lpad recover_offline`` on each batch system, with programs that answer as the real ones do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fake_batch import KINDS, FakeBatch
from tests.launching import shell
from tests.login import Login, fw

if TYPE_CHECKING:
    from collections.abc import Iterator


class Desk(Login):
    """A login node of a batch system."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(folder)
        self.batch = FakeBatch(kind, folder.parent / "batch")
        (folder / "my_qadapter.yaml").write_text(
            f"_fw_q_type: {self.batch.kind.q_type}\nrocket_launch: rlaunch singleshot --offline\nqueue: batch\n"
        )
        (folder / "FW_config.yaml").write_text("OFFLINE_GRACE_SECS: 0\n")

    @property
    def environ(self) -> dict[str, str]:
        environ = super().environ
        path = f"{self.batch.bin}:{environ['PATH']}"
        return environ | self.batch.environ | {"PATH": path, "USER": "mia", "LOGNAME": "mia"}

    def last_launch(self, fw_id: int) -> dict[str, str]:
        return self.get("get_fws", "-i", str(fw_id), "-d", "all")["launches"][-1]


@pytest.fixture(params=list(KINDS))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "login node", request.param)
    yield made
    made.pad.close()


def test_from_submission_to_the_end(desk: Desk) -> None:
    desk.add(*(fw(-number, shell("echo one > said")) for number in (1, 2, 3)))
    done = desk.run("qlaunch", "-r", "rapidfire", "-m", "2", "--timeout", "4", "--sleep", "1")
    assert "2 jobs in queue. Maximum allowed by user: 2" in done.stderr, done.stderr
    assert [desk.state(fw_id) for fw_id in (1, 2, 3)] == ["RESERVED", "RESERVED", "READY"]
    first = Path(desk.tell("get_launchdir", "1").strip())
    ids = [desk.pad.get_reservation_id_from_fw_id(fw_id) for fw_id in (1, 2)]

    desk.job(first)
    desk.batch.put(ids[0], "completed" if desk.batch.kind.q_type != "Cobalt" else "forgotten")
    assert "1 job(s) recovered" in desk.recover()
    assert (desk.state(1), (first / "said").read_text()) == ("COMPLETED", "one\n")
    assert desk.state(2) == "RESERVED"

    (desk.batch.folder / "away").touch()
    assert "Nothing was concluded from that" in desk.recover(code=1)
    assert desk.state(2) == "RESERVED"
    (desk.batch.folder / "away").unlink()

    if desk.batch.kind.q_type == "Cobalt":  # it tells nothing of jobs that are over
        return
    desk.batch.put(ids[1], "timeout")
    desk.recover()
    launch = desk.last_launch(2)
    assert (launch["state"], launch["cause"]) == ("FIZZLED", "TIMEOUT")


def test_a_refused_job_is_fizzled_and_a_lost_answer_looked_for(desk: Desk) -> None:
    desk.add(fw(-1, shell("true")), fw(-2, shell("true")))
    desk.batch.order("refuse")
    done = desk.run("qlaunch", "-r", "singleshot")
    assert (done.returncode, desk.state(1)) == (1, "FIZZLED"), done.stderr
    assert desk.last_launch(1)["cause"] == "SUBMIT"
    desk.batch.order("taken")
    done = desk.run("qlaunch", "-r", "singleshot")
    assert desk.state(2) == "RESERVED"
    if desk.batch.kind.q_type == "MOAB":
        assert done.returncode == 1
        assert "its Firework stays RESERVED" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert desk.pad.get_reservation_id_from_fw_id(2).endswith("4711")
