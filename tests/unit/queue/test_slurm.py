"""What Slurm says, and what it means. The texts are those of Slurm 22.05, unless told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from longfuse.errors import SchedulerError
from longfuse.queue.adapter import (
    Answer,
    JobStatus,
    Phase,
    QueueAdapter,
    SubmitKind,
    adapter_from_identity,
    ask_count,
    ask_status,
    ask_token,
    located,
)
from longfuse.queue.array import element_token
from longfuse.queue.slurm import Slurm

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.queue.adapter import Command

SQUEUE = """\
1|CANCELLED|2026-11-23T05:45:23|node1|15|None|
2|TIMEOUT|2026-11-23T05:45:55|node1|15|TimeLimit|
3|FAILED|2026-11-23T05:44:50|node1|768|NonZeroExitCode|
4|COMPLETED|2026-11-23T05:44:50|node1|0|None|
5|FAILED|2026-11-23T05:44:50|node1|9|JobLaunchFailure|
6|PENDING|N/A||0|PartitionConfig|
7_[1-3]|PENDING|N/A||0|JobHeldUser|
8|RUNNING|2026-11-23T06:44:51|node1|0|None|
12|NODE_FAIL|2026-11-23T05:45:25|node2|0|NodeDown|
13|PENDING|N/A||0|ReqNodeNotAvail, UnavailableNodes:node2|
"""
SCONTROL = (
    "JobId=20 JobName=x UserId=me(1000) JobState=RUNNING Reason=None ExitCode=0:0 "
    "EndTime=2026-11-23T06:44:50 NodeList=node1 Command=/home/it is JobState=COMPLETED\n"
    "JobId=21 JobName=y UserId=me(1000) JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0 "
    "EndTime=2026-11-23T05:44:50 ReqNodeList=(null) NodeList=node[1-2] \n"
    "JobId=23 ArrayJobId=22 ArrayTaskId=1 JobName=z JobState=PENDING Reason=Resources ExitCode=0:0 EndTime=Unknown "
    "NodeList=(null)\n"
)
SACCT = """\
30|CANCELLED by 1000|2026-11-23T05:45:23|None assigned|0:0
31|OUT_OF_MEMORY|2026-11-23T05:45:23|node1|0:125
32|FAILED|2026-11-23T05:45:23|node1|127:0
33|COMPLETED|2026-11-23T05:45:23|node1|0:0
34|PREEMPTED|2026-11-23T05:45:23|node1|0:0
"""
"""As sacct(1) describes it."""


def local(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 11, 23, hour, minute, second).astimezone(UTC)


def answering(**answers: Answer) -> Callable[[Command], Answer]:
    return lambda command: answers[command.argv[0]]


ADAPTER = QueueAdapter(dialect=Slurm(), script_template="")
DISABLED = Answer(1, "", "Slurm accounting storage is disabled\n")


def statuses(*job_ids: str, squeue: str = SQUEUE, scontrol: str = "", sacct: Answer = DISABLED) -> dict[str, JobStatus]:
    shell = answering(squeue=Answer(0, squeue), scontrol=Answer(0, scontrol), sacct=sacct)
    return ask_status(ADAPTER, job_ids, shell)


# --- sbatch
@pytest.mark.parametrize(
    ("answer", "job_id"),
    [
        (Answer(0, "Submitted batch job 17\n"), "17"),
        (Answer(0, "Submitted batch job 17 on cluster big\n"), "17"),
        (Answer(0, "Welcome!\nSubmitted batch job 17\n", "sbatch: lua: be nice\n"), "17"),
        (Answer(0, "17\n"), "17"),
        (Answer(0, "17;big\n"), "17"),
        (Answer(1, "Submitted batch job 17\n", "wrapper: cannot write its log\n"), "17"),
        (Answer(None, "Submitted batch job 17\n"), "17"),
    ],
)
def test_an_accepted_job(answer: Answer, job_id: str) -> None:
    submission = Slurm().read_submit(answer)
    assert (submission.kind, submission.job_id) == (SubmitKind.ACCEPTED, job_id)


@pytest.mark.parametrize(
    ("returncode", "words", "kind"),
    [
        (1, "sbatch: error: Batch job submission failed: Invalid partition name specified", SubmitKind.REFUSED),
        (255, "sbatch: error: Invalid --time specification", SubmitKind.REFUSED),
        (1, "sbatch: error: Batch job submission failed: Invalid license specification", SubmitKind.REFUSED),
        (1, "", SubmitKind.REFUSED),
        (
            1,
            "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
            SubmitKind.LATER,
        ),
        (
            1,
            "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's "
            "size and/or time limits)",
            SubmitKind.REFUSED,
        ),
        (
            1,
            "sbatch: error: Batch job submission failed: Required partition not available (inactive or drain)",
            SubmitKind.LATER,
        ),
        (
            1,
            "sbatch: error: Batch job submission failed: Unable to contact slurm controller (receive failure)",
            SubmitKind.UNCLEAR,
        ),
        (None, "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying", SubmitKind.UNCLEAR),
        (1, "sbatch: error: Batch job submission failed: Protocol authentication error", SubmitKind.LATER),
        (1, "sbatch: fatal: Could not establish a configuration source", SubmitKind.ABSENT),
        (1, "sbatch: error: QOSMaxSubmitJobPerUserLimit", SubmitKind.LATER),
        (1, "sbatch: error: AssocMaxSubmitJobLimit", SubmitKind.LATER),
        (
            1,
            "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
            SubmitKind.UNCLEAR,
        ),
        (127, "sbatch is not on PATH here; is this the login node?", SubmitKind.ABSENT),
        (127, "sbatch cannot be run: Resource temporarily unavailable", SubmitKind.LATER),
        (-9, "", SubmitKind.UNCLEAR),
        (0, "", SubmitKind.UNCLEAR),
        (0, "done", SubmitKind.UNCLEAR),
        (None, "", SubmitKind.UNCLEAR),
    ],
)
def test_no_job(returncode: int | None, words: str, kind: SubmitKind) -> None:
    submission = Slurm().read_submit(Answer(returncode, "", words))
    assert submission.kind is kind
    assert words in submission.words
    assert submission.words


# --- squeue
def test_jobs_that_wait_tell_why() -> None:
    found = statuses("6", "13", "7_[1-3]")
    assert {status.phase for status in found.values()} == {Phase.PENDING}
    assert [status.reason for status in found.values()] == [
        "PartitionConfig",
        "ReqNodeNotAvail, UnavailableNodes:node2",
        "JobHeldUser",
    ]


def test_a_job_that_runs_tells_where() -> None:
    assert statuses("8") == {"8": JobStatus(job_id="8", phase=Phase.RUNNING, word="RUNNING", reason="on node1")}


@pytest.mark.parametrize(
    ("job_id", "word", "cause", "reason", "end_time"),
    [
        ("1", "CANCELLED", "CANCELLED", "on node1", local(5, 45, 23)),
        ("2", "TIMEOUT", "TIMEOUT", "TimeLimit, on node1", local(5, 45, 55)),
        ("3", "FAILED", None, "exit code 3, on node1", local(5, 44, 50)),
        ("4", "COMPLETED", None, "on node1", local(5, 44, 50)),
        ("5", "FAILED", None, "JobLaunchFailure, signal 9, on node1", local(5, 44, 50)),
        ("12", "NODE_FAIL", "NODE_FAIL", "NodeDown, on node2", local(5, 45, 25)),
    ],
)
def test_how_a_job_ended(job_id: str, word: str, cause: str | None, reason: str, end_time: datetime) -> None:
    expected = JobStatus(job_id=job_id, phase=Phase.ENDED, word=word, cause=cause, reason=reason, end_time=end_time)
    assert statuses(job_id) == {job_id: expected}


def test_a_job_that_nobody_knows() -> None:
    assert statuses("99") == {"99": JobStatus(job_id="99", phase=Phase.UNKNOWN)}


def test_only_what_is_missing_is_asked_elsewhere() -> None:
    ask_status(ADAPTER, ["1", "8"], answering(squeue=Answer(0, SQUEUE)))  # the others would be a KeyError


@pytest.mark.parametrize(
    "answer",
    [
        Answer(1, "", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"),
        Answer(None),
        Answer(127, "", "squeue is not on PATH here"),
    ],
)
def test_silence_concludes_nothing(answer: Answer) -> None:
    shell = answering(squeue=answer)
    with pytest.raises(SchedulerError, match="squeue does not answer"):
        ask_status(ADAPTER, ["1"], shell)
    with pytest.raises(SchedulerError, match="squeue does not answer"):
        ask_count(ADAPTER, "me", shell)
    with pytest.raises(SchedulerError, match="squeue does not answer"):
        ask_token(ADAPTER, "ab12", shell)


@pytest.mark.parametrize(
    "answer",
    [Answer(1, "", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"), Answer(None)],
)
def test_a_controller_that_goes_away_between_two_questions_concludes_nothing(answer: Answer) -> None:
    shell = answering(squeue=Answer(0, SQUEUE), scontrol=answer, sacct=DISABLED)
    with pytest.raises(SchedulerError, match="scontrol does not answer"):
        ask_status(ADAPTER, ["1", "99"], shell)
    assert ask_status(ADAPTER, ["1"], shell)["1"].word == "CANCELLED"


def test_a_site_without_scontrol() -> None:
    absent = Answer(127, "", "scontrol is not on PATH here")
    shell = answering(squeue=Answer(0, SQUEUE), scontrol=absent, sacct=absent)
    assert ask_status(ADAPTER, ["99"], shell)["99"].phase is Phase.UNKNOWN


def test_jobs_that_are_hidden_from_a_user_are_asked_for_all_the_same() -> None:
    asked: list[Command] = []

    def shell(command: Command) -> Answer:
        asked.append(command)
        return Answer(0, "")

    ask_status(ADAPTER, ["1"], shell)
    ask_count(ADAPTER, "me", shell)
    ask_token(ADAPTER, "ab12", shell)
    assert [command.argv[0] for command in asked if "-a" in command.argv] == ["squeue", "scontrol", "squeue", "squeue"]
    assert all("SQUEUE_PARTITION" in command.hidden for command in asked)


@pytest.mark.parametrize(
    ("status_cmd", "scontrol"),
    [
        ("", ["scontrol"]),
        ("/opt/slurm/bin/squeue", ["/opt/slurm/bin/scontrol"]),
        ("ssh login squeue", ["ssh", "login", "scontrol"]),
        ("/opt/my-queue-lister", ["scontrol"]),
    ],
)
def test_where_squeue_is_its_sisters_are(status_cmd: str, scontrol: list[str]) -> None:
    controller, _ = Slurm().follow_up_argvs(status_cmd, ["1"])
    assert list(controller[: len(scontrol)]) == scontrol
    token_argv = Slurm().token_argv(status_cmd)
    assert token_argv is not None
    assert token_argv[0] == (status_cmd.split() or ["squeue"])[0]


def test_what_may_be_hidden_from_another_user_is_not_lost() -> None:
    mine = adapter_from_identity({"q_type": "SLURM", "user": "me"})
    others = {"squeue": Answer(0, SQUEUE), "scontrol": Answer(0, "No jobs in the system\n"), "sacct": DISABLED}
    with pytest.raises(SchedulerError, match="tells you nothing of some jobs of me"):
        ask_status(mine, ["1", "99"], answering(**others, id=Answer(0, "you\n")))
    assert ask_status(mine, ["1"], answering(**others, id=Answer(0, "you\n")))["1"].word == "CANCELLED"
    assert ask_status(mine, ["99"], answering(**others, id=Answer(0, "me\n")))["99"].phase is Phase.UNKNOWN


ELSEWHERE = adapter_from_identity({"q_type": "SLURM", "cluster": "big"})


def config(cluster: str) -> Answer:
    return Answer(0, f"Configuration data\nBootTime = x\nClusterName = {cluster}\n")


def test_another_cluster_knows_nothing_of_these_jobs() -> None:
    shell = answering(scontrol=config("small"), squeue=Answer(0, SQUEUE))
    with pytest.raises(SchedulerError, match="this is the cluster small, but jobs were submitted on big"):
        ask_status(ELSEWHERE, ["4"], shell)
    shell = answering(scontrol=config("big"), squeue=Answer(0, SQUEUE))
    assert ask_status(ELSEWHERE, ["4"], shell)["4"].word == "COMPLETED"


def test_a_job_remembers_its_cluster_and_its_user() -> None:
    found = located(ADAPTER, answering(scontrol=config("big"), id=Answer(0, "me\n")))
    assert found.identity() == {"q_type": "SLURM", "cluster": "big", "user": "me"}
    assert found.identity("other")["cluster"] == "other"
    assert located(ADAPTER, answering(scontrol=Answer(127), id=Answer(1))).identity() == {"q_type": "SLURM"}
    assert Slurm().read_submit(Answer(0, "Submitted batch job 17 on cluster big\n")).cluster == "big"
    assert Slurm().read_submit(Answer(0, "17;big\n")).cluster == "big"
    assert Slurm().read_submit(Answer(0, "Submitted batch job 17\n")).cluster == ""


def test_lines_of_another_form_are_no_jobs() -> None:
    assert statuses("5", squeue="squeue: warning\n5|RUNNING\n\n")["5"].phase is Phase.UNKNOWN


def test_a_site_with_its_own_time_format() -> None:
    assert statuses("1", squeue="1|COMPLETED|Mon 05:45|node1|0|None|\n")["1"].end_time is None


# --- scontrol, sacct
def test_jobs_of_others_are_found_and_a_path_does_not_deceive() -> None:
    found = statuses("20", "21", "22_1", scontrol=SCONTROL)
    assert found["20"] == JobStatus(job_id="20", phase=Phase.RUNNING, word="RUNNING", reason="on node1")
    assert (found["21"].word, found["21"].reason) == ("FAILED", "exit code 3, on node[1-2]")
    assert (found["22_1"].phase, found["22_1"].reason) == (Phase.PENDING, "Resources")


def test_accounting_knows_what_the_controller_has_forgotten() -> None:
    found = statuses("30", "31", "32", "33", "34", "35", sacct=Answer(0, SACCT))
    assert {job_id: status.cause for job_id, status in found.items()} == {
        "30": "CANCELLED",
        "31": "OUT_OF_MEMORY",
        "32": None,
        "33": None,
        "34": "PREEMPTED",
        "35": None,
    }
    assert found["30"].reason == ""
    assert found["32"].reason == "exit code 127, on node1"
    assert found["35"].phase is Phase.UNKNOWN


# --- count, token
def test_jobs_are_counted() -> None:
    assert ask_count(ADAPTER, "me", answering(squeue=Answer(0, "me\nme\n"))) == 2
    assert ask_count(ADAPTER, "me", answering(squeue=Answer(0, ""))) == 0
    assert Slurm().count_argv("", "me", "batch") == ("squeue", "-a", "-r", "-o", "%u", "-u", "me", "-h", "-p", "batch")


def test_a_job_is_found_by_its_token() -> None:
    lines = (
        "4|(null)\n8|abc|def\n9|longfuse:ab12\n11|longfuse:ab12\n10|other\n12|mine;longfuse:cd34\n13|longfuse:ab123\n"
    )
    shell = answering(squeue=Answer(0, lines))
    assert ask_token(ADAPTER, "ab12", shell) == "11"
    assert ask_token(ADAPTER, "cd34", shell) == "12"
    assert ask_token(ADAPTER, "ab", shell) is None


def test_times_are_those_of_the_machine_that_asks() -> None:
    end_time = statuses("1")["1"].end_time
    assert end_time is not None
    assert end_time.utcoffset() == timedelta(0)


# --- job arrays
STEM = "0123456789abcdef0123456789"


def test_what_has_not_begun_of_an_array_is_one_record() -> None:
    text = (
        "JobId=40 ArrayJobId=40 ArrayTaskId=4-5,9%2 JobName=a JobState=PENDING Reason=Priority\n"
        "JobId=41 ArrayJobId=40 ArrayTaskId=1 JobName=a JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0\n"
        "JobId=50 JobName=b JobState=RUNNING Reason=None NodeList=n1\n"
    )
    found = Slurm().read_follow_up([Answer(0, text), Answer(1)])
    assert {job_id: status.word for job_id, status in found.items()} == {
        **dict.fromkeys(("40_4", "40_5", "40_9"), "PENDING"),
        "40_1": "FAILED",
        "50": "RUNNING",
    }


def test_accounts_of_elements() -> None:
    text = "40_[4-5%2]|PENDING|Unknown|None assigned|0:0\n40_1|TIMEOUT|2026-11-23T10:00:00|n1|0:0\n"
    found = Slurm().read_follow_up([Answer(0, ""), Answer(0, text)])
    assert {job_id: status.word for job_id, status in found.items()} == {
        "40_4": "PENDING",
        "40_5": "PENDING",
        "40_1": "TIMEOUT",
    }
    [_, sacct] = Slurm().follow_up_argvs("", ["40_1", "40_2", "7"])
    assert sacct[sacct.index("-j") + 1] == "40,7"


def test_an_element_that_left_its_array_was_cancelled() -> None:
    line = "40_1|PENDING|N/A||0|Priority|\n"
    known = ask_status(
        ADAPTER, ["40_1", "40_2", "41_1"], answering(squeue=Answer(0, line), scontrol=Answer(0), sacct=Answer(1))
    )
    assert [known[job_id].phase for job_id in ("40_1", "40_2", "41_1")] == [Phase.PENDING, Phase.ENDED, Phase.UNKNOWN]
    assert known["40_2"].cause == "CANCELLED"


@pytest.mark.parametrize(("index", "job_id"), [(1, "40_1"), (12, "40_12"), (2, None), (9, "41")])
def test_an_element_is_found_by_its_token(index: int, job_id: str | None) -> None:
    lines = f"40_1|longfuse:{STEM}\n40_12|mine;longfuse:{STEM}\n41|longfuse:{element_token(STEM, 9)}\n42|\n"
    assert Slurm().read_token(Answer(0, lines), element_token(STEM, index)) == job_id


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        (Answer(0, "MaxArraySize            = 1001\n"), 1000),
        (Answer(0, "MaxArraySize = 0\n"), 0),
        (Answer(1, "MaxArraySize = 1001\n"), 0),
        (Answer(0, ""), 0),
        (None, 0),
    ],
)
def test_the_limit_of_an_array(answer: Answer | None, limit: int) -> None:
    assert Slurm().read_array_limit(answer) == limit
