"""What some tests need and a machine may not have."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = "LONGFUSE_REQUIRE_SERVICES"
"""Set to 1, as ``.ci/run`` does, a missing service is a failure."""


def missing(service: str, how_to_get_it: str) -> NoReturn:
    """Skip the test with one line that says how to get the service; where services are required, fail."""
    reason = f"{service} is missing: {how_to_get_it}"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
