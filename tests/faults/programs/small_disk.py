"""Commands on a disk that becomes full or read-only before one of their operations: ``small_disk.py KIND FOLDER``.

It runs in a mount namespace of its own, whose disks vanish with it. Its last line tells how many faults it tried.
"""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.faults.plan import Plan
from tests.faults.site import Site, served
from tests.faults.test_full_disk import A_WHILE_S, COMMANDS, finish, numbers


def main(kind, folder):
    mount("-t", "tmpfs", "-o", "size=24m", "small", folder)
    tried = {}
    plan = Plan(f"disk {kind}", tried)
    for server in served(folder):
        for name in plan.choose(list(COMMANDS), 2):
            harm(kind, folder / name, server, plan, name)
    print(json.dumps(tried))


def harm(kind, folder, server, plan, name):
    prepare, command = COMMANDS[name]
    ready = Site(folder / "ready", server)
    prepare(ready)
    for number in numbers(ready, folder, command, plan, sample=1):
        site = ready.copy(folder / f"stopped {number}")
        victim = site.start(*command, stop=("main", number), cwd=site.first_place if name == "job" else None)
        if victim.reaches_stop():
            story = f"{plan.story}: a disk that is {kind} from operation {number} of {name} on, {victim.what}"
            with KINDS[kind](site.folder):
                victim.go_on()
                victim.ends_within(A_WHILE_S)
            victim.end()
            if name != "job":  # a job prints that of a task which cannot write
                assert "Traceback (most" not in victim.printed(), f"{victim.printed()}; {story}"
            plan.tried(f"disk {kind}")
            finish(site, command, story)
        shutil.rmtree(site.folder)
    shutil.rmtree(folder)


@contextmanager
def full(folder):
    """Not a byte is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    yield
    filler.unlink()


@contextmanager
def read_only(folder):
    """What is open goes on; nothing new can be written."""
    mount("--bind", folder, folder)
    mount("-o", "remount,bind,ro", folder)
    yield
    subprocess.run(["umount", "--lazy", folder], check=True)


KINDS = {"full": full, "read-only": read_only}


def mount(*words):
    subprocess.run(["mount", *words], check=True)


main(sys.argv[1], Path(sys.argv[2]))
