"""The files that Slurm's daemons read, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.throwaway.plan import SLURMCTLD_PORT, SLURMD_PORT

if TYPE_CHECKING:
    from tests.cluster.throwaway.plan import Plan

_SCHEDULER_PARAMETERS = (
    "batch_sched_delay=0",  # a submitted batch job may start at the next tick (1 s), not after 3 s
    "sched_interval=1",  # look at the whole queue each second, not each minute
    "sched_min_interval=10000",  # microseconds: at most 100 passes a second on behalf of jobs that end
    "bf_interval=1",
    "bf_resolution=1",
    "bf_window=60",
    "default_queue_depth=10000",  # jobs that one pass may start
    # Not "defer": with any parameter of that substring, 22.05 waits for the next tick whenever a job ends.
)


def slurm_conf(plan: Plan) -> str:
    """``slurm.conf`` of users: no cgroups, no affinity, no accounting, short patience, as fast as it goes."""
    return _text(plan, message_timeout_s=10, tcp_timeout_s=2)


def daemon_conf(plan: Plan) -> str:
    """``slurm.conf`` of the daemons, which are more patient with one another.

    A slurmctld that has no answer in time sends a job again; the node, which was only busy, then calls its id a
    duplicate and is drained.
    """
    return _text(plan, message_timeout_s=60, tcp_timeout_s=10)


def _text(plan: Plan, *, message_timeout_s: int, tcp_timeout_s: int) -> str:
    timeouts = [f"MessageTimeout={message_timeout_s}", f"TCPTimeout={tcp_timeout_s}"]
    return (
        "\n".join([*_daemons(plan), *_plugins(plan), *timeouts, *_patience(plan), *_machines(plan), *plan.extra_conf])
        + "\n"
    )


def _daemons(plan: Plan) -> list[str]:
    return [
        "# Written by tests/cluster/throwaway, lives as long as its cluster",
        "ClusterName=throwaway",
        f"SlurmctldHost=ctl({plan.address('ctl')})",
        f"SlurmctldPort={SLURMCTLD_PORT}",
        f"SlurmdPort={SLURMD_PORT}",
        f"SlurmUser={plan.user}",
        f"SlurmdUser={plan.user}",
        "AuthType=auth/munge",
        "CredType=cred/munge",
        f"AuthInfo=socket={plan.munge_socket},cred_expire={plan.cred_expire_s}",
        f"StateSaveLocation={plan.path('ctld')}",
        f"SlurmdSpoolDir={plan.path('spool', '%n')}",
        f"SlurmctldPidFile={plan.path('slurmctld.pid')}",
        f"SlurmdPidFile={plan.path('slurmd-%n.pid')}",
        f"SlurmctldLogFile={plan.log('slurmctld.log')}",
        f"SlurmdLogFile={plan.log('slurmd-%n.log')}",
        "SlurmctldDebug=info",
        "SlurmdDebug=info",
    ]


def _plugins(plan: Plan) -> list[str]:
    return [
        "ProctrackType=proctrack/linuxproc",
        "TaskPlugin=task/none",
        "SwitchType=switch/none",
        "MpiDefault=none",
        "JobAcctGatherType=jobacct_gather/none",
        "PropagateResourceLimits=NONE",
        "SlurmdParameters=config_overrides",
        f"PlugStackConfig={plan.path('plugstack.conf')}",
        "SchedulerType=sched/backfill",
        f"SchedulerParameters={','.join(_SCHEDULER_PARAMETERS)}",
        "SelectType=select/cons_tres",
        "SelectTypeParameters=CR_CPU",
        "PriorityType=priority/basic",
        "TreeWidth=64",
        "MaxArraySize=20001",
        "MaxJobCount=50000",
        "AccountingStorageType=accounting_storage/none",
        "JobCompType=jobcomp/filetxt",
        f"JobCompLoc={plan.path('jobcomp.txt')}",
    ]


def _patience(plan: Plan) -> list[str]:
    return [
        f"MinJobAge={plan.min_job_age_s}",
        f"KillWait={plan.kill_wait_s}",
        "OverTimeLimit=0",
        f"SlurmdTimeout={plan.slurmd_timeout_s}",
        "SlurmctldTimeout=10",
        "InactiveLimit=0",
        "UnkillableStepTimeout=20",
        "CompleteWait=0",
        "ReturnToService=2",
        "JobRequeue=1",
    ]


def _machines(plan: Plan) -> list[str]:
    nodes = [
        f"NodeName={name} NodeAddr={plan.address(name)} Port={SLURMD_PORT} CPUs={plan.cpus} RealMemory={plan.mem_mb}"
        for name in plan.node_names
    ]
    return [*nodes, "PartitionName=batch Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP"]


def cgroup_conf(version: tuple[int, int]) -> str:
    """``cgroup.conf``: no cgroups.

    Left to itself, slurmd looks for a cgroup file system and does not start where there is none, as in a bare chroot.
    Before 23.11 there is no word against that, but the old plugin looks only when it is used.
    """
    return "CgroupPlugin=disabled\n" if version >= (23, 11) else "CgroupPlugin=cgroup/v1\n"


def hosts(plan: Plan) -> str:
    """``/etc/hosts`` of the boxes."""
    lines = [f"{plan.address(name)} {name}" for name in ("ctl", *plan.node_names)]
    return "\n".join(["127.0.0.1 localhost", *lines]) + "\n"
