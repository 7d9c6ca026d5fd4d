"""The seam between the LaunchPad and whatever keeps its records.

Two implementations ship: `longfuse.store.sql.SqlStore` and, for tests, `longfuse.store.memory.MemoryStore`. Both pass
the contract suite in ``tests/contract``. A transaction is also the engine's `Graph`, so that events are decided and
their changes applied on one consistent view.

Sequences of ids may be long (100 000); an implementation chunks them. All answers for many ids are dictionaries in
which unknown ids are absent.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from longfuse.domain.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from longfuse.domain.graph import Changes
    from longfuse.domain.query import Filter
    from longfuse.domain.states import State
    from longfuse.store.records import (
        FileRecord,
        FireworkRecord,
        Hold,
        LaunchRecord,
        OfflineRun,
        OpenRun,
        Place,
        WorkflowRecord,
    )


class Collection(Enum):
    """What a filter is about, and so which document shape its paths mean (FireWorks' collections, facts 10.3).

    FIREWORKS: ``fw_id name state spec.* created_on updated_on launches archived_launches`` (launches as lists of ids).
    LAUNCHES: ``launch_id fw_id state launch_dir host ip fworker.* trackers action.* state_history time_start time_end
    reservation_id cause reason``.
    WORKFLOWS: ``name state metadata.* created_on updated_on nodes fw_states links parent_links`` (nodes as ids).
    """

    FIREWORKS = "fireworks"
    LAUNCHES = "launches"
    WORKFLOWS = "workflows"


class Reader(Graph, Protocol):
    """A consistent view of the records."""

    # --- identity
    def launchpad_id(self) -> str:
        """The random id this LaunchPad got when it was made; tickets carry it."""

    # --- records by id
    def fireworks(self, fw_ids: Sequence[int], *, specs: bool = True) -> dict[int, FireworkRecord]:
        """The Fireworks with these ids; without ``specs`` these are `UNREAD`."""

    def weights(self, fw_ids: Sequence[int]) -> dict[int, int]:
        """Of those that are big: about how many bytes the specs and the FWActions of their own launches have."""

    def workflows(self, wf_ids: Sequence[int]) -> dict[int, WorkflowRecord]:
        """The Workflows with these wf_ids."""

    def launch_records(self, launch_ids: Sequence[int], *, actions: bool = True) -> dict[int, LaunchRecord]:
        """The launches with these ids, archived ones too; without ``actions`` these are `UNREAD`."""

    def launch_records_of(self, fw_ids: Sequence[int], *, actions: bool = True) -> dict[int, list[LaunchRecord]]:
        """Every launch of each Firework, archived ones too, ascending by launch id; without any: an empty list.

        Without ``actions`` these are `UNREAD`.

        A launch that it shares is among them, with the ``fw_id`` of the Firework that it is a launch of, and with
        ``archived`` as it is for the Firework that was asked for. Such a record is not to be written back.
        """

    def offline_runs(self, launch_ids: Sequence[int]) -> dict[int, OfflineRun]:
        """The relay's memory of these launches."""

    def holds(self, fw_ids: Sequence[int]) -> dict[int, Hold]:
        """Who held these Fireworks, and when; of those that are not held (any more): absent."""

    def misplaced(self, fw_ids: Sequence[int]) -> dict[int, tuple[Place, Place]]:
        """Those of these that wait to be taken elsewhere than by their specs: where they are, and where they should be.

        Being in the lane of specs that lanes do not tell apart is right for all. To apply a spec anew mends it.
        """

    # --- records by what they hold
    def find(
        self,
        collection: Collection,
        where: Filter | None = None,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        after: int = 0,
    ) -> Iterator[int]:
        """Ids (fw_id, launch_id or wf_id) of the matching records, as a stream.

        Args:
            collection: What ``where`` is about.
            where: The filter; None matches all.
            sort: Pairs of a scalar field or the id's own name, and 1 or -1; null is the smallest; last of all by
                ascending id.
            limit: At most so many; 0 means all.
            after: Only greater ids: with a limit and no sort, the next page after this id.
        """

    def first_members(self, wf_ids: Sequence[int]) -> dict[int, int]:
        """The least fw_id of each of these workflows, by which users name it."""

    def count(self, collection: Collection, where: Filter | None = None) -> int:
        """How many records match."""

    def state_counts(self, collection: Collection) -> dict[State, int]:
        """How many records are in each state; states without any are absent."""

    def count_by(
        self, collection: Collection, fields: Sequence[tuple[str, int]], where: Filter | None = None
    ) -> dict[tuple[Any, ...], int]:
        """How many matching records have the same values in these scalar fields.

        Args:
            collection: What it is about.
            fields: Pairs of a scalar field and how many of its first characters count; 0 means all.
            where: The filter; None matches all.

        Returns:
            The numbers by the fields' values, as text; None where a record has none.

        Raises:
            QueryError: There is no such scalar field.
        """

    def fireworks_of_launches(
        self, where: Filter | None, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[int]:
        """Ids of Fireworks that have a current (not archived) launch which matches; each once."""

    def ready(self, where: Filter | None, *, limit: int = 1, order: str = "") -> list[int]:
        """The next READY Fireworks that match, best first: ``spec._priority`` descending, those without it last.

        Args:
            where: The worker's query, None for all.
            limit: How many at most.
            order: Among equal priorities ``FIFO`` takes the oldest first, ``FILO`` the newest, empty the lowest id.
        """

    def has_future_work(self, where: Filter | None) -> bool:
        """Whether a RUNNING or RESERVED Firework that matches has a WAITING child."""

    def open_offline_runs(self, worker: str | None) -> list[OpenRun]:
        """Runs neither deprecated nor completed, by launch id; the rest of their records is not read.

        Runs of archived launches are among them: a result that comes late is kept with its launch.

        Args:
            worker: Only launches reserved by the FWorker of this name; None means all.
        """

    # --- the FilePad
    def files(self, pad: str, where: Filter | None = None) -> list[FileRecord]:
        """The files of one pad that match, in the order in which they were added.

        Args:
            pad: The pad.
            where: A filter on ``identifier gfs_id original_file_name original_file_path metadata.* compressed size
                created_on``; None matches all.
        """

    def count_files(self, pad: str, where: Filter | None = None) -> int:
        """How many files of one pad match."""

    def file_chunks(self, file_id: int) -> Iterator[bytes]:
        """What a file holds, as it is kept, in pieces; to be read before the view ends."""


class Transaction(Reader, Protocol):
    """One atomic change. Leaving its ``with`` block commits; an exception rolls everything back."""

    def new_wf_ids(self, count: int) -> int:
        """Reserve consecutive workflow ids; returns the first."""

    def new_launch_ids(self, count: int) -> int:
        """Reserve consecutive launch ids; returns the first."""

    def insert_workflows(
        self, workflows: Sequence[WorkflowRecord], fireworks: Sequence[FireworkRecord], links: Sequence[tuple[int, int]]
    ) -> None:
        """Add whole workflows; ``links`` are (parent, child) pairs."""

    def apply(self, changes: Changes, now: datetime) -> None:
        """Make the engine's changes; ``now`` becomes ``updated_on`` of every record they touch.

        The workflow's ``state`` is read off its new tally (`longfuse.domain.engine.workflow_state`).
        """

    def take_ready(
        self,
        where: Filter | None,
        *,
        limit: int = 1,
        order: str = "",
        few: Sequence[int] | None = None,
        waits: bool = True,
    ) -> list[int]:
        """The next `ready` ones for a worker.

        They are locked until the transaction ends, where the database has such locks, so that no other worker gets
        them; the caller changes their state through the engine.

        Args:
            where: As for `ready`.
            limit: The same.
            order: The same.
            few: Only these Fireworks; None means any.
            waits: If all are in workflows that somebody else holds, wait for one, or else take none: who has read of
                other workflows before must not wait.
        """

    def insert_launches(self, launches: Sequence[LaunchRecord]) -> None:
        """Add launches."""

    def update_launches(self, launches: Sequence[LaunchRecord]) -> None:
        """Replace launches, by id; an `UNREAD` action stays as it is."""

    def put_offline_runs(self, runs: Sequence[OfflineRun]) -> None:
        """Add or replace the relay's memory, by launch id."""

    def delete_workflows(self, wf_ids: Sequence[int]) -> None:
        """Remove workflows with their Fireworks, links, launches and offline runs.

        A launch that a Firework of another workflow shares stays, as a launch of that Firework.
        """

    def reset(self) -> None:
        """Empty the LaunchPad and start all ids at 1 again; it gets a new `launchpad_id`. The FilePad stays."""

    def adopt_identity(self, launchpad_id: str) -> None:
        """Be the LaunchPad of this id from now on: tickets that carry it are this LaunchPad's."""

    # --- the FilePad
    def put_file(self, record: FileRecord, chunks: Iterable[bytes]) -> None:
        """Add a file, or with a ``file_id`` replace that one and its content; ``chunks`` are taken one by one."""

    def delete_files(self, file_ids: Sequence[int]) -> None:
        """Remove files with their contents."""


class Store(Protocol):
    """A LaunchPad's records. Safe to use from one thread; several processes may open the same database.

    Raises:
        StoreUnavailableError: From any call, when the database cannot be reached.
        StoreBusyError: From `write`, when it is held by somebody else for too long.
        SchemaError: When the database is of another version or no LaunchPad.
    """

    def read(self) -> AbstractContextManager[Reader]:
        """A consistent view. Leave it before you write: on some file systems a writer waits for all views to end."""

    def write(self, *, synced: bool = True) -> AbstractContextManager[Transaction]:
        """A transaction that may write; on SQLite it takes the write lock at once.

        Args:
            synced: Whether it survives a power cut as soon as the block has been left. Otherwise it may not for the
                next tenth of a second, if others have just been committed; it survives the end of this process, is
                seen by all others, and is never kept without what was committed before it.
        """

    def describe(self) -> dict[str, Any]:
        """Where it is and how it is kept, for ``lpad`` to tell: ``url`` (no password), ``backend``, ``schema``."""

    def tune(self, *, full: bool) -> None:
        """Gather what helps the database find things; ``full`` also gives unused room back, while nobody else writes.

        Nothing of what is kept changes.
        """

    def damage(self) -> list[str]:
        """What the database itself finds wrong with its files and references, a line each; empty if nothing is."""

    def close(self) -> None:
        """Let go of connections and files."""
