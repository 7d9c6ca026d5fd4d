"""The engine's changes, made in a store."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from longfuse.domain.engine import workflow_state
from longfuse.domain.graph import Changes, MemoryGraph, NewNode, Node, Tally
from longfuse.domain.states import State
from longfuse.store.memory import MemoryStore
from longfuse.store.open import open_store


def test_nodes_and_tally(store, make):
    first, *_ = make.diamond(store)
    node = replace(first.node, state=State.FIZZLED, blocking=True, waiting_for=7, tolerant=True, leaf=True)
    tally = Tally({State.FIZZLED: 1, State.WAITING: 3}, 1, 1)
    now = make.time()
    with store.read() as reader:
        before = reader.fireworks([1, 2]), reader.workflows([1])[1]
    with store.write() as tx:
        tx.apply(Changes(nodes={1: node}, tallies={1: tally}), now)
    with store.read() as reader:
        assert reader.nodes([1]) == {1: node}
        assert reader.tallies([1]) == {1: tally}
        expected = replace(before[1], tally=tally, state=State.FIZZLED, updated_on=now)
        assert reader.workflows([1]) == {1: expected}
        assert reader.fireworks([1, 2]) == {1: replace(before[0][1], node=node, updated_on=now), 2: before[0][2]}


def test_specs(store, make):
    make.diamond(store)
    now = make.time()
    with store.write() as tx:
        tx.apply(Changes(specs={2: {"_priority": 3, "x": [1]}}), now)
    with store.read() as reader:
        assert reader.specs([1, 2]) == {1: {"_tasks": []}, 2: {"_priority": 3, "x": [1]}}
        assert reader.fireworks([2])[2].updated_on == now


def test_a_new_priority_counts_at_once(store, make):
    make.add(store, [make.firework(1, spec={"_priority": 5}), make.firework(2, spec={"_priority": 4})])
    with store.write() as tx:
        assert tx.take_ready(None, limit=2) == [1, 2]
        tx.apply(Changes(specs={2: {"_priority": 6}}), make.time())
        assert tx.take_ready(None, limit=2) == [2, 1]
        tx.apply(Changes(specs={2: {}}), make.time())
        assert tx.take_ready(None, limit=2) == [1, 2]


def test_added_fireworks_and_links(store, make):
    make.diamond(store)
    now = make.time()
    node = Node(fw_id=5, wf_id=1, state=State.WAITING, waiting_for=1)
    with store.write() as tx:
        tx.apply(Changes(added=[NewNode(node=node, name="new", spec={"x": 1})], links=[(4, 5), (1, 5)]), now)
        assert tx.new_fw_ids(1) == 6
    with store.read() as reader:
        record = reader.fireworks([5])[5]
        assert (record.node, record.name, record.spec) == (node, "new", {"x": 1})
        assert (record.created_on, record.updated_on) == (now, now)
        assert reader.parents([5]) == {5: [1, 4]}
        assert reader.children([1, 5]) == {1: [2, 3, 5], 5: []}
        assert reader.members(1) == [1, 2, 3, 4, 5]


def test_archived_launches_no_longer_count(store, make):
    make.add(
        store, [make.firework(1), make.firework(2)], launches=[make.launch(1, 1), make.launch(2, 1), make.launch(3, 2)]
    )
    now = make.time()
    with store.write() as tx:
        tx.apply(Changes(archived=[1]), now)
    with store.read() as reader:
        assert {i: [x.launch_id for x in found] for i, found in reader.launches([1, 2]).items()} == {1: [], 2: [3]}
        assert [x.archived for x in reader.launch_records_of([1])[1]] == [True, True]
        assert reader.fireworks([1])[1].updated_on == now


def test_a_transaction_sees_what_it_has_changed(store, make):
    make.diamond(store)
    tally = Tally({State.RUNNING: 1, State.WAITING: 3}, 1, 0)
    done = {"stored_data": {"x": 1}}
    with store.write() as tx:
        assert (tx.launch_records_of([1]), tx.launches([1]), len(tx.workflows([1]))) == ({1: []}, {1: []}, 1)
        launch = make.launch(1, 1, state=State.RUNNING, action=done)
        tx.insert_launches([launch])
        assert [(x.state, x.action) for x in tx.launches([1, 2])[1]] == [(State.RUNNING, None)]
        assert tx.launch_records_of([1]) == {1: [launch]}
        tx.update_launches([replace(launch, state=State.COMPLETED)])
        assert [(x.state, x.action) for x in tx.launches([1])[1]] == [(State.COMPLETED, done)]
        assert len(tx.launch_records_of([1])[1]) == 1
        tx.apply(Changes(tallies={1: tally}), make.time())
        assert tx.tallies([1, 99]) == {1: tally}
        tx.apply(Changes(archived=[1]), make.time())
        assert tx.launches([1]) == {1: []}
        assert tx.tallies([1]) == {1: tally}


def test_no_changes_change_nothing(store, make):
    make.diamond(store)
    with store.read() as reader:
        before = reader.fireworks([1, 2, 3, 4]), reader.workflows([1])
    with store.write() as tx:
        tx.apply(Changes(), make.time())
    with store.read() as reader:
        assert before == (reader.fireworks([1, 2, 3, 4]), reader.workflows([1]))


# --- any changes, against the graph in memory

SIZE = 5
FW_IDS = st.integers(1, SIZE)
SPECS = st.dictionaries(
    st.sampled_from(["_priority", "x", "ä"]),
    st.integers() | st.floats(allow_nan=False) | st.text() | st.none(),
    max_size=3,
)
STATES = st.sampled_from(State)


def nodes_of(fw_ids):
    return st.builds(
        Node,
        fw_id=fw_ids,
        wf_id=st.just(1),
        state=STATES,
        waiting_for=st.integers(0, 9),
        tolerant=st.booleans(),
        leaf=st.booleans(),
        blocking=st.booleans(),
    )


TALLIES = st.builds(
    Tally, st.dictionaries(STATES, st.integers(1, 5), min_size=1), st.integers(0, SIZE), st.integers(0, SIZE)
)


@st.composite
def change_sets(draw):
    """A few batches; each adds Fireworks above those that are there, and links that are not there yet."""
    batches, top, linked = [], SIZE, set()
    for _ in range(draw(st.integers(1, 4))):
        added = [
            NewNode(node=draw(nodes_of(st.just(top + i))), name=draw(st.text(max_size=5)), spec=draw(SPECS))
            for i in range(1, draw(st.integers(0, 3)) + 1)
        ]
        ids = st.integers(1, top)
        top += len(added)
        pairs = st.tuples(st.integers(1, top), st.integers(1, top)).filter(lambda pair: pair[0] < pair[1])
        links = [pair for pair in draw(st.lists(pairs, unique=True, max_size=4)) if pair not in linked]
        linked.update(links)
        changed = draw(st.lists(nodes_of(ids), max_size=4))
        batches.append(
            Changes(
                nodes={node.fw_id: node for node in changed},
                specs=draw(st.dictionaries(ids, SPECS, max_size=3)),
                added=added,
                links=links,
                archived=draw(st.lists(ids, unique=True, max_size=2)),
                tallies={1: draw(TALLIES)} if draw(st.booleans()) else {},
            )
        )
    return batches


@settings(max_examples=40, deadline=None)
@given(batches=change_sets(), launches=st.lists(st.tuples(FW_IDS, STATES), max_size=6))
def test_stores_and_the_graph_in_memory_agree(make_type, batches, launches):
    with TemporaryDirectory() as folder:
        sqlite = open_store(f"sqlite:///{Path(folder)}/pad.db", create=True)
        stores = [MemoryStore(), sqlite]
        views = [_after(store, make_type(), batches, launches) for store in stores]
        sqlite.close()
    graph = MemoryGraph()
    make = make_type()
    fireworks = [make.firework(i) for i in range(1, SIZE + 1)]
    added = [NewNode(node=record.node, name=record.name, spec=record.spec) for record in fireworks]
    graph.insert(added, [], {1: make.workflow(fireworks).tally})
    for changes in batches:
        graph.apply(changes)
    everything = graph.members(1)
    for view in views:
        assert view["nodes"] == graph.nodes(everything)
        assert view["specs"] == graph.specs(everything)
        assert view["children"] == graph.children(everything)
        assert view["parents"] == graph.parents(everything)
        assert view["members"] == everything
        assert view["tallies"] == graph.tallies([1])
        assert view["workflows"][1].state is workflow_state(graph.tally_of[1])
    assert views[0] == views[1]


def _after(store, make, batches, launches):
    fireworks = [make.firework(i) for i in range(1, SIZE + 1)]
    records = [make.launch(i, fw_id, state=state) for i, (fw_id, state) in enumerate(launches, 1)]
    make.add(store, fireworks, launches=records)
    for changes in batches:
        with store.write() as tx:
            tx.apply(changes, make.time())
    with store.read() as reader:
        members = reader.members(1)
        return {
            "nodes": reader.nodes(members),
            "specs": reader.specs(members),
            "children": reader.children(members),
            "parents": reader.parents(members),
            "members": members,
            "tallies": reader.tallies([1]),
            "workflows": reader.workflows([1]),
            "fireworks": reader.fireworks(members),
            "launches": reader.launches(members),
            "launch_records": reader.launch_records_of(members),
            "documents": reader.documents(members),
        }
