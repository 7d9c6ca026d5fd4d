"""The seam to batch systems: values, and `QueueAdapter`, which puts a dialect together with a user's parameters.

Nothing here runs a command or reads a file. An adapter says which command to run (`Command`) and what its answer means;
whoever launches passes in a `Shell` that runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from longfuse.errors import ConfigError, SchedulerError
from longfuse.queue import template
from longfuse.queue.array import LAUNCH_DIR, ArrayWords
from longfuse.queue.policy import KEY, read_policy

if TYPE_CHECKING:
    from datetime import datetime

FW_NAME = "CommonAdapter"
"""What ``_fw_name`` of a queue adapter file says."""

NOT_FOUND = 127
"""A shell's exit code for a program that is not there."""

SUBMIT_TIMEOUT_S = 120.0
STATUS_TIMEOUT_S = 30.0
LAUNCH_VARIABLE = "LONGFUSE_TOKEN"
"""The variable of a job that holds a launch's token, where there are no comments."""

COMMENT_PREFIX = "longfuse:"
"""Before a launch's token, where a batch system keeps a comment with the job."""

COMMENT_SEPARATOR = ";"
"""Between a comment of the user's own and ours."""

CLUSTER = "cluster"
"""The key of an identity that names which of a site's batch systems has the job."""

USER = "user"
"""The key of an identity that names whose job it is."""

TOKENLESS = "tokenless"
"""The key of an identity that says that its jobs carry no token: not to find one says nothing."""

POLICY = "policy"
"""What a launch remembers of ``when_killed``, beside its batch system's identity."""

JOB_NAME = "FW_job"
"""FireWorks' name of a job that nobody named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to run.

    Attributes:
        argv: Program and arguments.
        cwd: Where, or None for here.
        stdin: What it reads, or None for nothing.
        timeout_s: After how many seconds to give up.
        hidden: Environment variables that it must not see.
    """

    argv: tuple[str, ...]
    cwd: str | None = None
    stdin: str | None = None
    timeout_s: float = STATUS_TIMEOUT_S
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said; ``returncode`` is None if it did not end in time."""

    returncode: int | None
    stdout: str = ""
    stderr: str = ""

    @property
    def words(self) -> str:
        """Its own words on one line."""
        return " ".join((self.stderr.strip() or self.stdout.strip()).split())


Shell = Callable[[Command], Answer]
"""Runs a command. A program that is not there answers `NOT_FOUND` and a sentence on stderr."""


class Phase(Enum):
    """Where a job is. UNKNOWN: the batch system answers, and does not know the job (any more)."""

    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """The batch system's word on a job.

    Attributes:
        job_id: The job.
        phase: Where it is.
        word: The batch system's own word for that (``TIMEOUT``).
        cause: Why it did not end well, in our words (docs/glossary.md), or None.
        reason: The batch system's explanation, or empty.
        end_time: When it ended, if that is known.
    """

    job_id: str
    phase: Phase
    word: str = ""
    cause: str | None = None
    reason: str = ""
    end_time: datetime | None = None


class SubmitKind(Enum):
    """How a submission went.

    UNCLEAR: the job may be there or not; it has to be looked for by its token. ABSENT: the program that submits is not.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"
    UNCLEAR = "unclear"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Submission:
    """How a submission went.

    Attributes:
        kind: Accepted, refused for good, not possible now, unclear, or nobody there to submit to.
        job_id: The job, if it was accepted.
        words: The batch system's own words, if it was not.
        cluster: Which of a site's batch systems took it, if it says so.
    """

    kind: SubmitKind
    job_id: str = ""
    words: str = ""
    cluster: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How a batch system's options are written in its scripts.

    Attributes:
        directive: What such a line begins with (``#SBATCH``).
        dashes: What an option begins with.
        assign: What is between an option and its value.
        carrier: The option that carries a launch's token; a user's own directive of that name takes its place.
    """

    directive: str
    dashes: str = "-"
    assign: str = " "
    carrier: str = ""


class Dialect(Protocol):
    """One batch system: its commands and the meaning of their answers."""

    @property
    def q_type(self) -> str:
        """Its name in ``_fw_q_type``."""

    @property
    def spelling(self) -> Spelling:
        """How its options are written."""

    @property
    def aliases(self) -> Mapping[str, str]:
        """Other names of template variables."""

    @property
    def filters(self) -> frozenset[str]:
        """Environment variables by which a user hides jobs from their own eyes, and would from ours."""

    def job_name(self, name: str) -> str:
        """The nearest name that a job may have."""

    def submit_argv(self, program: str, script: str) -> tuple[str, ...]:
        """Hand in a script that lies in the current directory."""

    def read_submit(self, answer: Answer) -> Submission:
        """What the answer to that means."""

    def count_argv(self, program: str, user: str, queue: str | None) -> tuple[str, ...]:
        """Ask for the user's jobs in the queue."""

    def read_count(self, answer: Answer, queue: str | None) -> int:
        """How many there are; `SchedulerError` if it did not answer."""

    def status_argv(self, program: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """Ask for these jobs, or all of this user's; ended ones too as far as they are remembered."""

    def read_status(self, answer: Answer) -> dict[str, JobStatus]:
        """What the answer says, by job id; `SchedulerError` if it did not answer."""

    def follow_up_argvs(self, program: str, job_ids: Sequence[str]) -> list[tuple[str, ...]]:
        """Where else to ask for jobs that the first answer did not have."""

    def read_follow_up(self, answers: Sequence[Answer]) -> dict[str, JobStatus]:
        """What those answers say; `SchedulerError` if without them nothing can be concluded."""

    def forgotten(self, job_ids: Sequence[str], known: Mapping[str, JobStatus]) -> dict[str, JobStatus]:
        """What can be said of jobs that no answer had, from what is known of others."""

    def token_argv(self, program: str) -> tuple[str, ...] | None:
        """Ask for the comments of this user's jobs; None where there are no comments."""

    def read_token(self, answer: Answer, token: str) -> str | None:
        """The job with this launch's token in its comment, or None; `SchedulerError` if it did not answer."""

    def cluster_argv(self, program: str) -> tuple[str, ...] | None:
        """Ask which of a site's batch systems this is; None where there can be only one."""

    def read_cluster(self, answer: Answer) -> str:
        """Its name, or empty if it does not tell."""

    def cancel_argv(self, job_id: str) -> tuple[str, ...]:
        """Remove a job, or one element of a job array."""

    @property
    def arrays(self) -> ArrayWords | None:
        """How it speaks of job arrays; None where there are none."""

    def array_limit_argv(self, program: str) -> tuple[str, ...] | None:
        """Ask for the highest index that an element of a job array may have; None where `array_limit` knows it."""

    def read_array_limit(self, answer: Answer | None) -> int:
        """That index; 0 if there are no arrays, or it did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAdapter:
    """A batch system and how a user wants to use it.

    Attributes:
        dialect: The batch system.
        script_template: The text with ``$${name}`` in it.
        parameters: Values for the template, and ``rocket_launch``, ``pre_rocket``, ``post_rocket``.
        submit_cmd: The program that submits, if not the usual one.
        status_cmd: The program that tells of jobs, if not the usual one.
        timeout_s: How long to wait for an answer about jobs.
        source: Where the parameters come from, for messages.
        extras: What else `identity` must remember.
        when_killed: What to do about jobs that do not end well, see `longfuse.queue.policy`.
        courier: Parameters of the job that ``qlaunch --courier`` makes, see `longfuse.launchers.courier`.
    """

    dialect: Dialect
    script_template: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    submit_cmd: str = ""
    status_cmd: str = ""
    timeout_s: float = STATUS_TIMEOUT_S
    source: str = "the queue adapter"
    extras: Mapping[str, Any] = field(default_factory=dict)
    when_killed: Any = None
    courier: Any = None

    @property
    def directives(self) -> list[str]:
        """The user's own directive lines."""
        return (_directives(self.parameters.get("directives"), self.dialect.spelling) or "").splitlines()

    @property
    def rocket_launch(self) -> str:
        """The command line that starts a rocket."""
        return str(self.parameters.get("rocket_launch") or "").strip()

    @property
    def queue(self) -> str | None:
        """The queue or partition the user named."""
        return str(self.parameters.get("queue") or "") or None

    @property
    def carries_token(self) -> bool:
        """Whether jobs have the launch's token with them, so that they can be looked for."""
        wished = "\n".join(self.directives)
        own = re.search(rf"(?:^|\s){re.escape(self.dialect.spelling.carrier)}(?=[\s=]|$)", wished, re.MULTILINE)
        return bool(TOKEN_PLACES & template.names(self.script_template)) and own is None

    def with_parameters(self, changes: Mapping[str, Any], source: str) -> QueueAdapter:
        """The same with some parameters changed (``spec._queueadapter``); None takes one away.

        Raises:
            ConfigError: A key is unknown.
        """
        changes = {key: value for key, value in changes.items() if key not in REPEATED}
        steering = next((key for key in changes if key.startswith("_")), None)
        if steering is not None:
            raise ConfigError(f"{source}: `{steering}` is for the queue adapter file, a Firework cannot change it")
        when_killed = changes.pop(KEY, self.when_killed)
        checked = check_parameters(changes, self.dialect, self.script_template, source)
        return replace(self, parameters={**self.parameters, **checked}, when_killed=when_killed)

    def policy(self) -> dict[str, Any]:
        """What a launch remembers of `when_killed`.

        Raises:
            ConfigError: It cannot be understood.
        """
        return read_policy(self.when_killed, self.parameters, self.source, self._name_of)

    def _name_of(self, key: str) -> str:
        [name] = check_parameters({key: 1}, self.dialect, self.script_template, self.source)
        return name

    def render(self, launch_dir: str, token: str = "") -> str:
        """The script for one launch.

        Args:
            launch_dir: Absolute path.
            token: The launch's token, which goes with the job at the end of its comment.
        """
        return self._filled(template.quoted(launch_dir), token)

    def render_array(self, stem: str) -> str | None:
        """The script of a job array, in which nothing stands for one launch only; None if there can be no array of it.

        Args:
            stem: What the tokens of its launches begin with.
        """
        words = self.dialect.arrays
        text = self._filled(f'"${LAUNCH_DIR}"', stem)
        return text if words and self.carries_token and words.fits(text) else None

    def _filled(self, launch_dir: str, token: str) -> str:
        """The script, with a launch directory as a shell reads it."""
        values = {key: _text(key, value) for key, value in self.parameters.items() if value is not None}
        comment = [template.plain_name(values.get("comment", "")), COMMENT_PREFIX + token if token else ""]
        values["comment"] = COMMENT_SEPARATOR.join(part for part in comment if part)
        values["token"] = token
        values["directives"] = "\n".join(self.directives)
        values["launch_dir"] = launch_dir
        values["job_name"] = self.dialect.job_name(template.plain_name(values.get("job_name") or JOB_NAME))
        return template.fill(self.script_template, values)

    def submit_command(self, script: str, launch_dir: str) -> Command:
        """Hand in the script of this name in the launch directory."""
        argv = self.dialect.submit_argv(self.submit_cmd, script)
        return Command(argv=argv, cwd=launch_dir, timeout_s=SUBMIT_TIMEOUT_S)

    def question(self, argv: tuple[str, ...]) -> Command:
        """Ask about jobs with this command line."""
        return Command(argv=argv, timeout_s=self.timeout_s, hidden=self.dialect.filters)

    def identity(self, cluster: str = "") -> dict[str, Any]:
        """What a later recovery needs to ask for a job again, JSON-able.

        Args:
            cluster: Which batch system said that it has the job, if it said so.
        """
        tokenless = bool(self.script_template) and not self.carries_token
        told = (
            ("submit_cmd", self.submit_cmd),
            ("status_cmd", self.status_cmd),
            (CLUSTER, cluster),
            (TOKENLESS, tokenless),
            (POLICY, self.policy()),
        )
        return {"q_type": self.dialect.q_type, **self.extras, **{key: value for key, value in told if value}}


def located(adapter: QueueAdapter, shell: Shell) -> QueueAdapter:
    """The adapter that knows, and whose identity tells, which of a site's batch systems it speaks to, and for whom."""
    told = {CLUSTER: ask_cluster(adapter, shell), USER: _ask_user(shell)}
    return replace(adapter, extras={**adapter.extras, **{key: value for key, value in told.items() if value}})


def ask_cluster(adapter: QueueAdapter, shell: Shell) -> str:
    """Which of a site's batch systems this is; empty if there can be only one, or it does not answer."""
    argv = adapter.dialect.cluster_argv(adapter.status_cmd)
    return adapter.dialect.read_cluster(shell(adapter.question(argv))) if argv is not None else ""


def ask_status(adapter: QueueAdapter, job_ids: Sequence[str], shell: Shell) -> dict[str, JobStatus]:
    """Ask for all these jobs in one go.

    Returns:
        A status for each; UNKNOWN for a job that the batch system answers it does not know.

    Raises:
        SchedulerError: It did not answer, is another one than has the jobs, or may hide them as another user's: nothing
            is known.
    """
    _check_cluster(adapter, shell)
    dialect = adapter.dialect
    known = dialect.read_status(shell(adapter.question(dialect.status_argv(adapter.status_cmd, job_ids))))
    missing = [job_id for job_id in job_ids if job_id not in known]
    if missing:
        argvs = dialect.follow_up_argvs(adapter.status_cmd, missing)
        answers = [shell(adapter.question(argv)) for argv in argvs]
        known = {**dialect.read_follow_up(answers), **known}
    if not known.keys() >= set(job_ids):
        _check_user(adapter, shell)
    forgotten = dialect.forgotten([job_id for job_id in job_ids if job_id not in known], known)
    return {i: known.get(i) or forgotten.get(i) or JobStatus(job_id=i, phase=Phase.UNKNOWN) for i in job_ids}


def _check_cluster(adapter: QueueAdapter, shell: Shell) -> None:
    """Job ids mean nothing to another cluster, or, worse, something else."""
    theirs = adapter.extras.get(CLUSTER)
    here = ask_cluster(adapter, shell) if theirs else theirs
    if here and here != theirs:
        raise SchedulerError(
            f"this is the cluster {here}, but jobs were submitted on {theirs}: nothing can be said of them here; "
            f"recover on a login node of {theirs}"
        )


def _check_user(adapter: QueueAdapter, shell: Shell) -> None:
    """Many sites show nobody the jobs of others (Slurm's ``PrivateData=jobs``)."""
    theirs = adapter.extras.get(USER)
    if theirs and _ask_user(shell) not in ("", theirs):
        raise SchedulerError(
            f"{adapter.dialect.q_type} tells you nothing of some jobs of {theirs}: they are over, or hidden from you; "
            f"let {theirs} recover"
        )


def _ask_user(shell: Shell) -> str:
    """Who asks; empty if that has no name here."""
    return shell(Command(argv=("id", "-un"))).stdout.strip()


def ask_count(adapter: QueueAdapter, user: str, shell: Shell) -> int:
    """How many jobs the user has in the adapter's queue.

    Raises:
        SchedulerError: The batch system did not answer.
    """
    argv = adapter.dialect.count_argv(adapter.status_cmd, user, adapter.queue)
    return adapter.dialect.read_count(shell(adapter.question(argv)), adapter.queue)


def ask_array_limit(adapter: QueueAdapter, shell: Shell) -> int:
    """The highest index that an element of a job array may have; 0 where there are no arrays, or nobody tells."""
    if adapter.dialect.arrays is None:
        return 0
    argv = adapter.dialect.array_limit_argv(adapter.status_cmd)
    return adapter.dialect.read_array_limit(shell(adapter.question(argv)) if argv is not None else None)


def ask_token(adapter: QueueAdapter, token: str, shell: Shell) -> str | None:
    """The job that carries this launch's token, or None.

    Raises:
        SchedulerError: The batch system did not answer, or keeps no comments.
    """
    return ask_tokens(adapter, [token], shell).get(token)


def ask_tokens(adapter: QueueAdapter, tokens: Sequence[str], shell: Shell) -> dict[str, str]:
    """The jobs that carry these launches' tokens, asked for in one go; a token that no job carries is not among them.

    Raises:
        SchedulerError: The batch system did not answer, is another one, or keeps no comments.
    """
    argv = adapter.dialect.token_argv(adapter.status_cmd)
    if argv is None or adapter.extras.get(TOKENLESS):
        what = f"{adapter.dialect.q_type} keeps" if argv is None else "The script carries"
        raise SchedulerError(f"{what} no comment of ours with a job, so it cannot be looked for")
    _check_cluster(adapter, shell)
    answer = shell(adapter.question(argv))
    found = {token: adapter.dialect.read_token(answer, token) for token in tokens}
    if None in found.values():
        _check_user(adapter, shell)
    return {token: job_id for token, job_id in found.items() if job_id is not None}


def identity_of(queue: Mapping[str, Any]) -> dict[str, Any]:
    """What is the same for all launches through one batch system, of what a launch remembers."""
    return {key: value for key, value in queue.items() if key != POLICY}


def adapter_from_identity(identity: Mapping[str, Any]) -> QueueAdapter:
    """The adapter that `QueueAdapter.identity` described, good for asking, not for submitting."""
    from longfuse.queue.dialects import dialect_of

    extras = {k: v for k, v in identity.items() if k not in ("q_type", "submit_cmd", "status_cmd", POLICY)}
    return QueueAdapter(
        dialect=dialect_of(str(identity["q_type"]), extras),
        script_template="",
        submit_cmd=str(identity.get("submit_cmd", "")),
        status_cmd=str(identity.get("status_cmd", "")),
        extras=extras,
    )


TOKEN_PLACES = frozenset({"comment", "token"})
"""Where a template has a launch's token: at the end of a comment, or as it is."""

COMMANDS = frozenset({"rocket_launch", "pre_rocket", "post_rocket"})
"""Parameters that are shell commands."""

REPEATED = frozenset({"_fw_name", "_fw_q_type", "_fw_q_name"})
"""What a Firework may repeat of the queue adapter file, and may not change."""

ALWAYS = frozenset({"rocket_launch", "pre_rocket", "post_rocket", "job_name", "directives", "logdir", "launch_dir"})
"""Parameters that every batch system has."""


def check_parameters(given: Mapping[str, Any], dialect: Dialect, script_template: str, source: str) -> dict[str, Any]:
    """A user's parameters under the names that the template uses.

    Raises:
        ConfigError: A key is unknown, or a thing is named twice.
    """
    names = template.names(script_template) - {"token"}
    checked: dict[str, Any] = {}
    for key, value in given.items():
        name = dialect.aliases.get(key, key)
        name = name if name in names else name.replace("-", "_")
        if name not in names and name not in ALWAYS:
            known = sorted((names | ALWAYS | dialect.aliases.keys()) - {"launch_dir", "comment"})
            raise ConfigError(f"{source}: unknown key `{key}`{_hint(key, known)}")
        if checked.get(name) not in (None, value) and value is not None:
            raise ConfigError(f"{source}: `{key}` and another key both set {name}; keep one of them")
        checked[name] = checked.get(name) if value is None else value
    return checked


def carried_token(comment: str) -> str:
    """The launch's token in a job's comment, or empty."""
    last = comment.strip().rpartition(COMMENT_SEPARATOR)[2]
    return last.removeprefix(COMMENT_PREFIX) if last.startswith(COMMENT_PREFIX) else ""


def _hint(key: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1)
    what = f"did you mean `{near[0]}`? " if near else ""
    return f"; {what}any other directive of the batch system goes into the list `directives`"


def _text(key: str, value: Any) -> str:
    """A parameter as the script has it; a YAML list is lines of a command, or items of a directive."""
    if isinstance(value, list):
        return ("\n" if key in COMMANDS else ",").join(map(str, value))
    return str(value)


def _directives(given: Any, spelling: Spelling) -> str | None:
    """The user's own directive lines, from text, a list of options, or options and their values."""
    if isinstance(given, str):
        given = given.splitlines()
    if isinstance(given, Mapping):
        given = [_option(str(key), value, spelling) for key, value in given.items() if value is not False]
    lines = [line.strip() for line in map(str, given or []) if line.strip()]
    return "\n".join(line if line.startswith("#") else _directive(line, spelling) for line in lines) or None


def _option(name: str, value: Any, spelling: Spelling) -> str:
    return name if value is None or value is True else f"{name}{spelling.assign}{value}"


def _directive(option: str, spelling: Spelling) -> str:
    dashes = "" if option.startswith("-") else spelling.dashes
    return f"{spelling.directive} {dashes}{option}"
