from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longfuse.domain.specmods import OPERATORS, apply_mod, arrow_to_dot, get_nested_dict
from longfuse.errors import ActionError


def changed(obj, operator, key, value):
    apply_mod({operator: {key: value}}, obj)
    return obj


@pytest.mark.parametrize(
    ("operator", "before", "key", "value", "after"),
    [
        ("_set", {}, "a", 1, {"a": 1}),
        ("_set", {"a": {"b": 1}}, "a->c", 2, {"a": {"b": 1, "c": 2}}),
        ("_set", {}, "a->b->c", 2, {"a": {"b": {"c": 2}}}),
        ("_set", {}, "a.b", 2, {"a.b": 2}),
        ("_unset", {"a": 1, "b": 2}, "a", "", {"b": 2}),
        ("_unset", {"a": {"b": 1}}, "a->b", "", {"a": {}}),
        ("_push", {}, "a", 1, {"a": [1]}),
        ("_push", {"a": [1]}, "a", [2], {"a": [1, [2]]}),
        ("_push_all", {}, "a", [1, 2], {"a": [1, 2]}),
        ("_push_all", {"a": [1]}, "a", [1, 2], {"a": [1, 1, 2]}),
        ("_inc", {}, "a", 3, {"a": 3}),
        ("_inc", {"a": 1.5}, "a", -3, {"a": -1.5}),
        ("_rename", {"a": 1}, "a", "b", {"b": 1}),
        ("_rename", {"a": 1}, "c", "b", {"a": 1}),
        ("_rename", {"a->b": 1}, "a->b", "c", {"c": 1}),
        ("_add_to_set", {}, "a", 1, {"a": [1]}),
        ("_add_to_set", {"a": [1]}, "a", 1, {"a": [1]}),
        ("_add_to_set", {"a": [1]}, "a", {"b": 1}, {"a": [1, {"b": 1}]}),
        ("_pull", {"a": [1, 2, 1]}, "a", 1, {"a": [2]}),
        ("_pull", {}, "a", 1, {}),
        ("_pull_all", {"a": [1, 2, 3, 1]}, "a", [1, 3], {"a": [2]}),
        ("_pull_all", {}, "a", [1], {}),
        ("_pop", {"a": [1, 2, 3]}, "a", 1, {"a": [1, 2]}),
        ("_pop", {"a": [1, 2, 3]}, "a", -1, {"a": [2, 3]}),
        ("_pop", {"a": [1, 2, 3]}, "a", 7, {"a": [1, 2, 3]}),
    ],
)
def test_operators(operator, before, key, value, after):
    assert changed(before, operator, key, value) == after


@pytest.mark.parametrize(
    ("operator", "before", "key", "value"),
    [
        ("_unset", {}, "a", ""),
        ("_set", {"a": 1}, "a->b", 1),
        ("_push", {"a": 1}, "a", 1),
        ("_push_all", {"a": []}, "a", 1),
        ("_push_all", {"a": "text"}, "a", [1]),
        ("_inc", {"a": "text"}, "a", 1),
        ("_add_to_set", {"a": {}}, "a", 1),
        ("_pull", {"a": 1}, "a", 1),
        ("_pull_all", {"a": [1]}, "a", 1),
        ("_pop", {}, "a", 1),
        ("_pop", {"a": []}, "a", 1),
        ("_pop", {"a": 1}, "a", 1),
    ],
)
def test_what_does_not_fit_is_named(operator, before, key, value):
    with pytest.raises(ActionError, match=r"'a(->b)?'"):
        changed(before, operator, key, value)


def test_unknown_operator_is_named():
    with pytest.raises(ActionError, match="_sett is not a supported action"):
        apply_mod({"_sett": {"a": 1}}, {})


@pytest.mark.parametrize("modification", [[], "text", {"_set": 1}, {"_set": ["a"]}])
def test_no_modification(modification):
    with pytest.raises(ActionError):
        apply_mod(modification, {})


def test_operators_run_in_their_order():
    spec = {}
    apply_mod({"_push": {"a": 1, "b": 2}, "_push_all": {"a": [2, 3]}, "_rename": {"b": "c"}}, spec)
    assert spec == {"a": [1, 2, 3], "c": [2]}


@given(
    st.sampled_from(sorted(set(OPERATORS) - {"_rename"})),
    st.sampled_from(["a", "a->b"]),
    st.recursive(st.integers(0, 3), lambda x: st.lists(x) | st.dictionaries(st.sampled_from("ab"), x)),
    st.recursive(st.integers(0, 3), lambda x: st.lists(x) | st.dictionaries(st.sampled_from("ab"), x)),
)
def test_a_modification_is_never_changed_by_using_it(operator, key, value, present):
    """Two specs that one action changed must not share lists."""
    modification = {operator: {key: value}}
    before, first, second = deepcopy(modification), {"a": deepcopy(present)}, {"a": deepcopy(present)}
    for spec in (first, second):
        try:
            apply_mod(modification, spec)
        except ActionError:
            continue
        if isinstance(spec.get("a"), list):
            spec["a"].append("later")
    assert modification == before
    assert first == second


def test_nested_dict():
    spec = {"a": {"b": {"c": 1}}}
    assert get_nested_dict(spec, "a->b->c") == ({"c": 1}, "c")
    assert get_nested_dict(spec, "x") == (spec, "x")


def test_arrow_to_dot():
    assert arrow_to_dot({"a->b": [{"c->d": 1}], 3: {"e->f": "g->h"}}) == {"a.b": [{"c.d": 1}], 3: {"e.f": "g->h"}}
