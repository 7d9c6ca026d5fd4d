"""The relay's memory."""

from dataclasses import replace

from longfuse.domain.graph import Changes


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
        archived = (runs[4], launches[3])
        assert reader.open_offline_runs(None) == [(runs[1], launches[0]), archived, (runs[0], launches[4])]
        assert reader.open_offline_runs("worker") == [(runs[1], launches[0]), archived]
        assert reader.open_offline_runs("other") == [(runs[0], launches[4])]
        assert reader.open_offline_runs("") == []


def test_the_run_of_an_archived_launch_stays_open_for_a_late_result(store, make):
    make.add(store, [make.firework(1)], launches=[make.launch(1, 1)], runs=[make.run(1, 1)])
    with store.write() as tx:
        tx.apply(Changes(archived=[1]), make.time())
    with store.read() as reader:
        [(run, launch)] = reader.open_offline_runs(None)
        assert run.launch_id == 1
        assert launch.archived
