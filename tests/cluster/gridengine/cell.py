"""The files of a cell that ``inst_sge`` would write, with text files as its database."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster.throwaway.processes import DAEMON_PATH

if TYPE_CHECKING:
    from tests.cluster.throwaway.plan import Plan

HOST = "node1"
LIB = "/usr/lib/gridengine"
SHARED = "/usr/share/gridengine"
PROGRAMS = ("sge_qmaster", "sge_execd", "qsub", "qacct")
HOW_TO_GET_IT = (
    "echo gridengine-common shared/gridengineconfig boolean false | debconf-set-selections; "
    "apt-get install gridengine-master gridengine-exec gridengine-client iproute2"
)
COMMANDS = ("qsub", "qstat", "qdel", "qacct", "qconf", "qhost", "qmod")

_QUEUE = """\
qname all.q
hostlist @allhosts
seq_no 0
load_thresholds NONE
suspend_thresholds NONE
nsuspend 1
suspend_interval 00:05:00
priority 0
min_cpu_interval 00:00:01
processors UNDEFINED
qtype BATCH INTERACTIVE
ckpt_list NONE
pe_list NONE
rerun TRUE
slots 8
tmpdir /tmp
shell /bin/bash
prolog NONE
epilog NONE
shell_start_mode unix_behavior
starter_method NONE
suspend_method NONE
resume_method NONE
terminate_method NONE
notify 00:00:02
owner_list NONE
user_lists NONE
xuser_lists NONE
subordinate_list NONE
complex_values NONE
projects NONE
xprojects NONE
calendar NONE
initial_state default
"""
_LIMITS = ("rt", "cpu", "fsize", "data", "stack", "core", "rss", "vmem")
_EXEC_HOST = """\
hostname {host}
load_scaling NONE
complex_values NONE
user_lists NONE
xuser_lists NONE
projects NONE
xprojects NONE
usage_scaling NONE
report_variables NONE
"""
_BOOTSTRAP = """\
admin_user {admin}
default_domain none
ignore_fqdn true
spooling_method classic
spooling_lib libspoolc
spooling_params {spooling}
binary_path /usr/sbin
qmaster_spool_dir {root}/spool/qmaster
security_mode none
listener_threads 2
worker_threads 2
scheduler_threads 1
"""


def root_of(plan: Plan) -> str:
    """What ``SGE_ROOT`` has to be."""
    return plan.path("sge")


def spooling(plan: Plan) -> str:
    """Where it keeps its text files."""
    return f"{root_of(plan)}/default/common;{root_of(plan)}/spool/qmaster"


def variables(root: str) -> dict[str, str]:
    """What its commands need in their environment."""
    return {"SGE_ROOT": root, "SGE_CELL": "default", "SGE_QMASTER_PORT": "6444", "SGE_EXECD_PORT": "6445"}


def daemon_variables(plan: Plan) -> dict[str, str]:
    """What its daemons need; ``SGE_ND`` keeps them in the foreground."""
    home = os.environ.get("HOME", "/")
    return {**variables(root_of(plan)), "SGE_ND": "1", "HOME": home, "LANG": "C.UTF-8", "PATH": DAEMON_PATH}


def write(plan: Plan) -> None:
    """All of it, and the box's ``/etc/hosts``."""
    root = Path(root_of(plan))
    for folder in ("default/common", "spool/qmaster/job_scripts", "spool/execd"):
        (root / folder).mkdir(parents=True)
    for link in ("bin", "lib", "util", "utilbin"):
        (root / link).symlink_to(f"/var/lib/gridengine/{link}")
    limits = "".join(f"{kind}_{what} INFINITY\n" for what in _LIMITS for kind in ("s", "h"))
    admin = "none" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    texts = {
        "default/common/act_qmaster": f"{HOST}\n",
        "default/common/cluster_name": "throwaway\n",
        "default/common/bootstrap": _BOOTSTRAP.format(admin=admin, spooling=spooling(plan), root=root),
        "configuration": _configuration(root),
        "queue": _QUEUE + limits,
        "hostgroup": f"group_name @allhosts\nhostlist {HOST}\n",
        "exechost": _EXEC_HOST.format(host=HOST),
    }
    for name, text in texts.items():
        (root / name).write_text(text)
    Path(plan.path("hosts")).write_text(f"127.0.0.1 localhost\n{plan.address(HOST)} {HOST}\n")


def _configuration(root: Path) -> str:
    """Debian's own, but all is written down, and told, at once."""
    changed = {
        "execd_spool_dir": f"{root}/spool/execd",
        "min_uid": "0",
        "min_gid": "0",
        "load_report_time": "00:00:02",
        "max_unheard": "00:00:10",
        "mailer": "/bin/true",
        "reporting_params": "accounting=true reporting=false flush_time=00:00:01 joblog=false "
        "sharelog=00:00:00 accounting_flush_time=00:00:00",
    }
    return _with(Path(SHARED, "default-configuration").read_text(), changed)


def quick_scheduler(text: str) -> str:
    """What ``qconf -ssconf`` prints, with a scheduler that looks every second."""
    return _with(text, {"schedule_interval": "0:0:1", "flush_submit_sec": "1", "flush_finish_sec": "1"})


def _with(text: str, changed: dict[str, str]) -> str:
    lines = []
    for line in text.splitlines():
        key = line.split(None, 1)[0] if line.strip() else ""
        lines.append(f"{key} {changed[key]}" if key in changed else line)
    return "\n".join(lines) + "\n"
