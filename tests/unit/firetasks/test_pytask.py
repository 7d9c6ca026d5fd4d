"""PyTask, with every parameter."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from longfuse import FWAction, PyTask
from longfuse.errors import TaskError

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
from longfuse import FWAction

def pair(*args, **kwargs):
    return [list(args), kwargs]

def values():
    return [1, 2]

def one():
    return 1

def act():
    return FWAction(exit=True)

class Lattice:
    @staticmethod
    def cubic(a):
        return a ** 3

constant = 5
"""


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pytask_module.py").write_text(MODULE)
    (tmp_path / "pytask_needs_more.py").write_text("import no_such_library\ndef f(): pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("pytask_module", "pytask_needs_more"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def run(func: str, spec: dict[str, Any] | None = None, **parameters: Any) -> FWAction | None:
    return PyTask(func=func, **parameters).run_task(spec or {})


def returned(func: str, spec: dict[str, Any] | None = None, **parameters: Any) -> Any:
    action = run(func, spec, stored_data_varname="r", **parameters)
    assert action is not None
    return action.stored_data["r"]


def test_arguments() -> None:
    assert returned("pytask_module.pair", {"x": 3, "y": 4}, args=[1], kwargs={"k": 2}, inputs=["x", "y"]) == [
        [1, 3, 4],
        {"k": 2},
    ]
    assert returned("pytask_module.pair", {"x": 3}, inputs="x") == [[3], {}]


def test_auto_kwargs_are_all_other_parameters() -> None:
    assert returned("pytask_module.pair", auto_kwargs=True, a=1, _b=2, kwargs={"c": 3}) == [[], {"a": 1}]


def test_without_outputs_nothing_follows() -> None:
    assert run("pytask_module.one") is None


def test_a_builtin_and_a_method() -> None:
    assert returned("sum", args=[[1, 2]]) == 3
    assert returned("pytask_module.Lattice.cubic", args=[2]) == 8


def test_one_output_takes_it_all() -> None:
    action = run("pytask_module.values", outputs="x")
    assert action is not None
    assert action.update_spec == {"x": [1, 2]}


def test_several_outputs_take_one_each() -> None:
    action = run("pytask_module.values", outputs=["x", "y"])
    assert action is not None
    assert action.update_spec == {"x": 1, "y": 2}


@pytest.mark.parametrize("func", ["values", "one"])
def test_outputs_that_do_not_fit_are_told(func: str) -> None:
    with pytest.raises(TaskError, match="3 outputs need a list of 3 values"):
        run(f"pytask_module.{func}", outputs=["x", "y", "z"])


def test_chunks_are_pushed() -> None:
    many, single = (run(f"pytask_module.{func}", outputs="x", chunk_number=0) for func in ("values", "one"))
    assert many is not None
    assert many.mod_spec == [{"_push": {"x": 1}}, {"_push": {"x": 2}}]
    assert single is not None
    assert single.mod_spec == [{"_push": {"x": 1}}]


def test_an_action_is_passed_on() -> None:
    action = run("pytask_module.act", outputs="x", stored_data_varname="y")
    assert action is not None
    assert action.exit
    assert action.update_spec == action.stored_data == {}


@pytest.mark.parametrize(
    ("func", "words"),
    [
        ("no_such_module.f", "no module 'no_such_module'"),
        ("pytask_module.nothing", "has no 'nothing'"),
        ("pytask_module.Lattice.hexagonal", "has no 'hexagonal'"),
        ("pytask_module.constant", "no function but int"),
        ("no_such_builtin", "has no 'no_such_builtin'"),
    ],
)
def test_a_function_that_is_not_there_is_told(func: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        run(func)


def test_an_input_that_is_not_there_is_told() -> None:
    with pytest.raises(TaskError, match="lacks the inputs y"):
        run("pytask_module.pair", {"x": 1}, inputs=["x", "y"])


def test_a_module_that_lacks_its_own_library_says_which() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        run("pytask_needs_more.f")


def test_func_is_required() -> None:
    with pytest.raises(TaskError, match="func"):
        PyTask()
