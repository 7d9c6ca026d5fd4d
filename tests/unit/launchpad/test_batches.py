"""Changes to many at once: what each does to each, and how many statements and transactions that takes."""

from contextlib import closing
from itertools import chain, repeat
from threading import Thread
from time import monotonic

import pytest

from longfuse import FWAction, FWorker, LaunchPad
from longfuse.errors import NotFoundError
from longfuse.launchpad import batches

TASK = {"_fw_name": "ScriptTask", "script": "true"}
BEGIN = "BEGIN IMMEDIATE"


@pytest.fixture
def pad(tmp_path, statements):
    with closing(LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)) as pad:
        yield pad


def add(pad, number, members=2, **spec):
    """Workflows of one parent and its children."""
    fws = [{"fw_id": n, "name": f"f{n}", "spec": {"_tasks": [TASK], **spec}} for n in range(1, members + 1)]
    links = {"1": list(range(2, members + 1))}
    pad.add_documents({"fws": fws, "links": links, "name": "w"} for _ in range(number))


def complete(pad, fw_id, action=None):
    _, launch_id = pad.checkout_fw(FWorker(), "/somewhere", fw_id=fw_id)
    pad.complete_launch(launch_id, action)


# --- which batches
def test_fireworks_some_hundreds_at_a_time(pad):
    add(pad, 3)
    ids = [6, 1, 99, 2, *range(1000, 1000 + batches.FIREWORKS)]
    found = list(pad.in_batches(iter(ids)))
    assert [i for batch in found for i in batch] == ids
    assert [len(batch) for batch in found] == [batches.FIREWORKS, 4]
    assert list(pad.in_batches([])) == []


def test_big_specs_share_a_batch_with_few(pad):
    add(pad, 3, 1, text="x" * 9_000_000)
    assert list(pad.in_batches([1, 2, 3])) == [[1], [2], [3]]


def test_workflows_as_many_as_have_a_thousand_fireworks(pad):
    add(pad, 3, 400)
    add(pad, batches.WORKFLOWS, 1)
    add(pad, 2, batches.MEMBERS + 1)
    firsts = list(pad.each_wf_id())
    found = list(pad.in_batches(firsts, workflows=True))
    assert [i for batch in found for i in batch] == firsts
    assert [len(batch) for batch in found] == [2, batches.WORKFLOWS - 2, 3, 1, 1]


def test_others_are_let_in_between_two_batches(pad):
    """SQLite's lock goes to whoever asks first when it is free, and who waits looks for it every 100 ms."""
    add(pad, 300, 1)
    taken, url = [], pad._store.describe()["url"]

    def take():
        with closing(LaunchPad(url)) as mine:
            taken.extend(mine.reserve(FWorker(), f"/tmp/{n}", fw_id=n) for n in range(1, 6))

    other = Thread(target=take)
    other.start()
    deadline = monotonic() + 100
    ids = chain.from_iterable(repeat(range(6, 301)))
    for n, batch in enumerate(pad.in_batches(ids)):
        (pad.resume_fws if n % 2 else pad.pause_fws)(sorted(set(batch)))
        if not other.is_alive() or monotonic() > deadline:
            break
    assert not other.is_alive()
    assert len(taken) == 5
    other.join()


# --- what is done
def test_each_of_many(pad):
    add(pad, 3)
    assert set(pad.pause_fws([1, 3, 5]).values()) == {"PAUSED"}
    assert pad.resume_fws([5, 1, 3]) == {1: "READY", 3: "READY", 5: "READY"}
    assert pad.defuse_fws([1, 4]) == {1: "DEFUSED", 4: "DEFUSED"}
    assert pad.reignite_fws([1, 4, 1]) == {1: "READY", 4: "WAITING"}
    assert pad.rerun_fws([1, 2, 3]) == [1, 3]
    pad.defuse_wfs([1, 4])
    assert pad.get_fw_ids({"state": "DEFUSED"}) == [1, 2, 3, 4]
    pad.reignite_wfs([2, 3])
    pad.pause_wfs([1, 2, 5])
    assert pad.get_fw_ids({"state": "PAUSED"}) == [1, 2, 5, 6]
    pad.archive_wfs([1, 3])
    assert pad.get_fw_ids({"state": "ARCHIVED"}) == [1, 2, 3, 4]
    assert pad.delete_wfs([1, 2, 6]) == []
    assert pad.get_fw_ids() == [3, 4]


@pytest.mark.parametrize("method", ["pause_fws", "defuse_fws", "rerun_fws", "archive_wfs", "delete_wfs", "defuse_wfs"])
def test_an_unknown_one_leaves_the_whole_batch_alone(pad, method):
    add(pad, 2)
    with pytest.raises(NotFoundError, match="99"):
        getattr(pad, method)([1, 3, 99])
    assert pad.get_fw_ids({"state": "READY"}) == [1, 3]


def test_one_settles_before_the_next(pad):
    """What comes back with a result is told to those that come after it."""
    add(pad, 1)
    complete(pad, 1, FWAction(defuse_children=True))
    pad.archive_wfs([1])
    add(pad, 1)
    complete(pad, 3)
    assert pad.defuse_fws([3, 4]) == {3: "DEFUSED", 4: "DEFUSED"}
    assert pad.reignite_fws([3, 4]) == {3: "READY", 4: "WAITING"}


def test_launch_directories_of_many(pad, tmp_path):
    add(pad, 3, 1)
    places = [tmp_path / str(n) for n in range(3)]
    for place in places:
        place.mkdir()
        pad.checkout_fw(FWorker(), str(place))
    assert sorted(pad.delete_wfs([1, 2], delete_launch_dirs=True)) == sorted(map(str, places[:2]))
    assert [place.exists() for place in places] == [False, False, True]


# --- what it costs
@pytest.mark.parametrize(
    "method", ["pause_fws", "defuse_fws", "rerun_fws", "reignite_fws", "defuse_wfs", "archive_wfs", "delete_wfs"]
)
@pytest.mark.parametrize("run", [False, True])
def test_a_batch_is_one_transaction_of_few_statements(pad, statements, method, run):
    """SQLite tells each row of an ``executemany``; what is read is read for all."""
    add(pad, 40)
    ids = pad.get_fw_ids({"name": "f1"})
    for fw_id in ids if run else ():
        complete(pad, fw_id)
    statements.clear()
    getattr(pad, method)(ids)
    assert statements.count(BEGIN) == 1
    asked = [text for text in statements if text.startswith(("SELECT", "WITH"))]
    each = 2 if method.endswith("wfs") else 0
    assert len(asked) <= 25 + each * len(ids), asked
