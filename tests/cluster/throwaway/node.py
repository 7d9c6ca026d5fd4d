"""A compute node: PID 1 of its box, with one slurmd."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING

from tests.cluster.throwaway.box import Box
from tests.cluster.throwaway.control import read_line, say
from tests.cluster.throwaway.namespaces import furnish
from tests.cluster.throwaway.network import ip
from tests.cluster.throwaway.plan import Firewall, Plan

if TYPE_CHECKING:
    import socket
    from typing import NoReturn


def run_node(plan: Plan, name: str, boss: socket.socket) -> NoReturn:
    """Wait for the network cable, set up, start slurmd, then obey until the end."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if read_line(boss) != "network":
            os._exit(1)
        furnish(plan, name)
        ip(f"addr add {plan.address(name)}/25 dev eth0", "link set eth0 up", *_outside(plan))
        box = Box()
        _start_slurmd(plan, box, name)
        say(boss, "started")
    except BaseException as error:
        say(boss, "failed", f"{type(error).__name__}: {error}")
        os._exit(1)
    _obey(plan, box, name, boss)
    os._exit(0)


def _outside(plan: Plan) -> list[str]:
    """Without a route other addresses are unreachable at once.

    With a gateway that does not exist, packets leave and nothing ever answers: how a firewall that drops looks.
    """
    if plan.firewall is Firewall.UNREACHABLE:
        return []
    return [
        f"neigh add {plan.nowhere} lladdr 02:00:00:00:de:ad dev eth0 nud permanent",
        f"route add default via {plan.nowhere} dev eth0",
    ]


def _start_slurmd(plan: Plan, box: Box, name: str) -> None:
    box.start(plan, f"slurmd-{name}", ["slurmd", "-D", "-N", name, "-f", plan.daemon_conf])


def _obey(plan: Plan, box: Box, name: str, boss: socket.socket) -> None:
    """``start``, ``stop`` or ``kill`` slurmd, until the supervisor hangs up."""
    boss.setblocking(False)
    daemon = f"slurmd-{name}"
    while True:
        ready, _, _ = select.select([boss.fileno(), box.wake], [], [], 5)
        box.reap()
        if boss.fileno() not in ready:
            continue
        order = boss.recv(100).decode().strip()
        if not order:
            return
        if order == "start" and daemon not in box.daemons:
            _start_slurmd(plan, box, name)
        elif order in ("kill", "stop"):
            box.end(daemon, gently=order == "stop")
        say(boss, "running" if daemon in box.daemons else "not running")
