"""``qlaunch -rh``: through a real ``ssh`` to a real ``sshd`` on this machine, with keys of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests import services
from tests.acceptance.test_qlaunch import Desk, messages
from tests.launching import wait_until
from tests.login import BIN

if TYPE_CHECKING:
    from collections.abc import Iterator

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
PRIVSEP = Path("/run/sshd")
PASSPHRASE = "open sesame 8213"
SSHD_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
"""
SSH_CONFIG = """\
Host here there
    Port {port}
Host nobody
    Port {closed}
Host *
    HostName 127.0.0.1
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {folder}/known_hosts
    StrictHostKeyChecking accept-new
    LogLevel ERROR
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def make_key(path: Path, passphrase: str = "") -> str:
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path.with_suffix(".pub").read_text()


@contextmanager
def privilege_separation_folder() -> Iterator[None]:
    """Debian's service makes it; sshd as root will not start without."""
    made = os.getuid() == 0 and not PRIVSEP.exists()
    if made:
        PRIVSEP.mkdir(mode=0o755, exist_ok=True)
    yield
    if made:
        with suppress(OSError):
            PRIVSEP.rmdir()


@dataclass(frozen=True)
class Far:
    """A login node ``here``, also called ``there``, and the folder with the keys to it."""

    folder: Path
    desk: Desk

    @property
    def shell(self) -> str:
        """A login shell that finds our programs, whatever this machine's real home says."""
        environ = self.desk.environ
        kept = {name: environ[name] for name in ("PATH", "FAKE_SLURM", "HOME")}
        return " ".join(["/usr/bin/env", *(f"{name}='{value}'" for name, value in kept.items()), "/bin/bash", "-c"])

    def start(self, *words: str, key: str = "key") -> subprocess.Popen[str]:
        """``qlaunch`` on this machine, which has no settings."""
        near = self.folder / "near"
        near.mkdir(exist_ok=True)
        path = f"{self.folder / 'bin'}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        remote = ("-rc", str(self.desk.folder), "-rsh", self.shell, "-rkf", str(self.folder / key))
        environ = {**os.environ, "PATH": path, "HOME": str(near), "COLUMNS": "120"}
        return subprocess.Popen(
            ["qlaunch", *remote, *words], cwd=near, env=environ, text=True, start_new_session=True, **pipes
        )

    def qlaunch(
        self, *words: str, code: int = 0, stdin: str = "", key: str = "key"
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, key=key)
        stdout, stderr = process.communicate(stdin, timeout=100)
        assert "Traceback" not in stderr, stderr
        assert process.returncode == code, stderr
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def running(self) -> list[int]:
        """Processes that were started in the far folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    if (entry / "cwd").readlink() == self.desk.folder:
                        found.append(int(entry.name))
        return found


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Its folder, with the keys and an ``ssh`` that knows where it listens."""
    if SSHD is None or shutil.which("ssh-keygen") is None:
        services.missing("sshd", "apt-get install openssh-server openssh-client")
    folder = tmp_path_factory.mktemp("ssh")
    make_key(folder / "host_key")
    (folder / "authorized_keys").write_text(make_key(folder / "key") + make_key(folder / "locked", PASSPHRASE))
    port = free_port()
    (folder / "sshd_config").write_text(SSHD_CONFIG.format(port=port, folder=folder))
    (folder / "ssh_config").write_text(SSH_CONFIG.format(port=port, closed=free_port(), folder=folder))
    (folder / "bin").mkdir()
    ssh = folder / "bin" / "ssh"
    ssh.write_text(
        f'#!/bin/sh\nprintf "%s " "$@" >> {folder}/called\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n'
    )
    ssh.chmod(0o755)
    with privilege_separation_folder(), (folder / "log").open("w") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
        wait_until(lambda: "listening" in (folder / "log").read_text().lower() or server.poll() is not None, "sshd")
        assert server.poll() is None, (folder / "log").read_text()
        yield folder
        server.terminate()
        server.wait()


@pytest.fixture
def far(sshd: Path, tmp_path: Path) -> Iterator[Far]:
    desk = Desk(tmp_path / "login node")
    yield Far(sshd, desk)
    desk.pad.close()


def test_jobs_are_submitted_on_the_other_host(far: Far) -> None:
    far.desk.put(3)
    done = far.qlaunch("-rh", "here", "-r", "rapidfire", "--nlaunches", "2")
    assert far.desk.jobs() == 2
    assert f"qlaunch on here in {far.desk.folder}" in messages(done)
    assert "reserved FW with fw_id: 1" in messages(done)
    assert list(far.desk.folder.glob("block_*/launcher_*/FW_submit.script"))
    assert far.qlaunch("-rh", "here", "-s", "-r", "singleshot", "-f", "3").stderr == ""
    assert far.desk.state(3) == "RESERVED"


def test_what_goes_wrong_there_is_passed_on(far: Far) -> None:
    far.desk.put(1)
    far.desk.order("refuse")
    done = far.qlaunch("-rh", "here", "-r", "singleshot", code=1)
    assert "Invalid partition name specified" in done.stderr
    assert "here: qlaunch ended with exit code 1" in done.stderr
    assert far.desk.state(1) == "FIZZLED"


def test_a_host_that_is_away_keeps_no_other_waiting(far: Far) -> None:
    far.desk.put(2)
    done = far.qlaunch("-rh", "nobody", "here", "there", "-r", "singleshot", code=255)
    assert "nobody: ssh failed; `ssh nobody` shows why" in done.stderr
    assert far.desk.jobs() == 2


def test_a_host_without_longfuse_is_told(far: Far) -> None:
    done = far.qlaunch("-rh", "here", "-rsh", "/usr/bin/env PATH=/usr/bin:/bin /bin/bash -c", "singleshot", code=127)
    assert "here: qlaunch is not on PATH of a login shell there (-rsh names another shell)" in done.stderr


def test_settings_are_copied_there_and_results_recovered(far: Far) -> None:
    far.desk.put(1)
    far.qlaunch("-rh", "here", "-r", "singleshot")
    far.desk.job(far.desk.folder)
    far.qlaunch("-rh", "here", "-rro")
    assert far.desk.state(1) == "COMPLETED"
    home = far.folder / "near"
    settings = home / ".copied"
    settings.mkdir()
    (settings / "my_fworker.yaml").write_text("name: copied\ncategory: ''\nquery: '{}'\n")
    (settings / "launchpad.db").write_text("not this")
    there = far.desk.home / ".copied"
    far.qlaunch("-rh", "here", "-rc", "~/.copied", "-rs")
    assert [path.name for path in there.iterdir()] == ["my_fworker.yaml"]
    shutil.rmtree(settings)
    done = far.qlaunch("-rh", "here", "-rc", "~/.copied", "-rs", code=1)
    assert "holds no settings files to copy" in done.stderr


def test_ctrl_c_here_ends_the_launcher_there(far: Far) -> None:
    process = far.start("-rh", "here", "-r", "rapidfire", "--nlaunches", "infinite")
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    assert any("Finished a round of launches" in line for line in lines)
    assert far.running()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=100)
    assert process.returncode == 130, stderr
    wait_until(lambda: not far.running(), "nothing runs there")


def test_a_launcher_whose_own_side_is_killed_ends(far: Far) -> None:
    process = far.start("-rh", "here", "-r", "rapidfire", "--nlaunches", "infinite")
    assert process.stderr is not None
    assert any("Finished a round of launches" in line for line in iter(process.stderr.readline, ""))
    process.kill()
    process.communicate(timeout=100)
    wait_until(lambda: not far.running(), "nothing runs there")


def test_a_daemon_goes_there_again_and_again(far: Far) -> None:
    far.desk.put(2)
    process = far.start("-rh", "here", "-d", "0.1", "-r", "singleshot")
    assert process.stderr is not None
    rounds = (line for line in iter(process.stderr.readline, "") if line.startswith("Next run in 0.1 seconds"))
    assert [next(rounds), next(rounds)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=100)
    assert process.returncode == 130
    assert far.desk.jobs() == 2


def test_a_password_is_asked_for_once_and_stands_on_no_command_line(far: Far) -> None:
    far.desk.put(2)
    far.qlaunch("-rh", "here", "there", "-rp", "-r", "singleshot", stdin=f"{PASSPHRASE}\n", key="locked")
    assert far.desk.jobs() == 2
    assert PASSPHRASE not in (far.folder / "called").read_text()
    done = far.qlaunch("-rh", "here", "-rp", "-r", "singleshot", stdin="wrong\n", key="locked", code=255)
    assert "here: ssh failed" in done.stderr


def test_the_user_there_can_be_named(far: Far) -> None:
    far.desk.put(1)
    far.qlaunch("-rh", "here", "-ru", getpass.getuser(), "-r", "singleshot")
    assert far.desk.jobs() == 1
    assert f"-l {getpass.getuser()} " in (far.folder / "called").read_text()
