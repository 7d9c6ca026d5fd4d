"""``lpad doctor`` on a cluster: what it says of nodes that truly cannot reach the LaunchPad."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cluster.site import Site

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster-words"), pytest.mark.timeout(300)]


def test_a_healthy_cluster(site: Site) -> None:
    found = json.loads(site.call("lpad", "doctor", "-o", "json").check().stdout)
    assert {each["health"] for each in found} == {"ok"}
    [node] = [each["text"] for each in found if each["subject"] == "compute node" and "Python" in each["text"]]
    assert node.split(":")[0] in site.slurm.plan.node_names


def test_what_the_partition_does_not_allow(site: Site) -> None:
    site.slurm.login("scontrol", "update", "PartitionName=batch", "MaxTime=5").check()
    try:
        told = site.call("lpad", "doctor", "--no-probe").told
    finally:
        site.slurm.login("scontrol", "update", "PartitionName=batch", "MaxTime=UNLIMITED").check()
    assert "batch lets a job run for 00:05:00 at most, but the walltime is" in told
    adapter = site.folder / "my_qadapter.yaml"
    adapter.write_text(re.sub("^(queue|partition):.*", "queue: nowhere", adapter.read_text(), flags=re.MULTILINE))
    assert "there is no nowhere; there are batch" in site.call("lpad", "doctor", "--no-probe").told


def test_a_probe_that_has_to_wait_is_cancelled(site: Site) -> None:
    for name in site.slurm.plan.node_names:
        site.slurm.login("scontrol", "update", f"NodeName={name}", "State=DRAIN", "Reason=test").check()
    try:
        told = site.call("lpad", "doctor", "--timeout", "5").told
    finally:
        for name in site.slurm.plan.node_names:
            site.slurm.login("scontrol", "update", f"NodeName={name}", "State=RESUME").check()
    assert "is still pending" in told
    assert not site.slurm.login("squeue", "-h").check().stdout.strip()
