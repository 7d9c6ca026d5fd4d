"""``lpad detect_unreserved | detect_lostruns``, and the looking that ``lpad admin maintain`` shares with them."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING, Any

from longfuse.cli.opening import launchpad_of, settings_of
from longfuse.cli.output import show, show_value
from longfuse.cli.progress import announced
from longfuse.cli.selection import DISPLAYS, finite, query_word

if TYPE_CHECKING:
    from collections.abc import Callable

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings

log = logging.getLogger("longfuse.lpad")

EXAMPLES = {
    "detect_unreserved": "lpad detect_unreserved --time 86400 --rerun",
    "detect_lostruns": "lpad detect_lostruns --time 86400 --fizzle",
}


def _add_options(parser: argparse.ArgumentParser, key: str, default_s: str, of_what: str) -> None:
    parser.add_argument(
        "--time", type=finite, metavar="SECS", help=f"{of_what} (default: {key} of FW_config.yaml, else {default_s})"
    )
    parser.add_argument(
        "-d",
        "--display_format",
        type=str.lower,
        choices=[*DISPLAYS, "none"],
        metavar="HOW",
        help=f"show their Fireworks, too: {', '.join(DISPLAYS)} or none (default: none)",
    )


# --- asking before judging
def news_from(launchpad: LaunchPad, settings: Settings, launch_ids: list[int]) -> Jobs:
    """Read what these launches have in their files, and ask the batch system about their jobs."""
    if not launch_ids:
        return Jobs([], [])
    from longfuse.launchers.shell import run
    from longfuse.queue.adapter import Phase
    from longfuse.relay import ask_jobs, recover

    fw_ids = {launch.fw_id for launch in launchpad.launch_records(launch_ids).values()}
    recover(launchpad, worker=None, shell=run, fw_ids=fw_ids, grace_s=settings.config.OFFLINE_GRACE_SECS)
    jobs, silences = ask_jobs(list(launchpad.launch_records(launch_ids).values()), run)
    for why in dict.fromkeys(silences.values()):
        log.warning("not asked: %s", why)
    alive = [i for i, job in jobs.items() if job.phase in (Phase.PENDING, Phase.RUNNING)]
    return Jobs(sorted(alive), sorted(silences))


class Jobs:
    """What the batch system says of launches.

    Args:
        alive: Launches whose jobs wait or run.
        unknown: Launches whose batch system does not answer.
    """

    def __init__(self, alive: list[int], unknown: list[int]) -> None:
        self.alive = alive
        self.unknown = unknown


def old_reservations(launchpad: LaunchPad, settings: Settings, expiration_secs: float | None) -> list[int]:
    """Launches that have been RESERVED for too long, and whose jobs are not in the queue any more."""
    limit_s = settings.config.RESERVATION_EXPIRATION_SECS if expiration_secs is None else expiration_secs
    jobs = news_from(launchpad, settings, launchpad.detect_unreserved(limit_s))
    spared = {*jobs.alive, *jobs.unknown}
    if spared:
        log.info("Left alone, because their jobs are or may be in the queue: launches %s", sorted(spared))
    return [i for i in launchpad.detect_unreserved(limit_s) if i not in spared]


# --- detect_unreserved
def _unreserved_options(parser: argparse.ArgumentParser) -> None:
    _add_options(parser, "RESERVATION_EXPIRATION_SECS", "1209600, two weeks", "how long they have been RESERVED")
    parser.add_argument("--rerun", action="store_true", help="give them back: their Fireworks are READY again")
    parser.set_defaults(run=_detect_unreserved)


def _detect_unreserved(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    with announced("looking for old reservations"):
        found = old_reservations(launchpad, settings, args.time)
    _show_fireworks(launchpad, args, found)
    if args.rerun:
        with announced(f"giving back {len(found)} reservations"):
            given = launchpad.give_back(found)
        if len(given) < len(found):
            log.warning("Not given back, because they have begun meanwhile: %s", sorted({*found} - {*given}))
    _show_list(found, args)
    return 0


# --- detect_lostruns
def _lostruns_options(parser: argparse.ArgumentParser) -> None:
    _add_options(parser, "RUN_EXPIRATION_SECS", "14400, four hours", "how long nothing was heard of them")
    parser.add_argument("--fizzle", action="store_true", help="declare them FIZZLED, whatever the batch system says")
    parser.add_argument("--rerun", action="store_true", help="the same, and run their Fireworks again")
    parser.add_argument("--refresh", action="store_true", help="set the workflows of inconsistent Fireworks right")
    parser.add_argument("--max_runtime", type=finite, metavar="SECS", help="only what had run no longer than that")
    parser.add_argument("--min_runtime", type=finite, metavar="SECS", help="only what had run at least so long")
    parser.add_argument("-q", "--query", type=query_word, metavar="QUERY", help="only Fireworks that match")
    parser.add_argument("-lq", "--launch_query", type=query_word, metavar="QUERY", help="only launches that match")
    parser.set_defaults(run=_detect_lostruns)


def _detect_lostruns(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    launchpad = launchpad_of(settings)
    wanted = {
        "expiration_secs": settings.config.RUN_EXPIRATION_SECS if args.time is None else args.time,
        "max_runtime": args.max_runtime,
        "min_runtime": args.min_runtime,
        "query": args.query,
        "launch_query": args.launch_query,
    }
    with announced("looking for lost runs"):
        jobs = news_from(launchpad, settings, launchpad.detect_lostruns(**wanted)[0])
    _tell_of_living(jobs.alive, meant=args.fizzle or args.rerun)
    spared = () if args.fizzle or args.rerun else jobs.alive
    with announced("setting them right" if args.fizzle or args.rerun or args.refresh else "looking for lost runs"):
        launches, fw_ids, inconsistent = launchpad.detect_lostruns(
            **wanted, fizzle=args.fizzle, rerun=args.rerun, refresh=args.refresh, spared=spared
        )
    _show_fireworks(launchpad, args, launches)
    print(f"\nDetection completed:\n  Lost launches: {len(launches)}\n  Lost FireWorks: {len(fw_ids)}")
    print(f"  Inconsistent FireWorks: {len(inconsistent)}")
    log.info("Detected %s lost FWs: %s", len(fw_ids), fw_ids)
    log.info("Detected %s inconsistent FWs: %s", len(inconsistent), inconsistent)
    if launches and not (args.fizzle or args.rerun):
        log.info("--fizzle declares them FIZZLED, --rerun also runs them again")
    if inconsistent and not args.refresh:
        log.info("--refresh sets the workflows of inconsistent FWs right")
    return 0


def _tell_of_living(alive: list[int], *, meant: bool) -> None:
    if not alive:
        return
    if meant:
        log.warning("The batch system says that the jobs of these launches wait or run: %s; cancel them, too", alive)
    else:
        log.info("Silent, but not lost, because the batch system says that their jobs wait or run: %s", alive)


# --- showing
def _show_fireworks(launchpad: LaunchPad, args: argparse.Namespace, launch_ids: list[int]) -> None:
    from longfuse.cli.commands_show import fireworks

    how = args.display_format
    if how in (None, "none"):
        return
    fw_ids = sorted({launch.fw_id for launch in launchpad.launch_records(launch_ids).values()})
    if how == "count":
        show_value(len(fw_ids), args.output)
    else:
        show(fw_ids if how == "ids" else fireworks(launchpad, fw_ids, how), args.output)


def _show_list(found: list[int], args: argparse.Namespace) -> None:
    """FireWorks prints a Python list; it is JSON, too."""
    if args.human or args.output == "json":
        sys.stdout.write(f"{found}\n")
    else:
        show_value(found, args.output)


OPTIONS: dict[str, Callable[[Any], None]] = {
    "detect_unreserved": _unreserved_options,
    "detect_lostruns": _lostruns_options,
}
