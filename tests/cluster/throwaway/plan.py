"""What is decided before anything starts: names, addresses, limits and where the files are."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from tests.cluster.throwaway.processes import start_ticks

SLURMCTLD_PORT, SLURMD_PORT = 6817, 6818

PRIVATE_DIRS = ("/tmp", "/var/tmp", "/dev/shm", "/run")
"""What a node does not have in common with the login side, unless it is shared."""


class Isolation(StrEnum):
    """How the boxes are made."""

    NETNS = "netns"
    USERNS = "userns"


class Firewall(StrEnum):
    """What happens to a node's packets for other addresses."""

    UNREACHABLE = "unreachable"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boss:
    """The process that everything hangs below."""

    pid: int
    start_ticks: int

    @property
    def alive(self) -> bool:
        """Whether it still runs; another process with its number does not count."""
        return start_ticks(self.pid) == self.start_ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One cluster.

    Attributes:
        directory: Where all its files are, absolute.
        nodes: How many compute nodes.
        cpus: CPUs that each claims to have.
        mem_mb: Memory that each claims to have.
        isolation: How the boxes are made.
        firewall: What a node meets outside.
        share: Folders that the nodes see as they are.
        hide: Folders that are empty and read-only on the nodes.
        net: Third octet of its addresses: ``198.18.net.0/24``.
        user: Who runs it.
        kill_wait_s: Between SIGTERM and SIGKILL at a time limit.
        slurmd_timeout_s: Silence after which slurmctld calls a node down.
        cred_expire_s: How long a requeued job waits before it may start again.
        min_job_age_s: How long slurmctld remembers ended jobs.
        extra_conf: Lines added to ``slurm.conf``.
        boss: The supervisor, once there is one.
    """

    directory: str
    nodes: int
    cpus: int
    mem_mb: int
    isolation: Isolation
    firewall: Firewall
    share: list[str]
    hide: list[str]
    net: int
    user: str
    kill_wait_s: int
    slurmd_timeout_s: int
    cred_expire_s: int
    min_job_age_s: int
    extra_conf: list[str]
    boss: Boss | None = None

    def path(self, *parts: str) -> str:
        """A file of this cluster."""
        return os.path.join(self.directory, *parts)

    def log(self, name: str) -> str:
        """A log file."""
        return self.path("log", name)

    @property
    def daemon_conf(self) -> str:
        """The daemons' configuration file."""
        return self.path("daemons.conf")

    @property
    def slurm_conf(self) -> str:
        """What ``SLURM_CONF`` has to be."""
        return self.path("slurm.conf")

    @property
    def munge_socket(self) -> str:
        """Where this cluster's munged listens."""
        return self.path("munge.socket")

    @property
    def node_names(self) -> list[str]:
        """``node1``, ``node2``, ..."""
        return [f"node{number}" for number in range(1, self.nodes + 1)]

    @property
    def login_link(self) -> str:
        """The one interface in the machine's own network (isolation netns)."""
        return f"hpc{self.net}"

    @property
    def nowhere(self) -> str:
        """The gateway that does not exist, for packets that shall be dropped."""
        return f"198.18.{self.net}.254"

    def address(self, name: str) -> str:
        """The address of ``login``, ``ctl``, ``ctl-link`` (ctl as the login side sees it) or a node.

        198.18.0.0/15 is set aside for benchmarks (RFC 2544), so a machine does not have it in use.
        """
        last = {"login": 1, "ctl-link": 2, "ctl": 129}.get(name) or 129 + node_number(name)
        return f"198.18.{self.net}.{last}"

    @property
    def alive(self) -> bool:
        """Whether the cluster is up."""
        return self.boss is not None and self.boss.alive

    def save(self) -> None:
        """Write it into its directory, whole or not at all."""
        unfinished = self.path("plan.json.new")
        with open(unfinished, "w") as stream:
            json.dump(asdict(self), stream, indent=1)
        os.replace(unfinished, self.path("plan.json"))

    def led_by(self, boss: Boss) -> Plan:
        """The same plan, with a supervisor."""
        return replace(self, boss=boss)


def node_number(name: str) -> int:
    """``node2`` is 2."""
    return int(name.removeprefix("node"))


def load(directory: str) -> Plan | None:
    """The plan kept in a directory; None if there is none."""
    try:
        with open(os.path.join(directory, "plan.json")) as stream:
            values = json.load(stream)
    except (OSError, ValueError):
        return None
    boss = values.pop("boss")
    isolation, firewall = Isolation(values.pop("isolation")), Firewall(values.pop("firewall"))
    return Plan(**values, isolation=isolation, firewall=firewall, boss=Boss(**boss) if boss else None)
