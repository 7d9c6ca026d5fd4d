"""What is noted offline and done later does what the LaunchPad itself does at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import make_ticket
from tests.login import fw

from longfuse.domain.firework import Firework
from longfuse.domain.fworker import FWorker
from longfuse.domain.wire import now
from longfuse.domain.workflow import Workflow
from longfuse.firetasks.script import ScriptTask
from longfuse.launchpad import replay
from longfuse.launchpad.pad import LaunchPad
from longfuse.launchpad.replay import WriteError
from longfuse.rocket.offlinepad import OfflineLaunchPad

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN = 1
"""The Firework whose task asks; it runs."""


def add(pad: Any) -> None:
    one, two = Firework(ScriptTask.from_str("true"), fw_id=-1), Firework([], fw_id=-2)
    ids = pad.add_wf(Workflow([one, two], {one: [two]}, name="made", metadata={"by": "task"}))
    pad.update_spec([ids[-1], two.fw_id], {"a.b": 1})
    pad.append_wf(Firework([], fw_id=-1, name="below"), ids[-2])
    pad.bulk_add_wfs([Firework([], fw_id=-1, name="bulk"), Firework([], fw_id=-1)])
    pad.add_documents([{"fw_id": -5, "spec": {"_tasks": []}, "name": "document"}])


SCRIPTS: dict[str, Callable[[Any], object]] = {
    "add": add,
    "append": lambda pad: pad.append_wf(Workflow([Firework([], fw_id=-1), Firework([], fw_id=-2)]), [2], detour=True),
    "append to several": lambda pad: pad.append_wf(Firework([], fw_id=-1), [2, 3], [False, False], False),
    "rerun": lambda pad: pad.rerun_fw(5),
    "defuse and reignite": lambda pad: (pad.defuse_fw(2), pad.defuse_fw(3), pad.reignite_fw(3)),
    "pause and resume": lambda pad: (pad.pause_fw(2), pad.pause_fw(4), pad.resume_fw(4)),
    "defuse all": lambda pad: pad.defuse_wf(2),
    "defuse some": lambda pad: [pad.defuse_wf(i, defuse_all_states=False) for i in (5, 6)],
    "pause all": lambda pad: pad.pause_wf(2),
    "reignite all": lambda pad: (pad.defuse_wf(2), pad.pause_fw(7), pad.reignite_wf(2)),
    "archive": lambda pad: pad.archive_wf(5),
    "delete": lambda pad: pad.delete_wf(6),
    "delete Fireworks": lambda pad: pad.delete_fws([6, 7, 5]),
    "spec": lambda pad: pad.update_spec([2, 5], {"x": [1]}),
    "spec as Mongo": lambda pad: pad.update_spec([2], {"$inc": {"spec.n": 2}, "$unset": {"spec.gone": ""}}, mongo=True),
    "priority": lambda pad: (pad.set_priority(2, 3), pad.set_priorities([3, 4], -1.5)),
}


@pytest.fixture
def make_pad(tmp_path: Path) -> Callable[[str], LaunchPad]:
    """A LaunchPad with one Firework that runs, and others in several states."""

    def make(name: str) -> LaunchPad:
        pad = LaunchPad(f"sqlite:///{tmp_path}/{name}.db", create=True)
        chain = {"fws": [fw(2, n=1, gone=1), fw(3), fw(4)], "links": {"2": [3], "3": [4]}, "name": "chain"}
        pad.add_documents([fw(OWN), chain, fw(5), {"fws": [fw(6), fw(7)], "links": {"6": [7]}, "name": "pair"}])
        for fw_id in (OWN, 5):
            pad.checkout_fw(FWorker(), "/runs", fw_id=fw_id)
        pad.complete_launch(2)
        return pad

    return make


def noted(script: Callable[[Any], object]) -> list[dict[str, Any]]:
    writes: list[dict[str, Any]] = []
    script(OfflineLaunchPad(Firework([], fw_id=OWN), make_ticket(), writes.append))
    return writes


def do(pad: LaunchPad, writes: list[dict[str, Any]], until: WriteError | None = None) -> None:
    with pad._store.write() as tx:
        replay.replay(tx, tx.launch_records([1])[1], 1, writes, now(), until=until)


def all_of(pad: LaunchPad) -> list[Any]:
    """Every Firework and link, without times."""
    found = []
    for fw_id in pad.get_fw_ids():
        document = pad.get_fw_dict_by_id(fw_id)
        launches = [launch["launch_id"] for launch in document["launches"]]
        archived = [launch["launch_id"] for launch in document["archived_launches"]]
        links = pad.get_wf_dict_by_fw_id(fw_id)["links"].get(str(fw_id), [])
        found.append((fw_id, document["name"], document["state"], document["spec"], launches, archived, links))
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_later_is_as_good_as_at_once(name: str, make_pad: Callable[[str], LaunchPad]) -> None:
    at_once, later = make_pad("at once"), make_pad("later")
    untouched = all_of(later)
    SCRIPTS[name](at_once)
    do(later, noted(SCRIPTS[name]))
    assert all_of(later) == all_of(at_once)
    assert all_of(later) != untouched


def test_what_was_added_is_on_record(make_pad: Callable[[str], LaunchPad]) -> None:
    pad = make_pad("pad")
    do(pad, noted(add))
    launch = pad.get_fw_dict_by_id(OWN)["launches"][0]
    assert launch["added_fws"] == [8, 9, 10, 11, 12, 13]
    assert launch["launchpad_writes"] == {"attempt": 1, "done": 6}


@pytest.mark.parametrize(
    ("write", "why"),
    [
        ({"method": "rerun_fw", "arguments": {"fw_id": 99}}, "rerun_fw: KeyError"),
        ({"method": "reset", "arguments": {}}, "reset: KeyError"),
        ({"method": "pause_fw", "arguments": {"fw_id": 99}}, "pause_fw: No Firework"),
        ({"method": "pause_fw", "arguments": {"fw_id": -1000001}}, "is no id that add_wf gave"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_changed(
    write: dict[str, Any], why: str, make_pad: Callable[[str], LaunchPad]
) -> None:
    pad = make_pad("pad")
    before = all_of(pad)
    first = {"method": "pause_fw", "arguments": {"fw_id": 2}}
    with pytest.raises(WriteError, match=why) as told:
        do(pad, [first, write, first])
    assert told.value.done == 1
    assert all_of(pad) == before
    do(pad, [first, write, first], until=told.value)
    assert pad.get_fw_dict_by_id(2)["state"] == "PAUSED"
    assert why in pad.get_fw_dict_by_id(OWN)["launches"][0]["launchpad_writes"]["failed"]
