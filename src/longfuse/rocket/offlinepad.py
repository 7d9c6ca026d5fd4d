"""What a Firetask sees as ``launchpad`` where the database is out of reach: it notes what shall be done.

Loaded only where a spec has ``_add_launchpad_and_fw_id``. What was noted goes home in the heartbeat and the final
record and is done there in the same order (`longfuse.launchpad.replay`).
"""

from __future__ import annotations

import _thread
import os

from longfuse.domain.wire import recursive_dict
from longfuse.errors import InputError, OfflineReadError, TaskError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from logging import Logger
    from typing import Any, NoReturn

    from longfuse.domain.firework import Firework
    from longfuse.domain.workflow import Workflow
    from longfuse.launchdir.ticket import Ticket

PROVISIONAL = -1_000_000
"""Below this are the ids that `OfflineLaunchPad.add_wf` gives. Later writes of the same launch may name them."""

_ADVICE = (
    "Put what the task needs into its spec (_pass_job_info, _files_in, an FWAction of the parent), or run this "
    "Firework where the LaunchPad can be reached, by rlaunch without --offline"
)


class OfflineLaunchPad:
    """The methods of a `LaunchPad` that change Fireworks and Workflows, noted instead of done.

    What can be checked here is refused at once, as the LaunchPad would. What only the LaunchPad can refuse (an unknown
    id) makes this launch FIZZLED when it comes home, with the reason.

    Args:
        firework: The Firework that runs: all that can be read here.
        ticket: Its launch.
        note: Takes each write, ``{"method": ..., "arguments": {...}}``, JSON-able.
        launch_dir: Where it runs; where copies of files for the FilePad are kept.
    """

    def __init__(
        self, firework: Firework, ticket: Ticket, note: Callable[[dict[str, Any]], None], launch_dir: str = "."
    ) -> None:
        self._firework = firework
        self._ticket = ticket
        self._note_down = note
        self._launch_dir = os.path.abspath(launch_dir)
        self._process = os.getpid()
        self._turn = _thread.RLock()
        self._last_id = PROVISIONAL
        self._noted = 0
        self.logdir: str | None = None
        self.strm_lvl: str | None = None

    # --- adding
    def add_wf(self, wf: Workflow | Firework, reassign_all: bool = True) -> dict[int, int]:
        """Add a Workflow or a single Firework.

        Returns:
            The map from the ids it had to provisional, negative ones, which later calls take. The LaunchPad's own ids
            are not known before this launch comes home.

        Raises:
            InputError: ``reassign_all`` is False and it has ids of its own.
            SerializationError: It holds what JSON cannot.
        """
        from longfuse.domain.firework import Firework
        from longfuse.domain.workflow import Workflow

        wf = Workflow.from_firework(wf) if isinstance(wf, Firework) else wf
        if not reassign_all and any(fw_id >= 0 for fw_id in wf.id_fw):
            raise InputError(
                "add_wf(reassign_all=False) would overwrite Fireworks that exist; leave reassign_all at True"
            )
        ids = self._add(recursive_dict(wf), wf.id_fw)
        wf.renumber(ids)
        return ids

    def bulk_add_wfs(self, wfs: Sequence[Workflow | Firework]) -> None:
        """Add many workflows; the objects get provisional ids."""
        for wf in wfs:
            self.add_wf(wf)

    def add_documents(self, documents: Iterable[Mapping[str, Any]]) -> list[dict[int, int]]:
        """Add Workflows or Fireworks in wire form; returns for each the map to its provisional ids."""
        plain = [recursive_dict(document) for document in documents]
        return [self._add(each, [fw["fw_id"] for fw in each.get("fws") or [each]]) for each in plain]

    def append_wf(
        self,
        new_wf: Workflow | Firework,
        fw_ids: int | Sequence[int],
        detour: bool | Sequence[bool] = False,
        pull_spec_mods: bool = True,
    ) -> None:
        """Add a workflow, whose ids must be negative, below existing Fireworks of one workflow."""
        parents = [fw_ids] if isinstance(fw_ids, int) else list(fw_ids)
        self.append_document(recursive_dict(new_wf), parents, detour, pull_spec_mods)

    def append_document(
        self,
        document: Mapping[str, Any],
        parents: Sequence[int],
        detour: bool | Sequence[bool] = False,
        pull_spec_mods: bool = True,
    ) -> None:
        """The same with a Workflow or Firework in wire form."""
        if not parents:
            raise InputError("append_wf needs at least one fw_id to append to")
        flags = detour if isinstance(detour, bool) else list(detour)
        self._note("append_wf", fw_ids=parents, document=document, detour=flags, pull_spec_mods=pull_spec_mods)

    # --- what a person could say
    def rerun_fw(
        self,
        fw_id: int,
        rerun_duplicates: bool = True,
        recover_launch: int | str | None = None,
        recover_mode: str | None = None,
    ) -> list[int]:
        """Run a Firework again. What that resets is not known here: the list is empty."""
        self._note(
            "rerun_fw",
            fw_id=fw_id,
            rerun_duplicates=rerun_duplicates,
            recover_launch=recover_launch,
            recover_mode=recover_mode,
        )
        return []

    def defuse_fw(self, fw_id: int, rerun_duplicates: bool = True) -> None:
        """Hold a Firework for good."""
        self._note("defuse_fw", fw_id=fw_id, rerun_duplicates=rerun_duplicates)

    def reignite_fw(self, fw_id: int) -> None:
        """Undo `defuse_fw`."""
        self._note("reignite_fw", fw_id=fw_id)

    def pause_fw(self, fw_id: int) -> None:
        """Hold a Firework that has not begun to run."""
        self._note("pause_fw", fw_id=fw_id)

    def resume_fw(self, fw_id: int) -> None:
        """Undo `pause_fw`."""
        self._note("resume_fw", fw_id=fw_id)

    def defuse_wf(self, fw_id: int, defuse_all_states: bool = True) -> None:
        """Defuse the whole Workflow of a Firework."""
        self._note("defuse_wf", fw_id=fw_id, defuse_all_states=defuse_all_states)

    def pause_wf(self, fw_id: int) -> None:
        """Pause what has not begun to run of the Workflow of a Firework."""
        self._note("pause_wf", fw_id=fw_id)

    def reignite_wf(self, fw_id: int) -> None:
        """Let go what is DEFUSED or PAUSED in the Workflow of a Firework."""
        self._note("reignite_wf", fw_id=fw_id)

    def archive_wf(self, fw_id: int) -> None:
        """Retire the Workflow of a Firework for good."""
        self._note("archive_wf", fw_id=fw_id)

    def delete_wf(self, fw_id: int, delete_launch_dirs: bool = False) -> list[str]:
        """Remove the Workflow of a Firework with its launches; their directories stay.

        Raises:
            InputError: The launch directories shall go, too: that is not done unseen and hours later.
        """
        _keep_folders(delete_launch_dirs)
        self._note("delete_wf", fw_id=fw_id)
        return []

    def delete_fws(self, fw_ids: Sequence[int], delete_launch_dirs: bool = False) -> list[str]:
        """Remove Fireworks that are whole Workflows, as `delete_wf`."""
        _keep_folders(delete_launch_dirs)
        self._note("delete_fws", fw_ids=list(fw_ids))
        return []

    def update_spec(self, fw_ids: Sequence[int], spec_document: dict[str, Any], mongo: bool = False) -> list[int]:
        """Change specs. Which Fireworks do not allow it is not known here: the list is empty."""
        self._note("update_spec", fw_ids=list(fw_ids), spec_document=spec_document, mongo=mongo)
        return []

    def set_priority(self, fw_id: int, priority: float) -> None:
        """Set a Firework's priority."""
        self.set_priorities([fw_id], priority)

    def set_priorities(self, fw_ids: Sequence[int], priority: float) -> None:
        """Set the priority of many Fireworks."""
        self._note("set_priorities", fw_ids=list(fw_ids), priority=priority)

    # --- the FilePad
    def note_file(self, path: str, identifier: str, *, compress: bool = True, metadata: Any = None) -> None:
        """Add a file to the FilePad; a copy of it waits in the launch directory.

        Raises:
            TaskError: It cannot be read, or no copy be written.
            SerializationError: The metadata hold what JSON cannot.
        """
        from longfuse.rocket.filecopy import keep_copy  # late: few tasks add files

        metadata = recursive_dict(metadata)
        copy = keep_copy(path, self._launch_dir, compress=compress)
        about = {"identifier": str(identifier), "path": os.path.abspath(path), "metadata": metadata}
        self._note("add_file", **about, compress=compress, **copy)

    def note_file_deletion(self, identifier: str) -> None:
        """Remove a file from the FilePad."""
        self._note("delete_file", identifier=str(identifier))

    # --- what can be told here
    def get_fw_by_id(self, fw_id: int) -> Firework:
        """The Firework that runs, as it was when it was reserved; no other."""
        self._only_own("get_fw_by_id", fw_id)
        return self._firework

    def get_fw_dict_by_id(self, fw_id: int) -> dict[str, Any]:
        """The same as a document."""
        self._only_own("get_fw_dict_by_id", fw_id)
        return self._firework.to_dict()

    def get_launchdir(self, fw_id: int, launch_idx: int = -1) -> str:
        """Where the Firework that runs does so; no other's, and no earlier launch's."""
        self._only_own("get_launchdir", fw_id)
        if launch_idx != -1:
            raise _out_of_reach(f"get_launchdir(launch_idx={launch_idx})")
        return self._launch_dir

    def launchpad_id(self) -> str:
        """The random id of the LaunchPad that reserved this launch."""
        return self._ticket.launchpad_id

    def to_dict(self) -> dict[str, Any]:
        """Which LaunchPad it stands for; where that is, is not known here."""
        return {"offline": True, "launchpad_id": self._ticket.launchpad_id, "launch_id": self._ticket.launch_id}

    def describe(self) -> dict[str, Any]:
        """The same for a person, and how many writes were noted so far."""
        return {**self.to_dict(), "backend": "offline", "noted": self._noted}

    def close(self) -> None:
        """Nothing is open."""

    @property
    def m_logger(self) -> Logger:
        """The LaunchPad's logger."""
        import logging

        return logging.getLogger("longfuse.launchpad")

    def log_message(self, level: int, message: str) -> None:
        """Write a log line."""
        self.m_logger.log(level, message)

    def __repr__(self) -> str:
        return f"<OfflineLaunchPad of launch {self._ticket.launch_id}, {self._noted} writes noted>"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise _out_of_reach(name)

    def _only_own(self, method: str, fw_id: int) -> None:
        if fw_id != self._firework.fw_id:
            raise _out_of_reach(f"{method}({fw_id})")

    def _add(self, document: dict[str, Any], old_ids: Iterable[int]) -> dict[int, int]:
        with self._turn:
            ids = {old: self._last_id - n for n, old in enumerate(sorted(old_ids), start=1)}
            self._note("add_wf", document=document, ids={str(old): new for old, new in ids.items()})
            self._last_id -= len(ids)
        return ids

    def _note(self, method: str, **arguments: Any) -> None:
        if os.getpid() != self._process:
            raise TaskError(
                f"LaunchPad.{method} was called in a process that the task started; offline, only the task's own "
                "process can note it: return what to do to the task, and call it there"
            )
        self._check_ids(method, arguments)
        write = recursive_dict({"method": method, "arguments": arguments})
        with self._turn:
            self._note_down(write)
            self._noted += 1

    def _check_ids(self, method: str, arguments: Mapping[str, Any]) -> None:
        named = [arguments["fw_id"]] if "fw_id" in arguments else arguments.get("fw_ids") or []
        for fw_id in named:
            if not isinstance(fw_id, int) or (fw_id < 0 and not self._last_id <= fw_id < PROVISIONAL):
                raise InputError(
                    f"LaunchPad.{method}: {fw_id!r} is no fw_id; give one of the LaunchPad's, or one that add_wf "
                    "returned"
                )


def _keep_folders(delete: bool) -> None:
    if delete:
        raise InputError("Launch directories are not removed offline: use `lpad delete_wflows --ldirs`")


def _out_of_reach(what: str) -> OfflineReadError:
    return OfflineReadError(
        f"LaunchPad.{what} needs the LaunchPad's database, which this job cannot reach (it runs offline). {_ADVICE}"
    )
