"""Looking things up: ids by query, Fireworks and Workflows as documents."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from longfuse.domain import query as queries
from longfuse.domain.wire import iso
from longfuse.errors import InputError, NotFoundError
from longfuse.store.documents import firework_document, launch_db_document, workflow_db_document, workflow_document
from longfuse.store.seam import Collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from longfuse.domain.query import Filter
    from longfuse.domain.states import State
    from longfuse.store.records import FireworkRecord, LaunchRecord, WorkflowRecord
    from longfuse.store.seam import Reader, Store

PAGE = 500
"""How many documents are in memory at once while results stream."""


MOST_IDS = 10_000
"""How many ids are read at once."""


def fw_ids(
    store: Store,
    query: Mapping[str, Any] | None,
    *,
    sort: Sequence[tuple[str, int]] | None = None,
    limit: int = 0,
    launches_mode: bool = False,
) -> list[int]:
    """Ids of Fireworks that match, or that have a current launch which matches."""
    where = _parsed(query)
    with store.read() as reader:
        if launches_mode:
            return reader.fireworks_of_launches(where, sort=sort or (), limit=limit)
        return list(reader.find(Collection.FIREWORKS, where, sort=sort or (), limit=limit))


def each_fw_id(store: Store, query: Mapping[str, Any] | None, *, limit: int = 0) -> Iterator[int]:
    """Ids of Fireworks that match, ascending, as a stream: each page is a view of its own."""
    for page in _found_pages(store, Collection.FIREWORKS, query, limit):
        yield from page


def each_wf_fw_id(store: Store, query: Mapping[str, Any] | None, *, limit: int = 0) -> Iterator[int]:
    """For each Workflow that matches its first Firework's id, in the order in which they were added, as a stream."""
    for page in _found_pages(store, Collection.WORKFLOWS, query, limit):
        with store.read() as reader:
            first = reader.first_members(page)
        yield from (first[wf_id] for wf_id in page if wf_id in first)


def _found_pages(
    store: Store, collection: Collection, query: Mapping[str, Any] | None, limit: int
) -> Iterator[list[int]]:
    """The first page is small, so that something is shown soon."""
    where, after, left, size = _parsed(query), 0, limit, PAGE
    while True:
        wanted = min(size, left) if limit else size
        with store.read() as reader:
            page = list(reader.find(collection, where, limit=wanted, after=after))
        yield page
        left -= len(page)
        if len(page) < wanted or (limit and not left):
            return
        after, size = page[-1], MOST_IDS


def fw_ids_in_wfs(
    store: Store,
    wf_query: Mapping[str, Any] | None,
    fw_query: Mapping[str, Any] | None,
    *,
    sort: Sequence[tuple[str, int]] | None = None,
    limit: int = 0,
    launches_mode: bool = False,
) -> list[int]:
    """Ids of Fireworks that match, or that have a current launch which matches, in Workflows that match."""
    where = _parsed(fw_query)
    with store.read() as reader:
        if launches_mode:
            found = reader.fireworks_of_launches(where, sort=sort or ())
        else:
            found = list(reader.find(Collection.FIREWORKS, where, sort=sort or ()))
        if wf_query:
            matching = set(reader.find(Collection.WORKFLOWS, _parsed(wf_query)))
            nodes = reader.nodes(found)
            found = [fw_id for fw_id in found if nodes[fw_id].wf_id in matching]
    return found[:limit] if limit else found


def count_fws(store: Store, query: Mapping[str, Any] | None, *, launches_mode: bool = False) -> int:
    """How many Fireworks match."""
    if launches_mode:
        return len(fw_ids(store, query, launches_mode=True))
    with store.read() as reader:
        return reader.count(Collection.FIREWORKS, _parsed(query))


def wf_fw_ids(
    store: Store,
    query: Mapping[str, Any] | None,
    *,
    sort: Sequence[tuple[str, int]] | None = None,
    limit: int = 0,
) -> list[int]:
    """For each Workflow that matches, its first Firework's id: the handle by which users name a Workflow."""
    with store.read() as reader:
        found = list(reader.find(Collection.WORKFLOWS, _parsed(query), sort=sort or (), limit=limit))
        first = reader.first_members(found)
    return [first[wf_id] for wf_id in found]


def count_wfs(store: Store, query: Mapping[str, Any] | None) -> int:
    """How many Workflows match."""
    with store.read() as reader:
        return reader.count(Collection.WORKFLOWS, _parsed(query))


MOST_AT_ONCE = 16_000_000
"""How many characters of big specs and FWActions are in memory at once, unless one Firework alone has more."""


def fw_documents(store: Store, ids: Iterable[int], hidden: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Fireworks in FireWorks' ``to_dict`` shape, in the order of ``ids``, as a stream.

    Args:
        store: The records.
        ids: Which.
        hidden: Keys that are left out; a spec or launches that are not shown are not read.

    Raises:
        NotFoundError: One does not exist.
    """
    for page in pages(ids):
        for part in _liftable(store, page, hidden):
            with store.read() as reader:
                documents = _documents(reader, part, hidden)
            for fw_id in part:
                if fw_id not in documents:
                    raise NotFoundError(f"No Firework exists with id: {fw_id}")
                yield documents.pop(fw_id) if len(part) == 1 else documents[fw_id]


def _documents(reader: Reader, fw_ids: Sequence[int], hidden: Sequence[str]) -> dict[int, dict[str, Any]]:
    """What is shown of these Fireworks."""
    records = reader.fireworks(fw_ids, specs="spec" not in hidden)
    launches = reader.launch_records_of(fw_ids) if "launches" not in hidden else {}
    documents = {i: firework_document(record, launches.get(i, ())) for i, record in records.items()}
    for document in documents.values():
        for key in hidden:
            document.pop(key, None)
    return documents


def _liftable(store: Store, page: list[int], hidden: Sequence[str]) -> Iterator[list[int]]:
    """The page in such parts that what is big does not fill the memory."""
    if "spec" in hidden and "launches" in hidden:
        yield page
        return
    with store.read() as reader:
        weights = reader.weights(page)
    yield from liftable(page, weights)


def liftable(ids: Sequence[int], weights: Mapping[int, int], most: int = MOST_AT_ONCE) -> Iterator[list[int]]:
    """These ids in such parts that what is big does not fill the memory; ``weights`` has those that are big."""
    part: list[int] = []
    weight = 0
    for each in ids:
        if part and weight + weights.get(each, 0) > most:
            yield part
            part, weight = [], 0
        part.append(each)
        weight += weights.get(each, 0)
    yield part


def fw_db_document(store: Store, fw_id: int) -> dict[str, Any]:
    """One Firework with its launches as FireWorks' ``get_fw_dict_by_id`` gives it.

    Raises:
        NotFoundError: It does not exist.
    """
    with store.read() as reader:
        record = reader.fireworks([fw_id]).get(fw_id)
        if record is None:
            raise NotFoundError(f"No Firework exists with id: {fw_id}")
        launches = reader.launch_records_of([fw_id])[fw_id]
    return {
        "spec": record.spec,
        "fw_id": fw_id,
        "created_on": iso(record.created_on),
        "updated_on": iso(record.updated_on),
        "state": str(record.node.state),
        "name": record.name,
        "launches": [launch_db_document(launch) for launch in launches if not launch.archived],
        "archived_launches": [launch_db_document(launch) for launch in launches if launch.archived],
    }


def wf_document(store: Store, fw_id: int) -> dict[str, Any]:
    """The whole Workflow that a Firework belongs to, in FireWorks' ``to_dict`` shape.

    Raises:
        NotFoundError: There is no such Firework.
    """
    with store.read() as reader:
        record, members = _workflow(reader, fw_id)
        documents = reader.documents(members)
        return workflow_document(record, [documents[i] for i in members], reader.children(members))


def wf_summary(store: Store, fw_id: int, mode: str) -> dict[str, Any]:
    """A Workflow in short.

    Args:
        store: The records.
        fw_id: Any of its Fireworks.
        mode: ``less``, ``more``, ``all`` or ``reservations``, as FireWorks' ``get_wf_summary_dict``.

    Raises:
        NotFoundError: There is no such Firework.
        InputError: There is no such mode.
    """
    if mode not in ("less", "more", "all", "reservations"):
        raise InputError(f"A workflow can be shown as less, more, all or reservations, not {mode!r}")
    with store.read() as reader:
        record, members = _workflow(reader, fw_id)
        if mode == "less":
            return _less(record, reader, members)
        fireworks = reader.fireworks(members, specs=False)
        launches = reader.launch_records_of(members, actions=False)
        children = reader.children(members) if mode == "all" else {}
    names = {i: f"{fireworks[i].name}--{i}" for i in members}
    if mode == "all":
        return _all(record, fireworks, names, launches, children)
    summary = {**_head(record, members[0]), "updated_on": iso(record.updated_on)}
    summary["states"] = {names[i]: str(fireworks[i].node.state) for i in members}
    if mode == "reservations":
        summary["launches"] = {names[i]: [_reservation(x) for x in _current(launches[i])] for i in members}
    else:
        summary["launch_dirs"] = _launch_dirs(names, launches)
    return summary


def _parsed(query: Mapping[str, Any] | None) -> Filter | None:
    return queries.parse(query) if query else None


def _workflow(reader: Reader, fw_id: int) -> tuple[WorkflowRecord, list[int]]:
    node = reader.nodes([fw_id]).get(fw_id)
    if node is None:
        raise NotFoundError(f"Could not find a Workflow with fw_id={fw_id}")
    return reader.workflows([node.wf_id])[node.wf_id], reader.members(node.wf_id)


def _less(record: WorkflowRecord, reader: Reader, members: Sequence[int]) -> dict[str, Any]:
    nodes = reader.nodes(members)
    return {**_head(record, members[0]), "states_list": "-".join(_short(nodes[i].state) for i in members)}


def _head(record: WorkflowRecord, first: int) -> dict[str, Any]:
    return {"state": str(record.state), "name": f"{record.name}--{first}", "created_on": iso(record.created_on)}


def _short(state: State) -> str:
    """One letter, but three for READY, RESERVED and RUNNING."""
    return state[:3] if state.startswith("R") else state[:1]


def _all(
    record: WorkflowRecord,
    fireworks: Mapping[int, FireworkRecord],
    names: Mapping[int, str],
    launches: Mapping[int, Sequence[LaunchRecord]],
    children: Mapping[int, Sequence[int]],
) -> dict[str, Any]:
    states = {i: fireworks[i].node.state for i in names}
    document = workflow_db_document(record, children, states)
    parents: dict[str, list[str]] = {
        names[int(i)]: [names[p] for p in ids] for i, ids in document["parent_links"].items()
    }
    return {
        "links": {names[i]: [names[c] for c in sorted(children[i])] for i in names},
        "parent_links": parents,
        "metadata": record.metadata,
        "state": str(record.state),
        "name": f"{record.name}--{min(names)}",
        "created_on": iso(record.created_on),
        "updated_on": iso(record.updated_on),
        "states": {names[i]: str(state) for i, state in states.items()},
        "launch_dirs": _launch_dirs(names, launches),
    }


def _launch_dirs(names: Mapping[int, str], launches: Mapping[int, Sequence[LaunchRecord]]) -> dict[str, list[str]]:
    return {names[i]: [launch.launch_dir for launch in _current(launches[i])] for i in names}


def _current(launches: Sequence[LaunchRecord]) -> list[LaunchRecord]:
    return [launch for launch in launches if not launch.archived]


def _reservation(launch: LaunchRecord) -> dict[str, Any]:
    keep = ("reservation_id",)
    history = [{k: entry[k] for k in keep if k in entry} for entry in launch.state_history]
    return {"launch_dir": launch.launch_dir, "state_history": history, "launch_id": launch.launch_id, "_id": None}


def pages(ids: Iterable[int], size: int = PAGE) -> Iterator[list[int]]:
    """These ids, some at a time."""
    remaining = iter(ids)
    while page := list(islice(remaining, size)):
        yield page
