"""Python's regular expressions in PostgreSQL's words, as far as they mean the same.

An expression in which there is anything that is not known to mean the same is for Python to evaluate (`is_portable`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from longfuse.domain.filter import And, ElemMatch, Field, Not, Or, Regex

if TYPE_CHECKING:
    from longfuse.domain.filter import Filter, Predicate

_TOKENS: Final = re.compile(
    r"""
      (?P<dot>\.)
    | (?P<start>\^)
    | (?P<end>\$)
    | (?P<class>\[\^?(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_.,:;@#%/\ +*?$])+-?\])
    | (?P<group>\(\?:|\((?!\?)|\)|\|)
    | (?P<times>(?:[*+?]|\{\d{1,2}(?:,\d{0,2})?\})\??(?![*+?{]))
    | (?P<escaped>\\[.^$*+?()\[\]{}|\\/\-])
    | (?P<plain>[^.^$*+?()\[\]{}|\\])
    """,
    re.VERBOSE | re.DOTALL,
)
_NOT_REPEATED: Final = ("start", "end")
_IGNORE_CASE: Final = "(?i)"
_MORE_CASES: Final = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}
"""What Python holds equal to an ASCII letter besides its two cases, if case does not matter."""


def is_portable(found: Filter | Predicate) -> bool:
    """Whether PostgreSQL can be asked all that is in a filter."""
    match found:
        case And(filters) | Or(filters):
            return all(is_portable(part) for part in filters)
        case Not(part) | ElemMatch(part):
            return is_portable(part)
        case Field(_, predicate):
            return is_portable(predicate)
        case Regex(expression):
            return translated(expression) is not None
        case _:
            return True


@lru_cache(maxsize=256)
def translated(expression: str) -> str | None:
    """The expression in PostgreSQL's words; None if it cannot be said."""
    ignoring = expression.startswith(_IGNORE_CASE)
    rest = expression.removeprefix(_IGNORE_CASE)
    words: list[str] = []
    before = "start"
    while rest:
        token = _TOKENS.match(rest)
        word = None if token is None else _word(token, ignoring=ignoring)
        if token is None or word is None or (token.lastgroup == "times" and before in _NOT_REPEATED):
            return None
        words.append(word)
        before = token.lastgroup or ""
        rest = rest[token.end() :]
    # Without the director an expression that begins with *** would be read as options.
    return "***:" + "".join(words)


def _word(token: re.Match[str], *, ignoring: bool) -> str | None:  # noqa: PLR0911 - one for each kind of token
    text = token[0]
    match token.lastgroup:
        case "dot":
            return r"[^\n]"
        case "start":
            return r"\A"
        case "end":
            return r"(?=\n?\Z)"
        case "class":
            return _class(text, ignoring=ignoring)
        case "group" if text == "(":
            return "(?:"
        case "escaped":
            return text
        case "plain":
            return _plain(text, ignoring=ignoring)
        case _:
            return text


def _class(text: str, *, ignoring: bool) -> str | None:
    """A class of characters; one with letters has other members where case does not matter."""
    return None if ignoring and re.search("[A-Za-z]", text) else text


def _plain(character: str, *, ignoring: bool) -> str | None:
    if not ignoring:
        return character
    if not character.isascii():
        return None
    if not character.isalpha():
        return character
    lower = character.lower()
    return f"[{lower}{lower.upper()}{_MORE_CASES.get(lower, '')}]"
