"""Workflows that are in no LaunchPad: FireWorks' methods on the objects."""

from __future__ import annotations

from typing import Any

import pytest

from longfuse import Firework, FWAction, Launch, ScriptTask, Workflow
from longfuse.errors import ActionError, NotFoundError, StateError, WorkflowError


def firework(fw_id: int, state: str = "WAITING", **spec: Any) -> Firework:
    return Firework(ScriptTask.from_str(f"echo {fw_id}"), spec, name=f"f{fw_id}", fw_id=fw_id, state=state)


def launched(fw: Firework, state: str, action: FWAction | None = None) -> None:
    fw.launches = [*fw.launches, Launch(state, "/somewhere", launch_id=fw.fw_id, fw_id=fw.fw_id, action=action)]
    fw.launches[-1].state_history = [{"state": state, "created_on": fw.created_on}]


def states(workflow: Workflow) -> dict[int, str]:
    return {fw_id: str(state) for fw_id, state in workflow.fw_states.items()}


def chain() -> Workflow:
    """1 > 2 > 3, and 1 > 4."""
    return Workflow([firework(n) for n in (1, 2, 3, 4)], {1: [2, 4], 2: 3})


# --- refresh
def test_a_refresh_takes_states_from_launches_and_parents() -> None:
    workflow = chain()
    assert workflow.refresh(1) == {1}
    launched(workflow.id_fw[1], "COMPLETED")
    assert workflow.refresh(1, {99}) == {1, 2, 4, 99}
    assert states(workflow) == {1: "COMPLETED", 2: "READY", 3: "WAITING", 4: "READY"}
    assert workflow.refresh(1) == set()


def test_a_refresh_applies_the_action_of_what_completed() -> None:
    workflow = chain()
    following = firework(-1)
    launched(workflow.id_fw[1], "COMPLETED", FWAction(update_spec={"x": 1}, detours=following))
    new = workflow.refresh(1) - {1, 2, 4}
    assert len(new) == 1
    (detour,) = new
    assert detour < 0
    assert workflow.links == {1: [2, 4, detour], 2: [3], 3: [], 4: [], detour: [2, 4]}
    assert states(workflow) == {1: "COMPLETED", 2: "WAITING", 3: "WAITING", 4: "WAITING", detour: "READY"}
    assert workflow.id_fw[2].spec["x"] == 1
    assert workflow.id_fw[detour].tasks[0]["script"] == ["echo -1"]


def test_fizzled_parents_are_told_to_a_child_that_allows_them() -> None:
    workflow = Workflow([firework(1), firework(2, _allow_fizzled_parents=True)], {1: 2})
    launched(workflow.id_fw[1], "FIZZLED")
    workflow.refresh(1)
    assert states(workflow) == {1: "FIZZLED", 2: "READY"}
    assert workflow.id_fw[2].spec["_fizzled_parents"][0]["launches"][0]["launch_dir"] == "/somewhere"


def test_a_person_who_holds_it_is_heeded() -> None:
    workflow = Workflow([firework(1, "PAUSED")])
    assert workflow.refresh(1) == set()
    assert workflow.id_fw[1].state == "PAUSED"


# --- apply_action
def test_an_action_is_applied_whatever_the_state() -> None:
    workflow = chain()
    action = FWAction(mod_spec=[{"_set": {"a->b": 1}}], propagate=True, defuse_children=True, additions=[firework(-1)])
    changed = workflow.apply_action(action, 2)
    (added,) = set(workflow.id_fw) - {1, 2, 3, 4}
    assert changed == sorted([3, added])
    assert workflow.id_fw[3].spec == {"a": {"b": 1}}
    assert (workflow.id_fw[3].state, workflow.id_fw[2].state) == ("DEFUSED", "WAITING")
    assert workflow.links[2] == [3, added]


def test_specs_with_their_tasks_in_them_keep_them() -> None:
    workflow = Workflow.from_dict(chain().to_dict())
    workflow.apply_action(FWAction(update_spec={"x": 1}), 1)
    child = workflow.id_fw[2]
    assert child.spec["x"] == 1
    assert child.spec["_tasks"] is child.tasks
    assert workflow.to_dict()["fws"][1]["spec"]["_tasks"][0]["script"] == ["echo 2"]


def test_an_action_that_cannot_be_applied_changes_nothing() -> None:
    workflow = chain()
    before = workflow.to_dict()
    with pytest.raises(ActionError):
        workflow.apply_action(FWAction(update_spec={"x": 1}, mod_spec=[{"_nonsense": {"a": 1}}]), 1)
    assert workflow.to_dict() == before


# --- rerun_fw
def test_a_rerun_sets_launches_aside_and_reaches_what_is_below() -> None:
    workflow = chain()
    for fw_id in (1, 2):
        launched(workflow.id_fw[fw_id], "COMPLETED")
        workflow.refresh(fw_id)
    assert workflow.rerun_fw(2) == {2, 3}
    assert states(workflow) == {1: "COMPLETED", 2: "READY", 3: "WAITING", 4: "READY"}
    assert workflow.id_fw[2].launches == []
    assert [launch.launch_id for launch in workflow.id_fw[2].archived_launches] == [2]
    assert workflow.rerun_fw(1) == {1, 2, 4}
    assert states(workflow) == {1: "READY", 2: "WAITING", 3: "WAITING", 4: "WAITING"}


# --- append_wf
def test_what_is_appended_below_completed_parents_is_ready() -> None:
    workflow = chain()
    launched(workflow.id_fw[1], "COMPLETED", FWAction(update_spec={"x": 1}))
    workflow.refresh(1)
    workflow.append_wf(Workflow([firework(-1), firework(-2)], {-1: -2}), [1], pull_spec_mods=True)
    workflow.append_wf(Workflow.from_firework(firework(-3)), [3])
    found = states(workflow)
    assert (found[-1], found[-2], found[-3]) == ("READY", "WAITING", "WAITING")
    assert workflow.id_fw[-1].spec["x"] == 1


def test_what_does_not_fit_is_refused() -> None:
    workflow = chain()
    launched(workflow.id_fw[1], "COMPLETED")
    workflow.refresh(1)
    with pytest.raises(StateError, match="READY"):
        workflow.append_wf(Workflow.from_firework(firework(-1)), [1], detour=True)
    with pytest.raises(WorkflowError, match="negative"):
        workflow.append_wf(Workflow.from_firework(firework(9)), [1])


@pytest.mark.parametrize("method", ["refresh", "rerun_fw"])
def test_a_firework_that_is_not_there(method: str) -> None:
    with pytest.raises(NotFoundError):
        getattr(chain(), method)(9)
    with pytest.raises(NotFoundError):
        chain().apply_action(FWAction(), 9)
