"""Functions for PyTasks: each notes its process, and leaves it as it should not be left for the next one."""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time

from longfuse import FWAction

kept = []


def note(path: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {os.getcwd()} {os.environ.get('LEFT', '')} {sys.argv[-1]}\n")


def nothing(path: str) -> None:
    note(path)


def unfit(path: str) -> FWAction:
    note(path)
    return FWAction(mod_spec=[{"_push": {"text": 1}}])


def environment(path: str) -> None:
    note(path)
    os.environ["LEFT"] = "behind"
    os.umask(0o077)
    sys.argv.append("added")
    os.chdir("/")


def thread(path: str) -> None:
    note(path)
    threading.Thread(target=time.sleep, args=(0.2,)).start()


def child(path: str) -> None:
    note(path)
    kept.append(subprocess.Popen(["sleep", "0.2"]))


def descriptor(path: str) -> None:
    note(path)
    kept.append(open(path, encoding="utf-8"))  # noqa: SIM115 - that is the fault


def home_is_gone(path: str) -> None:
    note(path)
    os.rmdir(os.path.join(os.path.dirname(path), "home"))


def handler(path: str) -> None:
    note(path)
    signal.signal(signal.SIGUSR1, lambda *_: None)


def memory(path: str) -> None:
    note(path)
    kept.append(b"x" * (300 << 20))


def module_from_here(path: str) -> None:
    note(path)
    with open("settings_of_this_launch.py", "w", encoding="utf-8") as file:
        file.write("value = 1\n")
    sys.path.insert(0, os.getcwd())
    __import__("settings_of_this_launch")


def crash(path: str) -> None:
    note(path)
    os.kill(os.getpid(), signal.SIGKILL)


def exit_at_once(path: str) -> None:
    note(path)
    os._exit(3)


def at_exit(path: str) -> None:
    note(path)
    atexit.register(note, path)
