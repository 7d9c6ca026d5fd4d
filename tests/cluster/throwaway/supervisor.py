"""PID 1 of the ctl box: munged, slurmctld, the nodes, and orders from outside."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.cluster.throwaway import kernel
from tests.cluster.throwaway.box import Box
from tests.cluster.throwaway.control import listen, read_line, say
from tests.cluster.throwaway.namespaces import BOX, furnish, spawn
from tests.cluster.throwaway.network import has_interface, ip
from tests.cluster.throwaway.node import run_node
from tests.cluster.throwaway.plan import SLURMCTLD_PORT, Isolation, Plan, node_number
from tests.cluster.throwaway.processes import run, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_UP = ("idle", "mixed", "allocated")


@dataclass(frozen=True, slots=True)
class _Running:
    """A box that runs: its PID 1 and the line to it."""

    pid: int
    line: socket.socket


def supervise(plan: Plan, starter: socket.socket, tied_to: int | None) -> NoReturn:
    """Bring everything up, tell the one who waits for it, then serve until told to end.

    Args:
        plan: What to bring up.
        starter: To the command that started us.
        tied_to: A pidfd; when its process ends, so do we.
    """
    try:
        if read_line(starter) != "network":
            os._exit(1)
        os.chdir(plan.directory)
        listener = listen(plan)
        supervisor = Supervisor(plan)
        supervisor.bring_up()
        say(starter, "ready")
        starter.close()
    except BaseException as error:
        say(starter, "failed", f"{type(error).__name__}: {error}")
        os._exit(1)
    supervisor.serve(listener, tied_to)
    os._exit(0)


class Supervisor:
    """What runs, and how to change that."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._box = Box()
        self._boxes: dict[str, _Running] = {}

    # --- up
    def bring_up(self) -> None:
        """Start everything and wait until Slurm calls every node idle."""
        plan = self._plan
        furnish(plan, "ctl")
        if plan.isolation is Isolation.USERNS:
            self._boot_login()
        ip(
            "link add br0 type bridge",
            f"addr add {plan.address('ctl')}/25 dev br0",
            "link set br0 up",
            "link set login up",
            f"addr add {plan.address('ctl-link')}/30 dev login",
        )
        self._start_munged()
        self._start_slurmctld()  # first: a slurmd that comes too early tries again only after a second
        for name in plan.node_names:
            self._plug_in(name)
        for name in plan.node_names:
            self._wait_for_node(name)
        self._box.wait("all nodes to be idle", self._all_nodes_up, timeout_s=30)

    def _start_munged(self) -> None:
        plan = self._plan
        options = {
            "key-file": plan.path("munge.key"),
            "socket": plan.munge_socket,
            "pid-file": plan.path("munged.pid"),
            "log-file": plan.log("munged.log"),
            "seed-file": plan.path("munge.seed"),
        }
        argv = ["munged", "--foreground", "--force", *(f"--{name}={value}" for name, value in options.items())]
        self._box.start(plan, "munged", argv)
        self._box.wait_for_daemon("munged", lambda: os.path.exists(plan.munge_socket))

    def _start_slurmctld(self) -> None:
        self._box.start(self._plan, "slurmctld", ["slurmctld", "-D", "-f", self._plan.daemon_conf])
        self._box.wait_for_daemon("slurmctld", self._slurmctld_listens)

    def _slurmctld_listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self._plan.address("ctl"), SLURMCTLD_PORT)) == 0

    def _all_nodes_up(self) -> bool:
        env = dict(os.environ, SLURM_CONF=self._plan.slurm_conf)
        lines = [line.split() for line in run("sinfo", "-h", "-N", "-o", "%N %T", check=False, env=env).splitlines()]
        up = {words[0] for words in lines if len(words) == 2 and words[1] in _UP}
        return up == set(self._plan.node_names)

    def _plug_in(self, name: str) -> None:
        """Make a node's box and connect it to the bridge; it then starts by itself."""
        running = _Running(*spawn(BOX, lambda line: run_node(self._plan, name, line)))
        port = _port(name)
        ip(f"link add {port} type veth peer name eth0 netns {running.pid}", f"link set {port} master br0 up")
        say(running.line, "network")
        self._boxes[name] = running

    def _wait_for_node(self, name: str) -> None:
        answer = read_line(self._boxes[name].line)
        if answer != "started":
            raise RuntimeError(f"{name}: {answer}")

    def _boot_login(self) -> None:
        """A box that stands for the login node, where the machine's own network is out of reach."""
        plan = self._plan

        def main(line: socket.socket) -> None:
            read_line(line)
            ip(
                "link set lo up",
                f"addr add {plan.address('login')}/30 dev eth0",
                "link set eth0 up",
                f"route add {plan.address('ctl')}/32 via {plan.address('ctl-link')} dev eth0",
            )
            say(line, "started")
            while True:
                signal.pause()

        running = _Running(*spawn(kernel.CLONE_NEWNET | kernel.CLONE_NEWPID, main))
        ip(f"link add login type veth peer name eth0 netns {running.pid}")
        say(running.line, "network")
        self._boxes["login"] = running
        self._wait_for_node("login")

    # --- orders
    def serve(self, listener: socket.socket, tied_to: int | None) -> None:
        """Obey orders until the process we are tied to ends."""
        listener.setblocking(False)
        watched = [listener.fileno(), self._box.wake, *([] if tied_to is None else [tied_to])]
        while True:
            ready, _, _ = select.select(watched, [], [], 5)
            self._box.reap()
            if tied_to is not None and tied_to in ready:
                return
            if listener.fileno() in ready:
                self._answer(listener)

    def _answer(self, listener: socket.socket) -> None:
        with suppress(BlockingIOError):
            caller, _ = listener.accept()
            with caller:
                try:
                    verdict, answer = "ok", self._obey(read_line(caller, 5).split())
                except Exception as error:  # whatever it is, the one who asked is told
                    verdict, answer = "no", str(error)
                say(caller, verdict, answer)

    def _obey(self, words: Sequence[str]) -> str:
        match words:
            case ["status"]:
                boxes = {name: running.pid for name, running in self._boxes.items()}
                return json.dumps({"daemons": self._box.daemons, "boxes": boxes})
            case ["ctld", order]:
                return self._obey_ctld(order)
            case ["node", order, name] if name in self._plan.node_names:
                return self._obey_node(order, name)
        raise RuntimeError(f"what is {' '.join(words)!r}?")

    def _obey_ctld(self, order: str) -> str:
        """``stop`` saves the state, ``kill`` loses what happened in the last five seconds."""
        if order == "start":
            if "slurmctld" not in self._box.daemons:
                self._start_slurmctld()
        else:
            self._box.end("slurmctld", gently=order == "stop")
        return "ok"

    def _obey_node(self, order: str, name: str) -> str:
        if order == "boot":
            return self._boot(name)
        if name not in self._boxes:
            raise RuntimeError(f"{name} is off; boot it first")
        match order:
            case "crash":
                return self._crash(name)
            case "freeze":  # the network cable: out ...
                ip(f"link set {_port(name)} nomaster")
            case "thaw":  # ... and in again
                ip(f"link set {_port(name)} master br0")
            case _:
                line = self._boxes[name].line
                say(line, order)
                return read_line(line)
        return "ok"

    def _boot(self, name: str) -> str:
        if name in self._boxes:
            raise RuntimeError(f"{name} is already running")
        self._plug_in(name)
        self._wait_for_node(name)
        return "ok"

    def _crash(self, name: str) -> str:
        """The power cord: PID 1 goes, and everything in its box goes with it."""
        running = self._boxes.pop(name)
        os.kill(running.pid, signal.SIGKILL)
        running.line.close()
        self._box.wait("the node to be gone", lambda: not os.path.exists(f"/proc/{running.pid}"))
        run("ip", "link", "del", _port(name), check=False)  # gone already, as a rule
        wait_until("its cable to be gone", lambda: not has_interface(_port(name)))
        return "ok"


def _port(name: str) -> str:
    """Its interface on the bridge."""
    return f"port{node_number(name)}"
