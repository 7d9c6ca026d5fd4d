"""Launches that several Fireworks share."""

import pytest

from longfuse.domain.graph import Changes
from longfuse.domain.query import parse
from longfuse.domain.states import State
from longfuse.store.seam import Collection


@pytest.fixture
def shared(store, make):
    """Workflows of one Firework each: launch 11 is Firework 1's; 2 and 3 share it. Launch 13 is 3's alone."""
    for fw_id in (1, 2, 3):
        launches = [make.launch(10 + fw_id, fw_id, state=State.COMPLETED, action={"a": fw_id})] if fw_id != 2 else []
        runs = [make.run(launch.launch_id, fw_id) for launch in launches]
        make.add(store, [make.firework(fw_id, fw_id)], launches=launches, runs=runs, wf_id=fw_id)
    change(store, make, shared=[(2, 11), (3, 11)])
    return store


def change(store, make, **changes):
    with store.write() as tx:
        tx.apply(Changes(**changes), make.time())


def having(store):
    """The launches of each Firework, archived ones negative; and who shares each."""
    with store.read() as reader:
        ids = list(reader.nodes([1, 2, 3]))
        records = reader.launch_records_of(ids)
        current = {i: [x.launch_id for x in reader.launches(ids)[i]] for i in ids}
        assert current == {i: [x.launch_id for x in records[i] if not x.archived] for i in ids}
        return {i: [-x.launch_id if x.archived else x.launch_id for x in records[i]] for i in ids}


def test_it_is_a_launch_of_each(shared):
    assert having(shared) == {1: [11], 2: [11], 3: [11, 13]}
    with shared.read() as reader:
        assert reader.sharers([11, 13, 99]) == {11: [1, 2, 3]}
        [view] = reader.launches([2])[2]
        assert (view.state, view.action) == (State.COMPLETED, {"a": 1})
        assert reader.launch_records([11])[11].fw_id == 1
        assert [x["launch_id"] for x in reader.documents([2])[2]["launches"]] == [11]


def test_queries_see_it(shared):
    def found(query):
        with shared.read() as reader:
            return list(reader.find(Collection.FIREWORKS, parse(query)))

    assert found({"launches": 11}) == [1, 2, 3]
    assert found({"launches": [11, 13]}) == [3]
    assert found({"archived_launches": {"$ne": []}}) == []
    with shared.read() as reader:
        assert reader.fireworks_of_launches(parse({"launch_id": 11})) == [1, 2, 3]
        assert reader.fireworks_of_launches(parse({"launch_id": 13})) == [3]
        assert reader.count(Collection.LAUNCHES) == 2


def test_one_that_shares_archives_it_for_itself(shared, make):
    change(shared, make, archived=[2])
    assert having(shared) == {1: [11], 2: [-11], 3: [11, 13]}
    with shared.read() as reader:
        assert reader.sharers([11]) == {11: [1, 3]}
        assert reader.fireworks_of_launches(parse({"launch_id": 11})) == [1, 3]


def test_it_passes_on_when_its_own_archives_it(shared, make):
    change(shared, make, archived=[1])
    assert having(shared) == {1: [-11], 2: [11], 3: [11, 13]}
    with shared.read() as reader:
        launch = reader.launch_records([11])[11]
        assert (launch.fw_id, launch.archived) == (2, False)
        assert reader.offline_runs([11])[11].fw_id == 2
        assert reader.sharers([11]) == {11: [2, 3]}


def test_all_archive_it(shared, make):
    change(shared, make, archived=[1, 2, 3])
    assert having(shared) == {1: [-11], 2: [-11], 3: [-11, -13]}
    with shared.read() as reader:
        assert reader.launch_records([11])[11].archived
        assert reader.sharers([11]) == {11: []}


def test_it_is_shared_again(shared, make):
    change(shared, make, archived=[2])
    change(shared, make, shared=[(2, 11)])
    assert having(shared) == {1: [11], 2: [11], 3: [11, 13]}


def test_it_passes_to_the_one_that_shares_it_again(shared, make):
    change(shared, make, archived=[1, 2, 3])
    change(shared, make, shared=[(3, 11)])
    assert having(shared) == {1: [-11], 2: [-11], 3: [11, -13]}
    with shared.read() as reader:
        assert reader.launch_records([11])[11].fw_id == 3


def test_it_outlives_the_workflow_of_its_own(shared):
    with shared.write() as tx:
        tx.delete_workflows([1])
    assert having(shared) == {2: [11], 3: [11, 13]}
    with shared.read() as reader:
        assert reader.launch_records([11])[11].fw_id == 2
        assert reader.offline_runs([11])[11].fw_id == 2


def test_it_passes_to_the_one_for_which_it_counts(shared, make):
    change(shared, make, archived=[2])
    with shared.write() as tx:
        tx.delete_workflows([1])
    assert having(shared) == {2: [-11], 3: [11, 13]}


def test_it_goes_with_the_last_that_has_it(shared):
    with shared.write() as tx:
        tx.delete_workflows([1, 2])
        tx.delete_workflows([3])
    with shared.read() as reader:
        assert reader.launch_records([11, 13]) == {}
    with shared.write() as tx:
        assert tx.offline_runs([11]) == {}


def test_one_that_shares_goes_and_leaves_it(shared):
    with shared.write() as tx:
        tx.delete_workflows([2])
    assert having(shared) == {1: [11], 3: [11, 13]}


def test_a_reset_forgets_it(shared):
    with shared.write() as tx:
        tx.reset()
    with shared.read() as reader:
        assert reader.sharers([11]) == {}


def test_equal_specs_with_a_finder_are_found(store, make):
    spec = {"_dupefinder": {"_fw_name": "DupeFinderExact"}, "x": 1}
    specs = {1: spec, 2: {**spec, "x": 2}, 3: {"x": 1.0, **spec}, 4: {"x": 1}}
    make.add(store, [make.firework(fw_id, spec=spec) for fw_id, spec in specs.items()])

    def equal():
        with store.read() as reader:
            return list(reader.find(Collection.FIREWORKS, parse({"spec": {"$eq": spec}, "state": "READY"})))

    assert equal() == [1, 3]
    change(store, make, specs={2: spec, 3: {"x": 1}, 4: {"y": 1}})
    assert equal() == [1, 2]
