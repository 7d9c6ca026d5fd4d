"""What a reader wants of a document, and in which order: MongoDB's projections and sorts, on documents in memory."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from longfuse.domain.filter import Bracket, value_of
from longfuse.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Document = dict[str, Any]
    Tree = dict[str, "Tree"]  # the keys of paths, level by level; a leaf is empty

ID = "_id"

_ORDER = (Bracket.NULL, Bracket.NUMBER, Bracket.STRING, Bracket.OBJECT, Bracket.ARRAY, Bracket.BOOL)
"""The brackets as MongoDB sorts them."""


class Projection:
    """Which parts of documents are wanted.

    Args:
        wanted: Names with dots: a list of those wanted, or a mapping to 1 (wanted) or 0 (not wanted); ``_id`` is wanted
            unless it is mapped to 0. None and an empty mapping want everything.

    Raises:
        QueryError: Wanted and unwanted names are mixed, or there is an operator.
    """

    def __init__(self, wanted: Mapping[str, Any] | Iterable[str] | None = None) -> None:
        choice = dict(wanted) if isinstance(wanted, Mapping) else dict.fromkeys(wanted or (), 1)
        for name, value in choice.items():
            if isinstance(value, dict | list | str) or "$" in name:
                raise QueryError(f"The projection of {name!r} must be 1 or 0, not {value!r:.60}")
        only_id = bool(choice.get(ID)) and len(choice) == 1
        self._with_id = bool(choice.pop(ID, True))
        if len({bool(value) for value in choice.values()}) > 1:
            raise QueryError(f"A projection either names what is wanted or what is not: {choice!r:.80}")
        self._includes = only_id or any(choice.values())
        self._tree = _tree(choice)

    def __call__(self, document: Document) -> Document:
        """The wanted parts of a document."""
        if self._tree or self._includes:
            cut = _only if self._includes else _without
            found = cut(document, {**self._tree, ID: {}} if self._includes else self._tree)
        else:
            found = document
        return found if self._with_id else {key: value for key, value in found.items() if key != ID}

    def wants(self, key: str) -> bool:
        """Whether anything of what stands under this key of a document is wanted."""
        if self._includes:
            return key in self._tree
        return self._tree.get(key) != {}


def ends(document: Any, path: Sequence[str]) -> Iterator[Any]:
    """What stands at the end of a path; it goes through the objects in a list, and by number into a list."""
    if not path:
        yield document
    elif isinstance(document, dict):
        if path[0] in document:
            yield from ends(document[path[0]], path[1:])
    elif isinstance(document, list):
        if path[0].isdecimal() and int(path[0]) < len(document):
            yield from ends(document[int(path[0])], path[1:])
        for element in document:
            if isinstance(element, dict):
                yield from ends(element, path)


def ordered(documents: Iterable[Document], sort: Sequence[tuple[str, int]]) -> list[Document]:
    """Documents sorted by fields with dots: 1 ascending, -1 descending; of a list the least or greatest counts."""
    found = list(documents)
    for name, direction in reversed(sort):
        found.sort(key=cmp_to_key(_comparison(name.split("."), direction)))
    return found


def _comparison(path: Sequence[str], direction: int) -> Any:
    def compare(one: Document, other: Document) -> int:
        a, b = (_standing_for(document, path, direction) for document in (one, other))
        return direction * ((a > b) - (a < b))

    return compare


def _standing_for(document: Document, path: Sequence[str], direction: int) -> tuple[int, Any]:
    """What a document is sorted by."""
    values = [x for end in ends(document, path) for x in (end if isinstance(end, list) and end else [end])]
    keys = [_rank(value) for value in values] or [_rank(None)]
    return max(keys) if direction < 0 else min(keys)


def _rank(found: Any) -> tuple[int, Any]:
    """Comparable with that of any other value: first by kind."""
    value = value_of(found)
    match value.bracket:
        case Bracket.NULL:
            content: Any = 0
        case Bracket.ARRAY:
            content = tuple(_rank(element) for element in found)
        case Bracket.OBJECT:
            content = tuple((key, _rank(found[key])) for key in found)
        case _:
            content = value.content
    return _ORDER.index(value.bracket), content


def _tree(paths: Iterable[str]) -> Tree:
    root: Tree = {}
    for path in paths:
        level = root
        for key in path.split("."):
            level = level.setdefault(key, {})
    return root


def _only(found: Any, tree: Tree) -> Any:
    if isinstance(found, list):
        return [_only(element, tree) for element in found if isinstance(element, dict | list)]
    kept = {}
    for key, value in found.items():
        if key not in tree:
            continue
        if not tree[key]:
            kept[key] = value
        elif isinstance(value, dict | list):
            kept[key] = _only(value, tree[key])
    return kept


def _without(found: Any, tree: Tree) -> Any:
    if isinstance(found, list):
        return [_without(element, tree) for element in found]
    if not isinstance(found, dict):
        return found
    kept = {key: value for key, value in found.items() if key not in tree or tree[key]}
    return {key: _without(value, tree[key]) if tree.get(key) else value for key, value in kept.items()}
