"""TemplateWriterTask, with every parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import run_tasks

from longfuse import TemplateWriterTask
from longfuse.errors import TaskError
from longfuse.launchpad.defaults import Defaults

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("here")

TEMPLATE = "title = {{ title }}\n{% for atom in atoms %}{{ atom }} {% endfor %}\n"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "my templates"
    folder.mkdir()
    (folder / "input.txt").write_text(TEMPLATE)
    (folder / "outer.txt").write_text("[{% include 'input.txt' %}]")
    return folder


def run(spec: dict[str, Any] | None = None, **parameters: Any) -> None:
    assert (
        TemplateWriterTask(**{"template_file": "input.txt", "output_file": "out", **parameters}).run_task(spec or {})
        is None
    )


def test_a_file_from_a_template(here: Path, templates: Path) -> None:
    (here / "out").write_text("something longer that was there before, " * 3)
    run(template_dir=str(templates), context={"title": "a<&>'b\"ü", "atoms": ["Si", "C"]})
    assert (here / "out").read_text() == "title = a<&>'b\"ü\nSi C \n"


def test_templates_may_include_others(here: Path, templates: Path) -> None:
    run(template_dir=str(templates), template_file="outer.txt", context={"title": 1})
    assert (here / "out").read_text() == "[title = 1\n\n]"


def test_append_adds(here: Path, templates: Path) -> None:
    for title in ("one", "two"):
        run(template_dir=str(templates), context={"title": title}, append=True)
    run(template_dir=str(templates), context={"title": "three"}, output_file="other", append=False)
    assert (here / "out").read_text() == "title = one\n\ntitle = two\n\n"


def test_an_absolute_path(here: Path, templates: Path) -> None:
    run(template_file=str(templates / "input.txt"), template_dir="nowhere", context={"title": 1})
    assert (here / "out").read_text() == "title = 1\n\n"


def test_the_templates_that_longfuse_brings(here: Path) -> None:
    run(template_file="simple_template.txt", context={"opt1": 5.0, "opt2": "fast method"})
    assert (here / "out").read_text() == "option1 = 5.0\noption2 = fast method\n"
    context = {"opt1": 1, "opt2": 2, "optparam": "x", "param_list": [3, 4]}
    run(template_file="advanced_template.txt", context=context)
    assert (here / "out").read_text() == "option1 = 1\noption2 = 2\noptparam = x\nparam = 3\nparam = 4\n"


@pytest.mark.parametrize("word", ["use_global_spec", "_use_global_spec"])
def test_parameters_from_the_spec(here: Path, templates: Path, word: str) -> None:
    spec = {"template_file": "input.txt", "output_file": "out", "context": {"title": "spec"}, "append": True}
    for _ in range(2):
        TemplateWriterTask({word: True, "template_dir": str(templates), "context": {"title": "task"}}).run_task(spec)
    assert (here / "out").read_text() == "title = spec\n\n" * 2
    with pytest.raises(TaskError, match="the spec has no output_file"):
        TemplateWriterTask({word: True, "output_file": "out"}).run_task({"template_file": "input.txt"})


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"template_file": None}, "the task has no template_file"),
        ({"output_file": 3}, "the task has no output_file"),
        ({"template_file": "missing.txt"}, "template_file: there is no missing.txt in .*my templates"),
        ({"template_file": "../escape.txt"}, "template_file: there is no"),
        ({"template_file": "broken.txt"}, "template_file: broken.txt, line 2"),
        ({"template_file": "wrong.txt"}, "template_file: wrong.txt: 'x' is undefined"),
        ({"context": [1]}, "context"),
        ({"output_file": "no/such/folder"}, "output_file: .*no/such/folder cannot be written"),
    ],
)
def test_what_is_wrong_is_told(templates: Path, parameters: dict[str, Any], words: str) -> None:
    (templates / "broken.txt").write_text("\n{% for %}")
    (templates / "wrong.txt").write_text("{{ x.y }}")
    with pytest.raises(TaskError, match=words):
        run(template_dir=str(templates), **parameters)


def test_in_a_launch_with_the_directory_of_the_settings(tmp_path: Path, templates: Path) -> None:
    """``TEMPLATE_DIR`` is filled in when the Firework is launched: a compute node reads no settings."""
    task = {"_fw_name": "Template Writer Task", "template_file": "input.txt", "output_file": "out"}
    document = Defaults(template_dir=str(templates)).fill({"spec": {"_tasks": [task]}})
    folder = tmp_path / "launcher"
    final = run_tasks(folder, *document["spec"]["_tasks"])
    assert final.state == "COMPLETED"
    assert (folder / "out").read_text() == "title = \n\n"
