"""The benchmarks run and keep what they measured; how fast it was is nobody's promise here."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import NOT_IN_TABLE, WITHOUT_DATABASE, WORKLOADS
from benchmarks.databases import POSTGRES, SQLITE
from benchmarks.results import load
from benchmarks.table import TARGETS
from tests import postgres

ROOT = Path(__file__).parents[2]

TINY = """
    --rounds 1 --starts 1 --items 4 --changes 2 --curve 3 6 --rockets 2 --fireworks 40 --workflow 12
    --workers 1 2 --concurrent 3 --crowd 4
""".split()  # noqa: SIM905 - reads as one types it


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


ON_BOTH = sorted(WORKLOADS.keys() - WITHOUT_DATABASE)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "database"),
    [*((name, SQLITE) for name in sorted(WORKLOADS)), *((name, POSTGRES) for name in ON_BOTH)],
)
def test_each_workload_prints_lines_and_is_kept(name: str, database: str, tmp_path: Path) -> None:
    if database == POSTGRES:
        postgres.tools()  # or skip
    done = bench("run", name, *TINY, "--database", database, "--results", str(tmp_path), "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    measured = json.loads(kept.read_text())["measured"]
    assert done.stdout.count(" x ") == len(measured) > 0
    for key, one in measured.items():
        assert one["database"] == database
        assert key == one["key"] + (" on postgres" if database == POSTGRES else "")
        assert one["ratio"] > 0
        assert len(one["subject_s"]) == len(one["limit_s"]) > 0
    assert list(tmp_path.iterdir()) == [kept], "it leaves nothing behind"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["workers", "crowd"])
def test_workers_double_and_lose_nothing(name: str, tmp_path: Path) -> None:
    done = bench("run", name, *TINY, "--database", SQLITE, "--results", str(tmp_path), "--folder", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    for one in json.loads(kept.read_text())["measured"].values():
        assert one["figures"] == {"doubled": [0.0], "lost": [0.0]}


@pytest.mark.timeout(600)
def test_the_run_of_the_table_measures_each_row_and_no_more(tmp_path: Path) -> None:
    done = bench("run", "--full", *TINY, "--workflow", "120", "--database", SQLITE, "--results", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    results = load(kept)
    measured = results.on(SQLITE)
    assert [target.what for target in TARGETS if not target.find(measured)] == []
    assert {name.split()[0] for name in results.finished} == WORKLOADS.keys() - NOT_IN_TABLE[SQLITE]
    of_sqlite = {target.find for target in TARGETS if POSTGRES not in target.databases}
    left = {key: one for key, one in measured.items() if key not in NOT_IN_TABLE[POSTGRES] | WITHOUT_DATABASE}
    assert {target.find for target in TARGETS if not target.find(left)} == of_sqlite


@pytest.mark.timeout(600)
def test_what_was_measured_before_a_kill_is_kept_and_the_rest_is_measured_later(tmp_path: Path) -> None:
    words = ("run", "lpad-help", "add", *TINY, "--database", SQLITE, "--folder", str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks", *words, "--results", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "add on sqlite" in line:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    (kept,) = tmp_path.glob("*.json")
    first = json.loads(kept.read_text())
    assert first["finished"] == ["lpad-help on sqlite"]
    done = bench(*words, "--resume", str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lpad-help on sqlite" not in done.stdout
    second = json.loads(kept.read_text())
    assert second["finished"] == ["lpad-help on sqlite", "add on sqlite"]
    assert second["measured"]["lpad-help"] == first["measured"]["lpad-help"]


@pytest.mark.timeout(600)
def test_a_pass_opens_what_changed_and_nothing_else(tmp_path: Path) -> None:
    done = bench(
        "run", "recover-changed", *TINY, "--database", SQLITE, "--results", str(tmp_path), "--folder", str(tmp_path)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (kept,) = tmp_path.glob("*.json")
    figures = json.loads(kept.read_text())["measured"]["recover-changed"]["figures"]
    assert figures["unchanged files opened"] == [0.0]
    assert figures["files opened"][0] >= 2


def test_two_results_are_compared(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert bench("run", "add", *TINY, "--database", SQLITE, "--results", str(tmp_path / name)).returncode == 0
    (first,), (second,) = ((tmp_path / name).glob("*.json") for name in ("a", "b"))
    done = bench("compare", str(first), str(second))
    assert done.returncode == 0, done.stderr
    assert "add a workflow of 1, one by one" in done.stdout


def test_a_server_that_cannot_be_reached_is_one_line(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    words = ("--database", POSTGRES, "--postgres", nowhere, "--results", str(tmp_path))
    done = bench("run", "add", *TINY, *words)
    assert done.returncode == 1
    assert "add: not measured: PostgreSQL: " in done.stdout
    assert "Traceback" not in done.stderr


def test_an_unknown_workload_is_an_error_that_names_the_known() -> None:
    done = bench("run", "launchh")
    assert done.returncode == 2
    assert "launchh" in done.stderr
    assert "recover" in done.stderr


def test_a_file_of_no_results_is_an_error_in_one_line(tmp_path: Path) -> None:
    done = bench("compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
