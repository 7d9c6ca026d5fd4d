"""File systems that show files late, and clocks that are wrong or go back: what was seen too early is put right."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from tests.faults.site import JOB, RECOVER, Site

from longfuse.launchdir import names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server

pytestmark = pytest.mark.timeout(1800)

DIRECTORY = "the directory"
FILES = (names.FIREWORK, names.TICKET, names.PING, names.FINAL)
"""Not the claim: who makes it anew asks the server, which knows that it is there, whatever others see."""

HIDDEN: list[tuple[str, ...]] = [(DIRECTORY,), *(some for n in range(1, 5) for some in combinations(FILES, n))]

TIMES = ("started_on", "completed_on", "ping_time")
WRONG_S = (-400 * 86400, -3600, -1, 1, 3600, 400 * 86400)


@pytest.fixture(scope="module")
def ended(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two jobs that have ended and have left the queue; both are old."""
    site = Site(tmp_path_factory.mktemp("ended") / "site", server).worked()
    site.let_time_pass()
    return site


@pytest.fixture(scope="module")
def queued(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("queued") / "site", server).launched()


@pytest.mark.parametrize("meanwhile", ["nothing", "rerun"])
def test_late(meanwhile: str, tmp_path: Path, ended: Site, plan: Plan) -> None:
    """The files appear one by one, with a recovery after each."""
    for number, hidden in enumerate(plan.choose(HIDDEN, 3)):
        site = ended.copy(tmp_path / str(number))
        place = site.first_place
        story = f"{plan.story}: {', '.join(hidden)} seen late; meanwhile {meanwhile}"
        if DIRECTORY in hidden:
            away = [(place, place.with_name("not yet"))]
        else:
            away = [(place / name, place / f"not yet {name}") for name in hidden]
        for path, elsewhere in away:
            path.rename(elsewhere)
        site.run(*RECOVER)
        rerun = meanwhile == "rerun" and site.fireworks()[1]["state"] != "COMPLETED"
        if rerun:
            site.run("lpad", "-s", "rerun_fws", "-i", "1")
        plan.chance.shuffle(away)
        for path, elsewhere in away:
            elsewhere.rename(path)
            site.run(*RECOVER)
        plan.tried("files seen late")
        site.settle(story)
        site.check_end(story, runs=2 if rerun else 1)
        shutil.rmtree(site.folder)


def test_a_clock_that_is_wrong_when_a_job_ends(tmp_path: Path, ended: Site, plan: Plan) -> None:
    cases = [(files, by_s) for files in ((names.FINAL,), (names.PING,), (names.FINAL, names.PING)) for by_s in WRONG_S]
    for number, (files, by_s) in enumerate(plan.choose(cases, 2)):
        site = ended.copy(tmp_path / str(number))
        for place in site.places():
            set_clock(place, files, by_s)
        story = f"{plan.story}: {', '.join(files)} by a clock that is {by_s} s off"
        site.run(*RECOVER)
        plan.tried("clocks off")
        assert {site.fireworks()[n]["state"] for n in (1, 2)} == {"COMPLETED"}, story
        site.settle(story)
        site.check_end(story)
        shutil.rmtree(site.folder)


def test_a_clock_that_goes_back_while_a_job_runs(tmp_path: Path, queued: Site, plan: Plan) -> None:
    """Heartbeat after heartbeat; the job is in the queue, so it runs, whatever its clock says."""
    for number, by_s in enumerate(plan.choose(WRONG_S, 1)):
        site = queued.copy(tmp_path / str(number))
        place = site.first_place
        story = f"{plan.story}: a heartbeat by a clock that is {by_s} s off"
        job = site.start(*JOB, stop=("task", 2), cwd=place)
        assert job.reaches_stop()
        for _ in range(3):
            site.run(*RECOVER)
            assert site.states()["RUNNING"] == 1, story
            set_clock(place, (names.PING,), by_s)
        plan.tried("clocks off")
        job.go_on()
        assert job.end() == 0
        site.settle(story)
        site.check_end(story)
        shutil.rmtree(site.folder)


def set_clock(place: Path, files: Sequence[str], by_s: float) -> None:
    """As if a clock so many seconds off had written these files, time stamps and all."""
    for name in files:
        document = json.loads((place / name).read_text())
        for key in TIMES:
            if document.get(key):
                document[key] = (datetime.fromisoformat(document[key]) + timedelta(seconds=by_s)).isoformat()
        (place / name).write_text(json.dumps(document))
        stamp = (place / name).stat().st_mtime + by_s
        os.utime(place / name, (stamp, stamp))
