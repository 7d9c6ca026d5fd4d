"""What can happen to a Firework or a Workflow. `longfuse.domain.engine` says what each event does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from longfuse.domain.graph import LaunchView


@dataclass(frozen=True, slots=True)
class Launched:
    """A launch of the Firework was made or changed: reserved, started, completed or fizzled, as ``launch.state`` says.

    The launch must be a current one. A Firework that a person holds (DEFUSED, PAUSED, ARCHIVED) keeps its state; the
    launch decides once it is reignited or resumed. It counts for every Firework that shares it.
    """

    fw_id: int
    launch: LaunchView


@dataclass(frozen=True, slots=True)
class Shared:
    """The Firework is a duplicate of the one that this launch is of: from now on the launch counts for both.

    It goes into the state of the launch without running, and if that is COMPLETED its FWAction is applied to the
    Firework's own children.
    """

    fw_id: int
    launch: LaunchView


@dataclass(frozen=True, slots=True)
class Released:
    """A reservation came to nothing before anything ran: the launches are archived, the Firework may be taken again.

    So may those that share them.
    """

    fw_id: int


@dataclass(frozen=True, slots=True)
class Rerun:
    """Run it again: its launches become archived ones, and every descendant that is past WAITING is reset with it.

    Nothing happens to a Firework that is WAITING, DEFUSED or ARCHIVED. Descendants that are DEFUSED, PAUSED or ARCHIVED
    lose that (facts of FireWorks: a rerun is a person's word, too). What the earlier run added or changed stays.

    Attributes:
        fw_id: The Firework.
        duplicates: Whether Fireworks that share one of its launches are rerun with it. Else the launch stays theirs, as
            it does where only a descendant's launches are shared.
    """

    fw_id: int
    duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Defused:
    """Hold it for good. What is RESERVED, RUNNING or COMPLETED is first reset as by `Rerun`. Not from ARCHIVED."""

    fw_id: int
    duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Reignited:
    """Undo `Defused`: its parents and launches decide again."""

    fw_id: int


@dataclass(frozen=True, slots=True)
class Paused:
    """Hold it for now; only from WAITING, READY and RESERVED."""

    fw_id: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """Undo `Paused`: its parents and launches decide again."""

    fw_id: int


@dataclass(frozen=True, slots=True)
class Archived:
    """Retire a whole workflow for good."""

    wf_id: int


@dataclass(frozen=True, slots=True)
class Appended:
    """Add a workflow below existing Fireworks.

    Attributes:
        workflow: A Workflow or Firework in wire form (``to_dict``); its ids are negative.
        parents: Fireworks of one workflow, which get the new roots as children.
        detours: For each parent, whether its present children shall also wait for the new leaves.
        pull_spec_mods: Whether new roots get the ``update_spec`` and ``mod_spec`` of parents that are COMPLETED.
    """

    workflow: Mapping[str, Any]
    parents: tuple[int, ...]
    detours: tuple[bool, ...]
    pull_spec_mods: bool = True


@dataclass(frozen=True, slots=True)
class SpecChanged:
    """A person replaced the spec."""

    fw_id: int
    spec: dict[str, Any]


Event = (
    Launched | Shared | Released | Rerun | Defused | Reignited | Paused | Resumed | Archived | Appended | SpecChanged
)
