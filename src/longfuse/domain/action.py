"""FWAction: what a Firetask wants to follow from it."""

from __future__ import annotations

from longfuse.domain.wire import FWSerializable, in_plain_containers, recursive_load
from longfuse.errors import ActionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Self, TypeAlias

    from longfuse.domain.firework import Firework
    from longfuse.domain.workflow import Workflow

    Addition: TypeAlias = Workflow | Firework | Mapping[str, Any]
    Mod: TypeAlias = dict[str, Any]


class FWAction(FWSerializable):
    """What follows from a Firetask, and at its end from a Firework.

    Workflows and Fireworks are kept as given and written by `to_dict`.

    Args:
        stored_data: Kept with the launch.
        exit: Leave out the remaining Firetasks.
        update_spec: Replaces these keys in the children's specs.
        mod_spec: Modifications of the children's specs, see `longfuse.domain.specmods`; one or a list.
        additions: Workflows or Fireworks to add as children; one or a list.
        detours: Workflows or Fireworks for which the present children shall wait, too; one or a list.
        append_wfs: ``{"workflow": ..., "parents": [fw_id, ...], "detour": bool}``; one or a list.
        defuse_children: Defuse the children.
        defuse_workflow: Defuse whatever in the workflow has not ended.
        propagate: Change the specs of all descendants, not of the children only.

    Raises:
        ActionError: ``stored_data`` or ``update_spec`` is no dictionary.
    """

    def __init__(
        self,
        stored_data: dict[str, Any] | None = None,
        exit: bool = False,  # noqa: A002 - FireWorks' name
        update_spec: dict[str, Any] | None = None,
        mod_spec: Mod | Sequence[Mod] | None = None,
        additions: Addition | Sequence[Addition] | None = None,
        detours: Addition | Sequence[Addition] | None = None,
        append_wfs: dict[str, Any] | Sequence[dict[str, Any]] | None = None,
        defuse_children: bool = False,
        defuse_workflow: bool = False,
        propagate: bool = False,
    ) -> None:
        self.stored_data: dict[str, Any] = _a_dict("stored_data", stored_data)
        self.exit = exit
        self.update_spec: dict[str, Any] = _a_dict("update_spec", update_spec)
        self.mod_spec: list[Mod] = _a_list(mod_spec)
        self.additions: list[Addition] = _a_list(additions)
        self.detours: list[Addition] = _a_list(detours)
        self.append_wfs: list[dict[str, Any]] = _a_list(append_wfs)
        self.defuse_children = defuse_children
        self.defuse_workflow = defuse_workflow
        self.propagate = propagate

    @property
    def skip_remaining_tasks(self) -> bool:
        """Whether the Firework's remaining tasks are left out."""
        grows = self.detours or self.additions or self.append_wfs
        return bool(self.exit or grows or self.defuse_children or self.defuse_workflow)

    def to_dict(self) -> dict[str, Any]:
        """All ten fields; values that JSON cannot hold are left as they are.

        Raises:
            SerializationError: A Firework to add has a task that nobody else could load.
        """
        document: dict[str, Any] = in_plain_containers(
            {
                "stored_data": self.stored_data,
                "exit": self.exit,
                "update_spec": self.update_spec,
                "mod_spec": self.mod_spec,
                "additions": [_document(item) for item in self.additions],
                "detours": [_document(item) for item in self.detours],
                "append_wfs": [{**item, "workflow": _document(item["workflow"])} for item in self.append_wfs],
                "defuse_children": self.defuse_children,
                "defuse_workflow": self.defuse_workflow,
                "propagate": self.propagate,
            }
        )
        return document

    @classmethod
    def from_dict(cls, m_dict: dict[str, Any]) -> Self:
        """The action; what is missing has its default, Fireworks and Workflows are Workflows again."""
        return cls(
            stored_data=recursive_load(m_dict.get("stored_data")),
            exit=m_dict.get("exit", False),
            update_spec=recursive_load(m_dict.get("update_spec")),
            mod_spec=recursive_load(m_dict.get("mod_spec")),
            additions=[_workflow(item) for item in _a_list(m_dict.get("additions"))],
            detours=[_workflow(item) for item in _a_list(m_dict.get("detours"))],
            append_wfs=[
                {**item, "workflow": _workflow(item["workflow"])} for item in _a_list(m_dict.get("append_wfs"))
            ],
            defuse_children=m_dict.get("defuse_children", False),
            defuse_workflow=m_dict.get("defuse_workflow", False),
            propagate=m_dict.get("propagate", False),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FWAction) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # it holds dictionaries

    def __repr__(self) -> str:
        told = [f"{name}={value!r}" for name, value in vars(self).items() if value]
        return f"FWAction({', '.join(told)})"


class ActionTotal:
    """The actions of a Firework's tasks, put together as they come.

    Data of all tasks is merged (``stored_data`` and ``update_spec`` key by key, ``mod_spec`` in its order); all else
    comes from the last task. Only ``propagate`` of an earlier task is kept: it says where its data shall go.

    Args:
        stored_data: What an earlier launch left, when this one goes on with it.
        update_spec: The same.
        mod_spec: The same.
    """

    __slots__ = ("last", "mod_spec", "propagate", "stored_data", "update_spec")

    def __init__(
        self,
        stored_data: Mapping[str, Any] | None = None,
        update_spec: Mapping[str, Any] | None = None,
        mod_spec: Sequence[Mod] | None = None,
    ) -> None:
        self.stored_data: dict[str, Any] = dict(stored_data or {})
        self.update_spec: dict[str, Any] = dict(update_spec or {})
        self.mod_spec: list[Mod] = list(mod_spec or ())
        self.propagate = False
        self.last = FWAction()

    def add(self, action: FWAction) -> None:
        """Add what the next task answered."""
        self.stored_data.update(action.stored_data)
        self.update_spec.update(action.update_spec)
        self.mod_spec.extend(action.mod_spec)
        self.propagate = self.propagate or bool(action.propagate)
        self.last = action

    def checkpoint(self, task_n: int) -> dict[str, Any]:
        """What a later launch needs to go on before this task; its parts are the live ones."""
        return {
            "_task_n": task_n,
            "_all_stored_data": self.stored_data,
            "_all_update_spec": self.update_spec,
            "_all_mod_spec": self.mod_spec,
        }

    def result(self) -> FWAction:
        """The action of the whole Firework."""
        return FWAction(
            stored_data=self.stored_data,
            exit=self.last.exit,
            update_spec=self.update_spec,
            mod_spec=self.mod_spec,
            additions=self.last.additions,
            detours=self.last.detours,
            append_wfs=self.last.append_wfs,
            defuse_children=self.last.defuse_children,
            defuse_workflow=self.last.defuse_workflow,
            propagate=self.propagate,
        )


def _a_dict(name: str, given: dict[str, Any] | None) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ActionError(f"FWAction: {name} is a dictionary, not {type(given).__name__} ({given!r:.60})")
    return given


def _a_list(given: Any) -> list[Any]:
    if isinstance(given, list | tuple):
        return list(given)
    return [given] if given else []


def _document(addition: Addition) -> Any:
    """What to add in wire form; unlike data, it is no use half written, so its errors are raised."""
    return addition.to_dict() if hasattr(addition, "to_dict") else addition


def _workflow(document: Any) -> Workflow:
    """The Workflow of an addition, which may be one Firework."""
    from longfuse.domain.workflow import Workflow

    if isinstance(document, Workflow):
        return document
    if isinstance(document, dict):
        return Workflow.from_dict(document)
    return Workflow.from_firework(document)
