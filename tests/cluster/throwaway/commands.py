"""What can be done with a cluster, each a function."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import shutil
import signal
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.cluster.throwaway import conf, kernel
from tests.cluster.throwaway.box import redirect
from tests.cluster.throwaway.control import order, read_line, say
from tests.cluster.throwaway.namespaces import BOX, become_mapped, best_isolation, find, read_pid, way_into
from tests.cluster.throwaway.network import has_interface, ip
from tests.cluster.throwaway.plan import Boss, Firewall, Isolation, Plan, load
from tests.cluster.throwaway.processes import DAEMON_PATH, run, start_ticks, wait_until
from tests.cluster.throwaway.supervisor import supervise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

HOW_TO_GET_IT = "apt-get install slurm-wlm munge iproute2"
NOT_TO_BE_HAD = 3
_NEEDED = ("slurmctld", "slurmd", "munged", "sinfo", "ip")


class ClusterError(Exception):
    """The cluster cannot be brought up, or is not up."""

    exit_code = 1


class NotToBeHadError(ClusterError):
    """This machine lacks the programs, or the right to make namespaces."""

    exit_code = NOT_TO_BE_HAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller of `up` chooses; see `Plan` for what each means."""

    nodes: int = 2
    cpus: int = 8
    mem_mb: int = 4000
    firewall: Firewall = Firewall.UNREACHABLE
    share: list[str] = field(default_factory=list)
    hide: list[str] = field(default_factory=list)
    kill_wait_s: int = 2
    slurmd_timeout_s: int = 10
    cred_expire_s: int = 5
    min_job_age_s: int = 300
    conf: list[str] = field(default_factory=list)


def missing_tools() -> list[str]:
    """Programs that a cluster needs and this machine does not have."""
    return [tool for tool in _NEEDED if not shutil.which(tool, path=DAEMON_PATH)]


def up(directory: str, wish: Wish, *, tie_to: int = 0) -> Plan:
    """Bring a cluster up and wait until it takes jobs.

    Args:
        directory: Where its files go; made, and removed by `down`.
        wish: What it shall be.
        tie_to: A pid; the cluster goes down when that process ends.

    Raises:
        ClusterError: If it cannot be, with the daemons' last words.
    """
    if missing := missing_tools():
        raise NotToBeHadError(f"{', '.join(missing)} missing: {HOW_TO_GET_IT}")
    isolation = best_isolation()
    if isolation is None:
        raise NotToBeHadError(
            "this machine lets us make no network namespaces, neither as root nor in a user namespace"
        )
    with _locked(directory):
        if (old := load(directory)) and old.alive:
            raise ClusterError(f"already up in {directory}")
        shutil.rmtree(directory, ignore_errors=True)  # left by a crash: nothing of it is alive
        with _unused_net() as net:
            return _start(_decide(directory, wish, isolation, net), tie_to)


def _decide(directory: str, wish: Wish, isolation: Isolation, net: int) -> Plan:
    return Plan(
        directory=directory,
        nodes=wish.nodes,
        cpus=wish.cpus,
        mem_mb=wish.mem_mb,
        isolation=isolation,
        firewall=wish.firewall,
        share=[os.path.realpath(folder) for folder in wish.share],
        hide=[os.path.realpath(folder) for folder in wish.hide],
        net=net,
        user=pwd.getpwuid(os.getuid()).pw_name,
        kill_wait_s=wish.kill_wait_s,
        slurmd_timeout_s=wish.slurmd_timeout_s,
        cred_expire_s=wish.cred_expire_s,
        min_job_age_s=wish.min_job_age_s,
        extra_conf=wish.conf,
    )


@contextmanager
def _locked(directory: str) -> Iterator[None]:
    """One ``up`` or ``down`` at a time for one directory. The lock's file goes with the cluster, see `down`."""
    lock = os.open(_lock_file(directory), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX)  # not flock: the forked supervisor would inherit it
        yield
    finally:
        os.close(lock)


def _lock_file(directory: str) -> str:
    return directory.rstrip("/") + ".lock"


@contextmanager
def _unused_net() -> Iterator[int]:
    """A third octet that nobody on this machine uses.

    It is reserved by an abstract socket, which the forked supervisor keeps open and the kernel takes back.
    """
    used = run("ip", "-4", "-o", "addr", check=False)
    with socket.socket(socket.AF_UNIX) as reservation:
        for attempt in range(256):
            net = (os.getpid() + attempt) % 256
            if f"198.18.{net}." in used:
                continue
            with suppress(OSError):
                reservation.bind(f"\0longfuse-cluster-net-{net}")
                yield net
                return
    raise ClusterError("all of 198.18.0.0/16 is in use")


def _start(plan: Plan, tie_to: int) -> Plan:
    _keep_traffic_home()
    _write_files(plan)
    try:
        plan = _fork_supervisor(plan, tie_to)
    except (OSError, RuntimeError) as error:
        last_words = _last_words(plan)
        _end(load(plan.directory) or plan)
        shutil.rmtree(plan.directory, ignore_errors=True)
        raise ClusterError(f"could not start: {error}\n{last_words}") from error
    return plan


def _keep_traffic_home() -> None:
    """As root, a blackhole for the clusters' whole range, which their own, more specific routes override.

    So nothing meant for a cluster leaves the machine when that cluster is gone. It stays, harmless;
    ``ip route del blackhole 198.18.0.0/15`` removes it.
    """
    if os.geteuid() == 0:
        run("ip", "route", "replace", "blackhole", "198.18.0.0/15", check=False)


def _write_files(plan: Plan) -> None:
    os.umask(0o022)
    os.makedirs(plan.directory)
    for folder in ("log", "ctld", *(f"spool/{name}" for name in plan.node_names)):
        os.makedirs(plan.path(folder))
    with open(os.open(plan.path("munge.key"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as key:
        key.write(os.urandom(128))
    texts = {
        "slurm.conf": conf.slurm_conf(plan),
        "daemons.conf": conf.daemon_conf(plan),
        "plugstack.conf": "",
        "cgroup.conf": conf.cgroup_conf(_slurm_version()),
        "hosts": conf.hosts(plan),
    }
    for name, text in texts.items():
        with open(plan.path(name), "x") as stream:
            stream.write(text)
    plan.save()


def _slurm_version() -> tuple[int, int]:
    text = run("slurmctld", "-V", env={"PATH": DAEMON_PATH})  # "slurm-wlm 22.05.8"
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _fork_supervisor(plan: Plan, tie_to: int) -> Plan:
    """Fork the supervisor into its namespaces, plug in the login side's cable, wait until all is ready."""
    tied_to = os.pidfd_open(tie_to) if tie_to else None
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            middle = os.fork()
            if middle == 0:
                ours.close()
                _detach(plan, theirs, tied_to)
        os.waitpid(middle, 0)
        pid = read_pid(ours)
        plan = plan.led_by(Boss(pid=pid, start_ticks=start_ticks(pid) or 0))
        plan.save()
        if plan.isolation is Isolation.NETNS:
            _plug_in_login(plan, pid)
        say(ours, "network")
        answer = read_line(ours, 90)
    if answer != "ready":
        raise RuntimeError(answer)
    return plan


def _detach(plan: Plan, line: socket.socket, tied_to: int | None) -> NoReturn:
    """A session of its own, no terminal, own log; then on into new namespaces."""
    try:
        os.setsid()
        redirect(plan.log("supervisor.out"))
        if plan.isolation is Isolation.USERNS:
            become_mapped()
        kernel.unshare(BOX)
        pid = os.fork()
        if pid == 0:
            supervise(plan, line, tied_to)
        say(line, "pid", str(pid))
    except BaseException as error:  # a forked child never returns into the caller's code
        say(line, "failed", f"{type(error).__name__}: {error}")
    os._exit(0)  # the supervisor becomes init's child


def _plug_in_login(plan: Plan, pid: int) -> None:
    link = plan.login_link
    ip(
        f"link add {link} type veth peer name login netns {pid}",
        f"link set {link} addrgenmode none",
        f"addr add {plan.address('login')}/30 dev {link}",
        f"link set {link} up",
        f"route add {plan.address('ctl')}/32 via {plan.address('ctl-link')} dev {link}",
    )


def _last_words(plan: Plan) -> str:
    words = []
    for name in sorted(os.listdir(plan.path("log"))):
        with open(plan.log(name), errors="replace") as log:
            words.append(f"--- {name}\n{''.join(log.readlines()[-8:])}")
    return "".join(words)


def down(directory: str) -> bool:
    """End a cluster and remove its directory.

    Returns:
        Whether there was one.
    """
    with _locked(directory):
        plan = load(directory)
        if plan:
            _end(plan)
            shutil.rmtree(directory)
        with suppress(FileNotFoundError):
            os.unlink(_lock_file(directory))
    return plan is not None


def _end(plan: Plan) -> None:
    """End the one process that everything hangs below; return when it, and its interface, are gone."""
    if plan.boss is None or not plan.boss.alive:
        return
    with suppress(ProcessLookupError):
        os.kill(plan.boss.pid, signal.SIGKILL)
    wait_until("the supervisor to end", lambda: not plan.alive, 15, 0.005)
    if plan.isolation is Isolation.NETNS:  # the kernel deletes it a moment later
        wait_until("the interface to go", lambda: not has_interface(plan.login_link), 5)


def running(directory: str) -> Plan:
    """The plan of a cluster that is up.

    Raises:
        ClusterError: If it is not.
    """
    plan = load(directory)
    if plan is None or not plan.alive:
        raise ClusterError(f"not up in {directory}")
    return plan


def way_to(plan: Plan, where: str) -> list[str]:
    """What to put before a command so that it runs in ``login``, ``ctl`` or a node.

    Raises:
        ClusterError: If there is no such box.
    """
    if where == "login" and plan.isolation is Isolation.NETNS:
        return []
    return way_into(plan.isolation, _pid_of(plan, where), network_only=where == "login")


def execute(plan: Plan, where: str, command: Sequence[str]) -> NoReturn:
    """Become a command that runs in one of the boxes.

    Raises:
        ClusterError: If there is no such box.
    """
    argv = [*way_to(plan, where), *command]
    os.execvpe(argv[0], argv, dict(os.environ, SLURM_CONF=plan.slurm_conf))


def _pid_of(plan: Plan, where: str) -> int:
    assert plan.boss is not None
    if where == "ctl":
        return plan.boss.pid
    inner = json.loads(order(plan, "status"))["boxes"].get(where)
    pid = inner and find(plan.boss.pid, inner)
    if not pid:
        raise ClusterError(f"{where} is not running")
    return pid
