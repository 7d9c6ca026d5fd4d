"""Workflows as data are what they say, the same each time, and can be added."""

import pytest
from benchmarks.workloads import SHAPES, WIDTH, Workload

from longfuse import LaunchPad


def links(shape: str, size: int, seed: int = 1) -> set[tuple[int, int]]:
    return set(SHAPES[shape](size, seed))


def test_shapes() -> None:
    assert links("bag", 3) == set()
    assert links("chain", 3) == {(1, 2), (2, 3)}
    assert links("star", 3) == {(1, 2), (1, 3)}
    assert links("diamond", 4) == {(1, 2), (1, 3), (2, 4), (3, 4)}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 2, 3, 25])
def test_links_stay_inside_and_go_forward(shape: str, size: int) -> None:
    assert all(1 <= parent < child <= size for parent, child in links(shape, size))


def test_each_firework_below_the_first_layer_has_parents_in_the_layer_above() -> None:
    found = links("layered", 5 * WIDTH + 3)
    assert {child for _, child in found} == set(range(WIDTH + 1, 5 * WIDTH + 4))
    assert all((child - 1) // WIDTH - (parent - 1) // WIDTH == 1 for parent, child in found)


def test_random_links_follow_from_the_seed() -> None:
    assert links("layered", 100, 1) == links("layered", 100, 1)
    assert links("layered", 100, 1) != links("layered", 100, 2)


def test_the_payload_is_as_big_as_asked() -> None:
    (firework,) = Workload(shape="bag", size=1, payload_bytes=5000).document()["fws"]
    assert len(firework["spec"]["payload"]) == 5000


@pytest.mark.parametrize("shape", SHAPES)
def test_a_launchpad_takes_them(shape: str, tmp_path) -> None:
    launchpad = LaunchPad(f"sqlite:///{tmp_path}/launchpad.db", create=True)
    launchpad.add_documents([Workload(shape=shape, size=12).document()])
    assert launchpad.get_fw_ids(count_only=True) == 12
    launchpad.close()
