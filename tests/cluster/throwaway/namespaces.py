"""Boxes: processes in namespaces of their own, and the way into them."""

from __future__ import annotations

import os
import shlex
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.cluster.throwaway import kernel
from tests.cluster.throwaway.control import say
from tests.cluster.throwaway.network import ip
from tests.cluster.throwaway.plan import PRIVATE_DIRS, Isolation, Plan
from tests.cluster.throwaway.processes import all_pids, chain_of_pids, is_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

BOX = kernel.CLONE_NEWNET | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID
"""All that a box has for itself."""

_ALL_FLAGS = ("-n", "-m", "-u", "-i", "-p", "-r")


def best_isolation() -> Isolation | None:
    """What this machine lets us do, found by trying; None if it is neither."""
    if os.getuid() == 0:  # not userns: slurmd as root calls setgroups()
        return Isolation.NETNS if _possible(Isolation.NETNS) else None
    return Isolation.USERNS if _possible(Isolation.USERNS) else None


def _possible(isolation: Isolation) -> bool:
    """Not only unshare(): some containers allow that and then forbid to mount /proc."""

    def attempt() -> None:
        if isolation is Isolation.USERNS:
            become_mapped()
        kernel.unshare(BOX)
        _must_succeed(_furnish)

    try:
        _must_succeed(attempt)
    except RuntimeError:
        return False
    return True


def _furnish() -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("proc", "/proc", "proc")
    ip("link add br0 type bridge", "link add a0 type veth peer name a1")


def _must_succeed(action: Callable[[], None]) -> None:
    """Do something in a process of its own.

    Raises:
        RuntimeError: If it raised there.
    """
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            action()
            os._exit(0)
        os._exit(1)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise RuntimeError("not possible here")


def become_mapped() -> None:
    """Enter a user namespace in which we are who we were, with all capabilities inside it."""
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as stream:
            stream.write(text)
    kernel.raise_ambient(kernel.CAP_NET_ADMIN, kernel.CAP_SYS_ADMIN)  # for ip(8); the daemons drop them


def spawn(flags: int, main: Callable[[socket.socket], None]) -> tuple[int, socket.socket]:
    """Run ``main`` as PID 1 of new namespaces.

    A child unshares and forks again, because a process cannot change its own PID namespace.

    Args:
        flags: Which namespaces are new.
        main: Gets one end of a socket pair.

    Returns:
        The pid of that PID 1 as seen from here, and our end of the socket.

    Raises:
        RuntimeError: If it could not be made.
    """
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        _middle(flags, main, theirs)
    theirs.close()
    return read_pid(ours), ours


def read_pid(line: socket.socket) -> int:
    """The pid that the process in the middle reports.

    Raises:
        RuntimeError: If it reports a failure.
    """
    received = b""
    while not received.endswith(b"\n"):
        byte = line.recv(1)
        if not byte:
            raise RuntimeError("the box ended at once")
        received += byte
    verb, _, rest = received.decode().strip().partition(" ")
    if verb != "pid":
        raise RuntimeError(rest)
    return int(rest)


def _middle(flags: int, main: Callable[[socket.socket], None], line: socket.socket) -> NoReturn:
    """Between the one who spawns and PID 1: lives as long as the latter, so that they go together."""
    try:
        kernel.die_with_parent()
        kernel.unshare(flags)
        pid = os.fork()
        if pid == 0:
            kernel.die_with_parent()
            main(line)
            os._exit(0)
        # unshare() moved only the children: this number is in the reader's own namespace.
        say(line, "pid", str(pid))
        line.close()
        os.waitpid(pid, 0)
    except BaseException as error:
        say(line, "failed", f"{type(error).__name__}: {error}")
        os._exit(1)
    os._exit(0)


def furnish(plan: Plan, name: str) -> None:
    """Called by PID 1 of a new box: private mounts, ``/proc``, host name, ``/etc/hosts``, loopback."""
    kernel.name_process(f"box-{name}")
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    if name in plan.node_names:
        _make_private(plan)
    kernel.mount("proc", "/proc", "proc")
    socket.sethostname(name)
    if os.path.isfile("/etc/hosts"):
        kernel.mount(plan.path("hosts"), "/etc/hosts", None, kernel.MS_BIND)
    ip("link set lo up")
    _forward_nothing()


def _make_private(plan: Plan) -> None:
    """Folders of the node's own; on top of them what is shared, and over all of it what is hidden."""
    stash = "/mnt"  # any empty folder does as a place to keep the binds meanwhile
    kernel.mount("tmpfs", stash, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=0755")
    kept = {f"{stash}/{index}": folder for index, folder in enumerate([*plan.share, plan.directory])}
    for place, folder in kept.items():
        os.mkdir(place)
        kernel.mount(folder, place, None, kernel.MS_BIND | kernel.MS_REC)
    for folder in PRIVATE_DIRS:
        if os.path.isdir(folder) and os.path.realpath(folder) == folder:
            mode = "0755" if folder == "/run" else "1777"
            kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, f"mode={mode}")
    for place, folder in kept.items():
        os.makedirs(folder, exist_ok=True)
        kernel.mount(place, folder, None, kernel.MS_BIND | kernel.MS_REC)
    for folder in plan.hide:
        # Read-only: who opens a database here shall fail, not make a new one.
        os.makedirs(folder, exist_ok=True)
        kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_RDONLY | kernel.MS_NOSUID, "mode=0555,size=4k")
    kernel.detach(stash)


def _forward_nothing() -> None:
    for key, value in (("ipv4/ip_forward", "0"), ("ipv6/conf/all/disable_ipv6", "1")):
        with suppress(OSError), open(f"/proc/sys/net/{key}", "w") as stream:  # read-only in some containers
            stream.write(value)


def find(boss: int, inner: int) -> int | None:
    """The pid, as seen from here, of the PID 1 that the supervisor knows as ``inner``."""
    depth = len(chain_of_pids(boss))
    for pid in all_pids():
        chain = chain_of_pids(pid)
        if len(chain) == depth + 1 and chain[-2:] == [inner, 1] and is_below(pid, boss):
            return pid
    return None


def way_into(isolation: Isolation, pid: int, *, network_only: bool) -> list[str]:
    """What to put before a command so that it runs in the box of PID 1 ``pid``, in the folder where it is started.

    Entering a mount namespace leaves one in its root folder, hence the ``cd``.
    """
    user = ("-U", "--preserve-credentials") if isolation is Isolation.USERNS else ()
    flags = (*user, *(("-n",) if network_only else _ALL_FLAGS))
    enter = ["nsenter", "-t", str(pid), *flags, "--"]
    if network_only:
        return enter
    go_back = """sh -c 'cd "$0" 2>/dev/null; exec "$@"' "$PWD" "$@\""""
    return ["sh", "-c", f"exec {shlex.join(enter)} {go_back}", "sh"]
