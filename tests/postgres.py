"""A private PostgreSQL server for tests, from Debian's packages: its own folder, its own port, gone without a trace."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.services import missing

SUPERUSER = "keeper"
TEMPLATE = "longfuse_template"


def tools() -> Path:
    """Where the newest server's programs are; skips the test if there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    if not found:
        on_path = shutil.which("pg_ctl")
        if on_path is None:
            missing("PostgreSQL", "apt-get install postgresql")
        found = [Path(on_path).parent]
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()])


def owner() -> pwd.struct_passwd | None:
    """Who the server runs as: us, or a harmless account if we are root, as which it refuses to run."""
    return pwd.getpwnam("postgres") if os.getuid() == 0 else None


GUARD = """
import os, shutil, signal, sys
sys.stdin.buffer.read()
try:
    with open(sys.argv[1] + "/data/postmaster.pid") as file:
        os.kill(int(file.readline()), signal.SIGQUIT)
    shutil.rmtree(sys.argv[1], ignore_errors=True)
except (OSError, ValueError):
    pass
"""
"""Ends the server when the tests are gone, however they ended: their end of its pipe is closed then."""


class Server:
    """A running server; not ``durable`` in tests, because nobody pulls the plug there."""

    def __init__(self, folder: Path, *, auth: str = "trust", durable: bool = False) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._tools = tools()
        self._numbers = count(1)
        self.port = 0
        self._make(auth, "" if durable else "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")

    def _make(self, auth: str, more_settings: str) -> None:
        user = owner()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        password = self.folder / "password"
        password.write_text("secret word\n")
        password.chmod(0o644)
        self._run(
            *(str(self._tools / "initdb"), "-D", str(self.data), "-U", SUPERUSER, f"--auth={auth}"),
            *(f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(
                "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 100\n"
                f"shared_buffers = 32MB\n{more_settings}"
            )

    def start(self) -> None:
        """Start it, at the port that it had before; at first at one that is free."""
        for attempt in range(5):
            port = self.port or _free_port()
            argv = (str(self._tools / "pg_ctl"), "-D", str(self.data), "-w", "-t", "120", "-l", f"{self.folder}/log")
            try:
                self._run(*argv, "-o", f"-p {port}", "start")
            except AssertionError:
                if attempt == 4:
                    raise
                continue
            self.port = port
            return

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` ends all sessions, ``immediate`` is a crash."""
        self._run(str(self._tools / "pg_ctl"), "-D", str(self.data), "-m", mode, "-w", "-t", "120", "stop")

    def close(self) -> None:
        """Stop it if it runs."""
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")

    def use_tls(self) -> Path:
        """Start it again, from now on for encrypted connections only; returns its certificate."""
        certificate, key = self.data / "server.crt", self.data / "server.key"
        self.stop()
        make_certificate(certificate, key)
        for path in (certificate, key):
            path.chmod(0o600)
            if (user := owner()) is not None:
                os.chown(path, user.pw_uid, user.pw_gid)
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")
        (self.data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
        self.start()
        return certificate

    def url(self, database: str, user: str = SUPERUSER) -> str:
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    def run_sql(self, *statements: str, database: str = "postgres") -> None:
        """As a superuser, each in a transaction of its own."""
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, dbname=database, password="secret word", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    def new_database(self, template: str = "template0") -> str:
        """The URL of a new database."""
        name = f"pad{next(self._numbers)}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.run_sql(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def _run(self, *argv: str) -> None:
        user = owner()
        ids = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        # A server holds on to what it inherits, so its output goes to a file and not to a pipe.
        with (self.folder / "output").open("w+") as output:
            done = subprocess.run(
                argv,
                env=environ | {"LC_ALL": "C.UTF-8", "HOME": "/tmp"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **ids,
            )
            output.seek(0)
            assert done.returncode == 0, output.read()


def make_certificate(certificate: Path, key: Path) -> None:
    """One of 127.0.0.1, which it signs itself; skips the test if there is no openssl."""
    program = shutil.which("openssl") or missing("openssl", "apt-get install openssl")
    argv = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    argv += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(argv, check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(*, auth: str = "trust", durable: bool = False) -> Iterator[Server]:
    """A server for as long as the block lasts."""
    tools()
    if importlib.util.find_spec("psycopg") is None:
        missing("psycopg", "pip install 'longfuse[postgres]'")
    with tempfile.TemporaryDirectory(prefix="longfuse-pg-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder), auth=auth, durable=durable)
        guard = subprocess.Popen([sys.executable, "-c", GUARD, folder], stdin=subprocess.PIPE, start_new_session=True)
        try:
            server.start()
            yield server
        finally:
            server.close()
            guard.communicate(timeout=60)
