"""``lpad admin maintain | orphaned | tuneup | refresh | unlock``."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from longfuse.cli.bulk import one_by_one
from longfuse.cli.commands_show import show_fireworks
from longfuse.cli.opening import launchpad_of, settings_of
from longfuse.cli.parser import add_command
from longfuse.cli.progress import announced
from longfuse.cli.selection import (
    add_display,
    add_limits,
    add_reservation_id,
    add_selection,
    ask,
    check_known,
    finite,
    query_of,
    sort_of,
    wfs_to_change,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings

log = logging.getLogger("longfuse.lpad")

EXAMPLES = {"admin": "lpad admin tuneup --full"}

COMMANDS = {
    "maintain": ("declare silent launches lost and give old reservations back", "lpad admin maintain"),
    "orphaned": ("look for Fireworks that belong to no workflow", "lpad admin orphaned --remove"),
    "tuneup": ("let the database look after itself", "lpad admin tuneup --full"),
    "refresh": ("compute states and counters of workflows anew", "lpad admin refresh -i 12"),
    "unlock": ("accepted for FireWorks' sake: workflows have no locks", "lpad admin unlock -i 12"),
}


def _options(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", dest="action", metavar="COMMAND", prog="lpad admin")
    parser.set_defaults(run=lambda _: _help(parser))
    for name, (help_text, example) in COMMANDS.items():
        _NESTED[name](add_command(commands, name, help_text, example=example))


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return 0


# --- maintain
def _maintain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--infinite", action="store_true", help="again and again, until Ctrl-C")
    parser.add_argument(
        "--maintain_interval",
        type=finite,
        metavar="SECS",
        help="the rest between two rounds (default: MAINTAIN_INTERVAL of FW_config.yaml, else 120)",
    )
    parser.set_defaults(run=_maintain)


def _maintain(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    interval_s = settings.config.MAINTAIN_INTERVAL if args.maintain_interval is None else args.maintain_interval
    _one_round(launchpad, settings)
    with suppress(KeyboardInterrupt):
        while args.infinite:
            time.sleep(max(interval_s, 0.0))
            _one_round(launchpad, settings)
    return 0


def _one_round(launchpad: LaunchPad, settings: Settings) -> None:
    """No person has looked at these launches, so the batch system's word counts."""
    from longfuse.cli.commands_detect import news_from, old_reservations

    log.info("Performing maintenance on Launchpad...")
    limit_s = settings.config.RUN_EXPIRATION_SECS
    with announced("looking for lost runs and old reservations"):
        jobs = news_from(launchpad, settings, launchpad.detect_lostruns(limit_s)[0])
        _, fw_ids, _ = launchpad.detect_lostruns(limit_s, fizzle=True, spared={*jobs.alive, *jobs.unknown})
        given = launchpad.give_back(old_reservations(launchpad, settings, None))
    log.info("FIZZLED, because nothing was heard of them: %s; reservations given back: launches %s", fw_ids, given)
    log.info("LaunchPad was MAINTAINED.")


# --- orphaned
def _orphaned_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, password=True)
    add_reservation_id(parser)
    add_display(parser)
    add_limits(parser)
    parser.add_argument("--remove", action="store_true", help="remove what is found")
    parser.add_argument("--ldirs", action="store_true", help="with --remove: their launch directories, too")
    parser.set_defaults(run=_orphaned)


def _orphaned(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    if args.fw_id is not None:
        check_known(launchpad, args.fw_id)
    with announced("looking for orphaned FWs"):
        found = launchpad.get_orphaned(query_of(args, "fw_id"), sort=sort_of(args), launches_mode=args.launches_mode)
    if args.qid is not None:
        having = set(launchpad.get_fw_ids_from_reservation_id(args.qid))
        found = [fw_id for fw_id in found if fw_id in having]
    found = found[: args.max] if args.max else found
    if not found:
        log.info("There are none: the LaunchPad's database keeps no Firework without its workflow")
    show_fireworks(launchpad, found, args)
    if args.remove and found:
        ask(found, args.password, settings.config.PW_CHECK_NUM)
        with announced(f"removing {len(found)} FWs"):
            folders = launchpad.delete_fws(found, delete_launch_dirs=args.ldirs)
        log.info("Removed %s orphaned FWs%s", len(found), f" and {len(folders)} folders" if args.ldirs else "")
    return 0


# --- tuneup, refresh, unlock
def _tuneup_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--full", action="store_true", help="also write the file anew without gaps; others have to wait meanwhile"
    )
    parser.set_defaults(run=_tuneup)


def _tuneup(args: argparse.Namespace) -> int:
    launchpad = launchpad_of(settings_of(args))
    with announced("tuning up"):
        launchpad.tuneup(bkground=not args.full)
    log.info("LaunchPad was tuned up")
    return 0


def _refresh_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, launches_mode=False, password=True)
    parser.set_defaults(run=_refresh)


def _refresh(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    ids = wfs_to_change(launchpad, args, settings.config.PW_CHECK_NUM)

    def refresh(fw_id: int) -> None:
        corrected = launchpad.refresh_wf(fw_id)
        if corrected:
            log.info("Workflow of Firework %s: corrected %s", fw_id, corrected)

    one_by_one(launchpad, ids, "workflows: refreshing", refresh)
    log.info("Finished refreshing %s Workflows", len(ids))
    return 0


def _unlock_options(parser: argparse.ArgumentParser) -> None:
    add_selection(parser, launches_mode=False, password=True)
    parser.set_defaults(run=_unlock)


def _unlock(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    ids = wfs_to_change(launchpad_of(settings), args, settings.config.PW_CHECK_NUM)
    log.warning("There is no lock to break: workflows have none, and what a dead process began is undone by itself")
    log.info("Finished unlocking %s Workflows", len(ids))
    return 0


_NESTED: dict[str, Callable[[Any], None]] = {
    "maintain": _maintain_options,
    "orphaned": _orphaned_options,
    "tuneup": _tuneup_options,
    "refresh": _refresh_options,
    "unlock": _unlock_options,
}

OPTIONS: dict[str, Callable[[Any], None]] = {"admin": _options}
