"""All or nothing, and a view is of one moment."""

import pytest

from longfuse.domain.graph import Changes, Node
from longfuse.domain.states import State
from longfuse.store.seam import Collection


def test_an_exception_rolls_everything_back(store, make):
    make.add(store, [make.firework(1)], launches=[make.launch(1, 1)], runs=[make.run(1, 1)])
    with store.read() as reader:
        before = reader.fireworks([1]), reader.launch_records([1]), reader.offline_runs([1]), reader.launchpad_id()
    with pytest.raises(KeyboardInterrupt):
        _change_everything_and_stop(store, make)
    with store.read() as reader:
        assert before == (
            reader.fireworks([1]),
            reader.launch_records([1]),
            reader.offline_runs([1]),
            reader.launchpad_id(),
        )
        assert reader.workflows([2]) == {}
    with store.write() as tx:
        assert tx.new_fw_ids(1) >= 2  # where ids come from sequences, a rollback leaves a gap


def test_a_transaction_sees_its_own_changes(store, make):
    with store.write() as tx:
        tx.insert_workflows([make.workflow([make.firework(1)])], [make.firework(1)], [])
        assert tx.nodes([1])[1].state is State.READY
        assert list(tx.find(Collection.FIREWORKS)) == [1]
        assert tx.take_ready(None) == [1]


def test_a_view_stays_as_it_was(store, make):
    make.add(store, [make.firework(1)])
    with store.read() as reader:
        assert reader.nodes([1, 2]).keys() == {1}
        make.add(store, [make.firework(2, 2)], wf_id=2)
        assert reader.nodes([1, 2]).keys() == {1}
    with store.read() as reader:
        assert reader.nodes([1, 2]).keys() == {1, 2}


def test_describe_and_use_after_close(store, make):
    make.add(store, [make.firework(1)])
    assert {"url", "backend", "schema"} <= store.describe().keys()
    store.close()
    with store.read() as reader:
        assert reader.nodes([1])


def _change_everything_and_stop(store, make):
    with store.write() as tx:
        tx.insert_workflows([make.workflow([], wf_id=2)], [make.firework(2, 2)], [(1, 2)])
        tx.apply(Changes(nodes={1: Node(fw_id=1, wf_id=1, state=State.RUNNING)}), make.time())
        tx.update_launches([make.launch(1, 1, state=State.RUNNING)])
        tx.put_offline_runs([make.run(1, 1, completed=True)])
        tx.new_fw_ids(10)
        tx.reset()
        raise KeyboardInterrupt
