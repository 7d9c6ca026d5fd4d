"""Who is told how far the upgrade of an older LaunchPad is.

Opening one may bring it up to date, deep below whoever waits for it. This loads nothing: each command imports it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Listener = Callable[[str], None]


def _nobody(text: str) -> None:
    del text


_LISTENER: ContextVar[Listener] = ContextVar("_LISTENER", default=_nobody)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Inside the block the listener is told, again and again, how far an upgrade is."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def tell(text: str) -> None:
    """Tell who wants to know."""
    _LISTENER.get()(text)
