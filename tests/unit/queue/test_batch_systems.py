"""Each batch system from submission to a job's end, with programs that answer as the real ones do."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.fake_batch import KINDS, FakeBatch

from longfuse.errors import SchedulerError
from longfuse.launchers.shell import run as shell
from longfuse.queue.adapter import (
    Phase,
    Submission,
    SubmitKind,
    adapter_from_identity,
    ask_count,
    ask_status,
    ask_token,
    located,
)
from longfuse.queue.files import adapter_from_dict

if TYPE_CHECKING:
    from longfuse.queue.adapter import JobStatus, QueueAdapter

USER = "mia"
TOKEN = "0123456789abcdef0123456789abcdef"
STATUS = {"pbs": "qstat", "torque": "qstat", "lsf": "bjobs", "loadleveler": "llq", "cobalt": "qstat", "moab": "showq"}
SUBMIT = {"pbs": "qsub", "torque": "qsub", "lsf": "bsub", "loadleveler": "llsubmit", "cobalt": "qsub", "moab": "msub"}
WITH_ENDS = [kind for kind in KINDS if kind != "cobalt"]
WITH_TOKENS = [kind for kind in KINDS if kind != "moab"]


class Site:
    """A batch system, an adapter for it and a launch directory."""

    def __init__(self, kind: str, folder: Path, **parameters: Any) -> None:
        self.batch = FakeBatch(kind, folder / "batch")
        self.launch_dir = folder / "launch dir"
        self.launch_dir.mkdir()
        content = {"_fw_q_type": KINDS[kind].q_type, "rocket_launch": "rlaunch singleshot --offline", **parameters}
        self.adapter: QueueAdapter = adapter_from_dict(content, "my_qadapter.yaml", folder, {})

    def submit(self, token: str = TOKEN) -> Submission:
        script = self.adapter.render(str(self.launch_dir), token)
        (self.launch_dir / "FW_submit.script").write_text(script)
        command = self.adapter.submit_command("FW_submit.script", str(self.launch_dir))
        return self.adapter.dialect.read_submit(shell(command))

    def status(self, job_id: str) -> JobStatus:
        return ask_status(self.adapter, [job_id], shell)[job_id]

    def after(self, state: str) -> JobStatus:
        job_id = self.submit().job_id
        self.batch.put(job_id, state)
        return self.status(job_id)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(kind, tmp_path, queue="batch", job_name="2nd_relaxation_of_a_slab")
    for name, value in {**made.batch.environ, "USER": USER}.items():
        monkeypatch.setenv(name, value)
    return made


each = pytest.mark.parametrize("kind", list(KINDS), indirect=True)
with_tokens = pytest.mark.parametrize("kind", WITH_TOKENS, indirect=True)


# --- submitting
@each
def test_a_job_is_accepted_and_has_an_id(site: Site) -> None:
    done = site.submit()
    assert done.kind is SubmitKind.ACCEPTED, done
    assert done.job_id in ("4711", "ll5.site.org.4711")
    assert site.submit().job_id in ("4712", "ll5.site.org.4712")


@each
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("refuse", SubmitKind.REFUSED),
        ("later", SubmitKind.LATER),
        ("limit", SubmitKind.LATER),
        ("lost", SubmitKind.UNCLEAR),
    ],
)
def test_each_refusal_is_told_by_its_kind_in_its_own_words(site: Site, order: str, expected: SubmitKind) -> None:
    site.batch.order(order)
    done = site.submit()
    assert (done.kind, done.job_id) == (expected, ""), done
    assert done.words
    assert site.batch.jobs() == 0


@each
def test_a_program_that_is_not_there_is_absent(site: Site, kind: str, tmp_path: Path) -> None:
    content = {"_fw_q_type": KINDS[kind].q_type, "rocket_launch": "rlaunch"}
    site.adapter = adapter_from_dict({**content, "_q_commands_override": {"submit_cmd": "/no/such"}}, "", tmp_path, {})
    done = site.submit()
    assert done.kind is SubmitKind.ABSENT
    assert "/no/such" in done.words


@each
def test_an_answer_without_an_id_is_unclear(site: Site, kind: str) -> None:
    site.batch.say_instead(SUBMIT[kind], "2026 is the year of maintenance.\nWelcome to the cluster!\n")
    assert site.submit().kind is SubmitKind.UNCLEAR


# --- states
@each
def test_a_pending_job_is_pending_and_a_running_one_running(site: Site) -> None:
    job_id = site.submit().job_id
    assert site.status(job_id).phase is Phase.PENDING
    site.batch.put(job_id, "held")
    assert site.status(job_id).phase is Phase.PENDING
    site.batch.put(job_id, "running")
    assert site.status(job_id).phase is Phase.RUNNING


ENDS = {
    "completed": (None, ""),
    "failed": (None, "exit code 3"),
    "timeout": ("TIMEOUT", ""),
    "memory": ("OUT_OF_MEMORY", ""),
    "cancelled": ("CANCELLED", ""),
    "cancelled-early": ("CANCELLED", ""),
    "killed": (None, "signal 9"),
}
TOLD = [(kind, state) for kind in WITH_ENDS for state in ENDS if state not in KINDS[kind].untold]


@pytest.mark.parametrize(("kind", "state"), TOLD, indirect=["kind"])
def test_each_end_is_told_with_its_cause(site: Site, state: str) -> None:
    cause, reason = ENDS[state]
    status = site.after(state)
    assert (status.phase, status.cause) == (Phase.ENDED, cause), status
    assert reason in status.reason


@pytest.mark.parametrize("kind", ["pbs", "torque", "lsf", "moab"], indirect=True)
def test_the_time_of_an_end_is_the_batch_systems(site: Site) -> None:
    expected = datetime(2026, 11, 23, 5, 44, 50).astimezone(UTC)
    assert site.after("timeout").end_time == expected


@each
def test_a_job_that_it_has_forgotten_is_unknown_and_no_other_is(site: Site) -> None:
    gone, here = site.submit().job_id, site.submit().job_id
    site.batch.put(gone, "forgotten")
    found = ask_status(site.adapter, [gone, here], shell)
    assert (found[gone].phase, found[here].phase) == (Phase.UNKNOWN, Phase.PENDING)
    assert ask_status(site.adapter, [gone], shell)[gone].phase is Phase.UNKNOWN


@each
def test_nothing_is_concluded_while_it_is_away(site: Site) -> None:
    job_id = site.submit().job_id
    (site.batch.folder / "away").touch()
    with pytest.raises(SchedulerError, match="does not answer"):
        site.status(job_id)
    with pytest.raises(SchedulerError, match="does not answer"):
        ask_count(site.adapter, USER, shell)


@each
@pytest.mark.parametrize(
    "words", ["Hello\n", "<html><body>503 Service Unavailable</body></html>\n", "\x00\xff garbage\n"]
)
def test_nothing_is_concluded_from_nonsense(site: Site, kind: str, words: str) -> None:
    job_id = site.submit().job_id
    site.batch.say_instead(STATUS[kind], words)
    with pytest.raises(SchedulerError, match="cannot be understood"):
        site.status(job_id)
    with pytest.raises(SchedulerError, match="cannot be understood"):
        ask_count(site.adapter, USER, shell)


@each
def test_a_status_program_that_fails_with_other_words_concludes_nothing(site: Site, kind: str) -> None:
    job_id = site.submit().job_id
    site.batch.say_instead(STATUS[kind], "something is very wrong\n", code=1)
    with pytest.raises(SchedulerError, match="something is very wrong"):
        site.status(job_id)


# --- counting
@each
def test_the_users_jobs_in_the_queue_are_counted(site: Site) -> None:
    assert ask_count(site.adapter, USER, shell) == 0
    first, _, third = (site.submit().job_id for _ in range(3))
    assert ask_count(site.adapter, USER, shell) == 3
    assert ask_count(site.adapter, "somebody", shell) == 0
    site.batch.put(first, "running")
    site.batch.put(third, "held")
    assert ask_count(site.adapter, USER, shell) == 3
    site.batch.put(first, "completed" if site.batch.kind.q_type != "Cobalt" else "forgotten")
    assert ask_count(site.adapter, USER, shell) == 2


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "moab"], indirect=True)
def test_jobs_in_other_queues_do_not_count(site: Site, kind: str, tmp_path: Path) -> None:
    site.submit()
    content = {"_fw_q_type": KINDS[kind].q_type, "rocket_launch": "rlaunch singleshot", "queue": "other"}
    other = adapter_from_dict(content, "other.yaml", tmp_path, {})
    assert ask_count(other, USER, shell) == 0


# --- tokens
@with_tokens
def test_a_job_is_found_by_its_token(site: Site) -> None:
    site.submit("f" * 32)
    site.batch.order("taken")
    assert site.submit().kind is SubmitKind.UNCLEAR
    assert site.adapter.carries_token
    assert ask_token(site.adapter, TOKEN, shell) in ("4712", "ll5.site.org.4712")
    assert ask_token(site.adapter, "e" * 32, shell) is None


@with_tokens
def test_without_any_job_there_is_no_token(site: Site) -> None:
    assert ask_token(site.adapter, TOKEN, shell) is None


@with_tokens
def test_no_token_is_missed_for_nonsense(site: Site, kind: str) -> None:
    site.batch.say_instead(STATUS[kind], "Hello\n")
    with pytest.raises(SchedulerError, match="cannot be understood"):
        ask_token(site.adapter, TOKEN, shell)


@pytest.mark.parametrize("kind", ["moab"], indirect=True)
def test_moab_says_that_it_cannot_be_asked(site: Site) -> None:
    assert not site.adapter.carries_token
    with pytest.raises(SchedulerError, match="keeps no comment of ours"):
        ask_token(site.adapter, TOKEN, shell)


# --- what is remembered of a job
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "cobalt"], indirect=True)
def test_a_job_is_asked_for_on_its_own_cluster_only(site: Site) -> None:
    job_id = site.submit().job_id
    identity = json.loads(json.dumps(located(site.adapter, shell).identity()))
    assert identity["cluster"] in ("pbs01.site.org", "hpc1", "ll5.site.org", "m1.site.org")
    assert ask_status(adapter_from_identity(identity), [job_id], shell)[job_id].phase is Phase.PENDING
    elsewhere = adapter_from_identity({**identity, "cluster": "other"})
    with pytest.raises(SchedulerError, match="jobs were submitted on other"):
        ask_status(elsewhere, [job_id], shell)


@each
def test_a_job_is_cancelled(site: Site) -> None:
    job_id = site.submit().job_id
    shell(site.adapter.question(site.adapter.dialect.cancel_argv(job_id)))
    assert site.status(job_id).phase in (Phase.ENDED, Phase.UNKNOWN)


@each
def test_a_users_own_path_counts_for_the_sisters_too(site: Site, kind: str, tmp_path: Path, monkeypatch: Any) -> None:
    content = {"_fw_q_type": KINDS[kind].q_type, "rocket_launch": "rlaunch", "queue": "batch"}
    commands = {"submit_cmd": f"{site.batch.bin}/{SUBMIT[kind]}", "status_cmd": f"{site.batch.bin}/{STATUS[kind]}"}
    site.adapter = adapter_from_dict({**content, "_q_commands_override": commands}, "mine", tmp_path, {})
    job_id = site.submit().job_id
    site.batch.put(job_id, "forgotten")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert site.status(job_id).phase is Phase.UNKNOWN


# --- single words
LSF_HISTORY = """\
Job <4711>, Job Name <relax>, User <mia>, Project <default>, Command <#!/bin/bash;
                     rlaunch singleshot>
Mon Nov 23 05:30:00: Submitted from host <login1>, to Queue <normal>, CWD <$HOME>;
Mon Nov 23 05:40:00: Dispatched 1 Task(s) on Host(s) <n1>, Allocated 1 Slot(s) on
                     Host(s) <n1>, Effective RES_REQ <select[type == local] >;
Mon Nov 23 05:44:50: Exited with exit code 140. The CPU time used is 0.1 seconds;
Mon Nov 23 05:44:50: Completed <exit>; TERM_RUNLIMIT: job killed after reach
                     ing LSF run time limit;
"""


@pytest.mark.parametrize("kind", ["lsf"], indirect=True)
def test_lsfs_history_knows_what_bjobs_has_forgotten(site: Site) -> None:
    job_id = site.submit().job_id
    (site.batch.folder / f"history-{job_id}").write_text(LSF_HISTORY)
    assert site.after("forgotten").phase is Phase.UNKNOWN
    site.batch.put(job_id, "forgotten")
    status = site.status(job_id)
    assert (status.phase, status.cause) == (Phase.ENDED, "TIMEOUT"), status


@pytest.mark.parametrize("kind", ["pbs", "torque"], indirect=True)
def test_a_name_is_one_that_pbs_takes(site: Site) -> None:
    site.submit()
    script = (site.launch_dir / "FW_submit.script").read_text()
    assert re.search(r"^#PBS -N j2nd_relaxation$", script, re.MULTILINE), script
