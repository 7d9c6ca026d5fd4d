"""What the configuration fills in when a Firework is launched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.login import fw

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.domain.states import State
from longfuse.launchpad.defaults import Defaults
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from pathlib import Path


def filled(spec: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    document = {"spec": spec, "fw_id": 1, "name": "f"}
    changed = Defaults(**defaults).fill(document)
    assert {**changed, "spec": spec} == document
    spec_now: dict[str, Any] = changed["spec"]
    return spec_now


def test_without_defaults_nothing_changes() -> None:
    spec = {"_trackers": [{"filename": "a"}], "_tasks": [{"_fw_name": "TemplateWriterTask"}]}
    assert filled(spec) is spec


def test_lines_of_trackers() -> None:
    spec = {"_trackers": [{"filename": "a"}, {"filename": "b", "nlines": 3}]}
    assert filled(spec, tracker_lines=7)["_trackers"] == [
        {"filename": "a", "nlines": 7},
        {"filename": "b", "nlines": 3},
    ]
    assert spec["_trackers"] == [{"filename": "a"}, {"filename": "b", "nlines": 3}]
    assert "_trackers" not in filled({"x": 1}, tracker_lines=7)


@pytest.mark.parametrize(
    "name",
    [
        "TemplateWriterTask",
        "Template Writer Task",
        "{{fireworks.user_objects.firetasks.templatewriter_task.TemplateWriterTask}}",
    ],
)
def test_the_directory_of_templates(name: str) -> None:
    tasks = [{"_fw_name": name}, {"_fw_name": name, "template_dir": "/mine"}, {"_fw_name": "PyTask"}]
    spec = filled({"_tasks": tasks}, template_dir="/group")
    assert [task.get("template_dir") for task in spec["_tasks"]] == ["/group", "/mine", None]


def test_names_that_have_changed() -> None:
    spec = {"_tasks": [{"_fw_name": "Old", "task": {"_fw_name": "Old"}}], "_dupefinder": {"_fw_name": "Other"}, "n": 1}
    assert filled(spec, fw_names={"Old": "{{mine.New}}"}) == {
        "_tasks": [{"_fw_name": "{{mine.New}}", "task": {"_fw_name": "{{mine.New}}"}}],
        "_dupefinder": {"_fw_name": "Other"},
        "n": 1,
    }


def test_at_a_launch_and_not_in_what_is_stored(tmp_path: Path) -> None:
    pad = LaunchPad(
        f"sqlite:///{tmp_path}/pad.db", create=True, defaults=Defaults(tracker_lines=7, fw_names={"Old": "PyTask"})
    )
    spec = {"_trackers": [{"filename": "a"}]}
    document = fw(1, {"_fw_name": "Old", "func": "f"}, **spec)
    pad.add_documents([{"fws": [document], "links": {}, "metadata": {}, "name": "w"}])
    taken = pad.reserve(FWorker(), "/scratch/l")
    assert taken is not None
    assert taken.document["spec"]["_tasks"] == [{"_fw_name": "PyTask", "func": "f"}]
    assert taken.document["spec"]["_trackers"] == [{"filename": "a", "nlines": 7}]
    stored = pad.get_fw_dict_by_id(1)
    assert stored["spec"] == document["spec"]
    assert stored["launches"][0]["trackers"][0]["nlines"] == 7
    pad.close()


@pytest.mark.parametrize("kept", [True, False])
def test_what_an_exception_told_stays_for_the_rerun(tmp_path: Path, kept: bool) -> None:
    """EXCEPT_DETAILS_ON_RERUN: of FIZZLED Fireworks whose exception had details."""
    pad = LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True, keep_exception_details=kept)
    pad.add_documents([{"fws": [fw(n) for n in range(1, 4)], "links": {}, "metadata": {}, "name": "w"}])
    details = {"advice": "smaller step"}
    for fw_id, state, told in ((1, "FIZZLED", details), (2, "FIZZLED", None), (3, "COMPLETED", details)):
        taken = pad.reserve(FWorker(), "/scratch/l", fw_id=fw_id, state=State.RUNNING)
        assert taken is not None
        stored = {"_exception": {"_stacktrace": "...", "_details": told}}
        pad.complete_launch(taken.launch_id, FWAction(stored_data=stored), state)
        pad.rerun_fw(fw_id)
    specs = [pad.get_fw_dict_by_id(fw_id)["spec"] for fw_id in (1, 2, 3)]
    assert [spec.get("_exception_details") for spec in specs] == [details if kept else None, None, None]
    pad.rerun_fw(1)
    assert "_exception_details" not in pad.get_fw_dict_by_id(1)["spec"]
    pad.close()
