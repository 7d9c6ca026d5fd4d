"""Which Fireworks or Workflows a command is about: FireWorks' ``-i -n -s -q``, and its question before many change."""

from __future__ import annotations

import argparse
import ast
import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from longfuse.domain.states import State
from longfuse.errors import InputError, NotFoundError, QueryError

if TYPE_CHECKING:
    from longfuse.launchpad.pad import LaunchPad

DISPLAYS = ("all", "more", "less", "ids", "count", "reservations")


def add_selection(parser: argparse.ArgumentParser, *, launches_mode: bool = True, password: bool = False) -> None:
    """``-i -n -s -q``, and what belongs to them."""
    group = parser.add_argument_group("which ones (without any of these: all)")
    group.add_argument("-i", "--fw_id", type=fw_id_list, metavar="IDS", help="these fw_ids, separated by commas: 1,2,7")
    group.add_argument("-n", "--name", help="those of this name")
    group.add_argument(
        "-s",
        "--state",
        type=_state,
        choices=list(State),
        metavar="STATE",
        help="those in this state: READY, FIZZLED, ...",
    )
    group.add_argument(
        "-q", "--query", type=_query, metavar="QUERY", help='a Mongo-style filter: \'{"spec.x": {"$gt": 3}}\''
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
    """The query that ``-i -n -s -q`` say together; ``id_field`` is what ``-i`` is about."""
    query = dict(args.query or {})
    if args.fw_id is not None:
        query[id_field] = {"$in": args.fw_id}
    if args.name and not getattr(args, "launches_mode", False):
        query["name"] = args.name
    if args.state:
        query["state"] = str(args.state)
    return query


def fws_to_change(launchpad: LaunchPad, args: argparse.Namespace, limit: int) -> list[int]:
    """The Fireworks that a command shall change, after FireWorks' question if they are many.

    Args:
        launchpad: Where they are.
        args: With the options of `add_selection`.
        limit: How many may change without question (PW_CHECK_NUM).

    Raises:
        InputError: Options that exclude each other, or no consent.
        NotFoundError: An id does not exist.
    """
    _check_exclusive(args)
    if args.fw_id is not None:
        ids = args.fw_id
        known = set(launchpad.get_fw_ids({"fw_id": {"$in": ids}}))
        _check_known(ids, known)
    else:
        launches_mode = getattr(args, "launches_mode", False)
        ids = launchpad.get_fw_ids(query_of(args, "fw_id"), launches_mode=launches_mode)
    _ask(ids, args.password, limit)
    return list(ids)


def wfs_to_change(launchpad: LaunchPad, args: argparse.Namespace, limit: int) -> list[int]:
    """The Workflows that a command shall change, each by its first Firework's id; else as `fws_to_change`."""
    _check_exclusive(args)
    if args.fw_id is not None:
        _check_known(args.fw_id, set(launchpad.get_fw_ids({"fw_id": {"$in": args.fw_id}})))
    ids: list[int] = launchpad.get_wf_ids(query_of(args, "nodes"))
    _ask(ids, args.password, limit)
    return ids


def _check_exclusive(args: argparse.Namespace) -> None:
    if args.fw_id is not None and (args.name or args.state or args.query):
        raise InputError("Cannot specify both fw_id and name/state/query")


def _check_known(ids: list[int], known: set[int]) -> None:
    strangers = [i for i in ids if i not in known]
    if strangers:
        raise NotFoundError(f"No Firework exists with id: {', '.join(map(str, strangers))}; nothing was changed")


def _ask(ids: list[int], password: str | None, limit: int) -> None:
    """FireWorks' consent to change many: today's date, or a yes."""
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


def _state(word: str) -> State:
    try:
        return State(word.upper())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no state; there are {', '.join(State)}") from None


def _query(word: str) -> dict[str, Any]:
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
        except (ValueError, SyntaxError):
            continue
        if isinstance(value, dict):
            return value
        break
    raise QueryError(f'{word!r} is no mapping such as \'{{"name": "relax"}}\'')
