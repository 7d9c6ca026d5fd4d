import copy
import pickle

import pytest

from longfuse.domain.action import FWAction
from longfuse.domain.firework import Firework, new_negative_ids
from longfuse.domain.launch import Launch
from longfuse.domain.states import State
from longfuse.domain.tracker import Tracker
from longfuse.domain.wire import parse_iso
from longfuse.errors import InputError, SerializationError, TaskError
from longfuse.firetasks.script import ScriptTask

BARE = {"name": "mine", "spec": {"_tasks": [{"_fw_name": "ScriptTask", "script": "echo hi"}]}}


def firework(**given):
    return Firework(ScriptTask(script="true"), **given)


def fizzled_launch(launch_id, details):
    exception = {"_stacktrace": "trace", "_details": details}
    return Launch("FIZZLED", "/x", action=FWAction({"_exception": exception}, True), launch_id=launch_id)


def test_defaults():
    fw = firework()
    assert (fw.name, fw.state, fw.spec, fw.launches, fw.archived_launches) == ("Unnamed FW", State.WAITING, {}, [], [])
    assert fw.fw_id < 0
    assert fw.created_on.tzinfo is not None
    assert firework().fw_id == fw.fw_id - 1


def test_new_ids_are_ascending_and_nobody_elses():
    ids = new_negative_ids(3)
    assert list(ids) == [ids[0], ids[0] + 1, ids[0] + 2]
    assert firework().fw_id == ids[0] - 1


def test_a_spec_is_copied_one_level_deep():
    spec = {"a": 1}
    firework(spec=spec).spec["b"] = 2
    assert spec == {"a": 1}


def test_tasks_of_many_kinds():
    fw = Firework([ScriptTask(script="a"), {"_fw_name": "Script Task", "script": "b"}])
    assert [task["script"] for task in fw] == ["a", "b"]
    assert len(fw) == 2
    assert fw[1]["script"] == "b"
    with pytest.raises(InputError, match="tasks of a Firework are Firetasks"):
        Firework(["echo"])


def test_without_tasks_it_is_still_a_firework():
    assert Firework([])
    assert Firework.from_dict(Firework([]).to_dict()).tasks == []


def test_setting_the_state_renews_updated_on():
    fw = firework(updated_on=parse_iso("2024-01-31T12:00:00"))
    fw.state = "READY"
    assert fw.state is State.READY
    assert fw.updated_on > parse_iso("2025-01-01T12:00:00")
    with pytest.raises(InputError, match="Invalid state: BROKEN"):
        fw.state = "BROKEN"


class TestWire:
    def test_shape(self):
        fw = firework(spec={"a": (1, 2)}, fw_id=3)
        document = fw.to_dict()
        assert list(document) == ["spec", "fw_id", "created_on", "updated_on", "name"]
        assert document["spec"] == {"a": [1, 2], "_tasks": [{"script": "true", "_fw_name": "ScriptTask"}]}
        assert fw.spec == {"a": (1, 2)}
        full = firework(state="READY", launches=[Launch("RUNNING", "/x")], archived_launches=[Launch("FIZZLED", "/y")])
        assert list(full.to_dict())[4:] == ["launches", "archived_launches", "state", "name"]

    def test_database_shape(self):
        fw = firework(
            launches=[Launch("RUNNING", "/x", launch_id=7)], archived_launches=[Launch("READY", "/", launch_id=6)]
        )
        document = fw.to_db_dict()
        assert list(document) == [
            "spec", "fw_id", "created_on", "updated_on", "state", "name", "launches", "archived_launches"
        ]  # fmt: skip
        assert (document["state"], document["launches"], document["archived_launches"]) == ("WAITING", [7], [6])

    def test_round_trip(self):
        fw = firework(
            spec={"a": {"b": [1]}, "_trackers": [Tracker("f").to_dict()]},
            name="n",
            fw_id=3,
            state="FIZZLED",
            launches=[fizzled_launch(1, None)],
            archived_launches=[fizzled_launch(0, {"why": 1})],
        )
        assert Firework.from_dict(fw.to_dict()).to_dict() == fw.to_dict()

    def test_a_bare_file(self, tmp_path):
        path = tmp_path / "fw.yaml"
        path.write_text("spec:\n  _tasks:\n  - _fw_name: ScriptTask\n    script: echo hi\n")
        fw = Firework.from_file(path)
        assert (fw.name, fw.fw_id, fw.state) == ("Unnamed FW", -1, State.WAITING)
        assert isinstance(fw.tasks[0], ScriptTask)

    def test_unknown_keys_are_passed_over(self):
        document = Firework.from_dict({**BARE, "_id": "x", "extra": 1}).to_dict()
        assert not {"_id", "extra"} & set(document)

    def test_spec_holds_the_loaded_tasks(self):
        fw = Firework.from_dict(BARE)
        assert fw.spec["_tasks"] is fw.tasks

    def test_replaced_tasks_are_written(self):
        fw = Firework.from_dict(BARE)
        fw.tasks = [ScriptTask(script="other")]
        assert fw.to_dict()["spec"]["_tasks"][0]["script"] == "other"

    @pytest.mark.parametrize("document", [{}, {"spec": None}, {"spec": {}}, {"name": "x", "spec": {"a": 1}}])
    def test_no_firework(self, document):
        with pytest.raises(SerializationError):
            Firework.from_dict(document)

    def test_launches_by_id_are_not_enough(self):
        with pytest.raises(SerializationError, match="Launch 7"):
            Firework.from_dict({**BARE, "launches": [7]})

    def test_a_task_that_lacks_a_parameter(self):
        with pytest.raises(TaskError, match="script"):
            Firework.from_dict({"spec": {"_tasks": [{"_fw_name": "ScriptTask"}]}})

    def test_what_json_cannot_hold_is_refused_when_written(self):
        fw = firework(spec={"a": [{1, 2}]})
        assert fw.to_dict()["spec"]["a"] == [{1, 2}]
        with pytest.raises(SerializationError, match=r"^spec\.a\[0\]: set"):
            fw.to_format()

    def test_dates_in_a_spec_stay_text(self):
        spec = {**BARE["spec"], "day": "2024-01-31T12:00:00"}
        assert Firework.from_dict({"spec": spec}).spec["day"] == "2024-01-31T12:00:00"


class TestRerun:
    def test_launches_are_set_aside(self):
        old, new = fizzled_launch(1, None), fizzled_launch(2, None)
        fw = firework(state="COMPLETED", launches=[old, new], archived_launches=[old])
        fw._rerun()
        assert (fw.state, fw.launches, fw.archived_launches) == (State.WAITING, [], [old, new])

    @pytest.mark.parametrize(("keep", "left"), [(True, {"why": 1}), (False, None)])
    def test_exception_details(self, keep, left):
        fw = firework(state="FIZZLED", launches=[fizzled_launch(1, {"why": 1})], spec={"_exception_details": "old"})
        fw._rerun(keep_exception_details=keep)
        assert fw.spec.get("_exception_details") == left

    def test_details_that_are_not_there(self):
        fw = firework(state="FIZZLED", launches=[Launch("FIZZLED", "/x")])
        fw._rerun(keep_exception_details=True)
        assert "_exception_details" not in fw.spec


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_a_long_chain(copied):
    fw = firework()
    for _ in range(3000):
        fw = firework(parents=fw)
    assert copied(fw).to_dict() == fw.to_dict()


def test_text_names_it():
    assert str(firework(name="mine", fw_id=3)) == "Firework object: (id: 3 , name: mine)"


def test_the_ranks_of_states_are_at_hand_on_the_class():
    assert Firework.STATE_RANKS["ARCHIVED"] == -2
    assert Firework.STATE_RANKS[firework().state] == 1
    assert max(Firework.STATE_RANKS, key=Firework.STATE_RANKS.__getitem__) == "COMPLETED"
