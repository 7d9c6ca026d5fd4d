"""Random workflows through random events: after each, everything that is counted agrees with everything that is."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from longfuse.domain import events
from longfuse.domain.blueprint import count, plan, read_blueprint
from longfuse.domain.engine import Engine, is_done, representative, workflow_state
from longfuse.domain.graph import LaunchView, MemoryGraph, NewNode
from longfuse.domain.states import HELD, State
from longfuse.errors import ActionError, WorkflowError
from longfuse.launchpad.consistency import Rows, derived

START = datetime(2026, 1, 1, tzinfo=UTC)


def workflow_documents(max_size=5):
    """Workflows in wire form: Fireworks with negative ids, links only from lower to higher ids (so no circle)."""

    @st.composite
    def build(draw):
        size = draw(st.integers(1, max_size))
        ids = [-n for n in range(size, 0, -1)]
        fws = [
            {
                "fw_id": i,
                "name": f"w{i}",
                "spec": {"_tasks": [], **draw(st.sampled_from([{}, {"_allow_fizzled_parents": True}]))},
            }
            for i in ids
        ]
        pairs = [(a, b) for a in ids for b in ids if a < b]
        chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8)) if pairs else []
        links: dict[str, list[int]] = {}
        for a, b in chosen:
            links.setdefault(str(a), []).append(b)
        return {"fws": fws, "links": links, "metadata": {}}

    return build()


def actions():
    small = workflow_documents(3)
    return st.fixed_dictionaries(
        {},
        optional={
            "update_spec": st.sampled_from(
                [{"x": 1}, {"_allow_fizzled_parents": True}, {"_allow_fizzled_parents": False}]
            ),
            "mod_spec": st.just([{"_push": {"seen": 1}}]),
            "propagate": st.booleans(),
            "defuse_children": st.sampled_from([False, False, True]),
            "defuse_workflow": st.sampled_from([False, False, False, True]),
            "detours": st.lists(small, max_size=2),
            "additions": st.lists(small, max_size=2),
            "append_wfs": st.lists(
                st.fixed_dictionaries({"workflow": small, "parents": st.just([]), "detour": st.booleans()}), max_size=1
            ),
        },
    )


class Campaign(RuleBasedStateMachine):
    """What users and launches do to a LaunchPad, on the in-memory graph."""

    def __init__(self):
        super().__init__()
        self.graph = MemoryGraph()
        self.next_launch = 1
        self.next_wf = 1
        self.clock = START

    @initialize(document=workflow_documents())
    def first(self, document):
        self.add(document)

    @precondition(lambda self: len(self.graph.tally_of) < 3)
    @rule(document=workflow_documents())
    def add(self, document):
        blueprint = read_blueprint(document)
        first = self.graph.new_fw_ids(len(blueprint.parts))
        blueprint = blueprint.numbered({p.fw_id: first + n for n, p in enumerate(blueprint.parts)})
        nodes, tally = plan(blueprint, self.next_wf)
        new = [NewNode(node=n, name=p.name, spec=p.spec) for n, p in zip(nodes, blueprint.parts, strict=True)]
        self.graph.insert(new, blueprint.links, {self.next_wf: tally})
        self.next_wf += 1

    def in_state(self, *states):
        return sorted(i for i, node in self.graph.node_of.items() if node.state in states)

    def pick(self, data, *states):
        return data.draw(st.sampled_from(self.in_state(*states) or [None]))

    def handle(self, *batch):
        engine = Engine(self.graph)
        engine.handle(*batch)
        changes = engine.changes
        self.graph.apply(changes)
        return changes

    def launched(self, fw_id, launch):
        """The store writes the launch first; an archived launch is no event."""
        self.write_launch(fw_id, launch)
        try:
            self.handle(events.Launched(fw_id, launch))
        except (ActionError, WorkflowError):
            fizzled = LaunchView(launch_id=launch.launch_id, state=State.FIZZLED, time_end=launch.time_end)
            self.write_launch(fw_id, fizzled)
            self.handle(events.Launched(fw_id, fizzled))

    def write_launch(self, fw_id, launch):
        for i in {fw_id, *self.graph.sharers_of.get(launch.launch_id, ())}:
            others = [x for x in self.graph.launches_of[i] if x.launch_id != launch.launch_id]
            self.graph.launches_of[i] = [*others, launch]

    @rule(data=st.data())
    def share(self, data):
        """A READY Firework turns out to be a duplicate of one that came further."""
        thief = self.pick(data, State.READY)
        others = [i for i in self.in_state(State.RESERVED, State.RUNNING, State.COMPLETED) if i != thief]
        if thief is None or not others:
            return
        launch = representative(self.graph.launches_of[data.draw(st.sampled_from(others))])
        if any(x.launch_id == launch.launch_id for x in self.graph.launches_of[thief]):
            return
        try:
            self.handle(events.Shared(thief, launch))
        except ActionError:
            assert self.graph.node_of[thief].state is State.READY
            return
        assert launch in self.graph.launches_of[thief]

    @rule(data=st.data())
    def reserve(self, data):
        fw_id = self.pick(data, State.READY)
        if fw_id is not None:
            self.launched(fw_id, LaunchView(launch_id=self.next_launch, state=State.RESERVED))
            self.next_launch += 1
            assert self.graph.node_of[fw_id].state is State.RESERVED

    @rule(
        data=st.data(),
        state=st.sampled_from([State.RUNNING, State.COMPLETED, State.COMPLETED, State.FIZZLED]),
        action=actions(),
    )
    def report(self, data, state, action):
        """A launch that still runs tells something, whatever has become of its Firework."""
        alive = [
            (i, x)
            for i, found in self.graph.launches_of.items()
            for x in found
            if x.state in (State.RESERVED, State.RUNNING)
        ]
        if not alive:
            return
        fw_id, launch = data.draw(st.sampled_from(alive))
        before = self.graph.node_of[fw_id].state
        self.clock += timedelta(seconds=1)
        for item in action.get("append_wfs", ()):
            item["parents"] = [fw_id]
        ended = LaunchView(launch_id=launch.launch_id, state=state, time_end=self.clock, action=action)
        self.launched(fw_id, ended)
        if before in HELD:
            assert self.graph.node_of[fw_id].state is before, "a held Firework is not moved by what is observed"

    @rule(data=st.data())
    def late_success(self, data):
        """A launch that was declared lost completes after all."""
        lost = [(i, x) for i, found in self.graph.launches_of.items() for x in found if x.state is State.FIZZLED]
        if lost:
            fw_id, launch = data.draw(st.sampled_from(lost))
            self.clock += timedelta(seconds=1)
            self.launched(
                fw_id, LaunchView(launch_id=launch.launch_id, state=State.COMPLETED, time_end=self.clock, action={})
            )

    @rule(
        data=st.data(),
        kind=st.sampled_from([events.Rerun, events.Defused, events.Reignited, events.Paused, events.Resumed]),
    )
    def person(self, data, kind):
        fw_id = self.pick(data, *State)
        before = self.graph.node_of[fw_id].state
        changes = self.handle(kind(fw_id))
        after = self.graph.node_of[fw_id].state
        if kind is events.Defused and before is not State.ARCHIVED:
            assert after is State.DEFUSED
        if kind is events.Rerun and before not in (State.WAITING, State.DEFUSED, State.ARCHIVED):
            assert after in (State.READY, State.WAITING)
            assert changes.reruns[0] == fw_id
            assert not self.graph.launches_of[fw_id]
        if kind is events.Reignited and before is State.DEFUSED:
            assert after is not State.DEFUSED

    @rule(data=st.data())
    def release(self, data):
        fw_id = self.pick(data, State.RESERVED)
        if fw_id is not None:
            launches = self.graph.launches_of[fw_id]
            self.handle(events.Released(fw_id))
            assert self.graph.node_of[fw_id].state in (State.READY, State.WAITING)
            for launch in launches:
                assert not self.graph.sharers_of.get(launch.launch_id), "who shares it is released with it"

    @rule(data=st.data(), kind=st.sampled_from([events.Rerun, events.Defused]))
    def with_duplicates(self, data, kind):
        """A person's word that reaches those that share a launch."""
        fw_id = self.pick(data, State.RESERVED, State.RUNNING, State.COMPLETED)
        if fw_id is None:
            return
        shared = {x.launch_id for x in self.graph.launches_of[fw_id]}
        others = {i for launch in shared for i in self.graph.sharers_of.get(launch, ())} - {fw_id}
        held = {i for i in others if self.graph.node_of[i].state in (State.DEFUSED, State.ARCHIVED, State.WAITING)}
        changes = self.handle(kind(fw_id, True))
        assert set(changes.duplicates) <= others - held
        for other in others - held:
            assert not self.graph.launches_of[other]
            assert self.graph.node_of[other].state in (State.READY, State.WAITING)

    @precondition(lambda self: len(self.graph.node_of) < 60)
    @rule(data=st.data(), document=workflow_documents(3), detour=st.booleans(), pull=st.booleans())
    def append(self, data, document, detour, pull):
        wf_id = data.draw(st.sampled_from(sorted(self.graph.tally_of)))
        members = self.graph.members(wf_id)
        parents = data.draw(st.lists(st.sampled_from(members), min_size=1, max_size=2, unique=True))
        event = events.Appended(document, tuple(parents), (detour,) * len(parents), pull)
        try:
            changes = self.handle(event)
        except WorkflowError:
            return
        assert len(changes.added) == len(document["fws"])

    @rule(data=st.data(), tolerant=st.booleans())
    def change_spec(self, data, tolerant):
        fw_id = self.pick(data, State.WAITING, State.READY, State.FIZZLED, State.DEFUSED, State.PAUSED)
        if fw_id is not None and not self.graph.launches_of[fw_id]:
            spec = {**self.graph.spec_of[fw_id], "_allow_fizzled_parents": tolerant}
            self.handle(events.SpecChanged(fw_id, spec))

    @precondition(lambda self: len(self.graph.tally_of) > 1)
    @rule(data=st.data())
    def archive(self, data):
        wf_id = data.draw(st.sampled_from(sorted(self.graph.tally_of)))
        self.handle(events.Archived(wf_id))
        assert workflow_state(self.graph.tally_of[wf_id]) is State.ARCHIVED

    @invariant()
    def what_follows_from_the_beginning_is_what_is(self):
        """``lpad fsck`` finds nothing to mend in what the engine does."""
        for members in self.graph.members_of.values():
            ask = (self.graph.nodes, self.graph.parents, self.graph.children, self.graph.launches)
            rows = Rows(*(question(members) for question in ask))
            assert derived(rows) == rows.nodes

    @invariant()
    def counters_agree(self):
        graph = self.graph
        for fw_id, node in graph.node_of.items():
            parents = [graph.node_of[p] for p in graph.parent_ids[fw_id]]
            children = [graph.node_of[c] for c in graph.child_ids[fw_id]]
            assert node.tolerant == bool(graph.spec_of[fw_id].get("_allow_fizzled_parents"))
            assert node.waiting_for == sum(not is_done(p.state, tolerant=node.tolerant) for p in parents), fw_id
            assert node.leaf == (not children)
            intolerant = not children or any(not c.tolerant for c in children)
            assert node.blocking == (node.state is State.FIZZLED and intolerant), fw_id
        for wf_id, tally in graph.tally_of.items():
            recount = count([graph.node_of[i] for i in graph.members(wf_id)])
            assert {s: n for s, n in tally.states.items() if n} == recount.states
            assert (tally.open_leaves, tally.blocking) == (recount.open_leaves, recount.blocking)

    @invariant()
    def states_agree_with_launches_and_parents(self):
        for fw_id, node in self.graph.node_of.items():
            if node.state in HELD:
                continue
            launch = representative(self.graph.launches_of[fw_id])
            expected = State.WAITING if node.waiting_for else launch.state if launch else State.READY
            assert node.state is expected, fw_id

    @invariant()
    def shared_launches_are_one(self):
        having = {}
        for fw_id, launches in self.graph.launches_of.items():
            for launch in launches:
                having.setdefault(launch.launch_id, {})[fw_id] = launch
        for launch_id, sharers in self.graph.sharers_of.items():
            assert sharers == set(having.get(launch_id, {}))
        for launch_id, views in having.items():
            assert len(set(map(id, views.values()))) == 1 or len({v.state for v in views.values()}) == 1, launch_id
            assert len(views) == 1 or set(views) == self.graph.sharers_of[launch_id]

    @invariant()
    def workflow_states_follow_fireworks_rules(self):
        for wf_id, tally in self.graph.tally_of.items():
            assert workflow_state(tally) is self.slow_workflow_state(wf_id)

    def slow_workflow_state(self, wf_id):
        """The rules of facts 1.8, read off the Fireworks one by one."""
        nodes = [self.graph.node_of[i] for i in self.graph.members(wf_id)]
        states = [n.state for n in nodes]
        if all(n.state is State.COMPLETED for n in nodes if not self.graph.child_ids[n.fw_id]):
            return State.COMPLETED
        if all(s is State.ARCHIVED for s in states):
            return State.ARCHIVED
        for held in (State.DEFUSED, State.PAUSED):
            if held in states:
                return held
        fizzled = [n for n in nodes if n.state is State.FIZZLED]
        if fizzled:
            blocked = any(
                not self.graph.child_ids[n.fw_id]
                or any(not self.graph.spec_of[c].get("_allow_fizzled_parents") for c in self.graph.child_ids[n.fw_id])
                for n in fizzled
            )
            return State.FIZZLED if blocked else State.RUNNING
        if State.COMPLETED in states or State.RUNNING in states:
            return State.RUNNING
        return State.RESERVED if State.RESERVED in states else State.READY

    @invariant()
    def no_circle(self):
        left = {i: len(parents) for i, parents in self.graph.parent_ids.items()}
        free = [i for i, n in left.items() if n == 0]
        seen = 0
        while free:
            seen += 1
            for child in self.graph.child_ids[free.pop()]:
                left[child] -= 1
                if not left[child]:
                    free.append(child)
        assert seen == len(left)


Campaign.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCampaign = Campaign.TestCase
