"""Launches that several Fireworks share, in SQL.

A launch is a launch of one Firework, its owner; a row in ``shared_launches`` makes it a launch of another one, too.
Each of them archives it for itself. A launch passes to another Firework when its owner archives it, or is deleted,
while it still counts for that one; so a launch that is archived for its owner counts for nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, literal_column, select, update

from longfuse.domain.graph import LaunchView
from longfuse.domain.states import State
from longfuse.store.idsets import among, id_set, replacing
from longfuse.store.rows import LAUNCH_COLUMNS, launch_of
from longfuse.store.schema import fireworks, launches, offline_runs, shared_launches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import BindParameter
    from sqlalchemy.sql.expression import Executable

    from longfuse.store.driver import Driver
    from longfuse.store.records import LaunchRecord

VIEW_COLUMNS = (
    launches.c.launch_id,
    launches.c.state,
    launches.c.time_end,
    case((launches.c.state == State.COMPLETED, launches.c.action)).label("action"),
)
"""What makes a `LaunchView`; actions are read only where they count."""

_shares = shared_launches.c
_CURRENT = _shares.archived.is_(False)
_JOINED = shared_launches.join(launches, launches.c.launch_id == _shares.launch_id)
_ANY = select(_shares.fw_id).limit(literal_column("1"))
_VIEWS = select(_shares.fw_id, *VIEW_COLUMNS).select_from(_JOINED).where(among(_shares.fw_id), _CURRENT)
_RECORDS = select(_shares.fw_id, _shares.archived, *LAUNCH_COLUMNS).select_from(_JOINED).where(among(_shares.fw_id))
_SHARERS = (
    select(_shares.launch_id, _shares.fw_id, _shares.archived, launches.c.fw_id, launches.c.archived)
    .select_from(_JOINED)
    .where(among(_shares.launch_id))
    .order_by(_shares.launch_id, _shares.fw_id)
)
_INSERT = insert(shared_launches)
_SHARE = replacing(shared_launches)
_ARCHIVE = update(shared_launches).where(among(_shares.fw_id), _CURRENT).values(archived=True)
_LEFT = (
    select(launches.c.launch_id, launches.c.fw_id, func.min(_shares.fw_id))
    .select_from(_JOINED)
    .where(launches.c.archived.is_(True), _CURRENT)
    .group_by(launches.c.launch_id, launches.c.fw_id)
)
"""Launches that their owner has archived, although they count for others."""

_LEFT_BY, _LEFT_OF = (_LEFT.where(among(column)) for column in (launches.c.fw_id, launches.c.launch_id))
_owner, _sharer = fireworks.alias("owner"), fireworks.alias("sharer")
_BEREFT = (
    select(launches.c.launch_id, _shares.fw_id, _shares.archived)
    .select_from(
        _JOINED.join(_owner, _owner.c.fw_id == launches.c.fw_id).join(_sharer, _sharer.c.fw_id == _shares.fw_id)
    )
    .where(among(_owner.c.wf_id), ~among(_sharer.c.wf_id))
    .order_by(launches.c.launch_id, _shares.archived, _shares.fw_id)
)
_THIS: BindParameter[int] = bindparam("launch")
_GIVE = (
    update(launches)
    .where(launches.c.launch_id == _THIS)
    .values(fw_id=bindparam("heir"), archived=bindparam("is_archived"))
)
_GIVE_RUN = update(offline_runs).where(offline_runs.c.launch_id == _THIS).values(fw_id=bindparam("heir"))
_NO_LONGER_SHARED = delete(shared_launches).where(and_(_shares.launch_id == _THIS, _shares.fw_id == bindparam("heir")))


class Sharing:
    """The shared launches, in one transaction. Where there are none, that is found out once and costs nothing more."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._known: bool | None = None

    def __bool__(self) -> bool:
        """Whether there is any."""
        if self._known is None:
            self._known = bool(self._driver.rows(_ANY))
        return self._known

    def foresee(self) -> None:
        """It will be asked whether there is any."""
        if self._known is None:
            self._driver.foresee(_ANY)

    def look_again(self) -> None:
        """Somebody else may have shared the first one meanwhile."""
        if self._known is False:
            self._known = None

    def views(self, fw_ids: Iterable[int]) -> Iterator[tuple[int, LaunchView]]:
        """Launches that these Fireworks share and that count for them."""
        if self:
            for row in self._driver.rows(_VIEWS, id_set(fw_ids)):
                yield row[0], view_of(row[1:])

    def records(self, fw_ids: Iterable[int]) -> Iterator[tuple[int, LaunchRecord]]:
        """Launches that these Fireworks share, archived as they are for them."""
        if self:
            for row in self._driver.rows(_RECORDS, id_set(fw_ids)):
                yield row[0], replace(launch_of(row[2:]), archived=row[1])

    def sharers(self, launch_ids: Iterable[int]) -> dict[int, list[int]]:
        """For each of these launches that is shared, the Fireworks for which it counts, ascending."""
        found: dict[int, dict[int, bool]] = {}
        if self:
            for launch_id, fw_id, archived, owner, owner_archived in self._driver.rows(_SHARERS, id_set(launch_ids)):
                found.setdefault(launch_id, {owner: owner_archived})[fw_id] = archived
        return {i: sorted(fw_id for fw_id, archived in having.items() if not archived) for i, having in found.items()}

    def share(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Add (fw_id, launch_id) pairs, also where that Firework has archived that launch."""
        if pairs:
            rows = [{"fw_id": fw_id, "launch_id": launch_id, "archived": False} for fw_id, launch_id in pairs]
            self._driver.run_all(_SHARE, rows)
            self._known = True
            self._pass_on(_LEFT_OF, [launch_id for _, launch_id in pairs])

    def archive(self, fw_ids: Sequence[int]) -> None:
        """After these Fireworks archived their own launches: those that they share, and what passes to others."""
        if not self:
            return
        self._driver.run(_ARCHIVE, id_set(fw_ids))
        self._pass_on(_LEFT_BY, fw_ids)

    def before_deletion(self, wf_ids: Sequence[int]) -> None:
        """Launches of these workflows that others share pass to those."""
        if not self:
            return
        heirs: dict[int, tuple[int, bool]] = {}
        for launch_id, fw_id, archived in self._driver.rows(_BEREFT, id_set(wf_ids)):
            heirs.setdefault(launch_id, (fw_id, archived))
        for launch_id, (heir, archived) in heirs.items():
            self._hand_over(launch_id, heir, archived=archived)

    def _pass_on(self, left: Executable, ids: Sequence[int]) -> None:
        for launch_id, owner, heir in self._driver.rows(left, id_set(ids)):
            self._hand_over(launch_id, heir, archived=False)
            self._driver.run(_INSERT, {"fw_id": owner, "launch_id": launch_id, "archived": True})

    def _hand_over(self, launch_id: int, heir: int, *, archived: bool) -> None:
        passing: dict[str, Any] = {"launch": launch_id, "heir": heir}
        self._driver.run(_GIVE, {**passing, "is_archived": archived})
        self._driver.run(_GIVE_RUN, passing)
        self._driver.run(_NO_LONGER_SHARED, passing)


def view_of(row: Sequence[Any]) -> LaunchView:
    """A launch from `VIEW_COLUMNS`."""
    launch_id, state, time_end, action = row
    return LaunchView(launch_id=launch_id, state=state, time_end=time_end, action=action)
