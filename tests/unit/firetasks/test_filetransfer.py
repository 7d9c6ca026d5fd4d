"""FileTransferTask, with every parameter; to another machine by real ``sftp`` and ``sshd`` on the loopback device."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import final_of, launch, make_launch, wait_until

from longfuse import FileTransferTask
from longfuse.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("here")

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
SFTP = shutil.which("sftp")


def run(mode: str, files: list[Any], **parameters: Any) -> None:
    assert FileTransferTask(mode=mode, files=files, **parameters).run_task({}) is None


# --- on this machine
@pytest.mark.parametrize(
    ("mode", "stays", "keeps_mode", "keeps_time"),
    [
        ("move", False, True, True),
        ("mv", False, True, True),
        ("copy", True, True, False),
        ("cp", True, True, False),
        ("copy2", True, True, True),
        ("copyfile", True, False, False),
    ],
)
def test_one_file(here: Path, mode: str, stays: bool, keeps_mode: bool, keeps_time: bool) -> None:
    (here / "a").write_text("x")
    (here / "a").chmod(0o750)
    os.utime(here / "a", (1, 1_000_000))
    run(mode, [{"src": "a", "dest": "b"}])
    assert (here / "b").read_text() == "x"
    assert (here / "a").exists() == stays
    status = (here / "b").stat()
    assert (status.st_mode & 0o777 == 0o750) == keeps_mode
    assert (status.st_mtime == 1_000_000) == keeps_time


def test_a_folder(here: Path) -> None:
    (here / "a" / "deep").mkdir(parents=True)
    (here / "a" / "deep" / "file").write_text("x")
    run("copytree", ["a"], dest="b")
    assert (here / "b" / "deep" / "file").read_text() == "x"


def test_several_files_to_one_folder_or_their_own(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "place").mkdir()
    for name in "abc":
        (here / name).write_text(name)
    run("copy", ["a", {"src": "b"}, {"src": "c", "dest": "~/c2"}], dest="$PLACE/place")
    assert sorted(path.name for path in (tmp_path / "place").iterdir()) == ["a", "b"]
    assert (tmp_path / "c2").read_text() == "c"


def test_paths_may_be_taken_as_they_stand(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("x", "elsewhere")
    (here / "$x").write_text("x")
    run("copy", ["$x"], dest="~", shell_interpret=False)
    assert (here / "~").read_text() == "x"


def test_what_cannot_be_transferred_is_told_and_the_rest_goes(here: Path) -> None:
    (here / "a").write_text("x")
    (here / "to").mkdir()
    with pytest.raises(TaskError, match=r"files: mode move failed for .*missing to .*to"):
        run("move", ["missing", "a"], dest="to")
    assert (here / "to" / "a").exists()
    run("move", ["missing"], dest="to", ignore_errors=True)


def test_what_failed_is_tried_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that comes late is transferred; the other, which has moved already, does no harm."""
    (here / "a").write_text("a")
    (here / "to").mkdir()
    process = subprocess.Popen(["sh", "-c", "while [ -e a ]; do sleep 0.01; done; echo late > late"])
    run("move", ["late", "a"], dest="to", max_retry=3000, retry_delay=0.02)
    process.wait()
    assert sorted(path.name for path in (here / "to").iterdir()) == ["a", "late"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"mode": "teleport", "files": [], "dest": "x"}, "mode 'teleport' is none of move, "),
        ({"mode": "copy", "files": ["a"]}, "files: a has no dest"),
        ({"mode": "copy", "files": [{"dest": "x"}]}, "files: each entry is a path or has a src"),
        ({"mode": "copy", "files": [3], "dest": "x"}, "files: each entry"),
        ({"mode": "rtransfer", "files": ["a"], "dest": "x"}, "mode rtransfer needs the parameter server"),
    ],
)
def test_wrong_values_are_told(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        FileTransferTask(**parameters).run_task({})


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"files": []}, "mode"),
        ({"mode": "copy"}, "files"),
        ({"mode": "copy", "files": [], "destination": "x"}, "no parameter destination"),
    ],
)
def test_parameters_are_checked(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        FileTransferTask(**parameters)


# --- to another machine
class Server:
    """An ``sshd`` of ours, and an ``sftp`` that finds it as ``cluster``.

    The user's own ``~/.ssh/config`` is out of a test's reach, so this ``sftp`` is the real one with another.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "user_key"
        self.programs = folder / "bin"
        self.programs.mkdir()
        self._make_keys()
        self.port = _free_port()
        self.process = self._start()
        self._install_sftp()

    def _make_keys(self) -> None:
        for name in ("host_key", "user_key"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(words, check=True)
        shutil.copy(self.folder / "user_key.pub", self.folder / "authorized_keys")

    def _start(self) -> subprocess.Popen[bytes]:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where sshd, as root, wants to be able to go
        config = self.folder / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host_key\nPidFile none\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
            "Subsystem sftp internal-sftp\n"
        )
        assert SSHD is not None
        with (self.folder / "sshd.log").open("wb") as log:
            return subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stdout=log, stderr=log)

    def _install_sftp(self) -> None:
        host_key = (self.folder / "host_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host_key}")
        (self.folder / "ssh_config").write_text(
            f"Host cluster\n  HostName 127.0.0.1\n  Port {self.port}\nHost *\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.folder}/known_hosts\n  IdentityAgent none\n"
        )
        sftp = self.programs / "sftp"
        sftp.write_text(f'#!/bin/sh\nexec {SFTP} -F {self.folder}/ssh_config "$@"\n')
        sftp.chmod(0o755)

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if SSHD is None or SFTP is None:
        pytest.skip("needs sshd and sftp (Debian: openssh-server openssh-client)")
    found = Server(tmp_path_factory.mktemp("server"))
    try:
        wait_until(found.answers, "sshd listens")
        yield found
    finally:
        found.stop()


@pytest.fixture
def cluster(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    return {"server": "cluster", "key_filename": str(server.key)}


def test_files_to_a_folder_that_is_made(here: Path, tmp_path: Path, cluster: dict[str, Any]) -> None:
    names = ["plain", "with space", "*", 'quo"te', "back\\slash", "[a]", "#x", "-r", "ä"]
    for name in names:
        (here / name).write_text(name)
    (here / "plain").chmod(0o750)
    there = tmp_path / "the re" / "deep"
    for _ in range(2):  # also if it is there already
        run("rtransfer", names, dest=str(there), **cluster, user=getpass.getuser())
    assert {path.name: path.read_text() for path in there.iterdir()} == {name: name for name in names}
    assert (there / "plain").stat().st_mode & 0o777 == 0o750


def test_a_folder_with_all_that_is_below_it(here: Path, tmp_path: Path, cluster: dict[str, Any]) -> None:
    (here / "results" / "deep" / "deeper").mkdir(parents=True)
    (here / "results" / "a").write_text("a")
    (here / "results" / "deep" / "deeper" / "b").write_text("b")
    run("rtransfer", [{"src": "results", "dest": str(tmp_path / "there")}], **cluster)
    assert (tmp_path / "there" / "a").read_text() == "a"
    assert (tmp_path / "there" / "deep" / "deeper" / "b").read_text() == "b"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"files": ["missing"]}, "there is no .*/missing here"),
        ({"dest": "/dev/null/x"}, "sftp cluster: "),
        ({"server": "127.0.0.1:not a host"}, "sftp 127.0.0.1:not a host: "),
        ({"key_filename": "/no/such/key"}, "sftp cluster: .*ermission denied"),
        ({"user": "no-such-user"}, "sftp no-such-user@cluster: .*ermission denied"),
        ({"files": ["two\nlines"]}, "line break"),
    ],
)
def test_what_goes_wrong_is_told_in_sftp_s_words(
    here: Path, tmp_path: Path, cluster: dict[str, Any], parameters: dict[str, Any], words: str
) -> None:
    for name in ("a", "two\nlines"):
        (here / name).write_text("a")
    with pytest.raises(TaskError, match=words):
        run(**{"mode": "rtransfer", "files": ["a"], "dest": str(tmp_path / "there"), **cluster, **parameters})


def test_without_the_program(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(here))
    (here / "a").write_text("a")
    with pytest.raises(TaskError, match="no program sftp on PATH"):
        run("rtransfer", ["a"], dest="x", server="cluster")


def test_in_a_launch(tmp_path: Path, cluster: dict[str, Any]) -> None:
    (tmp_path / "a").write_text("x")
    folder = make_launch(
        tmp_path / "launcher",
        {"_fw_name": "Transfer Task", "mode": "copy", "files": ["$PLACE/a"], "dest": "b"},
        {"_fw_name": "FileTransferTask", "mode": "rtransfer", "files": ["b"], "dest": str(tmp_path / "c"), **cluster},
    )
    launch(folder, env={"PLACE": str(tmp_path)})
    assert final_of(folder).state == "COMPLETED"
    assert (tmp_path / "c" / "b").read_text() == "x"
