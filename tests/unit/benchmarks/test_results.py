"""Results survive a file, and a comparison shows what has changed and nothing else."""

from dataclasses import asdict

import pytest
from benchmarks.measure import Scale
from benchmarks.results import UnreadableError, changes, load, new_file, resumed, side_by_side


def test_a_file_gives_back_what_was_kept(tmp_path, result) -> None:
    results = result(1.0, 2.0, 3.0, opened=[5.0])
    results.skipped["other"] = "because"
    results.finished.append("add on sqlite")
    path = new_file(tmp_path / "new")
    results.keep(path)
    assert load(path) == results
    results.measured.clear()
    results.keep(path)
    assert load(path) == results
    assert list(path.parent.iterdir()) == [path]


def test_a_run_goes_on_at_the_same_sizes_only(tmp_path, result) -> None:
    results, scale = result(1.0), Scale(curve=(1, 2))
    results.about["scale"] = asdict(scale)
    results.keep(tmp_path / "x.json")
    assert resumed(tmp_path / "x.json", scale).measured == results.measured
    with pytest.raises(UnreadableError, match="other sizes"):
        resumed(tmp_path / "x.json", Scale(curve=(1, 3)))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "measured": {}}'])
def test_a_file_of_something_else_is_refused(tmp_path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(UnreadableError, match=r"x\.json"):
        load(tmp_path / "x.json")


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        load(tmp_path / "x.json")


def test_a_change_beyond_the_spread_is_marked(result) -> None:
    text = "\n".join(side_by_side(result(1.0, 1.01, 1.02), result(2.0, 2.01, 2.02)))
    assert "slower" in text
    assert "faster" not in text
    assert "faster" in "\n".join(side_by_side(result(2.0, 2.0), result(1.0, 1.0)))


def test_a_change_within_the_spread_is_not(result) -> None:
    (one,) = changes(result(1.0, 2.0, 3.0), result(1.2, 2.2, 3.2))
    assert not one.beyond_spread


def test_equal_results_have_no_change(result) -> None:
    assert not any(one.beyond_spread for one in changes(result(1.0, opened=[7.0]), result(1.0, opened=[7.0])))


def test_figures_are_compared_too(result) -> None:
    found = {one.name: one for one in changes(result(1.0, opened=[0.0]), result(1.0, opened=[3.0]))}
    assert found["adding: opened"].beyond_spread


def test_what_only_one_has_is_named(result) -> None:
    lacking = result(1.0)
    lacking.measured.clear()
    assert "not in B: add" in list(side_by_side(result(1.0), lacking))


def test_other_sizes_are_told(result) -> None:
    assert any("sizes differ" in line for line in side_by_side(result(1.0, scale=1), result(1.0, scale=2)))
