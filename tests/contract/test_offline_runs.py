"""The relay's memory."""

from dataclasses import replace

from longfuse.domain.graph import Changes
from longfuse.store.records import OpenRun


def test_put_adds_and_replaces(store, make):
    run = make.run(1, 1)
    make.add(store, [make.firework(1)], launches=[make.launch(1, 1), make.launch(2, 1)], runs=[run])
    seen = replace(
        run, signature="sig", problem="half-written", updated_on=make.time(), completed=True, deprecated=True
    )
    other = make.run(2, 1, name="ä")
    with store.write() as tx:
        assert tx.offline_runs([1, 2]) == {1: run}
        tx.put_offline_runs([seen, other])
        tx.put_offline_runs([])
    with store.read() as reader:
        assert reader.offline_runs([1, 2, 3]) == {1: seen, 2: other}


def test_open_runs_are_those_the_relay_looks_at(store, make):
    launches = [make.launch(i, 1) for i in (1, 2, 3)]
    launches += [make.launch(4, 1, archived=True), make.launch(5, 1, worker="other"), make.launch(6, 1)]
    runs = [
        make.run(5, 1),
        make.run(1, 1),
        make.run(2, 1, deprecated=True),
        make.run(3, 1, completed=True),
        make.run(4, 1),
    ]
    make.add(store, [make.firework(1)], launches=launches, runs=runs)
    with store.read() as reader:
        assert [run.launch_id for run in reader.open_offline_runs(None)] == [1, 4, 5]
        assert [run.launch_id for run in reader.open_offline_runs("worker")] == [1, 4]
        assert [run.launch_id for run in reader.open_offline_runs("other")] == [5]
        assert reader.open_offline_runs("") == []


def test_an_open_run_tells_of_both_records_what_a_look_needs(store, make):
    launch = make.launch(1, 1, worker="w", reservation_id="77", queue={"q_type": "SLURM"}, token="t", archived=True)
    run = make.run(1, 1, name="ä", signature="s")
    make.add(store, [make.firework(1)], launches=[launch], runs=[run])
    with store.read() as reader:
        [told] = reader.open_offline_runs(None)
    assert told == OpenRun(
        launch_id=1,
        fw_id=1,
        name="ä",
        created_on=run.created_on,
        signature="s",
        state=launch.state,
        launch_dir=launch.launch_dir,
        worker="w",
        reservation_id="77",
        archived=True,
        token="t",
        attempt=0,
        queue={"q_type": "SLURM"},
        state_history=launch.state_history,
    )


def test_the_run_of_an_archived_launch_stays_open_for_a_late_result(store, make):
    make.add(store, [make.firework(1)], launches=[make.launch(1, 1)], runs=[make.run(1, 1)])
    with store.write() as tx:
        tx.apply(Changes(archived=[1]), make.time())
    with store.read() as reader:
        [run] = reader.open_offline_runs(None)
        assert run.launch_id == 1
        assert run.archived
