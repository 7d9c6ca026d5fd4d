"""Ids are never used twice, and a reset starts at 1 again."""

import pytest


def test_new_ids_are_consecutive_and_separate(store):
    with store.write() as tx:
        assert [tx.new_fw_ids(3), tx.new_fw_ids(1)] == [1, 4]
        assert [tx.new_wf_ids(2), tx.new_launch_ids(5)] == [1, 1]
    with store.write() as tx:
        assert [tx.new_fw_ids(1), tx.new_wf_ids(1), tx.new_launch_ids(1)] == [5, 3, 6]


def test_a_view_gives_no_ids(store):
    with store.read() as reader, pytest.raises(NotImplementedError):
        reader.new_fw_ids(1)


def test_ids_chosen_by_the_caller_are_not_given_again(store, make):
    make.add(store, [make.firework(7, 4)], launches=[make.launch(9, 7)], wf_id=4)
    with store.write() as tx:
        assert [tx.new_fw_ids(1), tx.new_wf_ids(1), tx.new_launch_ids(1)] == [8, 5, 10]


def test_small_chosen_ids_do_not_turn_the_counter_back(store, make):
    with store.write() as tx:
        tx.new_fw_ids(100)
    make.add(store, [make.firework(7)])
    with store.write() as tx:
        assert tx.new_fw_ids(1) == 101


def test_ids_of_deleted_records_are_not_given_again(store, make):
    make.add(store, [make.firework(1)], launches=[make.launch(1, 1)])
    with store.write() as tx:
        tx.delete_workflows([1])
    with store.write() as tx:
        assert [tx.new_fw_ids(1), tx.new_wf_ids(1), tx.new_launch_ids(1)] == [2, 2, 2]


def test_reset_empties_and_starts_at_1(store, make):
    make.add(store, [make.firework(1)], launches=[make.launch(1, 1)], runs=[make.run(1, 1)])
    with store.read() as reader:
        before = reader.launchpad_id()
    with store.write() as tx:
        tx.reset()
        assert [tx.new_fw_ids(1), tx.new_wf_ids(1), tx.new_launch_ids(1)] == [1, 1, 1]
    with store.read() as reader:
        assert reader.launchpad_id() != before
        assert reader.fireworks([1]) == reader.workflows([1]) == reader.launch_records([1]) == {}
        assert reader.offline_runs([1]) == {}
    make.add(store, [make.firework(2)])


def test_launchpad_id_is_random_and_stays(store):
    with store.read() as reader:
        first = reader.launchpad_id()
    with store.write() as tx:
        tx.new_fw_ids(1)
        assert tx.launchpad_id() == first
    assert len(first) == 32
    assert int(first, 16)
