"""The command line: ``python -m tests.cluster.gridengine DIR [--share DIR]... [--hide DIR]...``.

Prints one line: ``ready ISOLATION PID``, the process to enter, or ``missing ...`` or ``failed ...``.
"""

from __future__ import annotations

import argparse
import os
import pwd
import select
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster.gridengine import cell
from tests.cluster.throwaway.box import Box
from tests.cluster.throwaway.control import read_line, say
from tests.cluster.throwaway.namespaces import BOX, become_mapped, best_isolation, furnish, spawn
from tests.cluster.throwaway.network import ip
from tests.cluster.throwaway.plan import Firewall, Isolation, Plan
from tests.cluster.throwaway.processes import DAEMON_PATH, run

if TYPE_CHECKING:
    import socket


def main() -> str:
    """Bring it up, say so, and wait until nobody needs it; returns what went wrong, or nothing."""
    args = _parse()
    lacking = [name for name in cell.PROGRAMS if not shutil.which(name, path=DAEMON_PATH)]
    isolation = best_isolation()
    if lacking or isolation is None:
        return f"missing {', '.join(lacking) or 'the right to make network namespaces'}"
    plan = _plan(args, isolation)
    os.makedirs(plan.path("log"))
    cell.write(plan)
    if isolation is Isolation.USERNS:
        become_mapped()
    pid, line = spawn(BOX, lambda boss: _run_box(plan, boss))
    answer = read_line(line, 90)
    if answer != "ready":
        return f"{answer}\n{_last_words(plan)}"
    print(f"ready {isolation} {pid}", flush=True)
    sys.stdin.read()
    os.kill(pid, signal.SIGKILL)
    return ""


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gridengine")
    parser.add_argument("dir", type=os.path.abspath)
    parser.add_argument("--share", action="append", default=[], type=os.path.realpath)
    parser.add_argument("--hide", action="append", default=[], type=os.path.realpath)
    return parser.parse_args()


def _plan(args: argparse.Namespace, isolation: Isolation) -> Plan:
    """A node of the throw-away Slurm; what is Slurm's own in it is not used."""
    return Plan(
        directory=args.dir,
        nodes=1,
        cpus=8,
        mem_mb=0,
        isolation=isolation,
        firewall=Firewall.UNREACHABLE,
        share=args.share,
        hide=args.hide,
        net=0,
        user=pwd.getpwuid(os.getuid()).pw_name,
        kill_wait_s=0,
        slurmd_timeout_s=0,
        cred_expire_s=0,
        min_job_age_s=0,
        extra_conf=[],
    )


def _run_box(plan: Plan, boss: socket.socket) -> None:
    """PID 1 of the box."""
    try:
        furnish(plan, cell.HOST)
        # Grid Engine does not like 127.0.0.1 for a host: an interface with nobody else on it
        ip("link add br0 type bridge", f"addr add {plan.address(cell.HOST)}/32 dev br0", "link set br0 up")
        environment = cell.daemon_variables(plan)
        os.environ.clear()
        os.environ.update(environment)
        box = Box()
        _bring_up(plan, box)
        say(boss, "ready")
    except BaseException as error:
        say(boss, "failed", f"{type(error).__name__}: {error}")
        os._exit(1)
    while True:
        select.select([box.wake], [], [], 5)
        box.reap()


def _bring_up(plan: Plan, box: Box) -> None:
    root, environment = cell.root_of(plan), cell.daemon_variables(plan)
    run(f"{cell.LIB}/spoolinit", "classic", "libspoolc", cell.spooling(plan), "init")
    for what, source in (
        ("configuration", f"{root}/configuration"),
        ("complexes", f"{cell.SHARED}/util/resources/centry"),
        ("usersets", f"{cell.SHARED}/util/resources/usersets"),
        ("managers", plan.user),
    ):
        run(f"{cell.LIB}/spooldefaults", what, source)
    box.start(plan, "qmaster", ["sge_qmaster"], environment)
    box.wait_for_daemon("qmaster", lambda: "error" not in run("qconf", "-sh", check=False), timeout_s=60)
    run("qconf", "-as", cell.HOST)
    run("qconf", "-Ae", f"{root}/exechost")
    run("qconf", "-Ahgrp", f"{root}/hostgroup")
    scheduler = Path(root, "scheduler")
    scheduler.write_text(cell.quick_scheduler(run("qconf", "-ssconf")))
    run("qconf", "-Msconf", str(scheduler))
    run("qconf", "-Aq", f"{root}/queue")
    box.start(plan, "execd", ["sge_execd"], environment)
    box.wait_for_daemon("execd", lambda: f"{cell.HOST} " in _up(), timeout_s=60)


def _up() -> str:
    """The hosts that report what machines they are."""
    return "\n".join(line for line in run("qhost", check=False).splitlines() if " lx-" in line)


def _last_words(plan: Plan) -> str:
    logs = [*Path(plan.path("log")).iterdir(), *Path(cell.root_of(plan), "spool").rglob("messages")]
    return "".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}\n" for log in logs)


if __name__ == "__main__":
    if wrong := main():
        print(wrong)
        sys.exit(1)
