"""``qlaunch`` on other hosts, through this system's own ``ssh``: its keys, agents, jump hosts and prompts just work.

On each host and in each settings folder there, ``qlaunch`` itself is run. We hold its standard input open: when that
ends, because of a Ctrl-C here or a connection that broke, the ``qlaunch`` there is told to end in order.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import shlex
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from longfuse.errors import ConfigError

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator, Mapping, Sequence

CONFIG_DIR = "~/.fireworks"
SHELL = "/bin/bash -l -c"
COMMANDS = ("singleshot", "rapidfire")
END_OF_LIST = "--remote_words_end"
"""A flag without a meaning: it ends a list of hosts or folders before the command."""

SSH_FAILED, NOT_FOUND = 255, 127
LAST_WORDS_S = 15.0
"""How long ``qlaunch`` on another host may take to end in order."""

PASSWORD = "LONGFUSE_SSH_PASSWORD"  # noqa: S105 - the name of a variable
ASKPASS = f"#!/bin/sh\nprintf '%s\\n' \"${PASSWORD}\"\n"
SETTINGS = (".yaml", ".yml", ".json", ".txt")
"""What ``--remote_setup`` copies: settings files and templates, and never a database."""

LOCAL_ONLY = ("launchpad_file", "fworker_file", "queueadapter_file", "config_dir")
NEEDS_HOST = ("remote_config_dir", "remote_user", "remote_password", "remote_shell", "remote_keyfile")
SHORT = {
    "remote_config_dir": "-rc",
    "remote_user": "-ru",
    "remote_password": "-rp",
    "remote_shell": "-rsh",
    "remote_keyfile": "-rkf",
    "remote_setup": "-rs",
    "remote_recover_offline": "-rro",
    "launchpad_file": "-l",
    "fworker_file": "-w",
    "queueadapter_file": "-q",
    "config_dir": "-c",
}
WATCHED = (
    "exec 3<&0; {command} </dev/null & job=$!; "
    "{{ while read -r word; do :; done; kill -TERM $job; }} <&3 >/dev/null 2>&1 & watch=$!; "
    "wait $job; code=$?; kill $watch 2>/dev/null; exit $code"
)
"""What a shell there runs: the command, and beside it a watch that ends it when our side is gone."""

log = logging.getLogger("longfuse.queue")


def add_options(parser: argparse.ArgumentParser) -> None:
    """FireWorks' remote options."""
    remote = parser.add_argument_group("other hosts, through your own ssh")
    remote.add_argument("-rh", "--remote_host", nargs="*", metavar="HOST", help="run it on these hosts")
    remote.add_argument(
        "-rc", "--remote_config_dir", nargs="+", metavar="DIR", help=f"in these folders there (default: {CONFIG_DIR})"
    )
    remote.add_argument("-ru", "--remote_user", metavar="USER", help="as this user there")
    remote.add_argument(
        "-rp",
        "--remote_password",
        nargs="?",
        const="",
        metavar="",
        help="ask for the password once, for all hosts; give no password here, everyone could read it",
    )
    remote.add_argument("-rsh", "--remote_shell", metavar="SHELL", help=f"what runs it there (default: {SHELL})")
    remote.add_argument("-rkf", "--remote_keyfile", metavar="FILE", help="the key to log in with")
    remote.add_argument("-rs", "--remote_setup", action="store_true", help="first copy the settings files of -rc there")
    remote.add_argument("-rro", "--remote_recover_offline", action="store_true", help="first recover_offline there")
    remote.add_argument(END_OF_LIST, action="store_true", help=argparse.SUPPRESS)


def separated(words: Sequence[str]) -> list[str]:
    """The command line with each list of hosts or folders ended before the command that follows it."""
    place = next((place for place, word in enumerate(words) if word in COMMANDS), None)
    if place is None or not any(word.startswith(("-rh", "-rc", "-rp", "--remote_")) for word in words[:place]):
        return list(words)
    return [*words[:place], END_OF_LIST, *words[place:]]


def check(args: argparse.Namespace) -> None:
    """Refuse what makes no sense, in one line.

    Raises:
        ConfigError: Which option, and what to do.
    """
    if not args.remote_host:
        alone = [SHORT[name] for name in NEEDS_HOST if getattr(args, name) is not None]
        alone += [SHORT[name] for name in ("remote_setup", "remote_recover_offline") if getattr(args, name)]
        if alone or args.remote_host is not None:
            raise ConfigError(f"{(alone or ['-rh'])[0]} needs the name of another host: -rh HOST")
        return
    files = [SHORT[name] for name in LOCAL_ONLY if getattr(args, name)]
    if files:
        raise ConfigError(
            f"{files[0]} names files of this machine, but with -rh those of the other host count: name their folder "
            "there with -rc DIR; -rs copies them there"
        )
    if args.remote_password:
        raise ConfigError(
            "A password on a command line can be read by everyone on this machine: write -rp without it and you are "
            "asked, or leave -rp out and ssh asks, or use a key"
        )
    wrong = next((host for host in args.remote_host if host.startswith("-") or not host.strip()), None)
    if wrong is not None:
        raise ConfigError(f"{wrong!r} is no name of a host")


def launch(args: argparse.Namespace, secret: str | None = None) -> int:
    """Run it on each host in each folder; what goes wrong on one is no reason to leave out the others.

    Args:
        args: The parsed command line.
        secret: The password, if it was asked for (`ask_password`).

    Returns:
        The exit code: the first one that is not 0, as the host gave it; 255 if ssh failed.
    """
    folders = args.remote_config_dir or [CONFIG_DIR]
    with _environment(secret) as environment:
        codes = [_launch_on(args, host, folder, environment) for host in args.remote_host for folder in folders]
    return next((code for code in codes if code), 0)


def ask_password(args: argparse.Namespace) -> str | None:
    """Ask for the password once, if that is wished."""
    if args.remote_password is None:
        return None
    from getpass import getpass

    return getpass(f"Password for {', '.join(args.remote_host)}: ")


# --- one host
def _launch_on(args: argparse.Namespace, host: str, folder: str, environment: Mapping[str, str]) -> int:
    log.info("qlaunch on %s in %s", host, folder)
    ssh = _ssh(args, host)
    go = f"cd {_remote_path(folder)} && "
    if args.remote_setup:
        make = f"umask 077; mkdir -p {_remote_path(folder)} && {go}tar -xf -"
        code = _call([*ssh, _in_shell(args, make)], environment, _settings_files(folder))
        if code:
            return _explained(code, host, "copying the settings")
    commands = [["lpad", "recover_offline"]] if args.remote_recover_offline else []
    if args.command:
        commands.append(_qlaunch(args))
    codes = []
    for command in commands:
        watched = WATCHED.format(command=shlex.join(command))
        code = _call([*ssh, _in_shell(args, go + "{ " + watched + "; }")], environment)
        codes.append(_explained(code, host, command[0]))
        if code in (SSH_FAILED, NOT_FOUND):
            break
    return next((code for code in codes if code), 0)


def _ssh(args: argparse.Namespace, host: str) -> list[str]:
    user = ["-l", args.remote_user] if args.remote_user else []
    key = ["-i", os.path.expanduser(args.remote_keyfile)] if args.remote_keyfile else []
    once = ["-o", "NumberOfPasswordPrompts=1"] if args.remote_password is not None else []
    return ["ssh", "-T", *user, *key, *once, "--", host]


def _in_shell(args: argparse.Namespace, script: str) -> str:
    return f"{args.remote_shell or SHELL} {shlex.quote(script)}"


def _qlaunch(args: argparse.Namespace) -> list[str]:
    """The command line there: all that is not about hosts, files or repetition."""
    words = ["qlaunch"]
    flags = (("--silencer", args.silencer), ("--reserve", args.reserve), ("--fill_mode", args.fill_mode))
    words += [flag for flag, wished in flags if wished]
    places = (("--launch_dir", args.launch_dir, "."), ("--block_dir", args.block_dir, None))
    words += _valued((*places, ("--loglvl", args.loglvl, None)))
    words.append(args.command)
    if args.command == "singleshot":
        return words + _valued((("--fw_id", args.fw_id, None),))
    nlaunches = "infinite" if args.nlaunches < 0 else args.nlaunches
    words += ["--courier"] if args.courier else []
    return words + _valued(
        (
            ("--maxjobs_queue", args.maxjobs_queue, 0),
            ("--maxjobs_block", args.maxjobs_block, 500),
            ("--nlaunches", nlaunches, 0),
            ("--timeout", args.timeout, None),
            ("--sleep", args.sleep, None),
            ("--array", args.array, None),
        )
    )


def _valued(options: Sequence[tuple[str, object, object]]) -> list[str]:
    """Options and their values, without those that say what is so anyway."""
    told = ((name, value) for name, value, usual in options if value != usual)
    return [word for name, value in told for word in (name, f"{value:g}" if isinstance(value, float) else str(value))]


def _remote_path(folder: str) -> str:
    """The folder for a shell there; ``~`` is the home there."""
    if folder == "~":
        return folder
    return "~/" + shlex.quote(folder[2:]) if folder.startswith("~/") else shlex.quote(folder)


def _explained(code: int, host: str, what: str) -> int:
    if code == NOT_FOUND:
        log.error("%s: %s is not on PATH of a login shell there (-rsh names another shell)", host, what)
    elif code == SSH_FAILED:
        log.error("%s: ssh failed; `ssh %s` shows why", host, host)
    elif code:
        log.error("%s: %s ended with exit code %s", host, what, code)
    return code


# --- ssh
def _call(argv: Sequence[str], environment: Mapping[str, str], data: bytes | None = None) -> int:
    """Run ssh to its end. A Ctrl-C here ends the other side first, in order."""
    with _deaf_to_interrupts():
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, env=environment)  # noqa: S603 - ssh, without a shell
    try:
        if data is not None:
            process.communicate(data)
        return process.wait()
    except KeyboardInterrupt:
        _end(process)
        raise
    finally:
        if process.stdin is not None:
            process.stdin.close()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """What is started meanwhile ignores Ctrl-C: the terminal sends it to ssh, too, which would just cut the line."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(LAST_WORDS_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


@contextmanager
def _environment(secret: str | None) -> Iterator[dict[str, str]]:
    """What ssh gets: with a password, a program that tells it. It is in ssh's environment, which only we can read."""
    if secret is None:
        yield dict(os.environ)
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="longfuse-") as folder:
        program = Path(folder, "askpass")
        program.write_text(ASKPASS)
        program.chmod(0o700)
        asked = {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force", PASSWORD: secret}
        yield {"DISPLAY": "none", **os.environ, **asked}


def _settings_files(folder: str) -> bytes:
    """This machine's settings files of the same folder, as one archive.

    Raises:
        ConfigError: There are none.
    """
    import tarfile

    place = Path(folder).expanduser()
    paths = sorted(path for path in place.glob("*") if path.suffix in SETTINGS and path.is_file())
    if not paths:
        raise ConfigError(f"{place} holds no settings files to copy (-rs); -rc names another folder")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in paths:
            tar.add(path, arcname=path.name, filter=_nobodys)
    return archive.getvalue()


def _nobodys(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info
