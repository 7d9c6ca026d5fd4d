"""The LaunchPad's Python API: FireWorks' methods with objects in and out."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from longfuse import Firework, FWAction, FWorker, LaunchPad, ScriptTask, Workflow
from longfuse.errors import ConfigError, InputError, LongfuseError, NotFoundError, StateError, StoreError
from longfuse.launchdir.prepare import prepare
from longfuse.rocket import rocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATES = ("WAITING", "READY", "RESERVED", "RUNNING", "COMPLETED", "FIZZLED", "DEFUSED", "PAUSED", "ARCHIVED")


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    pad = LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)
    yield pad
    pad.close()


def task() -> ScriptTask:
    return ScriptTask.from_str("true")


def firework(name: str = "f", **spec: Any) -> Firework:
    return Firework(task(), spec=spec, name=name)


def add_chain(pad: LaunchPad, *names: str) -> list[int]:
    """The last one has the lowest id: FireWorks counts new ids down."""
    fws = [firework(name) for name in names]
    pad.add_wf(Workflow(fws, dict(pairwise(fws)), name="chain"))
    return [fw.fw_id for fw in fws]


def state(pad: LaunchPad, fw_id: int) -> str:
    return str(pad.get_fw_by_id(fw_id).state)


def take(pad: LaunchPad, fw_id: int, how: str = "RUNNING") -> int:
    launch_id = pad.checkout_fw(FWorker(), "launch", fw_id=fw_id, state=how)[1]
    assert launch_id is not None
    return launch_id


# --- adding and reading
def test_objects_come_back_as_they_went_in(pad: LaunchPad) -> None:
    parent, child = firework("a", x=[1, {"y": 2.5}], z=None), firework("b")
    ids = pad.add_wf(Workflow([parent, child], {parent: [child]}, name="w", metadata={"who": "me"}))
    assert sorted(ids.values()) == [1, 2]
    a, b = parent.fw_id, child.fw_id
    back = pad.get_wf_by_fw_id(b)
    assert (back.name, back.metadata, back.links) == ("w", {"who": "me"}, {a: [b], b: []})
    assert {i: fw.name for i, fw in back.id_fw.items()} == {a: "a", b: "b"}
    fw = pad.get_fw_by_id(a)
    assert (fw.spec["x"], fw.spec["z"], fw.state) == ([1, {"y": 2.5}], None, "READY")
    assert isinstance(fw.tasks[0], ScriptTask)
    assert pad.get_wf_by_fw_id_lzyfw(1).links == back.links


def test_ids_ascend_with_the_old_ones(pad: LaunchPad) -> None:
    fws = [Firework(task(), fw_id=i) for i in (-1, -3, -2)]
    assert pad.add_wf(Workflow(fws)) == {-3: 1, -2: 2, -1: 3}
    assert [fw.fw_id for fw in fws] == [3, 1, 2]


def test_a_single_firework_is_a_workflow(pad: LaunchPad) -> None:
    alone = firework("alone")
    pad.add_wf(alone)
    assert alone.fw_id == 1
    assert pad.get_wf_by_fw_id(1).name == "alone"


def test_many_at_once(pad: LaunchPad) -> None:
    fws = [firework(f"f{n}") for n in range(5)]
    pad.bulk_add_wfs([fws[0], Workflow(fws[1:3]), *fws[3:]])
    assert sorted(fw.fw_id for fw in fws) == [1, 2, 3, 4, 5]
    assert pad.get_wf_ids(count_only=True) == 4
    assert pad.get_wf_ids() == [1, 2, 4, 5]


def test_append(pad: LaunchPad) -> None:
    a, b = add_chain(pad, "a", "b")
    pad.append_wf(firework("below"), [b])
    pad.append_wf(firework("between"), a, detour=True)
    assert pad.get_wf_by_fw_id(a).links == {a: [b, 4], b: [3], 3: [], 4: [b]}
    with pytest.raises(NotFoundError):
        pad.append_wf(firework(), [99])
    other = add_chain(pad, "c")[0]
    with pytest.raises(InputError):
        pad.append_wf(firework(), [a, other])


@pytest.mark.parametrize(
    "look",
    [
        lambda pad: pad.get_fw_by_id(9),
        lambda pad: pad.get_fw_dict_by_id(9),
        lambda pad: pad.get_wf_by_fw_id(9),
        lambda pad: pad.get_wf_summary_dict(9),
        lambda pad: pad.get_launch_by_id(9),
        lambda pad: pad.get_launchdir(9),
        lambda pad: pad.rerun_fw(9),
        lambda pad: pad.defuse_fw(9),
        lambda pad: pad.pause_fw(9),
        lambda pad: pad.reignite_fw(9),
        lambda pad: pad.resume_fw(9),
        lambda pad: pad.archive_wf(9),
        lambda pad: pad.delete_wf(9),
        lambda pad: pad.update_spec([9], {"a": 1}),
        lambda pad: pad.set_priority(9, 1),
        lambda pad: pad.reserve_fw(FWorker(), ".", fw_id=9),
        lambda pad: pad.complete_launch(9),
        lambda pad: pad.forget_offline(9),
        lambda pad: pad.forget_offline(9, launch_mode=False),
    ],
)
def test_what_is_not_there(pad: LaunchPad, look: Any) -> None:
    with pytest.raises(ValueError, match="9") as caught:  # as FireWorks' callers catch it
        look(pad)
    assert isinstance(caught.value, NotFoundError)


# --- the matrix: what a person may do in each state
def bring(pad: LaunchPad, wanted: str) -> int:
    """A Firework in that state; for WAITING the second of a chain."""
    a, b = add_chain(pad, "a", "b")
    if wanted == "WAITING":
        return b
    if wanted in ("RESERVED", "RUNNING", "COMPLETED", "FIZZLED"):
        launch_id = take(pad, a, "RESERVED" if wanted == "RESERVED" else "RUNNING")
        if wanted in ("COMPLETED", "FIZZLED"):
            pad.complete_launch(launch_id, FWAction(), wanted)
    elif wanted != "READY":
        {"DEFUSED": pad.defuse_fw, "PAUSED": pad.pause_fw, "ARCHIVED": pad.archive_wf}[wanted](a)
    return a


AFTER = {
    "rerun_fw": ("WAITING", "READY", "READY", "READY", "READY", "READY", "DEFUSED", "READY", "ARCHIVED"),
    "defuse_fw": ("DEFUSED",) * 8 + ("ARCHIVED",),
    "pause_fw": ("PAUSED", "PAUSED", "PAUSED", "RUNNING", "COMPLETED", "FIZZLED", "DEFUSED", "PAUSED", "ARCHIVED"),
    "reignite_fw": (*STATES[:6], "READY", "PAUSED", "ARCHIVED"),
    "resume_fw": (*STATES[:7], "READY", "ARCHIVED"),
    "archive_wf": ("ARCHIVED",) * 9,
}


@pytest.mark.parametrize("method", AFTER)
@pytest.mark.parametrize("before", STATES)
def test_what_a_person_may_do(pad: LaunchPad, method: str, before: str) -> None:
    fw_id = bring(pad, before)
    assert state(pad, fw_id) == before
    getattr(pad, method)(fw_id)
    assert state(pad, fw_id) == AFTER[method][STATES.index(before)]


def test_a_paused_reservation_is_one_again(pad: LaunchPad) -> None:
    fw_id = bring(pad, "RESERVED")
    pad.pause_fw(fw_id)
    pad.resume_fw(fw_id)
    assert state(pad, fw_id) == "RESERVED"


def test_a_rerun_resets_what_is_below(pad: LaunchPad) -> None:
    a, b, c = add_chain(pad, "a", "b", "c")
    for fw_id in (a, b):
        pad.complete_launch(take(pad, fw_id))
    assert pad.rerun_fw(a) == [a, b, c]
    assert [state(pad, i) for i in (a, b, c)] == ["READY", "WAITING", "WAITING"]
    assert len(pad.get_fw_by_id(a).archived_launches) == 1
    assert pad.rerun_fw(c) == []


def test_rerun_from_a_checkpoint(pad: LaunchPad) -> None:
    (fw_id,) = add_chain(pad, "a")
    launch_id = take(pad, fw_id)
    pad.ping_launch(launch_id, checkpoint={"_task_n": 2})
    pad.mark_fizzled(launch_id)
    pad.rerun_fw(fw_id, recover_launch="last", recover_mode="prev_dir")
    spec = pad.get_fw_by_id(fw_id).spec
    folder = pad.get_launch_by_id(launch_id).launch_dir
    assert spec["_recovery"] == {"_task_n": 2, "_prev_dir": folder, "_launch_id": launch_id, "_mode": "prev_dir"}
    assert spec["_launch_dir"] == folder
    pad.rerun_fw(fw_id)
    assert "_recovery" not in pad.get_fw_by_id(fw_id).spec


def test_an_action_reaches_the_child(pad: LaunchPad) -> None:
    a, b = add_chain(pad, "a", "b")
    pad.complete_launch(take(pad, a), FWAction(update_spec={"x": 1}, additions=[firework("more")]))
    assert (state(pad, a), state(pad, b)) == ("COMPLETED", "READY")
    assert pad.get_fw_by_id(b).spec["x"] == 1
    assert pad.get_wf_by_fw_id(a).links == {a: [b, 3], b: [], 3: []}


def test_whole_workflows(pad: LaunchPad) -> None:
    ids = add_chain(pad, "a", "b", "c")
    pad.complete_launch(take(pad, ids[0]))
    for method, expected in [
        (pad.pause_wf, ["COMPLETED", "PAUSED", "PAUSED"]),
        (pad.reignite_wf, ["COMPLETED", "READY", "WAITING"]),
        (lambda i: pad.defuse_wf(i, defuse_all_states=False), ["COMPLETED", "DEFUSED", "DEFUSED"]),
        (pad.defuse_wf, ["DEFUSED", "DEFUSED", "DEFUSED"]),
    ]:
        method(ids[2])
        assert [state(pad, i) for i in ids] == expected
    pad.delete_wf(ids[1])
    assert pad.get_fw_ids() == []
    assert pad.get_launch_ids() == []


# --- specs
def test_update_spec(pad: LaunchPad) -> None:
    (fw_id,) = add_chain(pad, "a")
    pad.update_spec([fw_id], {"a": {"b": 1}, "n": 1})
    pad.update_spec([fw_id], {"$inc": {"spec.n": 2}, "$set": {"spec.a.c": 3}, "$push": {"spec.l": 4}}, mongo=True)
    spec = pad.get_fw_by_id(fw_id).spec
    assert (spec["a"], spec["n"], spec["l"]) == ({"b": 1, "c": 3}, 3, [4])
    for wrong in ({"$rename": {"spec.n": "spec.m"}}, {"$set": {"state": "COMPLETED"}}):
        with pytest.raises(InputError):
            pad.update_spec([fw_id], wrong, mongo=True)
    take(pad, fw_id)
    assert pad.update_spec([fw_id], {"n": 9}) == [fw_id]
    assert pad.get_fw_by_id(fw_id).spec["n"] == 3


# --- taking
def test_the_highest_priority_first_and_none_last(pad: LaunchPad) -> None:
    fws = [firework("none"), firework("one", _priority=1), firework("ten", _priority=10), firework("late")]
    pad.bulk_add_wfs(fws)
    pad.set_priority(fws[3].fw_id, 5)
    taken = [pad.reserve_fw(FWorker(), "launch")[0] for _ in range(5)]
    assert [fw.name if fw else None for fw in taken] == ["ten", "late", "one", "none", None]


@pytest.mark.parametrize(
    ("worker", "expected"),
    [
        (FWorker("any"), {"plain", "gpu", "cpu"}),
        (FWorker("mine"), {"plain", "gpu", "cpu", "mine"}),
        (FWorker("any", category="gpu"), {"gpu"}),
        (FWorker("any", category=["gpu", "cpu"]), {"gpu", "cpu"}),
        (FWorker("any", category="__none__"), {"plain"}),
        (FWorker("any", query={"spec.x": 1}), {"plain"}),
        (FWorker("any", query={"$or": [{"spec.x": 1}, {"name": "gpu"}]}), {"plain", "gpu"}),
    ],
)
def test_a_worker_takes_what_is_for_it(pad: LaunchPad, worker: FWorker, expected: set[str]) -> None:
    pad.bulk_add_wfs(
        [
            firework("plain", x=1),
            firework("gpu", _category="gpu"),
            firework("cpu", _category="cpu"),
            firework("mine", _fworker="mine"),
        ]
    )
    found = set()
    while pad.run_exists(worker):
        taken = pad.reserve_fw(worker, "launch")[0]
        assert taken is not None
        found.add(taken.name)
    assert found == expected
    assert pad.reserve_fw(worker, "launch") == (None, None)


def test_only_what_is_ready_can_be_named(pad: LaunchPad) -> None:
    a, b = add_chain(pad, "a", "b")
    with pytest.raises(StateError):
        pad.reserve_fw(FWorker(), "launch", fw_id=b)
    reserved = take(pad, a, "RESERVED")
    assert take(pad, a) == reserved
    assert pad.future_run_exists()


# --- where it is
def test_the_password_of_a_reset(pad: LaunchPad) -> None:
    add_chain(pad, "a")
    for wrong in (None, "", "2001-01-01"):
        with pytest.raises(ValueError, match="today's date"):
            pad.reset(wrong)
    with pytest.raises(InputError):
        pad.reset(require_password=False, max_reset_wo_password=0)
    pad.reset(date.today().isoformat())  # noqa: DTZ011 - as in LaunchPad.reset
    assert pad.get_fw_ids() == []
    assert add_chain(pad, "a") == [1]
    pad.reset(require_password=False)
    assert pad.get_wf_ids(count_only=True) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"host": "localhost"}, {"host": "mongodb://u@h/db", "uri_mode": True}, {"url": "localhost"}, {"port": 27017}],
)
def test_a_mongodb_is_told_what_to_do(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"lpad init|sqlite:///"):
        LaunchPad(**wrong)


def test_files(pad: LaunchPad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fw_id,) = add_chain(pad, "a")
    pad.to_file(tmp_path / "my_launchpad.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for again in (LaunchPad.auto_load(), LaunchPad.from_file("my_launchpad.yaml"), LaunchPad.from_dict(pad.to_dict())):
        assert again.get_fw_ids() == [fw_id]
        again.close()
    with pytest.raises(LongfuseError, match="no_file"):
        LaunchPad.from_file("no_file.yaml")
    with pytest.raises(StoreError, match="away"):
        LaunchPad(f"sqlite:///{tmp_path}/away.db")


def test_auto_load_goes_by_the_settings(pad: LaunchPad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pad.add_wf(firework("here"))
    pad.to_file(tmp_path / "other.yaml")
    (tmp_path / "FW_config.yaml").write_text(f"LAUNCHPAD_LOC: {tmp_path}/other.yaml\nSORT_FWS: FILO\n")
    (tmp_path / "mine.yaml").write_text("name: mine\ncategory: c\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FW_CONFIG_FILE", raising=False)
    again = LaunchPad.auto_load()
    assert again.fireworks.find_one({}, ["name"]) == {"_id": 1, "name": "here"}
    assert again.as_dict() == again.to_db_dict() == pad.to_dict()
    again.close()
    assert FWorker.auto_load().to_dict() == FWorker().to_dict()
    (tmp_path / "FW_config.yaml").write_text("FWORKER_LOC: mine.yaml\n")
    assert FWorker.auto_load().to_dict() == FWorker("mine", "c").to_dict()


def test_ids_that_are_taken_are_not_given_again(pad: LaunchPad) -> None:
    assert (pad.get_new_fw_id(3), pad.get_new_launch_id()) == (1, 1)
    pad.add_wf(firework("f"))
    assert pad.get_fw_ids() == [4]
    assert take(pad, 4) == 2


def test_one_launch_is_recovered_forgotten_and_looked_at_again(
    pad: LaunchPad, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pad.add_wf(firework("f"))
    taken = pad.reserve(FWorker(), tmp_path / "launch")
    assert taken is not None
    prepare(str(tmp_path / "launch"), taken.document, taken.ticket)
    pad.forget_offline(taken.launch_id)
    assert pad.open_offline_runs() == []
    pad.add_offline_run(taken.launch_id, 1, "f")
    assert len(pad.open_offline_runs()) == 1
    (tmp_path / "launch" / "FW_action.json").write_text("{")
    assert pad.recover_offline(taken.launch_id, print_errors=True) == 1
    assert "Launch 1 of Firework 1: " in caplog.text
    (tmp_path / "launch" / "FW_action.json").unlink()
    rocket.run(str(tmp_path / "launch"))
    assert pad.recover_offline(taken.launch_id) is None
    assert state(pad, 1) == "COMPLETED"
    for method in (pad.recover_offline, pad.add_offline_run):
        with pytest.raises(NotFoundError):
            method(99)


def test_fireworks_in_workflows(pad: LaunchPad) -> None:
    for name, x in (("one", 1), ("two", 2)):
        fws = [firework(f"{name} {n}", x=x, n=n) for n in (1, 2)]
        pad.add_wf(Workflow(fws, {fws[0]: fws[1]}, name=name, metadata={"x": x}))
    take(pad, 2)
    assert pad.get_fw_ids_in_wfs() == [1, 2, 3, 4]
    assert pad.get_fw_ids_in_wfs({"name": "two"}) == [3, 4]
    assert pad.get_fw_ids_in_wfs({"metadata.x": 2}, {"spec.n": 1}) == [4]
    assert pad.get_fw_ids_in_wfs({"metadata.x": 2}, {"spec.x": 1}) == []
    assert pad.get_fw_ids_in_wfs({"metadata.x": {"$gt": 0}}, {}, sort=[("name", -1)], limit=3) == [3, 4, 1]
    assert pad.get_fw_ids_in_wfs({"name": "one"}, {"state": "RUNNING"}, launches_mode=True) == [2]
    assert pad.get_fw_ids_in_wfs({"name": "two"}, {"state": "RUNNING"}, launches_mode=True, count_only=True) == 0
    assert pad.get_fw_ids_in_wfs({"name": "two"}, count_only=True, limit=1) == 1
