"""Every implementation of the store's seam, and records to put into it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from longfuse.domain.engine import workflow_state
from longfuse.domain.graph import Node, Tally
from longfuse.domain.states import State
from longfuse.store.memory import MemoryStore
from longfuse.store.open import open_store
from longfuse.store.records import FireworkRecord, LaunchRecord, OfflineRun, WorkflowRecord

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request, tmp_path):
    """An empty LaunchPad."""
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path}/pad.db", create=True)
    else:
        opened = open_store(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


class Maker:
    """Makes records that fit together, with times a minute apart."""

    def __init__(self):
        self.minutes = 0

    def time(self):
        self.minutes += 1
        return START + timedelta(minutes=self.minutes)

    def firework(self, fw_id, wf_id=1, *, state=State.READY, spec=None, name="fw", created_on=None, **node):
        created_on = created_on or self.time()
        return FireworkRecord(
            node=Node(fw_id=fw_id, wf_id=wf_id, state=state, **node),
            name=name,
            spec=spec if spec is not None else {"_tasks": []},
            created_on=created_on,
            updated_on=created_on,
        )

    def workflow(self, fireworks, *, wf_id=1, name="wf", metadata=None):
        tally = self.tally(record.node for record in fireworks)
        created_on = self.time()
        return WorkflowRecord(
            wf_id=wf_id,
            name=name,
            metadata=metadata or {},
            state=workflow_state(tally),
            tally=tally,
            created_on=created_on,
            updated_on=created_on,
        )

    def tally(self, nodes):
        nodes = list(nodes)
        open_leaves = sum(node.leaf and node.state is not State.COMPLETED for node in nodes)
        return Tally(dict(Counter(node.state for node in nodes)), open_leaves, sum(node.blocking for node in nodes))

    def launch(self, launch_id, fw_id, *, state=State.RESERVED, worker="worker", **values):
        record = LaunchRecord(
            launch_id=launch_id,
            fw_id=fw_id,
            state=state,
            launch_dir=f"/runs/launcher_{launch_id}",
            fworker={"name": worker, "category": "", "query": "{}", "env": {}},
            host="login",
            ip="127.0.0.1",
        )
        return replace(record, **values)

    def run(self, launch_id, fw_id, **values):
        created_on = self.time()
        run = OfflineRun(launch_id=launch_id, fw_id=fw_id, name="fw", created_on=created_on, updated_on=created_on)
        return replace(run, **values)

    def add(self, store, fireworks, links=(), launches=(), runs=(), **workflow):
        """Put one workflow of these records into the store."""
        with store.write() as tx:
            tx.insert_workflows([self.workflow(fireworks, **workflow)], fireworks, list(links))
            tx.insert_launches(list(launches))
            tx.put_offline_runs(list(runs))

    def diamond(self, store):
        """Fireworks 1 to 4: 1 is READY, 2 and 3 wait for it, 4 for both."""
        fireworks = [
            self.firework(1, leaf=False),
            self.firework(2, state=State.WAITING, waiting_for=1, leaf=False),
            self.firework(3, state=State.WAITING, waiting_for=1, leaf=False),
            self.firework(4, state=State.WAITING, waiting_for=2),
        ]
        self.add(store, fireworks, [(1, 2), (1, 3), (2, 4), (3, 4)])
        return fireworks


@pytest.fixture
def make():
    return Maker()


@pytest.fixture(scope="session")
def make_type():
    """For tests that make many stores in one run."""
    return Maker
