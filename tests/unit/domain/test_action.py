import pytest

from longfuse.domain.action import ActionTotal, FWAction
from longfuse.domain.firework import Firework
from longfuse.domain.workflow import Workflow
from longfuse.errors import ActionError
from longfuse.firetasks.script import ScriptTask

EMPTY = {
    "stored_data": {},
    "exit": False,
    "update_spec": {},
    "mod_spec": [],
    "additions": [],
    "detours": [],
    "append_wfs": [],
    "defuse_children": False,
    "defuse_workflow": False,
    "propagate": False,
}


def firework(name="one", **spec):
    return Firework(ScriptTask(script="true"), spec, name=name)


def test_empty():
    assert FWAction().to_dict() == EMPTY
    assert list(FWAction().to_dict()) == list(EMPTY)
    assert FWAction.from_dict({}) == FWAction()
    assert not FWAction().skip_remaining_tasks


def test_positions_are_fireworks_own():
    action = FWAction({"a": 1}, True, {"b": 2}, {"_set": {"c": 3}}, [], [], [], True, True, True)
    assert action.to_dict() == EMPTY | {
        "stored_data": {"a": 1},
        "exit": True,
        "update_spec": {"b": 2},
        "mod_spec": [{"_set": {"c": 3}}],
        "defuse_children": True,
        "defuse_workflow": True,
        "propagate": True,
    }


@pytest.mark.parametrize(
    ("given", "skips"),
    [
        ({"exit": True}, True),
        ({"detours": firework()}, True),
        ({"additions": [firework()]}, True),
        ({"append_wfs": {"workflow": firework(), "parents": [1], "detour": False}}, True),
        ({"defuse_children": True}, True),
        ({"defuse_workflow": True}, True),
        ({"update_spec": {"a": 1}}, False),
        ({"mod_spec": {"_set": {"a": 1}}}, False),
        ({"propagate": True}, False),
        ({"stored_data": {"a": 1}}, False),
    ],
)
def test_what_skips_the_remaining_tasks(given, skips):
    assert FWAction(**given).skip_remaining_tasks is skips


def test_workflows_and_fireworks_are_kept_and_written():
    one, two = firework("one"), Workflow([firework("two")])
    action = FWAction(additions=one, detours=[two], append_wfs={"workflow": two, "parents": [3], "detour": True})
    assert action.additions == [one]
    assert action.detours == [two]
    document = action.to_dict()
    assert document["additions"] == [one.to_dict()]
    assert document["detours"] == [two.to_dict()]
    assert document["append_wfs"] == [{"workflow": two.to_dict(), "parents": [3], "detour": True}]
    loaded = FWAction.from_dict(document)
    assert [type(x) for x in (loaded.additions[0], loaded.detours[0], loaded.append_wfs[0]["workflow"])] == [
        Workflow
    ] * 3
    assert loaded.detours[0].to_dict() == two.to_dict()
    assert FWAction(detours=loaded.to_dict()["detours"]).to_dict()["detours"] == [two.to_dict()]


def test_data_that_json_cannot_hold_waits_for_the_writer():
    held = {1, 2}
    assert FWAction(stored_data={"a": held}).to_dict()["stored_data"]["a"] is held


@pytest.mark.parametrize("field", ["stored_data", "update_spec"])
def test_malformed(field):
    with pytest.raises(ActionError, match=field):
        FWAction(**{field: ["no", "dict"]})


def test_two_actions_share_nothing():
    first, second = FWAction(), FWAction()
    first.stored_data["a"] = 1
    first.mod_spec.append({})
    assert second.to_dict() == EMPTY


class TestTotal:
    def test_data_is_merged_and_control_is_the_last_tasks(self):
        total = ActionTotal()
        total.add(FWAction(stored_data={"a": 1, "b": 1}, update_spec={"x": 1}, mod_spec={"_inc": {"n": 1}}, exit=True))
        total.add(FWAction(stored_data={"b": 2}, update_spec={"x": 2, "y": 2}, mod_spec={"_inc": {"n": 2}}))
        result = total.result().to_dict()
        assert result == EMPTY | {
            "stored_data": {"a": 1, "b": 2},
            "update_spec": {"x": 2, "y": 2},
            "mod_spec": [{"_inc": {"n": 1}}, {"_inc": {"n": 2}}],
        }

    def test_all_fields_of_the_last_task_count(self):
        last = FWAction({"a": 1}, True, {"b": 2}, {"_set": {"c": 3}}, firework(), firework(), [], True, True, True)
        total = ActionTotal()
        total.add(last)
        assert total.result() == last

    def test_propagate_of_an_earlier_task_is_kept(self):
        total = ActionTotal()
        total.add(FWAction(update_spec={"x": 1}, propagate=True))
        total.add(FWAction())
        assert total.result().propagate is True

    def test_it_goes_on_from_a_checkpoint(self):
        total = ActionTotal()
        total.add(FWAction(stored_data={"a": 1}, update_spec={"x": 1}, mod_spec={"_inc": {"n": 1}}))
        checkpoint = total.checkpoint(1)
        assert checkpoint == {
            "_task_n": 1,
            "_all_stored_data": {"a": 1},
            "_all_update_spec": {"x": 1},
            "_all_mod_spec": [{"_inc": {"n": 1}}],
        }
        later = ActionTotal(checkpoint["_all_stored_data"], checkpoint["_all_update_spec"], checkpoint["_all_mod_spec"])
        assert later.result() == total.result()

    def test_the_tasks_own_action_is_left_alone(self):
        given = FWAction(stored_data={"a": 1})
        total = ActionTotal()
        total.add(given)
        total.add(FWAction(stored_data={"b": 1}))
        assert given.stored_data == {"a": 1}

    def test_without_tasks(self):
        assert ActionTotal().result() == FWAction()
