"""The benchmarks run and keep what they measured; how fast it was is nobody's promise here."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_each_workload_prints_a_line_and_is_kept(tmp_path: Path) -> None:
    names = ["rlaunch", "add", "add-bulk", "reserve", "submit", "recover", "recover-unchanged"]
    done = bench(*names, "--rounds", "2", "--size", "3", "--results", str(tmp_path), "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" x ") == len(names)
    (kept,) = tmp_path.glob("*.json")
    measured = json.loads(kept.read_text())["measured"]
    assert list(measured) == names
    assert all(len(one["subject_s"]) == 2 and one["ratio"] > 0 for one in measured.values())


def test_an_unknown_workload_is_an_error_that_names_the_known() -> None:
    done = bench("launchh")
    assert done.returncode == 2
    assert "launchh" in done.stderr
    assert "recover" in done.stderr
