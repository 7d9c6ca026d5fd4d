"""jobflow, as it comes: its own FireWorks manager makes the workflows, and Longfuse runs them, online and offline."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.login import Login

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

PATIENCE_S = 300
"""Importing jobflow takes its time on a busy machine."""


class Site(Login):
    """A login node whose user writes flows."""

    def call(self, *argv: str) -> str:
        process = self.start(*argv)
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, stdout + stderr
        return stdout

    def put(self, flow: str) -> None:
        """Add a flow of ``lf_flows``, which says ``from fireworks import LaunchPad``."""
        self.call(sys.executable, "-c", f"import longfuse.compat.alias, lf_flows; lf_flows.put({flow!r})")

    def run_online(self) -> None:
        self.call("rlaunch", "rapidfire")

    def run_offline(self) -> None:
        while ready := self.pad.get_fw_ids({"state": "READY"}):
            for fw_id in ready:
                place = self.submit(fw_id)
                self.call(sys.executable, "-c", _job_in(place))
            self.recover()

    def outputs(self) -> dict[str, list[Any]]:
        """What each job of this name put into the JobStore, sorted."""
        found: dict[str, list[Any]] = {}
        for document in json.loads((self.folder / "outputs.json").read_text()):
            found.setdefault(document["name"], []).append(document["output"])
        return {name: sorted(values, key=str) for name, values in found.items()}

    def states(self) -> dict[str, str]:
        """Each Firework's state by its name and id."""
        states: dict[str, str] = self.pad.get_wf_summary_dict(1)["states"]
        return states


def _job_in(place: Path) -> str:
    """A compute node: it is told its directory, and that is all."""
    return (
        f"import os; os.chdir({str(place)!r}); from longfuse.cli.rlaunch import main; main(['singleshot', '--offline'])"
    )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "login node")


@pytest.fixture(params=[Site.run_online, Site.run_offline], ids=["online", "offline"])
def run(request: pytest.FixtureRequest) -> Callable[[Site], None]:
    return request.param


@pytest.mark.timeout(PATIENCE_S)
def test_a_flow_whose_jobs_read_each_others_output(site: Site, run: Callable[[Site], None]) -> None:
    site.put("chain")
    workflow = site.pad.get_wf_dict_by_fw_id(1)
    assert (workflow["name"], workflow["metadata"], len(workflow["fws"])) == ("chain", {"made": "by jobflow"}, 2)
    run(site)
    assert set(site.states().values()) == {"COMPLETED"}
    assert site.outputs() == {"add": [3, 8]}


@pytest.mark.timeout(PATIENCE_S)
def test_a_job_that_is_replaced_by_a_flow_of_its_own(site: Site, run: Callable[[Site], None]) -> None:
    site.put("replacing")
    run(site)
    assert set(site.states().values()) == {"COMPLETED"}
    assert len(site.states()) == 6  # two more additions, and the job that takes their outputs to the one replaced
    outputs = site.outputs()
    assert (outputs["add"], outputs["total"]) == ([10, 11], [21])


@pytest.mark.timeout(PATIENCE_S)
def test_a_detour_comes_before_the_children(site: Site, run: Callable[[Site], None]) -> None:
    site.put("detour")
    run(site)
    assert set(site.states().values()) == {"COMPLETED"}
    assert site.outputs() == {"with_detour": [1], "add": [101, 2]}
    ended = {
        document["fw_id"]: document["launches"][0]["time_end"] for document in map(site.pad.get_fw_dict_by_id, (1, 3))
    }
    assert ended[3] < ended[1]


@pytest.mark.timeout(PATIENCE_S)
def test_an_addition_with_stored_data(site: Site, run: Callable[[Site], None]) -> None:
    site.put("addition")
    run(site)
    assert site.outputs() == {"with_addition": [1], "add": [2]}
    launch = site.pad.launches.find_one({"fw_id": 1})
    assert launch is not None
    assert launch["action"]["stored_data"] == {"because": "one more"}


@pytest.mark.timeout(PATIENCE_S)
def test_a_job_that_stops_its_children(site: Site, run: Callable[[Site], None]) -> None:
    site.put("stopping")
    run(site)
    assert sorted(site.states().values()) == ["COMPLETED", "DEFUSED"]
    assert site.outputs() == {"last_of_its_line": [1]}


@pytest.mark.timeout(PATIENCE_S)
def test_a_job_that_fails_and_a_child_that_does_not_mind(site: Site, run: Callable[[Site], None]) -> None:
    site.put("failing")
    run(site)
    assert site.outputs() == {"in_spite_of_it": ["saw None"]}
    assert sorted(site.states().values()) == ["COMPLETED", "FIZZLED"]


@pytest.mark.timeout(PATIENCE_S)
def test_one_job_with_wishes_for_the_manager(site: Site, run: Callable[[Site], None]) -> None:
    site.put("one_job")
    spec = site.pad.get_fw_dict_by_id(1)["spec"]
    assert (spec["_category"], spec["_priority"], spec["tags"]) == ("small", 3, ["mine"])
    run(site)
    document = json.loads((site.folder / "outputs.json").read_text())[0]
    assert (document["output"], document["metadata"]) == (2, {"tags": ["mine"], "fw_id": 1})
