"""Runs the commands so that they can be stopped before their n-th operation; started by ``tests.faults.victims``.

A server: for each line of JSON on its standard input it forks a process, which is the command, with all modules loaded.
An *operation* is what another process could notice: a file is made, written, synced, renamed, linked or removed, a
program is started, a process is forked, a transaction of the database begins, writes or commits. Before each one the
process writes a line into a named pipe: its role, number, process id and what it is about to do; at the wanted one it
then stops itself, as SIGSTOP does, until the test has killed it or lets it go on.

The roles: ``main`` is the command itself, ``task`` a process that it forked.
"""

import json
import os
import signal
import sqlite3
import sys
import threading

TO_DISK = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
NAMED = frozenset({"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.truncate"})
STARTED = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn", "os.kill"})
STATEMENTS = ("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE", "COMMIT")
NOT_OURS = ("/dev/", "/proc/", sys.prefix, sys.base_prefix)

write, fsync, fork, connect = os.write, os.fsync, os.fork, sqlite3.connect


class Stopper:
    """Counts operations, tells each, stops at one.

    Args:
        pipe: Where they are told.
        role: Whose operation is wanted.
        number: Which one, from 1; 0 for none.
    """

    def __init__(self, pipe: int, role: str, number: int) -> None:
        self.pipe, self.wanted, self.number = pipe, role, number
        self.role, self.count, self.stopping, self.turn = "main", 0, False, threading.RLock()

    def forked(self) -> None:
        self.role, self.count, self.turn = "task", 0, threading.RLock()

    def operation(self, what: str) -> None:
        with self.turn:  # of several threads
            self.one_operation(what)

    def one_operation(self, what: str) -> None:
        if self.stopping:
            return
        self.count += 1
        write(self.pipe, f"{self.role} {self.count} {os.getpid()} {what}\n".encode())
        if (self.role, self.count) == (self.wanted, self.number):
            self.stopping = True
            os.kill(os.getpid(), signal.SIGSTOP)
            self.stopping = False

    def heard(self, event: str, args: tuple) -> None:
        """Python's own word on what is about to happen (an audit hook)."""
        if event == "open":
            path, flags = args[0], args[2] or 0
            if (
                isinstance(path, str)
                and flags & TO_DISK
                and not path.startswith(NOT_OURS)
                and "__pycache__" not in path
            ):
                self.operation(f"open {path}")
        elif event in NAMED:
            self.operation(f"{event} {args[0]}")
        elif event in STARTED:
            self.operation(event)

    def connected(self, *args: object, **options: object) -> sqlite3.Connection:
        connection = connect(*args, **options)
        connection.set_trace_callback(self.statement)
        return connection

    def statement(self, sql: str) -> None:
        if sql.startswith(STATEMENTS):
            self.operation(" ".join(sql.split()[:3]))

    def written(self, descriptor: int, content: bytes) -> int:
        if descriptor > 2:
            self.operation("write")
        return write(descriptor, content)

    def synced(self, descriptor: int) -> None:
        self.operation("fsync")
        fsync(descriptor)

    def begin(self) -> None:
        os.register_at_fork(after_in_child=self.forked)
        os.write, os.fsync = self.written, self.synced
        sqlite3.connect = self.connected
        sys.addaudithook(self.heard)


def main() -> None:
    load()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            code = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
            print(code, flush=True)
            continue
        pid = fork()
        if not pid:
            perform(order)
        print(pid, flush=True)


def load() -> None:
    """What the commands need, so that starting one costs a fork."""
    import sqlalchemy.dialects.sqlite  # noqa: F401

    import longfuse.cli.commands_change
    import longfuse.cli.commands_create
    import longfuse.cli.commands_offline
    import longfuse.cli.lpad
    import longfuse.cli.qlaunch
    import longfuse.cli.rlaunch
    import longfuse.domain.firework
    import longfuse.domain.fworker
    import longfuse.firetasks.pytask
    import longfuse.launchers.queue
    import longfuse.launchers.shell
    import longfuse.queue.slurm
    import longfuse.relay
    import longfuse.rocket.child
    import longfuse.rocket.recorder
    import longfuse.rocket.rocket
    import longfuse.store.sqlite  # noqa: F401


def perform(order: dict) -> None:
    """Be the command; never returns."""
    code = 70
    try:
        os.setpgid(0, 0)
        os.environ.clear()
        os.environ.update(order["environ"])
        os.chdir(order["cwd"])
        with open(order["told"], "ab", buffering=0) as told:
            os.dup2(told.fileno(), 1)
            os.dup2(told.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.path[:0] = [folder for folder in order["environ"].get("PYTHONPATH", "").split(os.pathsep) if folder]
        command = program(order["argv"][0])
        if order["pipe"]:
            Stopper(os.open(order["pipe"], os.O_WRONLY), *order["stop"]).begin()
        code = command(order["argv"][1:])
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException as error:
        os.write(2, f"Traceback: {type(error).__name__}: {error}\n".encode())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def program(name: str):
    from longfuse.cli import lpad, qlaunch, rlaunch

    return {"lpad": lpad.main, "qlaunch": qlaunch.main, "rlaunch": rlaunch.main}[name]


main()
