import copy
import pickle
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longfuse.domain.action import FWAction
from longfuse.domain.blueprint import count, plan, read_blueprint
from longfuse.domain.engine import workflow_state
from longfuse.domain.firework import Firework
from longfuse.domain.graph import Node
from longfuse.domain.launch import Launch
from longfuse.domain.states import State
from longfuse.domain.wire import recursive_dict
from longfuse.domain.workflow import Links, Workflow, assign_ids, new_id_count
from longfuse.errors import NotFoundError, SerializationError, StateError, WorkflowError
from longfuse.firetasks.script import ScriptTask

DIAMOND = {1: [2, 3], 2: [4], 3: [4]}
TASKS = [{"_fw_name": "ScriptTask", "script": "true"}]


def fw(fw_id=None, state="WAITING", **given):
    return Firework(ScriptTask(script="true"), fw_id=fw_id, state=state, **given)


def workflow(links, states=(), tolerant=(), **given):
    ids = sorted({*links, *(child for children in links.values() for child in children)})
    states = dict(zip(ids, states, strict=False))
    specs = {i: {"_allow_fizzled_parents": True} if i in tolerant else {} for i in ids}
    return Workflow([fw(i, states.get(i, "WAITING"), spec=specs[i]) for i in ids], links, **given)


class TestLinks:
    def test_shapes(self):
        links = Links({"1": [2, 3], 2: 4, 3: "4"})
        assert links == {1: [2, 3], 2: [4], 3: [4]}
        assert links.nodes == [1, 2, 3, 4]
        assert links.parent_links == {2: [1], 3: [1], 4: [2, 3]}
        assert links.to_dict() == {"1": [2, 3], "2": [4], "3": [4]}
        assert Links.from_dict(links.to_dict()) == links
        assert links.to_db_dict() == {
            "links": {"1": [2, 3], "2": [4], "3": [4]},
            "parent_links": {"2": [1], "3": [1], "4": [2, 3]},
            "nodes": [1, 2, 3, 4],
        }

    def test_a_child_twice_is_one_link(self):
        assert Links({1: [2, 2]}) == {1: [2]}

    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
    def test_copies(self, copied):
        links = Links({1: [2]})
        other = copied(links)
        other[1].append(3)
        assert type(other) is Links
        assert links == {1: [2]}

    def test_what_is_no_id(self):
        with pytest.raises(WorkflowError, match="'one'"):
            Links({"one": 2})

    def test_it_is_workflows_own(self):
        assert Workflow.Links is Links


class TestMaking:
    def test_links_of_all_kinds(self):
        a, b, c = fw(1), fw(2), fw(3)
        assert Workflow([a, b, c], {a: [b, 3], "2": c}).links == {1: [2, 3], 2: [3], 3: []}

    def test_parents(self):
        a = fw(1)
        b = fw(2, parents=a)
        c = fw(3, parents=[a, b])
        assert Workflow([a, b, c]).links == {1: [2, 3], 2: [3], 3: []}
        assert Workflow([a, b, c], {1: 2}).links == {1: [2, 3], 2: [3], 3: []}

    def test_one_firework(self):
        wf = Workflow(fw(1))
        assert (wf.name, wf.metadata, wf.links) == ("unnamed WF", {}, {1: []})
        assert wf

    def test_parts(self):
        wf = workflow(DIAMOND)
        assert wf.root_fw_ids == [1]
        assert wf.leaf_fw_ids == [4]
        assert [x.fw_id for x in wf] == [1, 2, 3, 4]
        assert len(wf) == 4
        assert wf[1] is wf.id_fw[2]
        assert wf.fw_states == dict.fromkeys([1, 2, 3, 4], "WAITING")
        assert str(wf) == "Workflow object: (fw_ids: [1, 2, 3, 4] , name: unnamed WF)"

    def test_states_given(self):
        assert workflow(DIAMOND, fw_states={1: "READY"}).fw_states[1] is State.READY

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda: Workflow([]), "at least one"),
            (lambda: Workflow([fw(1), fw(1)]), "fw_id 1 stands twice"),
            (lambda: Workflow([fw(1)], {1: [7]}), "links name fw_id 7"),
            (lambda: Workflow([fw(1)], {7: [1]}), "links name fw_id 7"),
            (lambda: Workflow([fw(1, parents=[fw(7)])]), "Firework 1 has parent 7"),
            (lambda: workflow({1: [2], 2: [3], 3: [2]}), r"circle through the Fireworks \[2, 3\]"),
            (lambda: workflow({1: [1]}), r"circle through the Fireworks \[1\]"),
        ],
    )
    def test_what_makes_no_workflow(self, make, words):
        with pytest.raises(WorkflowError, match=words):
            make()

    def test_a_long_chain(self):
        many = 20_000
        wf = Workflow([fw() for _ in range(many)], {})
        ids = list(wf.id_fw)
        wf = Workflow(wf.fws, dict(pairwise(ids)))
        assert len(wf.leaf_fw_ids) == 1
        assert wf.state is State.READY
        assert len(Workflow.from_dict(recursive_dict(wf)).links) == many


STATES = st.sampled_from(list(State))


@st.composite
def workflows(draw):
    size = draw(st.integers(1, 6))
    links = {
        child: draw(st.sets(st.integers(1, child - 1), max_size=3)) if child > 1 else set()
        for child in range(1, size + 1)
    }
    children = {p: [c for c in links if p in links[c]] for p in links}
    states = draw(st.lists(STATES, min_size=size, max_size=size))
    return workflow(children, states, draw(st.sets(st.integers(1, size))))


class TestState:
    @pytest.mark.parametrize(
        ("states", "tolerant", "state"),
        [
            (["COMPLETED", "FIZZLED", "COMPLETED", "COMPLETED"], [], "COMPLETED"),
            (["ARCHIVED"] * 4, [], "ARCHIVED"),
            (["COMPLETED", "DEFUSED", "FIZZLED", "PAUSED"], [], "DEFUSED"),
            (["COMPLETED", "PAUSED", "FIZZLED", "WAITING"], [], "PAUSED"),
            (["COMPLETED", "FIZZLED", "RUNNING", "WAITING"], [], "FIZZLED"),
            (["COMPLETED", "FIZZLED", "RUNNING", "WAITING"], [4], "RUNNING"),
            (["COMPLETED", "COMPLETED", "COMPLETED", "FIZZLED"], [4], "FIZZLED"),
            (["COMPLETED", "READY", "READY", "WAITING"], [], "RUNNING"),
            (["RUNNING", "WAITING", "WAITING", "WAITING"], [], "RUNNING"),
            (["RESERVED", "WAITING", "WAITING", "WAITING"], [], "RESERVED"),
            (["READY", "WAITING", "WAITING", "WAITING"], [], "READY"),
        ],
    )
    def test_rules(self, states, tolerant, state):
        assert workflow(DIAMOND, states, tolerant).state == state

    @given(workflows())
    def test_the_engine_reads_the_same_off_its_tally(self, wf):
        nodes = [_node(wf, fw_id) for fw_id in wf.id_fw]
        assert wf.state is workflow_state(count(nodes))


def _node(wf, fw_id):
    children = wf.links[fw_id]
    tolerant = {i: bool(x.spec.get("_allow_fizzled_parents")) for i, x in wf.id_fw.items()}
    fizzled = wf.id_fw[fw_id].state is State.FIZZLED
    blocking = fizzled and (not children or not all(tolerant[child] for child in children))
    return Node(fw_id=fw_id, wf_id=1, state=wf.id_fw[fw_id].state, leaf=not children, blocking=blocking)


class TestWire:
    def test_shape(self):
        wf = workflow({1: [2]}, name="n", metadata={"a": (1,)})
        document = wf.to_dict()
        assert list(document) == ["fws", "links", "name", "metadata", "updated_on", "created_on"]
        assert document["links"] == {"1": [2], "2": []}
        assert document["metadata"] == {"a": [1]}
        assert wf.as_dict() == document

    def test_database_shape(self):
        document = workflow(DIAMOND, ["READY"]).to_db_dict()
        del document["created_on"], document["updated_on"]
        assert document == {  # facts, appendix A.4
            "links": {"1": [2, 3], "2": [4], "3": [4], "4": []},
            "parent_links": {"2": [1], "3": [1], "4": [2, 3]},
            "nodes": [1, 2, 3, 4],
            "metadata": {},
            "state": "READY",
            "name": "unnamed WF",
            "fw_states": {"1": "READY", "2": "WAITING", "3": "WAITING", "4": "WAITING"},
        }

    def test_display_shape(self):
        wf = Workflow([fw(1, "RUNNING", name="a", launches=[Launch("RUNNING", "/x")]), fw(2, name="b")], {1: 2}, "wf")
        document = wf.to_display_dict()
        assert document["name--id"] == "wf--1"
        assert document["links"] == {"a--1": ["b--2"], "b--2": []}
        assert document["parent_links"] == {"b--2": ["a--1"]}
        assert document["nodes"] == ["a--1", "b--2"]
        assert document["states"] == {"a--1": "RUNNING", "b--2": "WAITING"}
        assert document["launch_dirs"] == {"a--1": ["/x"], "b--2": []}
        assert document["states_list"] == "RUNN-WAIT"

    @settings(max_examples=30)
    @given(workflows(), st.sampled_from(["json", "yaml"]))
    def test_round_trip(self, wf, f_format):
        assert Workflow.from_format(wf.to_format(f_format), f_format).to_dict() == wf.to_dict()

    @given(workflows())
    def test_the_engine_reads_the_same_links(self, wf):
        blueprint = read_blueprint(wf.to_dict())
        assert {p: list(c) for p, c in blueprint.children.items()} == wf.links
        nodes, _ = plan(blueprint, 1)
        assert [node.fw_id for node in nodes if not node.waiting_for] == wf.root_fw_ids

    def test_a_file_of_one_firework(self, tmp_path):
        path = tmp_path / "fw.yml"
        path.write_text("name: mine\nspec:\n  _tasks:\n  - {_fw_name: ScriptTask, script: echo hi}\n")
        wf = Workflow.from_file(path)
        assert (wf.name, wf.links) == ("mine", {-1: []})

    @pytest.mark.parametrize("key", ["1", "'1'", '"1"'])
    def test_a_file_of_several(self, tmp_path, key):
        """Keys may be numbers or text, children one or several; metadata and name may be missing."""
        path = tmp_path / "wf.yaml"
        tasks = "spec: {_tasks: [{_fw_name: ScriptTask, script: echo a}]}"
        path.write_text(f"fws:\n- fw_id: 1\n  {tasks}\n- fw_id: 2\n  {tasks}\nlinks: {{{key}: 2}}\n")
        assert Workflow.from_file(path).links == {1: [2], 2: []}

    def test_without_links(self):
        wf = Workflow.from_dict({"fws": [{"fw_id": i, "spec": {"_tasks": TASKS}} for i in (1, 2)]})
        assert wf.links == {1: [], 2: []}

    def test_dates_of_a_file_that_fireworks_wrote(self):
        document = {"fws": [{"spec": {"_tasks": TASKS}}], "created_on": "2024-01-31 12:00:00.123000+00:00"}
        assert Workflow.from_dict(document).to_dict()["created_on"] == "2024-01-31T12:00:00.123000+00:00"

    def test_a_bad_part_is_named(self):
        with pytest.raises(SerializationError, match=r"no_such\.Task"):
            Workflow.from_dict({"fws": [{"spec": {"_tasks": [{"_fw_name": "{{no_such.Task}}"}]}}]})

    def test_the_place_of_what_json_cannot_hold(self):
        wf = Workflow([fw(1), fw(2, spec={"a": {1}})])
        with pytest.raises(SerializationError, match=r"^fws\[1\]\.spec\.a: set"):
            wf.to_format()


class TestChanging:
    def test_copy(self):
        wf = workflow(DIAMOND, ["COMPLETED", "FIZZLED"], metadata={"a": [1]})
        wf.id_fw[1].launches.append(Launch("COMPLETED", "/x"))
        new = Workflow.from_wflow(wf)
        assert all(fw_id < 0 for fw_id in new.id_fw)
        assert set(new.fw_states.values()) == {State.WAITING}
        assert new.fws[0].launches == []
        new.metadata["a"].append(2)
        assert (wf.metadata, wf.state, len(wf.id_fw[1].launches)) == ({"a": [1]}, State.FIZZLED, 1)
        old_to_new = dict(zip(sorted(wf.id_fw), sorted(new.id_fw), strict=True))
        assert new.links == {old_to_new[p]: [old_to_new[c] for c in cs] for p, cs in wf.links.items()}

    def test_reset_without_ids(self):
        wf = workflow(DIAMOND, ["COMPLETED"])
        assert wf.reset(reset_ids=False) == {}
        assert wf.fw_states == dict.fromkeys([1, 2, 3, 4], State.WAITING)

    def test_two_reset_workflows_share_no_id(self):
        first, second = workflow(DIAMOND), workflow(DIAMOND)
        first.reset()
        second.reset()
        assert not set(first.id_fw) & set(second.id_fw)

    @pytest.mark.parametrize(
        ("gone", "links"),
        [
            ([2], {1: [3], 3: [4], 4: []}),
            ([2, 3], {1: [4], 4: []}),
            ([1], {2: [4], 3: [4], 4: []}),
            ([4], {1: [2, 3], 2: [], 3: []}),
            ([1, 2, 3], {4: []}),
        ],
    )
    def test_remove(self, gone, links):
        wf = workflow(DIAMOND)
        wf.remove_fws(gone)
        assert wf.links == links
        assert sorted(wf.id_fw) == sorted(links)
        Workflow(wf.fws, wf.links)

    def test_remove_a_parent_by_object(self):
        a = fw(1)
        b = fw(2, parents=[a])
        wf = Workflow([a, b])
        wf.remove_fws([a])
        assert Workflow(wf.fws).links == {2: []}

    @pytest.mark.parametrize(("gone", "error"), [([7], NotFoundError), ([1, 2, 3, 4], WorkflowError)])
    def test_remove_what_cannot_be(self, gone, error):
        wf = workflow(DIAMOND)
        with pytest.raises(error):
            wf.remove_fws(gone)
        assert len(wf) == 4


class TestIds:
    def test_the_last_made_gets_the_lowest(self):
        assert assign_ids(Workflow([fw(-1), fw(-2), fw(-3)]), 1) == {-3: 1, -2: 2, -1: 3}

    def test_explicit_ids_keep_their_order(self):
        assert assign_ids(Workflow([fw(5), fw(2)]), 7) == {2: 7, 5: 8}

    def test_only_negative_ones(self):
        wf = Workflow([fw(5), fw(-2), fw(-7)])
        assert assign_ids(wf, 9, reassign_all=False) == {-7: 9, -2: 10}
        assert (new_id_count(wf), new_id_count(wf, reassign_all=False)) == (3, 2)

    @given(workflows(), st.integers(1, 50))
    def test_renumbering_keeps_the_shape(self, wf, first):
        before = wf.to_dict()
        ids = assign_ids(wf, first)
        wf.renumber(ids)
        assert sorted(wf.id_fw) == list(range(first, first + len(wf)))
        assert all(x.fw_id == fw_id for fw_id, x in wf.id_fw.items())
        wf.renumber({new: old for old, new in ids.items()})
        assert wf.to_dict() == before

    def test_two_cannot_get_the_same(self):
        wf = Workflow([fw(1), fw(2)])
        with pytest.raises(WorkflowError, match="same fw_id"):
            wf.renumber({1: 2})
        assert wf.fws[0].fw_id == 1


class TestAppending:
    """Facts 1.2, ``Workflow.append_wf``."""

    def test_children(self):
        wf = workflow({1: [2]})
        assert wf.append_wf(Workflow([fw(-1), fw(-2)], {-1: -2}), [1]) == [-1, -2]
        assert wf.links == {1: [2, -1], 2: [], -1: [-2], -2: []}
        assert wf.id_fw[-1].state is State.WAITING

    def test_a_detour_keeps_the_old_link(self):
        wf = workflow({1: [2]}, ["COMPLETED", "WAITING"])
        wf.append_wf(Workflow([fw(-1), fw(-2)], {-1: -2}), [1], detour=True)
        assert wf.links == {1: [2, -1], 2: [], -1: [-2], -2: [2]}

    def test_detours_do_not_chain(self):
        wf = workflow({1: [2]}, ["COMPLETED", "WAITING"])
        wf.append_wf(Workflow([fw(-1)]), [1], detour=True)
        wf.append_wf(Workflow([fw(-2)]), [1], detour=True)
        assert wf.links == {1: [2, -1, -2], 2: [], -1: [2], -2: [2]}

    def test_a_flag_for_each_parent(self):
        wf = workflow({1: [3], 2: [4]})
        wf.append_wf(Workflow([fw(-1)]), [1, 2], detour=[False, True])
        assert wf.links[-1] == [4]

    def test_spec_changes_of_completed_parents(self):
        action = FWAction(update_spec={"a": 1}, mod_spec=[{"_push": {"b": 2}}])
        wf = workflow({1: [2]}, ["COMPLETED", "WAITING"])
        wf.id_fw[1].launches.append(Launch("COMPLETED", "/x", action=action))
        for pull, spec in ((False, {}), (True, {"a": 1, "b": [2]})):
            new = fw()
            wf.append_wf(Workflow([new]), [1, 2], pull_spec_mods=pull)
            assert new.spec == spec

    @pytest.mark.parametrize(
        ("new", "arguments", "error"),
        [
            ([3], {"fw_ids": [1]}, WorkflowError),
            ([-1], {"fw_ids": [7]}, NotFoundError),
            ([-1], {"fw_ids": [1], "detour": [True, False]}, WorkflowError),
            ([-1], {"fw_ids": [1], "detour": "x"}, WorkflowError),
            ([-1], {"fw_ids": [1], "detour": True}, StateError),
        ],
    )
    def test_what_does_not_fit(self, new, arguments, error):
        wf = workflow({1: [2]}, ["COMPLETED", "RUNNING"])
        with pytest.raises(error):
            wf.append_wf(Workflow([fw(i) for i in new]), **arguments)
        assert wf.links == {1: [2], 2: []}

    def test_ids_of_both(self):
        wf = workflow({-1: [-2]})
        with pytest.raises(WorkflowError, match="in both"):
            wf.append_wf(Workflow([fw(-2)]), [-1])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(copied):
    wf = workflow(DIAMOND, name="n", metadata={"a": 1})
    assert copied(wf).to_dict() == wf.to_dict()
