import copy
import pickle

import pytest

from longfuse.domain.firetask import FireTaskBase, FiretaskBase
from longfuse.domain.registry import explicit_serialize
from longfuse.domain.wire import load_object, recursive_serialize, serialize_fw
from longfuse.errors import TaskError


class Loose(FiretaskBase):
    _fw_name = "Loose"
    required_params = ("a",)

    def run_task(self, fw_spec):
        return None


class Strict(FireTaskBase):
    _fw_name = "Strict"
    required_params = ("a",)
    optional_params = ("b",)

    def run_task(self, fw_spec):
        return None


class OwnToDict(FiretaskBase):
    _fw_name = "OwnToDict"
    required_params = ("job",)

    @serialize_fw
    @recursive_serialize
    def to_dict(self):
        return dict(self)

    def run_task(self, fw_spec):
        return None


@explicit_serialize
class Explicit(FiretaskBase):
    def run_task(self, fw_spec):
        return None


class Thing:
    def as_dict(self):
        return {"thing": (1, 2)}


def test_it_is_its_parameters():
    task = Strict({"a": 1}, b=2)
    assert task == {"a": 1, "b": 2}
    with pytest.raises(KeyError):
        task["c"]
    assert not hasattr(task, "fw_id")


def test_required_parameters():
    with pytest.raises(TaskError, match="Loose: Required parameter a not specified") as error:
        Loose(b=1)
    assert isinstance(error.value, RuntimeError)  # what programs for FireWorks catch
    assert Loose({"a": 1, "anything": 2}, else_=3)["else_"] == 3


def test_only_keywords_are_checked_for_being_known():
    assert Strict({"a": 1, "c": 2}) == {"a": 1, "c": 2}
    with pytest.raises(TaskError, match="Strict has no parameter c; it has a, b"):
        Strict(a=1, c=2)


def test_a_subclass_defines_run_task():
    class Lazy(FiretaskBase):
        pass

    with pytest.raises(NotImplementedError, match="Lazy defines no run_task"):
        Lazy().run_task({})


def test_to_dict_and_back():
    task = Strict(a=Loose(a=1), b=[(1, 2), Thing()])
    document = task.to_dict()
    assert document == {
        "a": {"a": 1, "_fw_name": "Loose"},
        "b": [[1, 2], {"thing": [1, 2]}],
        "_fw_name": "Strict",
    }
    assert Strict.from_dict({"a": 1, "_fw_name": "Strict"}) == {"a": 1, "_fw_name": "Strict"}


def test_old_names_are_renewed_on_loading():
    assert load_object({"_fw_name": "Script Task", "script": "x"})["_fw_name"] == "ScriptTask"


def test_its_own_to_dict_with_decorators():
    assert OwnToDict(job=Thing()).to_dict() == {"job": {"thing": [1, 2]}, "_fw_name": "OwnToDict"}


def test_text_names_it():
    assert repr(Loose(a=1)) == "<Loose>:{'a': 1}"
    assert "Loose" in str(Loose(a=1))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(copied):
    task = Loose(a=[1])
    task.fw_id = 3
    other = copied(task)
    assert other == task
    assert type(other) is Loose
    assert other["a"] is not task["a"]


def test_explicit_name_is_this_module():
    assert Explicit().fw_name == f"{{{{{__name__}.Explicit}}}}"
