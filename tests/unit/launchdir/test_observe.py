"""What the login side sees, in every state a directory can be in."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.launching import TOKEN, make_firework, make_launch, make_ticket
from tests.watching import opened_launch_files

from longfuse.launchdir.files import write_json
from longfuse.launchdir.final import FinalRecord
from longfuse.launchdir.observe import observe
from longfuse.launchdir.ping import Ping
from longfuse.launchdir.prepare import prepare
from longfuse.launchdir.ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from longfuse.launchdir.observe import Observation

FIREWORKS_DIRS = Path(__file__).parents[2] / "fixtures" / "fireworks_dirs"


def make_ping(launch_id: int = 1, **changes: object) -> Ping:
    fields = {"token": TOKEN, "attempt": 1, "ping_time": "p1", "started_on": "s", "host": "node", "pid": 9}
    return Ping(launch_id=launch_id, **(fields | changes))  # type: ignore[arg-type]


def make_final(launch_id: int = 1, **changes: object) -> FinalRecord:
    fields = {
        "token": TOKEN,
        "attempt": 1,
        "state": "COMPLETED",
        "reason": "",
        "started_on": "s",
        "completed_on": "c",
        "fwaction": {"stored_data": {"x": 1}},
    }
    return FinalRecord(launch_id=launch_id, **(fields | changes))  # type: ignore[arg-type]


def look(folder: Path, launch_id: int = 1, seen: str = "") -> Observation:
    observation = observe(str(folder), launch_id, seen)
    assert observation is not None
    return observation


def test_a_launch_from_reservation_to_its_end(tmp_path: Path) -> None:
    folder = make_launch(tmp_path / "here")
    reserved = look(folder)
    assert reserved.ticket == make_ticket()
    assert (reserved.ping, reserved.final, reserved.problem) == (None, None, "")
    write_json(str(folder / "FW_ping.json"), make_ping().to_dict())
    running = look(folder, seen=reserved.signature)
    assert (running.ping, running.final) == (make_ping(), None)
    write_json(str(folder / "FW_action.json"), make_final().to_dict(), exclusive=True)
    ended = look(folder, seen=running.signature)
    assert (ended.ping, ended.final, ended.problem) == (make_ping(), make_final(), "")
    assert observe(str(folder), 1, ended.signature) is None


def test_a_new_ping_is_seen_although_it_looks_the_same_from_outside(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    write_json(str(folder / "FW_ping.json"), make_ping(ping_time="p1").to_dict())
    first = look(folder)
    write_json(str(folder / "FW_ping.json"), make_ping(ping_time="p2").to_dict())
    second = look(folder, seen=first.signature)
    assert second.ping is not None
    assert second.ping.ping_time == "p2"


def test_unchanged_files_are_not_opened(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    seen = look(folder).signature
    ticket = folder / "FW_offline.json"
    status = ticket.stat()
    with ticket.open("r+b") as file:  # damage it, behind the back of stat
        file.write(b"###")
    os.utime(ticket, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert observe(str(folder), 1, seen) is None


def test_a_final_record_cut_anywhere_is_a_problem_never_a_result(tmp_path: Path) -> None:
    content = json.dumps(make_final().to_dict()).encode()
    folder = make_launch(tmp_path)
    for cut in range(len(content)):
        (folder / "FW_action.json").write_bytes(content[:cut])
        torn = look(folder)
        assert torn.final is None
        assert "FW_action.json" in torn.problem
        assert torn.ticket == make_ticket()
    (folder / "FW_action.json").write_bytes(content)
    assert look(folder, seen=torn.signature).final == make_final()


def test_what_could_not_be_read_is_looked_at_again_although_nothing_changed(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    (folder / "FW_action.json").write_bytes(b"{")
    torn = look(folder)
    assert look(folder, seen=torn.signature).problem == torn.problem != ""


def test_a_file_that_may_not_be_read_is_a_problem() -> None:
    with tempfile.TemporaryDirectory() as name, not_as_root(name):
        folder = make_launch(Path(name) / "here")
        (folder / "FW_offline.json").chmod(0)
        seen = look(folder)
        assert "FW_offline.json cannot be read now: Permission denied" in seen.problem
        (folder / "FW_offline.json").chmod(0o600)  # which leaves no trace in the signature
        assert look(folder, seen=seen.signature).ticket == make_ticket()


@contextmanager
def not_as_root(folder: str) -> Iterator[None]:
    """Root may read everything, so be somebody else meanwhile."""
    user, nobody = os.geteuid(), 65534
    os.chown(folder, nobody if user == 0 else user, -1)
    os.seteuid(nobody if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_where_a_file_should_be_is_a_problem(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    (folder / "FW_action.json").mkdir()
    assert "FW_action.json cannot be read" in look(folder).problem


def test_a_directory_that_is_gone_is_a_problem_and_found_again(tmp_path: Path) -> None:
    folder = make_launch(tmp_path / "here")
    seen = look(folder)
    shutil.move(folder, tmp_path / "away")
    gone = look(folder, seen=seen.signature)
    assert "is not there" in gone.problem
    assert (gone.ticket, gone.ping, gone.final) == (None, None, None)
    assert observe(str(folder), 1, gone.signature) is None
    shutil.move(tmp_path / "away", folder)
    assert look(folder, seen=gone.signature).ticket == make_ticket()


def test_a_directory_without_ticket_is_a_problem(tmp_path: Path) -> None:
    assert "no FW_offline.json" in look(tmp_path).problem


def test_a_folder_that_is_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert look(tmp_path / "file").problem


def test_a_directory_used_again_keeps_each_launch_apart(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    write_json(str(folder / "FW_ping.json"), make_ping().to_dict())
    write_json(str(folder / "FW_attempt_1.json"), {"launch_id": 1, "token": TOKEN})
    write_json(str(folder / "FW_action.json"), make_final().to_dict())
    seen = look(folder)
    prepare(str(folder), make_firework(), make_ticket(2, token="other"))
    earlier = look(folder, seen=seen.signature)
    assert (earlier.token, earlier.ping, earlier.final) == (TOKEN, make_ping(), make_final())
    assert earlier.problem == ""
    assert observe(str(folder), 1, earlier.signature) is None
    later = look(folder, 2)
    assert (later.ticket, later.ping, later.final) == (make_ticket(2, token="other"), None, None)
    assert sorted(os.listdir(folder)) == ["FW.json", "FW_launch_1", "FW_offline.json"]
    assert "FW_attempt_1.json" in os.listdir(folder / "FW_launch_1")


def test_a_late_result_of_an_earlier_launch_is_found(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    seen = look(folder)
    prepare(str(folder), make_firework(), make_ticket(2, token="other"))
    moved = look(folder, seen=seen.signature)
    write_json(str(folder / "FW_launch_1" / "FW_action.json"), make_final().to_dict())
    assert look(folder, seen=moved.signature).final == make_final()


def test_a_launch_that_left_nothing_behind_is_a_problem(tmp_path: Path) -> None:
    folder = make_launch(tmp_path, ticket=make_ticket(2))
    assert "now belongs to launch 2" in look(folder, 1).problem


def test_a_result_of_another_launch_is_not_taken(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    write_json(str(folder / "FW_action.json"), make_final(5).to_dict())
    write_json(str(folder / "FW_ping.json"), make_ping(5).to_dict())
    observation = look(folder)
    assert (observation.ping, observation.final) == (None, None)


@pytest.mark.parametrize("name", ["sp ace", "quo'te\"s", "new\nline", "ümlaut", "-rf", "$HOME"])
def test_any_name_of_a_directory_will_do(tmp_path: Path, name: str) -> None:
    folder = make_launch(tmp_path / name)
    assert look(folder).ticket == make_ticket()


class TestDirectoriesThatFireworksWrote:
    """Written by hand from what FireWorks 2.1 writes."""

    def test_waiting_in_the_queue(self) -> None:
        seen = look(FIREWORKS_DIRS / "reserved")
        assert seen.ticket is not None
        assert (seen.ticket.launch_id, seen.ticket.token) == (1, "")
        assert (seen.ping, seen.final, seen.problem) == (None, None, "")

    def test_started_without_a_ping(self) -> None:
        seen = look(FIREWORKS_DIRS / "started")
        assert seen.ping is not None
        assert seen.ping.started_on == seen.ping.ping_time == "2026-11-23T00:24:07.274235+00:00"
        assert seen.ping.checkpoint["_task_n"] == 0
        assert (seen.ping.token, seen.ping.attempt) == ("", 1)

    def test_running(self) -> None:
        seen = look(FIREWORKS_DIRS / "running")
        assert seen.ping is not None
        assert seen.ping.ping_time == "2026-11-23T01:24:07.300000+00:00"
        assert seen.ping.started_on == "2026-11-23T00:24:07.274235+00:00"
        assert seen.final is None

    def test_completed(self) -> None:
        seen = look(FIREWORKS_DIRS / "completed")
        assert seen.final is not None
        assert (seen.final.state, seen.final.token, seen.final.reason) == ("COMPLETED", "", "")
        assert seen.final.completed_on == "2026-11-23T00:24:07.279095+00:00"
        assert seen.final.fwaction["stored_data"] == {"returncode": 0, "all_returncodes": [0]}

    def test_fizzled(self) -> None:
        seen = look(FIREWORKS_DIRS / "fizzled")
        assert seen.final is not None
        assert (seen.final.state, seen.final.reason) == ("FIZZLED", "runtime error during task")
        assert seen.final.checkpoint["_all_stored_data"] == {"first": 1}

    def test_compressed(self, tmp_path: Path) -> None:
        source = FIREWORKS_DIRS / "completed" / "FW_offline.json"
        (tmp_path / "FW_offline.json.gz").write_bytes(gzip.compress(source.read_bytes()))
        seen = look(tmp_path)
        assert seen.final is not None
        assert observe(str(tmp_path), 1, seen.signature) is None

    def test_compressed_and_torn(self, tmp_path: Path) -> None:
        content = gzip.compress((FIREWORKS_DIRS / "completed" / "FW_offline.json").read_bytes())
        (tmp_path / "FW_offline.json.gz").write_bytes(content[:-20])
        assert "cannot be decompressed" in look(tmp_path).problem

    def test_torn_while_it_is_rewritten_in_place(self, tmp_path: Path) -> None:
        content = (FIREWORKS_DIRS / "completed" / "FW_offline.json").read_bytes()
        for cut in range(len(content)):
            (tmp_path / "FW_offline.json").write_bytes(content[:cut])
            seen = look(tmp_path)
            assert seen.final is None
            assert seen.problem


def test_a_launch_of_ours_that_fireworks_ran(tmp_path):
    """FireWorks' rlaunch reads our ticket, and writes it again with its progress and result added."""
    ticket = Ticket(
        launchpad_id="pad", launch_id=7, fw_id=3, token="t0ken", fworker={}, reserved_on="2026-01-01T00:00:00+00:00"
    )
    progress = {"started_on": "2026-01-01T00:01:00", "checkpoint": {"_task_n": 0}}
    result = {"fwaction": {"stored_data": {"x": 1}}, "state": "COMPLETED", "completed_on": "2026-01-01T00:02:00"}
    (tmp_path / "FW_offline.json").write_text(json.dumps({**ticket.to_dict(), **progress}))
    (tmp_path / "FW_ping.json").write_text(json.dumps({"ping_time": "2026-01-01T00:01:30"}))
    running = observe(str(tmp_path), 7)
    assert running is not None
    assert (running.ping.token, running.ping.ping_time, running.final) == ("t0ken", "2026-01-01T00:01:30", None)
    (tmp_path / "FW_offline.json").write_text(json.dumps({**ticket.to_dict(), **progress, **result}))
    ended = observe(str(tmp_path), 7, running.signature)
    assert ended is not None
    assert (ended.final.token, ended.final.state, ended.problem) == ("t0ken", "COMPLETED", "")
    assert ended.final.fwaction["stored_data"] == {"x": 1}


def test_a_launch_that_left_nothing_here(tmp_path: Path) -> None:
    """The directory is there and can be read: that is more than a directory that is away."""
    assert look(tmp_path).absent
    assert not look(tmp_path / "nowhere").absent
    make_launch(tmp_path / "other", ticket=make_ticket(2))
    assert look(tmp_path / "other").absent
    (tmp_path / "FW_offline.json").write_text("{")
    assert not look(tmp_path).absent
    make_launch(tmp_path / "ours")
    assert not look(tmp_path / "ours").absent


def test_a_final_record_with_token_and_host_is_all_that_is_opened(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    write_json(str(folder / "FW_ping.json"), make_ping(host="before").to_dict())
    write_json(str(folder / "FW_action.json"), make_final(host="node").to_dict())
    with opened_launch_files() as opened:
        ended = observe(str(folder), 1, token=TOKEN)
    assert ended is not None
    assert (ended.final, ended.ping, ended.ticket) == (make_final(host="node"), None, None)
    assert opened == [str(folder / "FW_action.json")]
    assert ended.size >= (folder / "FW_action.json").stat().st_size
    assert observe(str(folder), 1, ended.signature, token=TOKEN) is not None  # the heartbeat was not looked at


@pytest.mark.parametrize("changes", [{"host": ""}, {"host": "node", "token": "another"}])
def test_a_final_record_that_does_not_tell_all_is_not_read_alone(tmp_path: Path, changes: dict[str, str]) -> None:
    folder = make_launch(tmp_path)
    write_json(str(folder / "FW_ping.json"), make_ping().to_dict())
    write_json(str(folder / "FW_action.json"), make_final(**changes).to_dict())
    ended = observe(str(folder), 1, token=TOKEN)
    assert ended is not None
    assert (ended.final, ended.ping) == (make_final(**changes), make_ping())


def test_files_that_come_after_a_look_without_them_are_seen(tmp_path: Path) -> None:
    folder = make_launch(tmp_path)
    reserved = look(folder)
    assert observe(str(folder), 1, reserved.signature) is None
    write_json(str(folder / "FW_action.json"), make_final().to_dict())
    assert look(folder, seen=reserved.signature).final == make_final()
    (folder / "FW_action.json").unlink()
    write_json(str(folder / "FW_ping.json"), make_ping().to_dict())
    running = look(folder, seen=reserved.signature)
    assert running.ping == make_ping()
    assert observe(str(folder), 1, running.signature) is None
    (folder / "FW_ping.json").unlink()
    assert look(folder, seen=running.signature).ping is None
    (folder / "FW_offline.json").unlink()
    assert look(folder, seen=reserved.signature).problem
