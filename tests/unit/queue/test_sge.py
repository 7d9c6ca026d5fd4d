"""What Grid Engine says, and what it means. The texts are those of Son of Grid Engine 8.1.9, unless told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from longfuse.errors import SchedulerError
from longfuse.queue.adapter import (
    NOT_FOUND,
    Answer,
    JobStatus,
    Phase,
    QueueAdapter,
    SubmitKind,
    adapter_from_identity,
    ask_count,
    ask_status,
    ask_token,
)
from longfuse.queue.array import element_token
from longfuse.queue.sge import FEW, Sge

if TYPE_CHECKING:
    from longfuse.queue.adapter import Command

HEAD = """\
job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID
-----------------------------------------------------------------------------------------------------------------
"""
QSTAT = (
    HEAD
    + """\
      3 0.50000 sleep.sh   me           r     11/23/2026 08:14:35 all.q@sgehost                      1
     12 0.25000 good       me           Eqw   11/23/2026 08:14:39                                    1
      4 0.00000 sleep.sh   me           hqw   11/23/2026 08:14:36                                    1
      5 0.00000 x          me           qw    11/23/2026 08:14:36                                    1
      6 0.00000 x          me           dr    11/23/2026 08:14:36.123 all.q@sgehost                  1
"""
)
ENDED = (
    HEAD
    + """\
      2 0.00000 lim.sh     me           z     11/23/2026 08:14:35                                    1
      9 0.00000 good       me           z     11/23/2026 08:14:37                                    1
"""
)
RULE = "==============================================================\n"
NOT_ACCOUNTED = Answer(1, "", "error: job id 9 not found\n")
TOKEN = "0123456789abcdef0123456789abcdef"
JOBS = f"""\
{RULE}job_number:                 3
owner:                      me
context:                    longfuse={TOKEN}
{RULE}job_number:                 14
owner:                      me
context:                    mine=1,longfuse={"f" * 32}
scheduling info:            Job is in hold state
"""


def account(failed: str, code: str = "0", ran: str = "4s", category: str = "NONE", **more: str) -> str:
    fields = {
        "qname": "all.q",
        "hostname": "n1",
        "owner": "me",
        "jobname": "lim.sh",
        "jobnumber": "2",
        "end_time": "Mon Nov 23 08:14:39 2026",
        "failed": failed,
        "exit_status": code,
        "ru_wallclock": ran,
        "category": category,
        **more,
    }
    return RULE + "".join(f"{name:12} {value}  \n" for name, value in fields.items())


def adapter(owner: str = "me") -> QueueAdapter:
    return QueueAdapter(dialect=Sge(owner=owner), script_template="")


class GridEngine:
    """Answers, and remembers what it was asked."""

    def __init__(self, qstat: str = QSTAT, ended: str = HEAD, qacct: Answer = NOT_ACCOUNTED) -> None:
        self.answers = {"qstat": Answer(0, qstat), "ended": Answer(0, ended), "qacct": qacct}
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, command: Command) -> Answer:
        self.asked.append(command.argv)
        return self.answers["ended" if "-s" in command.argv else command.argv[0]]


def status(qacct: str, job_id: str = "2") -> JobStatus:
    return ask_status(adapter(), [job_id], GridEngine(qacct=Answer(0, qacct)))[job_id]


# --- qsub
@pytest.mark.parametrize(
    ("answer", "kind", "job_id"),
    [
        (Answer(0, 'Your job 17 ("good") has been submitted\n'), SubmitKind.ACCEPTED, "17"),
        (Answer(0, 'Hello!\nYour job 17 ("good") has been submitted\n'), SubmitKind.ACCEPTED, "17"),
        (Answer(0, "17\n"), SubmitKind.ACCEPTED, "17"),
        (Answer(0, "Hello 17 users!\n"), SubmitKind.UNCLEAR, ""),
        (Answer(None, "", ""), SubmitKind.UNCLEAR, ""),
        (Answer(1, "", "error: failed receiving gdi request response for mid=1"), SubmitKind.UNCLEAR, ""),
        (Answer(1, "", "error: unable to contact qmaster using port 6444 on host"), SubmitKind.LATER, ""),
        (Answer(1, "", "Unable to run job: job rejected: only 1 jobs are allowed per user"), SubmitKind.LATER, ""),
        (Answer(1, "", 'Unable to run job: unknown resource "foo"\nExiting.\n'), SubmitKind.REFUSED, ""),
        (Answer(1, "", "Unable to initialize environment because of error: SGE_ROOT directory"), SubmitKind.ABSENT, ""),
        (Answer(NOT_FOUND, "", "qsub is not on PATH here"), SubmitKind.ABSENT, ""),
    ],
)
def test_what_qsub_says(answer: Answer, kind: SubmitKind, job_id: str) -> None:
    done = Sge().read_submit(answer)
    assert (done.kind, done.job_id) == (kind, job_id)


# --- jobs that are there
@pytest.mark.parametrize(
    ("job_id", "phase", "reason"),
    [
        ("3", Phase.RUNNING, "on all.q@sgehost"),
        ("12", Phase.PENDING, "in error, `qstat -j` tells why and `qmod -cj` clears it"),
        ("4", Phase.PENDING, "held"),
        ("5", Phase.PENDING, ""),
        ("6", Phase.RUNNING, "on all.q@sgehost"),
    ],
)
def test_jobs_in_the_queue(job_id: str, phase: Phase, reason: str) -> None:
    found = ask_status(adapter(), [job_id], GridEngine())[job_id]
    assert (found.phase, found.reason) == (phase, reason)


def test_jobs_are_counted() -> None:
    assert ask_count(adapter(), "me", GridEngine()) == 5
    assert ask_count(adapter(), "me", GridEngine(qstat="")) == 0


# --- jobs that are over
@pytest.mark.parametrize(
    ("record", "cause", "reason"),
    [
        (account("0"), None, "on n1"),
        (account("0", "3"), None, "exit code 3, on n1"),
        (
            account("37  : qmaster enforced h_rt, h_cpu, or h_vmem limit", "137", category="-l h_rt=3"),
            "TIMEOUT",
            "h_rt",
        ),
        (account("37  : qmaster enforced h_rt limit", "137", "4s", "-l h_rt=900,h_vmem=1G"), "OUT_OF_MEMORY", "h_rt"),
        (account("37  : qmaster enforced h_rt limit", "137", "900s", "-l h_rt=900,h_vmem=1G"), "TIMEOUT", "h_rt"),
        (account("37  : qmaster enforced h_rt limit", "137"), "TIMEOUT", "h_rt"),
        (account("100 : assumedly after job", "137                  (Killed)"), "CANCELLED", "signal 9"),
        (account("100 : assumedly after job", "139"), None, "signal 11"),
        (account("19  : before writing exit_status"), "NODE_FAIL", "before writing exit_status"),
        (account("100 : assumedly after job", "143", deleted_by="me@login1"), "CANCELLED", "signal 15"),
    ],
)
def test_how_a_job_ended(record: str, cause: str | None, reason: str) -> None:
    found = status(record)
    assert (found.phase, found.cause) == (Phase.ENDED, cause)
    assert reason in found.reason
    assert found.end_time == datetime(2026, 11, 23, 8, 14, 39).astimezone(UTC)


def test_univas_times_are_understood() -> None:
    found = status(account("0", end_time="11/23/2026 08:14:39.500"))
    assert found.end_time == datetime(2026, 11, 23, 8, 14, 39, 500000).astimezone(UTC)


def test_the_last_record_of_a_job_that_ran_again_counts() -> None:
    assert status(account("25  : rescheduling") + account("0")).cause is None
    assert status(account("25  : rescheduling")).phase is Phase.UNKNOWN


def test_a_job_on_no_account_was_deleted_before_it_began() -> None:
    found = ask_status(adapter(), ["9"], GridEngine(ended=ENDED))["9"]
    assert (found.phase, found.cause) == (Phase.ENDED, "CANCELLED")


def test_without_accounts_no_cause_is_guessed() -> None:
    no_file = Answer(1, "", "error: /opt/sge/default/common/accounting: No such file or directory")
    assert ask_status(adapter(), ["9"], GridEngine(ended=ENDED, qacct=no_file))["9"].phase is Phase.UNKNOWN


def test_for_many_jobs_the_accounts_are_read_once() -> None:
    engine = GridEngine(qacct=Answer(0, account("0") + account("0", "1", jobnumber="21")))
    found = ask_status(adapter(), [str(number) for number in range(20, 21 + FEW)], engine)
    assert found["21"].phase is Phase.ENDED
    assert [argv for argv in engine.asked if argv[0] == "qacct"] == [("qacct", "-o", "me", "-j")]
    engine = GridEngine()
    ask_status(adapter(owner=""), [str(number) for number in range(20, 21 + FEW)], engine)
    assert len([argv for argv in engine.asked if argv[0] == "qacct"]) == FEW + 1


@pytest.mark.parametrize("words", ["Hello\n", "<html>503</html>\n"])
def test_nothing_is_concluded_from_nonsense(words: str) -> None:
    for ask in (lambda engine: ask_status(adapter(), ["3"], engine), lambda engine: ask_count(adapter(), "me", engine)):
        with pytest.raises(SchedulerError, match="cannot be understood"):
            ask(GridEngine(qstat=words))


def test_it_remembers_whose_jobs_they_are() -> None:
    asking = adapter_from_identity({"q_type": "SGE", "user": "mia"})
    assert asking.dialect.status_argv("", ()) == ("qstat", "-g", "d", "-u", "mia")


# --- tokens
def test_a_token_is_found_in_a_context() -> None:
    shell = GridEngine(qstat=JOBS)
    assert ask_token(adapter(), TOKEN, shell) == "3"
    assert ask_token(adapter(), "f" * 32, shell) == "14"
    assert ask_token(adapter(), "e" * 32, shell) is None


def test_without_any_job_there_is_no_token() -> None:
    shell = GridEngine()
    shell.answers["qstat"] = Answer(1, "", "Following jobs do not exist: \n*\n")
    assert ask_token(adapter(), TOKEN, shell) is None
    shell.answers["qstat"] = Answer(1, "", "error: commlib error: got select error")
    with pytest.raises(SchedulerError, match="does not answer"):
        ask_token(adapter(), TOKEN, shell)


# --- job arrays
ARRAY = """\
job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID
-----------------------------------------------------------------------------------------------------------------
      2 0.50000 s          me           r     11/23/2026 13:44:40 all.q@node1                        1 1
      2 0.50000 s          me           r     11/23/2026 13:44:40 all.q@node1                        1 3
      2 0.00000 s          me           hqw   11/23/2026 13:44:03                                    1 4,6-8:2
      3 0.00000 s          me           qw    11/23/2026 13:44:03                                    4
"""
STEM = "0123456789abcdef0123456789"
CARRIED = f"""\
==============================================================
job_number:                 2
job-array tasks:            1-8:1
context:                    mine=1,longfuse={STEM}
==============================================================
job_number:                 3
context:                    longfuse={element_token(STEM, 9)}
"""


def test_tasks_of_an_array() -> None:
    known = Sge().read_status(Answer(0, ARRAY))
    assert {job_id: status.phase for job_id, status in known.items()} == {
        **dict.fromkeys(("2.1", "2.3"), Phase.RUNNING),
        **dict.fromkeys(("2.4", "2.6", "2.8", "3"), Phase.PENDING),
    }
    assert known["2.1"].reason == "on all.q@node1"
    assert ask_count(adapter(), "me", GridEngine(qstat=ARRAY)) == 6


def test_accounts_of_tasks() -> None:
    records = account("0", taskid="1") + account("37  : qmaster enforced h_rt", "137", taskid="2")
    shell = GridEngine(qstat="", qacct=Answer(0, records))
    known = ask_status(adapter(), ["2.1", "2.2", "2.3"], shell)
    assert [known[f"2.{n}"].phase for n in (1, 2, 3)] == [Phase.ENDED, Phase.ENDED, Phase.UNKNOWN]
    assert known["2.2"].cause == "TIMEOUT"
    assert [argv for argv in shell.asked if argv[0] == "qacct"] == [("qacct", "-j", "2")]


@pytest.mark.parametrize(("index", "job_id"), [(1, "2.1"), (8, "2.8"), (9, "3"), (10, None)])
def test_a_task_is_found_by_its_token(index: int, job_id: str | None) -> None:
    assert Sge().read_token(Answer(0, CARRIED), element_token(STEM, index)) == job_id


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        (Answer(0, "max_aj_instances 2000\nmax_aj_tasks   500\n"), 500),
        (Answer(0, "max_aj_tasks 0\n"), 75000),
        (Answer(1, "max_aj_tasks 500\n"), 0),
        (Answer(0, "hello\n"), 0),
        (None, 0),
    ],
)
def test_the_limit_of_an_array(answer: Answer | None, limit: int) -> None:
    assert Sge().read_array_limit(answer) == limit
