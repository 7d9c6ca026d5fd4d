"""Fireworks with a duplicate finder: they share the launch of what has run, or runs, already."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from longfuse import Firework, FWAction, FWorker, LaunchPad, ScriptTask, Workflow
from longfuse.domain import registry
from longfuse.domain.dupefinder import DupeFinderExact
from longfuse.errors import StateError
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.observe import Observation
from longfuse.launchpad.duplicates import PATIENCE, Duplicates
from longfuse.launchpad.verdict import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXACT = {"_fw_name": "DupeFinderExact"}


@pytest.fixture
def pad(tmp_path: Path) -> Iterator[LaunchPad]:
    pad = LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True, strm_lvl="INFO")
    yield pad
    pad.close()


def add(pad: LaunchPad, *, child: bool = True, finder: Any = EXACT, **spec: Any) -> list[int]:
    """A Firework with a finder, and a child of it; returns their ids."""
    twin = Firework(ScriptTask.from_str("true"), spec={"_dupefinder": finder, **spec}, name="twin")
    children = [Firework(ScriptTask.from_str("true"), name="child")] if child else []
    pad.add_wf(Workflow([twin, *children], {twin: children}))
    return [twin.fw_id, *(fw.fw_id for fw in children)]


def take(pad: LaunchPad, fw_id: int | None = None, how: str = "RUNNING") -> int | None:
    """Checks out; the launch id, None if there is nothing to run."""
    return pad.checkout_fw(FWorker(), "launch", fw_id=fw_id, state=how)[1]


def run(pad: LaunchPad, fw_id: int, action: FWAction | None = None) -> int:
    launch_id = take(pad, fw_id)
    assert launch_id is not None
    pad.complete_launch(launch_id, action)
    return launch_id


def state(pad: LaunchPad, *fw_ids: int) -> str:
    return " ".join(str(pad.get_fw_dict_by_id(i)["state"]) for i in fw_ids)


def launches(pad: LaunchPad, fw_id: int) -> list[int]:
    return [x["launch_id"] for x in pad.get_fw_dict_by_id(fw_id)["launches"]]


def report(pad: LaunchPad, launch_id: int, action: FWAction) -> None:
    """What a rocket left in the launch directory is recovered."""
    (launch,) = [x for x in pad.open_offline_runs() if x.launch_id == launch_id]
    final = FinalRecord(
        launch_id=launch_id,
        token=launch.token,
        attempt=1,
        state="COMPLETED",
        reason="",
        started_on="2026-01-01T00:00:00.000000+00:00",
        completed_on="2026-01-01T00:00:01.000000+00:00",
        fwaction=action.to_dict(),
    )
    seen = Observation(launch_dir=launch.launch_dir, signature="s", ticket=None, ping=None, final=final, problem="")
    pad.ingest([Sighting(launch_id=launch_id, files=seen)])


# --- taking over
def test_a_completed_duplicate_saves_the_run(pad: LaunchPad, caplog: pytest.LogCaptureFixture) -> None:
    first, first_child = add(pad)
    second, second_child = add(pad)
    launch_id = run(pad, first, FWAction(stored_data={"r": 1}, update_spec={"from": "first"}))
    with caplog.at_level(logging.INFO, "longfuse.launchpad"):
        assert take(pad, second) is None
    assert f"Duplicate found! fwids {second} and {first}" in caplog.messages
    assert state(pad, first, second, first_child, second_child) == "COMPLETED COMPLETED READY READY"
    assert launches(pad, second) == [launch_id]
    assert pad.get_fw_by_id(second_child).spec["from"] == "first"
    assert pad.get_launch_ids() == [launch_id]
    assert pad.get_fw_by_id(second).launches[0].action.stored_data == {"r": 1}


def test_the_next_that_has_to_run_is_taken(pad: LaunchPad) -> None:
    first, _ = add(pad, _priority=1)
    for _ in range(3):
        add(pad, _priority=1)
    run(pad, first)
    launch_id = take(pad)
    assert launch_id is not None
    assert pad.get_launch_by_id(launch_id).fw_id not in (first, 3, 5, 7)


def test_a_running_duplicate_is_followed(pad: LaunchPad) -> None:
    first, first_child = add(pad)
    second, second_child = add(pad)
    launch_id = take(pad, first, "RESERVED")
    assert launch_id is not None
    assert take(pad, second) is None
    assert state(pad, first, second) == "RESERVED RESERVED"
    assert take(pad, first) == launch_id
    assert state(pad, first, second) == "RUNNING RUNNING"
    report(pad, launch_id, FWAction())
    assert state(pad, first, second, first_child, second_child) == "COMPLETED COMPLETED READY READY"


def test_reserving_looks_for_duplicates_too(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    run(pad, first)
    assert pad.reserve(FWorker(), "launch") is None
    assert state(pad, second) == "COMPLETED"


def test_a_follower_fizzles_with_what_it_follows(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    launch_id = take(pad, first)
    assert launch_id is not None
    assert take(pad) is None
    pad.mark_fizzled(launch_id)
    assert state(pad, first, second) == "FIZZLED FIZZLED"


def test_a_fizzled_duplicate_is_no_reason_not_to_try(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    launch_id = take(pad, first)
    assert launch_id is not None
    pad.mark_fizzled(launch_id)
    assert take(pad, second) == launch_id + 1


@pytest.mark.parametrize("other", [{"x": 2}, {"x": 1, "y": None}, {"x": [1]}])
def test_other_specs_are_no_duplicates(pad: LaunchPad, other: dict[str, Any]) -> None:
    first, _ = add(pad, x=1)
    second, _ = add(pad, **other)
    run(pad, first)
    assert take(pad, second) is not None


def test_without_a_finder_there_are_no_duplicates(pad: LaunchPad) -> None:
    plain = [Firework(ScriptTask.from_str("true"), spec={"x": 1}) for _ in range(2)]
    pad.bulk_add_wfs(plain)
    run(pad, plain[0].fw_id)
    assert take(pad) is not None


def test_run_exists_settles_duplicates(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    assert pad.run_exists()
    run(pad, first)
    assert not pad.run_exists(FWorker())
    assert state(pad, second) == "COMPLETED"


def test_run_exists_finds_what_a_duplicate_has_made_ready(pad: LaunchPad) -> None:
    first, _ = add(pad)
    second, second_child = add(pad)
    run(pad, first)
    assert pad.run_exists()
    pad.set_priority(second_child, 9)
    assert state(pad, second) in ("COMPLETED", "READY")
    assert not pad.run_exists(FWorker(category="none such"))


def test_a_follower_that_waits_cannot_be_launched_by_name(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    take(pad, first, "RESERVED")
    take(pad)
    with pytest.raises(StateError, match=f"duplicate of Firework {first}"):
        take(pad, second)


# --- a person's word
def duplicates(pad: LaunchPad) -> tuple[int, int, int]:
    """Two that share launch 1, and the child of the second."""
    first, second = add(pad)[0], add(pad)
    run(pad, first)
    assert take(pad, second[0]) is None
    return first, *second  # type: ignore[return-value]


@pytest.mark.parametrize("named", [0, 1])
def test_a_rerun_reaches_duplicates(pad: LaunchPad, caplog: pytest.LogCaptureFixture, named: int) -> None:
    both = duplicates(pad)
    with caplog.at_level(logging.INFO, "longfuse.launchpad"):
        reruns = pad.rerun_fw(both[named])
    assert reruns[0] == both[named]
    assert set(both) <= set(reruns)
    assert f"Also rerunning duplicate fw_id: {both[1 - named]}" in caplog.messages
    assert state(pad, *both) == "READY READY WAITING"
    assert launches(pad, both[0]) == launches(pad, both[1]) == []


def test_after_a_rerun_one_of_them_runs(pad: LaunchPad) -> None:
    first, second, child = duplicates(pad)
    pad.rerun_fw(first)
    launch_id = run(pad, second)
    assert launch_id == 2
    assert take(pad, first) is None
    assert launches(pad, first) == launches(pad, second) == [2]
    assert state(pad, first, second, child) == "COMPLETED COMPLETED READY"


def test_a_rerun_of_one_alone_runs_it_alone(pad: LaunchPad) -> None:
    first, second, child = duplicates(pad)
    assert pad.rerun_fw(second, rerun_duplicates=False) == [second, child]
    assert state(pad, first, second) == "COMPLETED READY"
    assert take(pad, second) == 2, "it does not take over again what it was rid of"
    assert launches(pad, first) == [1]


def test_a_rerun_of_its_own_alone_leaves_the_launch_to_the_duplicate(pad: LaunchPad) -> None:
    first, second, child = duplicates(pad)
    pad.rerun_fw(first, rerun_duplicates=False)
    assert state(pad, first, second, child) == "READY COMPLETED READY"
    assert pad.get_launch_by_id(1).fw_id == second
    assert take(pad, first) == 2


def test_a_running_launch_goes_on_for_the_duplicate(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    launch_id = take(pad, first)
    assert launch_id == 1
    assert take(pad) is None
    pad.rerun_fw(first, rerun_duplicates=False)
    report(pad, launch_id, FWAction(stored_data={"late": 1}))
    assert state(pad, first, second) == "READY COMPLETED"


def test_a_rerun_above_leaves_duplicates_of_descendants(pad: LaunchPad) -> None:
    parent = Firework(ScriptTask.from_str("true"), name="parent")
    twin = Firework(ScriptTask.from_str("true"), spec={"_dupefinder": EXACT}, name="twin")
    pad.add_wf(Workflow([parent, twin], {parent: [twin]}))
    run(pad, parent.fw_id)
    run(pad, twin.fw_id)
    other, _ = add(pad)
    assert take(pad, other) is None
    pad.rerun_fw(parent.fw_id)
    assert state(pad, parent.fw_id, twin.fw_id, other) == "READY WAITING COMPLETED"


def test_a_defuse_lets_duplicates_run(pad: LaunchPad) -> None:
    first, second, child = duplicates(pad)
    pad.defuse_fw(first)
    assert state(pad, first, second, child) == "DEFUSED READY WAITING"
    assert take(pad, second) == 2


def test_a_defuse_alone_leaves_the_launch_to_the_duplicate(pad: LaunchPad) -> None:
    first, second, child = duplicates(pad)
    pad.defuse_fw(first, rerun_duplicates=False)
    assert state(pad, first, second, child) == "DEFUSED COMPLETED READY"


@pytest.mark.parametrize("how", ["archive_wf", "defuse_wf", "delete_wf"])
def test_a_workflow_that_goes_leaves_the_launch_to_the_duplicate(pad: LaunchPad, how: str) -> None:
    first, second, child = duplicates(pad)
    getattr(pad, how)(first)
    assert state(pad, second, child) == "COMPLETED READY"
    assert pad.get_launch_by_id(1).fw_id == second


def test_deleting_keeps_the_directory_that_is_shared(pad: LaunchPad, tmp_path: Path) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    folder = tmp_path / "run"
    folder.mkdir()
    taken = pad.reserve(FWorker(), folder, fw_id=first)
    assert taken is not None
    assert pad.reserve(FWorker(), folder) is None
    assert pad.delete_wf(first, delete_launch_dirs=True) == []
    assert folder.is_dir()
    assert state(pad, second) == "RESERVED"
    assert pad.delete_wf(second, delete_launch_dirs=True) == [str(folder)]
    assert not folder.exists()


def test_a_cancelled_reservation_lets_all_of_them_go(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    launch_id = take(pad, first, "RESERVED")
    assert launch_id is not None
    take(pad)
    pad.cancel_reservation(launch_id)
    assert state(pad, first, second) == "READY READY"
    assert launches(pad, second) == []


def test_a_paused_one_does_not_hold_its_duplicate(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    launch_id = take(pad, first, "RESERVED")
    assert launch_id is not None
    take(pad)
    pad.pause_fw(first)
    report(pad, launch_id, FWAction())
    assert state(pad, first, second) == "PAUSED COMPLETED"
    pad.resume_fw(first)
    assert state(pad, first) == "COMPLETED"


def test_an_earlier_result_that_is_accepted_leaves_the_present_launch_to_the_duplicate(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    early = take(pad, first)
    assert early is not None
    pad.rerun_fw(first)
    present = take(pad, first)
    assert present is not None
    assert take(pad, second) is None
    report(pad, early, FWAction(stored_data={"early": 1}))
    accepted = pad.accept_result(first)
    assert (accepted.launch_id, accepted.idle) == (early, [])
    assert state(pad, first, second) == "COMPLETED RUNNING"
    assert launches(pad, second) == [present]
    report(pad, present, FWAction())
    assert state(pad, first, second) == "COMPLETED COMPLETED"


def test_a_result_that_passed_to_the_duplicate_can_be_accepted(pad: LaunchPad) -> None:
    first, second, _ = duplicates(pad)
    pad.rerun_fw(first, rerun_duplicates=False)
    pad.accept_result(first)
    assert state(pad, first, second) == "COMPLETED COMPLETED"
    assert launches(pad, first) == launches(pad, second) == [1]


# --- actions
def test_dynamic_additions_are_made_for_each(pad: LaunchPad) -> None:
    first, _ = add(pad)
    second, second_child = add(pad)
    detour = Workflow([Firework(ScriptTask.from_str("true"), name="detour", fw_id=-1)])
    launch_id = take(pad, first)
    assert launch_id is not None
    assert take(pad, second) is None
    report(pad, launch_id, FWAction(detours=[detour]))
    members = pad.get_fw_ids_of_wf(second)
    assert len(members) == 3
    assert state(pad, second_child) == "WAITING"


def test_a_workflow_appended_to_its_own_is_appended_to_each(pad: LaunchPad) -> None:
    first, second = add(pad, child=False) + add(pad, child=False)
    launch_id = take(pad, first)
    assert launch_id is not None
    take(pad)
    new = Workflow([Firework(ScriptTask.from_str("true"), name="new", fw_id=-1)])
    report(pad, launch_id, FWAction(append_wfs={"workflow": new, "parents": first}))
    assert [len(pad.get_fw_ids_of_wf(i)) for i in (first, second)] == [2, 2]


def add_with_child(pad: LaunchPad, **spec: Any) -> list[int]:
    ids = add(pad)
    pad.update_spec(ids[1:], spec)
    return ids


UNFIT = FWAction(mod_spec=[{"_push": {"list": 1}}])


def test_an_action_that_does_not_fit_a_follower_lets_it_run(pad: LaunchPad, caplog: pytest.LogCaptureFixture) -> None:
    first, first_child = add_with_child(pad, list=[])
    second, second_child = add_with_child(pad, list="no list")
    launch_id = take(pad, first)
    assert launch_id is not None
    assert take(pad, second) is None
    report(pad, launch_id, UNFIT)
    assert state(pad, first, second, first_child, second_child) == "COMPLETED READY READY WAITING"
    assert "does not fit" in caplog.text
    assert take(pad, second) == 2


def test_an_action_that_does_not_fit_prevents_sharing(pad: LaunchPad, caplog: pytest.LogCaptureFixture) -> None:
    first, _ = add_with_child(pad, list=[])
    second, _ = add_with_child(pad, list="no list")
    run(pad, first, UNFIT)
    assert take(pad, second) == 2
    assert "runs, although it is a duplicate" in caplog.text


# --- finders of the user's own
USERS = """
from longfuse.domain.dupefinder import DupeFinderBase
from longfuse import explicit_serialize

@explicit_serialize
class ByTag(DupeFinderBase):
    def query(self, spec):
        return {"spec.tag": spec["tag"]}

    def verify(self, spec1, spec2):
        return abs(spec1["weight"] - spec2["weight"]) < 1

@explicit_serialize
class Breaks(ByTag):
    def verify(self, spec1, spec2):
        raise KeyError("nothing there")

class Named(ByTag):
    _fw_name = "My Finder"
    verify = DupeFinderBase.verify
"""


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module of the user's own, on the path."""
    (tmp_path / "dupefinders_of_a_user.py").write_text(USERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.set_user_packages(["dupefinders_of_a_user"])
    yield
    registry.set_user_packages([])
    import sys

    sys.modules.pop("dupefinders_of_a_user", None)


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(("weight", "shares"), [(1.5, True), (7, False)])
def test_a_finder_verifies(pad: LaunchPad, weight: float, shares: bool) -> None:
    finder = {"_fw_name": "{{dupefinders_of_a_user.ByTag}}"}
    add(pad, finder=finder, tag="a", weight=100, child=False)
    first = add(pad, finder=finder, tag="a", weight=1, child=False)[0]
    add(pad, finder=finder, tag="b", weight=1, child=False)
    second = add(pad, finder=finder, tag="a", weight=weight, child=False)[0]
    for fw_id in (1, first, 3):
        run(pad, fw_id)
    assert (take(pad, second) is None) is shares
    assert (launches(pad, second) == [2]) is shares


@pytest.mark.usefixtures("users")
def test_a_finder_by_name_in_the_users_packages_is_trusted_where_it_does_not_verify(pad: LaunchPad) -> None:
    first, second = (add(pad, finder={"_fw_name": "My Finder"}, tag="a", n=n, child=False)[0] for n in (1, 2))
    run(pad, first)
    assert take(pad, second) is None


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(
    ("finder", "words"),
    [
        ({"_fw_name": "{{no_such_module.Finder}}"}, "no_such_module"),
        ({"_fw_name": "Nobody Knows"}, "Nobody Knows"),
        ({}, "_fw_name"),
        (7, "'7'"),
        ({"_fw_name": "ScriptTask"}, "ScriptTask"),
        ({"_fw_name": "{{dupefinders_of_a_user.ByTag}}"}, "KeyError"),
        ({"_fw_name": "{{dupefinders_of_a_user.Breaks}}"}, "nothing there"),
    ],
)
def test_a_finder_that_cannot_be_used_lets_the_firework_run(
    pad: LaunchPad, caplog: pytest.LogCaptureFixture, finder: Any, words: str
) -> None:
    tag = {"tag": "a"} if "Breaks" in str(finder) else {}
    first, second = (add(pad, finder=finder, child=False, **tag)[0] for _ in range(2))
    run(pad, first)
    assert take(pad, second) == 2
    assert f"The duplicate finder of Firework {second} cannot be used, so it runs" in caplog.text
    assert words in caplog.text


def test_old_name_and_object() -> None:
    assert isinstance(registry.resolve("Dupe Finder Exact")(), DupeFinderExact)
    fw = Firework(ScriptTask.from_str("true"), spec={"_dupefinder": DupeFinderExact()})
    assert Firework.from_dict(fw.to_dict()).to_dict()["spec"]["_dupefinder"] == EXACT


@pytest.mark.usefixtures("users")
def test_candidates_are_judged_page_by_page(pad: LaunchPad) -> None:
    """The one that verifies is the last of several pages."""
    finder = {"_fw_name": "{{dupefinders_of_a_user.ByTag}}"}
    ids = [add(pad, finder=finder, tag="a", weight=10 * n, child=False)[0] for n in range(13)]
    for fw_id in ids[:-1]:
        run(pad, fw_id)
    pad.update_spec(ids[-1:], {"weight": 110.5})
    duplicates = Duplicates(at_once=2)
    rounds = 0
    match = None
    while match is None:
        with pad._store.read() as reader:
            match = duplicates.match(reader, reader.fireworks(ids)[ids[-1]])
        rounds += duplicates.judge()
    assert (match.fw_id, rounds) == (ids[-2], 4)


def test_hundreds_of_duplicates_share_one_launch(pad: LaunchPad) -> None:
    """More than one transaction takes."""
    number = 2 * PATIENCE + 3
    twins = [Firework(ScriptTask.from_str("true"), spec={"_dupefinder": EXACT}) for _ in range(number)]
    pad.bulk_add_wfs(twins)
    run(pad, 1)
    assert take(pad) is None
    assert pad.get_fw_ids({"state": "COMPLETED"}, count_only=True) == number
    assert len(pad.get_launch_ids()) == 1
