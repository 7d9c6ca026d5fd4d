import pytest

from longfuse.domain import query as queries
from longfuse.domain.fworker import FWorker
from longfuse.errors import SerializationError


def takes(worker, **spec):
    return queries.matches(queries.parse(worker.query), {"spec": spec, "state": "READY"})


def test_defaults_and_wire():
    assert FWorker().to_dict() == {
        "name": "Automatically generated Worker",
        "category": "",
        "query": "{}",
        "env": {},
    }
    worker = FWorker("w", ["a", "b"], {"spec.x": {"$gt": 3}}, {"cmd": "vasp"})
    assert worker.to_dict()["query"] == '{"spec.x": {"$gt": 3}}'
    assert FWorker.from_dict(worker.to_dict()).to_dict() == worker.to_dict()


def test_lenient_reading():
    assert FWorker.from_dict({}).to_dict() == FWorker().to_dict()
    assert FWorker.from_dict({"name": "w", "query": {"spec.x": 1}, "unknown": 1}).query["spec.x"] == 1
    assert FWorker.from_dict({"category": None, "query": None, "env": None}).to_dict() == FWorker().to_dict()


@pytest.mark.parametrize("query", ["{", "[1]", "3"])
def test_a_query_that_is_none(query):
    with pytest.raises(SerializationError, match="query of an FWorker"):
        FWorker.from_dict({"query": query})


def test_from_file(tmp_path):
    path = tmp_path / "my fworker.yaml"
    path.write_text("name: cluster\ncategory: ''\nquery: '{}'\nenv: {vasp: yes}\n")
    assert FWorker.from_file(path).env == {"vasp": "yes"}


def test_own_and_unclaimed_fireworks():
    worker = FWorker("w")
    assert takes(worker)
    assert takes(worker, _fworker=None)
    assert takes(worker, _fworker="w")
    assert not takes(worker, _fworker="other")


@pytest.mark.parametrize(
    ("category", "taken", "refused"),
    [
        ("", [{}, {"_category": "a"}], []),
        ("a", [{"_category": "a"}], [{}, {"_category": "b"}]),
        (["a", "b"], [{"_category": "a"}, {"_category": "b"}], [{}, {"_category": "c"}]),
        ("__none__", [{}], [{"_category": "a"}]),
    ],
)
def test_categories(category, taken, refused):
    worker = FWorker("w", category)
    assert all(takes(worker, **spec) for spec in taken)
    assert not any(takes(worker, **spec) for spec in refused)


def test_its_own_query_narrows():
    worker = FWorker("w", "a", {"$or": [{"spec.x": 1}, {"spec.y": 1}], "$and": [{"spec.z": 1}]})
    assert takes(worker, _category="a", y=1, z=1)
    assert not takes(worker, _category="a", y=1)
    assert not takes(worker, _category="a", z=1)
    assert not takes(worker, _category="a", x=1, z=1, _fworker="other")


def test_category_and_query_about_the_category_both_hold():
    worker = FWorker("w", ["a", "b"], {"spec._category": {"$ne": "b"}})
    assert takes(worker, _category="a")
    assert not takes(worker, _category="b")


def test_every_query_is_a_new_one():
    worker = FWorker("w", query={"$or": [{"spec.x": 1}]})
    worker.query["$and"].clear()
    assert len(worker.query["$and"]) == 2
