"""A server of commands for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.faults.site import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.victims import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from served(tmp_path_factory.mktemp("server"))
