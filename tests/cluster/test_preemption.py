"""A job that has to make way for a more urgent one, where Slurm cancels it for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import make_site, script
from tests.cluster.standing import standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-endings"), pytest.mark.timeout(300)]

CONF = (
    "PreemptType=preempt/partition_prio",
    "PreemptMode=CANCEL",
    "PartitionName=urgent Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP",
)


@pytest.fixture
def site() -> Iterator[Site]:
    words = (word for line in CONF for word in ("--conf", line))
    with standing("--nodes", "1", "--cpus", "1", *words) as slurm:
        yield make_site(slurm, "site")


def test_a_preempted_job_is_fizzled_with_that_cause(site: Site) -> None:
    site.add(script("A", "touch begun; exec sleep 300"))
    site.launch()
    [launch_dir] = site.launch_dirs()
    site.wait_for_begin(launch_dir)
    urgent = site.slurm.submit("sleep 1", "-p", "urgent")
    site.slurm.wait_for_job(site.job_id(1), "PREEMPTED")
    launch = site.recover_until(1, "FIZZLED")
    assert launch["cause"] == "PREEMPTED"
    assert "PREEMPTED" in launch["reason"]
    site.slurm.wait_for_job(urgent, "COMPLETED")
