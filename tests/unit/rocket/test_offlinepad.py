"""What a Firetask's ``launchpad`` does where the database is out of reach."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import (
    environment,
    final_of,
    launch,
    make_launch,
    make_ticket,
    ping_of,
    shell,
    start,
    wait_for_file,
    wait_until,
)

from longfuse.domain.firework import Firework
from longfuse.domain.workflow import Workflow
from longfuse.errors import InputError, OfflineReadError, SerializationError, StoreError
from longfuse.firetasks.script import ScriptTask
from longfuse.launchdir.claim import read_claim
from longfuse.launchdir.process import host_name
from longfuse.rocket.offlinepad import PROVISIONAL, OfflineLaunchPad

if TYPE_CHECKING:
    from pathlib import Path


def asking(script: str) -> dict[str, Any]:
    return {"_fw_name": "{{lf_asking_tasks.AskLaunchPad}}", "script": script}


@pytest.fixture
def noted() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def pad(noted: list[dict[str, Any]]) -> OfflineLaunchPad:
    return OfflineLaunchPad(Firework([], fw_id=7, name="own"), make_ticket(), noted.append)


def test_added_workflows_get_ids_that_later_writes_take(pad: OfflineLaunchPad, noted: list[dict[str, Any]]) -> None:
    first = Workflow([Firework(ScriptTask.from_str("true"), fw_id=-2), Firework([], fw_id=-1)], {-2: [-1]})
    ids = pad.add_wf(first)
    assert ids == {-2: PROVISIONAL - 1, -1: PROVISIONAL - 2}
    assert sorted(first.id_fw) == sorted(ids.values())
    assert pad.add_wf(Firework([], fw_id=5)) == {5: PROVISIONAL - 3}
    pad.append_wf(Firework([], fw_id=-1), [ids[-1]])
    pad.set_priority(ids[-2], 3)
    assert [write["method"] for write in noted] == ["add_wf", "add_wf", "append_wf", "set_priorities"]
    assert noted[0]["arguments"]["ids"] == {"-2": PROVISIONAL - 1, "-1": PROVISIONAL - 2}
    assert noted[2]["arguments"]["fw_ids"] == [PROVISIONAL - 2]


def test_documents_get_ids_too(pad: OfflineLaunchPad) -> None:
    whole = {"fws": [{"fw_id": 1, "spec": {}}, {"fw_id": 2, "spec": {}}], "links": {}}
    assert pad.add_documents([whole, {"fw_id": 1, "spec": {}}]) == [
        {1: PROVISIONAL - 1, 2: PROVISIONAL - 2},
        {1: PROVISIONAL - 3},
    ]


def test_what_can_be_refused_is_refused_at_once(pad: OfflineLaunchPad, noted: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match="one that add_wf returned"):
        pad.rerun_fw(-3)
    with pytest.raises(InputError, match="one that add_wf returned"):
        pad.update_spec([PROVISIONAL - 1], {"x": 1})
    with pytest.raises(SerializationError, match="spec_document"):
        pad.update_spec([4], {"x": object()})
    with pytest.raises(InputError, match="overwrite"):
        pad.add_wf(Firework([], fw_id=4), reassign_all=False)
    with pytest.raises(InputError, match="--ldirs"):
        pad.delete_wf(4, delete_launch_dirs=True)
    with pytest.raises(InputError, match="at least one"):
        pad.append_wf(Firework([], fw_id=-1), [])
    assert noted == []


def test_reads_say_what_to_do_instead(pad: OfflineLaunchPad) -> None:
    for read in ("get_wf_by_fw_id", "get_fw_ids", "reserve_fw", "reset", "workflows"):
        with pytest.raises(OfflineReadError, match=f"LaunchPad.{read} needs the LaunchPad's database.*--offline"):
            getattr(pad, read)
        assert not hasattr(pad, read)
    with pytest.raises(StoreError, match=r"get_fw_by_id\(8\)"):
        pad.get_fw_by_id(8)


def test_it_knows_its_own_firework_and_which_launchpad_it_stands_for(pad: OfflineLaunchPad) -> None:
    assert pad.get_fw_by_id(7).name == "own"
    assert pad.get_fw_dict_by_id(7)["fw_id"] == 7
    assert pad.get_launchdir(7) == os.getcwd()
    with pytest.raises(OfflineReadError, match="launch_idx=0"):
        pad.get_launchdir(7, 0)
    assert pad.to_dict() == {"offline": True, "launchpad_id": "pad", "launch_id": 1}
    pad.defuse_fw(3)
    assert pad.describe()["noted"] == 1
    assert "launch 1, 1 writes noted" in repr(pad)


def test_writes_of_all_tasks_are_in_the_final_record(tmp_path: Path) -> None:
    launch(
        make_launch(
            tmp_path,
            asking("launchpad.defuse_fw(fw_id + 1)"),
            asking("launchpad.update_spec([9], {'x': 1}); out['pad'] = launchpad.launchpad_id()"),
            _add_launchpad_and_fw_id=True,
        )
    )
    final = final_of(tmp_path)
    assert final.fwaction["stored_data"] == {"pad": "pad"}
    assert final.host == host_name()
    assert final.launchpad_writes == [
        {"method": "defuse_fw", "arguments": {"fw_id": 8, "rerun_duplicates": True}},
        {"method": "update_spec", "arguments": {"fw_ids": [9], "spec_document": {"x": 1}, "mongo": False}},
    ]


def test_writes_of_a_task_that_fails_are_kept(tmp_path: Path) -> None:
    launch(
        make_launch(tmp_path, asking("launchpad.pause_fw(3); launchpad.get_wf_by_fw_id(3)"), _add_launchpad_and_fw_id=1)
    )
    final = final_of(tmp_path)
    assert final.state == "FIZZLED"
    assert "get_wf_by_fw_id needs the LaunchPad's database" in final.reason
    assert [write["method"] for write in final.launchpad_writes] == ["pause_fw"]


def test_a_heartbeat_carries_them_while_the_task_runs(tmp_path: Path) -> None:
    folder = make_launch(
        tmp_path, asking("launchpad.pause_fw(3)"), shell("touch ready; sleep 60"), _add_launchpad_and_fw_id=True
    )
    running = start(folder)
    wait_for_file(folder / "ready")
    wait_until(lambda: len(ping_of(folder).launchpad_writes) == 1, "the heartbeat carries the write")
    running.terminate()
    running.communicate(timeout=60)
    assert len(final_of(folder).launchpad_writes) == 1


def test_they_come_home_although_the_rocket_was_killed(tmp_path: Path) -> None:
    script = "import os, time\nlaunchpad.pause_fw(3)\nopen('ready', 'w').close()\n"
    script += "while not os.path.exists('go'): time.sleep(0.05)\nlaunchpad.pause_fw(4)"
    folder = make_launch(tmp_path, asking(script), _add_launchpad_and_fw_id=True)
    running = start(folder)
    wait_for_file(folder / "ready")
    claim = read_claim(str(folder), 1)
    assert claim is not None
    os.kill(claim.pid, signal.SIGKILL)
    running.wait(60)
    (folder / "go").touch()
    running.communicate(timeout=60)
    wait_for_file(folder / "FW_action.json")
    assert [write["arguments"]["fw_id"] for write in final_of(folder).launchpad_writes] == [3, 4]


def test_a_process_that_the_task_forks_cannot_note(tmp_path: Path) -> None:
    script = (
        "import os\npid = os.fork()\nif pid == 0:\n"
        "    try: launchpad.pause_fw(3)\n"
        "    except Exception as error: open('said', 'w').write(str(error))\n"
        "    os._exit(0)\n"
        "os.waitpid(pid, 0)"
    )
    launch(make_launch(tmp_path, asking(script), _add_launchpad_and_fw_id=True))
    assert "only the task's own process can note it" in (tmp_path / "said").read_text()
    assert final_of(tmp_path).state == "COMPLETED"


def test_threads_may_note_at_once(tmp_path: Path) -> None:
    script = (
        "import threading\n"
        "def note(n):\n"
        "    for i in range(50): launchpad.update_spec([n], {'i': i, 'text': 'x' * 5000})\n"
        "threads = [threading.Thread(target=note, args=(n,)) for n in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]"
    )
    launch(make_launch(tmp_path, asking(script), _add_launchpad_and_fw_id=True))
    writes = [write["arguments"] for write in final_of(tmp_path).launchpad_writes]
    for n in range(4):
        assert [w["spec_document"]["i"] for w in writes if w["fw_ids"] == [n]] == list(range(50))


def test_where_the_launchpad_cannot_be_opened_they_are_noted_too(tmp_path: Path) -> None:
    folder = make_launch(tmp_path, asking("launchpad.pause_fw(3)"), _add_launchpad_and_fw_id=True)
    program = (
        "from longfuse.errors import StoreUnavailableError\n"
        "from longfuse.rocket.rocket import run\n"
        "def away(): raise StoreUnavailableError('It is away.')\n"
        "run('.', open_launchpad=away)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    assert "It is away. What tasks ask of it is noted, and done when the result comes home." in done.stderr
    assert [write["method"] for write in final_of(folder).launchpad_writes] == ["pause_fw"]
