"""A LaunchPad made anew from launch directories: what their tickets, Fireworks and results tell, and nothing else."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.login import chain, fw

from longfuse.domain.action import FWAction
from longfuse.domain.fworker import FWorker
from longfuse.errors import InputError
from longfuse.launchdir import names
from longfuse.launchdir.files import write_json
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.prepare import prepare
from longfuse.launchers.rebuild import RebuildReport, rebuild
from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator

THEN = "2026-11-23T00:00:00.000000+00:00"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[LaunchPad]:
    with closing(LaunchPad(f"sqlite:///{tmp_path}/old.db", create=True)) as launchpad:
        yield launchpad


@pytest.fixture
def new(tmp_path: Path) -> Iterator[LaunchPad]:
    with closing(LaunchPad(f"sqlite:///{tmp_path}/new.db", create=True)) as launchpad:
        yield launchpad


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def add(pad: LaunchPad, count: int = 2) -> None:
    fws = [fw(n, {"_fw_name": "ScriptTask", "script": "true"}) for n in range(1, count + 1)]
    pad.add_documents([{"fws": fws, "links": chain(*fws), "metadata": {"of": "me"}, "name": "w"}])


def launch(pad: LaunchPad, fw_id: int, place: Path, state: str = "COMPLETED") -> Path:
    """One that has ended, and of which the LaunchPad knows."""
    taken = pad.reserve(FWorker(), place, fw_id=fw_id)
    assert taken is not None
    prepare(str(place), taken.document, taken.ticket)
    final = FinalRecord(
        launch_id=taken.launch_id,
        token=taken.token,
        attempt=1,
        state=state,
        reason="",
        started_on=THEN,
        completed_on=THEN,
        fwaction=FWAction(stored_data={"of": fw_id}).to_dict(),
        launchpad_writes=[],
    )
    write_json(str(place / names.FINAL), final.to_dict())
    pad.complete_launch(taken.launch_id, FWAction(stored_data={"of": fw_id}), state)
    return place


def edit(path: Path, **changes: Any) -> None:
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, **changes}))


def made(new: LaunchPad, *roots: Path) -> RebuildReport:
    return rebuild(new, [str(root) for root in roots])


def states(pad: LaunchPad) -> dict[int, str]:
    return {one["fw_id"]: str(one.get("state", "WAITING")) for one in pad.get_fw_dicts(pad.get_fw_ids())}


def sound(pad: LaunchPad) -> bool:
    return not any(found for _, found in pad.check_workflows()) and not pad.check_runs()


def test_all_that_ran(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old)
    launch(old, 1, root / "a")
    launch(old, 2, root / "b", "FIZZLED")
    report = made(new, root)
    assert (report.workflows, report.fireworks, report.launches) == (1, 2, 2)
    assert (report.missing, report.problems) == ([], [])
    assert report.launchpad_id == old.launchpad_id() == new.launchpad_id()
    assert states(new) == {1: "COMPLETED", 2: "FIZZLED"}
    assert new.get_wf_by_fw_id(1).metadata == {"of": "me"}
    assert sound(new)


def test_parents_of_which_nothing_is_known(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old)
    shutil.rmtree(launch(old, 1, root / "a"))
    launch(old, 2, root / "b")
    report = made(new, root)
    assert report.missing == [1]
    assert states(new) == {2: "COMPLETED"}
    assert sound(new)


def test_a_ticket_that_does_not_tell_of_its_workflow(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old)
    add(old)
    launch(old, 1, root / "a")
    edit(launch(old, 3, root / "b") / names.TICKET, workflow={})
    report = made(new, root)
    assert report.workflows == 2
    assert new.get_wf_by_fw_id(3).name == "unnamed WF"
    assert sound(new)


def test_the_last_launch_of_a_firework_counts(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old, 1)
    launch(old, 1, root / "a", "FIZZLED")
    old.rerun_fw(1)
    launch(old, 1, root / "b")
    assert made(new, root).launches == 2
    assert states(new) == {1: "COMPLETED"}
    document = new.get_fw_dict_by_id(1)
    assert [one["launch_id"] for one in document["launches"]] == [2]
    assert [one["launch_id"] for one in document["archived_launches"]] == [1]
    assert sound(new)


def test_of_copies_one_is_believed(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old, 1)
    place = launch(old, 1, root / "a")
    shutil.copytree(place, root / "copy")
    report = made(new, root)
    assert report.launches == 1
    assert sound(new)


def test_without_its_firework_a_launch_is_left_out(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old)
    (launch(old, 1, root / "a") / names.FIREWORK).unlink()
    launch(old, 2, root / "b")
    report = made(new, root)
    [problem] = report.problems
    assert "launch 1 is left out" in problem
    assert report.missing == [1]


def test_a_torn_firework_is_left_out(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old)
    torn = launch(old, 1, root / "a") / names.FIREWORK
    torn.write_text(torn.read_text()[:40])
    launch(old, 2, root / "b")
    report = made(new, root)
    assert len(report.problems) == 1
    assert states(new) == {2: "COMPLETED"}


def test_parents_in_a_circle(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old)
    ticket = launch(old, 1, root / "a") / names.TICKET
    launch(old, 2, root / "b")
    edit(ticket, workflow={**json.loads(ticket.read_text())["workflow"], "parents": [2]})
    with pytest.raises(InputError, match="name parents in a circle"):
        made(new, root)
    assert new.get_wf_ids(count_only=True) == 0
    assert new.launchpad_id() != old.launchpad_id()


def test_into_a_launchpad_in_use(old: LaunchPad, new: LaunchPad, root: Path) -> None:
    add(old, 1)
    launch(old, 1, root / "a")
    add(new, 1)
    with pytest.raises(InputError, match="fills an empty LaunchPad only"):
        made(new, root)


def test_directories_of_two_launchpads(old: LaunchPad, new: LaunchPad, root: Path, tmp_path: Path) -> None:
    add(old, 1)
    launch(old, 1, root / "a")
    with closing(LaunchPad(f"sqlite:///{tmp_path}/other.db", create=True)) as other:
        add(other, 1)
        launch(other, 1, root / "b")
    with pytest.raises(InputError, match="several LaunchPads"):
        made(new, root)
    made(new, root / "a")
    assert new.launchpad_id() == old.launchpad_id()
