"""``lpad`` on a LaunchPad with 50 000 Fireworks: its memory does not grow with what it lists or changes."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.login import Login, fw

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW, MANY, OF_ONE = 5_000, 50_000, 1000

MORE_MIB = 20
"""What ten times as many may take more; their documents alone would be 50 MB and more."""

MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    made = Login(tmp_path_factory.mktemp("many") / "login")
    fws = [fw(n, {"_fw_name": "ScriptTask", "script": "true"}, x=n) for n in range(1, OF_ONE + 1)]
    wf = {"fws": fws, "links": {}, "metadata": {}, "name": "w"}
    for _ in range(MANY // OF_ONE // 10):
        made.pad.add_documents([wf] * 10)
    yield made
    made.pad.close()


def peak_mib(login: Login, *words: str) -> int:
    done = login.run(sys.executable, "-c", MEASURED, "lpad", "-s", *words)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "words",
    [
        ["get_fws", "-d", "ids"],
        ["get_fws", "-d", "more"],
        ["get_fws", "-d", "ids", "-q", '{"spec.x": {"$gt": 0}}'],
    ],
    ids=["ids", "more", "by spec"],
)
def test_a_listing(login: Login, words: list[str]) -> None:
    assert peak_mib(login, *words) < peak_mib(login, *words, "-m", str(FEW)) + MORE_MIB


@pytest.mark.timeout(300)
def test_a_change(login: Login) -> None:
    few = peak_mib(login, "pause_fws", "-q", f'{{"fw_id": {{"$lte": {FEW}}}}}', "--password", date.today().isoformat())  # noqa: DTZ011 - as lpad asks for it
    many = peak_mib(login, "pause_fws", "--password", date.today().isoformat())  # noqa: DTZ011 - the same
    assert many < few + MORE_MIB
    assert login.pad.get_fw_ids({"state": "PAUSED"}, count_only=True) == MANY
