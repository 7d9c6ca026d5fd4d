"""CommandLineTask, with every parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import run_tasks

from longfuse import FWAction
from longfuse.errors import TaskError
from longfuse.firetasks.commandline import CommandLineTask

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")

WORDS = ["python3", "-c", "import sys; print(sys.argv[1:])"]
BOTH = ["sh", "-c", "echo ' out '; echo err >&2"]
STDOUT = {"target": {"type": "data"}}


def data(value: Any) -> dict[str, Any]:
    return {"type": "data", "value": value}


def path(value: Any) -> dict[str, Any]:
    return {"type": "path", "value": str(value)}


def run(command: Any, labels: dict[str, Any], spec: dict[str, Any] | None = None, **parameters: Any) -> FWAction:
    return CommandLineTask(command_spec={"command": command, **labels}, **parameters).run_task(spec or {})


def words(labels: dict[str, Any], spec: dict[str, Any] | None = None, **parameters: Any) -> Any:
    """The words that the command gets."""
    parameters.setdefault("inputs", list(labels))
    action = run(WORDS, {**labels, "said": STDOUT}, spec, outputs=["said"], **parameters)
    return eval(action.update_spec["said"]["value"])


@pytest.mark.parametrize(
    ("binding", "expected"),
    [
        (None, ["a b"]),
        ({}, ["a b"]),
        ({"prefix": "-n"}, ["-na b"]),
        ({"prefix": "--name", "separator": "="}, ["--name=a b"]),
        ({"prefix": "--name", "separator": " "}, ["--name", "a b"]),
        ({"separator": ":"}, [":a b"]),
    ],
)
def test_an_argument(binding: Any, expected: list[str]) -> None:
    label = {"source": data("a b"), **({} if binding is None else {"binding": binding})}
    assert words({"x": label}) == expected


def test_arguments_stand_in_the_order_of_the_labels(here: Path) -> None:
    labels = {"x": {"source": data(1)}, "y": {"source": path("file")}, "unused": {"source": data(0)}}
    assert words(labels, inputs=["y", "x"]) == ["file", "1"]
    assert words(labels, inputs="x") == ["1"]


def test_labels_and_their_parts_may_stand_in_the_spec() -> None:
    spec = {
        "list": [data(1), {"source": data(2), "binding": "flag"}],
        "single": data(3),
        "flag": {"prefix": "-f"},
        "source": data(4),
    }
    labels = {"a": "list", "b": "single", "c": {"source": "source", "binding": "flag"}}
    assert words(labels, spec) == ["1", "-f2", "3", "-f4"]


@pytest.mark.parametrize("target", [{"type": "stdin"}, "in_spec"])
def test_what_the_command_reads(here: Path, target: Any) -> None:
    (here / "input").write_text("from a file")
    for source, text in ((path("input"), "from a file"), (data("from däta"), "from däta"), (data(7), "7")):
        labels = {"i": {"source": source, "target": target}, "o": STDOUT}
        action = run(["cat"], labels, {"in_spec": {"type": "stdin"}}, inputs=["i"], outputs=["o"])
        assert action.update_spec == {"o": data(text)}


def test_what_the_command_writes_is_data(capfd: pytest.CaptureFixture[str]) -> None:
    labels = {"o": STDOUT, "e": {"source": {"type": "stderr"}, "target": {"type": "data"}}}
    assert run(BOTH, labels, outputs=["o", "e"]).update_spec == {"o": data("out"), "e": data("err")}
    assert capfd.readouterr() == ("", "")


def test_what_nobody_wants_goes_where_the_job_s_output_goes(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(BOTH, {}).to_dict() == FWAction().to_dict()
    assert capfd.readouterr() == (" out \n", "err\n")


def test_what_the_command_writes_goes_to_files(here: Path) -> None:
    labels = {
        "o": {"source": {"type": "stdout"}, "target": path("out")},
        "e": {"source": {"type": "stderr"}, "target": path(here / "err")},
    }
    action = run(BOTH, labels, outputs=["o", "e"])
    assert action.update_spec == {"o": path(here / "out"), "e": path(here / "err")}
    assert (here / "out").read_text() == " out \n"
    assert (here / "err").read_text() == "err\n"


def test_a_file_that_the_command_makes_is_an_argument(here: Path) -> None:
    action = run(["touch"], {"o": {"target": path("made")}}, outputs="o")
    assert action.update_spec == {"o": path(here / "made")}
    assert (here / "made").exists()


def test_a_file_that_the_command_leaves_is_copied(here: Path) -> None:
    (here / "folder").mkdir()
    labels = {"o": {"source": path("left"), "target": path("folder")}}
    action = run(["sh", "-c", "echo x > left"], labels, outputs=["o"])
    (copied,) = (here / "folder").iterdir()
    assert action.update_spec == {"o": path(copied)}
    assert copied.read_text() == "x\n"


def test_the_output_of_one_is_the_input_of_the_next(here: Path) -> None:
    first = run(["echo", "hello"], {"o": {"source": {"type": "stdout"}, "target": path("o")}}, outputs=["o"])
    second = run(["cat"], {"i": {"source": "o"}, "said": STDOUT}, first.update_spec, inputs=["i"], outputs=["said"])
    assert second.update_spec == {"said": data("hello")}


def test_chunks_are_pushed() -> None:
    labels = {"o": STDOUT, "e": {"source": {"type": "stderr"}, "target": {"type": "data"}}}
    action = run(BOTH, labels, outputs=["o", "e"], chunk_number=0)
    assert action.mod_spec == [{"_push": {"o": data("out")}}, {"_push": {"e": data("err")}}]
    assert action.update_spec == {}


def test_the_task_s_own_parameters_stay_as_they_are() -> None:
    task = CommandLineTask(command_spec={"command": ["echo"], "x": {"source": data(1)}}, inputs=["x"])
    for _ in range(2):
        task.run_task({})
    assert task["command_spec"]["command"] == ["echo"]


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(TaskError, match="ended with exit code 3: no such structure"):
        run(["sh", "-c", "echo no such structure >&2; exit 3"], {})


@pytest.mark.parametrize(
    ("command", "labels", "parameters", "told"),
    [
        (None, {}, {}, "command_spec needs a command"),
        ([], {}, {}, "command_spec needs a command"),
        (["no-such-program"], {}, {}, "command: no-such-program cannot run"),
        (["cat"], {}, {"inputs": ["x"]}, "inputs: command_spec says nothing of x"),
        (["cat"], {}, {"outputs": ["x", "y"]}, "outputs: command_spec says nothing of x, y"),
        (["cat"], {"x": "missing"}, {"inputs": ["x"]}, "x is described by 'missing'"),
        (["cat"], {"x": {"source": "missing"}}, {"inputs": ["x"]}, "x is described by 'missing'"),
        (["cat"], {"x": 3}, {"inputs": ["x"]}, "x must be described by a dictionary"),
        (["cat"], {"x": {"binding": {}}}, {"inputs": ["x"]}, "x: source needs a type, path or data"),
        (["cat"], {"x": {"source": {"type": "url", "value": 1}}}, {"inputs": ["x"]}, "x: source needs a type"),
        (["cat"], {"x": {"source": {"type": "data"}}}, {"inputs": ["x"]}, "x: source has no value"),
        (["cat"], {"x": {"source": path("missing"), "target": {"type": "stdin"}}}, {"inputs": ["x"]}, "missing"),
        (["cat"], {"x": {"source": data(1), "target": {"type": "stdin"}}}, {"inputs": ["x", "x"]}, "the second one"),
        (["cat"], {"x": {"target": {"type": "url"}}}, {"outputs": ["x"]}, "x: target needs a type"),
        (["cat"], {"x": {"target": {"type": "path"}}}, {"outputs": ["x"]}, "x: target has no value"),
        (["cat"], {"x": {"source": {"type": "s"}, "target": path("a")}}, {"outputs": ["x"]}, "type 's' is none of"),
        (["cat"], {"x": {"source": {"type": "path"}, "target": {"type": "data"}}}, {"outputs": ["x"]}, "type 'path'"),
        (["true"], {"x": STDOUT, "y": STDOUT}, {"outputs": ["x", "y"]}, "x and y both want stdout"),
        (["true"], {"x": {"source": path("no"), "target": path("a")}}, {"outputs": ["x"]}, "x cannot be copied"),
    ],
)
def test_what_is_wrong_is_told(command: Any, labels: dict[str, Any], parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(TaskError, match=told):
        run(command, labels, **parameters)


@pytest.mark.parametrize(
    ("parameters", "told"), [({}, "command_spec"), ({"command_spec": {}, "input": []}, "no parameter input")]
)
def test_parameters_are_checked(parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(TaskError, match=told):
        CommandLineTask(**parameters)


def test_in_a_launch(tmp_path: Path) -> None:
    folder = tmp_path / "launcher"
    command_spec = {"command": ["echo"], "x": {"source": data("hi")}, "o": STDOUT}
    final = run_tasks(
        folder,
        {"_fw_name": "CommandLineTask", "command_spec": command_spec, "inputs": ["x"], "outputs": ["o"]},
        {"_fw_name": "CommandLineTask", "command_spec": {"command": ["touch"], "x": "o"}, "inputs": ["x"]},
    )
    assert final.state == "COMPLETED"
    assert final.fwaction["update_spec"] == {"o": data("hi")}
    assert (folder / "hi").exists()
