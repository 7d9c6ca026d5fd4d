"""The benchmarks run and keep what they measured; how fast it was is nobody's promise here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import WORKLOADS
from benchmarks.databases import DATABASES

ROOT = Path(__file__).parents[2]

TINY = """
    --rounds 1 --starts 1 --items 4 --changes 2 --curve 3 6 --rockets 2 --fireworks 40 --workflow 12
    --workers 1 2 --concurrent 3 --crowd 4
""".split()  # noqa: SIM905 - reads as one types it


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(WORKLOADS.keys() - OPTIONAL))
def test_each_workload_prints_lines_and_is_kept(name: str, tmp_path: Path) -> None:
    done = bench("run", name, *TINY, "--results", str(tmp_path), "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    measured = json.loads(kept.read_text())["measured"]
    assert done.stdout.count(" x ") == len(measured) > 0
    for key, one in measured.items():
        assert one["key"] == key
        assert one["ratio"] > 0
        assert len(one["subject_s"]) == len(one["limit_s"]) > 0
    assert list(tmp_path.iterdir()) == [kept], "it leaves nothing behind"


@pytest.mark.timeout(600)
def test_workers_double_and_lose_nothing(tmp_path: Path) -> None:
    done = bench("run", "workers", *TINY, "--results", str(tmp_path), "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    for one in json.loads(kept.read_text())["measured"].values():
        assert one["figures"] == {"doubled": [0.0], "lost": [0.0]}


@pytest.mark.timeout(600)
def test_a_pass_opens_what_changed_and_nothing_else(tmp_path: Path) -> None:
    done = bench("run", "recover-changed", *TINY, "--results", str(tmp_path), "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    figures = json.loads(kept.read_text())["measured"]["recover-changed"]["figures"]
    assert figures["unchanged files opened"] == [0.0]
    assert figures["files opened"][0] >= 2


def test_two_results_are_compared(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert bench("run", "add", *TINY, "--results", str(tmp_path / name)).returncode == 0
    (first,), (second,) = ((tmp_path / name).glob("*.json") for name in ("a", "b"))
    done = bench("compare", str(first), str(second))
    assert done.returncode == 0, done.stderr
    assert "add a workflow of 1, one by one" in done.stdout


def test_without_postgresql_a_line_says_what_to_give(tmp_path: Path) -> None:
    done = bench("run", "workers-postgres", *TINY, "--results", str(tmp_path))
    assert done.returncode == 0
    assert "workers-postgres: not measured: give the URL" in done.stdout


def test_an_unknown_workload_is_an_error_that_names_the_known() -> None:
    done = bench("run", "launchh")
    assert done.returncode == 2
    assert "launchh" in done.stderr
    assert "recover" in done.stderr


def test_a_file_of_no_results_is_an_error_in_one_line(tmp_path: Path) -> None:
    done = bench("compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
