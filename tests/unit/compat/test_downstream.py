"""What packages that build on FireWorks do with its objects, as they do it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import longfuse.compat.fireworks as fireworks
from longfuse import Firework, FWAction, FWorker, LaunchPad, ScriptTask, Workflow
from longfuse.compat.fireworks.utilities.fw_serializers import recursive_serialize, serialize_fw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    pad = LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)
    yield pad
    pad.close()


def workflow() -> Workflow:
    first = Firework([ScriptTask(script="echo a"), ScriptTask(script="echo b")], {"x": 1}, name="first")
    return Workflow([first, Firework(ScriptTask(script="echo c"), name="second", parents=first)], name="both")


def test_a_workflow_edited_in_place_and_read_again(pad: LaunchPad) -> None:
    """atomate's powerups."""
    wf = workflow()
    for n, fw in enumerate(wf.fws):
        for task_number, task in enumerate(fw.tasks):
            if "ScriptTask" in str(task):
                wf.fws[n].tasks[task_number]["use_shell"] = True
        wf.fws[n].spec["_fworker"] = "mine"
        wf.fws[n].name += " tagged"
    wf.fws[0].tasks.insert(1, ScriptTask(script="echo inserted"))
    wf.metadata["tags"] = ["a"]
    again = Workflow.from_dict(wf.to_dict())
    again.fws[0].tasks.append(ScriptTask(script="echo last"))
    again = Workflow.from_dict(again.as_dict())
    pad.add_wf(again)
    document = pad.fireworks.find_one({"name": "first tagged"})
    assert document is not None
    scripts = [task["script"] for task in document["spec"]["_tasks"]]
    assert scripts == ["echo a", "echo inserted", "echo b", "echo last"]
    assert (document["spec"]["x"], document["spec"]["_fworker"]) == (1, "mine")
    assert pad.workflows.find_one({"metadata.tags": "a"}) is not None


def test_a_workflow_appended_to_all_leaves() -> None:
    wf = workflow()
    more = workflow()
    wf.append_wf(more, wf.leaf_fw_ids)
    assert len(wf.fws) == 4
    assert wf.root_fw_ids == [wf.fws[0].fw_id]
    assert wf.leaf_fw_ids == [more.fws[1].fw_id]


def test_where_it_ran(pad: LaunchPad, tmp_path: Path) -> None:
    """abiflows' and mispr's way to a result."""
    pad.add_wf(Firework(ScriptTask(script="true"), name="f"))
    launch_id = pad.checkout_fw(FWorker(), str(tmp_path / "run"), fw_id=1)[1]
    assert launch_id is not None
    pad.complete_launch(launch_id, FWAction(stored_data={"energy": -1.5}))
    fw = pad.get_wf_by_fw_id_lzyfw(1).fws[0]
    assert fw.launches[-1].launch_dir == str(tmp_path / "run")
    assert fw.launches[-1].action is not None
    assert fw.launches[-1].action.stored_data["energy"] == -1.5
    assert fw.archived_launches == []
    assert pad.get_fw_dict_by_id(1)["launches"][0]["action"]["stored_data"] == {"energy": -1.5}


def test_a_task_with_its_own_way_of_being_written() -> None:
    """jobflow's JobFiretask."""

    class Mine(fireworks.FiretaskBase):
        _fw_name = "{{nowhere.Mine}}"
        required_params = ("job", "store")

        @serialize_fw
        @recursive_serialize
        def to_dict(self) -> dict[str, Any]:
            return {**self, "job": {"@module": "nowhere", "@class": "Job"}}

    task = Mine(job=object(), store=None)
    assert task.to_dict() == {
        "job": {"@module": "nowhere", "@class": "Job"},
        "store": None,
        "_fw_name": "{{nowhere.Mine}}",
    }
    assert Firework(task).to_dict()["spec"]["_tasks"] == [task.to_dict()]


def test_objects_are_pickled() -> None:
    wf = workflow()
    again = pickle.loads(pickle.dumps(wf))
    assert again.to_dict() == wf.to_dict()
    assert again.links == wf.links


def test_modules_are_attributes_of_their_packages(tmp_path: Path) -> None:
    program = """
import longfuse.compat.alias
import fireworks as fw
assert fw.core.firework.Firework is fw.Firework
assert fw.user_objects.firetasks.script_task.PyTask is fw.PyTask
assert fw.fw_config.SORT_FWS == ""
assert not hasattr(fw, "nonsense") and not hasattr(fw.core, "nonsense") and not hasattr(fw, "__wrapped__")
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
