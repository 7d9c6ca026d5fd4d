"""A quota that is reached, a disk that is full, and one that turns read-only, before any operation: told, and mended.

A quota is the kernel's limit on a process (RLIMIT_FSIZE), so a write stops in its middle. Full and read-only disks are
mounted in a mount namespace of their own, by ``programs/small_disk.py``.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests import services
from tests.faults.plan import LONG_VARIABLE, SEED_VARIABLE, is_long, seed
from tests.faults.site import ADD, JOB, LAUNCH, RECOVER, Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.plan import Plan
    from tests.faults.victims import Server

pytestmark = pytest.mark.timeout(1800)

COMMANDS: dict[str, tuple[Callable[[Site], object], tuple[str, ...]]] = {
    "add": (Site.write_workflow, ADD),
    "launch": (Site.added, LAUNCH),
    "job": (Site.launched, JOB),
    "recover": (Site.worked, RECOVER),
}
LIMITS = (0, 1, 100, 500, 5000)
A_WHILE_S = 0.6
REPOSITORY = Path(__file__).parents[2]
SMALL_DISK = Path(__file__).with_name("programs") / "small_disk.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_quota(name: str, tmp_path: Path, server: Server, plan: Plan) -> None:
    prepare, command = COMMANDS[name]
    ready = Site(tmp_path / "ready", server)
    prepare(ready)
    for number in numbers(ready, tmp_path, command, plan):
        site = ready.copy(tmp_path / f"stopped {number}")
        limit = plan.chance.choice(LIMITS)
        victim = site.start(*command, stop=("main", number), cwd=site.first_place if name == "job" else None)
        if victim.reaches_stop():
            story = f"{plan.story}: no file over {limit} bytes from operation {number} of {name} on, {victim.what}"
            unlimited = resource.prlimit(victim.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(victim.pid, resource.RLIMIT_FSIZE, (limit, unlimited[1]))
            victim.go_on()
            if not victim.ends_within(A_WHILE_S):  # a job waits for room, for its result's sake
                resource.prlimit(victim.pid, resource.RLIMIT_FSIZE, unlimited)
            victim.end()
            if name != "job":  # a job prints that of a task which cannot write
                assert "Traceback (most" not in victim.printed(), f"{victim.printed()}; {story}"
            plan.tried("quota reached")
            finish(site, command, story)
        shutil.rmtree(site.folder)


def finish(site: Site, command: tuple[str, ...], story: str) -> None:
    """There is room again."""
    site.check_results(story)
    if not site.fireworks():
        assert site.run(*command).end() == 0, story
    site.settle(story)
    for launch in site.launches().values():
        if launch["state"] == "FIZZLED" and not launch["archived"]:
            assert launch["cause"] in {"EXCEPTION", "SUBMIT", "LOST"}, f"{launch}; {story}"
            assert launch["reason"], f"{launch}; {story}"
            site.run("lpad", "-s", "rerun_fws", "-i", str(launch["fw_id"]))
    site.settle(story)
    site.check_end(story, runs=2)


@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_disk(kind: str, tmp_path: Path, plan: Plan) -> None:
    if not may_mount(tmp_path):
        services.missing("The right to mount", "run as root, or allow user namespaces")
    variables = {SEED_VARIABLE: str(seed()), "PYTHONPATH": str(REPOSITORY)}
    long = {LONG_VARIABLE: "all"} if is_long() else {}
    done = subprocess.run(
        [*unshared(), sys.executable, str(SMALL_DISK), kind, str(tmp_path)],
        env={**os.environ, **variables, **long},
        capture_output=True,
        text=True,
        check=False,
        timeout=1700,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for what, number in json.loads(done.stdout.splitlines()[-1]).items():
        plan.tried(what, number)


def unshared() -> list[str]:
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *as_root, "--mount", "--propagation", "private"]


def may_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    argv = [*unshared(), "mount", "-t", "tmpfs", "none", str(folder)]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def numbers(ready: Site, tmp_path: Path, command: tuple[str, ...], plan: Plan, sample: int = 1) -> list[int]:
    """The operations of the command where nothing happens to it."""
    site = ready.copy(tmp_path / "alone")
    alone = site.run(*command, cwd=site.first_place if command == JOB else None)
    assert alone.end() == 0, alone.printed()
    return plan.choose([one.number for one in alone.operations if one.role == "main"], sample)
