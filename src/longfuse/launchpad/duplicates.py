"""Which Firework has done already, or is doing, what another one is about to do.

A duplicate finder is a user's own code, which may be slow or broken. So it is asked between transactions, not in them;
in the transaction only what it said is looked up, and what has changed meanwhile is asked about again. A finder that
cannot be loaded, or fails, means that nothing is known of duplicates: the Firework runs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from longfuse.domain import query
from longfuse.domain.dupefinder import DupeFinderBase
from longfuse.domain.engine import UNDER_WAY, representative
from longfuse.domain.filter import And
from longfuse.domain.firework import DUPEFINDER
from longfuse.domain.wire import load_object
from longfuse.errors import LongfuseError
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from longfuse.domain.graph import LaunchView
    from longfuse.domain.query import Filter
    from longfuse.store.records import FireworkRecord
    from longfuse.store.seam import Reader

AT_ONCE = 500

FEW = 8
"""So many are looked at first: mostly the first one will do."""

PATIENCE = 100
"""After so many duplicates in a transaction others may have the LaunchPad for a moment."""

_FOLLOWED: tuple[Filter, ...] = tuple(
    query.parse({"state": str(state)}) for state in sorted(UNDER_WAY, key=lambda state: -state.rank)
)
"""What has a result, or will, best first: a FIZZLED duplicate is no reason not to try."""

log = logging.getLogger("longfuse.launchpad")


@dataclass(frozen=True, slots=True)
class Match:
    """A duplicate, and its launch that can be shared."""

    fw_id: int
    launch: LaunchView


@dataclass(slots=True)
class _Search:
    """What is known of one Firework's duplicates."""

    spec: dict[str, Any]
    finder: Any = None
    where: Filter | None = None
    trusted: bool = False
    verdicts: dict[int, bool] = field(default_factory=dict)


class Duplicates:
    """The duplicates of the Fireworks that one checkout comes across.

    Args:
        at_once: So many possible duplicates are read and judged before the next look at the LaunchPad.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._searches: dict[int, _Search] = {}
        self._open: list[Callable[[], None]] = []
        self._shared = 0

    def may_run(self, record: FireworkRecord) -> None:
        """The Firework shall run, whatever its finder says."""
        self._searches[record.node.fw_id] = _Search(record.spec)

    def match(self, reader: Reader, record: FireworkRecord) -> Match | None:
        """The best duplicate of a Firework with a finder; None if there is none, or if `judge` must be called first."""
        search = self._searches.get(record.node.fw_id)
        if search is None or search.spec != record.spec:
            self._open.append(lambda: self._begin(record))
            return None
        if search.where is None:
            return None
        fw_id = record.node.fw_id
        mine = {launch.launch_id for launch in reader.launch_records_of([fw_id], actions=False)[fw_id]}
        for candidates in _candidates(reader, search.where, record.node.fw_id, self._at_once):
            if self._put_open(reader, record.node.fw_id, search, candidates):
                return None
            found = _first(reader, [i for i in candidates if search.trusted or search.verdicts[i]], mine)
            if found is not None:
                return found
        return None

    def shared(self) -> None:
        """A Firework shares the launch of its duplicate now; after some of them the transaction shall end."""
        self._shared += 1

    @property
    def pending(self) -> bool:
        """Whether the transaction shall end before more can be said."""
        return bool(self._open) or self._shared >= PATIENCE

    def judge(self) -> bool:
        """Ask the finder what `match` could not tell; False if nothing was `pending`."""
        pending = self.pending
        questions, self._open, self._shared = self._open, [], 0
        for ask in questions:
            ask()
        return pending

    def _begin(self, record: FireworkRecord) -> None:
        """Load the finder and get its query."""
        search = self._searches[record.node.fw_id] = _Search(record.spec)
        try:
            finder = search.finder = _load(record.spec[DUPEFINDER])
            where = query.parse(finder.query(record.spec))
        except Exception as error:  # noqa: BLE001 - a user's class may raise anything
            _tell(record.node.fw_id, error)
            return
        search.trusted = getattr(type(finder), "verify", None) in (None, DupeFinderBase.verify)
        search.where = where

    def _put_open(self, reader: Reader, fw_id: int, search: _Search, candidates: Sequence[int]) -> bool:
        """Whether some of them were not judged yet; they will be."""
        unknown = [] if search.trusted else [i for i in candidates if i not in search.verdicts]
        if unknown:
            specs = reader.specs(unknown)
            self._open.append(lambda: _verify(fw_id, search, specs))
        return bool(unknown)


def _load(finder: Any) -> Any:
    return load_object(dict(finder)) if isinstance(finder, Mapping) else load_object({"_fw_name": str(finder)})


def _verify(fw_id: int, search: _Search, specs: Mapping[int, dict[str, Any]]) -> None:
    for candidate, spec in specs.items():
        try:
            search.verdicts[candidate] = bool(search.finder.verify(search.spec, spec))
        except NotImplementedError:
            search.verdicts[candidate] = True
        except Exception as error:  # noqa: BLE001 - a user's class may raise anything
            _tell(fw_id, error)
            search.where = None
            return


def _tell(fw_id: int, error: Exception) -> None:
    what = str(error) if isinstance(error, LongfuseError) else f"{type(error).__name__}: {error}"
    log.warning("The duplicate finder of Firework %s cannot be used, so it runs: %s", fw_id, what)


def _candidates(reader: Reader, where: Filter, fw_id: int, at_once: int) -> Iterator[Sequence[int]]:
    """What the query finds, what has come furthest first, some at a time."""
    for state in _FOLLOWED:
        wanted = And((where, state))
        first = list(reader.find(Collection.FIREWORKS, wanted, limit=FEW))
        yield [i for i in first if i != fw_id]
        if len(first) == FEW:
            rest = [i for i in reader.find(Collection.FIREWORKS, wanted) if i not in first and i != fw_id]
            yield from (rest[start : start + at_once] for start in range(0, len(rest), at_once))


def _first(reader: Reader, candidates: Sequence[int], mine: set[int]) -> Match | None:
    """The first with a launch to share that the Firework did not have before: what was archived stays so."""
    launches = reader.launches(candidates)
    for candidate in candidates:
        launch = representative(launches[candidate])
        if launch is not None and launch.state in UNDER_WAY and launch.launch_id not in mine:
            return Match(candidate, launch)
    return None
