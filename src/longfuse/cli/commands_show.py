"""``lpad get_fws | get_fws_in_wflows | get_wflows | check_wflow | get_launchdir | get_qids``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from longfuse.cli.opening import launchpad_of, open_launchpad, settings_of
from longfuse.cli.output import show, show_value
from longfuse.cli.progress import announced, awaited
from longfuse.cli.selection import (
    add_display,
    add_limits,
    add_reservation_id,
    add_selection,
    check_known,
    fw_id_list,
    query_of,
    query_word,
    sort_of,
    state_word,
)
from longfuse.domain.states import State
from longfuse.errors import InputError, StateError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings

WIDE = 10_000
"""Columns of a table that no terminal shows: a program that reads it wants each row whole."""

EXAMPLES = {
    "get_fws": "lpad get_fws -s FIZZLED -d more",
    "get_wflows": "lpad get_wflows -n relax -d more --rsort updated_on -m 5",
    "get_fws_in_wflows": "lpad get_fws_in_wflows -wfn relax -fws FIZZLED -d ids",
    "check_wflow": "lpad check_wflow -i 12",
    "get_launchdir": "cd $(lpad get_launchdir 12)",
    "get_qids": "lpad get_qids -i 12,13",
}


# --- get_fws
def _fws_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    add_reservation_id(parser)
    add_display(parser)
    add_limits(parser)
    parser.set_defaults(run=_get_fws)


def _get_fws(args: argparse.Namespace) -> int:
    if sum(x is not None for x in (args.fw_id, args.name, args.state, args.query)) > 1:
        raise InputError("Please specify exactly one of (fw_id, name, state, query)")
    if sum(x is not None for x in (args.fw_id, args.name, args.qid)) > 1:
        raise InputError("Please specify exactly one of (fw_id, name, qid)")
    settings = settings_of(args)
    if args.qid is None and _counted(settings, "fireworks", args):
        return 0
    launchpad = launchpad_of(settings)
    if args.fw_id is not None:
        check_known(launchpad, args.fw_id)
    if args.display_format == "count" and args.qid is None:
        with announced("counting"):
            count = launchpad.get_fw_ids(
                query_of(args, "fw_id"), limit=args.max, count_only=True, launches_mode=args.launches_mode
            )
        show_value(count, args.output)
        return 0
    ids = _fw_ids(launchpad, args)
    show_fireworks(launchpad, ids, args)
    return 0


def _counted(settings: Settings, collection: str, args: argparse.Namespace) -> bool:
    """Print the count of all, or of a state or a name, if that needs nothing but a look into the database."""
    from longfuse.settings import launchpad_url
    from longfuse.store.counts import count
    from longfuse.store.seam import Collection

    more = (args.fw_id, args.query, getattr(args, "launches_mode", False) or None)
    if args.display_format != "count" or any(x is not None for x in more):
        return False
    found = count(launchpad_url(settings), Collection(collection), state=args.state, name=args.name)
    if found is None:
        return False
    show_value(min(found, args.max) if args.max else found, args.output)
    return True


def _fw_ids(launchpad: LaunchPad, args: argparse.Namespace) -> Iterable[int]:
    if args.qid is not None:
        return launchpad.get_fw_ids_from_reservation_id(args.qid)
    query = query_of(args, "fw_id")
    if not (sort_of(args) or args.launches_mode):
        return launchpad.each_fw_id(query, args.max)
    with announced("looking for FWs"):
        ids: list[int] = launchpad.get_fw_ids(
            query, sort=sort_of(args), limit=args.max, launches_mode=args.launches_mode
        )
    return ids


def show_fireworks(launchpad: LaunchPad, ids: Iterable[int], args: argparse.Namespace) -> None:
    """Print Fireworks as ``-d`` says."""
    if args.display_format == "count":
        show_value(sum(1 for _ in ids), args.output)
    elif args.display_format == "ids":
        show(awaited(ids, "looking for FWs"), args.output)
    else:
        show(awaited(fireworks(launchpad, ids, args.display_format), "looking for FWs"), args.output)


def fireworks(launchpad: LaunchPad, ids: Iterable[int], how: str) -> Iterator[dict[str, Any]]:
    """Fireworks as documents, with as much as ``how`` says."""
    hidden = {"less": ("spec", "launches", "archived_launches"), "more": ("spec", "archived_launches")}.get(how, ())
    for document in launchpad.get_fw_dicts(ids, hidden):
        document.setdefault("state", "WAITING")
        yield document


# --- get_fws_in_wflows
def _fws_in_wflows_options(parser: argparse.ArgumentParser) -> None:
    _selection_of(parser, "wf", "which workflows (without any of these: all)")
    _selection_of(parser, "fw", "which of their Fireworks (without any of these: all)")
    parser.add_argument(
        "-lm", "--launches_mode", action="store_true", help="-fws and -fwq are about their current launches"
    )
    add_reservation_id(parser)
    add_display(parser)
    add_limits(parser)
    parser.set_defaults(run=_get_fws_in_wflows)


def _selection_of(parser: argparse.ArgumentParser, what: str, title: str) -> None:
    """``-wfi -wfn -wfs -wfq``, and the same for Fireworks."""
    group = parser.add_argument_group(title)
    group.add_argument(f"-{what}i", f"--{what}_fw_id", type=fw_id_list, metavar="IDS", help="of these fw_ids: 1,2,7")
    group.add_argument(f"-{what}n", f"--{what}_name", metavar="NAME", help="of this name")
    group.add_argument(
        f"-{what}s", f"--{what}_state", type=state_word, choices=list(State), metavar="STATE", help="in this state"
    )
    group.add_argument(f"-{what}q", f"--{what}_query", type=query_word, metavar="QUERY", help="that match this filter")


def _get_fws_in_wflows(args: argparse.Namespace) -> int:
    launchpad = open_launchpad(args)
    for ids in (args.wf_fw_id, args.fw_fw_id):
        if ids is not None:
            check_known(launchpad, ids)
    with announced("looking for FWs"):
        found = launchpad.get_fw_ids_in_wfs(
            query_of(_chosen(args, "wf"), "nodes"),
            query_of(_chosen(args, "fw"), "fw_id"),
            sort=sort_of(args),
            launches_mode=args.launches_mode,
        )
    if args.qid is not None:
        having = set(launchpad.get_fw_ids_from_reservation_id(args.qid))
        found = [fw_id for fw_id in found if fw_id in having]
    show_fireworks(launchpad, found[: args.max] if args.max else found, args)
    return 0


def _chosen(args: argparse.Namespace, what: str) -> argparse.Namespace:
    """The options of `_selection_of` under the names that `add_selection` gives its own."""
    from argparse import Namespace

    launches_mode = what == "fw" and args.launches_mode
    words = {name: getattr(args, f"{what}_{name}") for name in ("fw_id", "name", "state", "query")}
    return Namespace(**words, launches_mode=launches_mode)


# --- check_wflow
def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-i", "--fw_id", type=int, required=True, metavar="FW_ID", help="any Firework of the workflow")
    parser.set_defaults(run=_check_wflow)


def _check_wflow(args: argparse.Namespace) -> int:
    """Silent if all is well. Circles and strange links cannot be in a LaunchPad; what can is looked for, too."""
    from longfuse.domain.blueprint import read_blueprint

    launchpad = open_launchpad(args)
    with announced("checking"):
        read_blueprint(launchpad.get_wf_dict_by_fw_id(args.fw_id))
        wrong = launchpad.get_miscounted(args.fw_id)
    if wrong:
        raise StateError(
            f"Fireworks {wrong[:10]} are in states that do not follow from their parents and launches; "
            f"`lpad admin refresh -i {args.fw_id}` sets them right"
        )
    return 0


# --- get_wflows
def _wflows_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, launches_mode=False)
    add_display(parser)
    add_limits(parser)
    parser.add_argument("-t", "--table", action="store_true", help="as a table")
    parser.set_defaults(run=_get_wflows)


def _get_wflows(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    if _counted(settings, "workflows", args):
        return 0
    launchpad = launchpad_of(settings)
    query = query_of(args, "nodes")
    if args.fw_id is not None:
        check_known(launchpad, args.fw_id)
    if args.display_format == "count":
        with announced("counting"):
            count = launchpad.get_wf_ids(query, limit=args.max, count_only=True)
        show_value(count, args.output)
        return 0
    ids = _wf_ids(launchpad, query, args)
    if args.display_format == "ids":
        show(awaited(ids, "looking for workflows"), args.output)
        return 0
    summaries = awaited(launchpad.get_wf_summaries(ids, args.display_format), "looking for workflows")
    if args.table:
        _show_table(list(summaries))
    else:
        show(summaries, args.output)
    return 0


def _wf_ids(launchpad: LaunchPad, query: dict[str, Any], args: argparse.Namespace) -> Iterable[int]:
    sort = sort_of(args)
    if not sort:
        return launchpad.each_wf_id(query, args.max)
    with announced("looking for workflows"):
        ids: list[int] = launchpad.get_wf_ids(query, sort=sort, limit=args.max)
    return ids


def _show_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    names = rows[0] if rows else ("no workflows",)
    table = Table(*(Column(Text(name), overflow="fold") for name in names))
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


# --- get_launchdir, get_qids
def _launchdir_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fw_id", type=int, help="the Firework")
    parser.add_argument(
        "--launch_idx", type=int, default=-1, metavar="N", help="which of its launches, from 0 (default: -1, the last)"
    )
    parser.set_defaults(run=_get_launchdir)


def _get_launchdir(args: argparse.Namespace) -> int:
    print(open_launchpad(args).get_launchdir(args.fw_id, args.launch_idx))
    return 0


def _qids_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-i", "--fw_id", type=fw_id_list, required=True, metavar="IDS", help="the Fireworks")
    parser.set_defaults(run=_get_qids)


def _get_qids(args: argparse.Namespace) -> int:
    launchpad = open_launchpad(args)
    for fw_id in args.fw_id:
        print(launchpad.get_reservation_id_from_fw_id(fw_id))
    return 0


OPTIONS: dict[str, Callable[[Any], None]] = {
    "get_fws": _fws_options,
    "get_fws_in_wflows": _fws_in_wflows_options,
    "check_wflow": _check_options,
    "get_wflows": _wflows_options,
    "get_launchdir": _launchdir_options,
    "get_qids": _qids_options,
}
