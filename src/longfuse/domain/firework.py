"""Fireworks: Firetasks and the spec that they share."""

from __future__ import annotations

from itertools import count

from longfuse.domain.launch import Launch
from longfuse.domain.states import STATE_RANKS, State
from longfuse.domain.wire import FWSerializable, in_plain_containers, iso, load_object, now, parse_iso, recursive_load
from longfuse.errors import InputError, SerializationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import Any, Self

    from longfuse.domain.firetask import FiretaskBase

    Task = FiretaskBase | dict[str, Any]

TASKS = "_tasks"
"""The key of a spec under which the Firetasks are written."""

DUPEFINDER = "_dupefinder"
"""The key of a spec that holds a duplicate finder, as an object or in wire form."""

DEFAULT_NAME = "Unnamed FW"

_ids = count(1)


def new_negative_ids(number: int = 1) -> range:
    """So many ids that no other Firework of this process has, ascending and negative: not yet those of a LaunchPad."""
    last = -next(_ids)
    for _ in range(number - 1):
        last = -next(_ids)
    return range(last, last + number)


class Firework(FWSerializable):
    """Firetasks that one job runs in one directory, and their spec.

    Args:
        tasks: One Firetask or several.
        spec: What the tasks get as ``fw_spec``; copied one level deep.
        name: Its name.
        launches: Its current launches.
        archived_launches: Launches set aside by a rerun.
        state: Its state.
        created_on: When it was made; now if not given.
        fw_id: Its id; a negative one of its own if not given.
        parents: Fireworks of the same Workflow that must be COMPLETED first.
        updated_on: When it last changed; now if not given.

    Raises:
        InputError: A task is no Firetask, or the state is none.
    """

    STATE_RANKS = STATE_RANKS

    def __init__(
        self,
        tasks: Task | Sequence[Task],
        spec: dict[str, Any] | None = None,
        name: str | None = None,
        launches: Sequence[Launch] | None = None,
        archived_launches: Sequence[Launch] | None = None,
        state: str = State.WAITING,
        created_on: datetime | None = None,
        fw_id: int | None = None,
        parents: Firework | Sequence[Firework] | None = None,
        updated_on: datetime | None = None,
    ) -> None:
        self.tasks: list[FiretaskBase] = [
            _task(task) for task in (tasks if isinstance(tasks, list | tuple) else [tasks])
        ]
        self.spec: dict[str, Any] = dict(spec or {})
        if TASKS in self.spec:
            self.spec[TASKS] = self.tasks
        self.name = name or DEFAULT_NAME
        self.fw_id = new_negative_ids()[0] if fw_id is None else fw_id
        self.launches: list[Launch] = list(launches or ())
        self.archived_launches: list[Launch] = list(archived_launches or ())
        self.parents: list[Firework] = _listed(parents)
        self.created_on = created_on or now()
        self._state = _state(state)
        self.updated_on = updated_on or now()

    @property
    def state(self) -> State:
        """Its state; setting it renews ``updated_on``."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = _state(state)
        self.updated_on = now()

    def to_dict(self) -> dict[str, Any]:
        """FireWorks' shape: launches only if there are any, the state only if it is not WAITING.

        What JSON cannot hold in the spec is left as it is.

        Raises:
            SerializationError: A task's class has no name by which anybody else could load it.
        """
        document = self._head()
        if self.launches:
            document["launches"] = [launch.to_dict() for launch in self.launches]
        if self.archived_launches:
            document["archived_launches"] = [launch.to_dict() for launch in self.archived_launches]
        if self._state is not State.WAITING:
            document["state"] = str(self._state)
        document["name"] = self.name
        return document

    def to_db_dict(self) -> dict[str, Any]:
        """The document in FireWorks' database: launches as ids, nothing left out."""
        return {
            **self._head(),
            "state": str(self._state),
            "name": self.name,
            "launches": [launch.launch_id for launch in self.launches],
            "archived_launches": [launch.launch_id for launch in self.archived_launches],
        }

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The Firework of a document in FireWorks' shape; keys it does not know are passed over.

        Raises:
            SerializationError: It is no Firework, or names a Firetask that cannot be loaded.
        """
        spec = _spec_of(m_dict)
        return cls(
            spec[TASKS],
            spec,
            name=m_dict.get("name"),
            launches=_launches(m_dict.get("launches")),
            archived_launches=_launches(m_dict.get("archived_launches")),
            state=m_dict.get("state", State.WAITING),
            created_on=_time(m_dict.get("created_on")),
            fw_id=m_dict.get("fw_id", -1),
            updated_on=_time(m_dict.get("updated_on")),
        )

    def _rerun(self, *, keep_exception_details: bool = False) -> None:
        """Set aside its launches and let it wait again.

        Args:
            keep_exception_details: Let the next run see the details of the exception that ended this one, as
                ``_exception_details`` in the spec (FireWorks' EXCEPT_DETAILS_ON_RERUN).
        """
        if self._state is State.FIZZLED:
            details = self._exception_details() if keep_exception_details else None
            self.spec.pop("_exception_details", None)
            if details is not None:
                self.spec["_exception_details"] = details
        self.set_launches_aside()
        self.state = State.WAITING

    def set_launches_aside(self) -> None:
        """Let its launches be archived ones: they do not count any more."""
        known = {launch.launch_id for launch in self.archived_launches}
        self.archived_launches += [launch for launch in self.launches if launch.launch_id not in known]
        self.launches = []

    def _exception_details(self) -> Any:
        action = self.launches[-1].action if self.launches else None
        exception = action.stored_data.get("_exception") if action else None
        return exception.get("_details") if isinstance(exception, dict) else None

    def _head(self) -> dict[str, Any]:
        tasks = [task.to_dict() for task in self.tasks]
        return {
            "spec": in_plain_containers({**self.spec, TASKS: tasks}),
            "fw_id": self.fw_id,
            "created_on": iso(self.created_on),
            "updated_on": iso(self.updated_on),
        }

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "parents": []}  # the workflow's links hold them; a long chain would recurse

    def __bool__(self) -> bool:
        return True  # also one without tasks

    def __len__(self) -> int:
        return len(self.tasks)

    def __iter__(self) -> Iterator[FiretaskBase]:
        return iter(self.tasks)

    def __getitem__(self, item: int) -> FiretaskBase:
        return self.tasks[item]

    def __str__(self) -> str:
        return f"Firework object: (id: {self.fw_id} , name: {self.name})"


def _task(task: Any) -> Any:
    """A Firetask, also from its dictionary."""
    if hasattr(task, "run_task"):
        return task
    if isinstance(task, dict):
        return load_object(task)
    raise InputError(f"The tasks of a Firework are Firetasks, not {type(task).__name__} ({task!r:.60})")


def _listed(parents: Firework | Sequence[Firework] | None) -> list[Firework]:
    if parents is None:
        return []
    return [parents] if isinstance(parents, Firework) else list(parents)


def _state(state: str) -> State:
    try:
        return State(state)
    except ValueError:
        raise InputError(f"Invalid state: {state}; a Firework is one of {', '.join(State)}") from None


def _spec_of(document: dict[str, Any]) -> dict[str, Any]:
    """The spec of a Firework's document, loaded."""
    spec = document.get("spec")
    if not isinstance(spec, dict):
        raise SerializationError(f"Not a Firework, for it has no spec: {document!r:.80}")
    if TASKS not in spec:
        raise SerializationError(f"The spec of Firework {document.get('fw_id', '')} lacks {TASKS}: {spec!r:.80}")
    return {key: _loaded(key, value) for key, value in spec.items()}


def _loaded(key: str, value: Any) -> Any:
    try:
        return recursive_load(value)
    except RecursionError as error:
        raise SerializationError(f"{key!r} in the spec is nested too deeply to be loaded; make it flatter") from error
    except Exception:
        if key == DUPEFINDER:  # only the LaunchPad asks it: where the Firework runs its class may be missing
            return value
        raise


def _launches(documents: Sequence[Any] | None) -> list[Launch]:
    strange = next((document for document in documents or () if not isinstance(document, dict)), None)
    if strange is not None:
        raise SerializationError(f"Launch {strange!r:.40} is not the whole launch; get the Firework with its launches")
    return [Launch.from_dict(document) for document in documents or ()]


def _time(text: str | datetime | None) -> datetime | None:
    return parse_iso(text) if text else None
