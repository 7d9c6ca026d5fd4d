"""What the Trackers of Fireworks see, as the LaunchPad has it, and what of it is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longfuse.domain.tracker import Tracker
from longfuse.launchpad.lookup import PAGE, liftable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from longfuse.domain.states import State
    from longfuse.store.records import LaunchRecord
    from longfuse.store.seam import Reader, Store


@dataclass(frozen=True, slots=True)
class Tracked:
    """A Firework whose spec or launches have Trackers.

    Attributes:
        fw_id: Its id.
        name: Its name.
        state: Its state.
        launches: Its launches that have Trackers, archived ones too, ascending by id.
    """

    fw_id: int
    name: str
    state: State
    launches: list[LaunchRecord]


def tracked(store: Store, fw_ids: Sequence[int]) -> Iterator[Tracked]:
    """Those of these Fireworks that have Trackers, in that order, as a stream."""
    for first in range(0, len(fw_ids), PAGE):
        page = fw_ids[first : first + PAGE]
        with store.read() as reader:
            fireworks = reader.fireworks(page, specs=False)
            launches = reader.launch_records_of(list(fireworks), actions=False)
            having = {fw_id: [launch for launch in launches[fw_id] if launch.trackers] for fw_id in fireworks}
            waiting = _with_trackers(reader, [fw_id for fw_id in fireworks if not having[fw_id]])
        for fw_id in page:
            if fw_id in fireworks and (having[fw_id] or fw_id in waiting):
                firework = fireworks[fw_id]
                yield Tracked(fw_id, firework.name, firework.node.state, having[fw_id])


def _with_trackers(reader: Reader, fw_ids: Sequence[int]) -> set[int]:
    """Those whose specs have Trackers; a spec may be big, so not many of those are read at once."""
    found: set[int] = set()
    for part in liftable(fw_ids, reader.weights(fw_ids)):
        found |= {fw_id for fw_id, spec in reader.specs(part).items() if spec.get("_trackers")}
    return found


def tracker_data(store: Store, fw_id: int) -> list[dict[str, Any]]:
    """FireWorks' ``get_tracker_data``: ``{"launch_id", "trackers"}`` of each launch that has Trackers."""
    launches = [launch for firework in tracked(store, [fw_id]) for launch in firework.launches]
    return [{"launch_id": x.launch_id, "trackers": [Tracker.from_dict(each) for each in x.trackers]} for x in launches]


def new_lines(before: str, now: str) -> list[str]:
    """The lines at the end of a file that were not there when it was looked at before.

    A last line that has grown meanwhile is told whole. Where nothing of the earlier lines is left, all are new.

    Args:
        before: The last lines of the file, then.
        now: The last lines, now.
    """
    if before == now:
        return []
    old, new = before.split("\n") if before else [], now.split("\n") if now else []
    for kept in range(min(len(old), len(new)), 0, -1):
        if old[-kept:] == new[:kept]:
            return new[kept:]
        if old[-kept:-1] == new[: kept - 1] and new[kept - 1].startswith(old[-1]):
            return new[kept - 1 :]
    return new
