"""Couriers: tiny jobs that bring results home and launch what these make READY, where nobody else does.

A *courier* is a batch job on a node that may open the LaunchPad: ``lpad recover_offline``, then the same ``qlaunch``
again. It is called in two ways. The last thing that each job of ours does is to call it, and of those calls one counts:
an exclusively created file says that a courier is on its way, and the courier takes it away before it looks. And
``qlaunch`` itself submits one that waits for the end of all that it has submitted, however these jobs end; this is the
*net* under jobs that cannot call any more.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from longfuse.errors import ConfigError, LaunchDirError, SchedulerError
from longfuse.launchers.submission import write_script
from longfuse.queue import template
from longfuse.queue.adapter import SUBMIT_TIMEOUT_S, Command, SubmitKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from longfuse.queue.adapter import QueueAdapter, Shell

FOLDER = "FW_courier"
"""The folder below the launch directory that holds what follows."""

JOB, CALL, CALLED, OUTPUT = "job", "call", "called", "output"

INHERITED = ("account", "pre_rocket")
"""What a courier has in common with other jobs, unless it is told otherwise."""

MOST = 500
"""For so many jobs at most a net waits, the last ones."""

STALE_MIN = 60
"""A courier that was called so long ago and has not come is called again."""

_CALL = """\
#!/bin/sh
# Written by qlaunch --courier. The last thing that a job does: wakes the courier, unless it is on its way.
cd {folder} || exit 0
find {called} -mmin +{stale_min} -exec rm -f {{}} + 2>/dev/null
(set -C; echo "$SLURM_JOB_ID" > {called}) 2>/dev/null || exit 0
wait_for=$SLURM_JOB_ID
for name in $(env | sed -n 's/^\\(SLURM_[A-Z0-9_]*\\)=.*/\\1/p'); do
    [ "$name" = SLURM_CONF ] || unset "$name"
done
{submit} --dependency="${{wait_for:+afterany:$wait_for,}}singleton" {job} > {said} 2>&1 || rm -f {called}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """The courier of one ``qlaunch``.

    Attributes:
        adapter: The batch system.
        folder: What it needs is here; absolute.
        home: Where its commands are typed; absolute.
        commands: What it does, one shell command each.
    """

    adapter: QueueAdapter
    folder: str
    home: str
    commands: Sequence[str]

    def check(self) -> None:
        """Refuse what cannot work.

        Raises:
            ConfigError: Which, and why.
        """
        source, wanted = self.adapter.source, {"pre_rocket", "directives"}
        if self.adapter.dialect.q_type != "SLURM":
            raise ConfigError(
                f"{source}: --courier needs jobs that wait for others, which Longfuse asks of Slurm only; elsewhere "
                "leave `qlaunch -r rapidfire --nlaunches infinite` running, or run it from cron"
            )
        missing = wanted - template.names(self.adapter.script_template)
        if missing:
            raise ConfigError(f"{source}: --courier needs $${{{min(missing)}}} in the script's template")
        self._job_adapter("courier")

    def prepare(self) -> None:
        """Write what jobs and couriers need.

        Raises:
            LaunchDirError: It cannot be written.
        """
        try:
            os.makedirs(self.folder, exist_ok=True)
        except OSError as error:
            raise LaunchDirError(f"Cannot make {self.folder}: {error.strerror}; give another --launch_dir") from None
        script = self._job_adapter("courier").render(self.home)
        write_script(self.folder, JOB, script)
        submit = shlex.join(self.adapter.submit_command(JOB, self.folder).argv[:-1])
        values = {"folder": shlex.quote(self.folder), "called": CALLED, "job": JOB, "said": "said", "submit": submit}
        write_script(self.folder, CALL, _CALL.format(stale_min=STALE_MIN, **values))

    def calling(self) -> QueueAdapter:
        """The adapter whose jobs call the courier when they end, whatever their script does, unless it is killed."""
        call = shlex.quote(f"sh {shlex.quote(os.path.join(self.folder, CALL))}")
        traps = [f"trap {call} EXIT", "trap 'exit 143' TERM"]
        given = self.adapter.parameters.get("pre_rocket")
        own = given if isinstance(given, list) else [] if given is None else [given]
        return replace(self.adapter, parameters={**self.adapter.parameters, "pre_rocket": [*traps, *own]})

    def spread_net(self, job_ids: Iterable[str], shell: Shell) -> str:
        """Submit a courier that comes when all these jobs have ended; returns its job id.

        Args:
            job_ids: Jobs, or elements of arrays.
            shell: Runs the command.

        Raises:
            SchedulerError: It was not accepted.
        """
        jobs = list(dict.fromkeys(job_id.partition("_")[0] for job_id in job_ids))[-MOST:]
        argv = list(self.adapter.submit_command(JOB, self.folder).argv)
        argv[-1:] = [f"--dependency=afterany:{':'.join(jobs)}", f"--job-name={self._name('net')}", JOB]
        command = Command(argv=tuple(argv), cwd=self.folder, timeout_s=SUBMIT_TIMEOUT_S)
        answer = self.adapter.dialect.read_submit(shell(command))
        if answer.kind is not SubmitKind.ACCEPTED:
            raise SchedulerError(
                f"No courier waits for the end of these jobs: {answer.words}. They call one themselves as they end; "
                "if they are killed, `lpad recover_offline` brings them home"
            )
        return answer.job_id

    def _job_adapter(self, kind: str) -> QueueAdapter:
        """The adapter for the courier's own job.

        Raises:
            ConfigError: The key ``courier`` of the queue adapter file cannot be understood.
        """
        source = f"{self.adapter.source}: `courier`"
        given: Any = self.adapter.courier or {}
        if not isinstance(given, dict):
            raise ConfigError(f"{source} must hold parameters and their values, not {given!r}")
        inherited = {key: self.adapter.parameters[key] for key in INHERITED if key in self.adapter.parameters}
        bare = replace(self.adapter, parameters=inherited, when_killed=None).with_parameters(given, source)
        output = os.path.join(self.folder, OUTPUT)
        own = [
            "--dependency=singleton",
            "--open-mode=append",
            f"--output={shlex.quote(output)}",
            f"--error={shlex.quote(output)}",
        ]
        changes = {
            "job_name": self._name(kind),
            "directives": [*bare.directives, *own],
            "rocket_launch": [f"rm -f {shlex.quote(os.path.join(self.folder, CALLED))}", *self.commands],
        }
        return replace(bare, parameters={**bare.parameters, **changes})

    def _name(self, kind: str) -> str:
        """Couriers of one name come one after the other."""
        return f"lf_{kind}_{sha256(self.folder.encode()).hexdigest()[:8]}"


def commands(lpad_words: Sequence[str], qlaunch_words: Sequence[str], grace_s: float) -> list[str]:
    """What a courier does: recover and launch; and again, when the grace of what ended just now is over.

    Args:
        lpad_words: Options of ``lpad``.
        qlaunch_words: The words of the ``qlaunch`` that it is to repeat.
        grace_s: How long after a job's end its files may still appear.
    """
    recover = shlex.join(["lpad", *lpad_words, "recover_offline"])
    launch = shlex.join(["qlaunch", *qlaunch_words])
    return [recover, launch, f"sleep {grace_s + 2:g}", recover, launch]


def given_words(options: Mapping[str, str | None]) -> list[str]:
    """Options and their values, for those that were given."""
    return [word for name, value in options.items() if value for word in (name, value)]
