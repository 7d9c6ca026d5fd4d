"""ForeachTask, JoinDictTask, JoinListTask and ImportDataTask, with every parameter."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import run_tasks

from longfuse import FWAction, PyTask
from longfuse.domain.wire import load_object
from longfuse.errors import TaskError
from longfuse.firetasks.dataflow import CHUNKS, ForeachTask, ImportDataTask, JoinDictTask, JoinListTask

if TYPE_CHECKING:
    from pathlib import Path

TASK = {"_fw_name": "PyTask", "func": "sum", "inputs": ["values"], "outputs": "sums"}


def foreach(spec: dict[str, Any], **parameters: Any) -> list[dict[str, Any]]:
    action = ForeachTask({"task": TASK, "split": "values", **parameters}).run_task(spec)
    return action.to_dict()["detours"]


def fireworks(detours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [firework for detour in detours for firework in detour.get("fws", [detour])]


@pytest.mark.parametrize(
    ("number", "chunks"),
    [
        (None, [[1], [2], [3], [4], [5]]),
        (1, [[1, 2, 3, 4, 5]]),
        (2, [[1, 2, 3], [4, 5]]),
        (3, [[1, 2], [3, 4], [5]]),
        (9, [[1], [2], [3], [4], [5]]),
    ],
)
def test_a_list_is_split(number: int | None, chunks: list[list[int]]) -> None:
    spec = {"values": [1, 2, 3, 4, 5], "other": {"kept": True}}
    found = fireworks(foreach(spec, **({CHUNKS: number} if number else {})))
    assert [firework["spec"]["values"] for firework in found] == chunks
    assert [firework["name"] for firework in found] == [f"ForeachTask {n}" for n in range(len(chunks))]
    for n, firework in enumerate(found):
        assert firework["spec"]["_tasks"] == [{**TASK, "chunk_number": n}]
        assert firework["spec"]["other"] == {"kept": True}


def test_what_belongs_to_the_splitting_launch_is_not_passed_on() -> None:
    own = {"_tasks": [{}], "_fw_env": {}, "_launch_dir": "/x", "_recovery": {}, "_exception_details": {}}
    (firework,) = fireworks(foreach({"values": [1], "_category": "big", "_priority": 3, **own}))
    assert firework["spec"].keys() == {"values", "_category", "_priority", "_tasks"}


def test_a_task_may_be_an_object_and_inputs_one_key() -> None:
    (firework,) = fireworks(foreach({"values": [1]}, task=PyTask(func="sum", inputs="values")))
    task = {"_fw_name": "PyTask", "func": "sum", "inputs": "values", "chunk_number": 0}
    assert firework["spec"]["_tasks"] == [task]
    loaded = load_object({"_fw_name": "ForeachTask", "task": TASK, "split": "values"})
    assert len(fireworks(loaded.run_task({"values": [1, 2]}).to_dict()["detours"])) == 2


@pytest.mark.parametrize(
    ("spec", "parameters", "words"),
    [
        ({}, {}, "split: spec.values must be a list"),
        ({"values": []}, {}, "split: spec.values must be a list"),
        ({"values": "abc"}, {}, "split: spec.values must be a list"),
        ({"values": [1]}, {"task": {**TASK, "inputs": ["x"]}}, "task: its inputs must name 'values'"),
        ({"values": [1]}, {"task": {"_fw_name": "PyTask"}}, "task: its inputs must name 'values'"),
        ({"values": [1]}, {"task": "PyTask"}, "task a Firetask"),
        ({"values": [1]}, {"split": 3}, "split must be a key"),
        ({"values": [1]}, {CHUNKS: 0}, "number of chunks"),
        ({"values": [1]}, {CHUNKS: "two"}, "number of chunks"),
    ],
)
def test_what_cannot_be_split_is_told(spec: dict[str, Any], parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        foreach(spec, **parameters)


def changed(task: Any, spec: dict[str, Any]) -> dict[str, Any]:
    """What a task changes; the spec that it was given stays as it was."""
    before = deepcopy(spec)
    action = task.run_task(spec)
    assert spec == before
    assert isinstance(action, FWAction)
    return action.update_spec


def test_joining_in_a_dictionary() -> None:
    spec = {"a": 1, "b": [2], "held": {"z": 0, "a": 0}}
    assert changed(JoinDictTask(inputs=["a", "b"], output="new"), spec) == {"new": {"a": 1, "b": [2]}}
    assert changed(JoinDictTask(inputs=["a"], output="held"), spec) == {"held": {"z": 0, "a": 1}}
    assert changed(JoinDictTask(inputs=["a", "b"], output="new", rename={"a": "x"}), spec) == {
        "new": {"x": 1, "b": [2]}
    }


def test_joining_in_a_list() -> None:
    spec = {"a": 1, "b": [2], "held": [0]}
    assert changed(JoinListTask(inputs=["a", "b"], output="new"), spec) == {"new": [1, [2]]}
    assert changed(JoinListTask(inputs="a", output="held"), spec) == {"held": [0, 1]}


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (JoinDictTask(inputs=["a", "x"], output="new"), "inputs: the spec has no x"),
        (JoinListTask(inputs=["x", "y"], output="new"), "inputs: the spec has no x, y"),
        (JoinDictTask(inputs=["a"], output="list"), r"output: spec.list is no dict but \[\]"),
        (JoinListTask(inputs=["a"], output="dict"), "output: spec.dict is no list but {}"),
        (JoinDictTask(inputs=["a"], output="new", rename=["x"]), "rename"),
        (JoinListTask(inputs=[3], output="new"), "inputs must be keys"),
    ],
)
def test_what_cannot_be_joined_is_told(task: Any, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        task.run_task({"a": 1, "list": [], "dict": {}})


@pytest.mark.parametrize("name", ["data.json", "data.yaml", "data.yml"])
@pytest.mark.parametrize(
    ("mapstring", "data", "update"),
    [
        ("new", [1], {"new": [1]}),
        ("a", {"y": 2}, {"a": {"b": {"x": 1}, "y": 2}}),
        ("a/b", {"x": 2}, {"a": {"b": {"x": 2}}}),
        ("a/b/x", {"deep": True}, {"a": {"b": {"x": {"deep": True}}}}),
        ("a/b/new", None, {"a": {"b": {"x": 1, "new": None}}}),
        ("text", {"k": 1}, {"text": {"k": 1}}),
    ],
)
def test_importing(here: Path, name: str, mapstring: str, data: Any, update: dict[str, Any]) -> None:
    (here / name).write_text(json.dumps(data))
    spec = {"a": {"b": {"x": 1}}, "text": "t"}
    assert changed(ImportDataTask(filename=name, mapstring=mapstring), spec) == update


@pytest.mark.parametrize(
    ("filename", "mapstring", "words"),
    [
        ("data.txt", "a", "filename: .*data.txt ends neither"),
        ("missing.json", "a", "filename: .*missing.json cannot be read"),
        ("broken.json", "a", "filename: .*broken.json cannot be read"),
        ("broken.yaml", "a", "filename: .*broken.yaml cannot be read"),
        ("data.json", "x/y", "mapstring: spec.x is no dictionary"),
        ("data.json", "a/b/c", "mapstring: spec.a.b is no dictionary"),
        ("data.json", "a//c", "mapstring 'a//c' has an empty key"),
    ],
)
def test_what_cannot_be_imported_is_told(here: Path, filename: str, mapstring: str, words: str) -> None:
    (here / "data.json").write_text("1")
    (here / "broken.json").write_text("{")
    (here / "broken.yaml").write_text("{")
    with pytest.raises(TaskError, match=words):
        ImportDataTask(filename=filename, mapstring=mapstring).run_task({"a": {"b": 1}})


@pytest.mark.parametrize(
    ("task", "parameters", "words"),
    [
        (ForeachTask, {"task": TASK}, "split"),
        (ForeachTask, {"split": "x"}, "task"),
        (ForeachTask, {"split": "x", "task": TASK, "chunks": 3}, "no parameter chunks"),
        (JoinDictTask, {"inputs": []}, "output"),
        (JoinDictTask, {"inputs": [], "output": "x", "renamed": {}}, "no parameter renamed"),
        (JoinListTask, {"output": "x"}, "inputs"),
        (JoinListTask, {"inputs": [], "output": "x", "rename": {}}, "no parameter rename"),
        (ImportDataTask, {"filename": "x"}, "mapstring"),
        (ImportDataTask, {"mapstring": "x"}, "filename"),
        (ImportDataTask, {"filename": "x", "mapstring": "x", "to": "y"}, "no parameter to"),
    ],
)
def test_parameters_are_checked(task: Any, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        task(**parameters)


def test_in_a_launch(tmp_path: Path) -> None:
    """What one task puts into the spec, the next one finds there."""
    (tmp_path / "data.json").write_text("[1, 2, 3]")
    final = run_tasks(
        tmp_path / "launcher",
        {"_fw_name": "ImportDataTask", "filename": str(tmp_path / "data.json"), "mapstring": "values"},
        {"_fw_name": "JoinListTask", "inputs": ["values", "other"], "output": "joined"},
        {"_fw_name": "JoinDictTask", "inputs": ["joined"], "output": "all"},
        {"_fw_name": "ForeachTask", "task": TASK, "split": "values", CHUNKS: 2},
        other="o",
    )
    assert final.state == "COMPLETED"
    assert final.fwaction["update_spec"]["all"] == {"joined": [[1, 2, 3], "o"]}
    found = fireworks(final.fwaction["detours"])
    assert [firework["spec"]["values"] for firework in found] == [[1, 2], [3]]
    assert all(firework["spec"]["all"] for firework in found)
