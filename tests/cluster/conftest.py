"""The real Slurm of these tests, and a user's folder on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.cluster.site import make_site
from tests.cluster.standing import standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.site import Site
    from tests.cluster.standing import SlurmCluster


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmCluster]:
    """Three nodes; each worker of pytest-xdist has its own."""
    with standing("--nodes", "3") as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def empty_queue(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test finds and leaves Slurm without jobs."""
    cluster = request.getfixturevalue("slurm") if "slurm" in request.fixturenames else None
    yield
    if cluster is not None:
        cluster.empty_queue()


@pytest.fixture
def site(slurm: SlurmCluster, request: pytest.FixtureRequest) -> Site:
    """A fresh folder with settings and an empty LaunchPad."""
    return make_site(slurm, re.sub(r"\W+", "-", request.node.name))
