"""The local queue with real processes, in a spool folder of its own for each test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import wait_until

from longfuse.launchdir.process import birth
from longfuse.queue.local_spool import directives, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT")


@dataclass(frozen=True, slots=True)
class Queue:
    """A spool folder, a folder to submit from, and the program."""

    spool: Path
    folder: Path
    slots: int = 2
    kill_wait_s: float = 60

    def argv(self, *words: str) -> list[str]:
        options = ["--spool", str(self.spool), "--idle", "0.3", "--kill-wait", str(self.kill_wait_s)]
        return [sys.executable, "-P", "-m", "longfuse.queue.local_spool", *options, *words]

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "LONGFUSE_LOCAL_SLOTS": str(self.slots)}

    def call(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*words), cwd=cwd or self.folder, env=self.environ, capture_output=True, text=True, check=False
        )

    def write(self, body: str, name: str = "job.sh") -> None:
        (self.folder / name).write_text(f"#!/bin/bash\n{body}\n")

    def submit(self, body: str, cwd: Path | None = None) -> str:
        self.write(body)
        done = self.call("submit", str(self.folder / "job.sh"), cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout.removeprefix("Submitted local job ").strip()

    def jobs(self) -> dict[str, dict[str, Any]]:
        done = self.call("status")
        assert done.returncode == 0, done.stderr
        return {job["job_id"]: job for job in json.loads(done.stdout)}

    def state(self, job_id: str) -> dict[str, Any]:
        """What the runner wrote, without calling a new one."""
        path = self.spool / f"{job_id}.state"
        return json.loads(path.read_text()) if path.exists() else {"state": "PENDING"}

    def wait(self, job_id: str, *states: str) -> dict[str, Any]:
        wait_until(lambda: self.state(job_id)["state"] in (states or ENDED), f"job {job_id} {states or ENDED}")
        return self.state(job_id)

    def pid(self, job_id: str) -> int:
        wait_until(lambda: "pid" in self.state(job_id), f"job {job_id} to run")
        return self.state(job_id)["pid"]

    def runners(self) -> list[int]:
        return processes_with(str(self.spool), "run")


def processes_with(*arguments: str) -> list[int]:
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if all(argument in words for argument in arguments) and birth(int(name)):
            found.append(int(name))
    return found


def is_gone(pid: int) -> bool:
    return not birth(pid)


def release(queue: Queue) -> Iterator[Queue]:
    """The queue; afterwards nothing of it may be left."""
    yield queue
    for job_id, job in queue.jobs().items():
        if job["state"] not in ENDED:
            queue.call("cancel", job_id)
    wait_until(lambda: not queue.runners(), "the runner to end")


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    folder = tmp_path / "work"
    folder.mkdir()
    yield from release(Queue(tmp_path / "spool", folder))


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Queue]:
    """A queue that waits for no SIGTERM handler."""
    folder = tmp_path / "work"
    folder.mkdir()
    yield from release(Queue(tmp_path / "spool", folder, slots=1, kill_wait_s=0.2))


def test_a_job_runs_in_its_directory_and_its_words_are_kept(queue: Queue) -> None:
    job_id = queue.submit("#LOCAL --job-name=relax\n#LOCAL --comment=longfuse:abc\npwd; echo oh >&2; echo $$")
    assert job_id == "1"
    job = queue.wait(job_id)
    assert (job["state"], job["exit_code"], job["reason"]) == ("COMPLETED", 0, "")
    assert (queue.folder / "relax-1.out").read_text().splitlines()[0] == str(queue.folder)
    assert (queue.folder / "relax-1.error").read_text() == "oh\n"
    assert queue.jobs()["1"]["comment"] == "longfuse:abc"


def test_the_exit_code_decides(queue: Queue) -> None:
    job = queue.wait(queue.submit("exit 3"))
    assert (job["state"], job["exit_code"], job["reason"]) == ("FAILED", 3, "exit code 3")


def test_the_job_knows_its_id_and_not_the_submitters_secrets(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "sesame")
    job_id = queue.submit("echo $LONGFUSE_JOB_ID; env | grep -c sesame")
    queue.wait(job_id)
    assert (queue.folder / "job-1.out").read_text() == "1\n0\n"
    assert "sesame" not in (queue.spool / "1.job").read_text()
    assert queue.spool.stat().st_mode & 0o077 == 0


def test_jobs_run_in_order_so_many_at_a_time(queue: Queue) -> None:
    gate = queue.folder / "gate"
    body = f"while [ ! -e {gate} ]; do sleep 0.02; done; echo $LONGFUSE_JOB_ID >> order"
    first, second, third = (queue.submit(body) for _ in range(3))
    queue.pid(first)
    queue.pid(second)
    assert queue.jobs()[third]["state"] == "PENDING"
    gate.touch()
    queue.wait(third)
    assert (queue.folder / "order").read_text().split()[-1] == third


def test_the_script_is_the_one_that_was_submitted(impatient: Queue) -> None:
    gate = impatient.folder / "gate"
    impatient.submit(f"while [ ! -e {gate} ]; do sleep 0.02; done")
    waiting = impatient.submit("echo the first > who")
    impatient.write("echo another > who")
    gate.touch()
    impatient.wait(waiting)
    assert (impatient.folder / "who").read_text() == "the first\n"


def test_a_job_ends_at_its_walltime(queue: Queue) -> None:
    job_id = queue.submit("#LOCAL --time=0:01\ntrap 'echo warned; exit 9' TERM; while :; do sleep 0.02; done")
    job = queue.wait(job_id)
    assert job["state"] == "TIMEOUT"
    assert (queue.folder / "job-1.out").read_text() == "warned\n"


def test_a_job_that_does_not_listen_is_killed(impatient: Queue) -> None:
    job_id = impatient.submit("trap '' TERM; touch deaf; while :; do sleep 0.02; done")
    wait_until((impatient.folder / "deaf").exists, "the job is deaf")
    pid = impatient.pid(job_id)
    assert impatient.call("cancel", job_id).returncode == 0
    assert impatient.wait(job_id)["state"] == "CANCELLED"
    assert is_gone(pid)


def test_a_job_is_over_when_its_last_process_is(queue: Queue) -> None:
    """A shell dies of SIGTERM at once, while the program that it runs writes down how it ended."""
    program = "import signal, time, sys\n"
    program += "def end(*_):\n    time.sleep(0.5)\n    open('last words', 'w').write('x')\n    sys.exit()\n"
    program += "signal.signal(signal.SIGTERM, end)\nopen('begun', 'w')\nwhile True: time.sleep(1)\n"
    (queue.folder / "slow.py").write_text(program)
    job_id = queue.submit(f"{sys.executable} slow.py; true")
    wait_until((queue.folder / "begun").exists, "the program runs")
    queue.call("cancel", job_id)
    assert queue.wait(job_id)["state"] == "CANCELLED"
    assert (queue.folder / "last words").exists()


def test_a_waiting_job_is_cancelled_and_never_runs(impatient: Queue) -> None:
    gate = impatient.folder / "gate"
    running = impatient.submit(f"while [ ! -e {gate} ]; do sleep 0.02; done")
    waiting = impatient.submit("touch ran")
    impatient.call("cancel", waiting)
    job = impatient.wait(waiting)
    assert (job["state"], job["reason"]) == ("CANCELLED", "cancelled before it started")
    gate.touch()
    assert impatient.wait(running)["state"] == "COMPLETED"
    assert not (impatient.folder / "ran").exists()


def test_cancelling_what_has_ended_changes_nothing(queue: Queue) -> None:
    job_id = queue.submit("true")
    queue.wait(job_id)
    assert queue.call("cancel", job_id).returncode == 0
    assert queue.jobs()[job_id]["state"] == "COMPLETED"


def test_cancelling_an_unknown_job_is_refused(queue: Queue) -> None:
    done = queue.call("cancel", "7")
    assert (done.returncode, done.stderr) == (1, "The local queue has no job 7\n")


def test_what_a_script_leaves_behind_is_killed(queue: Queue) -> None:
    job_id = queue.submit("sleep 1000 & echo $! > left")
    assert queue.wait(job_id)["state"] == "COMPLETED"
    assert is_gone(int((queue.folder / "left").read_text()))


def test_a_killed_runner_costs_nothing(queue: Queue) -> None:
    gate = queue.folder / "gate"
    body = f"while [ ! -e {gate} ]; do sleep 0.02; done; exit 5"
    first, second = queue.submit(body), queue.submit(f"while [ ! -e {gate} ]; do sleep 0.02; done")
    waiting = queue.submit("true")
    queue.pid(second)
    pid = queue.pid(first)
    kill_runner(queue)
    assert not is_gone(pid)
    gate.touch()
    wait_until(lambda: is_gone(pid), "the job to end without a runner")
    assert queue.state(first)["state"] == "RUNNING"
    queue.jobs()  # whoever asks starts the next runner
    assert queue.wait(first)["exit_code"] == 5
    assert queue.wait(second)["state"] == "COMPLETED"
    assert queue.wait(waiting)["state"] == "COMPLETED"


def test_the_next_runner_goes_on_watching(impatient: Queue) -> None:
    job_id = impatient.submit("sleep 1000")
    pid = impatient.pid(job_id)
    kill_runner(impatient)
    impatient.call("cancel", job_id)
    assert impatient.wait(job_id)["state"] == "CANCELLED"
    assert is_gone(pid)


def test_a_job_is_never_started_twice(queue: Queue) -> None:
    """A runner is killed after it has started a job, before it has written down which process that is."""
    gate = queue.folder / "gate"
    job_id = queue.submit(f"echo ran >> runs; while [ ! -e {gate} ]; do sleep 0.02; done")
    pid = queue.pid(job_id)
    kill_runner(queue)
    state = queue.state(job_id)
    (queue.spool / f"{job_id}.state").write_text(json.dumps({k: state[k] for k in ("state", "started_on", "host")}))
    queue.jobs()
    wait_until(lambda: bool(queue.runners()), "the next runner")
    assert queue.jobs()[job_id]["state"] == "RUNNING"
    assert not is_gone(pid)
    gate.touch()
    assert queue.wait(job_id)["state"] == "COMPLETED"
    assert (queue.folder / "runs").read_text() == "ran\n"


def test_a_job_that_a_killed_runner_never_started_has_failed(queue: Queue) -> None:
    queue.wait(queue.submit("true"))
    wait_until(lambda: not queue.runners(), "the runner to end")
    (queue.spool / "1.exit").unlink()
    state = queue.state("1")
    (queue.spool / "1.state").write_text(json.dumps({"state": "RUNNING", "started_on": state["started_on"]}))
    queue.jobs()
    assert queue.wait("1")["state"] == "FAILED"


def test_all_processes_killed_from_outside(queue: Queue) -> None:
    job_id = queue.submit("sleep 1000")
    os.killpg(queue.pid(job_id), signal.SIGKILL)
    job = queue.wait(job_id)
    assert (job["state"], job["reason"]) == ("FAILED", "its processes were killed")


def test_many_submit_at_once(queue: Queue) -> None:
    queue.write("echo x >> ran")
    count = 6
    started = [
        subprocess.Popen(
            queue.argv("submit", "job.sh"), cwd=queue.folder, env=queue.environ, stdout=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    told = {process.communicate()[0] for process in started}
    assert told == {f"Submitted local job {number}\n" for number in range(1, count + 1)}
    for number in range(1, count + 1):
        assert queue.wait(str(number))["state"] == "COMPLETED"
    assert len((queue.folder / "ran").read_text()) == 2 * count
    assert len(queue.runners()) <= 1


def test_no_job_is_lost_as_the_runner_ends(queue: Queue) -> None:
    """Submissions at all moments around the one at which an idle runner goes."""
    for pause_ms in range(200, 440, 40):
        job_id = queue.submit("true")
        assert queue.wait(job_id)["state"] == "COMPLETED"
        time.sleep(pause_ms / 1000)


def test_a_job_whose_directory_is_gone(impatient: Queue) -> None:
    gate = impatient.folder / "gate"
    impatient.submit(f"while [ ! -e {gate} ]; do sleep 0.02; done")
    away = impatient.folder / "away"
    away.mkdir()
    job_id = impatient.submit("true", cwd=away)
    after = impatient.submit("true")
    away.rmdir()
    gate.touch()
    job = impatient.wait(job_id)
    assert job["state"] == "FAILED"
    assert "No such file or directory" in job["reason"]
    assert str(away) in job["reason"]
    assert impatient.wait(after)["state"] == "COMPLETED"


@pytest.mark.parametrize("name", ["with blanks", 'it\'s "quoted" $HOME `x`', "two\nlines", "-dash", "ümläut"])
def test_odd_paths(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "work"
    folder.mkdir(parents=True)
    for queue in release(Queue(tmp_path / name / "spool", folder)):
        job_id = queue.submit("pwd > here")
        assert queue.wait(job_id)["state"] == "COMPLETED"
        assert (folder / "here").read_text() == f"{folder}\n"


def test_a_damaged_file_stops_nobody_else(queue: Queue) -> None:
    queue.wait(queue.submit("true"))
    wait_until(lambda: not queue.runners(), "the runner to end")
    (queue.spool / "2.job").write_text("{")
    (queue.spool / "3.job").write_text('{"environ": {}}')
    (queue.spool / "4.job").write_text("{}")
    (queue.spool / "4.state").write_text("[")
    (queue.spool / "notes.job").write_text("not mine")
    job_id = queue.submit("true")
    assert job_id == "5"
    assert queue.wait(job_id)["state"] == "COMPLETED"
    states = {number: job["state"] for number, job in queue.jobs().items()}
    assert states == {"1": "COMPLETED", "2": "FAILED", "3": "FAILED", "4": "FAILED", "5": "COMPLETED"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("#LOCAL --time=soon", "walltime must be [days-]hours:minutes:seconds, not soon"),
        ("#LOCAL --mem=4G", "the local queue has no --mem=4G"),
    ],
)
def test_what_it_cannot_do_is_refused(queue: Queue, body: str, words: str) -> None:
    queue.write(body)
    done = queue.call("submit", "job.sh")
    assert done.returncode == 1
    assert words in done.stderr
    assert queue.jobs() == {}


def test_a_script_that_is_not_there(queue: Queue) -> None:
    done = queue.call("submit", "nothing.sh")
    assert (done.returncode, done.stderr) == (1, "Cannot read nothing.sh: No such file or directory\n")


def test_a_spool_that_cannot_be(queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    bad = Queue(tmp_path / "file" / "spool", queue.folder)
    done = bad.call("status")
    assert done.returncode == 1
    assert done.stderr == f"The local queue in {bad.spool} cannot be used: Not a directory\n"


@pytest.mark.parametrize(
    ("walltime", "expected"),
    [
        ("30", 1800),
        ("1:30", 90),
        ("00:10:00", 600),
        ("2-3", 2 * 86400 + 3 * 3600),
        ("2-3:04", 2 * 86400 + 3 * 3600 + 240),
        ("1-02:03:04", 86400 + 7200 + 184),
    ],
)
def test_walltimes_as_slurm_reads_them(walltime: str, expected: float) -> None:
    assert seconds(walltime) == expected


@pytest.mark.parametrize("walltime", ["", "x", "1:2:3:4", "-1", "1-", "1:-2"])
def test_what_is_no_walltime(walltime: str) -> None:
    with pytest.raises(ValueError, match="walltime must be"):
        seconds(walltime)


def test_directives_begin_their_line() -> None:
    assert directives("#LOCAL --time=1\necho '#LOCAL --mem=3'\n ##LOCAL --x\n#LOCAL --comment=a b \n") == {
        "time": "1",
        "comment": "a b",
    }


def kill_runner(queue: Queue) -> None:
    for pid in queue.runners():
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: is_gone(pid), "the runner to be gone")
