"""The `LaunchPad`: FireWorks' Python API over the engine and a store.

Every method that changes something is one transaction: it happens wholly or not at all, also when the process is
killed in the middle. Only upkeep, which may be about very many, does it some hundreds at a time.
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from longfuse.domain.states import ENDED, State
from longfuse.domain.wire import now, parse_iso, recursive_dict
from longfuse.errors import InputError, NotFoundError
from longfuse.launchdir.ticket import DEFAULT_PING_INTERVAL_S
from longfuse.launchpad import location
from longfuse.launchpad.defaults import Defaults
from longfuse.launchpad.late import late
from longfuse.store.documents import launch_document
from longfuse.store.open import open_store, sqlite_path
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Collection as Collected
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from longfuse.domain import events, registry
    from longfuse.domain import query as queries
    from longfuse.domain.action import FWAction
    from longfuse.domain.firework import Firework
    from longfuse.domain.fworker import FWorker
    from longfuse.domain.launch import Launch
    from longfuse.domain.workflow import Workflow
    from longfuse.launchpad import (
        adding,
        batches,
        collections,
        consistency,
        control,
        evidence,
        history,
        launches,
        lookup,
        replay,
        restoring,
        status,
        tracking,
        upkeep,
    )
    from longfuse.launchpad import folders as launch_folders
    from longfuse.launchpad.collections import Database, DocumentCollection
    from longfuse.launchpad.control import Foreseen
    from longfuse.launchpad.launches import Accepted, Checkout, Reservation
    from longfuse.launchpad.outcomes import Outcome
    from longfuse.launchpad.status import Snapshot
    from longfuse.launchpad.tracking import Tracked
    from longfuse.launchpad.verdict import Sighting
    from longfuse.launchpad.why import Subject
    from longfuse.store.records import LaunchRecord, OfflineRun, OpenRun
    from longfuse.store.seam import Store
else:
    events, queries, registry = late("longfuse.domain", "events", "query", "registry")
    adding, batches, collections, consistency, control = late(
        "longfuse.launchpad", "adding", "batches", "collections", "consistency", "control"
    )
    evidence, launch_folders, history = late("longfuse.launchpad", "evidence", "folders", "history")
    launches, lookup, replay, restoring = late("longfuse.launchpad", "launches", "lookup", "replay", "restoring")
    status, tracking, upkeep = late("longfuse.launchpad", "status", "tracking", "upkeep")

RESERVATION_EXPIRATION_S, RUN_EXPIRATION_S, MAINTAIN_INTERVAL_S = 1_209_600.0, 14_400.0, 120.0
"""FireWorks' two weeks in the queue, four hours of silence, and two minutes between two rounds of upkeep."""

GRACE_S = 10.0
"""How long after a job's end its files may still appear before the launch is judged without them."""


class LaunchPad:
    """A database of workflows.

    Args:
        url: The database, as SQLAlchemy writes it (``sqlite:////home/me/launchpad.db``); None takes the per-user one.
        logdir: Kept for FireWorks' files; log lines go to the ``longfuse`` logger.
        strm_lvl: Level of that logger, or None to leave it as it is.
        create: Make the database if it does not exist.
        ping_interval_s: How often rockets shall give a sign of life.
        order: Among equal priorities ``FIFO`` takes the oldest Firework first, ``FILO`` the newest (``SORT_FWS``).
        user_packages: Where rockets look for Firetasks of the user's own (``ADD_USER_PACKAGES``).
        defaults: What is filled in where a Firework that is launched leaves it open (``TRACKER_LINES``, ...).
        keep_exception_details: Whether a rerun leaves what the failed run's exception told in the spec
            (``EXCEPT_DETAILS_ON_RERUN``).
        mongo: FireWorks' arguments for MongoDB (``host``, ``port``, ``name``, ...); any of them is an error that says
            what to do instead.

    Raises:
        ConfigError: Arguments for MongoDB.
        StoreUnavailableError: There is no database, or it cannot be opened.
        SchemaError: It is no LaunchPad, or of another version.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        logdir: str | None = None,
        strm_lvl: str | None = None,
        create: bool = False,
        ping_interval_s: float = DEFAULT_PING_INTERVAL_S,
        order: str = "",
        user_packages: Sequence[str] = (),
        defaults: Defaults | None = None,
        keep_exception_details: bool = False,
        **mongo: Any,
    ) -> None:
        if mongo or (url is not None and "://" not in url):
            location.location_of({**mongo, **({"host": url} if url else {})}, "LaunchPad(...)", Path.cwd())
        self.url = location.absolute_url(url or location.default_url(os.environ), Path.cwd())
        self.logdir = logdir
        self.strm_lvl = strm_lvl
        self.m_logger = logging.getLogger("longfuse.launchpad")
        if strm_lvl:
            self.m_logger.setLevel(strm_lvl)
        self._ping_interval_s = ping_interval_s
        self._order = order
        self._user_packages = tuple(user_packages)
        self._defaults = defaults or Defaults()
        self._keep_exception_details = keep_exception_details
        self._store: Store = open_store(self.url, create=create)

    # --- where it is
    @classmethod
    def auto_load(cls) -> LaunchPad:
        """The LaunchPad that the commands use: LAUNCHPAD_LOC, a ``my_launchpad.yaml``, else the per-user one.

        Raises:
            ConfigError: A settings file cannot be understood.
            StoreError: The database cannot be opened.
        """
        settings = registry.import_class("longfuse.settings", "resolve")()  # by name: it stands above this layer
        found: LaunchPad = registry.import_class("longfuse.settings", "open_launchpad")(settings)
        return found

    @classmethod
    def from_file(cls, filename: str | Path, *, create: bool = False) -> LaunchPad:
        """The LaunchPad that a ``my_launchpad.yaml`` names.

        Raises:
            ConfigError: The file cannot be read or understood.
        """
        place = location.read_location(filename)
        return cls(place.url, logdir=place.logdir, strm_lvl=place.strm_lvl, create=create)

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> LaunchPad:
        """The LaunchPad that `to_dict` described."""
        place = location.location_of(dict(d), "LaunchPad.from_dict", Path.cwd())
        return cls(place.url, logdir=place.logdir, strm_lvl=place.strm_lvl)

    def to_dict(self) -> dict[str, Any]:
        """What a LaunchPad file holds."""
        return {"url": self.url, "logdir": self.logdir, "strm_lvl": self.strm_lvl}

    to_db_dict = as_dict = to_dict

    def to_file(self, filename: str | Path) -> None:
        """Write a LaunchPad file (YAML)."""
        from longfuse.domain import yamlio

        content = {key: value for key, value in self.to_dict().items() if value is not None}
        Path(filename).write_text(yamlio.dump(content), encoding="utf-8")

    def describe(self) -> dict[str, Any]:
        """Where the records are and how they are kept."""
        return self._store.describe()

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def reset(
        self, password: str | None = None, require_password: bool = True, max_reset_wo_password: int = 25
    ) -> None:
        """Empty the LaunchPad.

        Args:
            password: Today's date as YYYY-MM-DD.
            require_password: Whether the password is needed.
            max_reset_wo_password: Without password, at most so many workflows may be lost.

        Raises:
            InputError: The password is missing or wrong, or there are more workflows than that.
        """
        today = date.today().isoformat()  # noqa: DTZ011 - a person reads the date off a local calendar
        workflows = self.get_wf_ids(count_only=True)
        if require_password and password != today:
            raise InputError(f"Invalid password! Password is today's date: {today}")
        if not require_password and workflows > max_reset_wo_password:
            raise InputError(
                f"The LaunchPad holds {workflows} workflows, more than {max_reset_wo_password}: "
                f"to empty it give the password, today's date {today}"
            )
        with self._store.write() as tx:
            tx.reset()
        self.m_logger.info("LaunchPad was RESET.")

    # --- FireWorks' collections
    @property
    def fireworks(self) -> DocumentCollection:
        """The Fireworks as FireWorks' documents, to read only."""
        return self.db["fireworks"]

    @property
    def launches(self) -> DocumentCollection:
        """The launches as FireWorks' documents, to read only."""
        return self.db["launches"]

    @property
    def workflows(self) -> DocumentCollection:
        """The Workflows as FireWorks' documents, to read only."""
        return self.db["workflows"]

    @property
    def db(self) -> Database:
        """The three by their names."""
        return collections.Database(self._store)

    # --- adding
    def add_wf(self, wf: Workflow | Firework, reassign_all: bool = True) -> dict[int, int]:
        """Add a Workflow or a single Firework.

        Args:
            wf: The Workflow; the objects get their new ids.
            reassign_all: Kept for FireWorks' sake; ids are always given anew, as two workflows cannot share one.

        Returns:
            The map from the ids it had to the ids it got.

        Raises:
            WorkflowError: It is no workflow, or `reassign_all` is False and it has ids of its own.
        """
        [wf] = _whole([wf])
        if not reassign_all and any(fw_id >= 0 for fw_id in wf.id_fw):
            raise InputError(
                "add_wf(reassign_all=False) would overwrite Fireworks that exist; leave reassign_all at True"
            )
        ids = self.add_documents([recursive_dict(wf)])[0]
        wf.renumber(ids)
        return ids

    def bulk_add_wfs(self, wfs: Sequence[Workflow | Firework]) -> None:
        """Add many workflows in one transaction; the objects get their new ids."""
        whole = _whole(wfs)
        for wf, ids in zip(whole, self.add_documents(map(recursive_dict, whole)), strict=True):
            wf.renumber(ids)

    def add_documents(self, documents: Iterable[Mapping[str, Any]]) -> list[dict[int, int]]:
        """Add Workflows or Fireworks in wire form, in one transaction; needs no class of any Firetask.

        Returns:
            For each the map from its ids to the new ones.
        """
        maps = adding.add(self._store, [adding.draft(document) for document in documents], now())
        for ids in maps:
            self.m_logger.info("Added a workflow. id_map: %s", ids)
        return maps

    def append_wf(
        self,
        new_wf: Workflow | Firework,
        fw_ids: int | Sequence[int],
        detour: bool | Sequence[bool] = False,
        pull_spec_mods: bool = True,
    ) -> None:
        """Add a workflow below existing Fireworks of one workflow.

        Args:
            new_wf: Its ids must be negative.
            fw_ids: The Fireworks that get its roots as children.
            detour: Whether their present children shall also wait for its leaves; one flag, or one a Firework.
            pull_spec_mods: Whether its roots get the spec changes of those Fireworks that are COMPLETED.
        """
        parents = [fw_ids] if isinstance(fw_ids, int) else list(fw_ids)
        self.append_document(recursive_dict(new_wf), parents, detour, pull_spec_mods)

    def append_document(
        self,
        document: Mapping[str, Any],
        parents: Sequence[int],
        detour: bool | Sequence[bool] = False,
        pull_spec_mods: bool = True,
    ) -> list[int]:
        """The same with a Workflow or Firework in wire form; returns the new ids."""
        return adding.append(self._store, document, parents, detour, pull_spec_mods, now())

    # --- looking up
    def get_launch_by_id(self, launch_id: int) -> Launch:
        """The launch, archived or not."""
        from longfuse.domain.launch import Launch

        with self._store.read() as reader:
            return Launch.from_dict(launch_document(launches.launch_or_error(reader, launch_id)))

    def get_fw_dict_by_id(self, fw_id: int) -> dict[str, Any]:
        """A Firework as a document, with whole launches."""
        return lookup.fw_db_document(self._store, fw_id)

    def get_fw_dicts(self, fw_ids: Iterable[int], hidden: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """Fireworks in ``Firework.to_dict`` shape, in that order, as a stream.

        Args:
            fw_ids: Which.
            hidden: Keys that are left out; a spec or launches that are not shown are not read.
        """
        return lookup.fw_documents(self._store, fw_ids, hidden)

    def get_fw_by_id(self, fw_id: int) -> Firework:
        """A Firework as an object; needs the classes of its Firetasks."""
        from longfuse.domain.firework import Firework

        return Firework.from_dict(next(self.get_fw_dicts([fw_id])))

    def get_wf_by_fw_id(self, fw_id: int) -> Workflow:
        """The Workflow that a Firework belongs to, whole; needs the classes of its Firetasks."""
        from longfuse.domain.workflow import Workflow

        return Workflow.from_dict(self.get_wf_dict_by_fw_id(fw_id))

    get_wf_by_fw_id_lzyfw = get_wf_by_fw_id

    def get_wf_dict_by_fw_id(self, fw_id: int) -> dict[str, Any]:
        """The Workflow that a Firework belongs to, in ``Workflow.to_dict`` shape."""
        return lookup.wf_document(self._store, fw_id)

    def get_wf_summary_dict(self, fw_id: int, mode: str = "more") -> dict[str, Any]:
        """A Workflow in short; ``mode`` is less, more, all or reservations."""
        return lookup.wf_summary(self._store, fw_id, mode)

    def get_wf_summaries(self, fw_ids: Iterable[int], mode: str = "more") -> Iterator[dict[str, Any]]:
        """Many Workflows in short, as a stream."""
        return (self.get_wf_summary_dict(fw_id, mode) for fw_id in fw_ids)

    def get_fw_ids(
        self,
        query: Mapping[str, Any] | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        count_only: bool = False,
        launches_mode: bool = False,
    ) -> Any:
        """Ids of the Fireworks that match a Mongo-style query, or with ``count_only`` how many."""
        if count_only:
            return _capped(lookup.count_fws(self._store, query, launches_mode=launches_mode), limit)
        return lookup.fw_ids(self._store, query, sort=sort, limit=limit, launches_mode=launches_mode)

    def get_wf_ids(
        self,
        query: Mapping[str, Any] | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        count_only: bool = False,
    ) -> Any:
        """The first Firework's id of each Workflow that matches, or with ``count_only`` how many."""
        if count_only:
            return _capped(lookup.count_wfs(self._store, query), limit)
        return lookup.wf_fw_ids(self._store, query, sort=sort, limit=limit)

    def each_fw_id(self, query: Mapping[str, Any] | None = None, limit: int = 0) -> Iterator[int]:
        """The same as `get_fw_ids`, ascending, as a stream."""
        return lookup.each_fw_id(self._store, query, limit=limit)

    def each_wf_id(self, query: Mapping[str, Any] | None = None, limit: int = 0) -> Iterator[int]:
        """The same as `get_wf_ids`, in the order in which they were added, as a stream."""
        return lookup.each_wf_fw_id(self._store, query, limit=limit)

    def get_fw_ids_in_wfs(
        self,
        wf_query: Mapping[str, Any] | None = None,
        fw_query: Mapping[str, Any] | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        count_only: bool = False,
        launches_mode: bool = False,
    ) -> Any:
        """Ids of the Fireworks that match ``fw_query`` in Workflows that match ``wf_query``, or how many."""
        found = lookup.fw_ids_in_wfs(
            self._store, wf_query, fw_query, sort=sort, limit=limit, launches_mode=launches_mode
        )
        return len(found) if count_only else found

    def get_fw_ids_of_wf(self, fw_id: int) -> list[int]:
        """All Fireworks of the Workflow of a Firework."""
        with self._store.read() as reader:
            return reader.members(control.node_or_error(reader, fw_id).wf_id)

    def evidence(self, fw_ids: Sequence[int], fworker: FWorker | None = None) -> list[Subject]:
        """What is on record of these Fireworks, for `longfuse.launchpad.why.explain`; READY ones are shown to a worker.

        Raises:
            NotFoundError: One does not exist.
        """
        from longfuse.domain.fworker import FWorker

        return evidence.gather(self._store, fw_ids, fworker or FWorker())

    def count_by(
        self, collection: str, fields: Sequence[tuple[str, int]], query: Mapping[str, Any] | None = None
    ) -> dict[tuple[Any, ...], int]:
        """How many ``fireworks``, ``workflows`` or ``launches`` have the same values in some fields.

        Args:
            collection: Which of the three.
            fields: Pairs of a field and how many of its first characters count; 0 means all.
            query: Only what matches this Mongo-style query.
        """
        with self._store.read() as reader:
            return reader.count_by(Collection(collection), fields, queries.parse(query) if query else None)

    def snapshot(self) -> Snapshot:
        """What is on record of the LaunchPad as a whole, for `longfuse.launchpad.status.assess`."""
        return status.snapshot(self._store)

    def get_tracker_data(self, fw_id: int) -> list[dict[str, Any]]:
        """What the Trackers of a Firework see: ``{"launch_id", "trackers"}`` of each launch that has some."""
        return tracking.tracker_data(self._store, fw_id)

    def get_tracked(self, fw_ids: Sequence[int]) -> Iterator[Tracked]:
        """Those of these Fireworks that have Trackers, with their launches, as a stream."""
        return tracking.tracked(self._store, fw_ids)

    def get_state_counts(self) -> dict[State, int]:
        """How many Fireworks are in each state."""
        with self._store.read() as reader:
            return reader.state_counts(Collection.FIREWORKS)

    def get_launchdir(self, fw_id: int, launch_idx: int = -1) -> str | None:
        """The directory of one of a Firework's launches; None if it has none such."""
        with self._store.read() as reader:
            control.node_or_error(reader, fw_id)
            current = [x for x in reader.launch_records_of([fw_id], actions=False)[fw_id] if not x.archived]
        try:
            return current[launch_idx].launch_dir
        except IndexError:
            return None

    def ready_count(self, fworker: FWorker | None = None) -> int:
        """How many Fireworks are READY for this worker, duplicates among them."""
        found: int = self.get_fw_ids({"$and": [_worker_query(fworker), {"state": "READY"}]}, count_only=True)
        return found

    def run_exists(self, fworker: FWorker | None = None) -> bool:
        """Whether a Firework is READY that this worker may run; duplicates share launches first and need not."""
        return launches.run_exists(self._store, _worker_query(fworker), now())

    def future_run_exists(self, fworker: FWorker | None = None) -> bool:
        """Whether one is READY, or may become so when what is RESERVED or RUNNING now ends."""
        if self.run_exists(fworker):
            return True
        with self._store.read() as reader:
            return reader.has_future_work(queries.parse(_worker_query(fworker)))

    # --- a person's word
    def rerun_fw(
        self,
        fw_id: int,
        rerun_duplicates: bool = True,
        recover_launch: int | str | None = None,
        recover_mode: str | None = None,
    ) -> list[int]:
        """Run a Firework again, with its duplicates; see `longfuse.launchpad.control.rerun`."""
        reruns = control.rerun(
            self._store,
            fw_id,
            now(),
            duplicates=rerun_duplicates,
            recover_launch=recover_launch,
            recover_mode=recover_mode,
            keep_details=self._keep_exception_details,
        )
        self._tell_of_left([fw_id], reruns)
        return reruns

    def rerun_fws(self, fw_ids: Sequence[int]) -> list[int]:
        """`rerun_fw` of one after the other in one transaction; returns the Fireworks that were reset."""
        reruns = control.rerun_many(self._store, fw_ids, now(), keep_details=self._keep_exception_details)
        self._tell_of_left(fw_ids, reruns)
        return reruns

    def _tell_of_left(self, fw_ids: Sequence[int], reruns: Sequence[int]) -> None:
        left = sorted(set(fw_ids).difference(reruns))
        for fw_id, state in self._states(left).items():
            self.m_logger.info("Cannot rerun fw_id=%s: it is %s.", fw_id, state)

    def in_batches(self, fw_ids: Iterable[int], *, workflows: bool = False) -> Iterator[list[int]]:
        """These Fireworks in batches, each of which one short transaction can change: nobody waits for all of them.

        Args:
            fw_ids: Which, in their order.
            workflows: It is the whole Workflows of these that shall change.
        """
        split = batches.of_workflows if workflows else batches.of_fireworks
        return batches.with_rests(self._store, split(self._store, fw_ids))

    def in_turn(self, fw_ids: Iterable[Any]) -> Iterator[Any]:
        """These one by one, for a transaction each, with the rests of `in_batches` for others."""
        return batches.with_rests(self._store, fw_ids)

    def foresee_rerun(self, fw_ids: Sequence[int]) -> Foreseen:
        """What `rerun_fw` of these Fireworks would do; nothing is changed."""
        return control.foresee_rerun(self._store, fw_ids)

    def defuse_fw(self, fw_id: int, rerun_duplicates: bool = True) -> State:
        """Hold a Firework for good; returns its state. Where that resets a launch, its duplicates run again."""
        return self._decide(events.Defused(fw_id, rerun_duplicates))[fw_id]

    def defuse_fws(self, fw_ids: Sequence[int]) -> dict[int, State]:
        """`defuse_fw` of one after the other in one transaction; returns their states."""
        return self._decide(*(events.Defused(fw_id, duplicates=True) for fw_id in fw_ids))

    def reignite_fw(self, fw_id: int) -> State:
        """Undo `defuse_fw`; returns its state."""
        return self.reignite_fws([fw_id])[fw_id]

    def reignite_fws(self, fw_ids: Sequence[int]) -> dict[int, State]:
        """`reignite_fw` of one after the other in one transaction; returns their states."""
        return self._decide(*map(events.Reignited, fw_ids))

    def pause_fw(self, fw_id: int) -> State:
        """Hold a Firework that has not begun to run; returns its state."""
        return self.pause_fws([fw_id])[fw_id]

    def pause_fws(self, fw_ids: Sequence[int]) -> dict[int, State]:
        """`pause_fw` of one after the other in one transaction; returns their states."""
        states = self._decide(*map(events.Paused, fw_ids))
        for fw_id, state in states.items():
            if state is not State.PAUSED:
                self.m_logger.error("No pausable (WAITING,READY,RESERVED) Firework exists with fw_id=%s", fw_id)
        return states

    def resume_fw(self, fw_id: int) -> State:
        """Undo `pause_fw`; returns its state."""
        return self.resume_fws([fw_id])[fw_id]

    def resume_fws(self, fw_ids: Sequence[int]) -> dict[int, State]:
        """`resume_fw` of one after the other in one transaction; returns their states."""
        return self._decide(*map(events.Resumed, fw_ids))

    def defuse_wf(self, fw_id: int, defuse_all_states: bool = True) -> None:
        """Defuse the whole Workflow of a Firework; False leaves what has ended."""
        self.defuse_wfs([fw_id], defuse_all_states)

    def defuse_wfs(self, fw_ids: Sequence[int], defuse_all_states: bool = True) -> None:
        """`defuse_wf` of many in one transaction."""
        control.defuse_workflows(self._store, fw_ids, now(), all_states=defuse_all_states)

    def pause_wf(self, fw_id: int) -> None:
        """Pause what has not begun to run of the Workflow of a Firework."""
        self.pause_wfs([fw_id])

    def pause_wfs(self, fw_ids: Sequence[int]) -> None:
        """`pause_wf` of many in one transaction."""
        control.pause_workflows(self._store, fw_ids, now())

    def reignite_wf(self, fw_id: int) -> None:
        """Let go what is DEFUSED or PAUSED in the Workflow of a Firework."""
        self.reignite_wfs([fw_id])

    def reignite_wfs(self, fw_ids: Sequence[int]) -> None:
        """`reignite_wf` of many in one transaction."""
        control.reignite_workflows(self._store, fw_ids, now())

    def archive_wf(self, fw_id: int) -> None:
        """Retire the Workflow of a Firework for good."""
        self.archive_wfs([fw_id])

    def archive_wfs(self, fw_ids: Sequence[int]) -> None:
        """`archive_wf` of many in one transaction."""
        control.archive_workflows(self._store, fw_ids, now())

    def delete_wf(self, fw_id: int, delete_launch_dirs: bool = False) -> list[str]:
        """Remove the Workflow of a Firework with its launches.

        Returns:
            Its launch directories, which are removed too with ``delete_launch_dirs``. One that holds the LaunchPad's
            own file, the folder one is in, one's home or another launch stays, and a line tells that.
        """
        return self.delete_wfs([fw_id], delete_launch_dirs)

    def delete_wfs(self, fw_ids: Sequence[int], delete_launch_dirs: bool = False) -> list[str]:
        """`delete_wf` of many in one transaction."""
        folders = control.delete_workflows(self._store, fw_ids)
        if delete_launch_dirs:
            self._remove_folders(folders)
        return folders

    def delete_fws(self, fw_ids: Sequence[int], delete_launch_dirs: bool = False) -> list[str]:
        """Remove Fireworks that are whole Workflows; returns their launch directories, as `delete_wf`.

        Raises:
            InputError: A Workflow would lose only a part of its Fireworks.
        """
        folders = upkeep.delete_fireworks(self._store, fw_ids)
        if delete_launch_dirs:
            self._remove_folders(folders)
        return folders

    def _remove_folders(self, folders: Sequence[str]) -> None:
        precious = [os.path.abspath(os.curdir), os.path.expanduser("~")]
        if self.url.startswith("sqlite:"):
            precious.insert(0, str(sqlite_path(self.url)))
        for folder, reason in launch_folders.remove_launch_dirs(folders, precious).items():
            self.m_logger.warning("Not removed: %s, because %s", folder, reason)

    def update_spec(self, fw_ids: Sequence[int], spec_document: dict[str, Any], mongo: bool = False) -> list[int]:
        """Change specs; returns the ids left alone because they are RESERVED, RUNNING, COMPLETED or ARCHIVED."""
        left = control.update_specs(self._store, fw_ids, spec_document, now(), mongo=mongo)
        for fw_id, state in self._states(left).items():
            self.m_logger.warning("Cannot update spec of fw_id: %s with state: %s. Try rerunning first.", fw_id, state)
        return left

    def set_priority(self, fw_id: int, priority: float) -> None:
        """Set a Firework's priority: higher runs earlier, any earlier than none."""
        self.set_priorities([fw_id], priority)

    def set_priorities(self, fw_ids: Sequence[int], priority: float) -> None:
        """Set the priority of many Fireworks in one transaction."""
        control.set_priorities(self._store, fw_ids, priority, now())

    def forget_offline(self, launchid_or_fwid: int, launch_mode: bool = True) -> None:
        """Stop reading a launch's files; states stay as they are until a rerun or defuse.

        Args:
            launchid_or_fwid: A launch, or without ``launch_mode`` a Firework: then all its launches.
            launch_mode: Which of the two it is.
        """
        if not launch_mode:
            self.forget_offline_fws([launchid_or_fwid])
            return
        with self._store.write() as tx:
            launches.forget(tx, [launches.launch_or_error(tx, launchid_or_fwid).launch_id], now())

    def forget_offline_fws(self, fw_ids: Sequence[int]) -> None:
        """The same for all launches of many Fireworks, in one transaction."""
        with self._store.write() as tx:
            control.nodes_or_error(tx, fw_ids)
            found = tx.launch_records_of(fw_ids, actions=False).values()
            launches.forget(tx, [launch.launch_id for of_one in found for launch in of_one], now())

    def add_offline_run(self, launch_id: int, fw_id: int | None = None, name: str = "") -> None:
        """Read a launch's files again: undo `forget_offline`. Whatever is reserved is read anyway.

        Args:
            launch_id: The launch.
            fw_id: Kept for FireWorks' sake, as is the name; the launch knows both.
            name: See there.

        Raises:
            NotFoundError: There is no such launch, or it was never handed over to files.
        """
        from dataclasses import replace

        del fw_id, name
        with self._store.write() as tx:
            run = tx.offline_runs([launches.launch_or_error(tx, launch_id).launch_id]).get(launch_id)
            if run is None:
                raise NotFoundError(f"Launch {launch_id} was never handed over to files, so there is nothing to read")
            tx.put_offline_runs([replace(run, deprecated=False, updated_on=now())])

    def recover_offline(self, launch_id: int, ignore_errors: bool = False, print_errors: bool = False) -> int | None:
        """Read what one launch has reported in files, and what its batch system says.

        Args:
            launch_id: The launch.
            ignore_errors: Kept for FireWorks' sake; what cannot be read never makes a launch FIZZLED.
            print_errors: Log why nothing can be said.

        Returns:
            The Firework's id if nothing can be said without a person, else None.

        Raises:
            NotFoundError: There is no such launch.
        """
        del ignore_errors
        with self._store.read() as reader:
            fw_id = launches.launch_or_error(reader, launch_id).fw_id
        recover = registry.import_class("longfuse.relay", "recover")  # by name: it stands above this layer
        shell = registry.import_class("longfuse.launchers.shell", "run")
        outcomes = recover(self, worker=None, shell=shell, fw_ids=[fw_id]).outcomes
        failed = [x for x in outcomes if x.launch_id == launch_id and x.kind.needs_person]
        for outcome in failed if print_errors else ():
            self.m_logger.error("Launch %s of Firework %s: %s", launch_id, fw_id, outcome.reason)
        return fw_id if failed else None

    # --- launches
    def reserve(
        self,
        fworker: FWorker,
        launch_dir: str | Path,
        *,
        fw_id: int | None = None,
        state: State = State.RESERVED,
        queue: dict[str, Any] | None = None,
    ) -> Reservation | None:
        """Take the next READY Firework for a worker, or the one named.

        Args:
            fworker: The worker.
            launch_dir: Where it shall run; made absolute.
            fw_id: Take this one, whatever the worker's query says.
            state: RESERVED for a queue job, RUNNING for a rocket that starts at once.
            queue: What the queue adapter needs to look for the launch's job, before there is one.

        Returns:
            What to write into the launch directory; None if nothing is READY.
        """
        checkout = self._checkout(fworker, launch_dir, state, queue)
        return launches.take(self._store, checkout, fw_id, now())

    def reserve_many(
        self,
        fworker: FWorker,
        launch_dirs: Sequence[str | Path],
        *,
        tokens: Sequence[str],
        queue: dict[str, Any] | None = None,
    ) -> list[Reservation]:
        """Reserve as many READY Fireworks as there are directories for them, in one transaction.

        Args:
            fworker: The worker.
            launch_dirs: Where they shall run; made absolute.
            tokens: For each directory the launch's token: 128 bits that nobody else has, in hexadecimal.
            queue: As for `reserve`.

        Returns:
            Fewer than directories if fewer are READY, and for the first of these; none if none is.
        """
        if not launch_dirs:
            return []
        plain = self._checkout(fworker, launch_dirs[0], State.RESERVED, queue)
        places = zip(launch_dirs, tokens, strict=True)
        checkouts = [replace(plain, launch_dir=os.path.abspath(folder), token=token) for folder, token in places]
        return launches.take_many(self._store, checkouts, now())

    @cached_property
    def _ip(self) -> str:
        """This machine's address: asked for once, the resolver may take its time."""
        from longfuse.domain.launch import local_ip

        return local_ip()

    def _checkout(
        self, fworker: FWorker, launch_dir: str | Path, state: State, queue: dict[str, Any] | None
    ) -> Checkout:
        from longfuse.domain.launch import local_host

        return launches.Checkout(
            fworker=fworker,
            launch_dir=os.path.abspath(launch_dir),
            host=local_host(),
            ip=self._ip,
            token=token_hex(16),
            state=state,
            ping_interval_s=self._ping_interval_s,
            order=self._order,
            user_packages=self._user_packages,
            queue=queue,
            defaults=self._defaults,
        )

    def reserve_fw(
        self,
        fworker: FWorker,
        launch_dir: str,
        host: str | None = None,
        ip: str | None = None,
        fw_id: int | None = None,
    ) -> tuple[Firework, int] | tuple[None, None]:
        """FireWorks' form of `reserve`; host and ip are this machine's."""
        del host, ip
        taken = self.reserve(fworker, launch_dir, fw_id=fw_id)
        return (taken.firework, taken.launch_id) if taken else (None, None)

    def checkout_fw(
        self,
        fworker: FWorker,
        launch_dir: str,
        fw_id: int | None = None,
        host: str | None = None,
        ip: str | None = None,
        state: str = "RUNNING",
    ) -> tuple[Firework, int] | tuple[None, None]:
        """FireWorks' form of `reserve` for a rocket that starts at once."""
        del host, ip
        taken = self.reserve(fworker, launch_dir, fw_id=fw_id, state=State(state))
        return (taken.firework, taken.launch_id) if taken else (None, None)

    def record_submission(self, launch_id: int, reservation_id: str, queue: dict[str, Any]) -> bool:
        """The batch system took the launch's job; ``queue`` is what its adapter needs to ask for it again.

        Returns:
            Whether the launch still wants that job; not if its reservation was given back meanwhile.
        """
        return launches.record_submission(self._store, launch_id, reservation_id, queue)

    def record_submissions(self, jobs: Mapping[int, tuple[str, dict[str, Any]]]) -> list[int]:
        """The same for many launches, by id, in one transaction; returns those that do not want their job any more."""
        return launches.record_submissions(self._store, jobs)

    def set_reservation_id(self, launch_id: int, reservation_id: str) -> None:
        """FireWorks' form of `record_submission`."""
        with self._store.read() as reader:
            queue = launches.launch_or_error(reader, launch_id).queue or {}
        self.record_submission(launch_id, reservation_id, queue)

    def fail_submission(self, launch_id: int, reason: str) -> None:
        """The batch system refused the job for good: launch and Firework are FIZZLED, cause SUBMIT, in its words."""
        launches.fail_submission(self._store, launch_id, reason, now())

    def cancel_reservation(self, launch_id: int) -> None:
        """The job was not submitted or will not run: the Firework may be taken again."""
        self.cancel_reservations([launch_id])

    def cancel_reservations(self, launch_ids: Sequence[int]) -> None:
        """The same for many launches, in one transaction."""
        launches.cancel_reservations(self._store, launch_ids, now())

    def cancel_reservation_by_reservation_id(self, reservation_id: str) -> None:
        """The same, by the scheduler's id; the job itself is not removed from the queue."""
        found = self.get_launch_ids({"reservation_id": str(reservation_id), "state": "RESERVED"})
        if not found:
            self.m_logger.info("Can't find any reserved jobs with reservation id: %s", reservation_id)
        for launch_id in found:
            self.cancel_reservation(launch_id)

    def get_new_fw_id(self, quantity: int = 1) -> int:
        """The first of so many consecutive Firework ids that nobody else gets."""
        with self._store.write() as tx:
            return tx.new_fw_ids(quantity)

    def get_new_launch_id(self) -> int:
        """A launch id that nobody else gets."""
        with self._store.write() as tx:
            return tx.new_launch_ids(1)

    def get_logdir(self) -> str | None:
        """Where log files go, as the LaunchPad file says."""
        return self.logdir

    def log_message(self, level: int, message: str) -> None:
        """Log a message at a level of `logging`."""
        self.m_logger.log(level, message)

    def get_launch_ids(self, query: Mapping[str, Any] | None = None) -> list[int]:
        """Ids of the launches that match a Mongo-style query."""
        with self._store.read() as reader:
            return list(reader.find(Collection.LAUNCHES, queries.parse(query) if query else None))

    def get_fw_ids_from_reservation_id(self, reservation_id: str) -> list[int]:
        """The Fireworks of which a launch, archived ones too, has this scheduler's id."""
        ids = self.get_launch_ids({"reservation_id": str(reservation_id)})
        with self._store.read() as reader:
            return list(dict.fromkeys(x.fw_id for x in reader.launch_records(ids, actions=False).values()))

    def get_reservation_id_from_fw_id(self, fw_id: int) -> str | None:
        """The scheduler's id of a Firework's newest current launch."""
        with self._store.read() as reader:
            control.node_or_error(reader, fw_id)
            current = [x for x in reader.launch_records_of([fw_id], actions=False)[fw_id] if not x.archived]
        return next((x.reservation_id for x in reversed(current) if x.reservation_id), None)

    def change_launch_dir(self, launch_id: int, launch_dir: str | Path) -> None:
        """The launch runs in another directory than it was reserved for."""
        launches.change_launch_dir(self._store, launch_id, os.path.abspath(launch_dir))

    def complete_launch(
        self, launch_id: int, action: FWAction | None = None, state: str = "COMPLETED"
    ) -> dict[str, Any]:
        """End a launch by hand, whatever its files say; returns the launch."""
        if State(state) not in ENDED:
            raise InputError(f"A launch ends COMPLETED or FIZZLED, not {state}")
        document = action.to_dict() if action is not None else None
        return launch_document(launches.end(self._store, launch_id, State(state), document, now()))

    def mark_fizzled(self, launch_id: int) -> None:
        """Declare a launch lost; a result that comes all the same counts, if nothing has replaced it."""
        self.declare_lost([launch_id])

    def accept_result(self, fw_id: int, launch_id: int | None = None) -> Accepted:
        """Let a result count that came after its Firework was rerun; the newest one, or that of the launch named.

        Raises:
            NotFoundError: There is no such Firework, or no such result.
            StateError: The Firework cannot take a result in its state.
        """
        return launches.accept(self._store, fw_id, launch_id, now(), catch_up=replay.catch_up)

    def declare_lost(self, launch_ids: Sequence[int], reason: str = "declared lost by hand") -> list[int]:
        """The same for many launches in one transaction; returns the Fireworks of those that had not ended."""
        return launches.declare_lost(self._store, launch_ids, reason, now())

    def launch_records(self, launch_ids: Sequence[int]) -> dict[int, LaunchRecord]:
        """Launches as the store has them, by id; those that exist. Their FWActions are not read."""
        with self._store.read() as reader:
            return reader.launch_records(launch_ids, actions=False)

    def move_launches(self, places: Mapping[int, str]) -> None:
        """Note by launch id where launch directories are now; their files are read anew there."""
        if places:
            launches.move(self._store, places, now())

    def ping_launch(
        self, launch_id: int, ptime: datetime | str | None = None, checkpoint: dict[str, Any] | None = None
    ) -> None:
        """Note a sign of life of a RUNNING launch."""
        from dataclasses import replace

        when = parse_iso(ptime) if isinstance(ptime, str) else ptime or now()
        with self._store.write() as tx:
            launch = launches.launch_or_error(tx, launch_id)
            if launch.state is State.RUNNING:
                touched = history.touched(launch.state_history, when, checkpoint)
                tx.update_launches([replace(launch, state_history=touched)])

    def get_recovery(self, launch_id: int) -> dict[str, Any] | None:
        """Where a task-level rerun could go on; None if the launch left no checkpoint."""
        with self._store.read() as reader:
            return control.recovery_of(launches.launch_or_error(reader, launch_id))

    # --- upkeep
    def detect_unreserved(self, expiration_secs: float = RESERVATION_EXPIRATION_S, rerun: bool = False) -> list[int]:
        """Launches that have been RESERVED for longer than that; with ``rerun`` their Fireworks are READY again.

        Whether their jobs still wait in the queue is not asked here; ``lpad detect_unreserved`` does.
        """
        found = upkeep.unreserved(self._store, expiration_secs, now())
        if rerun:
            return self.give_back(found)
        return found

    def give_back(self, launch_ids: Sequence[int]) -> list[int]:
        """`cancel_reservation` of many launches; returns those that had not begun, and so were given back."""
        return upkeep.give_back(self._store, launch_ids, now())

    def detect_lostruns(
        self,
        expiration_secs: float = RUN_EXPIRATION_S,
        fizzle: bool = False,
        rerun: bool = False,
        max_runtime: float | None = None,
        min_runtime: float | None = None,
        refresh: bool = False,
        query: Mapping[str, Any] | None = None,
        launch_query: Mapping[str, Any] | None = None,
        spared: Collected[int] = (),
    ) -> tuple[list[int], list[int], list[int]]:
        """RUNNING launches that nothing was heard of for too long, by what is on record.

        Neither files nor the batch system are asked here; ``lpad detect_lostruns`` does that first.

        Args:
            expiration_secs: How long.
            fizzle: Declare them lost. A result that comes all the same counts, if nothing has replaced it.
            rerun: And run the Fireworks again.
            max_runtime: Only launches that ran at most so many seconds before they fell silent.
            min_runtime: Only launches that ran at least so many.
            refresh: Set the workflows of the inconsistent Fireworks right.
            query: Only Fireworks that match.
            launch_query: Only launches that match.
            spared: Launches that are known to be alive.

        Returns:
            The lost launches; the Fireworks that are lost with them; RUNNING Fireworks whose launches have ended.
        """
        silence = upkeep.Silence(
            expiration_secs=expiration_secs,
            max_runtime=max_runtime,
            min_runtime=min_runtime,
            query=query,
            launch_query=launch_query,
        )
        found = upkeep.lost(self._store, silence, now(), spared)
        if fizzle or rerun:
            for batch in batches.with_rests(self._store, lookup.pages(found.launches, batches.FIREWORKS)):
                self.declare_lost(batch, f"not heard from for {expiration_secs:g} s")
        if rerun:
            for batch in self.in_batches(found.fw_ids):
                self.rerun_fws(batch)
        if refresh:
            for fw_id in self.in_turn(found.inconsistent):
                self.refresh_wf(fw_id)
        return found.launches, found.fw_ids, found.inconsistent

    def maintain(self, infinite: bool = True, maintain_interval: float | None = None) -> None:
        """Declare silent launches lost and give old reservations back; ``infinite``: again and again."""
        from time import sleep

        while True:
            self.m_logger.info("Performing maintenance on Launchpad...")
            self.detect_lostruns(fizzle=True)
            self.detect_unreserved(rerun=True)
            self.m_logger.info("LaunchPad was MAINTAINED.")
            if not infinite:
                return
            sleep(MAINTAIN_INTERVAL_S if maintain_interval is None else maintain_interval)

    def refresh_wf(self, fw_id: int) -> list[int]:
        """Compute the Workflow of a Firework anew from links, specs and launches; returns what was corrected."""
        return upkeep.refresh(self._store, fw_id, now())

    _refresh_wf = refresh_wf

    def get_miscounted(self, fw_id: int) -> list[int]:
        """The Fireworks of a Workflow that `refresh_wf` would correct; nothing is changed."""
        return upkeep.miscounted(self._store, fw_id)

    def get_orphaned(self, query: Mapping[str, Any] | None = None, **options: Any) -> list[int]:
        """Fireworks of no Workflow, of those that `get_fw_ids` finds; the database's references allow none."""
        return upkeep.orphans(self._store, self.get_fw_ids(query, **options))

    def tuneup(self, bkground: bool = True) -> None:
        """Gather what helps the database find things; without ``bkground`` also give unused room back."""
        self.m_logger.info("Performing db tune-up")
        self._store.tune(full=not bkground)

    # --- what the relay needs
    def launchpad_id(self) -> str:
        """The random id that tickets of this LaunchPad carry."""
        with self._store.read() as reader:
            return reader.launchpad_id()

    def open_offline_runs(self, worker: str | None = None) -> list[OpenRun]:
        """What the relay has to look at; only launches of the worker of this name, or of all."""
        with self._store.read() as reader:
            return reader.open_offline_runs(worker)

    # --- whether all agrees
    def damage(self) -> list[str]:
        """What the database itself finds wrong, a line each."""
        return self._store.damage()

    def check_workflows(self) -> Iterator[tuple[int, list[consistency.Disagreement]]]:
        """Each Workflow's wf_id, and what does not agree in its records."""
        return consistency.check_workflows(self._store)

    def mend_workflow(self, wf_id: int) -> None:
        """Make a Workflow's states and counters what follows from its links and launches."""
        consistency.mend_workflow(self._store, wf_id, now())

    def get_fw_ids_of(self, wf_id: int) -> list[int]:
        """All Fireworks of a Workflow, by its own wf_id."""
        with self._store.read() as reader:
            return reader.members(wf_id)

    def check_runs(self) -> list[consistency.Disagreement]:
        """Launches under way whose files no recovery looks at."""
        return consistency.check_runs(self._store)

    def mend_runs(self) -> None:
        """Let recoveries look at them."""
        consistency.mend_runs(self._store, now())

    def restore(
        self, launchpad_id: str, found: Sequence[restoring.Found], *, queue: dict[str, Any] | None = None
    ) -> restoring.Restored:
        """Fill this LaunchPad, which is empty, with launches that are known from their directories."""
        return restoring.restore(self._store, launchpad_id, found, queue, now())

    def launch_pages(self) -> Iterator[list[tuple[LaunchRecord, OfflineRun | None]]]:
        """Every launch, with what the relay remembers of it, some hundreds at a time; big FWActions are `UNREAD`."""
        return consistency.launch_pages(self._store)

    def action_of(self, launch_id: int) -> dict[str, Any] | None:
        """A launch's FWAction in wire form, if it ended with one."""
        return consistency.action_of(self._store, launch_id)

    def ingest(self, sightings: Sequence[Sighting], grace_s: float = GRACE_S) -> list[Outcome]:
        """Bring what was seen of launches into the LaunchPad, exactly once."""
        from longfuse.launchpad.ingest import ingest

        return ingest(self._store, sightings, now(), grace_s)

    def ingest_and_reserve(
        self, sightings: Sequence[Sighting], fworker: FWorker, launch_dir: str | Path, *, synced: bool = True
    ) -> Reservation | None:
        """`ingest`, and take the next READY Firework, which runs at once, in the same transaction.

        Args:
            sightings: What was seen.
            fworker: Who takes the next.
            launch_dir: Where it shall run; made absolute.
            synced: As for `longfuse.store.seam.Store.write`.

        Returns:
            None if there is none, and also where it would take a while to see: ask `reserve`.
        """
        from longfuse.launchpad.ingest import ingest

        time, checkout = now(), self._checkout(fworker, launch_dir, State.RUNNING, None)
        taken: list[Reservation | None] = []
        ingest(
            self._store,
            sightings,
            time,
            GRACE_S,
            lambda tx: taken.append(launches.take_at_once(tx, checkout, time)),
            synced=synced,
        )
        return taken[0] if taken else None

    def _decide(self, *batch: Any) -> dict[int, State]:
        return control.decide(self._store, batch, now())

    def _states(self, fw_ids: Sequence[int]) -> dict[int, State]:
        """Of those of these that exist."""
        if not fw_ids:
            return {}
        with self._store.read() as reader:
            return {fw_id: node.state for fw_id, node in reader.nodes(fw_ids).items()}


def _whole(wfs: Iterable[Workflow | Firework]) -> list[Workflow]:
    """A Firework alone becomes a Workflow of one."""
    from longfuse.domain.firework import Firework
    from longfuse.domain.workflow import Workflow

    return [Workflow.from_firework(wf) if isinstance(wf, Firework) else wf for wf in wfs]


def _worker_query(fworker: FWorker | None) -> dict[str, Any]:
    return fworker.query if fworker is not None else {}


def _capped(found: int, limit: int) -> int:
    return min(found, limit) if limit else found
