"""Long listings come page by page."""

from contextlib import closing
from itertools import islice

import pytest

from longfuse import LaunchPad
from longfuse.launchpad.lookup import PAGE

TASK = {"_fw_name": "ScriptTask", "script": "true"}


@pytest.fixture(scope="module")
def pad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lookup")
    with closing(LaunchPad(f"sqlite:///{folder}/launchpad.db", create=True)) as pad:
        two = [{"fw_id": n, "name": "even" if n == 2 else "odd", "spec": {"_tasks": [TASK]}} for n in (1, 2)]
        pad.add_documents({"fws": two, "links": {"1": [2]}, "name": "two"} for _ in range(PAGE + 100))
        yield pad


@pytest.mark.parametrize("limit", [0, 1, PAGE - 1, PAGE, PAGE + 1, 10**6])
@pytest.mark.parametrize("query", [None, {"name": "even"}, {"fw_id": {"$gt": 700}}, {"name": "none"}])
def test_the_stream_has_what_the_list_has(pad, query, limit):
    assert list(pad.each_fw_id(query, limit)) == pad.get_fw_ids(query, limit=limit)


@pytest.mark.parametrize("limit", [0, 1, PAGE, PAGE + 1])
@pytest.mark.parametrize("query", [None, {"nodes": {"$in": [3, 1102]}}, {"name": "none"}])
def test_the_same_of_workflows(pad, query, limit):
    found = list(pad.each_wf_id(query, limit))
    assert found == pad.get_wf_ids(query, limit=limit)
    assert all(fw_id % 2 for fw_id in found), "the first Firework of each"


def test_the_first_ones_come_before_the_last_ones_are_looked_for(pad):
    stream = pad.each_fw_id()
    assert list(islice(stream, PAGE)) == list(range(1, PAGE + 1))
    added = pad.add_documents([{"fws": [{"fw_id": 1, "spec": {"_tasks": [TASK]}}], "links": {}, "name": "late"}])
    assert list(stream)[-1] == added[0][1]
    pad.delete_wf(added[0][1])
