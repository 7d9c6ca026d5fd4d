"""Specs and results of 50 MB, and of more than 16 MB, through the real commands, on each database."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.login import Login, fw

from longfuse.launchpad.pad import LaunchPad

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 50 * 2**20
ABOVE_16_MB = 17 * 2**20
"""More than FireWorks can keep; for what needs no more to be seen."""

LISTED_MIB = 300
"""What a listing may take, whose values are 50 to 100 MB together; a value is there as text, as JSON and as bytes."""

TASKS = """
from longfuse import FWAction, FiretaskBase, Firework, explicit_serialize

@explicit_serialize
class Big(FiretaskBase):
    def run_task(self, fw_spec):
        big, how = fw_spec["big"], fw_spec["how"]
        if how == "stored":
            return FWAction(stored_data={"result": big})
        if how == "update":
            return FWAction(update_spec={"big": big})
        if how == "mod":
            return FWAction(mod_spec=[{"_set": {"changed": big}}])
        return FWAction(detours=Firework([Big()], spec={"big": big, "how": "stored"}))
"""

MEASURED = """
import resource, subprocess, sys
with open(sys.argv[1], "w") as out:
    code = subprocess.run(sys.argv[2:], stdout=out).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)
"""


class Lab:
    """A login node whose LaunchPad is in one of the databases."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.login = Login(folder)
        self.on_sqlite = url is None
        (folder / "big_tasks.py").write_text(TASKS)
        if url is not None:
            self.login.pad.close()
            (folder / "my_launchpad.yaml").write_text(f"url: {url}\n")
            self.login.pad = LaunchPad(url)

    def run(self, *argv: str) -> str:
        done = self.login.run("env", f"PYTHONPATH={self.login.folder}", *argv)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def write(self, name: str, *hows: str, size: int) -> str:
        """A file with a workflow, in which each of these has a child and a big spec; ids from 1, child after parent."""
        fws = []
        for n, how in enumerate(hows):
            fws.append(fw(2 * n + 1, {"_fw_name": "{{big_tasks.Big}}"}, big="x" * size, how=how))
            fws.append(fw(2 * n + 2, {"_fw_name": "ScriptTask", "script": "true"}))
        links = {str(2 * n + 1): [2 * n + 2] for n in range(len(hows))}
        path = self.login.folder / name
        path.write_text(json.dumps({"fws": fws, "links": links, "name": "big", "metadata": {}}))
        return name

    def spec(self, fw_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.login.pad.get_fw_dict_by_id(fw_id)["spec"]
        return found

    def peak_mib(self, *argv: str) -> int:
        """What the command takes; its result goes to a file ``out``."""
        return int(self.run(sys.executable, "-c", MEASURED, str(self.login.folder / "out"), *argv))


@pytest.fixture(params=["sqlite", "postgresql"])
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    made = Lab(tmp_path / "login", url)
    yield made
    made.login.pad.close()


@pytest.mark.timeout(300)
def test_50_mb(lab: Lab) -> None:
    """A spec and a result, whose readers take no memory for them unless they show them."""
    lab.run("lpad", "add", lab.write("wf.json", "stored", size=SIZE))
    lab.run("rlaunch", "-s", "singleshot", "-f", "1")
    (launch,) = lab.login.pad.get_fw_dict_by_id(1)["launches"]
    assert launch["state"] == "COMPLETED"
    assert len(launch["action"]["stored_data"]["result"]) == SIZE
    del launch

    if lab.on_sqlite:  # which parts of a record are read is decided above the database
        small = lab.peak_mib("lpad", "get_fws", "-i", "2")
        for listing in (["get_fws"], ["get_wflows", "-d", "all"], ["defuse_fws", "-i", "2"]):
            assert lab.peak_mib("lpad", *listing) < small + (SIZE >> 20), listing


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lab", ["sqlite"], indirect=True)  # what an action does is decided above the database
def test_an_update_a_modification_and_a_detour_above_16_mb(lab: Lab) -> None:
    lab.run("lpad", "add", lab.write("wf.yaml", "update", "mod", "detour", size=ABOVE_16_MB))
    lab.run("rlaunch", "-s", "rapidfire", "--nlaunches", "7")
    assert lab.login.pad.get_fw_ids({"state": "COMPLETED"}) == [1, 2, 3, 4, 5, 6, 7]
    assert lab.peak_mib("lpad", "get_fws", "-d", "all") < LISTED_MIB
    shown = json.loads((lab.login.folder / "out").read_text())
    assert {n: len(one["spec"].get("big", "")) for n, one in enumerate(shown, 1)} == {
        **dict.fromkeys((1, 2, 3, 5, 7), ABOVE_16_MB),
        **dict.fromkeys((4, 6), 0),
    }
    assert len(shown[3]["spec"]["changed"]) == ABOVE_16_MB
    (launch,) = shown[6]["launches"]
    assert len(launch["action"]["stored_data"]["result"]) == ABOVE_16_MB


@pytest.mark.timeout(300)
def test_a_launch_offline_above_16_mb(lab: Lab) -> None:
    lab.run("lpad", "add", lab.write("wf.json", "update", size=ABOVE_16_MB))
    place = lab.login.submit(1)
    lab.run("sh", "-c", f"cd '{place}' && rlaunch -s singleshot --offline")
    lab.run("lpad", "recover_offline")
    assert lab.login.state(1) == "COMPLETED"
    assert len(lab.spec(2)["big"]) == ABOVE_16_MB
    assert lab.run("lpad", "fsck") == "Everything agrees\n"
    lab.login.pad.rerun_fw(1)
    assert lab.login.state(1) == "READY"
    lab.run("lpad", "dump_wflow", "-i", "1", "-f", "dumped.json")
    lab.run("lpad", "add", "dumped.json")
    assert len(lab.spec(3)["big"]) == ABOVE_16_MB
    lab.login.pad.delete_wf(1)
    assert lab.login.pad.get_fw_ids() == [3, 4]


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"n": found}
    return found


def deep(depth: int) -> str:
    """A workflow whose spec is nested, as text; the json module itself refuses to write more."""
    tree = '{"n":' * depth + "{}" + "}" * depth
    spec = '{"_tasks": [{"_fw_name": "ScriptTask", "script": "true"}], "tree": ' + tree + "}"
    return '{"fws": [{"fw_id": 1, "spec": ' + spec + "}]}"


def test_a_spec_nested_900_deep(lab: Lab) -> None:
    (lab.login.folder / "deep.json").write_text(deep(900))
    lab.run("lpad", "add", "deep.json")
    assert lab.spec(1)["tree"] == nested(900)
    assert lab.login.get("get_fws", "-d", "all")["spec"]["tree"] == nested(900)
    lab.run("rlaunch", "-s", "singleshot")
    assert lab.login.state(1) == "COMPLETED"


def test_a_spec_nested_too_deep_is_refused(lab: Lab) -> None:
    (lab.login.folder / "deep.json").write_text(deep(200_000))
    said = lab.login.refuse("add", "deep.json")
    assert "deep.json" in said
    assert "nested" in said
    assert lab.login.pad.get_fw_ids() == []
