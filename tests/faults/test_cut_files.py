"""Launch files cut at every byte, while the batch system says that the job is gone: a part concludes nothing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.faults.site import JOB, RECOVER, Site

from longfuse.errors import AttemptAliveError, UnreadableError
from longfuse.launchdir import names
from longfuse.launchdir.attempt import begin, read_ticket
from longfuse.launchdir.claim import Claim, read_claim
from longfuse.launchpad.outcomes import OutcomeKind
from longfuse.launchpad.pad import LaunchPad
from longfuse.queue.adapter import Answer, Command
from longfuse.relay import recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.plan import Plan
    from tests.faults.victims import Server

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Iterator[Site]:
    """Two jobs that have ended; both are old, so that nothing stands against calling them lost."""
    site = Site(tmp_path / "site", server).worked()
    site.let_time_pass()
    yield site
    assert site.run(*RECOVER).end() == 0
    site.settle("whole again")
    site.check_end("whole again")


def nothing_in_the_queue(command: Command) -> Answer:
    """The batch system: it answers, and knows no job."""
    del command
    return Answer(0, "", "")


def cuts(path: Path, plan: Plan) -> Iterator[int]:
    """Write each part of a file in its place; whole again at the end."""
    content = path.read_bytes()
    for cut in plan.choose(range(len(content)), 60):
        path.write_bytes(content[:cut])
        plan.tried(f"{path.name.replace('_1', '')} cut")
        yield cut
    path.write_bytes(content)


@pytest.mark.parametrize("name", [names.FINAL, names.TICKET, names.PING])
def test_recovery_concludes_nothing(name: str, site: Site, plan: Plan) -> None:
    place = site.first_place
    whole = (place / names.FINAL).read_bytes()
    if name == names.PING:
        (place / names.FINAL).unlink()  # else it counts, whatever else cannot be read
    with closing(LaunchPad(site.url)) as pad:
        for cut in cuts(place / name, plan):
            if name == names.TICKET:
                (place / names.FINAL).unlink(missing_ok=True)
            report = recover(pad, worker=None, shell=nothing_in_the_queue, fw_ids=[1], grace_s=0)
            about = f"{plan.story}: {name} of {len(whole)} bytes cut after {cut}: {report}"
            assert [outcome.kind for outcome in report.outcomes] == [OutcomeKind.UNKNOWN], about
            assert report.outcomes[0].reason, about
            assert pad.get_fw_dict_by_id(1)["state"] == "RESERVED", about
    (place / names.FINAL).write_bytes(whole)


def test_a_job_starts_by_no_part_of_a_ticket(site: Site, plan: Plan) -> None:
    place = site.first_place
    for cut in cuts(place / names.TICKET, plan):
        with pytest.raises(UnreadableError):
            read_ticket(str(place))
        if cut % 100 == 0:
            assert site.run(*JOB, cwd=place).end() == 1


def test_no_second_start_beside_a_part_of_a_claim(site: Site, plan: Plan) -> None:
    """It may be a machine that we know nothing of; only silence tells that it is dead."""
    place = site.first_place
    final = (place / names.FINAL).read_bytes()
    (place / names.FINAL).unlink()
    ticket, earlier = read_ticket(str(place)), read_claim(str(place), 1)
    assert earlier is not None
    for cut in cuts(place / names.claim_name(1), plan):
        ours = Claim.from_dict(earlier.to_dict() | {"attempt": 0}, "ours")
        with pytest.raises(AttemptAliveError, match="cannot be read"):
            begin(str(place), ticket, ours)
        assert not (place / names.claim_name(2)).exists(), f"{plan.story}: cut after {cut}"
    (place / names.FINAL).write_bytes(final)
