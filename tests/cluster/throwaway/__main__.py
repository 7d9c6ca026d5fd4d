"""The command line: ``python -m tests.cluster.throwaway --help``, from the top of the repository."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time

from tests.cluster.throwaway import __doc__ as about
from tests.cluster.throwaway import commands
from tests.cluster.throwaway.control import OrderError, order
from tests.cluster.throwaway.plan import Firewall, Isolation

_WISH = commands.Wish()


def _up(args: argparse.Namespace) -> None:
    began = time.monotonic()
    wish = commands.Wish(
        nodes=args.nodes,
        cpus=args.cpus,
        firewall=Firewall(args.firewall),
        share=args.share,
        hide=args.hide,
        kill_wait_s=args.kill_wait,
        slurmd_timeout_s=args.slurmd_timeout,
        cred_expire_s=args.cred_expire,
        conf=args.conf,
    )
    plan = commands.up(args.dir, wish, tie_to=args.tie_to)
    took = time.monotonic() - began
    print(f"{plan.nodes} nodes up in {took:.2f} s, isolation {plan.isolation}; export SLURM_CONF={plan.slurm_conf}")


def _down(args: argparse.Namespace) -> None:
    print("down" if commands.down(args.dir) else f"not up in {args.dir}")


def _status(args: argparse.Namespace) -> None:
    plan = commands.running(args.dir)
    print(f"isolation {plan.isolation}, firewall {plan.firewall}: {order(plan, 'status')}", flush=True)
    commands.execute(plan, "login", ["sinfo", "-N", "-l"])


def _env(args: argparse.Namespace) -> None:
    plan = commands.running(args.dir)
    print(f"export SLURM_CONF={shlex.quote(plan.slurm_conf)}")
    if plan.isolation is Isolation.USERNS:
        print("# isolation userns: slurmctld can be reached from `exec login COMMAND` only")


def _exec(args: argparse.Namespace) -> None:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    commands.execute(commands.running(args.dir), args.where, command or [os.environ.get("SHELL", "/bin/sh")])


def _node(args: argparse.Namespace) -> None:
    print(order(commands.running(args.dir), "node", args.order, args.node))


def _ctld(args: argparse.Namespace) -> None:
    print(order(commands.running(args.dir), "ctld", args.order))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="throwaway", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("CLUSTER_DIR") or f"/tmp/throwaway-cluster.{os.getuid()}"
    parser.add_argument("--dir", type=os.path.abspath, default=default, help="its files (%(default)s)")
    actions = parser.add_subparsers(dest="action", required=True)
    _add_up(actions.add_parser("up", help="bring a cluster up"))
    for name, act, text in (
        ("down", _down, "end it, with everything it runs"),
        ("status", _status, "what runs"),
        ("env", _env, "a line for eval: SLURM_CONF"),
    ):
        actions.add_parser(name, help=text).set_defaults(act=act)
    enter = actions.add_parser("exec", help="run a command in login, ctl, node1, ...")
    enter.add_argument("where")
    enter.add_argument("command", nargs=argparse.REMAINDER)
    enter.set_defaults(act=_exec)
    node = actions.add_parser("node", help="kill, stop or start its slurmd; crash or boot it; freeze or thaw its cable")
    node.add_argument("order", choices=("kill", "stop", "start", "crash", "boot", "freeze", "thaw"))
    node.add_argument("node")
    node.set_defaults(act=_node)
    ctld = actions.add_parser("ctld", help="slurmctld: stop saves its state, kill loses the last five seconds")
    ctld.add_argument("order", choices=("kill", "stop", "start"))
    ctld.set_defaults(act=_ctld)
    return parser


def _add_up(up: argparse.ArgumentParser) -> None:
    up.add_argument("--nodes", type=int, default=_WISH.nodes)
    up.add_argument("--cpus", type=int, default=_WISH.cpus, help="CPUs that each node claims to have")
    up.add_argument("--firewall", default=_WISH.firewall.value, choices=[str(kind) for kind in Firewall])
    up.add_argument("--share", action="append", default=[], metavar="DIR", help="a folder that the nodes see")
    up.add_argument("--hide", action="append", default=[], metavar="DIR", help="a folder that is empty on the nodes")
    up.add_argument("--kill-wait", type=int, default=_WISH.kill_wait_s, metavar="S", help="SIGTERM to SIGKILL")
    up.add_argument("--slurmd-timeout", type=int, default=_WISH.slurmd_timeout_s, metavar="S")
    up.add_argument("--cred-expire", type=int, default=_WISH.cred_expire_s, metavar="S", help="wait of a requeued job")
    up.add_argument("--conf", action="append", default=[], metavar="LINE", help="added to slurm.conf")
    up.add_argument("--tie-to", type=int, default=0, metavar="PID", help="go down when this process ends")
    up.set_defaults(act=_up)


def main() -> None:
    """Parse and do."""
    args = _parser().parse_args()
    try:
        args.act(args)
    except (commands.ClusterError, OrderError) as error:
        print(f"throwaway: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
