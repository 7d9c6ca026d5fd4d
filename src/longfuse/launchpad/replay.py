"""Does what an offline task asked of its ``launchpad``, when its launch comes home."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from longfuse.domain.events import Defused, Paused, Reignited, Resumed
from longfuse.errors import ActionError, InputError, LongfuseError, StoreError, UnreadableError
from longfuse.launchpad import adding, control, filepad, upkeep
from longfuse.launchpad.effects import failure, noted, undone, with_added, with_done

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from longfuse.launchpad.effects import Writes
    from longfuse.store.records import LaunchRecord
    from longfuse.store.seam import Reader, Transaction

    Arguments = Mapping[str, Any]


class WriteError(ActionError):
    """A noted write cannot be done.

    Attributes:
        done: How many of the launch's undone writes stand before it.
    """

    def __init__(self, message: str, done: int) -> None:
        super().__init__(message)
        self.done = done


def replay(
    tx: Transaction, launch: LaunchRecord, attempt: int, writes: Writes, now: datetime, *, until: WriteError | None
) -> bool:
    """Do what of these writes is undone, in order, inside a transaction, and note with the launch that it is done.

    Args:
        tx: The transaction.
        launch: Whose writes they are.
        attempt: The attempt that noted them.
        writes: All that it noted.
        now: The time.
        until: What an earlier try met; only what stands before it is done.

    Returns:
        Whether there was anything to do.

    Raises:
        WriteError: One cannot be done. The transaction is void.
        UnreadableError: A copy of a file for the FilePad is not there, or not yet. The transaction is void, too.
    """
    failed = failure(launch.effects, attempt)
    if failed and until is None:
        raise WriteError(failed, 0)
    rest = undone(launch.effects, attempt, writes)
    if not rest:
        return False
    run = _Replay(tx, launch, now)
    doable = rest if until is None else rest[: until.done]
    for n, write in enumerate(doable):
        run.do(write, n)
    effects = with_done(launch.effects, attempt, len(doable), run.ids, "" if until is None else str(until))
    launches = tx.launch_records([launch.launch_id])  # as the writes have left it, if they have
    tx.update_launches([replace(x, effects=with_added(effects, run.added)) for x in launches.values()])
    return True


def catch_up(tx: Transaction, launch: LaunchRecord, now: datetime) -> None:
    """Do what a launch noted and what was left because it was archived when it came home.

    Raises:
        WriteError: It cannot be done. The transaction is void.
    """
    replay(tx, launch, *noted(launch.effects), now, until=None)


class _Replay:
    """The LaunchPad as the writes of one launch meet it.

    It is a `Store` of one transaction, so that what the LaunchPad's methods call works here, too.
    """

    def __init__(self, tx: Transaction, launch: LaunchRecord, now: datetime) -> None:
        self._tx = tx
        self._now = now
        self.launch_dir = launch.launch_dir
        self.ids: dict[str, int] = dict((launch.effects or {}).get("ids") or {})
        self.added: list[int] = []

    def read(self) -> AbstractContextManager[Reader]:
        return nullcontext(self._tx)

    def write(self, *, synced: bool = True) -> AbstractContextManager[Transaction]:
        del synced
        return nullcontext(self._tx)

    def describe(self) -> dict[str, Any]:
        return {}

    def tune(self, *, full: bool) -> None:
        """Nothing to do with one transaction."""

    def damage(self) -> list[str]:
        """Not asked inside a transaction."""
        return []

    def close(self) -> None:
        """The transaction is not ours to end."""

    def do(self, write: Mapping[str, Any], n: int) -> None:
        method = write.get("method")
        try:
            _METHODS[str(method)](self, self._resolved(write["arguments"]), self._now)
        except (StoreError, UnreadableError):
            raise
        except (LongfuseError, KeyError, TypeError, AttributeError, ValueError) as error:
            what = str(error) if isinstance(error, LongfuseError) else f"{type(error).__name__}: {error}"
            raise WriteError(f"what a task asked of the LaunchPad could not be done: {method}: {what}", n) from error

    def _resolved(self, arguments: Arguments) -> dict[str, Any]:
        """The arguments, with the ids that provisional ones became."""
        resolved = dict(arguments)
        if "fw_id" in resolved:
            resolved["fw_id"] = self._real(resolved["fw_id"])
        if "fw_ids" in resolved:
            resolved["fw_ids"] = [self._real(fw_id) for fw_id in resolved["fw_ids"]]
        return resolved

    def _real(self, fw_id: int) -> int:
        if fw_id < 0 and str(fw_id) not in self.ids:
            raise InputError(f"{fw_id} is no id that add_wf gave in this launch")
        return self.ids.get(str(fw_id), fw_id)

    def add_wf(self, arguments: Arguments, now: datetime) -> None:
        new = adding.add(self, [adding.draft(arguments["document"])], now)[0]
        self.ids |= {str(provisional): new[int(old)] for old, provisional in arguments["ids"].items()}
        self.added += new.values()

    def append_wf(self, arguments: Arguments, now: datetime) -> None:
        detour, pull = arguments["detour"], arguments["pull_spec_mods"]
        self.added += adding.append(self, arguments["document"], arguments["fw_ids"], detour, pull, now)


def _add_file(store: _Replay, arguments: Arguments, now: datetime) -> None:
    with store.write() as tx:
        filepad.take_in(tx, store.launch_dir, arguments, now)


def _delete_file(store: _Replay, arguments: Arguments, _: datetime) -> None:
    with store.write() as tx:
        filepad.remove(tx, filepad.DEFAULT_PAD, {"identifier": arguments["identifier"]})


def _rerun(store: _Replay, arguments: Arguments, now: datetime) -> None:
    control.rerun(
        store,
        arguments["fw_id"],
        now,
        duplicates=arguments["rerun_duplicates"],
        recover_launch=arguments["recover_launch"],
        recover_mode=arguments["recover_mode"],
    )


def _decide(kind: Callable[[int], Any], store: _Replay, arguments: Arguments, now: datetime) -> None:
    control.decide(store, [kind(arguments["fw_id"])], now)


def _defuse(store: _Replay, arguments: Arguments, now: datetime) -> None:
    control.decide(store, [Defused(arguments["fw_id"], arguments["rerun_duplicates"])], now)


def _defuse_wf(store: _Replay, arguments: Arguments, now: datetime) -> None:
    control.defuse_workflows(store, [arguments["fw_id"]], now, all_states=arguments["defuse_all_states"])


def _whole(
    what: Callable[[Any, list[int], datetime], object], store: _Replay, arguments: Arguments, now: datetime
) -> None:
    what(store, [arguments["fw_id"]], now)


def _delete(store: _Replay, arguments: Arguments, _: datetime) -> None:
    control.delete_workflows(store, [arguments["fw_id"]])


def _delete_fws(store: _Replay, arguments: Arguments, _: datetime) -> None:
    upkeep.delete_fireworks(store, arguments["fw_ids"])


def _update_spec(store: _Replay, arguments: Arguments, now: datetime) -> None:
    control.update_specs(store, arguments["fw_ids"], arguments["spec_document"], now, mongo=arguments["mongo"])


def _set_priorities(store: _Replay, arguments: Arguments, now: datetime) -> None:
    control.set_priorities(store, arguments["fw_ids"], arguments["priority"], now)


_METHODS: dict[str, Callable[[_Replay, Arguments, datetime], None]] = {
    "add_wf": _Replay.add_wf,
    "append_wf": _Replay.append_wf,
    "rerun_fw": _rerun,
    "defuse_fw": _defuse,
    "reignite_fw": partial(_decide, Reignited),
    "pause_fw": partial(_decide, Paused),
    "resume_fw": partial(_decide, Resumed),
    "defuse_wf": _defuse_wf,
    "pause_wf": partial(_whole, control.pause_workflows),
    "reignite_wf": partial(_whole, control.reignite_workflows),
    "archive_wf": partial(_whole, control.archive_workflows),
    "delete_wf": _delete,
    "delete_fws": _delete_fws,
    "update_spec": _update_spec,
    "set_priorities": _set_priorities,
    "add_file": _add_file,
    "delete_file": _delete_file,
}
"""What `longfuse.rocket.offlinepad.OfflineLaunchPad` notes, by its names and with its arguments."""
