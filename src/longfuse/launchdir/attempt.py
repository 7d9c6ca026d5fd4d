"""Starting a launch: once, although its script may be started twice, requeued, or submitted again."""

from __future__ import annotations

import os
import stat

from longfuse.errors import AlreadyEndedError, AttemptAliveError, ForeignFileError, UnreadableError
from longfuse.launchdir.aside import set_aside_others
from longfuse.launchdir.claim import UNKNOWN_RESTART, newest_attempt, read_claim
from longfuse.launchdir.files import ROOT, read_json, server_time, sync_folder, write_first_json, write_json
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.legacy import final_of, is_legacy, read_json_or_compressed
from longfuse.launchdir.names import FINAL, FIREWORK, PING, TICKET, claim_name, interrupted_name
from longfuse.launchdir.process import is_alive
from longfuse.launchdir.ticket import DEFAULT_PING_INTERVAL_S, Ticket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from longfuse.launchdir.claim import Claim

MISSED_PINGS = 3
"""An attempt on another machine that was silent for so many ping intervals counts as dead."""


def read_ticket(launch_dir: str) -> Ticket:
    """The ticket of the launch that this directory is for, which this user shall run.

    Raises:
        UnreadableError: There is none, or it cannot be read.
        ForeignFileError: Somebody else owns or can write it, or the Firework: what it says would be run as this user.
    """
    for name in (FIREWORK, TICKET):
        _check_owner(os.path.join(launch_dir, name))
    path = os.path.join(launch_dir, TICKET)
    document = read_json_or_compressed(path)
    if document is None:
        raise UnreadableError(
            f"there is no {TICKET} in {launch_dir}; start this in a launch directory that qlaunch -r made"
        )
    return Ticket.from_dict(document, path)


def _check_owner(path: str) -> None:
    try:
        status = os.stat(path)
    except OSError:
        return  # reading it tells what is wrong
    if status.st_uid not in (os.geteuid(), ROOT):
        raise ForeignFileError(
            f"{path} belongs to user {status.st_uid}, so what it says is not run as you; if you trust it, copy the "
            "launch directory"
        )
    if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and not is_private_group(status.st_gid)):
        raise ForeignFileError(
            f"{path} can be written by others, so what it says is not run as you; if it is as you left it: "
            f"chmod go-w {path}"
        )


def is_private_group(gid: int) -> bool:
    """Whether nobody but this user is in a group, as where each user has one of the same name (umask 002)."""
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def read_final(launch_dir: str, ticket: Ticket) -> FinalRecord | None:
    """The final record that stands for this launch, if it has ended.

    Raises:
        UnreadableError: There is one, but it cannot be read.
        ForeignFileError: It belongs to another launch.
    """
    path = os.path.join(launch_dir, FINAL)
    document = read_json(path)
    if document is None:
        return None if ticket.token else _legacy_final(launch_dir)
    final = FinalRecord.from_dict(document, path)
    if (final.launch_id, final.token) != (ticket.launch_id, ticket.token):
        raise ForeignFileError(f"{path} belongs to launch {final.launch_id}, not to {ticket.launch_id}; move it away")
    return final


def begin(launch_dir: str, ticket: Ticket, draft: Claim, *, synced: bool = True) -> Claim:
    """Make the next attempt of this launch ours.

    A final record ends the launch, with one exception: schedulers that requeue a job send it SIGTERM first, so where a
    signal ended an attempt and the scheduler has started that same job again, its record moves aside.

    Args:
        launch_dir: Absolute path.
        ticket: Whose launch it is.
        draft: Our claim; its number is set here.
        synced: See `write_json`.

    Returns:
        The claim as it is written.

    Raises:
        AlreadyEndedError: A final record stands.
        AttemptAliveError: Another attempt runs, or may well.
        UnreadableError: A final record is there, but cannot be read.
        OSError: The file system refused; nothing was started.
    """
    set_aside_others(launch_dir, ticket.launch_id, ticket.token)
    while True:
        _refuse_after_end(launch_dir, ticket, draft)
        newest = newest_attempt(launch_dir)
        if newest:
            _refuse_beside_living(launch_dir, newest, draft)
        draft.attempt = newest + 1
        path = os.path.join(launch_dir, claim_name(draft.attempt))
        try:
            write_json(path, draft.to_dict(), exclusive=True, synced=synced)
        except FileExistsError:
            continue
        # The earlier attempt may have ended well between our first look and its death.
        _refuse_after_end(launch_dir, ticket, draft)
        return draft


def begin_first(launch_dir: str, ticket: Ticket, draft: Claim, *, synced: bool = True) -> Claim:
    """The same in a directory that was made for this launch just now: there is nothing to be looked for.

    Raises:
        AttemptAliveError: Somebody was quicker all the same.
        OSError: The file system refused; nothing was started.
    """
    draft.attempt = 1
    try:
        write_first_json(os.path.join(launch_dir, claim_name(1)), draft.to_dict(), synced=synced)
    except FileExistsError:
        raise AttemptAliveError(
            f"launch {ticket.launch_id} in {launch_dir} was started by another process at this moment; this start does "
            "nothing"
        ) from None
    return draft


def superseded(launch_dir: str, attempt: int) -> bool:
    """Whether a later attempt has taken this launch over, so that this one must stop and write nothing more."""
    return os.path.lexists(os.path.join(launch_dir, claim_name(attempt + 1)))


def why_alive(earlier: Claim, ours: Claim, quiet_s: float) -> str:
    """Why an earlier attempt must be taken for running; empty if it has ended.

    Args:
        earlier: Its claim.
        ours: The claim we want to make.
        quiet_s: How long it has not written anything.
    """
    if _restarted_by_scheduler(earlier, ours):
        return ""
    if earlier.machine and earlier.machine == ours.machine:
        return _why_alive_here(earlier)
    limit_s = MISSED_PINGS * earlier.ping_interval_s
    if quiet_s > limit_s:
        return ""
    job = f" in job {earlier.job_id}" if earlier.job_id else ""
    return f"it runs on {earlier.host}{job} and was heard {quiet_s:.0f} s ago (silent for {limit_s:.0f} s, it is dead)"


def _restarted_by_scheduler(earlier: Claim, ours: Claim) -> bool:
    """Whether both are the same batch job, which the scheduler has started again after ending the earlier run."""
    if not ours.job_id or ours.job_id != earlier.job_id:
        return False
    if ours.restart == UNKNOWN_RESTART:
        # A job runs on one set of nodes at a time; on the same machine its processes can be asked instead.
        return ours.machine != earlier.machine
    return ours.restart > earlier.restart


def _why_alive_here(earlier: Claim) -> str:
    for pid, born in ((earlier.pid, earlier.born), (earlier.task_pid, earlier.task_born)):
        if is_alive(pid, born):
            return f"its process {pid} runs on this machine"
    return ""


def _refuse_after_end(launch_dir: str, ticket: Ticket, ours: Claim) -> None:
    final = read_final(launch_dir, ticket)
    if final is None:
        return
    if _was_requeued(launch_dir, final, ours) and _moved_aside(launch_dir, final):
        return
    raise AlreadyEndedError(
        f"launch {ticket.launch_id} in {launch_dir} has ended as {final.state} in attempt {final.attempt}; "
        "there is nothing left to run"
    )


def _was_requeued(launch_dir: str, final: FinalRecord, ours: Claim) -> bool:
    """Whether a signal ended that attempt because the scheduler wanted to start its job again, as it does now."""
    if not final.signal:
        return False
    ended = read_claim(launch_dir, final.attempt)
    return ended is not None and _restarted_by_scheduler(ended, ours)


def _moved_aside(launch_dir: str, interrupted: FinalRecord) -> bool:
    """Move the record of an interrupted attempt aside; False if meanwhile another start did so and ended, too."""
    path, aside = os.path.join(launch_dir, FINAL), os.path.join(launch_dir, interrupted_name(interrupted.attempt))
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return True
    moved = read_json(aside) or {}
    if moved.get("attempt") != interrupted.attempt:
        os.rename(aside, path)  # it is the result of a later attempt
        return False
    sync_folder(launch_dir)
    return True


def _refuse_beside_living(launch_dir: str, newest: int, ours: Claim) -> None:
    quiet_s = _quiet_s(launch_dir, newest)
    earlier = read_claim(launch_dir, newest)
    if earlier is not None and earlier.is_withdrawal:
        raise AlreadyEndedError(
            f"launch {ours.launch_id} in {launch_dir} was taken back when its job was not to be found in the queue; "
            "its Firework was given to another launch, so this start does nothing"
        )
    if earlier is not None:
        why = why_alive(earlier, ours, quiet_s)
    elif quiet_s <= MISSED_PINGS * DEFAULT_PING_INTERVAL_S:
        why = f"its claim cannot be read and it wrote something {quiet_s:.0f} s ago"
    else:
        why = ""
    if why:
        raise AttemptAliveError(
            f"attempt {newest} of launch {ours.launch_id} in {launch_dir} is running: {why}; this start does nothing"
        )


def _quiet_s(launch_dir: str, attempt: int) -> float:
    """How long an attempt has not written anything, by the clock of the file system."""
    heard = max(_mtime(os.path.join(launch_dir, name)) for name in (PING, claim_name(attempt)))
    return server_time(launch_dir) - heard


def _mtime(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _legacy_final(launch_dir: str) -> FinalRecord | None:
    """How FireWorks itself ended this launch, if it did."""
    document = read_json_or_compressed(os.path.join(launch_dir, TICKET)) or {}
    return final_of(document) if is_legacy(document) else None
