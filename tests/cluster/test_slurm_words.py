"""The Slurm dialect against what a real Slurm says."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest
from tests.cluster.throwaway.processes import wait_until

from longfuse.errors import SchedulerError
from longfuse.queue.adapter import (
    Answer,
    Command,
    JobStatus,
    Phase,
    SubmitKind,
    adapter_from_identity,
    ask_count,
    ask_status,
    ask_token,
    located,
)
from longfuse.queue.files import adapter_from_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cluster.standing import SlurmCluster

    from longfuse.queue.adapter import QueueAdapter, Submission

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-words"), pytest.mark.timeout(300)]

FILE = {"_fw_q_type": "SLURM", "rocket_launch": "sleep 300", "job_name": "it's (ä) 100%", "time": "00:10:00"}


class User:
    """Somebody with a queue adapter, on the cluster's login side."""

    def __init__(self, slurm: SlurmCluster) -> None:
        self.slurm = slurm
        self.folder = slurm.share / "words it's"
        self.folder.mkdir(exist_ok=True)

    def shell(self, command: Command) -> Answer:
        done = self.slurm.login(*command.argv, cwd=self.folder)
        return Answer(done.returncode, done.stdout, done.stderr)

    def adapter(self, **keys: object) -> QueueAdapter:
        return adapter_from_dict({**FILE, **keys}, "here", self.folder)

    def hand_in(self, token: str = "", **keys: object) -> Submission:
        adapter = self.adapter(**keys)
        (self.folder / "script").write_text(adapter.render(str(self.folder), token))
        return adapter.dialect.read_submit(self.shell(adapter.submit_command("script", str(self.folder))))

    def submit(self, token: str = "", **keys: object) -> str:
        submission = self.hand_in(token, **keys)
        assert submission.kind is SubmitKind.ACCEPTED, submission.words
        return submission.job_id

    def ask(self, job_id: str) -> JobStatus:
        return ask_status(self.adapter(), [job_id], self.shell)[job_id]

    def wait(self, job_id: str, phase: Phase, timeout_s: float = 75) -> JobStatus:
        wait_until(f"job {job_id} to be {phase}", lambda: self.ask(job_id).phase is phase, timeout_s, 0.2)
        return self.ask(job_id)


@pytest.fixture
def user(slurm: SlurmCluster) -> Iterator[User]:
    yield User(slurm)
    slurm.login("scancel", "--me", "--state=PENDING")
    slurm.login("scancel", "--me", "--state=RUNNING").check()


def test_a_job_that_waits_and_one_that_runs(user: User) -> None:
    held = user.submit(directives=["--hold"])
    waiting = user.ask(held)
    assert (waiting.phase, waiting.word, waiting.reason) == (Phase.PENDING, "PENDING", "JobHeldUser")
    assert user.wait(user.submit(), Phase.RUNNING).reason.startswith("on node")
    assert ask_count(user.adapter(partition="batch"), login_name(user), user.shell) == 2


@pytest.mark.parametrize(
    ("script", "word", "reason"),
    [("true", "COMPLETED", "on "), ("exit 3", "FAILED", "exit code 3, on "), ("nonesuch", "FAILED", "exit code 127, ")],
)
def test_a_script_that_ends(user: User, script: str, word: str, reason: str) -> None:
    ended = user.wait(user.submit(rocket_launch=f"{script} || exit $?", post_rocket=None), Phase.ENDED)
    assert (ended.word, ended.cause) == (word, None)
    assert ended.reason.startswith(reason)
    assert ended.end_time is not None
    assert abs(datetime.now(UTC) - ended.end_time) < timedelta(minutes=5)


def test_a_cancelled_job(user: User) -> None:
    job_id = user.submit()
    user.wait(job_id, Phase.RUNNING)
    done = user.slurm.login(*user.adapter().dialect.cancel_argv(job_id))
    assert done.returncode == 0
    ended = user.wait(job_id, Phase.ENDED)
    assert (ended.word, ended.cause) == ("CANCELLED", "CANCELLED")


@pytest.mark.slow
def test_a_job_at_its_time_limit(user: User) -> None:
    job_id = user.submit()
    user.wait(job_id, Phase.RUNNING)
    soon = (datetime.now(UTC) + timedelta(seconds=1)).astimezone().strftime("%FT%T")
    user.slurm.login("scontrol", "update", f"JobId={job_id}", f"EndTime={soon}").check()
    ended = user.wait(job_id, Phase.ENDED)
    assert (ended.word, ended.cause) == ("TIMEOUT", "TIMEOUT")
    assert "TimeLimit" in ended.reason


def test_a_node_that_fails(user: User) -> None:
    job_id = user.submit(directives=["--no-requeue", "--nodelist=node3"])
    user.wait(job_id, Phase.RUNNING)
    with user.slurm.crashed("node3"):
        ended = user.wait(job_id, Phase.ENDED)
        assert (ended.word, ended.cause, ended.reason) == ("NODE_FAIL", "NODE_FAIL", "NodeDown, on node3")


def test_a_job_that_slurm_does_not_know(user: User) -> None:
    assert user.ask("999999").phase is Phase.UNKNOWN


def test_another_cluster_is_not_asked(user: User) -> None:
    job_id = user.submit(directives=["--hold"])
    identity = located(user.adapter(), user.shell).identity()
    assert ask_status(adapter_from_identity(identity), [job_id], user.shell)[job_id].phase is Phase.PENDING
    elsewhere = adapter_from_identity({**identity, "cluster": "elsewhere"})
    with pytest.raises(SchedulerError, match=f"this is the cluster {identity['cluster']}, but jobs were submitted on"):
        ask_status(elsewhere, [job_id], user.shell)


def test_what_slurm_refuses(user: User) -> None:
    refused = user.hand_in(partition="nonesuch")
    assert refused.kind is SubmitKind.REFUSED
    assert "Invalid partition name specified" in refused.words
    assert "\n" not in refused.words
    assert user.hand_in(time="soon").kind is SubmitKind.REFUSED


def test_a_job_is_found_by_its_token(user: User) -> None:
    one, two = token_hex(16), token_hex(16)
    plain, beside = user.submit(one), user.submit(two, comment="words of mine")
    assert ask_token(user.adapter(), one, user.shell) == plain
    assert ask_token(user.adapter(), two, user.shell) == beside
    again = user.submit(one)
    assert ask_token(user.adapter(), one, user.shell) == again
    assert ask_token(user.adapter(), "f" * 32, user.shell) is None


def test_odd_names_reach_slurm(user: User) -> None:
    job_id = user.submit(rocket_launch="pwd; echo $SLURM_JOB_NAME")
    user.wait(job_id, Phase.ENDED)
    output = (user.folder / f"it_s_(ä)_100_-{job_id}.out").read_text()
    assert output == f"{user.folder}\nit_s_(ä)_100_\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: Slurm hides nothing from whoever runs it")
def test_a_partition_that_the_site_hides(user: User) -> None:
    def nobody(command: Command) -> Answer:
        return user.shell(Command(argv=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command.argv)))

    token = token_hex(16)
    adapter = user.adapter(directives=["--hold"])
    (user.folder / "script").write_text(adapter.render(str(user.folder), token))
    job_id = adapter.dialect.read_submit(nobody(adapter.submit_command("script", str(user.folder)))).job_id
    user.slurm.login("scontrol", "update", "PartitionName=batch", "Hidden=YES").check()
    try:
        assert nobody(Command(argv=("squeue", "-h", "--me"))).stdout == ""
        assert ask_status(adapter, [job_id], nobody)[job_id].phase is Phase.PENDING
        assert ask_token(adapter, token, nobody) == job_id
    finally:
        user.slurm.login("scontrol", "update", "PartitionName=batch", "Hidden=NO").check()
        user.slurm.login("scancel", job_id).check()


def test_a_partition_that_is_closed(user: User) -> None:
    user.slurm.login("scontrol", "update", "PartitionName=batch", "State=DRAIN").check()
    try:
        assert user.hand_in(partition="batch").kind is SubmitKind.LATER
    finally:
        user.slurm.login("scontrol", "update", "PartitionName=batch", "State=UP").check()


def test_a_controller_that_is_away(user: User) -> None:
    """The commands wait nine seconds for it, so there is one test of all."""
    token = token_hex(16)
    job_id = user.submit(token)
    user.slurm.order("ctld", "stop")
    try:
        assert user.hand_in().kind is SubmitKind.LATER
        expect_silence(lambda: user.ask(job_id))
        expect_silence(lambda: ask_token(user.adapter(), token, user.shell))
    finally:
        user.slurm.order("ctld", "start")
    wait_until("the controller", lambda: user.slurm.login("scontrol", "ping").returncode == 0, 30, 0.2)
    assert ask_token(user.adapter(), token, user.shell) == job_id


def expect_silence(question: Callable[[], object]) -> None:
    with pytest.raises(SchedulerError, match="Unable to contact slurm controller"):
        question()


def login_name(user: User) -> str:
    return user.slurm.login("id", "-un").check().stdout.strip()
