"""Counting no further than is needed, and walking an order where very many match."""

import pytest

from longfuse import Firework, LaunchPad, ScriptTask
from longfuse.domain.query import parse
from longfuse.domain.states import State
from longfuse.store import sizes
from longfuse.store.seam import Collection
from longfuse.store.search import SEARCHABLE

ABOUT = SEARCHABLE[Collection.FIREWORKS]


@pytest.fixture
def pad(tmp_path):
    pad = LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True)
    pad.bulk_add_wfs([Firework(ScriptTask.from_str("true"), name=f"n{i % 2}") for i in range(40)])
    for fw_id in range(1, 12):
        pad.defuse_fw(fw_id)
    for fw_id in range(12, 15):
        pad.pause_fw(fw_id)
    yield pad
    pad.close()


@pytest.mark.parametrize("bound", [1, 2, 3, 4, 11, 12, 26, 27, 1000])
def test_states_are_counted_rightly_wherever_counting_stops(pad, bound):
    with pad._store.read() as reader:
        found = sizes.state_counts(reader._connection, ABOUT, bound)
    assert found == {State.DEFUSED: 11, State.PAUSED: 3, State.READY: 26}


def test_an_empty_launchpad_has_no_states(tmp_path):
    pad = LaunchPad(f"sqlite:///{tmp_path}/pad.db", create=True)
    assert pad.get_state_counts() == {}
    assert pad.get_fw_ids({"state": "READY"}, count_only=True) == 0
    pad.close()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"name": "x"}, ("name", "x")),
        ({"state": {"$eq": "READY"}}, ("state", "READY")),
        ({"$and": [{"state": "READY"}]}, ("state", "READY")),
        ({"name": 5}, None),
        ({"name": None}, None),
        ({"name": {"$in": ["x", "y"]}}, None),
        ({"name": "x", "state": "READY"}, None),
        ({"spec.name": "x"}, None),
        ({"$or": [{"name": "x"}, {"name": "y"}]}, None),
    ],
)
def test_what_a_filter_says(query, said):
    assert sizes.said_of(parse(query)) == said


def test_many_are_told_from_few(pad):
    with pad._store.read() as reader:
        connection = reader._connection
        assert sizes.are_many(connection, ABOUT, parse({"name": "n0"}), bound=20)
        assert not sizes.are_many(connection, ABOUT, parse({"name": "n0"}), bound=21)
        assert not sizes.are_many(connection, ABOUT, None, bound=1)
