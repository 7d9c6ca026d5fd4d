"""What each event does, one example at a time (facts of FireWorks 1.2, 1.10, 2); random ones are in tests/property."""

from datetime import UTC, datetime, timedelta

import pytest

from longfuse.domain import events
from longfuse.domain.blueprint import plan, read_blueprint
from longfuse.domain.engine import Engine, spread, workflow_state
from longfuse.domain.graph import LaunchView, MemoryGraph, NewNode, Tally
from longfuse.domain.states import State
from longfuse.errors import ActionError, NotFoundError, WorkflowError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
R, W, C, F, D = State.READY, State.WAITING, State.COMPLETED, State.FIZZLED, State.DEFUSED


def fw(fw_id, **spec):
    return {"fw_id": fw_id, "name": f"fw{fw_id}", "spec": {"_tasks": [], **spec}}


def wf(*fws, links=None):
    return {"fws": list(fws), "links": links or {}, "metadata": {}}


class World:
    """A graph with one workflow whose Fireworks are numbered from 1 in the order of their ids."""

    def __init__(self, document):
        self.graph = MemoryGraph()
        blueprint = read_blueprint(document)
        first = self.graph.new_fw_ids(len(blueprint.parts))
        blueprint = blueprint.numbered({p.fw_id: first + n for n, p in enumerate(blueprint.parts)})
        nodes, tally = plan(blueprint, 1)
        new = [NewNode(node=n, name=p.name, spec=p.spec) for n, p in zip(nodes, blueprint.parts, strict=True)]
        self.graph.insert(new, blueprint.links, {1: tally})
        self.launches = 0

    def handle(self, *batch):
        engine = Engine(self.graph)
        engine.handle(*batch)
        changes = engine.changes
        self.graph.apply(changes)
        return changes

    def launch(self, fw_id, state, action=None, *, launch_id=None, after=0):
        if launch_id is None:
            self.launches += 1
            launch_id = self.launches
        view = LaunchView(launch_id=launch_id, state=state, time_end=NOON + timedelta(seconds=after), action=action)
        changes = self.handle(events.Launched(fw_id, view))
        kept = [x for x in self.graph.launches_of[fw_id] if x.launch_id != launch_id]
        self.graph.launches_of[fw_id] = [*kept, view]
        return changes

    @property
    def states(self):
        return [self.graph.node_of[i].state for i in sorted(self.graph.node_of)]

    def spec(self, fw_id):
        return {k: v for k, v in self.graph.spec_of[fw_id].items() if k != "_tasks"}

    @property
    def state(self):
        return workflow_state(self.graph.tally_of[1])


def diamond(**spec_of_last):
    return World(wf(fw(1), fw(2), fw(3), fw(4, **spec_of_last), links={1: [2, 3], 2: [4], 3: [4]}))


def pair(**spec):
    return World(wf(fw(1), fw(2, **spec), links={1: [2]}))


def test_a_child_waits_for_all_its_parents():
    world = diamond()
    assert world.states == [R, W, W, W]
    world.launch(1, C)
    assert world.states == [C, R, R, W]
    world.launch(2, C)
    assert world.states == [C, C, R, W]
    world.launch(3, C)
    assert world.states == [C, C, C, R]
    assert world.state is State.RUNNING
    world.launch(4, C)
    assert world.state is C


def test_a_completion_touches_the_children_only():
    world = World(wf(*(fw(n) for n in range(1, 8)), links={1: [2], 2: [3], 3: [4], 4: [5], 5: [6], 6: [7]}))
    changes = world.launch(1, C)
    assert changes.nodes.keys() == {1, 2}
    assert not changes.specs


def test_one_batch_may_end_many():
    world = diamond()
    world.launch(1, C)
    ended = [
        events.Launched(i, LaunchView(launch_id=90 + i, state=C, action={"update_spec": {f"from{i}": i}}))
        for i in (2, 3)
    ]
    world.handle(*ended)
    assert world.states == [C, C, C, R]
    assert world.spec(4) == {"from2": 2, "from3": 3}


def test_update_spec_and_mod_spec_reach_the_children():
    world = diamond()
    world.launch(1, C, {"update_spec": {"x": {"y": 1}}, "mod_spec": [{"_push": {"x->z": 2}}, {"_inc": {"n": 1}}]})
    assert world.spec(2) == world.spec(3) == {"x": {"y": 1, "z": [2]}, "n": 1}
    assert world.spec(4) == {}
    assert world.graph.spec_of[2]["x"] is not world.graph.spec_of[3]["x"]


def test_propagate_reaches_all_descendants_once():
    world = diamond()
    world.launch(1, C, {"mod_spec": [{"_inc": {"n": 1}}], "propagate": True})
    assert [world.spec(i) for i in (2, 3, 4)] == [{"n": 1}] * 3


def test_a_fizzled_launch_applies_nothing():
    world = pair()
    world.launch(1, F, {"update_spec": {"x": 1}, "defuse_children": True})
    assert world.states == [F, W]
    assert world.spec(2) == {}
    assert world.state is F


def test_a_tolerant_child_runs_and_is_told_of_its_fizzled_parents():
    world = pair(_allow_fizzled_parents=True)
    world.launch(1, F)
    assert world.states == [F, R]
    [parent] = world.spec(2)["_fizzled_parents"]
    assert (parent["fw_id"], parent["state"]) == (1, "FIZZLED")
    assert world.state is State.RUNNING
    world.launch(2, C)
    assert world.state is C, "all leaves are COMPLETED"


def test_detours_keep_the_old_link_and_run_side_by_side():
    world = pair()
    world.launch(1, C, {"detours": [wf(fw(-1)), wf(fw(-2))]})
    assert world.states == [C, W, R, R]
    assert world.graph.parent_ids[2] == {1, 3, 4}
    assert not world.graph.child_ids[3] & {4}
    world.launch(3, C)
    assert world.states[1] is W
    world.launch(4, C)
    assert world.states[1] is R


def test_additions_do_not_hold_the_children_back_nor_get_spec_changes():
    world = pair()
    world.launch(1, C, {"update_spec": {"x": 1}, "additions": [wf(fw(-2), fw(-1), links={-2: [-1]})]})
    assert world.states == [C, R, R, W]
    assert world.graph.parent_ids[3] == {1}
    assert world.graph.parent_ids[4] == {3}
    assert (world.spec(2), world.spec(3)) == ({"x": 1}, {})


def test_a_bare_firework_is_an_addition_too():
    world = pair()
    world.launch(1, C, {"additions": [{"spec": {"_tasks": []}, "fw_id": -1}]})
    assert world.states == [C, R, R]


def test_appended_workflows_get_the_spec_changes_of_completed_parents():
    world = diamond()
    item = {"workflow": wf(fw(-1)), "parents": [1], "detour": False}
    world.launch(1, C, {"update_spec": {"x": 1}, "append_wfs": [item]})
    assert world.states == [C, R, R, W, R]
    assert world.spec(5) == {"x": 1}


def test_append_below_others_as_a_detour():
    world = diamond()
    changes = world.handle(events.Appended(wf(fw(-1)), (2, 3), (True, True)))
    assert [new.node.fw_id for new in changes.added] == [5]
    assert world.graph.parent_ids[4] == {2, 3, 5}
    assert world.graph.parent_ids[5] == {2, 3}
    assert world.graph.node_of[4].waiting_for == 3


@pytest.mark.parametrize(
    ("workflow", "parents", "detours", "words"),
    [
        (wf(fw(7)), (1,), (False,), "negative fw_ids, this one has 7; number them -1"),
        (wf(fw(-1)), (1, 2), (True, True), "circle"),
        (wf(fw(-2), fw(-1), links={-1: [-2], -2: [-1]}), (1,), (False,), "circle"),
        (wf(), (1,), (False,), "at least one Firework"),
        (wf(fw(-1), fw(-1)), (1,), (False,), "twice"),
        (wf(fw(-1), links={-1: [-5]}), (1,), (False,), "fw_id -5"),
    ],
)
def test_what_cannot_be_appended(workflow, parents, detours, words):
    world = diamond()
    before = world.states
    with pytest.raises(WorkflowError, match=words):
        world.handle(events.Appended(workflow, parents, detours))
    assert world.states == before


def test_no_detour_below_a_child_that_has_begun():
    world = pair(_allow_fizzled_parents=True)
    world.launch(1, F, launch_id=1)
    world.launch(2, State.RUNNING)
    with pytest.raises(ActionError, match="child 2 is RUNNING already"):
        world.launch(1, C, {"detours": [wf(fw(-1))]}, launch_id=1)


@pytest.mark.parametrize(
    "action",
    [
        {"mod_spec": [{"_nonsense": {"a": 1}}]},
        {"mod_spec": [{"_unset": {"absent": 1}}]},
        {"additions": [{"spec": 3}]},
        {"additions": ["text"]},
        {"append_wfs": [{"workflow": wf(fw(-1)), "parents": [99], "detour": False}]},
        {"append_wfs": [{"workflow": wf(fw(-1)), "parents": [1], "detour": [True, True]}]},
        {"update_spec": [1]},
    ],
)
def test_an_action_that_cannot_be_applied_is_one_clear_error(action):
    world = pair()
    with pytest.raises((ActionError, NotFoundError)):
        world.launch(1, C, action)
    assert world.states == [R, W]


def test_defuse_children():
    world = diamond()
    world.launch(1, C, {"defuse_children": True, "additions": [wf(fw(-1))]})
    assert world.states == [C, D, D, W, R]
    assert world.state is D


def test_defuse_workflow_leaves_what_has_ended():
    world = World(wf(*(fw(n) for n in range(1, 6)), links={1: [2], 2: [3]}))
    world.launch(4, F)
    world.launch(5, State.RUNNING)
    world.launch(1, C, {"defuse_workflow": True})
    assert world.states == [C, D, D, F, D]


def test_rerun_resets_what_is_below_and_archives_launches():
    world = diamond()
    for fw_id in (1, 2, 3, 4):
        world.launch(fw_id, C)
    changes = world.handle(events.Rerun(2))
    assert world.states == [C, R, C, W]
    assert changes.reruns == [2, 4]
    assert changes.archived == [2, 4]
    assert not world.graph.launches_of[2]


def test_rerun_does_not_undo_what_the_run_has_added():
    world = pair()
    world.launch(1, C, {"additions": [wf(fw(-1))], "update_spec": {"x": 1}})
    world.handle(events.Rerun(1))
    assert world.states == [R, W, W]
    assert world.spec(2) == {"x": 1}


def test_rerun_takes_descendants_out_of_a_persons_hold():
    world = World(wf(fw(1), fw(2), fw(3), links={1: [2, 3]}))
    world.launch(1, C)
    world.handle(events.Defused(2), events.Paused(3))
    world.handle(events.Rerun(1))
    assert world.states == [R, W, W]


@pytest.mark.parametrize("state", [W, D])
def test_rerun_of_what_waits_or_is_defused_does_nothing(state):
    world = pair()
    if state is D:
        world.handle(events.Defused(2))
    changes = world.handle(events.Rerun(2))
    assert not changes.nodes
    assert not changes.reruns


def test_defusing_what_has_completed_resets_it():
    world = pair()
    world.launch(1, C)
    world.launch(2, State.RUNNING)
    world.handle(events.Defused(1))
    assert world.states == [D, W]
    assert not world.graph.launches_of[1] + world.graph.launches_of[2]
    world.handle(events.Reignited(1))
    assert world.states == [R, W]


def test_a_paused_reservation_is_reserved_again_after_resume():
    world = pair()
    world.launch(1, State.RESERVED)
    world.handle(events.Paused(1))
    assert world.states == [State.PAUSED, W]
    world.handle(events.Resumed(1))
    assert world.states == [State.RESERVED, W]


def test_a_result_that_comes_while_paused_counts_after_resume():
    world = pair()
    world.launch(1, State.RESERVED, launch_id=1)
    world.handle(events.Paused(1))
    world.launch(1, C, {"update_spec": {"x": 1}}, launch_id=1)
    assert world.states == [State.PAUSED, W]
    assert world.spec(2) == {}
    world.handle(events.Resumed(1))
    assert world.states == [C, R]
    assert world.spec(2) == {"x": 1}


def test_a_running_firework_cannot_be_paused():
    world = pair()
    world.launch(1, State.RUNNING)
    assert not world.handle(events.Paused(1)).nodes


def test_a_late_success_lets_the_children_go_on():
    world = pair()
    world.launch(1, F, launch_id=1)
    world.launch(1, C, {"update_spec": {"x": 1}}, launch_id=1, after=60)
    assert world.states == [C, R]
    assert world.spec(2) == {"x": 1}


def test_a_released_reservation_is_ready_again():
    world = pair()
    world.launch(1, State.RESERVED)
    world.handle(events.Released(1))
    assert world.states == [R, W]
    assert not world.graph.launches_of[1]


def test_archived_for_good():
    world = diamond()
    world.launch(1, C)
    world.handle(events.Archived(1))
    assert world.state is State.ARCHIVED
    world.handle(events.Rerun(1), events.Defused(2), events.Reignited(3), events.Resumed(4))
    assert world.state is State.ARCHIVED


def test_tolerance_that_a_person_grants_frees_a_child():
    world = pair()
    world.launch(1, F)
    assert (world.states, world.state) == ([F, W], F)
    world.handle(events.SpecChanged(2, {"_tasks": [], "_allow_fizzled_parents": True}))
    assert (world.states, world.state) == ([F, R], State.RUNNING)


def test_a_rerun_forgets_what_the_system_wrote_about_the_run_before():
    world = pair(_allow_fizzled_parents=True)
    world.launch(1, F)
    world.handle(events.Rerun(1))
    assert "_fizzled_parents" not in world.spec(2)


def test_unknown_firework():
    with pytest.raises(NotFoundError, match="id: 42"):
        pair().handle(events.Rerun(42))


def test_a_long_chain_needs_no_recursion():
    size = 20_000
    world = World(wf(*(fw(n) for n in range(1, size + 1)), links={n: [n + 1] for n in range(1, size)}))
    for fw_id in range(1, 50):
        world.launch(fw_id, C)
    world.handle(*(events.Launched(n, LaunchView(launch_id=n + 99, state=C)) for n in range(50, size + 1)))
    assert world.state is C
    world.handle(events.Rerun(1))
    assert world.states.count(W) == size - 1


def test_a_join_of_many_costs_each_parent_one_step():
    size = 3000
    world = World(wf(*(fw(n) for n in range(1, size + 2)), links={n: [size + 1] for n in range(1, size + 1)}))
    assert world.launch(1, C).nodes.keys() == {1, size + 1}
    assert world.graph.node_of[size + 1].waiting_for == size - 1


@pytest.mark.parametrize(
    ("states", "open_leaves", "blocking", "expected"),
    [
        ({C: 2, F: 1}, 0, 0, C),
        ({State.ARCHIVED: 3}, 1, 0, State.ARCHIVED),
        ({State.ARCHIVED: 2, R: 1}, 1, 0, R),
        ({D: 1, State.PAUSED: 1, F: 1}, 1, 1, D),
        ({State.PAUSED: 1, F: 1}, 1, 1, State.PAUSED),
        ({F: 1, W: 1}, 1, 1, F),
        ({F: 1, W: 1}, 1, 0, State.RUNNING),
        ({C: 1, W: 1}, 1, 0, State.RUNNING),
        ({State.RUNNING: 1}, 1, 0, State.RUNNING),
        ({State.RESERVED: 1, R: 1}, 2, 0, State.RESERVED),
        ({R: 1, W: 1}, 1, 0, R),
    ],
)
def test_the_state_of_a_workflow(states, open_leaves, blocking, expected):
    assert workflow_state(Tally(states, open_leaves, blocking)) is expected


def test_detour_flags():
    assert spread(True, 2) == (True, True)
    assert spread([True, False], 2) == (True, False)
    for bad in ([True], "yes", [1, 0], None):
        with pytest.raises(WorkflowError):
            spread(bad, 2)
