"""Which Fireworks or Workflows a command is about: FireWorks' ``-i -n -s -q``, and its question before many change."""

from __future__ import annotations

import argparse
import ast
import json
import math
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from longfuse.cli.progress import announced
from longfuse.domain.states import State
from longfuse.errors import InputError, NotFoundError, QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.launchpad.pad import LaunchPad

LONGEST = 200
"""How many characters of a wrong word are repeated."""

DISPLAYS = ("all", "more", "less", "ids", "count", "reservations")


def add_selection(parser: argparse.ArgumentParser, *, launches_mode: bool = True, password: bool = False) -> None:
    """``-i -n -s -q``, and what belongs to them."""
    group = parser.add_argument_group("which ones (without any of these: all)")
    group.add_argument("-i", "--fw_id", type=fw_id_list, metavar="IDS", help="these fw_ids, separated by commas: 1,2,7")
    group.add_argument("-n", "--name", help="those of this name")
    group.add_argument(
        "-s",
        "--state",
        type=state_word,
        choices=list(State),
        metavar="STATE",
        help="those in this state: READY, FIZZLED, ...",
    )
    group.add_argument(
        "-q", "--query", type=query_word, metavar="QUERY", help='a Mongo-style filter: \'{"spec.x": {"$gt": 3}}\''
    )
    if launches_mode:
        group.add_argument(
            "-lm", "--launches_mode", action="store_true", help="-s and -q are about their current launches"
        )
    if password:
        group.add_argument(
            "--password", metavar="DATE", help="today's date (YYYY-MM-DD), to change many without a question"
        )


def add_reservation_id(parser: argparse.ArgumentParser) -> None:
    """``--qid``."""
    parser.add_argument("--qid", metavar="JOB", help="that of this job in the queue")


def add_limits(parser: argparse.ArgumentParser) -> None:
    """``-m --sort --rsort``."""
    parser.add_argument("-m", "--max", type=_at_most, default=0, metavar="N", help="at most so many (default: all)")
    parser.add_argument("--sort", choices=["created_on", "updated_on"], help="oldest first")
    parser.add_argument("--rsort", choices=["created_on", "updated_on"], help="newest first")


def add_display(parser: argparse.ArgumentParser) -> None:
    """``-d``."""
    parser.add_argument(
        "-d",
        "--display_format",
        type=str.lower,
        choices=DISPLAYS,
        default="less",
        metavar="HOW",
        help=f"how much to show: {', '.join(DISPLAYS)} (default: less)",
    )


def sort_of(args: argparse.Namespace) -> list[tuple[str, int]] | None:
    """What ``--sort`` and ``--rsort`` say."""
    if args.sort:
        return [(args.sort, 1)]
    return [(args.rsort, -1)] if args.rsort else None


def query_of(args: argparse.Namespace, id_field: str) -> dict[str, Any]:
    """The query that ``-i -n -s -q`` say together; ``id_field`` is what ``-i`` is about.

    Raises:
        InputError: ``-n`` with ``-lm``. FireWorks passes over the name, and so changes everything.
    """
    if args.name is not None and getattr(args, "launches_mode", False):
        raise InputError("Launches have no name: give -n without -lm, or -q instead of -n")
    query: dict[str, Any] = {}
    if args.fw_id is not None:
        query[id_field] = {"$in": args.fw_id}
    if args.name is not None:
        query["name"] = args.name
    if args.state is not None:
        query["state"] = str(args.state)
    if query and args.query:
        return {"$and": [args.query, query]}
    return query or args.query or {}


def fws_to_change(
    launchpad: LaunchPad, args: argparse.Namespace, limit: int, announce: Callable[[list[int]], None] | None = None
) -> list[int]:
    """The Fireworks that a command shall change, after FireWorks' question if they are many.

    Args:
        launchpad: Where they are.
        args: With the options of `add_selection`.
        limit: How many may change without question (PW_CHECK_NUM).
        announce: Called with them before the question: what it will mean.

    Raises:
        InputError: Options that exclude each other, or no consent.
        NotFoundError: An id does not exist.
    """
    _check_exclusive(args)
    if args.fw_id is not None:
        ids = args.fw_id
        check_known(launchpad, ids, "; nothing was changed")
    else:
        launches_mode = getattr(args, "launches_mode", False)
        query = query_of(args, "fw_id")
        with announced("looking which FWs"):
            ids = (
                launchpad.get_fw_ids(query, launches_mode=True) if launches_mode else list(launchpad.each_fw_id(query))
            )
    if announce is not None:
        announce(list(ids))
    ask(ids, args.password, limit)
    return list(ids)


def wfs_to_change(launchpad: LaunchPad, args: argparse.Namespace, limit: int) -> list[int]:
    """The Workflows that a command shall change, each by its first Firework's id; else as `fws_to_change`."""
    _check_exclusive(args)
    if args.fw_id is not None:
        check_known(launchpad, args.fw_id, "; nothing was changed")
    with announced("looking which workflows"):
        ids = list(launchpad.each_wf_id(query_of(args, "nodes")))
    ask(ids, args.password, limit)
    return ids


def _check_exclusive(args: argparse.Namespace) -> None:
    if args.fw_id is not None and not (args.name is args.state is args.query is None):
        raise InputError("Cannot specify both fw_id and name/state/query")


def check_known(launchpad: LaunchPad, ids: list[int], consequence: str = "") -> None:
    """See that these Fireworks exist.

    Raises:
        NotFoundError: One does not; the message names all of those, and the ``consequence``.
    """
    known = set(launchpad.get_fw_ids({"fw_id": {"$in": ids}}))
    strangers = sorted(set(ids) - known)
    if strangers:
        raise NotFoundError(f"No Firework exists with id: {', '.join(map(str, strangers))}{consequence}")


def ask(ids: list[int], password: str | None, limit: int) -> None:
    """FireWorks' consent to change more than ``limit`` entries: today's date, or a yes.

    Raises:
        InputError: No consent.
    """
    if len(ids) <= limit:
        return
    today = date.today().isoformat()  # noqa: DTZ011 - a person reads the date off a local calendar
    if password is not None:
        if password != today:
            raise InputError(f"Wrong password! Give today's date: --password {today}")
        return
    sys.stderr.write(f"Are you sure? This will modify {len(ids)} entries. (Y/N) ")
    sys.stderr.flush()
    if not sys.stdin.readline().strip().lower().startswith("y"):
        sys.stderr.write("Operation aborted by user.\n")
        raise InputError(
            f"Modifying more than {limit} entries requires setting the --password parameter! (Today's date, {today})"
        )


def fw_id_list(word: str) -> list[int]:
    """The ids of ``1,2,7``; argparse tells the user what is wrong."""
    try:
        return [int(part) for part in word.split(",") if part.strip()]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no list of fw_ids such as 1,2,7") from None


def _at_most(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{word!r} is no number of results")
    return int(word)


def finite(word: str) -> float:
    """A number; neither ``nan`` nor ``inf``, which JSON cannot hold and nothing can be sorted by."""
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{word!r} is no number")
    return value


def state_word(word: str) -> State:
    """A state in any case; argparse tells the user what is wrong."""
    try:
        return State(word.upper())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no state; there are {', '.join(State)}") from None


def query_word(word: str) -> dict[str, Any]:
    """A query; argparse tells the user what is wrong."""
    try:
        return mapping_of(word)
    except QueryError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def mapping_of(word: str) -> dict[str, Any]:
    """A mapping written as JSON or, as FireWorks takes it, as a Python literal.

    Raises:
        QueryError: It is neither.
    """
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(word)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):  # the last two: nested too deep
            continue
        if isinstance(value, dict):
            return value
        break
    raise QueryError(f'{_short(word)} is no mapping such as \'{{"name": "relax"}}\'')


def _short(word: str) -> str:
    """As much of a word as a line has room for."""
    return repr(word) if len(word) <= LONGEST else f"{word[:LONGEST]!r}..."
