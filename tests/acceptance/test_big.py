"""Specs and results of 50 MB, through the real commands, on each database."""

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
LISTED_MIB = 800
"""What a listing may take, whose values are 400 MB together; a value is there as text, as JSON and as bytes."""

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
        (folder / "big_tasks.py").write_text(TASKS)
        if url is not None:
            self.login.pad.close()
            (folder / "my_launchpad.yaml").write_text(f"url: {url}\n")
            self.login.pad = LaunchPad(url)

    def run(self, *argv: str) -> str:
        done = self.login.run("env", f"PYTHONPATH={self.login.folder}", *argv)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def write(self, name: str, how: str) -> str:
        """A file with a workflow of two, the first of which has a big spec."""
        fws = [
            fw(1, {"_fw_name": "{{big_tasks.Big}}"}, big="x" * SIZE, how=how),
            fw(2, {"_fw_name": "ScriptTask", "script": "true"}),
        ]
        path = self.login.folder / name
        path.write_text(json.dumps({"fws": fws, "links": {"1": [2]}, "name": how, "metadata": {}}))
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


@pytest.mark.timeout(600)
def test_50_mb_online(lab: Lab) -> None:
    for number, how in enumerate(("stored", "update", "mod", "detour")):
        lab.run("lpad", "add", lab.write("wf.yaml" if number == 0 else "wf.json", how))
    for fw_id in (1, 3, 5, 7):
        lab.run("rlaunch", "-s", "singleshot", "-f", str(fw_id))
        assert lab.login.state(fw_id) == "COMPLETED"
    (launch,) = lab.login.pad.get_fw_dict_by_id(1)["launches"]
    assert len(launch["action"]["stored_data"]["result"]) == SIZE
    assert len(lab.spec(4)["big"]) == len(lab.spec(6)["changed"]) == len(lab.spec(9)["big"]) == SIZE

    assert lab.peak_mib("lpad", "get_fws", "-d", "all") < LISTED_MIB
    shown = json.loads((lab.login.folder / "out").read_text())
    assert [len(one["spec"].get("big", "")) for one in shown] == [SIZE, 0, SIZE, SIZE, SIZE, 0, SIZE, 0, SIZE]
    del shown
    small = lab.peak_mib("lpad", "get_fws", "-i", "2")
    for listing in (["get_fws"], ["get_wflows", "-d", "all"], ["defuse_fws", "-i", "9"]):
        assert lab.peak_mib("lpad", *listing) < small + (SIZE >> 20), listing


@pytest.mark.timeout(600)
def test_50_mb_offline(lab: Lab) -> None:
    lab.run("lpad", "add", lab.write("wf.json", "update"))
    place = lab.login.submit(1)
    lab.run("sh", "-c", f"cd '{place}' && rlaunch -s singleshot --offline")
    lab.run("lpad", "recover_offline")
    assert lab.login.state(1) == "COMPLETED"
    assert len(lab.spec(2)["big"]) == SIZE
    assert lab.run("lpad", "fsck") == "Everything agrees\n"
    lab.run("lpad", "rerun_fws", "-i", "1")
    assert lab.login.state(1) == "READY"
    lab.run("lpad", "dump_wflow", "-i", "1", "-f", "dumped.json")
    lab.run("lpad", "add", "dumped.json")
    assert len(lab.spec(3)["big"]) == SIZE
    lab.run("lpad", "delete_wflows", "-i", "1")
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
