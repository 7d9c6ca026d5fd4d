"""Every reserved key of a spec means the same offline and online (facts of FireWorks, "Reserved spec keys").

``_dupefinder`` is in test_duplicates, ``_recovery`` in test_rerun, what tasks ask of their LaunchPad in
test_offline_writes.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.launching import call, shell, wait_for_file, wait_until
from tests.login import Login, chain, fw

if TYPE_CHECKING:
    from collections.abc import Iterator

QADAPTER = "_fw_name: CommonAdapter\n_fw_q_type: local\nrocket_launch: rlaunch singleshot --offline\n"
WORKER = "name: here\nquery: '{}'\nenv: {bin: /opt/bin}\n"


class Site:
    """A login node on which everything that is READY can be run, in one of both ways."""

    def __init__(self, login: Login, mode: str) -> None:
        self.login = login
        self.mode = mode
        self.pad = login.pad
        (login.folder / "my_qadapter.yaml").write_text(QADAPTER)
        (login.folder / "my_fworker.yaml").write_text(WORKER)

    def run(self) -> None:
        """One Firework after the other, each in a directory of its own, until nothing is READY for this worker."""
        if self.mode == "online":
            done = self.login.run("rlaunch", "rapidfire", "--max_loops", "1")
            assert done.returncode == 0, done.stderr
            return
        while True:
            before = self.pad.get_launch_ids()
            done = self.login.run("qlaunch", "-r", "rapidfire")
            assert done.returncode == 0, done.stderr
            new = set(self.pad.get_launch_ids()) - set(before)
            if not new:
                return
            for launch_id in new:
                wait_for_file(self.place(launch_id) / "FW_action.json")
            self.login.recover()

    def place(self, launch_id: int) -> Path:
        return Path(self.pad.get_launch_by_id(launch_id).launch_dir)

    def spec(self, fw_id: int) -> dict[str, Any]:
        return self.pad.get_fw_dict_by_id(fw_id)["spec"]

    def stored(self, fw_id: int) -> dict[str, Any]:
        return self.pad.get_fw_dict_by_id(fw_id)["launches"][-1]["action"]["stored_data"]

    def folder_of(self, fw_id: int) -> Path:
        return self.place(self.pad.get_fw_dict_by_id(fw_id)["launches"][-1]["launch_id"])


@pytest.fixture(params=["offline", "online"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    login = Login(tmp_path / "login node")
    yield Site(login, request.param)
    jobs = ("python", "-m", "longfuse.queue.local_spool", "status")
    wait_until(lambda: '"RUNNING"' not in login.run(*jobs).stdout, "the local queue to be empty")


def look(name: str, expression: str) -> dict[str, Any]:
    """A task that stores what it sees: ``spec``, ``task``."""
    return {"_fw_name": "{{lf_asking_tasks.Look}}", "name": name, "expression": expression}


def test_priority(site: Site) -> None:
    site.login.add(fw(1), fw(2, _priority=-1), fw(3, _priority=5), fw(4, _priority=2.5))
    site.run()
    order = [site.pad.get_launch_by_id(launch_id).fw_id for launch_id in sorted(site.pad.get_launch_ids())]
    assert order == [3, 4, 2, 1]


def test_fworker(site: Site) -> None:
    site.login.add(fw(1, _fworker="here"), fw(2, _fworker="there"), fw(3))
    site.run()
    assert [site.login.state(i) for i in (1, 2, 3)] == ["COMPLETED", "READY", "COMPLETED"]


def test_category(site: Site) -> None:
    (site.login.folder / "my_fworker.yaml").write_text(f"{WORKER}category: [big, gpu]\n")
    site.login.add(fw(1, _category="big"), fw(2, _category="small"), fw(3), fw(4, _category="gpu", _fworker="here"))
    site.run()
    assert [site.login.state(i) for i in (1, 2, 3, 4)] == ["COMPLETED", "READY", "READY", "COMPLETED"]


def test_queueadapter(site: Site) -> None:
    site.login.add(fw(1, shell("true"), _queueadapter={"job_name": "special"}))
    site.run()
    assert site.login.state(1) == "COMPLETED"
    if site.mode == "offline":
        assert "special" in (site.folder_of(1) / "FW_submit.script").read_text()


@pytest.mark.parametrize("where", ["{}/my own/place", "$RUNS/place", "place"])
def test_launch_dir(site: Site, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = site.login.folder.parent / "runs"
    monkeypatch.setenv("RUNS", str(runs))
    site.login.add(fw(1, shell("pwd > here"), _launch_dir=where.format(runs)))
    site.run()
    folder = site.folder_of(1)
    assert (folder / "here").read_text().strip() == str(folder)
    assert folder.name == "place"
    if where != "place":
        assert folder.is_relative_to(runs)


def test_files_in_and_out(site: Site) -> None:
    out = {"data": "*.txt", "packed": "p.gz", "nothing": "none"}
    parent = fw(1, shell("echo old > a.txt; echo new > b.txt; echo zip | gzip > p.gz"), _files_out=out)
    wanted = {"data": "in.txt.gz", "packed": "unpacked", "nothing": "x", "other": "y"}
    child = fw(2, shell("ls"), _files_in=wanted)
    site.login.add(parent, child, links=chain(parent, child))
    site.run()
    assert site.login.state(2) == "COMPLETED"
    place = site.folder_of(1)
    assert site.spec(2)["_files_prev"] == {"data": str(place / "b.txt"), "packed": str(place / "p.gz")}
    assert gzip.decompress((site.folder_of(2) / "in.txt.gz").read_bytes()) == b"new\n"
    assert (site.folder_of(2) / "unpacked").read_text() == "zip\n"


def test_a_file_that_a_parent_promised_and_that_is_gone(site: Site) -> None:
    child = fw(1, shell("true"), _files_in={"a": "a"}, _files_prev={"a": "/no/such/file"})
    site.login.add(child)
    site.run()
    assert site.login.state(1) == "FIZZLED"
    assert "/no/such/file" in site.pad.get_fw_dict_by_id(1)["launches"][0]["reason"]


def test_pass_job_info(site: Site) -> None:
    fireworks = [fw(i, shell("true"), name=f"f{i}", _pass_job_info=True) for i in (1, 2, 3)]
    site.login.add(*fireworks, links=chain(*fireworks))
    site.run()
    info = site.spec(3)["_job_info"]
    assert [(entry["fw_id"], entry["name"]) for entry in info] == [(1, "f1"), (2, "f2")]
    assert info[1]["launch_dir"] == str(site.folder_of(2))
    assert {entry["state"] for entry in info} == {"RUNNING"}


def test_preserve_fworker(site: Site) -> None:
    parent, child = fw(1, shell("true"), _preserve_fworker=True), fw(2)
    site.login.add(parent, child, links=chain(parent, child))
    site.run()
    assert site.spec(2)["_fworker"] == "here"
    assert site.login.state(2) == "COMPLETED"


def test_add_fworker_launchpad_and_fw_id(site: Site) -> None:
    tasks = [
        look("worker", "task.fworker.name"),
        look("fw_id", "task.fw_id"),
        look("pad", "task.launchpad.launchpad_id()"),
    ]
    site.login.add(fw(1, *tasks, _add_fworker=True, _add_launchpad_and_fw_id=True))
    site.run()
    assert site.stored(1) == {"worker": "here", "fw_id": 1, "pad": site.pad.launchpad_id()}


def test_trackers(site: Site) -> None:
    site.login.add(fw(1, shell("echo a > log; echo b >> log"), _trackers=[{"filename": "log", "nlines": 1}]))
    site.run()
    assert site.login.tell("track_fws").endswith("### Filename: log\nb\n")


def test_background_tasks(site: Site) -> None:
    beside = [
        {"_fw_name": "BackgroundTask", "tasks": [call("note", "thrice", "x")], "num_launches": 3, "sleep_time": 0.01},
        {"_fw_name": "BackgroundTask", "tasks": [shell("echo end >> end")], "num_launches": 1, "run_on_finish": True},
        {"tasks": [call("fail", "in the background")], "sleep_time": 600},
    ]
    wait = 'until [ "$(wc -l < thrice)" = 3 ] && [ -e end ]; do sleep 0.05; done'
    site.login.add(
        fw(
            1,
            call("note", "thrice", "own"),
            shell(wait.replace("= 3", "= 4")),
            _background_tasks=beside,
            _category="big",
        )
    )
    site.run()
    assert site.login.state(1) == "COMPLETED"
    assert sorted((site.folder_of(1) / "thrice").read_text().split()) == ["own", "x", "x", "x"]
    assert (site.folder_of(1) / "end").read_text() == "end\nend\n"


def test_fw_env(site: Site) -> None:
    site.login.add(fw(1, look("env", "spec['_fw_env']")))
    site.run()
    assert site.stored(1) == {"env": {"bin": "/opt/bin"}}
    assert "_fw_env" not in site.spec(1)


def test_allow_fizzled_parents(site: Site) -> None:
    failing, fine = fw(1, shell("false"), name="bad"), fw(2, shell("true"))
    child = fw(
        3,
        look("parents", "[p['name'] for p in spec['_fizzled_parents']]"),
        _category="big",
        _allow_fizzled_parents=True,
    )
    site.login.add(failing, fine, child, links={"1": [3], "2": [3]})
    site.run()
    assert [site.login.state(i) for i in (1, 2, 3)] == ["FIZZLED", "COMPLETED", "COMPLETED"]
    assert site.stored(3) == {"parents": ["bad"]}


def test_exception_details(site: Site) -> None:
    (site.login.folder / "FW_config.yaml").write_text("EXCEPT_DETAILS_ON_RERUN: true\n")
    site.login.add(fw(1, call("fail_with_details")))
    site.run()
    assert site.stored(1)["_exception"]["_details"] == {"atoms": 3}
    site.login.tell("rerun_fws", "-i", "1")
    assert site.spec(1)["_exception_details"] == {"atoms": 3}
    site.login.tell("update_fws", "-i", "1", "-u", json.dumps({"_tasks": [look("told", "spec['_exception_details']")]}))
    site.run()
    assert site.stored(1) == {"told": {"atoms": 3}}
