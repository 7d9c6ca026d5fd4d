"""The spec-modification language: what ``FWAction.mod_spec`` may ask of a spec (FireWorks' DictMods).

A modification is ``{operator: {key: value, ...}, ...}``; operators and keys are worked off in their order. ``->`` in a
key goes down into nested dictionaries (``"a->b"``), which are made where they are missing. A dot is an ordinary
character.
"""

from __future__ import annotations

from longfuse.errors import ActionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

ARROW = "->"
"""Separates the levels of a nested key."""


def apply_mod(modification: Mapping[str, Mapping[str, Any]], obj: dict[str, Any]) -> None:
    """Change ``obj`` in place as the modification says.

    Lists and dictionaries among the values are copied in, so that later changes of ``obj`` leave the modification as
    it was.

    Raises:
        ActionError: There is no such operator, or it does not fit what stands under the key. What came before it in the
            modification has been done.
    """
    if not hasattr(modification, "items"):
        raise ActionError(f"A spec modification is {{operator: {{key: value}}}}, not {modification!r:.80}")
    for operator, arguments in modification.items():
        decide = OPERATORS.get(operator)
        if decide is None:
            raise ActionError(f"{operator} is not a supported action! Use one of {', '.join(OPERATORS)}")
        if not hasattr(arguments, "items"):
            raise ActionError(f"{operator} wants {{key: value}}, not {arguments!r:.80}")
        for key, value in arguments.items():
            decide(obj, key, _fresh(value))


def get_nested_dict(input_dict: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
    """The dictionary in which a nested key's last part stands, and that part; what is missing on the way is made.

    Raises:
        ActionError: Something on the way is no dictionary.
    """
    *path, last = str(key).split(ARROW) if isinstance(key, str) else [key]
    current = input_dict
    for level, part in enumerate(path):
        current = current.setdefault(part, {})
        if not isinstance(current, dict):
            above = ARROW.join(path[: level + 1])
            raise ActionError(f"{key!r} cannot be reached: {above!r} holds no dictionary but {type(current).__name__}")
    return current, last


def arrow_to_dot(input_dict: Any) -> Any:
    """A copy in which every ``->`` in a key is a dot, at all levels (MongoDB's spelling)."""
    if isinstance(input_dict, list):
        return [arrow_to_dot(item) for item in input_dict]
    if not isinstance(input_dict, dict):
        return input_dict
    return {
        key.replace(ARROW, ".") if isinstance(key, str) else key: arrow_to_dot(value)
        for key, value in input_dict.items()
    }


def _fresh(value: Any) -> Any:
    """A copy of plain containers all the way down; anything else is itself."""
    if type(value) is dict:
        return {key: _fresh(item) for key, item in value.items()}
    if type(value) is list:
        return [_fresh(item) for item in value]
    return value


# --- the operators: each changes ``obj`` under one key
def _set(obj: dict[str, Any], key: str, value: Any) -> None:
    holder, last = get_nested_dict(obj, key)
    holder[last] = value


def _unset(obj: dict[str, Any], key: str, _: Any) -> None:
    holder, last = _holder_of("_unset", obj, key)
    del holder[last]


def _push(obj: dict[str, Any], key: str, value: Any) -> None:
    _list_under("_push", obj, key).append(value)


def _push_all(obj: dict[str, Any], key: str, value: Any) -> None:
    _list_under("_push_all", obj, key).extend(_many("_push_all", key, value))


def _inc(obj: dict[str, Any], key: str, value: Any) -> None:
    holder, last = get_nested_dict(obj, key)
    try:
        holder[last] = holder[last] + value if last in holder else value
    except TypeError as error:
        raise ActionError(f"_inc cannot add {value!r:.60} to {key!r}, which is {holder[last]!r:.60}") from error


def _rename(obj: dict[str, Any], key: str, value: Any) -> None:
    if key in obj:
        obj[value] = obj.pop(key)


def _add_to_set(obj: dict[str, Any], key: str, value: Any) -> None:
    present = _list_under("_add_to_set", obj, key)
    if value not in present:
        present.append(value)


def _pull(obj: dict[str, Any], key: str, value: Any) -> None:
    _pull_each("_pull", obj, key, [value])


def _pull_all(obj: dict[str, Any], key: str, value: Any) -> None:
    _pull_each("_pull_all", obj, key, _many("_pull_all", key, value))


def _pop(obj: dict[str, Any], key: str, value: Any) -> None:
    _holder_of("_pop", obj, key)
    present = _list_under("_pop", obj, key)
    if value not in (1, -1):
        return
    if not present:
        raise ActionError(f"_pop cannot take from {key!r}: the list is empty")
    present.pop(-1 if value == 1 else 0)


OPERATORS: dict[str, Callable[[dict[str, Any], str, Any], None]] = {
    "_set": _set,
    "_unset": _unset,
    "_push": _push,
    "_push_all": _push_all,
    "_inc": _inc,
    "_rename": _rename,
    "_add_to_set": _add_to_set,
    "_pull": _pull,
    "_pull_all": _pull_all,
    "_pop": _pop,
}
"""Every operator by its name."""


def _pull_each(operator: str, obj: dict[str, Any], key: str, unwanted: list[Any]) -> None:
    holder, last = get_nested_dict(obj, key)
    if last in holder:
        present = _list_under(operator, obj, key)
        present[:] = [item for item in present if item not in unwanted]


def _holder_of(operator: str, obj: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
    """As `get_nested_dict`, where the key must be there."""
    holder, last = get_nested_dict(obj, key)
    if last not in holder:
        raise ActionError(f"{operator} needs the key {key!r}, which is not there")
    return holder, last


def _list_under(operator: str, obj: dict[str, Any], key: str) -> list[Any]:
    """The list under a key, made if absent."""
    holder, last = get_nested_dict(obj, key)
    present = holder.setdefault(last, [])
    if not isinstance(present, list):
        raise ActionError(f"{operator} needs a list, but {key!r} holds {type(present).__name__} ({present!r:.60})")
    return present


def _many(operator: str, key: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ActionError(f"{operator} of {key!r} wants a list of values, not {type(value).__name__} ({value!r:.60})")
    return list(value)
