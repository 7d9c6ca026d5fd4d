"""The LaunchPad's records, as values. Times are aware and UTC; specs, actions and metadata are JSON-able."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from longfuse.domain.record import Record
from longfuse.domain.states import State

if TYPE_CHECKING:
    from datetime import datetime

    from longfuse.domain.graph import Node, Tally


class Unread(dict[str, Any]):
    """Stands for a spec or an action that was not asked for: to look into it is an error, to write it changes nothing.

    Either may be 50 MB, which no change of state shall read and write again.
    """

    __slots__ = ()

    def _refuse(self, *_: object) -> Any:
        raise AssertionError("This part of the record was not read; ask the reader for it")

    __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = _refuse
    get = items = keys = values = _refuse

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None

    def __deepcopy__(self, _: object) -> Unread:
        return self

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD = Unread()
"""The only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireworkRecord:
    """A Firework: the engine's node, and what it is called and holds."""

    node: Node
    name: str
    spec: dict[str, Any]
    created_on: datetime
    updated_on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRecord:
    """A Workflow without its Fireworks; ``state`` follows from the tally (`longfuse.domain.engine.workflow_state`)."""

    wf_id: int
    name: str
    metadata: dict[str, Any]
    state: State
    tally: Tally
    created_on: datetime
    updated_on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRecord(Record):
    """One launch of one Firework.

    Attributes:
        launch_id: Its id, from a sequence of its own.
        fw_id: Its Firework.
        state: RESERVED, RUNNING, COMPLETED or FIZZLED (READY after a cancelled reservation).
        launch_dir: Absolute path of its launch directory.
        fworker: The FWorker that took it, in wire form.
        host: Where it was reserved or runs.
        ip: The same as an address.
        trackers: Trackers in wire form.
        action: Its FWAction in wire form, once it ended with one.
        state_history: FireWorks' list of ``{"state", "created_on", ...}``, times as ISO strings.
        time_start: When it began to run.
        time_end: When it ended.
        reservation_id: The scheduler's id of its job.
        archived: Whether a rerun or defuse set it aside: it no longer decides its Firework's state.
        token: 128 random bits in hexadecimal, which its files must carry; empty for launches FireWorks wrote.
        attempt: The attempt whose final record was applied; 0 while none was.
        queue: What the queue adapter needs to ask for the job again (``{"q_type": "SLURM", ...}``), if it goes through
            a queue; there from the reservation on.
        cause: Why it did not end well (TIMEOUT, OUT_OF_MEMORY, ...; see docs/glossary.md), if it did not.
        reason: The same in a sentence.
        effects: What it has added and what its tasks asked of the LaunchPad, see `longfuse.launchpad.effects`; None if
            nothing.
    """

    launch_id: int
    fw_id: int
    state: State
    launch_dir: str
    fworker: dict[str, Any]
    host: str
    ip: str
    trackers: list[dict[str, Any]] = field(default_factory=list)
    action: dict[str, Any] | None = None
    state_history: list[dict[str, Any]] = field(default_factory=list)
    time_start: datetime | None = None
    time_end: datetime | None = None
    reservation_id: str | None = None
    archived: bool = False
    token: str = ""
    attempt: int = 0
    queue: dict[str, Any] | None = None
    cause: str | None = None
    reason: str | None = None
    effects: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineRun(Record):
    """What the relay remembers of a launch whose files it reads.

    Attributes:
        launch_id: The launch.
        fw_id: Its Firework.
        name: The Firework's name.
        created_on: When it was handed over to files.
        updated_on: When the relay last learned something.
        deprecated: Whether ``forget_offline`` set it aside: the relay no longer looks.
        completed: Whether a final record was applied: there is nothing left to look for.
        signature: The launch directory's signature when it was last read, see `longfuse.launchdir.observe`.
        problem: Why the last look told nothing, or what a person should see to; empty if all is well.
    """

    launch_id: int
    fw_id: int
    name: str
    created_on: datetime
    updated_on: datetime
    deprecated: bool = False
    completed: bool = False
    signature: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun(Record):
    """A launch whose files the relay still reads: of its `LaunchRecord` and `OfflineRun` what a look at it needs.

    Attributes:
        launch_id: The launch.
        fw_id: Its Firework.
        name: The Firework's name.
        created_on: When it was handed over to files.
        signature: The launch directory's signature when it was last read.
        state: The launch's state.
        launch_dir: Where its files are.
        worker: The name of the FWorker that took it.
        reservation_id: The batch system's id of its job, if there is one on record.
        archived: Whether its result would be kept aside.
        token: What its files must carry.
        attempt: The attempt whose final record was applied; 0 while none was.
        queue: How to ask for its job.
        state_history: When it went into its states, and was heard of.
    """

    launch_id: int
    fw_id: int
    name: str
    created_on: datetime
    signature: str
    state: State
    launch_dir: str
    worker: str
    reservation_id: str | None
    archived: bool
    token: str
    attempt: int
    queue: dict[str, Any] | None
    state_history: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file of the FilePad, without its content.

    Attributes:
        file_id: Its id in the database; 0 before it is there.
        pad: Which of several FilePads it is in (FireWorks' name of a collection).
        identifier: What it is called; unique in its pad.
        gfs_id: What its content is called: 24 hexadecimal digits; another content has another.
        original_file_name: The name of the file that was added; None if its content was given.
        original_file_path: Its absolute path, likewise.
        metadata: What the user says of it.
        compressed: Whether the content is kept as zlib writes it.
        size: Bytes of the content, not compressed.
        created_on: When the content was added.
    """

    file_id: int = 0
    pad: str
    identifier: str
    gfs_id: str
    original_file_name: str | None = None
    original_file_path: str | None = None
    metadata: Any = None
    compressed: bool
    size: int
    created_on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a Firework waits to be taken, once it is READY.

    Attributes:
        priority: Its spec's ``_priority``, if that is a number.
        lane: See `longfuse.store.lanes`.
    """

    priority: float | None
    lane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who held a Firework (DEFUSED, PAUSED, ARCHIVED).

    Attributes:
        since: When.
        by_fw_id: The Firework whose FWAction said so; None if it was a person.
    """

    since: datetime
    by_fw_id: int | None = None
