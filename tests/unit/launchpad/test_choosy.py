"""A worker with a query of its own looks for what it may take before it holds up others."""

import threading
from contextlib import closing

import pytest

from longfuse import Firework, FWorker, LaunchPad, ScriptTask
from longfuse.domain.states import State

CHOOSY = FWorker("w", query={"spec.x": {"$gt": 5}})


@pytest.fixture
def pad(tmp_path, statements):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        for x in (9, 1, 7, 8):
            pad.add_wf(Firework(ScriptTask.from_str("true"), {"x": x, "_priority": x}))
        statements.clear()
        yield pad


def take(pad, worker=CHOOSY, state=State.RUNNING):
    taken = pad.reserve(worker, "/tmp/somewhere", state=state)
    return taken and taken.document["spec"]["x"]


def test_it_takes_the_best_that_match(pad):
    assert [take(pad) for _ in range(4)] == [9, 8, 7, None]


def test_many_at_once(pad):
    taken = pad.reserve_many(CHOOSY, [f"/tmp/{n}" for n in range(9)], tokens=[f"{n:032x}" for n in range(9)])
    assert [one.document["spec"]["x"] for one in taken] == [9, 8, 7]
    assert pad.reserve_many(CHOOSY, ["/tmp/9"], tokens=["a" * 32]) == []


def test_where_there_is_nothing_nobody_is_held_up(pad, statements):
    assert take(pad, FWorker(query={"spec.x": 100})) is None
    assert not pad.run_exists(FWorker(query={"spec.x": 100}))
    assert "BEGIN IMMEDIATE" not in statements
    assert take(pad) == 9
    assert statements.count("BEGIN IMMEDIATE") == 1


def test_only_what_was_found_is_asked_for_while_others_wait(pad, statements):
    assert take(pad) == 9
    inside = statements[statements.index("BEGIN IMMEDIATE") :]
    searches = [text for text in inside if "json_type(specs.spec" in text]
    assert searches
    assert all("fireworks.fw_id IN (SELECT value FROM json_each('[" in text for text in searches), searches


def test_each_is_taken_once_by_many(pad):
    for x in range(10, 60):
        pad.add_wf(Firework(ScriptTask.from_str("true"), {"x": x}))
    url, got = pad._store.describe()["url"], []

    def work():
        with closing(LaunchPad(url)) as mine:
            while (x := take(mine)) is not None:
                got.append(x)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(got) == [7, 8, 9, *range(10, 60)]
