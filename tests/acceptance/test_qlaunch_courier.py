"""``qlaunch --courier``: what it writes, whom it calls, and how often."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.launching import shell
from tests.login import Login, fw

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(__file__).parents[1] / "fixtures" / "fake_slurm"
ADAPTER = """\
_fw_name: CommonAdapter
_fw_q_type: SLURM
rocket_launch: rlaunch singleshot --offline
account: mine
nodes: 64
pre_rocket: export GREETING=hello
courier: {partition: service, walltime: '00:10:00', directives: [exclusive]}
"""


class Desk(Login):
    """A login node with a Slurm that does as it is told, in a folder whose name a shell has to be told of."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.slurm = folder.parent / "slurm"
        self.slurm.mkdir()
        self.write("my_qadapter.yaml", ADAPTER)

    @property
    def environ(self) -> dict[str, str]:
        environ = super().environ
        return environ | {"PATH": f"{PROGRAMS}{os.pathsep}{environ['PATH']}", "FAKE_SLURM": str(self.slurm)}

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def put(self, count: int) -> None:
        self.add(*(fw(-number - 1, shell("true")) for number in range(count)))

    @property
    def courier(self) -> Path:
        return self.folder / "FW_courier"

    def call(self, job_id: str) -> None:
        """What a job does as it ends."""
        environ = self.environ | {"SLURM_JOB_ID": job_id, "SLURM_ARRAY_TASK_ID": "3", "SLURM_CONF": "/etc/slurm.conf"}
        subprocess.run(["sh", self.courier / "call"], env=environ, cwd="/", check=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "login node's")
    yield made
    made.pad.close()


def launch(desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    done = desk.run("qlaunch", "-r", "-w", "my_fworker.yaml", "rapidfire", "--courier", *words)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def launched(desk: Desk) -> Desk:
    desk.write("my_fworker.yaml", "name: me\n")
    desk.put(2)
    launch(desk, "-m", "5")
    return desk


def test_what_a_courier_does(launched: Desk) -> None:
    text = (launched.courier / "job").read_text()
    for line in ("--partition=service", "--time=00:10:00", "--account=mine", "--exclusive", "--dependency=singleton"):
        assert f"#SBATCH {line}\n" in text
    assert "--nodes" not in text
    assert "longfuse:" not in text
    assert "export GREETING=hello\n" in text
    recover, fire = "lpad -w my_fworker.yaml recover_offline", "qlaunch -r -w my_fworker.yaml rapidfire --courier -m 5"
    assert f"{recover}\n{fire}\nsleep 12\n{recover}\n{fire}\n" in text


def test_jobs_call_it_when_they_end(launched: Desk, tmp_path: Path) -> None:
    [first, _] = sorted(launched.folder.glob("block_*/*/FW_submit.script"))
    lines = first.read_text().splitlines()
    assert [line for line in lines if line.startswith("trap")] == lines[lines.index("export GREETING=hello") - 2 :][:2]
    before = len(launched.slurm.joinpath("jobs").read_text().splitlines())
    body = "\n".join(line for line in lines if line.startswith(("trap", "export")))
    subprocess.run(["sh", "-c", f"{body}\nexit 3"], env=launched.environ, cwd=tmp_path, check=False)
    assert len(launched.slurm.joinpath("jobs").read_text().splitlines()) == before + 1


def test_many_calls_are_one_courier_until_it_comes(launched: Desk) -> None:
    jobs = launched.slurm / "jobs"
    before = len(jobs.read_text().splitlines())
    processes = [
        subprocess.Popen(["sh", launched.courier / "call"], env=launched.environ | {"SLURM_JOB_ID": str(n)})
        for n in range(20)
    ]
    assert [process.wait(60) for process in processes] == [0] * 20
    assert len(jobs.read_text().splitlines()) == before + 1
    (launched.courier / "called").unlink()  # the courier's first act
    launched.call("99")
    assert len(jobs.read_text().splitlines()) == before + 2


def test_a_courier_that_cannot_be_submitted_is_called_again(launched: Desk) -> None:
    (launched.slurm / "orders").write_text("refuse\n")
    launched.call("7")
    assert not (launched.courier / "called").exists()
    launched.call("8")
    assert (launched.courier / "called").read_text() == "8\n"


def test_a_courier_that_never_came_is_called_again(launched: Desk) -> None:
    launched.call("7")
    os.utime(launched.courier / "called", (0, 0))
    launched.call("8")
    assert (launched.courier / "called").read_text() == "8\n"


def test_a_net_for_what_was_submitted(desk: Desk) -> None:
    desk.write("my_fworker.yaml", "name: me\n")
    assert "recovers when all these have ended" not in launch(desk).stderr
    desk.put(1)
    assert "Job 102 recovers when all these have ended" in launch(desk).stderr
    desk.put(1)
    (desk.slurm / "orders").write_text("usual\nrefuse\n")
    assert "No courier waits for the end of these jobs" in launch(desk).stderr


@pytest.mark.parametrize(
    ("words", "adapter", "expected"),
    [
        (("rapidfire",), ADAPTER, "--courier needs reservation mode; add -r to qlaunch"),
        (("-r", "rapidfire", "--nlaunches", "infinite"), ADAPTER, "leave out --nlaunches infinite"),
        (("-r", "rapidfire"), ADAPTER.replace("SLURM", "PBS").replace("nodes", "nnodes"), "asks of Slurm only"),
        (("-r", "rapidfire"), ADAPTER.replace("partition:", "partitoin:"), "did you mean `partition`?"),
        (("-r", "rapidfire"), f"{ADAPTER[: ADAPTER.index('courier')]}courier: 3\n", "must hold parameters"),
    ],
)
def test_what_is_wrong_is_one_line(desk: Desk, words: tuple[str, ...], adapter: str, expected: str) -> None:
    desk.write("my_qadapter.yaml", adapter)
    desk.put(1)
    done = desk.run("qlaunch", "-s", *words, "--courier")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert expected in done.stderr
    assert desk.state(1) == "READY"
