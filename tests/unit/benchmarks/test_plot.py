"""Drawings and the table are renewed, and nothing else of the page."""

from dataclasses import replace

from benchmarks.plot import BEGIN, END, write


def test_plots_and_table(tmp_path, result) -> None:
    results = result(1.0, doubled=[0.0], lost=[0.0])
    one = results.measured["add"]
    for size in (10, 100):
        results.measured[f"bag-{size}"] = replace(one, key=f"bag-{size}", series="bag", size=size)
        results.measured[f"workers-{size}"] = replace(one, key=f"workers-{size}", series="workers", size=size)
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    written = write([results], tmp_path)
    assert [path.name for path in written] == ["cost-against-size.svg", "workers.svg", "performance.md"]
    assert all(b"<svg" in path.read_bytes() for path in written[:2])
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| figure |" in text


def test_the_same_results_draw_the_same(tmp_path, result) -> None:
    results = result(1.0)
    results.measured["add"] = replace(results.measured["add"], series="bag", size=10)
    (path,) = write([results], tmp_path)
    first = path.read_bytes()
    write([results], tmp_path)
    assert path.read_bytes() == first


def test_a_page_without_the_marks_is_left_alone(tmp_path, result) -> None:
    (tmp_path / "performance.md").write_text("mine")
    assert write([result(1.0)], tmp_path) == []
    assert (tmp_path / "performance.md").read_text() == "mine"
