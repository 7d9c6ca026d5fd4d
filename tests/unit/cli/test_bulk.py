"""Changes in batches: what an interrupt or an error in the middle leaves, and what it tells."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING

import pytest

from longfuse.cli.bulk import in_batches, one_by_one
from longfuse.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.cli.conftest import Desk

BATCHES = [[1, 2], [3, 4], [5]]


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(logging.getLogger("longfuse"), "propagate", True)
    return caplog


def test_all_in_order(heard: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    in_batches(BATCHES, 5, "things", done.extend)
    assert done == [1, 2, 3, 4, 5]
    in_batches([], 0, "things", done.extend)
    assert heard.messages == []


def test_one_by_one(desk: Desk) -> None:
    done: list[int] = []
    one_by_one(desk.pad, [6, 7], "things", done.append)
    assert done == [6, 7]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_tells_how_far_it_came(heard: pytest.LogCaptureFixture, signum: int) -> None:
    before = signal.getsignal(signum)
    done: list[int] = []

    def change(batch: Sequence[int]) -> None:
        if 3 in batch:
            os.kill(os.getpid(), signum)
        done.extend(batch)

    with pytest.raises(KeyboardInterrupt):
        in_batches(BATCHES, 5, "FWs: defusing", change)
    assert done == [1, 2]
    assert heard.messages == ["Stopped after 2 of 5 FWs: defusing: these stay done, the rest is as it was"]
    assert signal.getsignal(signum) == before


def test_an_interrupt_that_got_lost_ends_it_after_the_batch(heard: pytest.LogCaptureFixture) -> None:
    """As where it comes in a callback from C."""
    done: list[int] = []

    def change(batch: Sequence[int]) -> None:
        done.extend(batch)
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            return

    with pytest.raises(KeyboardInterrupt):
        in_batches(BATCHES, 5, "FWs: defusing", change)
    assert done == [1, 2]
    assert "after 2 of 5" in heard.text


def test_an_error_tells_how_far_it_came(heard: pytest.LogCaptureFixture) -> None:
    def refuse(batch: Sequence[int]) -> None:
        if 5 in batch:
            raise InputError("not that one")

    with pytest.raises(InputError, match="not that one"):
        in_batches(BATCHES, 5, "FWs: updating", refuse)
    assert "Stopped after 4 of 5 FWs: updating" in heard.text


def test_where_nothing_was_done_the_error_alone_is_told(heard: pytest.LogCaptureFixture) -> None:
    def refuse(_: Sequence[int]) -> None:
        raise InputError("none of these")

    with pytest.raises(InputError):
        in_batches(BATCHES, 5, "FWs: updating", refuse)
    assert heard.messages == []
